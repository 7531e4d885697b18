// What the runtime asks of the daemon, counted there. A program of its own: with the usual ping period, which a process learns once,
// nothing else comes in a test's time.
#include <gtest/gtest.h>

#include <thread>

#include "hosts.h"

namespace odc::test {

std::vector<std::string> own_host_options() { return {}; }

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Waits until nobody asks the daemon for anything any more: first pings, ping times, a release on its way.
void settle(const Host& host) {
    auto last = host.requests();
    for (auto since = Clock::now(); Clock::now() - since < 2500ms;) {
        std::this_thread::sleep_for(50ms);
        if (const auto now = host.requests(); now != last) {
            last = now;
            since = Clock::now();
        }
    }
}

TEST(DaemonRequests, ActivationOfARunningClassIsOneOnThisHost) {
    Host& quiet = own_host();
    quiet.register_peer();
    {
        InApartment joined(COINIT_MULTITHREADED);
        const auto create = [] {
            ComPtr<IPeer> peer;
            EXPECT_EQ(CoCreateInstance(kPeerClass, nullptr, CLSCTX_LOCAL_SERVER, IID_IPeer, peer.put_void()), S_OK);
            return peer;
        };
        const auto held = create();
        settle(quiet);
        const auto before = quiet.requests();
        for (int i = 1; i <= 10; ++i) {
            const auto peer = create();
            EXPECT_EQ(quiet.requests() - before, static_cast<std::uint32_t>(i));
        }
        const auto peer = create();
        LONG process = 0;
        EXPECT_EQ(peer->Process(&process), S_OK);
        EXPECT_EQ(quiet.requests() - before, 11u) << "a call needs no daemon";
    }
}

TEST(DaemonRequests, ActivationOfARunningClassIsOneOnAnotherHostAndNoneOnOurs) {
    Host& quiet = own_host();
    Host lola;
    lola.register_peer();
    {
        InApartment joined(COINIT_MULTITHREADED);
        const auto held = create_on<IPeer>(lola.name());
        settle(lola);
        settle(quiet);
        const auto before = lola.requests();
        const auto own_before = quiet.requests();
        for (int i = 1; i <= 10; ++i) {
            const auto peer = create_on<IPeer>(lola.name());
            LONG process = 0;
            EXPECT_EQ(peer->Process(&process), S_OK);
            EXPECT_EQ(lola.requests() - before, static_cast<std::uint32_t>(i));
        }
        EXPECT_EQ(quiet.requests() - own_before, 0u);
    }
}

}  // namespace
}  // namespace odc::test
