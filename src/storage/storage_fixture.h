// What the tests of storages share: a folder of their own and short words for the usual calls.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstring>
#include <filesystem>
#include <vector>

#include "base/utf16.h"
#include "coml2api.h"
#include "opendcom/com_ptr.h"

namespace odc::storage {

namespace fs = std::filesystem;
inline constexpr DWORD kFull = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
inline constexpr DWORD kRead = STGM_READ | STGM_SHARE_EXCLUSIVE;

class StorageTest : public testing::Test {
  protected:
    void SetUp() override {
        char pattern[] = "/tmp/odc_storage_XXXXXX";
        ASSERT_TRUE(::mkdtemp(pattern));
        folder_ = pattern;
        path_ = to_utf16((folder_ / "file").string());
    }
    void TearDown() override { fs::remove_all(folder_); }

    const OLECHAR* path() const { return reinterpret_cast<const OLECHAR*>(path_.c_str()); }
    ComPtr<IStorage> create(DWORD mode = kFull) {
        ComPtr<IStorage> storage;
        EXPECT_EQ(StgCreateDocfile(path(), mode | STGM_CREATE, 0, storage.put()), S_OK);
        return storage;
    }
    ComPtr<IStorage> open(DWORD mode = kFull) {
        ComPtr<IStorage> storage;
        EXPECT_EQ(StgOpenStorage(path(), nullptr, mode, nullptr, 0, storage.put()), S_OK);
        return storage;
    }
    HRESULT open_code(DWORD mode) {
        ComPtr<IStorage> storage;
        return StgOpenStorage(path(), nullptr, mode, nullptr, 0, storage.put());
    }
    static ComPtr<IStream> stream(IStorage* storage, const OLECHAR* name) {
        ComPtr<IStream> made;
        EXPECT_EQ(storage->CreateStream(name, kFull, 0, 0, made.put()), S_OK);
        return made;
    }
    static ComPtr<IStorage> child(IStorage* storage, const OLECHAR* name, DWORD mode = kFull) {
        ComPtr<IStorage> made;
        EXPECT_EQ(storage->CreateStorage(name, mode, 0, 0, made.put()), S_OK);
        return made;
    }
    static ComPtr<IStorage> open_child(IStorage* storage, const OLECHAR* name, DWORD mode = kFull) {
        ComPtr<IStorage> opened;
        EXPECT_EQ(storage->OpenStorage(name, nullptr, mode, nullptr, 0, opened.put()), S_OK);
        return opened;
    }
    static ComPtr<IStream> open_stream(IStorage* storage, const OLECHAR* name, DWORD mode = kFull) {
        ComPtr<IStream> opened;
        EXPECT_EQ(storage->OpenStream(name, nullptr, mode, 0, opened.put()), S_OK);
        return opened;
    }
    static void seek(IStream* stream, std::uint64_t position) {
        LARGE_INTEGER move;
        move.QuadPart = static_cast<LONGLONG>(position);
        EXPECT_EQ(stream->Seek(move, STREAM_SEEK_SET, nullptr), S_OK);
    }
    static void write_at(IStream* stream, std::uint64_t position, std::string_view text) {
        seek(stream, position);
        write(stream, text);
    }
    static void resize(IStream* stream, std::uint64_t size) {
        ULARGE_INTEGER wanted;
        wanted.QuadPart = size;
        EXPECT_EQ(stream->SetSize(wanted), S_OK);
    }
    static std::uint64_t size_of(IStream* stream) {
        STATSTG stat{};
        EXPECT_EQ(stream->Stat(&stat, STATFLAG_NONAME), S_OK);
        return stat.cbSize.QuadPart;
    }
    /// The whole content of a stream of any size.
    static std::string content(IStream* stream) {
        std::string all(size_of(stream), '?');
        seek(stream, 0);
        ULONG got = 0;
        EXPECT_EQ(stream->Read(all.data(), static_cast<ULONG>(all.size()), &got), S_OK);
        EXPECT_EQ(got, all.size());
        return all;
    }
    static void write(IStream* stream, std::string_view text) {
        ULONG put = 0;
        EXPECT_EQ(stream->Write(text.data(), static_cast<ULONG>(text.size()), &put), S_OK);
        EXPECT_EQ(put, text.size());
    }
    static std::string read(IStorage* storage, const OLECHAR* name) {
        ComPtr<IStream> opened;
        if (FAILED(storage->OpenStream(name, nullptr, kRead, 0, opened.put()))) return "?";
        char buffer[100];
        ULONG got = 0;
        EXPECT_EQ(opened->Read(buffer, sizeof buffer, &got), S_OK);
        return {buffer, got};
    }
    static std::string names(IStorage* storage) {
        ComPtr<IEnumSTATSTG> elements;
        EXPECT_EQ(storage->EnumElements(0, nullptr, 0, elements.put()), S_OK);
        std::string all;
        STATSTG stat;
        while (elements->Next(1, &stat, nullptr) == S_OK) {
            all += to_utf8_z(stat.pwcsName) + (stat.type == STGTY_STORAGE ? "/ " : " ");
            CoTaskMemFree(stat.pwcsName);
        }
        return all;
    }

    fs::path folder_;
    std::u16string path_;
};

/// An ILockBytes in memory without locks.
class MemoryLockBytes final : public implements<ILockBytes> {
  public:
    HRESULT STDMETHODCALLTYPE ReadAt(ULARGE_INTEGER offset, void* to, ULONG size, ULONG* got) override {
        const std::size_t n = offset.QuadPart >= bytes_.size() ? 0 : std::min<std::size_t>(size, bytes_.size() - offset.QuadPart);
        if (n) std::memcpy(to, bytes_.data() + offset.QuadPart, n);
        if (got) *got = static_cast<ULONG>(n);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE WriteAt(ULARGE_INTEGER offset, const void* from, ULONG size, ULONG* put) override {
        if (offset.QuadPart + size > bytes_.size()) bytes_.resize(offset.QuadPart + size);
        std::memcpy(bytes_.data() + offset.QuadPart, from, size);
        if (put) *put = size;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Flush() override { return S_OK; }
    HRESULT STDMETHODCALLTYPE SetSize(ULARGE_INTEGER size) override {
        bytes_.resize(size.QuadPart);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE LockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE UnlockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE Stat(STATSTG* stat, DWORD) override {
        *stat = {};
        stat->type = STGTY_LOCKBYTES;
        stat->cbSize.QuadPart = bytes_.size();
        return S_OK;
    }

  private:
    std::vector<std::uint8_t> bytes_;
};

}  // namespace odc::storage
