// Transacted mode at every level: what Commit gives to the storage above, what Revert and a release take back.
#include "storage/storage_fixture.h"

namespace odc::storage {
namespace {

constexpr DWORD kTransacted = kFull | STGM_TRANSACTED;

class Transactions : public StorageTest {};

TEST_F(Transactions, AStorageShowsItsChangesToTheOneAboveOnlyAfterItsCommit) {
    auto root = create();
    auto box = child(root.get(), OLESTR("box"));
    write(stream(box.get(), OLESTR("a")).get(), "old");
    box.reset();
    box = open_child(root.get(), OLESTR("box"), kTransacted);
    write(open_stream(box.get(), OLESTR("a")).get(), "NEW");
    write(stream(box.get(), OLESTR("b")).get(), "second");
    EXPECT_EQ(names(box.get()), "a b ");
    box.reset();  // without a commit
    box = open_child(root.get(), OLESTR("box"), kTransacted);
    EXPECT_EQ(names(box.get()), "a ");
    EXPECT_EQ(read(box.get(), OLESTR("a")), "old");
    write(open_stream(box.get(), OLESTR("a")).get(), "NEW");
    write(stream(box.get(), OLESTR("b")).get(), "second");
    EXPECT_EQ(box->Commit(STGC_DEFAULT), S_OK);
    write(stream(box.get(), OLESTR("c")).get(), "too late");
    box.reset();
    box = open_child(root.get(), OLESTR("box"));
    EXPECT_EQ(names(box.get()), "a b ");
    EXPECT_EQ(read(box.get(), OLESTR("a")), "NEW");
    EXPECT_EQ(read(box.get(), OLESTR("b")), "second");
}

TEST_F(Transactions, ACommitReachesTheNextLevelAndNoFurther) {
    {
        auto root = create(kTransacted);
        auto outer = child(root.get(), OLESTR("outer"), kTransacted);
        auto middle = child(outer.get(), OLESTR("middle"), kTransacted);
        write(stream(middle.get(), OLESTR("x")).get(), "1");
        EXPECT_EQ(middle->Commit(STGC_DEFAULT), S_OK);
        EXPECT_EQ(outer->Commit(STGC_DEFAULT), S_OK);
        write(open_stream(middle.get(), OLESTR("x")).get(), "2");
        EXPECT_EQ(middle->Commit(STGC_DEFAULT), S_OK);  // outer does not commit this one
        EXPECT_EQ(root->Commit(STGC_DEFAULT), S_OK);
        EXPECT_EQ(outer->Commit(STGC_DEFAULT), S_OK);  // root does not commit this one
    }
    {
        auto root = open(kTransacted);
        auto outer = open_child(root.get(), OLESTR("outer"), kTransacted);
        auto middle = open_child(outer.get(), OLESTR("middle"), kTransacted);
        EXPECT_EQ(read(middle.get(), OLESTR("x")), "1");
    }
}

TEST_F(Transactions, RevertTakesBackOneLevelAndEverythingOpenBelowIt) {
    auto root = create(kTransacted);
    auto outer = child(root.get(), OLESTR("outer"), kTransacted);
    write(stream(outer.get(), OLESTR("kept")).get(), "kept");
    EXPECT_EQ(outer->Commit(STGC_DEFAULT), S_OK);
    auto inner = child(outer.get(), OLESTR("inner"), kTransacted);
    auto leaf = stream(inner.get(), OLESTR("leaf"));
    write(leaf.get(), "leaf");
    EXPECT_EQ(inner->Commit(STGC_DEFAULT), S_OK);
    EXPECT_EQ(inner->Revert(), S_OK);  // committed: nothing to take back, but what was open is gone
    EXPECT_EQ(leaf->Write("x", 1, nullptr), STG_E_REVERTED);
    EXPECT_EQ(read(inner.get(), OLESTR("leaf")), "leaf");
    EXPECT_EQ(outer->Revert(), S_OK);
    EXPECT_EQ(names(outer.get()), "kept ");
    STATSTG stat;
    EXPECT_EQ(inner->Stat(&stat, STATFLAG_NONAME), STG_E_REVERTED);
    EXPECT_EQ(inner->Commit(STGC_DEFAULT), STG_E_REVERTED);
    EXPECT_EQ(inner->Revert(), STG_E_REVERTED);
    ComPtr<IStream> none;
    EXPECT_EQ(inner->CreateStream(OLESTR("x"), kFull, 0, 0, none.put()), STG_E_REVERTED);
    EXPECT_EQ(root->Revert(), S_OK);
    EXPECT_EQ(outer->Revert(), STG_E_REVERTED);
    EXPECT_EQ(names(root.get()), "");
}

TEST_F(Transactions, DirectStoragesInsideATransactionBelongToIt) {
    auto root = create();
    auto outer = child(root.get(), OLESTR("outer"), kTransacted);
    auto direct = child(outer.get(), OLESTR("direct"));
    write(stream(direct.get(), OLESTR("a")).get(), "1");
    EXPECT_EQ(direct->Commit(STGC_DEFAULT), S_OK);
    direct.reset();
    EXPECT_EQ(names(outer.get()), "direct/ ");
    EXPECT_EQ(outer->Revert(), S_OK);
    EXPECT_EQ(names(outer.get()), "");
    direct = child(outer.get(), OLESTR("direct"));
    write(stream(direct.get(), OLESTR("a")).get(), "2");
    EXPECT_EQ(outer->Commit(STGC_DEFAULT), S_OK);
    outer.reset();
    outer = open_child(root.get(), OLESTR("outer"));
    direct = open_child(outer.get(), OLESTR("direct"));
    EXPECT_EQ(read(direct.get(), OLESTR("a")), "2");
}

TEST_F(Transactions, NamesMayBeExchangedAndReused) {
    auto root = create();
    auto box = child(root.get(), OLESTR("box"), kTransacted);
    for (const OLECHAR* name : {OLESTR("a"), OLESTR("b"), OLESTR("c"), OLESTR("gone")})
        write(stream(box.get(), name).get(), to_utf8_z(name));
    EXPECT_EQ(box->Commit(STGC_DEFAULT), S_OK);
    EXPECT_EQ(box->RenameElement(OLESTR("a"), OLESTR("t")), S_OK);
    EXPECT_EQ(box->RenameElement(OLESTR("b"), OLESTR("a")), S_OK);
    EXPECT_EQ(box->RenameElement(OLESTR("c"), OLESTR("b")), S_OK);
    EXPECT_EQ(box->RenameElement(OLESTR("t"), OLESTR("c")), S_OK);
    EXPECT_EQ(box->RenameElement(OLESTR("c"), OLESTR("C")), S_OK);
    EXPECT_EQ(box->RenameElement(OLESTR("b"), OLESTR("A")), STG_E_FILEALREADYEXISTS);
    EXPECT_EQ(box->DestroyElement(OLESTR("gone")), S_OK);
    child(box.get(), OLESTR("gone"));
    EXPECT_EQ(names(box.get()), "a b C gone/ ");
    EXPECT_EQ(box->Commit(STGC_DEFAULT), S_OK);
    box.reset();
    box = open_child(root.get(), OLESTR("box"));
    EXPECT_EQ(names(box.get()), "a b C gone/ ");
    EXPECT_EQ(read(box.get(), OLESTR("a")), "b");
    EXPECT_EQ(read(box.get(), OLESTR("b")), "c");
    EXPECT_EQ(read(box.get(), OLESTR("c")), "a");
}

TEST_F(Transactions, StreamsKeepWhatWasNotChanged) {
    auto root = create();
    auto box = child(root.get(), OLESTR("box"), kTransacted);
    std::string model(50000, 'a');
    write(stream(box.get(), OLESTR("s")).get(), model);
    EXPECT_EQ(box->Commit(STGC_DEFAULT), S_OK);
    auto s = open_stream(box.get(), OLESTR("s"));
    write_at(s.get(), 20001, "in the middle");
    model.replace(20001, 13, "in the middle");
    EXPECT_EQ(content(s.get()), model);
    resize(s.get(), 20005);
    model.resize(20005);
    resize(s.get(), 40000);
    model.resize(40000);
    write_at(s.get(), 60000, "behind");
    model.resize(60000);
    model += "behind";
    EXPECT_EQ(content(s.get()), model);
    EXPECT_EQ(box->Commit(STGC_DEFAULT), S_OK);
    EXPECT_EQ(content(s.get()), model);
    s.reset();
    box.reset();
    box = open_child(root.get(), OLESTR("box"));
    EXPECT_EQ(content(open_stream(box.get(), OLESTR("s")).get()), model);
}

TEST_F(Transactions, ClassStateAndTimesAreChangesToo) {
    const CLSID class_id{0x00020906, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
    const FILETIME time{7, 8};
    auto root = create();
    auto box = child(root.get(), OLESTR("box"), kTransacted);
    const auto change = [&] {
        EXPECT_EQ(box->SetClass(class_id), S_OK);
        EXPECT_EQ(box->SetStateBits(0xFF, 0x3C), S_OK);
        child(box.get(), OLESTR("inner"));
        EXPECT_EQ(box->SetElementTimes(OLESTR("inner"), &time, nullptr, &time), S_OK);
        EXPECT_EQ(box->SetElementTimes(nullptr, nullptr, nullptr, &time), S_OK);
    };
    change();
    EXPECT_EQ(box->Revert(), S_OK);
    STATSTG stat;
    EXPECT_EQ(box->Stat(&stat, STATFLAG_NONAME), S_OK);
    EXPECT_EQ(stat.grfStateBits, 0u);
    EXPECT_EQ(stat.clsid.Data1, 0u);
    EXPECT_NE(stat.mtime.dwHighDateTime, 8u);
    change();
    EXPECT_EQ(box->Commit(STGC_DEFAULT), S_OK);
    box.reset();
    box = open_child(root.get(), OLESTR("box"));
    EXPECT_EQ(box->Stat(&stat, STATFLAG_NONAME), S_OK);
    EXPECT_EQ(stat.grfStateBits, 0x3Cu);
    EXPECT_EQ(stat.clsid.Data1, class_id.Data1);
    EXPECT_EQ(stat.mtime.dwHighDateTime, 8u);
    EXPECT_EQ(open_child(box.get(), OLESTR("inner"))->Stat(&stat, STATFLAG_NONAME), S_OK);
    EXPECT_EQ(stat.ctime.dwLowDateTime, 7u);
}

TEST_F(Transactions, AReadOnlyTransactedStorageMayBeChangedButNotCommitted) {
    auto root = create();
    child(root.get(), OLESTR("box"));
    auto box = open_child(root.get(), OLESTR("box"), kRead | STGM_TRANSACTED);
    write(stream(box.get(), OLESTR("a")).get(), "1");
    EXPECT_EQ(read(box.get(), OLESTR("a")), "1");
    EXPECT_EQ(box->Commit(STGC_DEFAULT), STG_E_ACCESSDENIED);
    box.reset();
    EXPECT_EQ(names(open_child(root.get(), OLESTR("box")).get()), "");
}

TEST_F(Transactions, ReleasingOrDestroyingAStorageRevertsTheTransactionsBelow) {
    auto root = create();
    auto outer = child(root.get(), OLESTR("outer"), kTransacted);
    auto inner = child(outer.get(), OLESTR("inner"), kTransacted);
    auto leaf = stream(inner.get(), OLESTR("leaf"));
    outer.reset();
    EXPECT_EQ(inner->Commit(STGC_DEFAULT), STG_E_REVERTED);
    EXPECT_EQ(leaf->Write("x", 1, nullptr), STG_E_REVERTED);
    EXPECT_EQ(names(open_child(root.get(), OLESTR("outer")).get()), "");
    outer = open_child(root.get(), OLESTR("outer"), kTransacted);
    inner = child(outer.get(), OLESTR("inner"), kTransacted);
    EXPECT_EQ(outer->DestroyElement(OLESTR("inner")), S_OK);
    EXPECT_EQ(inner->Commit(STGC_DEFAULT), STG_E_REVERTED);
}

TEST_F(Transactions, ElementsRefuseModesThatTheyDoNotHave) {
    auto root = create();
    ComPtr<IStorage> storage;
    ComPtr<IStream> made;
    child(root.get(), OLESTR("box"));
    for (const DWORD mode : {kTransacted | STGM_NOSCRATCH, kTransacted | STGM_NOSNAPSHOT, kFull | STGM_CONVERT, kFull | STGM_DIRECT_SWMR,
                             kFull | STGM_SIMPLE, DWORD{STGM_READWRITE | STGM_TRANSACTED}, DWORD{STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_DENY_NONE},
                             DWORD{STGM_READWRITE | STGM_TRANSACTED | STGM_SHARE_DENY_WRITE}, kFull | 3, kFull | STGM_CREATE})
        EXPECT_EQ(root->OpenStorage(OLESTR("box"), nullptr, mode, nullptr, 0, storage.put()), STG_E_INVALIDFLAG) << std::hex << mode;
    for (const DWORD mode : {kFull | STGM_PRIORITY, kFull | STGM_DELETEONRELEASE}) {
        EXPECT_EQ(root->OpenStorage(OLESTR("box"), nullptr, mode, nullptr, 0, storage.put()), STG_E_INVALIDFUNCTION);
        EXPECT_EQ(root->CreateStorage(OLESTR("new"), mode, 0, 0, storage.put()), STG_E_INVALIDFUNCTION);
    }
    EXPECT_EQ(root->CreateStream(OLESTR("s"), kTransacted, 0, 0, made.put()), STG_E_INVALIDFUNCTION);
    EXPECT_EQ(root->CreateStream(OLESTR("s"), kFull | STGM_DELETEONRELEASE, 0, 0, made.put()), STG_E_INVALIDFUNCTION);
    EXPECT_EQ(names(root.get()), "box/ ");
}

}  // namespace
}  // namespace odc::storage
