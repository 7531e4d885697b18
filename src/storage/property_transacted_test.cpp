// Non-simple sets in transacted mode: values, streams and storages are committed and reverted together.
#include "storage/property_fixture.h"

namespace odc::storage {
namespace {

constexpr DWORD kTransacted = kFull | STGM_TRANSACTED;

class TransactedSets : public Properties {
  protected:
    static void put_stream(IPropertyStorage* set, PROPID id, std::string_view text) {
        auto stream = stream_of(text);
        PROPVARIANT value{};
        value.vt = VT_STREAM;
        value.pStream = stream.get();
        ASSERT_EQ(write(set, by_id(id), value), S_OK);
    }
    static std::string stream(IPropertyStorage* set, PROPID id) {
        Variant value;
        const auto spec = by_id(id);
        const HRESULT hr = set->ReadMultiple(1, &spec, &value);
        if (hr != S_OK) return hr == S_FALSE ? "none" : "error";
        return value.vt == VT_STREAM ? text_of(value.pStream) : "no stream";
    }
    static void put(IPropertyStorage* set, LONG number, std::string_view text) {
        ASSERT_EQ(write(set, by_id(2), number), S_OK);
        put_stream(set, 5, text);
    }
    static std::string both(IPropertyStorage* set) { return read(set, by_id(2)) + " " + stream(set, 5); }
};

TEST_F(TransactedSets, RevertBringsBackValuesAndStreams) {
    auto set = create(PROPSETFLAG_NONSIMPLE, kFormat, kTransacted | STGM_CREATE);
    put(set.get(), 1, "first");
    ASSERT_EQ(set->Commit(STGC_DEFAULT), S_OK);
    put(set.get(), 2, "second");
    put_stream(set.get(), 6, "another");
    EXPECT_EQ(both(set.get()), "3:2 second");
    ASSERT_EQ(set->Revert(), S_OK);
    EXPECT_EQ(both(set.get()), "3:1 first");
    EXPECT_EQ(stream(set.get(), 6), "none");
    put(set.get(), 3, "third");
    ASSERT_EQ(set->Commit(STGC_DEFAULT), S_OK);
    ASSERT_EQ(set->Revert(), S_OK);
    EXPECT_EQ(both(set.get()), "3:3 third");
}

TEST_F(TransactedSets, WhatWasNotCommittedIsNotThereForTheNextOne) {
    {
        auto set = create(PROPSETFLAG_NONSIMPLE, kFormat, kTransacted | STGM_CREATE);
        put(set.get(), 1, "first");
        ASSERT_EQ(set->Commit(STGC_DEFAULT), S_OK);
        put(set.get(), 2, "second");
        const auto spec = by_id(5);
        ASSERT_EQ(set->DeleteMultiple(1, &spec), S_OK);
    }
    EXPECT_EQ(both(open().get()), "3:1 first");
    reopen();
    {
        auto set = open(kFormat, kTransacted);
        EXPECT_EQ(both(set.get()), "3:1 first");
        put(set.get(), 4, "fourth");
        ASSERT_EQ(set->Commit(STGC_DEFAULT), S_OK);
    }
    reopen();
    EXPECT_EQ(both(open().get()), "3:4 fourth");
}

TEST_F(TransactedSets, ASetBelowATransactedRootIsPartOfItsTransaction) {
    sets_.reset();
    storage_.reset();
    ASSERT_EQ(StgOpenStorage(path(), nullptr, kTransacted, nullptr, 0, storage_.put()), S_OK);
    open_sets();
    {
        auto set = create(PROPSETFLAG_NONSIMPLE, kFormat, kTransacted | STGM_CREATE);
        put(set.get(), 1, "first");
        ASSERT_EQ(set->Commit(STGC_DEFAULT), S_OK);
    }
    EXPECT_EQ(both(open().get()), "3:1 first") << "committed to the storage above";
    reopen();
    ComPtr<IPropertyStorage> none;
    EXPECT_EQ(sets_->Open(kFormat, kFull, none.put()), STG_E_FILENOTFOUND) << "which was not committed";
    sets_.reset();
    storage_.reset();
    ASSERT_EQ(StgOpenStorage(path(), nullptr, kTransacted, nullptr, 0, storage_.put()), S_OK);
    open_sets();
    {
        auto set = create(PROPSETFLAG_NONSIMPLE, kFormat, kTransacted | STGM_CREATE);
        put(set.get(), 2, "second");
        ASSERT_EQ(set->Commit(STGC_DEFAULT), S_OK);
    }
    ASSERT_EQ(storage_->Commit(STGC_DEFAULT), S_OK);
    reopen();
    EXPECT_EQ(both(open().get()), "3:2 second");
}

TEST_F(TransactedSets, ARevertedRootTakesTheSetAlong) {
    sets_.reset();
    storage_.reset();
    ASSERT_EQ(StgOpenStorage(path(), nullptr, kTransacted, nullptr, 0, storage_.put()), S_OK);
    open_sets();
    auto set = create(PROPSETFLAG_NONSIMPLE, kFormat, kTransacted | STGM_CREATE);
    put(set.get(), 1, "first");
    ASSERT_EQ(storage_->Revert(), S_OK);
    EXPECT_EQ(set->Commit(STGC_DEFAULT), STG_E_REVERTED);
}

}  // namespace
}  // namespace odc::storage
