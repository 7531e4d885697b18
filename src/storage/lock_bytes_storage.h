// An ILockBytes as the bytes of a compound file.
#pragma once

#include <algorithm>

#include "coml2api.h"
#include "compound_file/byte_storage.h"
#include "opendcom/com_ptr.h"

namespace odc::storage {

class LockBytesStorage final : public compound_file::ByteStorage {
  public:
    explicit LockBytesStorage(ILockBytes* bytes) : bytes_(ComPtr<ILockBytes>::share(bytes)) {}

    Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override {
        while (!into.empty()) {
            ULARGE_INTEGER at;
            at.QuadPart = offset;
            ULONG got = 0;
            const auto wanted = static_cast<ULONG>(std::min<std::size_t>(into.size(), 1u << 30));
            if (const HRESULT hr = bytes_->ReadAt(at, into.data(), wanted, &got); FAILED(hr)) return fail(hr);
            if (got == 0) return fail(STG_E_READFAULT, "ILockBytes ends");
            into = into.subspan(got);
            offset += got;
        }
        return {};
    }
    Result<> write_at(std::uint64_t offset, std::span<const std::uint8_t> from) override {
        while (!from.empty()) {
            ULARGE_INTEGER at;
            at.QuadPart = offset;
            ULONG put = 0;
            const auto wanted = static_cast<ULONG>(std::min<std::size_t>(from.size(), 1u << 30));
            if (const HRESULT hr = bytes_->WriteAt(at, from.data(), wanted, &put); FAILED(hr)) return fail(hr);
            if (put == 0) return fail(STG_E_WRITEFAULT, "ILockBytes takes no more");
            from = from.subspan(put);
            offset += put;
        }
        return {};
    }
    Result<std::uint64_t> size() override {
        STATSTG stat{};
        if (const HRESULT hr = bytes_->Stat(&stat, STATFLAG_NONAME); FAILED(hr)) return fail(hr);
        return std::uint64_t{stat.cbSize.QuadPart};
    }
    Result<> resize(std::uint64_t size) override {
        ULARGE_INTEGER wanted;
        wanted.QuadPart = size;
        if (const HRESULT hr = bytes_->SetSize(wanted); FAILED(hr)) return fail(hr);
        return {};
    }
    Result<> sync() override {
        if (const HRESULT hr = bytes_->Flush(); FAILED(hr)) return fail(hr);
        return {};
    }

  private:
    const ComPtr<ILockBytes> bytes_;
};

}  // namespace odc::storage
