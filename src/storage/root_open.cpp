#include "storage/root_open.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/utf16.h"
#include "storage/copy_tree.h"
#include "storage/document.h"
#include "storage/lock_bytes_storage.h"
#include "storage/new_file.h"
#include "storage/root_modes.h"
#include "storage/storage_object.h"

namespace odc::storage {

using compound_file::ByteStorage;
using compound_file::CompoundFile;
using compound_file::FileBytes;
using compound_file::Version;

namespace {

RootKind kind_of(DWORD mode) {
    if (mode & STGM_SIMPLE) return RootKind::simple;
    if (mode & STGM_DIRECT_SWMR) return (mode & 3) == STGM_READ ? RootKind::direct_reader : RootKind::direct_writer;
    if (!(mode & STGM_TRANSACTED)) return RootKind::direct;
    return (mode & 3) != STGM_READ && !sharing_of(mode).denies_write ? RootKind::shared : RootKind::transacted;
}

std::shared_ptr<Document> new_document(DWORD mode) {
    auto document = std::make_shared<Document>();
    document->mode = mode & ~DWORD{STGM_CREATE | STGM_CONVERT};
    document->kind = kind_of(mode);
    return document;
}

/// The object of a document whose file is open.
HRESULT finish(std::shared_ptr<Document> document, IStorage** storage) {
    auto opening = std::make_shared<Opening>();
    opening->is_root = true;
    opening->mode = document->mode;
    {
        Lock lock(document->mutex);
        document->tree = std::make_unique<FileTree>(*document->file);
        document->root = opening;
        opening->tree = document->tree.get();
        // A reader in transacted mode may try out changes that it can never commit.
        if (document->kind == RootKind::shared || (document->is_transacted() && (document->mode & 3) == STGM_READ)) {
            opening->outer = opening->tree;
            opening->transaction = std::make_unique<Transaction>(*opening->outer, kRoot, document->scratch);
            opening->tree = opening->transaction.get();
        }
    }
    return make_storage(std::move(document), std::move(opening), storage);
}

/// The bytes that were there become a stream of the new file; they themselves stay until its first commit.
Result<> convert(Document& document, std::uint64_t size) ODC_REQUIRES(document.mutex) {
    const auto contents = ODC_TRY(document.file->create_stream(kRoot, u"CONTENTS"));
    std::vector<std::uint8_t> buffer(std::min<std::uint64_t>(size, std::uint64_t{1} << 20));
    for (std::uint64_t at = 0; at < size;) {
        const std::span<std::uint8_t> part(buffer.data(), std::min<std::uint64_t>(buffer.size(), size - at));
        ODC_TRY(document.bytes.read_at(at, part));
        ODC_TRY(document.file->write(contents, at, part));
        at += part.size();
    }
    if (document.kind == RootKind::transacted) {
        document.keeps_other_bytes = true;
        return {};
    }
    ODC_TRY(document.file->commit());
    return document.file->consolidate();
}

/// S_OK or STG_S_CONVERTED.
Result<HRESULT> create_in(Document& document, DWORD mode, Version version) ODC_REQUIRES(document.mutex) {
    const std::uint64_t size = mode & STGM_CONVERT ? ODC_TRY(document.bytes.size()) : 0;
    auto open = document.open_options();
    document.file = ODC_TRY(CompoundFile::create(std::make_unique<compound_file::BorrowedBytes>(document.bytes),
                                                 {.version = version,
                                                  .overwrite = open.overwrite,
                                                  .count_transactions = open.count_transactions,
                                                  .keep_bytes = size > 0,
                                                  .others_look = std::move(open.others_look)}));
    if (size == 0) return S_OK;
    ODC_TRY(convert(document, size));
    return STG_S_CONVERTED;
}

/// Others may share what a new file will hold, but those who look at the old one would lose it.
Result<HRESULT> create_alone(Document& document, DWORD mode, Version version) ODC_REQUIRES(document.mutex) {
    if (!document.locks) return create_in(document, mode, version);
    ODC_TRY(document.locks->begin_commit());
    const CommitLock lock(document.locks.get());
    if (document.locks->others_present()) return fail(STG_E_SHAREVIOLATION, "the file to be replaced is open");
    return create_in(document, mode, version);
}

/// Empties what the caller does not want to see.
Result<> exclude_elements(Tree& tree, SNB exclude) {
    for (; exclude && *exclude; ++exclude) {
        const auto id = ODC_TRY(tree.find(kRoot, view(*exclude)));
        if (id == kNoEntry) continue;
        if (ODC_TRY(tree.stat(id)).is_storage()) ODC_TRY(remove_children(tree, id));
        else ODC_TRY(tree.resize(id, 0));
    }
    return {};
}

Result<> open_in(Document& document) ODC_REQUIRES(document.mutex) {
    if (document.locks) ODC_TRY(document.locks->begin_look());
    const CommitLock lock(document.locks.get());
    document.file = ODC_TRY(CompoundFile::open(std::make_unique<compound_file::BorrowedBytes>(document.bytes), document.open_options()));
    return {};
}

HRESULT finish_opening(const std::shared_ptr<Document>& document, SNB exclude, IStorage** storage) {
    ComPtr<IStorage> opened;
    if (const HRESULT hr = finish(document, opened.put()); FAILED(hr)) return hr;
    if (exclude) {
        Lock lock(document->mutex);
        const auto root = document->root.lock();
        if (const auto done = exclude_elements(*root->tree, exclude); !done) return done.code();
    }
    *storage = opened.detach();
    return S_OK;
}

/// The file of a root in priority mode, which ends here.
HRESULT end_priority(IStorage* priority, std::u16string& path) {
    StorageObject* ours = nullptr;
    if (FAILED(priority->QueryInterface(kOurStorage, reinterpret_cast<void**>(&ours)))) return STG_E_INVALIDPARAMETER;
    const auto owner = ComPtr<StorageObject>::attach(ours);
    return owner->end_priority(path);
}

}  // namespace

HRESULT create_file(const WCHAR* name, DWORD mode, Version version, IStorage** storage) {
    if (!storage) return STG_E_INVALIDPOINTER;
    *storage = nullptr;
    if (const HRESULT hr = check_root_mode(mode, true); FAILED(hr)) return hr;
    return abi([&]() -> HRESULT {
        auto made = make_file(name, mode);
        if (!made) return made.code();
        const auto document = new_document(mode);
        HRESULT how = S_OK;
        {
            Lock lock(document->mutex);
            // The content of a file that is there goes only when its lock is held.
            auto locks = lock_file(made->fd.get(), sharing_of(mode));
            if (!locks) return locks.code();
            document->name = to_utf16(made->path);
            if (mode & STGM_DELETEONRELEASE) document->delete_path = made->path;
            document->bytes.lie_in(std::make_unique<FileBytes>(std::move(made->fd)));
            document->locks = locks.take();
            const auto created = create_alone(*document, mode, version);
            if (!created) return created.code();
            how = *created;
        }
        const HRESULT hr = finish(document, storage);
        return FAILED(hr) ? hr : how;
    });
}

HRESULT create_on_bytes(ILockBytes* bytes, DWORD mode, IStorage** storage) {
    if (const HRESULT hr = check_root_mode(mode, true); FAILED(hr)) return hr;
    return abi([&]() -> HRESULT {
        const auto document = new_document(mode);
        HRESULT how = S_OK;
        {
            Lock lock(document->mutex);
            auto locks = lock_bytes(bytes, sharing_of(mode));
            if (!locks) return locks.code();
            document->on_lock_bytes = true;
            document->bytes.lie_in(std::make_unique<LockBytesStorage>(bytes));
            document->locks = locks.take();
            const auto created = create_alone(*document, mode, Version::v3);
            if (!created) return created.code();
            how = *created;
        }
        const HRESULT hr = finish(document, storage);
        return FAILED(hr) ? hr : how;
    });
}

HRESULT open_file(const WCHAR* name, IStorage* priority, DWORD mode, SNB exclude, IStorage** storage) {
    if (!storage) return STG_E_INVALIDPOINTER;
    *storage = nullptr;
    if (!name && !priority) return STG_E_INVALIDNAME;
    if (const HRESULT hr = check_root_mode(mode, false); FAILED(hr)) return hr;
    return abi([&]() -> HRESULT {
        std::u16string wanted(view(name));
        if (priority)
            if (const HRESULT hr = end_priority(priority, wanted); FAILED(hr)) return hr;
        const std::string path = to_utf8(wanted);
        auto bytes = FileBytes::open(path, (mode & 3) == STGM_READ ? FileBytes::Mode::read : FileBytes::Mode::read_write);
        if (!bytes) return bytes.code();
        const auto document = new_document(mode);
        {
            Lock lock(document->mutex);
            auto locks = lock_file((*bytes)->fd(), sharing_of(mode));
            if (!locks) return locks.code();
            document->name = wanted;
            document->bytes.lie_in(bytes.take());
            document->locks = locks.take();
            const auto opened = open_in(*document);
            // What is no compound file is, for the caller, a file of another kind that exists already.
            if (!opened) return opened.code() == STG_E_INVALIDHEADER ? STG_E_FILEALREADYEXISTS : opened.code();
        }
        return finish_opening(document, exclude, storage);
    });
}

HRESULT open_on_bytes(ILockBytes* bytes, IStorage* priority, DWORD mode, SNB exclude, IStorage** storage) {
    if (const HRESULT hr = check_root_mode(mode, false); FAILED(hr)) return hr;
    return abi([&]() -> HRESULT {
        std::u16string ignored;
        if (priority)
            if (const HRESULT hr = end_priority(priority, ignored); FAILED(hr)) return hr;
        const auto document = new_document(mode);
        {
            Lock lock(document->mutex);
            auto locks = lock_bytes(bytes, sharing_of(mode));
            if (!locks) return locks.code();
            document->on_lock_bytes = true;
            document->bytes.lie_in(std::make_unique<LockBytesStorage>(bytes));
            document->locks = locks.take();
            if (const auto opened = open_in(*document); !opened) return opened.code();
        }
        return finish_opening(document, exclude, storage);
    });
}

}  // namespace odc::storage
