// Proxies and stubs that somebody else wrote plug into the runtime: the same hand-written pair between apartments and between hosts.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "echo_proxies.h"
#include "hosts.h"

namespace odc::test {
namespace {

using namespace std::chrono_literals;

class Echo final : public implements<IEcho> {
  public:
    HRESULT STDMETHODCALLTYPE Repeat(const char* text, ULONG times, char* room, ULONG size) override {
        served_by = std::this_thread::get_id();
        return repeat_here(text, times, room, size);
    }
    std::thread::id served_by;
};

struct WithProxies : InApartment {
    explicit WithProxies(DWORD kind) : InApartment(kind) { EXPECT_EQ(register_echo_proxies(&cookie), S_OK); }
    ~WithProxies() { EXPECT_EQ(CoRevokeClassObject(cookie), S_OK); }
    DWORD cookie = 0;
};

void expect_echo(IEcho& echo) {
    char room[16] = {};
    EXPECT_EQ(echo.Repeat("abc", 3, room, sizeof room), S_OK);
    EXPECT_STREQ(room, "abcabcabc");
    EXPECT_EQ(echo.Repeat("abc", 6, room, sizeof room), E_BOUNDS) << "the object's own code, through their buffer";
    std::string large(1 << 20, '\0');  // many fragments
    EXPECT_EQ(echo.Repeat("x", 1 << 20, large.data(), static_cast<ULONG>(large.size())), S_OK);
    EXPECT_EQ(large, std::string(1 << 20, 'x'));
}

TEST(ForeignProxies, ServeAnotherApartment) {
    WithProxies joined(COINIT_MULTITHREADED);
    auto object = ComPtr<Echo>::attach(new Echo);
    ComPtr<IStream> stream;
    ASSERT_EQ(CoMarshalInterThreadInterfaceInStream(IID_IEcho, object.get(), stream.put()), S_OK);
    std::async(std::launch::async, [&] {
        InApartment single(COINIT_APARTMENTTHREADED);
        ComPtr<IEcho> echo;
        ASSERT_EQ(CoGetInterfaceAndReleaseStream(stream.detach(), IID_IEcho, echo.put_void()), S_OK);
        EXPECT_NE(static_cast<IEcho*>(echo.get()), static_cast<IEcho*>(object.get())) << "a proxy";
        expect_echo(*echo);
        EXPECT_NE(object->served_by, std::this_thread::get_id());
        ComPtr<IUnknown> first, second;
        EXPECT_EQ(echo->QueryInterface(IID_IUnknown, first.put_void()), S_OK);
        EXPECT_EQ(first->QueryInterface(IID_IUnknown, second.put_void()), S_OK);
        EXPECT_EQ(first.get(), second.get()) << "identity is the proxy manager's";
    }).get();
}

TEST(ForeignProxies, ServeAnotherHostInBothKindsOfApartment) {
    for (const DWORD kind : {COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED}) {
        Host lola;
        lola.register_peer();
        WithProxies joined(kind);
        auto peer = create_on<IPeer>(lola.name());
        ASSERT_TRUE(peer);
        LONG process = 0;
        ASSERT_EQ(peer->Process(&process), S_OK);
        Watched server(process);
        ComPtr<IEcho> echo;
        ASSERT_EQ(peer->QueryInterface(IID_IEcho, echo.put_void()), S_OK);
        expect_echo(*echo);
        ComPtr<IPeer> same;
        EXPECT_EQ(echo->QueryInterface(__uuidof(IPeer), same.put_void()), S_OK);
        EXPECT_EQ(same.get(), peer.get());
        peer.reset();
        same.reset();
        expect_echo(*echo);
        echo.reset();
        EXPECT_TRUE(server.ends_within(10s)) << "its last reference was a foreign proxy's";
    }
}

TEST(ForeignProxies, HearThatTheirServerIsGone) {
    Host lola;
    lola.register_peer();
    WithProxies joined(COINIT_MULTITHREADED);
    auto echo = create_on<IEcho>(lola.name());
    auto peer = create_on<IPeer>(lola.name());
    ASSERT_TRUE(echo && peer);
    LONG process = 0;
    ASSERT_EQ(peer->Process(&process), S_OK);
    Watched server(process);
    server.kill();
    ASSERT_TRUE(server.ends_within(10s));
    char room[4] = {};
    const HRESULT hr = echo->Repeat("a", 1, room, sizeof room);
    EXPECT_TRUE(hr == RPC_E_DISCONNECTED || hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) || hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED))
        << std::hex << hr;
}

}  // namespace
}  // namespace odc::test
