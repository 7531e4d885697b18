// An ILockBytes over a sparse file that counts what is written and can fail at any write, as for a process that was killed there.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "coml2api.h"
#include "compound_file/byte_storage.h"
#include "opendcom/com_ptr.h"

namespace odc::storage {

class TestLockBytes final : public implements<ILockBytes> {
  public:
    explicit TestLockBytes(std::unique_ptr<compound_file::ByteStorage> bytes) : inner_(std::move(bytes)), bytes_(*inner_) {}

    HRESULT STDMETHODCALLTYPE ReadAt(ULARGE_INTEGER offset, void* to, ULONG size, ULONG* got) override {
        const std::uint64_t end = bytes_.size().take();
        const auto n = offset.QuadPart >= end ? 0 : std::min<std::uint64_t>(size, end - offset.QuadPart);
        if (got) *got = static_cast<ULONG>(n);
        return bytes_.read_at(offset.QuadPart, {static_cast<std::uint8_t*>(to), n}).code();
    }
    HRESULT STDMETHODCALLTYPE WriteAt(ULARGE_INTEGER offset, const void* from, ULONG size, ULONG* put) override {
        if (put) *put = size;
        return bytes_.write_at(offset.QuadPart, {static_cast<const std::uint8_t*>(from), size}).code();
    }
    HRESULT STDMETHODCALLTYPE Flush() override {
        ++flushes;
        return bytes_.sync().code();
    }
    HRESULT STDMETHODCALLTYPE SetSize(ULARGE_INTEGER size) override { return bytes_.resize(size.QuadPart).code(); }
    HRESULT STDMETHODCALLTYPE LockRegion(ULARGE_INTEGER first, ULARGE_INTEGER count, DWORD) override {
        if (!locks) return lock_answer;
        for (const auto& [at, n] : *locks)
            if (at < first.QuadPart + count.QuadPart && first.QuadPart < at + n) return STG_E_LOCKVIOLATION;
        locks->emplace(first.QuadPart, count.QuadPart);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE UnlockRegion(ULARGE_INTEGER first, ULARGE_INTEGER count, DWORD) override {
        if (!locks) return lock_answer;
        const auto held = locks->find(first.QuadPart);
        if (held == locks->end() || held->second != count.QuadPart) return STG_E_LOCKVIOLATION;
        locks->erase(held);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Stat(STATSTG* stat, DWORD) override {
        *stat = {};
        stat->type = STGTY_LOCKBYTES;
        stat->cbSize.QuadPart = bytes_.size().take();
        return S_OK;
    }

    /// Counts from zero; after `changes` writes and resizes everything that would change the bytes fails.
    void allow(std::uint64_t changes) { bytes_.allow(changes); }
    std::uint64_t changes() const { return bytes_.changes(); }
    std::uint64_t bytes_written() const { return bytes_.bytes_written(); }
    std::uint64_t bytes_read() const { return bytes_.bytes_read(); }
    compound_file::ByteStorage& inner() { return *inner_; }

    std::optional<std::map<std::uint64_t, std::uint64_t>> locks;  ///< first byte -> count; none: `lock_answer` is given
    HRESULT lock_answer = STG_E_INVALIDFUNCTION;
    int flushes = 0;

  private:
    std::unique_ptr<compound_file::ByteStorage> inner_;
    compound_file::FaultyBytes bytes_;
};

}  // namespace odc::storage
