// Commit and Revert of a document's storages.
#include "storage/copy_tree.h"
#include "storage/document.h"

namespace odc::storage {

using compound_file::CommitOptions;
using compound_file::CompoundFile;
using compound_file::Overwrite;

namespace {

CommitOptions commit_options(DWORD flags) { return {.durable = !(flags & STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE)}; }

}  // namespace

HRESULT Document::commit(Opening& opening, DWORD flags) {
    if (opening.is_root && (mode & 3) == STGM_READ) return S_OK;  // direct: there is nothing to commit
    if (opening.is_root) {
        const auto done = commit_root(opening, flags);
        return done ? *done : done.code();
    }
    // Without a transaction of its own its changes are the storage above's already.
    const auto done = opening.transaction ? publish(opening, flags) : Result<>();
    if (!done) return done.code();
    return flags & STGC_CONSOLIDATE ? STG_S_CANNOTCONSOLIDATE : S_OK;
}

Result<HRESULT> Document::commit_root(Opening& opening, DWORD flags) {
    if (kind == RootKind::direct_writer && !has_write_access) return fail(STG_E_ACCESSDENIED, "no write access");
    if (!keeps_other_bytes) ODC_TRY(file->transaction_on_disk());  // the header must still be one
    if (locks) ODC_TRY(locks->begin_commit());
    const CommitLock lock(locks.get());
    if (opening.transaction) {
        ODC_TRY(commit_shared(opening, flags));
    } else {
        if (kind == RootKind::simple) ODC_TRY(pad_streams());
        ODC_TRY(file->commit(commit_options(flags)));
        keeps_other_bytes = false;
    }
    return flags & STGC_CONSOLIDATE ? consolidate(flags) : S_OK;
}

/// The commit itself has succeeded; what comes of this is a success code of its own.
HRESULT Document::consolidate(DWORD flags) {
    if (!is_transacted()) return STG_S_CANNOTCONSOLIDATE;
    if (others_look()) return STG_S_MULTIPLEOPENS;
    if (file->consolidate(commit_options(flags))) return S_OK;
    (void)file->revert();
    return STG_S_CONSOLIDATIONFAILED;
}

/// The commit lock is held.
Result<> Document::commit_shared(Opening& opening, DWORD flags) {
    if (ODC_TRY(file->transaction_on_disk()) != file->transaction()) {
        if (!(flags & STGC_OVERWRITE)) return fail(STG_E_NOTCURRENT, "another opener has committed since this one was opened");
        return replace_file(opening, flags);
    }
    if (!opening.transaction->changed()) return {};
    ODC_TRY(file->refresh_extent());
    auto done = opening.transaction->publish();
    if (done) done = file->commit(commit_options(flags));
    if (done) opening.transaction->settle();
    else (void)file->revert();
    return done;
}

/// The file gets the content that this opener sees, whatever others have committed meanwhile. What is seen lies in an older state,
/// so nothing of that may be used again before it is copied.
Result<> Document::replace_file(Opening& opening, DWORD flags) {
    hold_all = true;
    auto opened = CompoundFile::open(std::make_unique<compound_file::BorrowedBytes>(bytes), open_options());
    if (!opened) {
        hold_all = false;
        return std::move(opened.error());
    }
    auto fresh = opened.take();
    FileTree target(*fresh);
    auto done = remove_children(target, kRoot);
    if (done) done = copy_tree(*opening.tree, kRoot, target, kRoot);
    if (done) done = fresh->commit(commit_options(flags));
    hold_all = false;
    if (!done) return done;
    opening.transaction->settle();
    file = std::move(fresh);
    tree->show(*file);
    return opening.transaction->rebase(*tree, kRoot);
}

/// Brings a transaction into the storage above. When everything above is direct, that is the file: then what was changed
/// before is committed first, so that a failure half-way can be undone, and the whole of the transaction in one more step.
Result<> Document::publish(Opening& opening, DWORD flags) {
    Transaction& transaction = *opening.transaction;
    if (!transaction.changed()) return {};
    if (opening.outer != tree.get() || is_transacted()) {
        ODC_TRY(transaction.publish());
        transaction.settle();
        return {};
    }
    if (kind == RootKind::direct_writer && !has_write_access) return fail(STG_E_ACCESSDENIED, "no write access");
    ODC_TRY(file->commit());
    const auto before = file->overwrite();
    if (!(flags & STGC_OVERWRITE)) file->set_overwrite(Overwrite::copy);
    auto done = transaction.publish();
    if (done) done = file->commit(commit_options(flags));
    file->set_overwrite(before);
    if (done) transaction.settle();
    else (void)file->revert();
    return done;
}

HRESULT Document::revert(Opening& opening) {
    if (opening.transaction) {
        opening.revert_below();
        opening.transaction->revert();
        return S_OK;
    }
    if (!opening.is_root || !is_transacted()) return S_OK;
    opening.revert_below();
    return file->revert().code();
}

/// In simple mode no stream is shorter than 4096 bytes once it is written.
Result<> Document::pad_streams() {
    if (!file->changed()) return {};
    for (const EntryId id : ODC_TRY(file->children(kRoot))) {
        const auto entry = ODC_TRY(file->stat(id));
        if (entry.is_stream() && entry.is_mini()) ODC_TRY(file->resize(id, compound_file::kMiniCutoff));
    }
    return {};
}

}  // namespace odc::storage
