#include <map>

#include "storage/property_fixture.h"

namespace odc::storage {
namespace {

TEST_F(Properties, PropertySetStorageIsTheStorageItself) {
    ComPtr<IUnknown> a, b;
    ASSERT_EQ(storage_->QueryInterface(IID_PPV_ARGS(a.put())), S_OK);
    ASSERT_EQ(sets_->QueryInterface(IID_PPV_ARGS(b.put())), S_OK);
    EXPECT_EQ(a.get(), b.get());
    ComPtr<IStorage> back;
    ASSERT_EQ(sets_->QueryInterface(IID_PPV_ARGS(back.put())), S_OK);
    EXPECT_EQ(back.get(), storage_.get());
    storage_.reset();
    back.reset();
    EXPECT_NE(create(), nullptr);  // the sets keep it alive
}

TEST_F(Properties, EveryTypeSurvivesTheFile) {
    const auto all = simple();
    for (const DWORD flags : {PROPSETFLAG_DEFAULT, PROPSETFLAG_ANSI, PROPSETFLAG_NONSIMPLE}) {
        auto properties = create(flags);
        for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(write(properties.get(), by_id(static_cast<PROPID>(i + 2)), all[i]), S_OK) << all[i].vt;
        ASSERT_EQ(properties->Commit(STGC_DEFAULT), S_OK);
        properties.reset();
        reopen();
        properties = open(kFormat, kRead);
        std::vector<PROPSPEC> specs;
        for (std::size_t i = 0; i < all.size(); ++i) specs.push_back(by_id(static_cast<PROPID>(i + 2)));
        std::vector<PROPVARIANT> values(all.size());
        ASSERT_EQ(properties->ReadMultiple(static_cast<ULONG>(all.size()), specs.data(), values.data()), S_OK);
        for (std::size_t i = 0; i < all.size(); ++i) EXPECT_TRUE(equal(values[i], all[i])) << all[i].vt << " " << flags;
        EXPECT_EQ(FreePropVariantArray(static_cast<ULONG>(values.size()), values.data()), S_OK);
    }
}

// Behaviour 101 -------------------------------------------------------------------------------------------------------------

TEST_F(Properties, CreateWantsToBeExclusiveAndWritable) {
    ComPtr<IPropertyStorage> made;
    for (const DWORD mode : {DWORD{STGM_READ | STGM_SHARE_EXCLUSIVE}, DWORD{STGM_READWRITE}, DWORD{STGM_READWRITE | STGM_SHARE_DENY_NONE},
                             DWORD{STGM_CREATE | STGM_READ}, DWORD{STGM_CREATE | kFull | STGM_TRANSACTED}, DWORD{kFull | STGM_SIMPLE}})
        EXPECT_EQ(sets_->Create(kFormat, nullptr, 0, mode, made.put()), STG_E_INVALIDFLAG) << mode;
    EXPECT_EQ(sets_->Create(kFormat, nullptr, 0x10, kFull, made.put()), STG_E_INVALIDFLAG);
    EXPECT_EQ(elements(storage_.get()), "");
    EXPECT_EQ(sets_->Create(kFormat, nullptr, 0, kFull, nullptr), E_INVALIDARG);
}

TEST_F(Properties, CreateOverwritesOnlyWhenAsked) {
    ASSERT_EQ(write(create().get(), by_id(2), 5), S_OK);
    ComPtr<IPropertyStorage> made;
    EXPECT_EQ(sets_->Create(kFormat, nullptr, 0, kFull, made.put()), STG_E_FILEALREADYEXISTS);
    EXPECT_EQ(sets_->Create(kFormat, nullptr, 0, kFull | STGM_CREATE, made.put()), S_OK);
    EXPECT_EQ(read(made.get(), by_id(2)), "none");
    made.reset();
    EXPECT_EQ(sets_->Create(kFormat, nullptr, PROPSETFLAG_NONSIMPLE, kFull | STGM_CREATE, made.put()), S_OK);
}

TEST_F(Properties, OpenOfAnUnknownFormatFindsNothing) {
    ComPtr<IPropertyStorage> opened;
    EXPECT_EQ(sets_->Open(kFormat, kFull, opened.put()), STG_E_FILENOTFOUND);
    create();
    EXPECT_EQ(sets_->Open(kFormat, STGM_READ, opened.put()), STG_E_INVALIDFLAG);
    EXPECT_EQ(sets_->Open(kFormat, kFull | STGM_CREATE, opened.put()), STG_E_INVALIDFLAG);
    EXPECT_EQ(sets_->Open(kFormat, kFull | STGM_TRANSACTED, opened.put()), STG_E_INVALIDFLAG);
    EXPECT_EQ(sets_->Open(kFormat, kRead, opened.put()), S_OK);
    EXPECT_EQ(write(opened.get(), by_id(2), 1), STG_E_ACCESSDENIED);
    ComPtr<IPropertyStorage> second;
    EXPECT_EQ(sets_->Open(kFormat, kRead, second.put()), STG_E_ACCESSDENIED);
}

TEST_F(Properties, ANullFormatIsAnArgumentError) {
    ComPtr<IPropertyStorage> opened;
    const volatile GUID* nothing = nullptr;
    const FMTID* null = const_cast<const FMTID*>(nothing);
    using Open = HRESULT (*)(IPropertySetStorage*, const FMTID*, DWORD, IPropertyStorage**);
    using Delete = HRESULT (*)(IPropertySetStorage*, const FMTID*);
    auto** table = *reinterpret_cast<void***>(sets_.get());
    EXPECT_EQ(reinterpret_cast<Open>(table[4])(sets_.get(), null, kFull, opened.put()), E_INVALIDARG);
    EXPECT_EQ(reinterpret_cast<Delete>(table[5])(sets_.get(), null), E_INVALIDARG);
}

TEST_F(Properties, DeletingTwiceFindsNothing) {
    create();
    EXPECT_EQ(sets_->Delete(kFormat), S_OK);
    EXPECT_EQ(sets_->Delete(kFormat), STG_E_FILENOTFOUND);
}

// Behaviour 102 -------------------------------------------------------------------------------------------------------------

TEST_F(Properties, WriteMultipleOfNothingIsFine) {
    auto properties = create();
    EXPECT_EQ(properties->WriteMultiple(0, nullptr, nullptr, 0), S_OK);
    EXPECT_EQ(properties->DeleteMultiple(0, nullptr), S_OK);
}

TEST_F(Properties, NullArraysAreArgumentErrors) {
    auto properties = create();
    PROPSPEC spec = by_id(2);
    PROPID id = 2;
    EXPECT_EQ(properties->WriteMultiple(1, nullptr, nullptr, 2), E_INVALIDARG);
    EXPECT_EQ(properties->WriteMultiple(1, &spec, nullptr, 2), E_INVALIDARG);
    EXPECT_EQ(properties->ReadMultiple(1, &spec, nullptr), E_INVALIDARG);
    EXPECT_EQ(properties->DeleteMultiple(1, nullptr), E_INVALIDARG);
    EXPECT_EQ(properties->ReadPropertyNames(1, &id, nullptr), E_INVALIDARG);
    EXPECT_EQ(properties->WritePropertyNames(1, &id, nullptr), E_INVALIDARG);
    EXPECT_EQ(properties->DeletePropertyNames(1, nullptr), E_INVALIDARG);
    EXPECT_EQ(properties->Stat(nullptr), E_INVALIDARG);
    EXPECT_EQ(properties->Enum(nullptr), E_INVALIDARG);
}

TEST_F(Properties, ReservedIdsCannotBeWritten) {
    auto properties = create();
    for (const unsigned id : {unsigned{PID_DICTIONARY}, PID_MODIFY_TIME, PID_SECURITY, PID_BEHAVIOR, 0x90000000u, 0xD0000000u})
        EXPECT_EQ(write(properties.get(), by_id(id), 1), STG_E_INVALIDPARAMETER) << id;
    EXPECT_EQ(write(properties.get(), by_id(PID_ILLEGAL), 1), S_OK);  // means nothing
    PROPVARIANT behavior{};
    behavior.vt = VT_UI4;
    behavior.ulVal = PROPSET_BEHAVIOR_CASE_SENSITIVE;
    EXPECT_EQ(write(properties.get(), by_id(PID_BEHAVIOR), behavior), STG_E_INVALIDPARAMETER);
}

TEST_F(Properties, NewNamesNeedAFirstIdOfTwoOrMore) {
    auto properties = create();
    EXPECT_EQ(write(properties.get(), by_name(OLESTR("n")), 1, 0), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(write(properties.get(), by_name(OLESTR("n")), 1, 1), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(write(properties.get(), by_name(OLESTR("n")), 1, 0x80000000), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(read(properties.get(), by_name(OLESTR("n"))), "none");
    EXPECT_EQ(write(properties.get(), by_name(OLESTR("n")), 1, 100), S_OK);
    EXPECT_EQ(read(properties.get(), by_id(100)), "3:1");
    EXPECT_EQ(write(properties.get(), by_name(OLESTR("N")), 2, 0), S_OK);  // known already
    EXPECT_EQ(read(properties.get(), by_id(100)), "3:2");
    EXPECT_EQ(write(properties.get(), by_name(OLESTR("m")), 3, 100), S_OK);
    EXPECT_EQ(read(properties.get(), by_id(101)), "3:3");
    EXPECT_EQ(write(properties.get(), by_name(OLESTR("")), 1), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(write(properties.get(), by_name(nullptr), 1), STG_E_INVALIDPARAMETER);
}

TEST_F(Properties, ReadMultipleOfNothingOrOfAMissingPropertyIsFalse) {
    auto properties = create();
    EXPECT_EQ(properties->ReadMultiple(0, nullptr, nullptr), S_FALSE);
    PROPSPEC specs[] = {by_id(7), by_name(OLESTR("missing")), by_id(PID_DICTIONARY)};
    PROPVARIANT values[3];
    std::memset(static_cast<void*>(values), 0xCC, sizeof values);
    EXPECT_EQ(properties->ReadMultiple(3, specs, values), S_FALSE);
    for (const auto& value : values) EXPECT_EQ(value.vt, VT_EMPTY);
    ASSERT_EQ(write(properties.get(), by_id(7), 1), S_OK);
    EXPECT_EQ(properties->ReadMultiple(3, specs, values), S_OK);
    EXPECT_EQ(values[0].lVal, 1);
    EXPECT_EQ(values[1].vt, VT_EMPTY);
}

TEST_F(Properties, DeletingTheDictionaryIsRefused) {
    auto properties = create();
    for (const unsigned id : {unsigned{PID_DICTIONARY}, unsigned{PID_CODEPAGE}, PID_LOCALE}) {
        PROPSPEC spec = by_id(id);
        EXPECT_EQ(properties->DeleteMultiple(1, &spec), STG_E_INVALIDPARAMETER) << id;
    }
    ASSERT_EQ(write(properties.get(), by_name(OLESTR("gone")), 1), S_OK);
    PROPSPEC specs[] = {by_name(OLESTR("gone")), by_id(99)};
    EXPECT_EQ(properties->DeleteMultiple(2, specs), S_OK);
    EXPECT_EQ(read(properties.get(), by_id(2)), "none");
    EXPECT_EQ(read(properties.get(), specs[0]), "none");
}

TEST_F(Properties, AFailedWriteChangesNothing) {
    auto properties = create();
    PROPSPEC specs[] = {by_id(2), by_name(OLESTR("new")), by_id(PID_DICTIONARY)};
    PROPVARIANT values[3] = {};
    for (auto& value : values) value.vt = VT_I4;
    EXPECT_EQ(properties->WriteMultiple(3, specs, values, 2), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(read(properties.get(), by_id(2)), "none");
    PROPID id = 3;
    LPOLESTR name = nullptr;
    EXPECT_EQ(properties->ReadPropertyNames(1, &id, &name), S_FALSE);
}

// Behaviour 103 -------------------------------------------------------------------------------------------------------------

TEST_F(Properties, TheCodePageIsUnicodeUnlessAnsiIsAskedFor) {
    EXPECT_EQ(read(create().get(), by_id(PID_CODEPAGE)), "2:1200");
    EXPECT_EQ(read(create(PROPSETFLAG_ANSI).get(), by_id(PID_CODEPAGE)), "2:1252");
    EXPECT_EQ(read(create(0, FMTID_SummaryInformation).get(), by_id(PID_CODEPAGE)), "2:1252");
}

TEST_F(Properties, TheCodePageChangesOnlyBeforeTheFirstProperty) {
    auto properties = create();
    PROPVARIANT page{};
    page.vt = VT_I2;
    page.iVal = 1251;
    EXPECT_EQ(write(properties.get(), by_id(PID_CODEPAGE), page), S_OK);
    EXPECT_EQ(read(properties.get(), by_id(PID_CODEPAGE)), "2:1251");
    page.iVal = 4711;
    EXPECT_EQ(write(properties.get(), by_id(PID_CODEPAGE), page), STG_E_INVALIDPARAMETER);
    page.vt = VT_I4;
    page.iVal = 1252;
    EXPECT_EQ(write(properties.get(), by_id(PID_CODEPAGE), page), STG_E_INVALIDPARAMETER);
    ASSERT_EQ(write_text(properties.get(), by_id(2), "\u0416"), S_OK);
    page.vt = VT_I2;
    EXPECT_EQ(write(properties.get(), by_id(PID_CODEPAGE), page), STG_E_INVALIDPARAMETER);
    ASSERT_EQ(properties->Commit(0), S_OK);
    properties.reset();
    WCHAR name[CCH_MAX_PROPSTG_NAME + 1];
    ASSERT_EQ(FmtIdToPropStgName(&kFormat, name), S_OK);
    const auto bytes = bytes_of(name);
    const std::string text(bytes.begin(), bytes.end());
    EXPECT_NE(text.find(std::string("\x1e\0\0\0\x02\0\0\0\xC6\0", 10)), text.npos);  // in the code page, one byte
    EXPECT_EQ(read(open().get(), by_id(2)), "30:\u0416");
}

TEST_F(Properties, TextThatTheCodePageLacksTurnsTheSetToUtf8) {
    auto properties = create(PROPSETFLAG_ANSI);
    ASSERT_EQ(write_text(properties.get(), by_id(2), "Jos\u00e9"), S_OK);
    EXPECT_EQ(read(properties.get(), by_id(PID_CODEPAGE)), "2:1252");
    ASSERT_EQ(write_text(properties.get(), by_id(3), "\u65e5\u672c"), S_OK);
    EXPECT_EQ(read(properties.get(), by_id(PID_CODEPAGE)), "2:-535");  // 65001
    ASSERT_EQ(properties->Commit(0), S_OK);
    EXPECT_EQ(properties->Revert(), S_OK);
    EXPECT_EQ(read(properties.get(), by_id(2)), "30:Jos\u00e9");
    EXPECT_EQ(read(properties.get(), by_id(3)), "30:\u65e5\u672c");
}

TEST_F(Properties, LocaleAndClassAreKept) {
    auto properties = create();
    PROPVARIANT locale{};
    locale.vt = VT_UI4;
    locale.ulVal = 0x0807;
    EXPECT_EQ(write(properties.get(), by_id(PID_LOCALE), locale), S_OK);
    EXPECT_EQ(properties->SetClass(IID_IStream), S_OK);
    ASSERT_EQ(properties->Commit(0), S_OK);
    ASSERT_EQ(properties->Revert(), S_OK);
    EXPECT_EQ(read(properties.get(), by_id(PID_LOCALE)), "19:2055");
    STATPROPSETSTG stat;
    ASSERT_EQ(properties->Stat(&stat), S_OK);
    EXPECT_EQ(stat.clsid, IID_IStream);
    EXPECT_EQ(stat.fmtid, kFormat);
    EXPECT_EQ(PROPSETHDR_OSVER_KIND(stat.dwOSVersion), 2u);
}

// Behaviour 104 -------------------------------------------------------------------------------------------------------------

TEST(PropertySetNames, WellKnownFormatsHaveFixedNamesAndOthersAreSpelled) {
    WCHAR name[CCH_MAX_PROPSTG_NAME + 1];
    const auto name_of = [&](const FMTID& format) {
        EXPECT_EQ(FmtIdToPropStgName(&format, name), S_OK);
        return to_utf8_z(name);
    };
    EXPECT_EQ(name_of(FMTID_SummaryInformation), "\5SummaryInformation");
    EXPECT_EQ(name_of(FMTID_DocSummaryInformation), "\5DocumentSummaryInformation");
    EXPECT_EQ(name_of(FMTID_UserDefinedProperties), "\5DocumentSummaryInformation");
    EXPECT_EQ(name_of({0x12345678, 1, 2, {1, 2, 3, 4, 5, 6, 7, 8}}), "\5YtvidjeaAqaaqaiaDabkad2aIa");  // as Wine's ole32 says
    FMTID back{};
    EXPECT_EQ(PropStgNameToFmtId(name, &back), S_OK);
    EXPECT_EQ(back, (FMTID{0x12345678, 1, 2, {1, 2, 3, 4, 5, 6, 7, 8}}));
    OLECHAR odd[] = OLESTR("\5sUMMARYINFORMATION");
    EXPECT_EQ(PropStgNameToFmtId(odd, &back), S_OK);
    EXPECT_EQ(back, FMTID_SummaryInformation);
}

TEST(PropertySetNames, NoNameIsAnInvalidName) {
    FMTID format{};
    WCHAR name[CCH_MAX_PROPSTG_NAME + 1];
    OLECHAR nonsense[] = OLESTR("\5abc"), plain[] = OLESTR("SummaryInformation"), empty[] = OLESTR("");
    EXPECT_EQ(PropStgNameToFmtId(nullptr, &format), STG_E_INVALIDNAME);
    for (auto* one : {nonsense, plain, empty}) EXPECT_EQ(PropStgNameToFmtId(one, &format), STG_E_INVALIDNAME);
    EXPECT_EQ(PropStgNameToFmtId(nonsense, nullptr), E_INVALIDARG);
    EXPECT_EQ(FmtIdToPropStgName(nullptr, name), E_INVALIDARG);
    EXPECT_EQ(FmtIdToPropStgName(&format, nullptr), E_INVALIDARG);
}

// Behaviour 105 -------------------------------------------------------------------------------------------------------------

TEST_F(Properties, RevertDropsWhatWasNotCommitted) {
    auto properties = create();
    ASSERT_EQ(write(properties.get(), by_id(2), 1), S_OK);
    ASSERT_EQ(properties->Commit(STGC_DEFAULT), S_OK);
    ASSERT_EQ(write(properties.get(), by_id(2), 2), S_OK);
    EXPECT_EQ(read(properties.get(), by_id(2)), "3:2");
    ASSERT_EQ(properties->Revert(), S_OK);
    EXPECT_EQ(read(properties.get(), by_id(2)), "3:1");
}

TEST_F(Properties, WhoOpensAgainSeesOnlyWhatWasCommitted) {
    auto properties = create();
    ASSERT_EQ(write(properties.get(), by_id(2), 1), S_OK);
    ASSERT_EQ(properties->Commit(STGC_DEFAULT), S_OK);
    ASSERT_EQ(write(properties.get(), by_id(2), 2), S_OK);
    ASSERT_EQ(write(properties.get(), by_id(3), 2), S_OK);
    properties.reset();
    properties = open();
    EXPECT_EQ(read(properties.get(), by_id(2)), "3:1");
    EXPECT_EQ(read(properties.get(), by_id(3)), "none");
    EXPECT_EQ(properties->Commit(0x100), STG_E_INVALIDFLAG);
}

TEST_F(Properties, UnbufferedSetsAreWrittenAtOnce) {
    ASSERT_EQ(write(create(PROPSETFLAG_UNBUFFERED).get(), by_id(2), 9), S_OK);
    EXPECT_EQ(read(open().get(), by_id(2)), "3:9");
}

// Names ---------------------------------------------------------------------------------------------------------------------

TEST_F(Properties, NamesAreWrittenReadAndDeleted) {
    auto properties = create();
    PROPID ids[] = {PID_DICTIONARY, 2, 3};
    OLECHAR own[] = OLESTR("The set's own name"), first[] = OLESTR("First \u0416"), second[] = OLESTR("Second");
    const LPOLESTR names[] = {own, first, second};
    ASSERT_EQ(properties->WritePropertyNames(3, ids, names), S_OK);
    ASSERT_EQ(write(properties.get(), by_name(OLESTR("first \u0436")), 4), S_OK);
    ASSERT_EQ(properties->Commit(0), S_OK);
    properties.reset();
    properties = open();
    LPOLESTR read_names[3];
    ASSERT_EQ(properties->ReadPropertyNames(3, ids, read_names), S_OK);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(to_utf8_z(read_names[i]), to_utf8_z(names[i]));
        CoTaskMemFree(read_names[i]);
    }
    EXPECT_EQ(read(properties.get(), by_id(2)), "3:4");
    EXPECT_EQ(properties->DeletePropertyNames(2, ids + 1), S_OK);
    EXPECT_EQ(properties->ReadPropertyNames(2, ids + 1, read_names), S_FALSE);
    EXPECT_EQ(read_names[0], nullptr);
    EXPECT_EQ(read(properties.get(), by_id(2)), "3:4");  // the property itself stays
    PROPID locale = PID_LOCALE;
    EXPECT_EQ(properties->WritePropertyNames(1, &locale, names), STG_E_INVALIDPARAMETER);
}

TEST_F(Properties, CaseCountsWhereTheSetSaysSo) {
    auto properties = create(PROPSETFLAG_CASE_SENSITIVE);
    ASSERT_EQ(write(properties.get(), by_name(OLESTR("price")), 1), S_OK);
    ASSERT_EQ(write(properties.get(), by_name(OLESTR("PRICE")), 2), S_OK);
    EXPECT_EQ(read(properties.get(), by_name(OLESTR("price"))), "3:1");
    EXPECT_EQ(read(properties.get(), by_id(PID_BEHAVIOR)), "19:1");
    STATPROPSETSTG stat;
    ASSERT_EQ(properties->Stat(&stat), S_OK);
    EXPECT_EQ(stat.grfFlags, DWORD{PROPSETFLAG_CASE_SENSITIVE});
}

TEST_F(Properties, EnumeratorsTellIdTypeAndName) {
    auto properties = create();
    ASSERT_EQ(write(properties.get(), by_id(9), 1), S_OK);
    ASSERT_EQ(write(properties.get(), by_name(OLESTR("named")), 1), S_OK);
    ComPtr<IEnumSTATPROPSTG> all, twin;
    ASSERT_EQ(properties->Enum(all.put()), S_OK);
    STATPROPSTG stats[3];
    ULONG got = 0;
    EXPECT_EQ(all->Next(3, stats, &got), S_FALSE);
    ASSERT_EQ(got, 2u);
    EXPECT_EQ(to_utf8_z(stats[0].lpwstrName), "named");
    EXPECT_EQ(stats[0].propid, 2u);
    EXPECT_EQ(stats[1].propid, 9u);
    EXPECT_EQ(stats[1].vt, VT_I4);
    EXPECT_EQ(stats[1].lpwstrName, nullptr);
    CoTaskMemFree(stats[0].lpwstrName);
    EXPECT_EQ(all->Next(1, stats, nullptr), S_FALSE);
    EXPECT_EQ(all->Next(2, stats, nullptr), E_INVALIDARG);
    EXPECT_EQ(all->Reset(), S_OK);
    EXPECT_EQ(all->Skip(1), S_OK);
    ASSERT_EQ(all->Clone(twin.put()), S_OK);
    EXPECT_EQ(twin->Next(1, stats, nullptr), S_OK);
    EXPECT_EQ(stats[0].propid, 9u);
    EXPECT_EQ(all->Skip(5), S_FALSE);
}

TEST_F(Properties, SetsAreEnumeratedByFormat) {
    create(PROPSETFLAG_NONSIMPLE);
    create(0, FMTID_SummaryInformation);
    create(0, FMTID_UserDefinedProperties);
    ComPtr<IEnumSTATPROPSETSTG> all;
    ASSERT_EQ(sets_->Enum(all.put()), S_OK);
    STATPROPSETSTG stat;
    std::map<ULONG, DWORD> found;
    while (all->Next(1, &stat, nullptr) == S_OK) found[stat.fmtid.Data1] = stat.grfFlags;
    EXPECT_EQ(found, (std::map<ULONG, DWORD>{{kFormat.Data1, PROPSETFLAG_NONSIMPLE},
                                             {FMTID_SummaryInformation.Data1, 0},
                                             {FMTID_DocSummaryInformation.Data1, 0}}));
}

// User-defined properties ---------------------------------------------------------------------------------------------------

TEST_F(Properties, UserDefinedPropertiesAreASectionOfDocumentSummaryInformation) {
    ASSERT_EQ(write_text(create(0, FMTID_DocSummaryInformation).get(), by_id(PIDDSI_COMPANY), "nobody"), S_OK);
    {
        auto document = open(FMTID_DocSummaryInformation);
        ASSERT_EQ(write_text(document.get(), by_id(PIDDSI_COMPANY), "Figure 13"), S_OK);
        ASSERT_EQ(document->Commit(0), S_OK);
    }
    ComPtr<IPropertyStorage> none;
    EXPECT_EQ(sets_->Open(FMTID_UserDefinedProperties, kFull, none.put()), STG_E_FILENOTFOUND);
    {
        auto user = create(0, FMTID_UserDefinedProperties, kFull);
        ASSERT_EQ(write_text(user.get(), by_name(OLESTR("Reviewer")), "me"), S_OK);
        ASSERT_EQ(user->Commit(0), S_OK);
        EXPECT_EQ(sets_->Create(FMTID_UserDefinedProperties, nullptr, 0, kFull, none.put()), STG_E_ACCESSDENIED);  // the stream is open
    }
    EXPECT_EQ(sets_->Create(FMTID_UserDefinedProperties, nullptr, 0, kFull, none.put()), STG_E_FILEALREADYEXISTS);
    EXPECT_EQ(elements(storage_.get()), "\5DocumentSummaryInformation ");
    reopen();
    EXPECT_EQ(read(open(FMTID_UserDefinedProperties, kRead).get(), by_name(OLESTR("reviewer"))), "30:me");
    EXPECT_EQ(read(open(FMTID_DocSummaryInformation, kRead).get(), by_id(PIDDSI_COMPANY)), "30:Figure 13");
    EXPECT_EQ(sets_->Delete(FMTID_UserDefinedProperties), S_OK);
    EXPECT_EQ(sets_->Delete(FMTID_UserDefinedProperties), STG_E_FILENOTFOUND);
    EXPECT_EQ(read(open(FMTID_DocSummaryInformation, kRead).get(), by_id(PIDDSI_COMPANY)), "30:Figure 13");
}

}  // namespace
}  // namespace odc::storage
