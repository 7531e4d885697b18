#include <cstring>
#include <fstream>

#include "storage/storage_fixture.h"

namespace odc::storage {
namespace {

class Storage : public StorageTest {};

TEST_F(Storage, CreateAcceptsOnlyTheModesOfItsContract) {
    ComPtr<IStorage> storage;
    for (const DWORD mode : {DWORD{0}, DWORD{STGM_READWRITE}, DWORD{STGM_SHARE_EXCLUSIVE}, DWORD{STGM_SHARE_EXCLUSIVE | STGM_WRITE},
                             DWORD{STGM_READWRITE | STGM_SHARE_DENY_WRITE}, DWORD{STGM_READWRITE | STGM_SHARE_DENY_NONE}, kFull | 8,
                             kFull | 0x80, kFull | 0x800, kFull | 0x8000, kFull | 0x80000, kFull | 0x800000, kFull | STGM_PRIORITY})
        EXPECT_EQ(StgCreateDocfile(path(), mode, 0, storage.put()), STG_E_INVALIDFLAG) << std::hex << mode;
    EXPECT_EQ(StgCreateDocfile(path(), kFull, 0, nullptr), STG_E_INVALIDPOINTER);
    EXPECT_EQ(StgCreateDocfile(path(), kFull, 1, storage.put()), STG_E_INVALIDPARAMETER);
    EXPECT_FALSE(fs::exists(folder_ / "file"));
    EXPECT_EQ(StgCreateDocfile(path(), kFull, 0, storage.put()), S_OK);
    storage.reset();
    EXPECT_EQ(StgCreateDocfile(path(), kFull, 0, storage.put()), STG_E_FILEALREADYEXISTS);
    EXPECT_EQ(StgIsStorageFile(path()), S_OK);
}

TEST_F(Storage, OpenSaysWhyItRefuses) {
    EXPECT_EQ(open_code(kFull), STG_E_FILENOTFOUND);
    std::ofstream(folder_ / "file").close();
    EXPECT_EQ(open_code(kFull), STG_E_FILEALREADYEXISTS);
    EXPECT_EQ(fs::file_size(folder_ / "file"), 0u);
    create();
    EXPECT_EQ(open_code(kFull | STGM_CREATE), STG_E_INVALIDFLAG);
    EXPECT_EQ(open_code(STGM_SHARE_DENY_NONE | STGM_READWRITE), STG_E_INVALIDFLAG);
    EXPECT_EQ(open_code(STGM_SHARE_DENY_READ | STGM_READWRITE), STG_E_INVALIDFLAG);
    EXPECT_EQ(open_code(STGM_SHARE_DENY_WRITE | STGM_READWRITE), STG_E_INVALIDFLAG);
    const auto first = open();
    EXPECT_EQ(open_code(kFull), STG_E_SHAREVIOLATION);
    EXPECT_EQ(open_code(STGM_SHARE_DENY_WRITE | STGM_READ), STG_E_SHAREVIOLATION);
}

TEST_F(Storage, ManyReadersShareOneFile) {
    create();
    const auto first = open(STGM_READ | STGM_SHARE_DENY_WRITE);
    const auto second = open(STGM_READ | STGM_SHARE_DENY_NONE | STGM_TRANSACTED);
    EXPECT_EQ(open_code(kFull), STG_E_SHAREVIOLATION);
    ComPtr<IStream> refused;
    EXPECT_EQ(first->CreateStream(OLESTR("a"), kFull, 0, 0, refused.put()), STG_E_ACCESSDENIED);
    EXPECT_EQ(first->DestroyElement(OLESTR("a")), STG_E_ACCESSDENIED);
}

TEST_F(Storage, DirectChangesAreThereAfterTheLastRelease) {
    {
        auto root = create();
        write(stream(root.get(), OLESTR("a")).get(), "hello");
        auto box = child(root.get(), OLESTR("box"));
        write(stream(box.get(), OLESTR("inner")).get(), "world");
    }
    auto root = open(kRead);
    EXPECT_EQ(names(root.get()), "a box/ ");
    EXPECT_EQ(read(root.get(), OLESTR("A")), "hello");
    ComPtr<IStorage> box;
    ASSERT_EQ(root->OpenStorage(OLESTR("box"), nullptr, kRead, nullptr, 0, box.put()), S_OK);
    EXPECT_EQ(read(box.get(), OLESTR("inner")), "world");
}

TEST_F(Storage, TransactedChangesNeedACommit) {
    { write(stream(create().get(), OLESTR("old")).get(), "1"); }
    {
        auto root = open(kFull | STGM_TRANSACTED);
        write(stream(root.get(), OLESTR("lost")).get(), "2");
    }
    EXPECT_EQ(names(open().get()), "old ");
    {
        auto root = open(kFull | STGM_TRANSACTED);
        write(stream(root.get(), OLESTR("kept")).get(), "3");
        EXPECT_EQ(root->Commit(STGC_DEFAULT), S_OK);
        auto late = stream(root.get(), OLESTR("late"));
        EXPECT_EQ(root->Revert(), S_OK);
        char byte = 0;
        EXPECT_EQ(late->Read(&byte, 1, nullptr), STG_E_REVERTED);
        EXPECT_EQ(names(root.get()), "old kept ");
    }
    EXPECT_EQ(read(open().get(), OLESTR("kept")), "3");
}

TEST_F(Storage, AnElementIsOpenOnce) {
    auto root = create();
    auto a = stream(root.get(), OLESTR("a"));
    ComPtr<IStream> again;
    EXPECT_EQ(root->OpenStream(OLESTR("a"), nullptr, kRead, 0, again.put()), STG_E_ACCESSDENIED);
    EXPECT_EQ(root->RenameElement(OLESTR("a"), OLESTR("b")), STG_E_ACCESSDENIED);
    EXPECT_EQ(root->CreateStream(OLESTR("a"), kFull, 0, 0, again.put()), STG_E_FILEALREADYEXISTS);
    EXPECT_EQ(root->CreateStream(nullptr, kFull, 0, 0, again.put()), STG_E_INVALIDNAME);
    EXPECT_EQ(root->CreateStream(OLESTR("0123456789012345678901234567890x"), kFull, 0, 0, again.put()), STG_E_INVALIDNAME);
    EXPECT_EQ(root->CreateStream(OLESTR("b"), STGM_READWRITE, 0, 0, again.put()), STG_E_INVALIDFLAG);
    EXPECT_EQ(root->CreateStream(OLESTR("b"), kFull, 1, 0, again.put()), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(root->CreateStream(OLESTR("b"), kFull, 0, 0, nullptr), STG_E_INVALIDPOINTER);
    a.reset();
    EXPECT_EQ(root->RenameElement(OLESTR("a"), OLESTR("b")), S_OK);
    EXPECT_EQ(names(root.get()), "b ");
}

TEST_F(Storage, WhatWasDestroyedOrLostItsParentIsReverted) {
    auto root = create();
    auto a = stream(root.get(), OLESTR("a"));
    EXPECT_EQ(root->DestroyElement(OLESTR("a")), S_OK);
    EXPECT_EQ(a->Write("x", 1, nullptr), STG_E_REVERTED);
    auto box = child(root.get(), OLESTR("box"));
    auto inner = stream(box.get(), OLESTR("inner"));
    box.reset();
    EXPECT_EQ(inner->Write("x", 1, nullptr), STG_E_REVERTED);
    EXPECT_EQ(root->DestroyElement(OLESTR("none")), STG_E_FILENOTFOUND);
}

TEST_F(Storage, StreamsSeekCloneAndCopy) {
    auto root = create();
    auto a = stream(root.get(), OLESTR("a"));
    write(a.get(), "0123456789");
    LARGE_INTEGER move;
    ULARGE_INTEGER position;
    move.QuadPart = -4;
    EXPECT_EQ(a->Seek(move, STREAM_SEEK_END, &position), S_OK);
    EXPECT_EQ(position.QuadPart, 6u);
    ComPtr<IStream> twin;
    ASSERT_EQ(a->Clone(twin.put()), S_OK);
    move.QuadPart = -7;
    EXPECT_EQ(a->Seek(move, STREAM_SEEK_CUR, &position), STG_E_SEEKERROR);
    char buffer[20] = {};
    ULONG got = 0;
    EXPECT_EQ(twin->Read(buffer, 20, &got), S_OK);
    EXPECT_EQ(std::string_view(buffer, got), "6789");
    EXPECT_EQ(a->Write(nullptr, 1, nullptr), STG_E_INVALIDPOINTER);
    auto b = stream(root.get(), OLESTR("b"));
    ULARGE_INTEGER size, read_bytes, written;
    size.QuadPart = 3;
    EXPECT_EQ(a->CopyTo(b.get(), size, &read_bytes, &written), S_OK);
    EXPECT_EQ(written.QuadPart, 3u);
    b.reset();
    EXPECT_EQ(read(root.get(), OLESTR("b")), "678");
    STATSTG stat;
    EXPECT_EQ(a->Stat(&stat, STATFLAG_NONAME), S_OK);
    EXPECT_EQ(stat.cbSize.QuadPart, 10u);
    EXPECT_EQ(stat.type, static_cast<DWORD>(STGTY_STREAM));
}

TEST_F(Storage, CopyToHonoursExclusionsAndMoveElementMoves) {
    auto root = create();
    write(stream(root.get(), OLESTR("a")).get(), "1");
    write(stream(root.get(), OLESTR("b")).get(), "2");
    {
        auto box = child(root.get(), OLESTR("box"));
        write(stream(box.get(), OLESTR("inner")).get(), "3");
    }
    path_ += u"2";
    auto target = create();
    OLECHAR excluded[] = {'B', 0};
    OLECHAR* exclude[] = {excluded, nullptr};
    EXPECT_EQ(root->CopyTo(0, nullptr, exclude, target.get()), S_OK);
    EXPECT_EQ(names(target.get()), "a box/ ");
    EXPECT_EQ(root->MoveElementTo(OLESTR("b"), target.get(), OLESTR("moved"), STGMOVE_MOVE), S_OK);
    EXPECT_EQ(names(root.get()), "a box/ ");
    EXPECT_EQ(read(target.get(), OLESTR("moved")), "2");
    auto third = child(target.get(), OLESTR("third"));
    EXPECT_EQ(root->CopyTo(1, &IID_IStorage, nullptr, third.get()), S_OK);
    EXPECT_EQ(names(third.get()), "a ");
}

TEST_F(Storage, CopyToReadsWhatIsOpenAndNeverCopiesAStorageIntoItself) {
    auto root = create();
    auto a = stream(root.get(), OLESTR("a"));
    write(a.get(), "hello");
    auto box = child(root.get(), OLESTR("box"));
    auto inner = child(box.get(), OLESTR("inner"));
    EXPECT_EQ(box->SetStateBits(5, 5), S_OK);
    EXPECT_EQ(root->CopyTo(0, nullptr, nullptr, root.get()), STG_E_ACCESSDENIED);
    EXPECT_EQ(root->CopyTo(0, nullptr, nullptr, box.get()), STG_E_ACCESSDENIED);
    EXPECT_EQ(root->CopyTo(0, nullptr, nullptr, inner.get()), STG_E_ACCESSDENIED);
    EXPECT_EQ(names(box.get()), "inner/ ");
    EXPECT_EQ(box->CopyTo(0, nullptr, nullptr, root.get()), S_OK);  // upwards is no child
    EXPECT_EQ(names(root.get()), "a box/ inner/ ");
    EXPECT_EQ(root->CopyTo(1, nullptr, nullptr, root.get()), STG_E_INVALIDPOINTER);
    path_ += u"2";
    auto target = create();
    write(stream(target.get(), OLESTR("a")).get(), "longer than hello");
    write(stream(child(target.get(), OLESTR("box")).get(), OLESTR("kept")).get(), "1");
    EXPECT_EQ(root->CopyTo(0, nullptr, nullptr, target.get()), S_OK);
    EXPECT_EQ(read(target.get(), OLESTR("a")), "hello");
    auto copy = open_child(target.get(), OLESTR("box"));
    EXPECT_EQ(names(copy.get()), "kept inner/ ");  // merged
    STATSTG stat;
    EXPECT_EQ(copy->Stat(&stat, STATFLAG_NONAME), S_OK);
    EXPECT_EQ(stat.grfStateBits, 5u);
}

/// Passes a storage's calls on, as a proxy does: nobody sees whose storage it is.
class Veil final : public implements<IStorage> {
  public:
    explicit Veil(IStorage* inner) : inner_(*inner) {}
    HRESULT STDMETHODCALLTYPE CreateStream(const OLECHAR* n, DWORD m, DWORD a, DWORD b, IStream** s) override { return inner_.CreateStream(n, m, a, b, s); }
    HRESULT STDMETHODCALLTYPE OpenStream(const OLECHAR* n, void* a, DWORD m, DWORD b, IStream** s) override { return inner_.OpenStream(n, a, m, b, s); }
    HRESULT STDMETHODCALLTYPE CreateStorage(const OLECHAR* n, DWORD m, DWORD a, DWORD b, IStorage** s) override { return inner_.CreateStorage(n, m, a, b, s); }
    HRESULT STDMETHODCALLTYPE OpenStorage(const OLECHAR* n, IStorage* p, DWORD m, SNB e, DWORD a, IStorage** s) override { return inner_.OpenStorage(n, p, m, e, a, s); }
    HRESULT STDMETHODCALLTYPE CopyTo(DWORD n, const IID* i, SNB e, IStorage* t) override { return inner_.CopyTo(n, i, e, t); }
    HRESULT STDMETHODCALLTYPE MoveElementTo(const OLECHAR* n, IStorage* t, const OLECHAR* m, DWORD f) override { return inner_.MoveElementTo(n, t, m, f); }
    HRESULT STDMETHODCALLTYPE Commit(DWORD f) override { return inner_.Commit(f); }
    HRESULT STDMETHODCALLTYPE Revert() override { return inner_.Revert(); }
    HRESULT STDMETHODCALLTYPE EnumElements(DWORD a, void* b, DWORD c, IEnumSTATSTG** e) override { return inner_.EnumElements(a, b, c, e); }
    HRESULT STDMETHODCALLTYPE DestroyElement(const OLECHAR* n) override { return inner_.DestroyElement(n); }
    HRESULT STDMETHODCALLTYPE RenameElement(const OLECHAR* n, const OLECHAR* m) override { return inner_.RenameElement(n, m); }
    HRESULT STDMETHODCALLTYPE SetElementTimes(const OLECHAR* n, const FILETIME* c, const FILETIME* a, const FILETIME* m) override { return inner_.SetElementTimes(n, c, a, m); }
    HRESULT STDMETHODCALLTYPE SetClass(REFCLSID c) override { return inner_.SetClass(c); }
    HRESULT STDMETHODCALLTYPE SetStateBits(DWORD b, DWORD m) override { return inner_.SetStateBits(b, m); }
    HRESULT STDMETHODCALLTYPE Stat(STATSTG* s, DWORD f) override { return inner_.Stat(s, f); }

  private:
    IStorage& inner_;
};

TEST_F(Storage, ACopyIntoAChildThatNobodyRecognisesEnds) {
    auto root = create();
    stream(root.get(), OLESTR("a"));
    auto box = child(root.get(), OLESTR("box"));
    stream(box.get(), OLESTR("b"));
    const auto veiled = ComPtr<IStorage>::attach(new Veil(box.get()));
    EXPECT_EQ(root->CopyTo(0, nullptr, nullptr, veiled.get()), S_OK);
    EXPECT_EQ(names(box.get()), "a b box/ ");
    EXPECT_EQ(names(open_child(box.get(), OLESTR("box")).get()), "b ");
}

TEST_F(Storage, CopyToLeavesOutNamesOnlyAtItsFirstLevel) {
    auto root = create();
    auto box = child(root.get(), OLESTR("box"));
    stream(box.get(), OLESTR("a"));
    stream(root.get(), OLESTR("a"));
    child(box.get(), OLESTR("inner"));
    path_ += u"2";
    auto target = create();
    OLECHAR a[] = {'A', 0};
    OLECHAR* exclude[] = {a, nullptr};
    const IID other[] = {IID_IPropertySetStorage, IID_IUnknown};
    EXPECT_EQ(root->CopyTo(2, other, exclude, target.get()), S_OK);
    EXPECT_EQ(names(target.get()), "box/ ");
    EXPECT_EQ(names(open_child(target.get(), OLESTR("box")).get()), "a inner/ ");
    const IID streams[] = {IID_IStream};
    auto third = child(target.get(), OLESTR("third"));
    EXPECT_EQ(root->CopyTo(1, streams, nullptr, third.get()), S_OK);
    EXPECT_EQ(names(third.get()), "box/ ");
    EXPECT_EQ(names(open_child(third.get(), OLESTR("box")).get()), "a inner/ ");
}

TEST_F(Storage, MoveElementToWantsClosedElementsAndAnotherPlace) {
    auto root = create();
    auto a = stream(root.get(), OLESTR("a"));
    auto box = child(root.get(), OLESTR("box"));
    stream(box.get(), OLESTR("inner"));
    EXPECT_EQ(root->MoveElementTo(OLESTR("a"), box.get(), OLESTR("b"), STGMOVE_MOVE), STG_E_ACCESSDENIED);
    EXPECT_EQ(root->MoveElementTo(OLESTR("box"), box.get(), OLESTR("b"), STGMOVE_MOVE), STG_E_ACCESSDENIED);
    EXPECT_EQ(root->MoveElementTo(OLESTR("none"), box.get(), OLESTR("b"), STGMOVE_MOVE), STG_E_FILENOTFOUND);
    EXPECT_EQ(root->MoveElementTo(OLESTR("a"), nullptr, OLESTR("b"), STGMOVE_MOVE), STG_E_INVALIDPOINTER);
    EXPECT_EQ(root->MoveElementTo(OLESTR("a"), box.get(), nullptr, STGMOVE_MOVE), STG_E_INVALIDNAME);
    EXPECT_EQ(root->MoveElementTo(OLESTR("a"), box.get(), OLESTR("b"), 2), STG_E_INVALIDFLAG);
    a.reset();
    EXPECT_EQ(root->MoveElementTo(OLESTR("a"), root.get(), OLESTR("A"), STGMOVE_MOVE), STG_E_ACCESSDENIED);
    EXPECT_EQ(root->MoveElementTo(OLESTR("a"), root.get(), OLESTR("c"), STGMOVE_MOVE), S_OK);
    EXPECT_EQ(root->MoveElementTo(OLESTR("c"), box.get(), OLESTR("d"), STGMOVE_MOVE), S_OK);
    EXPECT_EQ(names(root.get()), "box/ ");
    EXPECT_EQ(names(box.get()), "d inner ");
    auto other = child(root.get(), OLESTR("other"), kFull | STGM_TRANSACTED);
    box.reset();
    EXPECT_EQ(root->MoveElementTo(OLESTR("box"), other.get(), OLESTR("box"), STGMOVE_COPY), S_OK);
    EXPECT_EQ(names(open_child(other.get(), OLESTR("box")).get()), "d inner ");
}

TEST_F(Storage, NamesAreFoundInEitherCaseAndKeptAsWritten) {
    for (const DWORD mode : {kFull, kFull | STGM_TRANSACTED}) {
        auto root = create();
        auto box = child(root.get(), OLESTR("box"), mode);
        const OLECHAR upper[] = {0x00C9, 't', 0x00E9, 0}, lower[] = {0x00E9, 'T', 0x00C9, 0};  // e with an accent
        write(stream(box.get(), upper).get(), "summer");
        EXPECT_EQ(read(box.get(), lower), "summer");
        ComPtr<IStream> made;
        EXPECT_EQ(box->CreateStream(lower, kFull, 0, 0, made.put()), STG_E_FILEALREADYEXISTS);
        EXPECT_EQ(box->RenameElement(upper, lower), S_OK);
        ComPtr<IEnumSTATSTG> elements;
        EXPECT_EQ(box->EnumElements(0, nullptr, 0, elements.put()), S_OK);
        STATSTG stat;
        ASSERT_EQ(elements->Next(1, &stat, nullptr), S_OK);
        EXPECT_EQ(stat.pwcsName[0], lower[0]);
        CoTaskMemFree(stat.pwcsName);
        stream(box.get(), OLESTR("0123456789012345678901234567890"));
        EXPECT_EQ(box->CreateStream(OLESTR("01234567890123456789012345678901"), kFull, 0, 0, made.put()), STG_E_INVALIDNAME);
        for (const OLECHAR* name : {OLESTR(""), OLESTR("a/b"), OLESTR("a\\b"), OLESTR("a:b"), OLESTR("a!b")})
            EXPECT_EQ(box->CreateStream(name, kFull, 0, 0, made.put()), STG_E_INVALIDNAME);
        EXPECT_EQ(box->RenameElement(lower, OLESTR("a/b")), STG_E_INVALIDNAME);
    }
}

TEST_F(Storage, SwitchToFileGoesOnInACopy) {
    { write(stream(create().get(), OLESTR("a")).get(), std::string(9000, 'o')); }
    auto root = open(kFull | STGM_TRANSACTED);
    auto a = open_stream(root.get(), OLESTR("a"));
    write(a.get(), std::string(50000, 'n'));
    auto box = child(root.get(), OLESTR("box"), kFull | STGM_TRANSACTED);
    write(stream(box.get(), OLESTR("inner")).get(), "inner");
    ComPtr<IRootStorage> switching;
    EXPECT_EQ(box->QueryInterface(IID_IRootStorage, switching.put_void()), E_NOINTERFACE);
    ASSERT_EQ(root->QueryInterface(IID_IRootStorage, switching.put_void()), S_OK);
    const auto old_path = path_;
    EXPECT_EQ(switching->SwitchToFile(const_cast<OLECHAR*>(path())), STG_E_FILEALREADYEXISTS);
    path_ += u"2";
    ASSERT_EQ(switching->SwitchToFile(const_cast<OLECHAR*>(path())), S_OK);
    EXPECT_EQ(open_code(kFull), STG_E_SHAREVIOLATION);
    EXPECT_EQ(box->Commit(STGC_DEFAULT), S_OK);
    EXPECT_EQ(root->Commit(STGC_DEFAULT), S_OK);
    STATSTG stat;
    EXPECT_EQ(root->Stat(&stat, STATFLAG_DEFAULT), S_OK);
    EXPECT_EQ(to_utf8_z(stat.pwcsName), to_utf8(path_));
    CoTaskMemFree(stat.pwcsName);
    a.reset();
    box.reset();
    switching.reset();
    root.reset();
    root = open();
    EXPECT_EQ(names(root.get()), "a box/ ");
    EXPECT_EQ(content(open_stream(root.get(), OLESTR("a")).get()), std::string(50000, 'n'));
    EXPECT_EQ(read(open_child(root.get(), OLESTR("box")).get(), OLESTR("inner")), "inner");
    path_ = old_path;
    root.reset();
    root = open();
    EXPECT_EQ(names(root.get()), "a ");
    EXPECT_EQ(content(open_stream(root.get(), OLESTR("a")).get()), std::string(9000, 'o'));
    EXPECT_LT(fs::file_size(folder_ / "file"), 20000u);
    // Without a name: a file of its own in the folder for temporary files.
    ASSERT_EQ(root->QueryInterface(IID_IRootStorage, switching.put_void()), S_OK);
    ASSERT_EQ(switching->SwitchToFile(nullptr), S_OK);
    EXPECT_EQ(root->Stat(&stat, STATFLAG_DEFAULT), S_OK);
    const std::string made = to_utf8_z(stat.pwcsName);
    CoTaskMemFree(stat.pwcsName);
    EXPECT_NE(made, to_utf8(old_path));
    fs::remove(made);
}

TEST_F(Storage, ClassStateAndTimesAreKept) {
    const CLSID class_id{0x00020906, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
    {
        auto root = create();
        auto box = child(root.get(), OLESTR("box"));
        EXPECT_EQ(WriteClassStg(box.get(), class_id), S_OK);
        EXPECT_EQ(box->SetStateBits(0xFF, 0x0F), S_OK);
        const FILETIME time{1, 2};
        EXPECT_EQ(root->SetElementTimes(OLESTR("box"), &time, nullptr, &time), S_OK);
        auto a = stream(root.get(), OLESTR("a"));
        EXPECT_EQ(WriteClassStm(a.get(), class_id), S_OK);
    }
    auto root = open();
    ComPtr<IStorage> box;
    ASSERT_EQ(root->OpenStorage(OLESTR("box"), nullptr, kRead, nullptr, 0, box.put()), S_OK);
    CLSID found;
    EXPECT_EQ(ReadClassStg(box.get(), &found), S_OK);
    EXPECT_EQ(std::memcmp(&found, &class_id, sizeof found), 0);
    STATSTG stat;
    EXPECT_EQ(box->Stat(&stat, STATFLAG_NONAME), S_OK);
    EXPECT_EQ(stat.grfStateBits, 0x0Fu);
    EXPECT_EQ(stat.ctime.dwHighDateTime, 2u);
    ComPtr<IStream> a;
    ASSERT_EQ(root->OpenStream(OLESTR("a"), nullptr, kRead, 0, a.put()), S_OK);
    EXPECT_EQ(ReadClassStm(a.get(), &found), S_OK);
    EXPECT_EQ(ReadClassStm(a.get(), &found), STG_E_READFAULT);
    EXPECT_EQ(found.Data1, 0u);
}

TEST_F(Storage, ExMakesFilesWithLargeSectors) {
    STGOPTIONS options{1, 0, 4096, nullptr};
    ComPtr<IStorage> storage;
    ASSERT_EQ(StgCreateStorageEx(path(), kFull | STGM_CREATE, STGFMT_DOCFILE, 0, &options, nullptr, IID_IStorage, storage.put_void()), S_OK);
    storage.reset();
    EXPECT_EQ(fs::file_size(folder_ / "file"), 3u * 4096);
    EXPECT_EQ(StgOpenStorageEx(path(), kFull, STGFMT_ANY, 0, nullptr, nullptr, IID_IStorage, storage.put_void()), S_OK);
}

TEST_F(Storage, LivesOnAnyLockBytes) {
    const auto bytes = ComPtr<MemoryLockBytes>::attach(new MemoryLockBytes);
    EXPECT_EQ(StgIsStorageILockBytes(bytes.get()), S_FALSE);
    {
        ComPtr<IStorage> root;
        ASSERT_EQ(StgCreateDocfileOnILockBytes(bytes.get(), kFull | STGM_CREATE, 0, root.put()), S_OK);
        write(stream(root.get(), OLESTR("a")).get(), std::string(5000, 'x'));
        STATSTG stat;
        EXPECT_EQ(root->Stat(&stat, STATFLAG_DEFAULT), S_OK);
        EXPECT_EQ(stat.pwcsName, nullptr);
        EXPECT_EQ(stat.grfMode, kFull);
    }
    EXPECT_EQ(StgIsStorageILockBytes(bytes.get()), S_OK);
    ComPtr<IStorage> root;
    ASSERT_EQ(StgOpenStorageOnILockBytes(bytes.get(), nullptr, kRead, nullptr, 0, root.put()), S_OK);
    EXPECT_EQ(names(root.get()), "a ");
}

}  // namespace
}  // namespace odc::storage
