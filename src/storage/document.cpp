#include "storage/document.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>

#include "base/utf16.h"
#include "storage/new_file.h"

namespace odc::storage {

using compound_file::ByteStorage;
using compound_file::FileBytes;

namespace {

Result<> copy_bytes(ByteStorage& from, ByteStorage& to) {
    const auto size = ODC_TRY(from.size());
    std::vector<std::uint8_t> buffer(std::min<std::uint64_t>(size, std::uint64_t{1} << 20));
    for (std::uint64_t at = 0; at < size;) {
        const std::span<std::uint8_t> part(buffer.data(), std::min<std::uint64_t>(buffer.size(), size - at));
        ODC_TRY(from.read_at(at, part));
        ODC_TRY(to.write_at(at, part));
        at += part.size();
    }
    return {};
}

}  // namespace

Document::~Document() {
    if (file && file->changed()) {
        if (is_transacted()) {
            (void)file->revert();
        } else {
            const bool locked = locks && locks->begin_commit();
            const CommitLock lock(locked ? locks.get() : nullptr);
            if (kind == RootKind::simple) (void)pad_streams();
            (void)file->commit();
        }
    }
    if (!delete_path.empty()) ::unlink(delete_path.c_str());
}

compound_file::OpenOptions Document::open_options() {
    const bool alone = sharing_of(mode).alone() && !hold_all;
    compound_file::OpenOptions options{
        .writable = (mode & 3) != STGM_READ,
        .overwrite = kind == RootKind::direct || kind == RootKind::simple ? compound_file::Overwrite::in_place : compound_file::Overwrite::copy,
        .count_transactions = is_transacted() || kind == RootKind::direct_writer};
    if (!alone) options.others_look = [this]() ODC_NO_THREAD_SAFETY_ANALYSIS { return others_look(); };
    return options;
}

HRESULT Document::enter(Opening& opening) {
    if (!opening.reverted && kind == RootKind::direct_reader)
        if (const auto fresh = refresh(); !fresh) return fresh.code();
    return opening.reverted ? STG_E_REVERTED : S_OK;
}

HRESULT Document::enter_for_writing(Opening& opening) {
    if (const HRESULT hr = enter(opening); FAILED(hr)) return hr;
    if (kind == RootKind::direct_writer && !has_write_access) return STG_E_ACCESSDENIED;
    return opening.can_write() ? S_OK : STG_E_ACCESSDENIED;
}

Result<> Document::refresh() {
    if (locks) ODC_TRY(locks->begin_look());
    const CommitLock lock(locks.get());
    if (ODC_TRY(file->transaction_on_disk()) == file->transaction()) return {};
    ODC_TRY(file->revert());
    if (const auto top = root.lock()) top->find_again();
    return {};
}

/// The lock itself is not kept: readers go on with what was written last, until ReleaseWriteAccess shows them more.
Result<> Document::take_write_access(DWORD milliseconds) {
    if (has_write_access) return {};
    if (locks) {
        if (!locks->begin_commit(milliseconds)) return fail(STG_E_INUSE, "readers do not let go");
        locks->end_commit();
    }
    has_write_access = true;
    return {};
}

Result<> Document::give_up_write_access() {
    if (!has_write_access) return {};
    if (locks) ODC_TRY(locks->begin_commit());
    const CommitLock lock(locks.get());
    ODC_TRY(file->commit());
    has_write_access = false;
    return {};
}

/// The new file is a copy of every byte, of what is not committed too; so all that is open goes on in it.
Result<> Document::switch_to_file(const OLECHAR* path) {
    ODC_TRY(file->flush());
    auto made = ODC_TRY(make_file(path, 0));
    auto target = std::make_unique<FileBytes>(std::move(made.fd));
    const auto copied = copy_bytes(bytes, *target);
    auto new_locks = copied ? lock_file(target->fd(), sharing_of(mode)) : Result<std::unique_ptr<ShareLocks>>(Error(copied.error()));
    if (!new_locks) {
        ::unlink(made.path.c_str());
        return std::move(new_locks.error());
    }
    // The old file keeps what was committed.
    if (file->changed() && kind == RootKind::transacted) (void)bytes.resize(file->committed_extent());
    locks = new_locks.take();
    bytes.lie_in(std::move(target));
    if (!delete_path.empty()) ::unlink(delete_path.c_str());
    delete_path.clear();
    name = to_utf16(made.path);
    on_lock_bytes = false;
    return {};
}

FILETIME to_filetime(FileTime time) {
    FILETIME result{};
    result.dwLowDateTime = static_cast<DWORD>(time);
    result.dwHighDateTime = static_cast<DWORD>(time >> 32);
    return result;
}
FileTime from_filetime(const FILETIME& time) { return std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime; }

FileTime now() {
    using namespace std::chrono;
    return 116444736000000000 + static_cast<FileTime>(duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count()) / 100;
}

LPOLESTR task_string(std::u16string_view text) {
    auto* copy = static_cast<LPOLESTR>(CoTaskMemAlloc((text.size() + 1) * sizeof(OLECHAR)));
    if (!copy) return nullptr;
    std::memcpy(copy, text.data(), text.size() * sizeof(OLECHAR));
    copy[text.size()] = 0;
    return copy;
}

std::u16string_view view(const OLECHAR* text) {
    const auto* units = reinterpret_cast<const char16_t*>(text);
    return units ? std::u16string_view(units) : std::u16string_view();
}

}  // namespace odc::storage
