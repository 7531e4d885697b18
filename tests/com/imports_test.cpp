// Behaviours of proxies for objects of other processes and hosts.
#include <gtest/gtest.h>

#include "fake_host.h"
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

template <class T>
ComPtr<T> unmarshal(const orpc::ObjRef& ref) {
    const auto bytes = FakeHost::bytes_of(ref);
    ComPtr<IStream> stream;
    OdcCreateMemoryStream(stream.put());
    stream->Write(bytes.data(), static_cast<ULONG>(bytes.size()), nullptr);
    stream->Seek({}, STREAM_SEEK_SET, nullptr);
    ComPtr<T> object;
    EXPECT_EQ(CoUnmarshalInterface(stream.get(), __uuidof(T), object.put_void()), S_OK);
    return object;
}

TEST(ImportsOfTwoHosts, SameOxidAndOidAtTwoResolversAreTwoObjects) {
    InApartment joined(COINIT_MULTITHREADED);
    FakeHost alpha, lola;
    lola.oxid = alpha.oxid;
    lola.bias = 100;
    auto here = unmarshal<ICalc>(alpha.objref(IID_ICalc)), there = unmarshal<ICalc>(lola.objref(IID_ICalc));
    ASSERT_TRUE(here && there);
    EXPECT_NE(here.as<IUnknown>().get(), there.as<IUnknown>().get());
    LONG sum = 0;
    EXPECT_EQ(here->Add(1, 2, &sum), S_OK);
    EXPECT_EQ(sum, 3);
    EXPECT_EQ(there->Add(1, 2, &sum), S_OK);
    EXPECT_EQ(sum, 103);
    auto again = unmarshal<ICalc>(lola.objref(IID_ICalc));
    EXPECT_EQ(again.get(), there.get()) << "each has one identity";
}

TEST(ImportsOfTwoHosts, HostThatNamesAnotherAddressAsWellIsTheSameHost) {
    InApartment joined(COINIT_MULTITHREADED);
    FakeHost alpha;
    auto first = unmarshal<ICalc>(alpha.objref(IID_ICalc));
    auto wider = alpha.objref(IID_ICalc);
    auto& bindings = std::get<orpc::StandardRef>(wider.body).resolver.strings;
    bindings.insert(bindings.begin(), orpc::StringBinding{orpc::kTowerTcp, "192.0.2.7"});
    auto second = unmarshal<ICalc>(wider);
    EXPECT_EQ(first.get(), second.get());
}

// Security blankets ------------------------------------------------------------------------------------------------------------

TEST_F(Imports, B63_BlanketOfAProxyForAnotherHostIsWithoutAuthenticationAsLongAsThereIsNoProvider) {
    InApartment joined(COINIT_MULTITHREADED);
    auto peer = create_on<IPeer>(lola.name());
    ASSERT_TRUE(peer);
    DWORD service = 7, level = 7;
    EXPECT_EQ(CoQueryProxyBlanket(peer.get(), &service, nullptr, nullptr, &level, nullptr, nullptr, nullptr), S_OK);
    EXPECT_EQ(service, DWORD{RPC_C_AUTHN_NONE});
    EXPECT_EQ(level, DWORD{RPC_C_AUTHN_LEVEL_NONE});
    EXPECT_EQ(CoSetProxyBlanket(peer.get(), RPC_C_AUTHN_NONE, RPC_C_AUTHZ_NONE, nullptr, RPC_C_AUTHN_LEVEL_NONE, RPC_C_IMP_LEVEL_IDENTIFY, nullptr,
                                EOAC_NONE), S_OK);
    EXPECT_EQ(CoSetProxyBlanket(peer.get(), RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, nullptr, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_IDENTIFY,
                                nullptr, EOAC_NONE), E_INVALIDARG) << "nothing here could prove it";
    ComPtr<IPeer> copy;
    ASSERT_EQ(CoCopyProxy(peer.get(), reinterpret_cast<IUnknown**>(copy.put())), S_OK);
    LONG process = 0, same = 0;
    EXPECT_EQ(peer->Process(&process), S_OK);
    peer.reset();
    EXPECT_EQ(copy->Process(&same), S_OK) << "the copy holds the object as well";
    EXPECT_EQ(process, same);
}

// What com_peer's object learns about its caller is ICalc::Fail's answer: for -1 the authentication level, for -2 CoImpersonateClient's result.

TEST_F(Imports, CallerFromAnotherHostIsUnknownAndCannotBeImpersonated) {
    InApartment joined(COINIT_MULTITHREADED);
    auto calc = create_on<ICalc>(lola.name());
    ASSERT_TRUE(calc);
    EXPECT_EQ(calc->Fail(-1), static_cast<HRESULT>(RPC_C_AUTHN_LEVEL_NONE));
    EXPECT_EQ(calc->Fail(-2), HRESULT_FROM_WIN32(RPC_S_CANNOT_SUPPORT));
}

TEST(ImportsOfThisHost, CallerOfThisHostIsKnownByTheKernelAndIsThisUser) {
    own_host().register_peer();
    InApartment joined(COINIT_MULTITHREADED);
    ComPtr<ICalc> calc;
    ASSERT_EQ(CoCreateInstance(kPeerClass, nullptr, CLSCTX_LOCAL_SERVER, IID_ICalc, calc.put_void()), S_OK);
    EXPECT_EQ(calc->Fail(-1), static_cast<HRESULT>(RPC_C_AUTHN_LEVEL_PKT_PRIVACY));
    EXPECT_EQ(calc->Fail(-2), S_OK);
    DWORD service = 0;
    EXPECT_EQ(CoQueryProxyBlanket(calc.get(), &service, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr), S_OK);
    EXPECT_EQ(service, DWORD{RPC_C_AUTHN_WINNT});
    LONG process = 0;
    EXPECT_EQ(calc.as<IPeer>()->Process(&process), S_OK);
    Watched server(process);
    calc.reset();
    EXPECT_TRUE(server.ends_within(15s));
    own_host().unregister_peer();
}

}  // namespace
}  // namespace odc::test
