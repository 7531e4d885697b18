// Behaviours of proxies for objects of other processes and hosts.
#include <gtest/gtest.h>

#include "hosts.h"

namespace odc::test {
namespace {

using namespace std::chrono_literals;

class Imports : public ::testing::Test {
  protected:
    void SetUp() override { lola.register_peer(); }
    Host lola{{"--ping-period", "1", "--ping-count", "3"}};
};

TEST_F(Imports, B52_StrongTablePacketOfAProxyKeepsTheObjectOnItsHostUntilItsDataAreReleased) {
    InApartment joined(COINIT_MULTITHREADED);
    auto peer = create_on<IPeer>(lola.name());
    ASSERT_TRUE(peer);
    LONG process = 0, again = 0;
    ASSERT_EQ(peer->Process(&process), S_OK);
    Watched server(process);
    ComPtr<IStream> packet;
    OdcCreateMemoryStream(packet.put());
    ASSERT_EQ(CoMarshalInterface(packet.get(), IID_IPeer, peer.get(), MSHCTX_DIFFERENTMACHINE, nullptr, MSHLFLAGS_TABLESTRONG), S_OK);
    peer.reset();
    EXPECT_FALSE(server.ends_within(8s)) << "more than two collection times: the packet's proxy is pinged for";
    for (int i = 0; i < 2; ++i) {
        packet->Seek({}, STREAM_SEEK_SET, nullptr);
        ComPtr<IPeer> other;
        ASSERT_EQ(CoUnmarshalInterface(packet.get(), IID_IPeer, other.put_void()), S_OK);
        EXPECT_EQ(other->Process(&again), S_OK);
        EXPECT_EQ(again, process);
    }
    packet->Seek({}, STREAM_SEEK_SET, nullptr);
    EXPECT_EQ(CoReleaseMarshalData(packet.get()), S_OK);
    EXPECT_TRUE(server.ends_within(15s));
}

TEST_F(Imports, B52_WeakTablePacketOfAProxyKeepsNothing) {
    InApartment joined(COINIT_MULTITHREADED);
    auto peer = create_on<IPeer>(lola.name());
    ASSERT_TRUE(peer);
    LONG process = 0;
    ASSERT_EQ(peer->Process(&process), S_OK);
    Watched server(process);
    ComPtr<ICalc> child;  // keeps the server
    ASSERT_EQ(peer->QueryInterface(IID_ICalc, reinterpret_cast<void**>(child.put())), S_OK);
    ComPtr<ICalc> other;
    ASSERT_EQ(child->Child(other.put()), S_OK);
    ComPtr<IStream> packet;
    OdcCreateMemoryStream(packet.put());
    ASSERT_EQ(CoMarshalInterface(packet.get(), IID_ICalc, other.get(), MSHCTX_DIFFERENTMACHINE, nullptr, MSHLFLAGS_TABLEWEAK), S_OK);
    other.reset();
    LONG objects = 2;
    for (const auto start = std::chrono::steady_clock::now(); objects == 2 && std::chrono::steady_clock::now() - start < 15s;)
        ASSERT_EQ(peer->Objects(&objects), S_OK);
    EXPECT_EQ(objects, 1);
    packet->Seek({}, STREAM_SEEK_SET, nullptr);
    void* gone = nullptr;
    EXPECT_EQ(CoUnmarshalInterface(packet.get(), IID_ICalc, &gone), CO_E_OBJNOTREG);
}

}  // namespace
}  // namespace odc::test
