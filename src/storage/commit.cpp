// Commit and Revert of a document's storages.
#include "storage/document.h"

namespace odc::storage {

using compound_file::CommitOptions;
using compound_file::Overwrite;

namespace {
CommitOptions commit_options(DWORD flags) { return {.durable = !(flags & STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE)}; }
}  // namespace

HRESULT Document::commit(Opening& opening, DWORD flags) {
    if (opening.is_root) return commit_root(flags).code();
    if (!opening.transaction) return S_OK;  // direct below the root: its changes are the storage above's already
    return publish(opening, flags).code();
}

Result<> Document::commit_root(DWORD flags) { return file->commit(commit_options(flags)); }

/// Brings a transaction into the storage above. When everything above is direct, that is the file: then what was changed
/// before is committed first, so that a failure half-way can be undone, and the whole of the transaction in one more step.
Result<> Document::publish(Opening& opening, DWORD flags) {
    Transaction& transaction = *opening.transaction;
    if (!transaction.changed()) return {};
    if (opening.outer != tree.get() || transacted) {
        ODC_TRY(transaction.publish());
        transaction.settle();
        return {};
    }
    ODC_TRY(file->commit());
    const auto before = file->overwrite();
    file->set_overwrite(Overwrite::copy);
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
    if (!opening.is_root || !transacted) return S_OK;
    opening.revert_below();
    return file->revert().code();
}

}  // namespace odc::storage
