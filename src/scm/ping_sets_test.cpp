#include "scm/ping_sets.h"

#include <gtest/gtest.h>

namespace odc::scm {
namespace {

using std::chrono::seconds;
constexpr std::uint32_t kServer = 0x0BADCAFE;
orpc::Oid oid(std::uint32_t n) { return orpc::make_oid(kServer, n); }
const orpc::Oid kForeign = orpc::make_oid(0x12345678, 1);

struct PingSetsTest : testing::Test {
    std::chrono::steady_clock::time_point now{seconds(1000)};
    PingSets sets{PingLimits{}, [this] { return now; },
                  [](orpc::Oid o) { return orpc::process_part_of(o) == kServer; }};

    Result<orpc::SetId> ping(orpc::SetId set, std::uint16_t sequence, std::vector<orpc::Oid> add, std::vector<orpc::Oid> remove = {},
                             const std::string& who = "alice") {
        return sets.complex_ping({set, sequence, add, remove}, who);
    }
    orpc::SetId make(std::vector<orpc::Oid> add) { return *ping(orpc::SetId{0}, 1, std::move(add)); }
    bool alive(orpc::Oid o) { return sets.alive({&o, 1})[0]; }
    /// Time passes as the daemon sees it: with a sweep now and then.
    void pass(seconds time) {
        for (seconds done{0}; done < time; done += seconds(10)) {
            now += std::min(seconds(10), time - done);
            sets.sweep();
        }
    }
};

TEST_F(PingSetsTest, NewSetHasAnIdAndHoldsItsObjects) {
    const auto set = make({oid(1), oid(2)});
    EXPECT_NE(set, orpc::SetId{0});
    EXPECT_EQ(sets.oid_count(), 2u);
    EXPECT_TRUE(alive(oid(1)));
}

TEST_F(PingSetsTest, UnknownSetIsRefused) {
    EXPECT_EQ(sets.simple_ping(orpc::SetId{77}).code(), HRESULT_FROM_WIN32(OR_INVALID_SET));
    EXPECT_EQ(ping(orpc::SetId{77}, 1, {}).code(), HRESULT_FROM_WIN32(OR_INVALID_SET));
}

TEST_F(PingSetsTest, ForeignObjectIsRefusedInAnExistingSetAndLeftOutOfANewOne) {
    const auto set = make({oid(1), kForeign});
    EXPECT_EQ(sets.oid_count(), 1u);
    EXPECT_EQ(ping(set, 2, {kForeign}).code(), HRESULT_FROM_WIN32(OR_INVALID_OID));
    EXPECT_EQ(sets.set_count(), 1u);
}

TEST_F(PingSetsTest, SetExpiresAfterThreeMissedPeriodsAndItsObjectsAreDead) {
    const auto set = make({oid(1)});
    pass(seconds(359));
    EXPECT_TRUE(alive(oid(1)));
    pass(seconds(1));
    EXPECT_FALSE(alive(oid(1)));
    EXPECT_EQ(sets.simple_ping(set).code(), HRESULT_FROM_WIN32(OR_INVALID_SET));
    EXPECT_EQ(sets.set_count(), 0u);
}

TEST_F(PingSetsTest, LatePingBeforeTheTimeoutKeepsTheObjects) {
    const auto set = make({oid(1)});
    pass(seconds(359));
    EXPECT_TRUE(sets.simple_ping(set).ok());
    pass(seconds(359));
    EXPECT_TRUE(alive(oid(1)));
}

TEST_F(PingSetsTest, OlderSequenceNumberChangesNothingAndSucceeds) {
    const auto set = make({oid(1)});
    ASSERT_TRUE(ping(set, 5, {oid(2)}).ok());
    EXPECT_TRUE(ping(set, 4, {oid(3)}, {oid(1)}).ok());
    EXPECT_EQ(sets.oid_count(), 2u);
}

TEST_F(PingSetsTest, RepeatedDeltaIsHarmless) {
    const auto set = make({oid(1)});
    ASSERT_TRUE(ping(set, 2, {oid(2)}, {oid(1)}).ok());
    ASSERT_TRUE(ping(set, 2, {oid(2)}, {oid(1)}).ok());
    EXPECT_EQ(sets.oid_count(), 1u);
}

TEST_F(PingSetsTest, SequenceNumberWraps) {
    const auto set = *ping(orpc::SetId{0}, 65535, {oid(1)});
    ASSERT_TRUE(ping(set, 0, {oid(2)}).ok());
    EXPECT_EQ(sets.oid_count(), 2u);
}

TEST_F(PingSetsTest, UnknownDeleteIsIgnored) {
    const auto set = make({oid(1)});
    EXPECT_TRUE(ping(set, 2, {}, {oid(9), kForeign}).ok());
    EXPECT_EQ(sets.oid_count(), 1u);
}

TEST_F(PingSetsTest, ObjectInTwoSetsLivesAsLongAsTheLastOfThem) {
    make({oid(1)});
    pass(seconds(200));
    make({oid(1)});
    pass(seconds(200));
    EXPECT_EQ(sets.set_count(), 1u);
    EXPECT_TRUE(alive(oid(1)));
    pass(seconds(160));
    EXPECT_FALSE(alive(oid(1)));
}

TEST_F(PingSetsTest, ObjectTakenOutByItsClientHasOneTimeoutForOthersToPing) {
    const auto set = make({oid(1)});
    ASSERT_TRUE(ping(set, 2, {}, {oid(1)}).ok());
    pass(seconds(359));
    EXPECT_TRUE(alive(oid(1)));
    pass(seconds(1));
    EXPECT_FALSE(alive(oid(1)));
}

TEST_F(PingSetsTest, ObjectNeverPingedIsAliveForOneTimeoutAfterTheFirstQuestion) {
    EXPECT_TRUE(alive(oid(1)));
    pass(seconds(359));
    EXPECT_TRUE(alive(oid(1)));
    pass(seconds(1));
    EXPECT_FALSE(alive(oid(1)));
}

TEST_F(PingSetsTest, QuotaOfSetsIsPerPrincipal) {
    for (int i = 0; i < 64; ++i) ASSERT_TRUE(ping(orpc::SetId{0}, 0, {}).ok());
    EXPECT_EQ(ping(orpc::SetId{0}, 0, {}).code(), HRESULT_FROM_WIN32(RPC_S_OUT_OF_RESOURCES));
    EXPECT_TRUE(ping(orpc::SetId{0}, 0, {}, {}, "bob").ok());
}

TEST_F(PingSetsTest, QuotaOfObjectsIsPerPrincipalAndComesBackWithTheSet) {
    std::vector<orpc::Oid> many;
    for (std::uint32_t i = 0; i < 65535; ++i) many.push_back(oid(i));
    make(many);
    EXPECT_EQ(ping(orpc::SetId{0}, 0, {oid(70000), oid(70001)}).code(), HRESULT_FROM_WIN32(RPC_S_OUT_OF_RESOURCES));
    EXPECT_TRUE(ping(orpc::SetId{0}, 0, {oid(70000)}).ok());
    pass(seconds(360));
    EXPECT_TRUE(ping(orpc::SetId{0}, 0, {oid(70000), oid(70001)}).ok());
}

TEST_F(PingSetsTest, TimeInWhichTheDaemonDidNotRunIsNotCounted) {
    const auto set = make({oid(1)});
    pass(seconds(100));
    now += std::chrono::hours(8);
    EXPECT_TRUE(alive(oid(1)));
    EXPECT_TRUE(sets.simple_ping(set).ok());
}

TEST_F(PingSetsTest, ObjectsOfAnEndedProcessLeaveAllSets) {
    make({oid(1), oid(2)});
    sets.forget_process(kServer);
    EXPECT_EQ(sets.oid_count(), 0u);
    EXPECT_EQ(sets.set_count(), 1u);
}

}  // namespace
}  // namespace odc::scm
