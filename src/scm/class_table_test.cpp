#include "scm/class_table.h"

#include <gtest/gtest.h>

namespace odc::scm {
namespace {

const Guid kPager{0x11111111, 0, 0, {}};
constexpr Identity kUser{1000, 1000};
orpc::Oxid apartment(std::uint16_t n) { return orpc::make_oxid(1, n); }

struct ClassTableTest : testing::Test {
    ClassTable classes;
    ClassRegistration add(std::uint32_t flags, std::int32_t pid = 7, std::uint32_t uid = 1000, std::uint16_t in = 1) {
        return *classes.add(kPager, apartment(in), flags, pid, uid);
    }
};

TEST_F(ClassTableTest, MultipleUseServesAnyNumberOfClients) {
    const auto cookie = add(kMultipleUse).cookie;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(classes.take(kPager, kUser)->cookie, cookie);
}

TEST_F(ClassTableTest, MultiSeparateServesAnyNumberOfClients) {
    add(kMultiSeparate);
    EXPECT_TRUE(classes.take(kPager, kUser));
    EXPECT_TRUE(classes.take(kPager, kUser));
}

TEST_F(ClassTableTest, SingleUseServesOneClientUntilItIsRegisteredAgain) {
    const auto first = add(kSingleUse).cookie;
    EXPECT_TRUE(classes.available(kPager, kUser));
    EXPECT_TRUE(classes.take(kPager, kUser));
    EXPECT_FALSE(classes.available(kPager, kUser));
    EXPECT_FALSE(classes.take(kPager, kUser));
    EXPECT_TRUE(classes.revoke(first, 7).ok());
    add(kSingleUse);
    EXPECT_TRUE(classes.take(kPager, kUser));
}

TEST_F(ClassTableTest, SuspendedClassIsHiddenUntilResumed) {
    add(kMultipleUse | kSuspended);
    EXPECT_FALSE(classes.take(kPager, kUser));
    EXPECT_EQ(classes.resume(7).size(), 1u);
    EXPECT_TRUE(classes.take(kPager, kUser));
    EXPECT_EQ(classes.resume(7).size(), 0u);
    classes.suspend(7);
    EXPECT_FALSE(classes.take(kPager, kUser));
}

TEST_F(ClassTableTest, ResumeDoesNotBringAUsedUpSingleUseClassBack) {
    add(kSingleUse);
    EXPECT_TRUE(classes.take(kPager, kUser));
    classes.suspend(7);
    EXPECT_TRUE(classes.resume(7).empty());
    EXPECT_FALSE(classes.take(kPager, kUser));
}

TEST_F(ClassTableTest, OldestUsableRegistrationServes) {
    const auto first = add(kMultipleUse, 7).cookie;
    const auto second = add(kMultipleUse, 8).cookie;
    EXPECT_EQ(classes.take(kPager, kUser)->cookie, first);
    classes.suspend(7);
    EXPECT_EQ(classes.take(kPager, kUser)->cookie, second);
}

TEST_F(ClassTableTest, RegistrationsGoWithTheirProcessAndTheirApartment) {
    add(kMultipleUse, 7);
    add(kMultipleUse, 8, 1000, 2);
    classes.remove_process(7);
    EXPECT_EQ(classes.size(), 1u);
    classes.remove_apartment(apartment(2));
    EXPECT_EQ(classes.size(), 0u);
}

TEST_F(ClassTableTest, OnlyTheOwnProcessRevokes) {
    const auto cookie = add(kMultipleUse).cookie;
    EXPECT_EQ(classes.revoke(cookie, 8).code(), E_INVALIDARG);
    EXPECT_TRUE(classes.revoke(cookie, 7).ok());
    EXPECT_EQ(classes.revoke(cookie, 7).code(), E_INVALIDARG);
}

TEST_F(ClassTableTest, ClassOfAnotherUserDoesNotServe) {
    add(kMultipleUse, 7, 1001);
    EXPECT_FALSE(classes.take(kPager, Identity{1000, 0}));
    EXPECT_FALSE(classes.take(kPager, Identity{0, 0}));
    EXPECT_TRUE(classes.take(kPager, Identity{1001, 0}));
}

TEST_F(ClassTableTest, ClassOfTheMachineServesAll) {
    add(kMultipleUse, 7, 0);
    EXPECT_TRUE(classes.take(kPager, Identity{1000, 0}));
    EXPECT_TRUE(classes.take(kPager, kUser));
}

TEST_F(ClassTableTest, UnknownFlagsAreRefused) {
    EXPECT_EQ(classes.add(kPager, apartment(1), 0x100, 7, 1000).code(), E_INVALIDARG);
}

TEST_F(ClassTableTest, QuotaPerProcess) {
    for (std::size_t i = 0; i < ClassTable::kMaxPerProcess; ++i) add(kMultipleUse);
    EXPECT_EQ(classes.add(kPager, apartment(1), kMultipleUse, 7, 1000).code(), E_OUTOFMEMORY);
    EXPECT_TRUE(classes.add(kPager, apartment(1), kMultipleUse, 8, 1000).ok());
}

}  // namespace
}  // namespace odc::scm
