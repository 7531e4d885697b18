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
