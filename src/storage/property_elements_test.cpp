#include <thread>

#include "storage/property_fixture.h"

namespace odc::storage {
namespace {

// Streams and storages ------------------------------------------------------------------------------------------------------

TEST_F(Properties, ASimpleSetHoldsNoStreams) {
    auto properties = create();
    PROPVARIANT value{};
    value.vt = VT_STREAM;
    EXPECT_EQ(write(properties.get(), by_id(2), value), STG_E_PROPSETMISMATCHED);
    value.vt = VT_UNKNOWN;
    EXPECT_EQ(write(properties.get(), by_id(2), value), STG_E_INVALIDPARAMETER);
    value.vt = VT_I4 | VT_BYREF;
    EXPECT_EQ(write(properties.get(), by_id(2), value), STG_E_INVALIDPARAMETER);
}

TEST_F(Properties, StreamsAndStoragesLieBesideTheValues) {
    WCHAR name[CCH_MAX_PROPSTG_NAME + 1];
    ASSERT_EQ(FmtIdToPropStgName(&kFormat, name), S_OK);
    {
        auto properties = create(PROPSETFLAG_NONSIMPLE);
        ASSERT_EQ(properties->SetClass(IID_IStorage), S_OK);
        auto stream = stream_of("a stream");
        PROPVARIANT value{};
        value.vt = VT_STREAM;
        value.pStream = stream.get();
        ASSERT_EQ(write(properties.get(), by_id(5), value), S_OK);
        auto object = stream_of("an object");
        value.vt = VT_STREAMED_OBJECT;
        value.pStream = object.get();
        ASSERT_EQ(write(properties.get(), by_name(OLESTR("object")), value, 100), S_OK);
        auto versioned = stream_of("versioned");
        VERSIONEDSTREAM with_version{IID_IUnknown, versioned.get()};
        value.vt = VT_VERSIONED_STREAM;
        value.pVersionedStream = &with_version;
        ASSERT_EQ(write(properties.get(), by_id(6), value), S_OK);
        ComPtr<IStorage> source;
        ASSERT_EQ(StgCreateDocfile(nullptr, kFull | STGM_DELETEONRELEASE, 0, source.put()), S_OK);
        ComPtr<IStream> inside;
        ASSERT_EQ(source->CreateStream(OLESTR("inside"), kFull, 0, 0, inside.put()), S_OK);
        ASSERT_EQ(inside->Write("deep", 4, nullptr), S_OK);
        inside.reset();
        for (const VARTYPE vt : {VT_STORAGE, VT_STORED_OBJECT}) {
            value.vt = vt;
            value.pStorage = source.get();
            ASSERT_EQ(write(properties.get(), by_id(vt), value), S_OK);
        }
        value.vt = VT_STREAM;
        value.pStream = nullptr;
        ASSERT_EQ(write(properties.get(), by_id(8), value), S_OK);
        ASSERT_EQ(properties->Commit(0), S_OK);
    }
    reopen();
    {
        ComPtr<IStorage> set;
        ASSERT_EQ(storage_->OpenStorage(name, nullptr, kRead, nullptr, 0, set.put()), S_OK);
        EXPECT_EQ(elements(set.get()), "prop5 prop6 prop8 prop67/ prop69/ prop100 CONTENTS ");
        CLSID id;
        ASSERT_EQ(ReadClassStg(set.get(), &id), S_OK);
        EXPECT_EQ(id, IID_IStorage);
    }
    auto properties = open(kFormat, kRead);
    PROPSPEC specs[] = {by_id(5), by_name(OLESTR("object")), by_id(6), by_id(VT_STORAGE), by_id(VT_STORED_OBJECT), by_id(8)};
    Variant values[6];
    ASSERT_EQ(properties->ReadMultiple(6, specs, values), S_OK);
    ASSERT_EQ(values[0].vt, VT_STREAM);
    EXPECT_EQ(text_of(values[0].pStream), "a stream");
    ASSERT_EQ(values[1].vt, VT_STREAMED_OBJECT);
    EXPECT_EQ(text_of(values[1].pStream), "an object");
    ASSERT_EQ(values[2].vt, VT_VERSIONED_STREAM);
    EXPECT_EQ(values[2].pVersionedStream->guidVersion, IID_IUnknown);
    EXPECT_EQ(text_of(values[2].pVersionedStream->pStream), "versioned");
    ASSERT_EQ(values[3].vt, VT_STORAGE);
    EXPECT_EQ(elements(values[3].pStorage), "inside ");
    ASSERT_EQ(values[4].vt, VT_STORED_OBJECT);
    EXPECT_EQ(elements(values[4].pStorage), "inside ");
    EXPECT_EQ(text_of(values[5].pStream), "");
    Variant again;
    EXPECT_EQ(properties->ReadMultiple(1, specs, &again), STG_E_ACCESSDENIED);  // it is open
    EXPECT_EQ(again.vt, VT_EMPTY);
    STATPROPSETSTG stat;
    ASSERT_EQ(properties->Stat(&stat), S_OK);
    EXPECT_EQ(stat.grfFlags, DWORD{PROPSETFLAG_NONSIMPLE});
}

TEST_F(Properties, ElementsGoWithTheirProperties) {
    WCHAR name[CCH_MAX_PROPSTG_NAME + 1];
    ASSERT_EQ(FmtIdToPropStgName(&kFormat, name), S_OK);
    auto properties = create(PROPSETFLAG_NONSIMPLE);
    const auto content = [&] {
        properties.reset();
        ComPtr<IStorage> set;
        EXPECT_EQ(storage_->OpenStorage(name, nullptr, kRead, nullptr, 0, set.put()), S_OK);
        auto all = elements(set.get());
        set.reset();
        properties = open();
        return all;
    };
    auto stream = stream_of("x");
    PROPVARIANT value{};
    value.vt = VT_STREAM;
    value.pStream = stream.get();
    ASSERT_EQ(write(properties.get(), by_id(2), value), S_OK);
    EXPECT_EQ(content(), "CONTENTS ");  // never committed
    ASSERT_EQ(write(properties.get(), by_id(2), value), S_OK);
    ASSERT_EQ(write(properties.get(), by_id(3), value), S_OK);
    ASSERT_EQ(properties->Commit(0), S_OK);
    EXPECT_EQ(content(), "prop2 prop3 CONTENTS ");
    PROPSPEC spec = by_id(2);
    ASSERT_EQ(properties->DeleteMultiple(1, &spec), S_OK);
    ASSERT_EQ(write(properties.get(), by_id(3), 5), S_OK);  // no stream any more
    ASSERT_EQ(properties->Revert(), S_OK);
    EXPECT_EQ(content(), "prop2 prop3 CONTENTS ");
    ASSERT_EQ(properties->DeleteMultiple(1, &spec), S_OK);
    ASSERT_EQ(write(properties.get(), by_id(3), 5), S_OK);
    ASSERT_EQ(properties->Commit(0), S_OK);
    EXPECT_EQ(content(), "CONTENTS ");
}

TEST_F(Properties, AStreamMayBeCopiedOverItself) {
    auto properties = create(PROPSETFLAG_NONSIMPLE);
    auto stream = stream_of("kept");
    PROPVARIANT value{};
    value.vt = VT_STREAM;
    value.pStream = stream.get();
    ASSERT_EQ(write(properties.get(), by_id(2), value), S_OK);
    Variant own;
    PROPSPEC spec = by_id(2);
    ASSERT_EQ(properties->ReadMultiple(1, &spec, &own), S_OK);
    ASSERT_EQ(write(properties.get(), by_id(2), own), S_OK);
    Variant again;
    ASSERT_EQ(properties->ReadMultiple(1, &spec, &again), S_OK);
    EXPECT_EQ(text_of(again.pStream), "kept");
}

TEST_F(Properties, NonSimpleSetsKeepTimes) {
    auto properties = create(PROPSETFLAG_NONSIMPLE);
    const FILETIME created{1, 0x01C00000}, modified{2, 0x01C00001};
    ASSERT_EQ(properties->SetTimes(&created, nullptr, &modified), S_OK);
    STATPROPSETSTG stat;
    ASSERT_EQ(properties->Stat(&stat), S_OK);
    EXPECT_EQ(stat.ctime.dwHighDateTime, created.dwHighDateTime);
    EXPECT_EQ(stat.mtime.dwHighDateTime, modified.dwHighDateTime);
}

// Without IPropertySetStorage ---------------------------------------------------------------------------------------------------

TEST(StandAlone, APropertySetLivesInAnyStream) {
    ComPtr<IStream> stream;
    ASSERT_EQ(OdcCreateMemoryStream(stream.put()), S_OK);
    ComPtr<IPropertyStorage> properties;
    ASSERT_EQ(StgCreatePropStg(stream.get(), kFormat, &IID_IStream, PROPSETFLAG_DEFAULT, 0, properties.put()), S_OK);
    PROPSPEC spec = by_id(2);
    PROPVARIANT value{};
    value.vt = VT_UI4;
    value.ulVal = 77;
    ASSERT_EQ(properties->WriteMultiple(1, &spec, &value, 2), S_OK);
    ASSERT_EQ(properties->Commit(0), S_OK);
    properties.reset();
    ASSERT_EQ(StgOpenPropStg(stream.get(), kFormat, PROPSETFLAG_DEFAULT, 0, properties.put()), S_OK);
    PROPVARIANT back;
    ASSERT_EQ(properties->ReadMultiple(1, &spec, &back), S_OK);
    EXPECT_EQ(back.ulVal, 77u);
    EXPECT_EQ(StgOpenPropStg(stream.get(), IID_IStream, 0, 0, properties.put()), STG_E_FILENOTFOUND);  // another format
    EXPECT_EQ(StgOpenPropStg(stream.get(), kFormat, PROPSETFLAG_NONSIMPLE, 0, properties.put()), E_INVALIDARG);
    EXPECT_EQ(StgOpenPropStg(nullptr, kFormat, 0, 0, properties.put()), E_INVALIDARG);
    EXPECT_EQ(StgCreatePropStg(stream.get(), kFormat, nullptr, 0x100, 0, properties.put()), STG_E_INVALIDFLAG);
}

TEST_F(Properties, APropertySetLivesInAnyStorage) {
    ComPtr<IStorage> place;
    ASSERT_EQ(storage_->CreateStorage(OLESTR("place"), kFull, 0, 0, place.put()), S_OK);
    ComPtr<IPropertyStorage> properties;
    ASSERT_EQ(StgCreatePropStg(place.get(), kFormat, nullptr, PROPSETFLAG_NONSIMPLE, 0, properties.put()), S_OK);
    ASSERT_EQ(write(properties.get(), by_id(2), 5), S_OK);
    ASSERT_EQ(properties->Commit(0), S_OK);
    properties.reset();
    ASSERT_EQ(StgOpenPropStg(place.get(), kFormat, PROPSETFLAG_NONSIMPLE, 0, properties.put()), S_OK);
    EXPECT_EQ(read(properties.get(), by_id(2)), "3:5");
}

TEST_F(Properties, AnyStorageGetsPropertySets) {
    ComPtr<IPropertySetStorage> sets;
    ASSERT_EQ(StgCreatePropSetStg(storage_.get(), 0, sets.put()), S_OK);
    EXPECT_EQ(StgCreatePropSetStg(nullptr, 0, sets.put()), E_INVALIDARG);
    ASSERT_EQ(StgCreatePropSetStg(storage_.get(), 0, sets.put()), S_OK);
    ComPtr<IPropertyStorage> properties;
    ASSERT_EQ(sets->Create(FMTID_SummaryInformation, nullptr, PROPSETFLAG_ANSI, kFull, properties.put()), S_OK);
    ASSERT_EQ(write_text(properties.get(), by_id(PIDSI_AUTHOR), "Don"), S_OK);
    ASSERT_EQ(properties->Commit(0), S_OK);
    properties.reset();
    EXPECT_EQ(read(open(FMTID_SummaryInformation, kRead).get(), by_id(PIDSI_AUTHOR)), "30:Don");
}

// Bad input -----------------------------------------------------------------------------------------------------------------

TEST_F(Properties, ABrokenSetIsRefusedAndNeverWritten) {
    ASSERT_EQ(write_text(create(0, FMTID_SummaryInformation).get(), by_id(2), "x"), S_OK);
    auto properties = open(FMTID_SummaryInformation);
    for (PROPID id = 2; id < 10; ++id) ASSERT_EQ(write_text(properties.get(), by_id(id), "some text"), S_OK);
    ASSERT_EQ(properties->Commit(0), S_OK);
    properties.reset();
    const auto good = bytes_of(OLESTR("\5SummaryInformation"));
    for (std::size_t size = 0; size + 3 < good.size(); ++size) {
        ComPtr<IStream> stream;
        ASSERT_EQ(OdcCreateMemoryStream(stream.put()), S_OK);
        ASSERT_EQ(stream->Write(good.data(), static_cast<ULONG>(size), nullptr), S_OK);
        ComPtr<IPropertyStorage> opened;
        ASSERT_EQ(StgOpenPropStg(stream.get(), FMTID_SummaryInformation, 0, 0, opened.put()), STG_E_INVALIDHEADER) << size;
        STATSTG stat;
        ASSERT_EQ(stream->Stat(&stat, STATFLAG_NONAME), S_OK);
        ASSERT_EQ(stat.cbSize.QuadPart, size);
    }
    // In the file: neither opening nor adding user-defined properties touches it.
    ComPtr<IStream> stream;
    ASSERT_EQ(storage_->CreateStream(OLESTR("\5DocumentSummaryInformation"), kFull, 0, 0, stream.put()), S_OK);
    ASSERT_EQ(stream->Write(good.data(), 60, nullptr), S_OK);
    stream.reset();
    ComPtr<IPropertyStorage> opened;
    EXPECT_EQ(sets_->Open(FMTID_DocSummaryInformation, kFull, opened.put()), STG_E_INVALIDHEADER);
    EXPECT_EQ(sets_->Create(FMTID_UserDefinedProperties, nullptr, 0, kFull, opened.put()), STG_E_INVALIDHEADER);
    EXPECT_EQ(sets_->Delete(FMTID_UserDefinedProperties), STG_E_INVALIDHEADER);
    EXPECT_EQ(bytes_of(OLESTR("\5DocumentSummaryInformation")), std::vector<std::uint8_t>(good.begin(), good.begin() + 60));
}

TEST_F(Properties, AStreamsNameFromTheFileNeverLeavesTheSet) {
    property_set::PropertySetStream made;
    made.sets.emplace_back(kFormat, property_set::kUtf16CodePage);
    ASSERT_TRUE(made.sets[0].set(2, {VT_STREAM, std::u16string(u"CONTENTS"), {}}));
    ASSERT_TRUE(made.sets[0].set(3, {VT_STREAM, std::u16string(u"../x"), {}}));
    ASSERT_TRUE(made.sets[0].set(4, {VT_STORAGE, std::u16string(u""), {}}));
    const auto bytes = *made.serialize();
    ComPtr<IStorage> place;
    ASSERT_EQ(storage_->CreateStorage(OLESTR("place"), kFull, 0, 0, place.put()), S_OK);
    ComPtr<IStream> contents;
    ASSERT_EQ(place->CreateStream(OLESTR("CONTENTS"), kFull, 0, 0, contents.put()), S_OK);
    ASSERT_EQ(contents->Write(bytes.data(), static_cast<ULONG>(bytes.size()), nullptr), S_OK);
    contents.reset();
    ComPtr<IPropertyStorage> properties;
    ASSERT_EQ(StgOpenPropStg(place.get(), kFormat, PROPSETFLAG_NONSIMPLE, 0, properties.put()), S_OK);
    PROPSPEC specs[] = {by_id(2), by_id(3), by_id(4)};
    Variant value;
    EXPECT_EQ(properties->ReadMultiple(1, specs + 1, &value), STG_E_FILENOTFOUND);
    EXPECT_EQ(properties->ReadMultiple(1, specs + 2, &value), STG_E_FILENOTFOUND);
    ASSERT_EQ(properties->DeleteMultiple(3, specs), S_OK);  // what they name is not ours to destroy
    ASSERT_EQ(properties->Commit(0), S_OK);
    EXPECT_EQ(elements(place.get()), "CONTENTS ");
}

TEST_F(Properties, MoreThanWindowsTakesIsNotWritten) {
    auto properties = create();
    ASSERT_EQ(write(properties.get(), by_id(2), 5), S_OK);
    ASSERT_EQ(properties->Commit(0), S_OK);
    std::vector<BYTE> large(2'097'152);
    PROPVARIANT value{};
    value.vt = VT_BLOB;
    value.blob = {static_cast<ULONG>(large.size()), large.data()};
    ASSERT_EQ(write(properties.get(), by_id(3), value), S_OK);
    EXPECT_EQ(properties->Commit(0), STG_E_MEDIUMFULL);
    ASSERT_EQ(properties->Revert(), S_OK);
    EXPECT_EQ(read(properties.get(), by_id(2)), "3:5");
    EXPECT_EQ(read(properties.get(), by_id(3)), "none");
}

TEST_F(Properties, ManyThreadsShareOneSet) {
    auto properties = create();
    std::vector<std::thread> threads;
    for (PROPID t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (PROPID i = 0; i < 100; ++i) {
                EXPECT_EQ(write(properties.get(), by_id(2 + t * 100 + i), static_cast<LONG>(i)), S_OK);
                const HRESULT hr = properties->Commit(0);
                EXPECT_TRUE(hr == S_OK || hr == STG_E_INUSE);
            }
        });
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(properties->Commit(0), S_OK);
    ASSERT_EQ(properties->Revert(), S_OK);
    for (PROPID id = 2; id < 402; ++id) EXPECT_EQ(read(properties.get(), by_id(id)), "3:" + std::to_string((id - 2) % 100));
}

}  // namespace
}  // namespace odc::storage
