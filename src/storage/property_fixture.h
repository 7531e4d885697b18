// A file with a storage whose property sets a test writes and reads.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <thread>

#include "base/utf16.h"
#include "property_set/property_set.h"
#include "storage/propvariant_samples.h"

namespace odc::storage {

using namespace samples;
namespace fs = std::filesystem;

inline constexpr DWORD kFull = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
inline constexpr DWORD kRead = STGM_READ | STGM_SHARE_EXCLUSIVE;
inline const FMTID kFormat = {0x7F3A9B10, 0x1C2D, 0x4E5F, {1, 2, 3, 4, 5, 6, 7, 8}};

inline PROPSPEC by_id(PROPID id) {
    PROPSPEC spec{};
    spec.ulKind = PRSPEC_PROPID;
    spec.propid = id;
    return spec;
}
inline PROPSPEC by_name(const OLECHAR* name) {
    PROPSPEC spec{};
    spec.ulKind = PRSPEC_LPWSTR;
    spec.lpwstr = const_cast<OLECHAR*>(name);
    return spec;
}

class Properties : public testing::Test {
  protected:
    void SetUp() override {
        char pattern[] = "/tmp/odc_properties_XXXXXX";
        ASSERT_TRUE(::mkdtemp(pattern));
        folder_ = pattern;
        path_ = to_utf16((folder_ / "file").string());
        ASSERT_EQ(StgCreateDocfile(path(), kFull | STGM_CREATE, 0, storage_.put()), S_OK);
        open_sets();
    }
    void TearDown() override {
        sets_.reset();
        storage_.reset();
        fs::remove_all(folder_);
    }
    const OLECHAR* path() const { return reinterpret_cast<const OLECHAR*>(path_.c_str()); }
    void open_sets() { ASSERT_EQ(storage_->QueryInterface(IID_PPV_ARGS(sets_.put())), S_OK); }
    /// Closes the file and opens it again.
    void reopen() {
        sets_.reset();
        storage_.reset();
        ASSERT_EQ(StgOpenStorage(path(), nullptr, kFull, nullptr, 0, storage_.put()), S_OK);
        open_sets();
    }
    ComPtr<IPropertyStorage> create(DWORD flags = 0, const FMTID& format = kFormat, DWORD mode = kFull | STGM_CREATE) {
        ComPtr<IPropertyStorage> made;
        EXPECT_EQ(sets_->Create(format, nullptr, flags, mode, made.put()), S_OK);
        return made;
    }
    ComPtr<IPropertyStorage> open(const FMTID& format = kFormat, DWORD mode = kFull) {
        ComPtr<IPropertyStorage> opened;
        EXPECT_EQ(sets_->Open(format, mode, opened.put()), S_OK);
        return opened;
    }
    static HRESULT write(IPropertyStorage* properties, PROPSPEC spec, const PROPVARIANT& value, PROPID first = 2) {
        return properties->WriteMultiple(1, &spec, &value, first);
    }
    static HRESULT write(IPropertyStorage* properties, PROPSPEC spec, LONG number, PROPID first = 2) {
        PROPVARIANT value{};
        value.vt = VT_I4;
        value.lVal = number;
        return write(properties, spec, value, first);
    }
    static HRESULT write_text(IPropertyStorage* properties, PROPSPEC spec, const char* text) {
        Variant value;
        value.vt = VT_LPSTR;
        value.pszVal = narrow(text);
        return write(properties, spec, value);
    }
    /// "3:-5" for a VT_I4, "30:text" for a VT_LPSTR, "none", or the error.
    static std::string read(IPropertyStorage* properties, PROPSPEC spec) {
        Variant value;
        const HRESULT hr = properties->ReadMultiple(1, &spec, &value);
        if (hr == S_FALSE) return "none";
        if (FAILED(hr)) return "error " + std::to_string(static_cast<unsigned>(hr));
        std::string text = std::to_string(value.vt) + ":";
        if (value.vt == VT_LPSTR) return text + value.pszVal;
        if (value.vt == VT_LPWSTR || value.vt == VT_BSTR) return text + to_utf8_z(value.pwszVal);
        return text + std::to_string(value.vt == VT_I2 ? value.iVal : value.lVal);
    }
    std::vector<std::uint8_t> bytes_of(const OLECHAR* name) {
        ComPtr<IStream> stream;
        EXPECT_EQ(storage_->OpenStream(name, nullptr, kRead, 0, stream.put()), S_OK);
        std::vector<std::uint8_t> bytes(1 << 16);
        ULONG got = 0;
        EXPECT_EQ(stream->Read(bytes.data(), static_cast<ULONG>(bytes.size()), &got), S_OK);
        bytes.resize(got);
        return bytes;
    }
    std::string elements(IStorage* storage) {
        ComPtr<IEnumSTATSTG> all;
        EXPECT_EQ(storage->EnumElements(0, nullptr, 0, all.put()), S_OK);
        std::string text;
        STATSTG stat;
        while (all->Next(1, &stat, nullptr) == S_OK) {
            text += to_utf8_z(stat.pwcsName) + (stat.type == STGTY_STORAGE ? "/ " : " ");
            CoTaskMemFree(stat.pwcsName);
        }
        return text;
    }
    static ComPtr<IStream> stream_of(std::string_view text) {
        ComPtr<IStream> stream;
        EXPECT_EQ(OdcCreateMemoryStream(stream.put()), S_OK);
        EXPECT_EQ(stream->Write(text.data(), static_cast<ULONG>(text.size()), nullptr), S_OK);
        LARGE_INTEGER start{};
        EXPECT_EQ(stream->Seek(start, STREAM_SEEK_SET, nullptr), S_OK);
        return stream;
    }
    static std::string text_of(IStream* stream) {
        char buffer[256];
        ULONG got = 0;
        EXPECT_EQ(stream->Read(buffer, sizeof buffer, &got), S_OK);
        return {buffer, got};
    }

    fs::path folder_;
    std::u16string path_;
    ComPtr<IStorage> storage_;
    ComPtr<IPropertySetStorage> sets_;
};

}  // namespace odc::storage
