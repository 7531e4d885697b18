#include "scm/endpoint_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace odc::scm {
namespace {

const Guid kPager{0x11111111, 0, 0, {}};
const Guid kObject{0x22222222, 0, 0, {}};
rpc::SyntaxId version(std::uint16_t major, std::uint16_t minor) { return {kPager, major, minor}; }
MapEntry entry(rpc::SyntaxId interface, std::uint16_t port, Guid object = {}, std::int32_t owner = 7) {
    return {object, Tower::tcp(interface, port, "127.0.0.1"), "pager", owner};
}
std::vector<int> ports(const std::vector<Tower>& towers) {
    std::vector<int> out;
    for (const auto& tower : towers) out.push_back(*tower.tcp_port());
    return out;
}

TEST(EndpointMap, MapFindsSameMajorAndAtLeastTheMinorVersion) {
    EndpointMap map;
    ASSERT_TRUE(map.insert(entry(version(1, 0), 10), false).ok());
    ASSERT_TRUE(map.insert(entry(version(1, 5), 15), false).ok());
    ASSERT_TRUE(map.insert(entry(version(2, 9), 29), false).ok());
    EXPECT_THAT(ports(map.map({}, Tower::tcp(version(1, 3), 0, ""))), testing::ElementsAre(15));
    EXPECT_THAT(ports(map.map({}, Tower::tcp(version(1, 0), 0, ""))), testing::ElementsAre(10, 15));
    EXPECT_THAT(ports(map.map({}, Tower::tcp(version(3, 0), 0, ""))), testing::IsEmpty());
}

TEST(EndpointMap, MapAnswersOnlyTheProtocolsAsked) {
    EndpointMap map;
    ASSERT_TRUE(map.insert(entry(version(1, 0), 10), false).ok());
    EXPECT_TRUE(map.map({}, Tower::local(version(1, 0), "")).empty());
}

TEST(EndpointMap, ElementForAnObjectComesBeforeThoseForAny) {
    EndpointMap map;
    ASSERT_TRUE(map.insert(entry(version(1, 0), 10), false).ok());
    ASSERT_TRUE(map.insert(entry(version(1, 0), 11, kObject), false).ok());
    EXPECT_THAT(ports(map.map(kObject, Tower::tcp(version(1, 0), 0, ""))), testing::ElementsAre(11, 10));
    EXPECT_THAT(ports(map.map({}, Tower::tcp(version(1, 0), 0, ""))), testing::ElementsAre(10));
}

TEST(EndpointMap, ReplaceTakesOlderElementsOfTheSameInterfaceAway) {
    EndpointMap map;
    ASSERT_TRUE(map.insert(entry(version(1, 0), 10), false).ok());
    ASSERT_TRUE(map.insert(entry(version(1, 0), 11), true).ok());
    EXPECT_THAT(ports(map.map({}, Tower::tcp(version(1, 0), 0, ""))), testing::ElementsAre(11));
    ASSERT_TRUE(map.insert(entry(version(1, 0), 12), false).ok());
    EXPECT_EQ(map.size(), 2u);
}

TEST(EndpointMap, ReplaceLeavesElementsOfOtherProcessesAlone) {
    EndpointMap map;
    ASSERT_TRUE(map.insert(entry(version(1, 0), 10, {}, 7), false).ok());
    ASSERT_TRUE(map.insert(entry(version(1, 0), 11, {}, 8), true).ok());
    EXPECT_EQ(map.size(), 2u);
}

TEST(EndpointMap, SameElementTwiceIsOne) {
    EndpointMap map;
    ASSERT_TRUE(map.insert(entry(version(1, 0), 10), false).ok());
    ASSERT_TRUE(map.insert(entry(version(1, 0), 10), false).ok());
    EXPECT_EQ(map.size(), 1u);
}

TEST(EndpointMap, OnlyTheOwnerDeletes) {
    EndpointMap map;
    const auto mine = entry(version(1, 0), 10);
    ASSERT_TRUE(map.insert(mine, false).ok());
    EXPECT_EQ(map.remove({}, mine.tower, 8).code(), HRESULT_FROM_WIN32(EPT_S_NOT_REGISTERED));
    EXPECT_TRUE(map.remove({}, mine.tower, 7).ok());
    EXPECT_EQ(map.remove({}, mine.tower, 7).code(), HRESULT_FROM_WIN32(EPT_S_NOT_REGISTERED));
}

TEST(EndpointMap, ElementsGoWithTheirProcess) {
    EndpointMap map;
    ASSERT_TRUE(map.insert(entry(version(1, 0), 10, {}, 7), false).ok());
    ASSERT_TRUE(map.insert(entry(version(1, 0), 11, {}, 8), false).ok());
    map.remove_owner(7);
    EXPECT_EQ(map.size(), 1u);
}

TEST(EndpointMap, QuotaPerProcess) {
    EndpointMap map;
    for (std::uint16_t port = 0; port < kMaxEntriesPerOwner; ++port) ASSERT_TRUE(map.insert(entry(version(1, 0), port), false).ok());
    EXPECT_EQ(map.insert(entry(version(1, 0), 60000), false).code(), HRESULT_FROM_WIN32(EPT_S_CANT_PERFORM_OP));
    EXPECT_TRUE(map.insert(entry(version(1, 0), 60000, {}, 8), false).ok());
}

TEST(EndpointMap, LookupByInterfaceHonoursTheVersionOption) {
    EndpointMap map;
    for (const auto& [major, minor] : {std::pair{1, 0}, {1, 5}, {2, 0}})
        ASSERT_TRUE(map.insert(entry(version(static_cast<std::uint16_t>(major), static_cast<std::uint16_t>(minor)), 1), false).ok());
    const auto count = [&](VersionOption option, rpc::SyntaxId id) {
        return map.lookup({Inquiry::by_interface, {}, id, option}).size();
    };
    EXPECT_EQ(count(VersionOption::all, version(9, 9)), 3u);
    EXPECT_EQ(count(VersionOption::compatible, version(1, 1)), 1u);
    EXPECT_EQ(count(VersionOption::exact, version(1, 0)), 1u);
    EXPECT_EQ(count(VersionOption::major_only, version(1, 9)), 2u);
    EXPECT_EQ(count(VersionOption::up_to, version(1, 5)), 2u);
    EXPECT_EQ(map.lookup({}).size(), 3u);
}

TEST(EndpointMap, LookupByObjectWantsJustThatObject) {
    EndpointMap map;
    ASSERT_TRUE(map.insert(entry(version(1, 0), 10), false).ok());
    ASSERT_TRUE(map.insert(entry(version(1, 0), 11, kObject), false).ok());
    EXPECT_EQ(map.lookup({Inquiry::by_object, kObject, {}, VersionOption::all}).size(), 1u);
    EXPECT_EQ(map.lookup({Inquiry::by_both, kObject, version(1, 0), VersionOption::exact}).size(), 1u);
    EXPECT_EQ(map.lookup({Inquiry::by_both, kObject, version(2, 0), VersionOption::exact}).size(), 0u);
}

TEST(Searches, HandleBelongsToItsAssociation) {
    Searches<int> searches;
    const auto handle = searches.keep({1, 2}, 5);
    EXPECT_FALSE(searches.take(handle, 6));
    EXPECT_EQ(searches.take(handle, 5), (std::vector{1, 2}));
    EXPECT_FALSE(searches.take(handle, 5));
}

TEST(Searches, OldestGoesWhenThereAreTooMany) {
    Searches<int> searches;
    const auto first = searches.keep({1}, 5);
    for (std::size_t i = 0; i < Searches<int>::kMax; ++i) searches.keep({2}, 5);
    EXPECT_FALSE(searches.take(first, 5));
    EXPECT_EQ(searches.size(), Searches<int>::kMax);
}

}  // namespace
}  // namespace odc::scm
