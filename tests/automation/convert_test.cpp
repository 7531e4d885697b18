// VariantChangeType against the text that oleaut32 under Wine agrees with, and what no table of values shows.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "../judges/automation/conversions.h"
#include "opendcom/com_ptr.h"

namespace {

TEST(Conversion, GivesWhatIsKept) {
    std::vector<std::string> lines;
    each_conversion([&](const std::string& line) { lines.push_back(line); });
    if (const char* path = std::getenv("ODC_WRITE_CONVERT_TEXT")) {
        std::ofstream out(path);
        for (const auto& one : lines) out << one << '\n';
    }
    std::ifstream kept(ODC_CONVERT_TEXT);
    ASSERT_TRUE(kept.is_open());
    std::vector<std::string> expected;
    for (std::string one; std::getline(kept, one);)
        if (!one.empty() && one[0] != '#') expected.push_back(one);
    ASSERT_EQ(lines.size(), expected.size());
    for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i], expected[i]);
}

TEST(Conversion, WorksInPlaceAndThroughReferences) {
    VARIANT value{};
    value.vt = VT_BSTR;
    value.bstrVal = SysAllocString(u"42");
    EXPECT_EQ(VariantChangeType(&value, &value, 0, VT_I4), S_OK);
    EXPECT_EQ(value.lVal, 42);
    SHORT number = 7;
    VARIANT reference{};
    reference.vt = VT_I2 | VT_BYREF;
    reference.piVal = &number;
    EXPECT_EQ(VariantChangeType(&value, &reference, 0, VT_BSTR), S_OK);
    EXPECT_EQ(SysStringLen(value.bstrVal), 1u);
    // A failure leaves the target alone.
    EXPECT_EQ(VariantChangeType(&value, &value, 0, VT_DISPATCH), DISP_E_TYPEMISMATCH);
    EXPECT_EQ(value.vt, VT_BSTR);
    EXPECT_EQ(VariantChangeType(&value, &value, 0, 0xFFFF), DISP_E_BADVARTYPE);
    EXPECT_EQ(VariantChangeType(nullptr, &value, 0, VT_I4), E_INVALIDARG);
    VariantClear(&value);
}

TEST(Conversion, DatesAndSystemTimesAreEachOther) {
    for (const double date : {0.0, 2.5, 36526.75, -1.25, -657434.0, 2958465.9999884}) {
        SYSTEMTIME time{};
        ASSERT_TRUE(VariantTimeToSystemTime(date, &time));
        double back = 0;
        ASSERT_TRUE(SystemTimeToVariantTime(&time, &back));
        EXPECT_NEAR(back, date, 1e-6);
    }
    SYSTEMTIME time{};
    VariantTimeToSystemTime(36526.5, &time);  // 1 January 2000, a Saturday
    EXPECT_EQ(time.wYear, 2000);
    EXPECT_EQ(time.wDayOfWeek, 6);
    EXPECT_EQ(time.wHour, 12);
    EXPECT_FALSE(VariantTimeToSystemTime(3000000, &time));
    time.wMonth = 2;
    time.wDay = 30;
    double date = 0;
    EXPECT_FALSE(SystemTimeToVariantTime(&time, &date));
}

TEST(Conversion, DispGetParamSaysWhichArgumentIsWrong) {
    VARIANT arguments[3] = {};  // the last argument first
    arguments[0].vt = VT_BSTR;
    arguments[0].bstrVal = SysAllocString(u"no number");
    arguments[1].vt = VT_I4;
    arguments[1].lVal = 5;
    arguments[2].vt = VT_R8;
    arguments[2].dblVal = 1.5;
    DISPPARAMS params{arguments, nullptr, 3, 0};
    VARIANT value{};
    UINT wrong = 99;
    EXPECT_EQ(DispGetParam(&params, 0, VT_I4, &value, &wrong), S_OK);
    EXPECT_EQ(value.lVal, 2);
    EXPECT_EQ(DispGetParam(&params, 2, VT_I4, &value, &wrong), DISP_E_TYPEMISMATCH);
    EXPECT_EQ(wrong, 0u);
    EXPECT_EQ(DispGetParam(&params, 3, VT_I4, &value, &wrong), DISP_E_PARAMNOTFOUND);
    DISPID names[] = {7};
    params = {arguments + 1, names, 2, 1};
    EXPECT_EQ(DispGetParam(&params, 7, VT_BSTR, &value, &wrong), S_OK);
    EXPECT_EQ(SysStringLen(value.bstrVal), 1u);
    VariantClear(&value);
    VariantClear(&arguments[0]);
}

TEST(ErrorInfo, ReadingTakesItAway) {
    odc::ComPtr<ICreateErrorInfo> made;
    ASSERT_EQ(CreateErrorInfo(made.put()), S_OK);
    OLECHAR text[] = u"what went wrong";
    made->SetDescription(text);
    odc::ComPtr<IErrorInfo> info = made.as<IErrorInfo>(), read;
    EXPECT_EQ(SetErrorInfo(1, info.get()), E_INVALIDARG);
    ASSERT_EQ(SetErrorInfo(0, info.get()), S_OK);
    EXPECT_EQ(GetErrorInfo(1, read.put()), E_INVALIDARG);
    ASSERT_EQ(GetErrorInfo(0, read.put()), S_OK);
    BSTR description = nullptr;
    ASSERT_EQ(read->GetDescription(&description), S_OK);
    EXPECT_EQ(SysStringLen(description), 15u);
    SysFreeString(description);
    EXPECT_EQ(GetErrorInfo(0, read.put()), S_FALSE);
    EXPECT_FALSE(read);
}

}  // namespace
