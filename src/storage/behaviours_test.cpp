// What a user of COM's storages knows, sentence by sentence, as far as no other test of this room says it.
#include <fstream>

#include "ole2.h"
#include "storage/storage_fixture.h"
#include "storage/test_lock_bytes.h"

namespace odc::storage {
namespace {

constexpr DWORD kTransacted = kFull | STGM_TRANSACTED;
constexpr DWORD kAnyone = STGM_READWRITE | STGM_SHARE_DENY_NONE | STGM_TRANSACTED;

class Behaviours : public StorageTest {
  protected:
    HRESULT create_code(DWORD mode, const OLECHAR* name = nullptr, DWORD reserved = 0) {
        ComPtr<IStorage> storage;
        return StgCreateDocfile(name ? name : path(), mode, reserved, storage.put());
    }
};

// 87
TEST_F(Behaviours, DirectModeIsCreatedForReadingAndWritingByOne) {
    for (const DWORD mode : std::initializer_list<DWORD>{
             STGM_CREATE, STGM_CREATE | STGM_SHARE_EXCLUSIVE, STGM_CREATE | STGM_READWRITE, STGM_CREATE | STGM_WRITE | STGM_SHARE_EXCLUSIVE,
             STGM_CREATE | STGM_READ | STGM_SHARE_EXCLUSIVE, STGM_CREATE | STGM_READWRITE | STGM_SHARE_DENY_WRITE,
             STGM_CREATE | STGM_READWRITE | STGM_SHARE_DENY_NONE, STGM_CREATE | STGM_PRIORITY | kFull})
        EXPECT_EQ(create_code(mode), STG_E_INVALIDFLAG) << std::hex << mode;
    for (const DWORD stray : {0x8u, 0x80u, 0x800u, 0x8000u, 0x80000u, 0x800000u})
        EXPECT_EQ(create_code(STGM_CREATE | kFull | stray), STG_E_INVALIDFLAG) << std::hex << stray;
    EXPECT_EQ(StgCreateDocfile(path(), STGM_CREATE | kFull, 0, nullptr), STG_E_INVALIDPOINTER);
    EXPECT_EQ(create_code(STGM_CREATE | kFull, path(), 1), STG_E_INVALIDPARAMETER);
    EXPECT_FALSE(fs::exists(folder_ / "file"));
}

// 88
TEST_F(Behaviours, AFileThatIsThereStaysUnlessItIsToBeReplaced) {
    { write(stream(create().get(), OLESTR("a")).get(), "1"); }
    EXPECT_EQ(create_code(kFull | STGM_FAILIFTHERE), STG_E_FILEALREADYEXISTS);
    EXPECT_EQ(names(open().get()), "a ");
    EXPECT_EQ(create_code(kFull | STGM_CREATE), S_OK);
    EXPECT_EQ(names(open().get()), "");
}

// 89
TEST_F(Behaviours, OpeningRefusesWhatNobodyCouldMean) {
    ComPtr<IStorage> root;
    EXPECT_EQ(StgOpenStorage(nullptr, nullptr, kFull, nullptr, 0, root.put()), STG_E_INVALIDNAME);
    create();
    EXPECT_EQ(open_code(STGM_READ | STGM_SHARE_DENY_NONE), STG_E_INVALIDFLAG);
    EXPECT_EQ(open_code(STGM_READ | STGM_SHARE_DENY_READ), STG_E_INVALIDFLAG);
    EXPECT_EQ(open_code(STGM_READ | STGM_SHARE_DENY_NONE | STGM_TRANSACTED), S_OK);
}

// 90
TEST_F(Behaviours, NothingIsMadeOrTakenInAStorageForReading) {
    {
        auto root = create();
        child(root.get(), OLESTR("box"));
        stream(root.get(), OLESTR("a"));
    }
    auto root = open(kRead);
    ComPtr<IStorage> made;
    ComPtr<IStream> written;
    EXPECT_EQ(root->CreateStream(OLESTR("b"), kFull, 0, 0, written.put()), STG_E_ACCESSDENIED);
    EXPECT_EQ(root->CreateStorage(OLESTR("b"), kFull, 0, 0, made.put()), STG_E_ACCESSDENIED);
    EXPECT_EQ(root->CreateStorage(OLESTR("box"), kFull, 0, 0, made.put()), STG_E_FILEALREADYEXISTS);
    EXPECT_EQ(root->DestroyElement(OLESTR("a")), STG_E_ACCESSDENIED);
    EXPECT_EQ(names(root.get()), "a box/ ");
}

// 92
TEST_F(Behaviours, AnElementThatIsOpenIsOpenedInNoOtherModeEither) {
    auto root = create(kTransacted);
    auto box = child(root.get(), OLESTR("box"));
    ComPtr<IStorage> again;
    for (const DWORD mode : {kFull, kRead, kTransacted})
        EXPECT_EQ(root->OpenStorage(OLESTR("box"), nullptr, mode, nullptr, 0, again.put()), STG_E_ACCESSDENIED) << std::hex << mode;
    EXPECT_EQ(root->RenameElement(OLESTR("box"), OLESTR("case")), STG_E_ACCESSDENIED);
    auto a = stream(box.get(), OLESTR("a"));
    root.reset();
    STATSTG stat;
    EXPECT_EQ(box->Stat(&stat, STATFLAG_NONAME), STG_E_REVERTED);
    EXPECT_EQ(a->Write("x", 1, nullptr), STG_E_REVERTED);
}

// 93
TEST_F(Behaviours, StreamsSayWhatIsWrongAndWhatTheyAreNot) {
    auto root = create();
    auto a = stream(root.get(), OLESTR("a"));
    EXPECT_EQ(a->Write(nullptr, 1, nullptr), STG_E_INVALIDPOINTER);
    write(a.get(), "abc");
    seek(a.get(), 2);
    char bytes[10];
    ULONG got = 99;
    EXPECT_EQ(a->Read(bytes, sizeof bytes, &got), S_OK);
    EXPECT_EQ(got, 1u);
    ComPtr<IUnknown> other;
    EXPECT_EQ(a->QueryInterface(IID_IPersist, other.put_void()), E_NOINTERFACE);
    EXPECT_EQ(a->QueryInterface(IID_IPersistStream, other.put_void()), E_NOINTERFACE);
}

// 94
TEST_F(Behaviours, ATransactionOfItsOwnIsCommittedOfItsOwn) {
    auto root = create(kTransacted);
    {
        auto box = child(root.get(), OLESTR("box"), kTransacted);
        auto a = stream(box.get(), OLESTR("a"));
        write(a.get(), "1");
        EXPECT_EQ(a->Commit(STGC_DEFAULT), S_OK);  // does nothing
    }
    auto box = open_child(root.get(), OLESTR("box"), kTransacted);
    EXPECT_EQ(names(box.get()), "");
    stream(box.get(), OLESTR("b"));
    EXPECT_EQ(box->Commit(STGC_DEFAULT), S_OK);
    stream(box.get(), OLESTR("c"));
    EXPECT_EQ(box->Revert(), S_OK);
    EXPECT_EQ(names(box.get()), "b ");
    box.reset();
    EXPECT_EQ(root->Revert(), S_OK);
    EXPECT_EQ(names(root.get()), "");
}

// 95
TEST_F(Behaviours, AStaleOpenerStaysStaleAfterItsRevert) {
    create();
    auto first = open(kAnyone), second = open(kAnyone);
    stream(first.get(), OLESTR("a"));
    stream(second.get(), OLESTR("b"));
    EXPECT_EQ(first->Commit(STGC_DEFAULT), S_OK);
    EXPECT_EQ(second->Commit(STGC_DEFAULT), STG_E_NOTCURRENT);
    EXPECT_EQ(second->Revert(), S_OK);
    stream(second.get(), OLESTR("c"));
    EXPECT_EQ(second->Commit(STGC_DEFAULT), STG_E_NOTCURRENT);
    EXPECT_EQ(second->Commit(STGC_OVERWRITE), S_OK);
}

// 96
TEST_F(Behaviours, SimpleModeHasStreamsOnly) {
    EXPECT_EQ(create_code(STGM_SIMPLE | STGM_READWRITE | STGM_SHARE_DENY_NONE), STG_E_INVALIDFLAG);
    ComPtr<IStorage> root, box;
    ASSERT_EQ(StgCreateDocfile(path(), STGM_SIMPLE | kFull | STGM_CREATE, 0, root.put()), S_OK);
    EXPECT_EQ(root->CreateStorage(OLESTR("box"), kFull, 0, 0, box.put()), STG_E_INVALIDFUNCTION);
    ComPtr<IStream> a;
    EXPECT_EQ(root->CreateStream(OLESTR("a"), kFull | STGM_CREATE, 0, 0, a.put()), STG_E_INVALIDFLAG);
    write(stream(root.get(), OLESTR("a")).get(), "1");
    EXPECT_EQ(root->Commit(STGC_DEFAULT), S_OK);
    root.reset();
    EXPECT_EQ(size_of(open_stream(open().get(), OLESTR("a")).get()), 4096u);
}

// 97
TEST_F(Behaviours, AByteArrayHasNoNameAndOneMode) {
    const auto bytes = ComPtr<MemoryLockBytes>::attach(new MemoryLockBytes);
    EXPECT_EQ(StgIsStorageILockBytes(bytes.get()), S_FALSE);
    ComPtr<IStorage> root;
    ASSERT_EQ(StgCreateDocfileOnILockBytes(bytes.get(), kFull | STGM_CREATE, 0, root.put()), S_OK);
    EXPECT_EQ(StgIsStorageILockBytes(bytes.get()), S_OK);
    std::uint8_t signature[4];
    EXPECT_EQ(bytes->ReadAt({}, signature, 4, nullptr), S_OK);
    EXPECT_EQ(std::memcmp(signature, "\xD0\xCF\x11\xE0", 4), 0);
    STATSTG stat{};
    EXPECT_EQ(root->Stat(&stat, STATFLAG_DEFAULT), S_OK);
    EXPECT_EQ(stat.pwcsName, nullptr);
    EXPECT_EQ(stat.grfMode, 0x12u);
}

// 99
TEST_F(Behaviours, ConvertBitAndClassOfAStream) {
    auto root = create();
    EXPECT_EQ(GetConvertStg(nullptr), E_INVALIDARG);
    EXPECT_EQ(GetConvertStg(root.get()), STG_E_FILENOTFOUND);
    EXPECT_EQ(SetConvertStg(root.get(), TRUE), S_OK);
    EXPECT_EQ(GetConvertStg(root.get()), S_OK);
    EXPECT_EQ(SetConvertStg(root.get(), FALSE), S_OK);
    EXPECT_EQ(GetConvertStg(root.get()), S_FALSE);
    CLSID class_id = IID_IStorage;
    EXPECT_EQ(ReadClassStm(nullptr, &class_id), E_INVALIDARG);
    auto a = stream(root.get(), OLESTR("a"));
    EXPECT_EQ(ReadClassStm(a.get(), nullptr), E_INVALIDARG);
    write(a.get(), "short");
    seek(a.get(), 0);
    EXPECT_EQ(ReadClassStm(a.get(), &class_id), STG_E_READFAULT);
    EXPECT_TRUE(IsEqualCLSID(class_id, CLSID_NULL));
}

// 100
TEST_F(Behaviours, AnEnumeratorSeesWhatIsThereAndKeepsItsStorage) {
    auto root = create();
    for (const OLECHAR* name : {OLESTR("a"), OLESTR("b"), OLESTR("c")}) stream(root.get(), name);
    ComPtr<IEnumSTATSTG> elements;
    ASSERT_EQ(root->EnumElements(0, nullptr, 0, elements.put()), S_OK);
    STATSTG stat;
    ASSERT_EQ(elements->Next(1, &stat, nullptr), S_OK);
    CoTaskMemFree(stat.pwcsName);
    EXPECT_EQ(root->DestroyElement(OLESTR("b")), S_OK);
    root.reset();
    ASSERT_EQ(elements->Next(1, &stat, nullptr), S_OK);
    EXPECT_EQ(to_utf8_z(stat.pwcsName), "c");
    CoTaskMemFree(stat.pwcsName);
    EXPECT_EQ(elements->Next(1, &stat, nullptr), S_FALSE);
}

}  // namespace
}  // namespace odc::storage
