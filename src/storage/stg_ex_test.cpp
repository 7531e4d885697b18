#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/utf16.h"
#include "objbase.h"
#include "opendcom/com_ptr.h"

namespace odc::storage {
namespace {

namespace fs = std::filesystem;
constexpr DWORD kFull = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
constexpr DWORD kFormats[] = {STGFMT_STORAGE, STGFMT_NATIVE, 2, STGFMT_FILE, STGFMT_ANY, STGFMT_DOCFILE, 6};

class StgEx : public testing::Test {
  protected:
    void SetUp() override {
        char pattern[] = "/tmp/odc_stg_ex_XXXXXX";
        ASSERT_TRUE(::mkdtemp(pattern));
        folder_ = pattern;
        path_ = to_utf16((folder_ / "file").string());
    }
    void TearDown() override { fs::remove_all(folder_); }
    const OLECHAR* path() const { return reinterpret_cast<const OLECHAR*>(path_.c_str()); }
    HRESULT create(DWORD format, DWORD attributes = 0, STGOPTIONS* options = nullptr, void* security = nullptr) {
        ComPtr<IStorage> storage;
        return StgCreateStorageEx(path(), kFull | STGM_CREATE, format, attributes, options, security, IID_IStorage, storage.put_void());
    }
    HRESULT open(DWORD format, DWORD attributes = 0, STGOPTIONS* options = nullptr, void* security = nullptr) {
        ComPtr<IStorage> storage;
        return StgOpenStorageEx(path(), kFull, format, attributes, options, security, IID_IStorage, storage.put_void());
    }

    fs::path folder_;
    std::u16string path_;
};

TEST_F(StgEx, EachFormatIsTakenWhereItHasAMeaning) {
    for (const DWORD format : kFormats) {
        const bool compound = format == STGFMT_STORAGE || format == STGFMT_DOCFILE;
        EXPECT_EQ(create(format), compound ? S_OK : STG_E_INVALIDPARAMETER) << format;
    }
    for (const DWORD format : kFormats) {
        const bool compound = format == STGFMT_STORAGE || format == STGFMT_DOCFILE || format == STGFMT_ANY;
        EXPECT_EQ(open(format), compound ? S_OK : STG_E_INVALIDPARAMETER) << format;
    }
    std::ofstream(folder_ / "file") << "no compound file";
    EXPECT_EQ(open(STGFMT_ANY), STG_E_FILEALREADYEXISTS) << "property sets of other files are NTFS's";
    EXPECT_EQ(open(STGFMT_STORAGE), STG_E_FILEALREADYEXISTS);
}

TEST_F(StgEx, AttributesAreForDocfilesAndSecurityForNobody) {
    constexpr DWORD kNoBuffering = 0x20000000;
    EXPECT_EQ(create(STGFMT_DOCFILE, kNoBuffering), S_OK);
    EXPECT_EQ(open(STGFMT_DOCFILE, kNoBuffering), S_OK);
    EXPECT_EQ(create(STGFMT_DOCFILE, 1), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(create(STGFMT_STORAGE, kNoBuffering), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(open(STGFMT_ANY, kNoBuffering), STG_E_INVALIDPARAMETER);
    int anything = 0;
    EXPECT_EQ(create(STGFMT_STORAGE, 0, nullptr, &anything), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(open(STGFMT_STORAGE, 0, nullptr, &anything), STG_E_INVALIDPARAMETER);
}

TEST_F(StgEx, OptionsSayTheSectorSizeBothWays) {
    for (const ULONG size : {512u, 4096u}) {
        STGOPTIONS options{};
        options.usVersion = 1;
        options.ulSectorSize = size;
        ASSERT_EQ(create(STGFMT_DOCFILE, 0, &options), S_OK);
        STGOPTIONS found{};
        found.usVersion = 1;
        ASSERT_EQ(open(STGFMT_DOCFILE, 0, &found), S_OK);
        EXPECT_EQ(found.ulSectorSize, size);
    }
    STGOPTIONS wrong{};
    wrong.usVersion = 1;
    wrong.ulSectorSize = 1024;
    EXPECT_EQ(create(STGFMT_DOCFILE, 0, &wrong), STG_E_INVALIDPARAMETER);
    wrong.ulSectorSize = 512;
    wrong.reserved = 1;
    EXPECT_EQ(create(STGFMT_DOCFILE, 0, &wrong), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(open(STGFMT_DOCFILE, 0, &wrong), STG_E_INVALIDPARAMETER);
    wrong.reserved = 0;
    for (const USHORT version : {USHORT{0}, USHORT{3}}) {
        wrong.usVersion = version;
        EXPECT_EQ(create(STGFMT_DOCFILE, 0, &wrong), STG_E_INVALIDPARAMETER);
    }
    wrong.usVersion = 1;
    EXPECT_EQ(open(STGFMT_ANY, 0, &wrong), STG_E_INVALIDPARAMETER) << "options are for docfiles";
}

TEST_F(StgEx, OtherInterfacesOfTheRootCanBeAskedFor) {
    ComPtr<IPropertySetStorage> sets;
    ASSERT_EQ(StgCreateStorageEx(path(), kFull, STGFMT_STORAGE, 0, nullptr, nullptr, IID_IPropertySetStorage, sets.put_void()), S_OK);
    sets.reset();
    ComPtr<IStream> none;
    EXPECT_EQ(StgOpenStorageEx(path(), kFull, STGFMT_ANY, 0, nullptr, nullptr, IID_IStream, none.put_void()), E_NOINTERFACE);
    EXPECT_EQ(StgOpenStorageEx(path(), kFull, STGFMT_ANY, 0, nullptr, nullptr, IID_IStream, nullptr), STG_E_INVALIDPOINTER);
    ASSERT_EQ(StgOpenStorageEx(path(), kFull, STGFMT_ANY, 0, nullptr, nullptr, IID_IPropertySetStorage, sets.put_void()), S_OK) << "and it was closed";
}

}  // namespace
}  // namespace odc::storage
