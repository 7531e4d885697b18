#include "rpc/management.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "rpc/test_interface.h"

namespace odc::rpc {
namespace {

class Management : public testing::Test {
  protected:
    Management() {
        server_.serve(test::kTestSpec, &service_);
        association_ = Association::create(*server_.listen({Endpoint::Protocol::ncalrpc, "", ""}));
    }
    test::TestService service_;
    Server server_;
    std::shared_ptr<Association> association_;
};

TEST_F(Management, TellsTheInterfaces) {
    ClientCall call(*association_, kManagementSpec.id, 0);
    ASSERT_TRUE(call.invoke());
    ndr::Reader& in = call.reply();
    ASSERT_TRUE(in.unique());
    const std::size_t n = in.count(4);
    in.expect(n);
    for (std::size_t i = 0; i < n; ++i) EXPECT_TRUE(in.unique());
    std::vector<SyntaxId> ids(n);
    for (SyntaxId& id : ids) {
        id.uuid = in.guid();
        id.major = in.u16();
        id.minor = in.u16();
    }
    EXPECT_EQ(in.u32(), 0u);
    EXPECT_FALSE(in.failed());
    EXPECT_EQ(in.left(), 0u);
    EXPECT_NE(std::find(ids.begin(), ids.end(), test::kTestInterface), ids.end());
    EXPECT_NE(std::find(ids.begin(), ids.end(), kManagementSpec.id), ids.end());
}

TEST_F(Management, CountsCallsAndPackets) {
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(test::add(*association_, 1, 1));
    ClientCall call(*association_, kManagementSpec.id, 1);
    call.request().u32(50);
    ASSERT_TRUE(call.invoke());
    ndr::Reader& in = call.reply();
    EXPECT_EQ(in.u32(), 4u);
    ASSERT_EQ(in.count(4), 4u);
    EXPECT_EQ(in.u32(), 11u);
    EXPECT_EQ(in.u32(), 0u);
    EXPECT_GE(in.u32(), 12u);
    EXPECT_GE(in.u32(), 12u);
    EXPECT_EQ(in.u32(), 0u);
    ClientCall too_many(*association_, kManagementSpec.id, 1);
    too_many.request().u32(51);
    EXPECT_EQ(too_many.invoke().code(), HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA));
}

TEST_F(Management, ListensAndIsNotStoppedFromAfar) {
    ClientCall listening(*association_, kManagementSpec.id, 2);
    ASSERT_TRUE(listening.invoke());
    EXPECT_EQ(listening.reply().u32(), 0u);
    EXPECT_EQ(listening.reply().u32(), 1u);
    ClientCall stop(*association_, kManagementSpec.id, 3);
    ASSERT_TRUE(stop.invoke());
    EXPECT_EQ(stop.reply().u32(), 5u);
    EXPECT_TRUE(test::add(*association_, 1, 1));
}

TEST_F(Management, HasNoPrincipalNameWithoutSecurity) {
    ClientCall call(*association_, kManagementSpec.id, 4);
    call.request().u32(10);
    call.request().u32(100);
    ASSERT_TRUE(call.invoke());
    EXPECT_EQ(call.reply().u32(), 100u);
    call.reply().expect(0);
    EXPECT_EQ(call.reply().count(1), 1u);
    EXPECT_EQ(call.reply().u8(), 0u);
    EXPECT_EQ(call.reply().u32(), static_cast<std::uint32_t>(RPC_S_UNKNOWN_AUTHN_SERVICE));
}

TEST_F(Management, CanBeTurnedOff) {
    server_.enable_management(false);
    ClientCall call(*association_, kManagementSpec.id, 2);
    EXPECT_EQ(call.invoke().code(), HRESULT_FROM_WIN32(RPC_S_UNKNOWN_IF));
}

}  // namespace
}  // namespace odc::rpc
