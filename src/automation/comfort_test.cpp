#include <gtest/gtest.h>

#include "opendcom/variant.h"

namespace odc {
namespace {

TEST(Bstr, OwnsItsText) {
    Bstr one(u"one");
    Bstr two = one;
    EXPECT_NE(one.get(), two.get());
    EXPECT_TRUE(two == u"one");
    Bstr three = std::move(one);
    EXPECT_FALSE(one);
    *three.put() = SysAllocString(u"other");
    EXPECT_TRUE(three == u"other");
    EXPECT_FALSE(Bstr::copy(nullptr));
    EXPECT_TRUE(Bstr(u""));  // empty is not null
}

TEST(Variant, TakesItsTypeFromCxx) {
    EXPECT_EQ(Variant(true).type(), VT_BOOL);
    EXPECT_EQ(Variant(std::int32_t{-5}).type(), VT_I4);
    EXPECT_EQ(Variant(std::int32_t{-5}).get().lVal, -5);
    EXPECT_EQ(Variant(std::uint8_t{5}).type(), VT_UI1);
    EXPECT_EQ(Variant(std::int64_t{5}).type(), VT_I8);
    EXPECT_EQ(Variant(1.5f).type(), VT_R4);
    const Variant number(2.5);
    const auto text = number.as(VT_BSTR);
    ASSERT_TRUE(text);
    EXPECT_EQ(SysStringLen(text->get().bstrVal), 3u);
    EXPECT_EQ(number.as(VT_DISPATCH).error().code(), DISP_E_TYPEMISMATCH);
    const Variant word(u"word");
    const auto copy = Variant::copy(word.get());
    ASSERT_TRUE(copy);
    EXPECT_NE(copy->get().bstrVal, word.get().bstrVal);
}

}  // namespace
}  // namespace odc
