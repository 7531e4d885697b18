#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/utf16.h"
#include "opendcom/com_ptr.h"
#include "shlwapi.h"

namespace odc::storage {
namespace {

namespace fs = std::filesystem;

constexpr DWORD kFull = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;

class FileStreams : public testing::Test {
  protected:
    void SetUp() override {
        char pattern[] = "/tmp/odc_file_stream_XXXXXX";
        ASSERT_TRUE(::mkdtemp(pattern));
        folder_ = pattern;
        path_ = to_utf16((folder_ / "file").string());
    }
    void TearDown() override { fs::remove_all(folder_); }
    const OLECHAR* path() const { return reinterpret_cast<const OLECHAR*>(path_.c_str()); }
    HRESULT open(DWORD mode, BOOL create, ComPtr<IStream>& stream) {
        return SHCreateStreamOnFileEx(path(), mode, 0, create, nullptr, stream.put());
    }
    HRESULT open(DWORD mode, BOOL create) {
        ComPtr<IStream> stream;
        return open(mode, create, stream);
    }
    void fill(std::string_view text) { std::ofstream(folder_ / "file") << text; }
    std::string content() {
        std::ifstream from(folder_ / "file", std::ios::binary);
        return {std::istreambuf_iterator<char>(from), {}};
    }

    fs::path folder_;
    std::u16string path_;
};

TEST_F(FileStreams, CreateAndOpenAsTheFlagsSay) {
    EXPECT_EQ(open(kFull, FALSE), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    EXPECT_EQ(open(kFull, TRUE), S_OK);
    EXPECT_EQ(open(kFull, TRUE), HRESULT_FROM_WIN32(ERROR_FILE_EXISTS));
    fill("content");
    EXPECT_EQ(open(kFull, FALSE), S_OK);
    EXPECT_EQ(content(), "content");
    EXPECT_EQ(open(kFull | STGM_CREATE, FALSE), S_OK);
    EXPECT_EQ(content(), "");
    ComPtr<IStream> stream;
    EXPECT_EQ(SHCreateStreamOnFileW(path(), STGM_READ, stream.put()), S_OK);
    EXPECT_EQ(open(kFull | STGM_TRANSACTED, FALSE), E_INVALIDARG);
    EXPECT_EQ(open(kFull | STGM_DELETEONRELEASE, FALSE), E_INVALIDARG);
    EXPECT_EQ(SHCreateStreamOnFileW(nullptr, STGM_READ, stream.put()), E_INVALIDARG);
    EXPECT_EQ(SHCreateStreamOnFileW(path(), STGM_READ, nullptr), E_INVALIDARG);
    path_ = to_utf16((folder_ / "file/below").string());
    EXPECT_EQ(open(kFull, FALSE), HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND));
    path_ = to_utf16(folder_.string());
    EXPECT_EQ(open(STGM_READ, FALSE), HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED)) << "a folder";
}

TEST_F(FileStreams, SharingIsEnforced) {
    ComPtr<IStream> first, second;
    ASSERT_EQ(open(kFull, TRUE, first), S_OK);
    EXPECT_EQ(open(STGM_READ | STGM_SHARE_DENY_NONE, FALSE), HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION));
    EXPECT_EQ(open(kFull | STGM_CREATE, FALSE), HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION)) << "and its content stays";
    first.reset();
    ASSERT_EQ(open(STGM_READ | STGM_SHARE_DENY_WRITE, FALSE, first), S_OK);
    EXPECT_EQ(open(STGM_READ | STGM_SHARE_DENY_WRITE, FALSE, second), S_OK);
    EXPECT_EQ(open(kFull, FALSE), HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION));
}

TEST_F(FileStreams, StreamsAndCompoundFilesKeepTheirPromisesToEachOther) {
    ComPtr<IStorage> root;
    ComPtr<IStream> stream;
    ASSERT_EQ(StgCreateDocfile(path(), kFull | STGM_CREATE, 0, root.put()), S_OK);
    EXPECT_EQ(open(STGM_READ | STGM_SHARE_DENY_NONE, FALSE), HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION));
    root.reset();
    ASSERT_EQ(open(STGM_WRITE | STGM_SHARE_DENY_NONE, FALSE, stream), S_OK);
    EXPECT_EQ(StgOpenStorage(path(), nullptr, STGM_READ | STGM_SHARE_DENY_WRITE, nullptr, 0, root.put()), STG_E_SHAREVIOLATION);
    EXPECT_EQ(StgOpenStorage(path(), nullptr, STGM_READ | STGM_SHARE_DENY_NONE | STGM_TRANSACTED, nullptr, 0, root.put()), S_OK);
}

TEST_F(FileStreams, ReadWriteSeekAndStat) {
    ComPtr<IStream> stream;
    ASSERT_EQ(open(kFull, TRUE, stream), S_OK);
    ULONG n = 0;
    ASSERT_EQ(stream->Write("0123456789", 10, &n), S_OK);
    EXPECT_EQ(n, 10u);
    EXPECT_EQ(content(), "0123456789") << "nothing is buffered";
    LARGE_INTEGER move{};
    move.QuadPart = -4;
    ULARGE_INTEGER at{};
    EXPECT_EQ(stream->Seek(move, STREAM_SEEK_END, &at), S_OK);
    EXPECT_EQ(at.QuadPart, 6u);
    char text[10];
    EXPECT_EQ(stream->Read(text, 4, &n), S_OK);
    EXPECT_EQ(std::string(text, n), "6789");
    EXPECT_EQ(stream->Read(text, 4, &n), S_FALSE) << "less than was asked for";
    EXPECT_EQ(n, 0u);
    move.QuadPart = -11;
    EXPECT_EQ(stream->Seek(move, STREAM_SEEK_CUR, &at), HRESULT_FROM_WIN32(ERROR_NEGATIVE_SEEK));
    EXPECT_EQ(stream->Seek(move, 9, &at), STG_E_INVALIDFUNCTION);
    ULARGE_INTEGER size{};
    size.QuadPart = 5;
    EXPECT_EQ(stream->SetSize(size), S_OK);
    STATSTG stat{};
    ASSERT_EQ(stream->Stat(&stat, STATFLAG_DEFAULT), S_OK);
    EXPECT_EQ(stat.type, DWORD{STGTY_STREAM});
    EXPECT_EQ(stat.cbSize.QuadPart, 5u);
    EXPECT_EQ(stat.grfMode, kFull);
    EXPECT_EQ(to_utf8_z(stat.pwcsName), (folder_ / "file").string());
    EXPECT_NE(stat.mtime.dwHighDateTime, 0u);
    CoTaskMemFree(stat.pwcsName);
    EXPECT_EQ(stream->Commit(STGC_DEFAULT), S_OK);
}

TEST_F(FileStreams, ACloneHasAPositionOfItsOwn) {
    fill("abcdef");
    ComPtr<IStream> stream, clone;
    ASSERT_EQ(open(STGM_READ, FALSE, stream), S_OK);
    char text[6];
    ULONG n = 0;
    ASSERT_EQ(stream->Read(text, 2, &n), S_OK);
    ASSERT_EQ(stream->Clone(clone.put()), S_OK);
    stream.reset();
    ASSERT_EQ(clone->Read(text, 4, &n), S_OK);
    EXPECT_EQ(std::string(text, n), "cdef");
    EXPECT_EQ(clone->Write("x", 1, &n), STG_E_ACCESSDENIED);
    EXPECT_EQ(clone->SetSize({}), STG_E_ACCESSDENIED);
}

TEST_F(FileStreams, SetTimesReachTheFile) {
    fill("x");
    const FILETIME time{0x3DE5A000, 0x01D882C7};  // some time in June 2022
    EXPECT_EQ(StgSetTimes(path(), nullptr, nullptr, &time), S_OK);
    ComPtr<IStream> stream;
    ASSERT_EQ(open(STGM_READ, FALSE, stream), S_OK);
    STATSTG stat{};
    ASSERT_EQ(stream->Stat(&stat, STATFLAG_NONAME), S_OK);
    EXPECT_EQ(stat.mtime.dwHighDateTime, time.dwHighDateTime);
    EXPECT_EQ(stat.mtime.dwLowDateTime, time.dwLowDateTime);
    EXPECT_NE(stat.atime.dwLowDateTime, time.dwLowDateTime) << "null leaves a time as it is";
    EXPECT_EQ(StgSetTimes(nullptr, nullptr, nullptr, &time), STG_E_INVALIDNAME);
    path_ += u"missing";
    EXPECT_EQ(StgSetTimes(path(), nullptr, nullptr, &time), STG_E_FILENOTFOUND);
}

}  // namespace
}  // namespace odc::storage
