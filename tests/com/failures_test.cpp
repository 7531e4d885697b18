// What a client is told when something is not there: the code, within which time, and which line of the log says which and why.
// And what happens when a daemon comes back.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "calc_object.h"
#include "fake_host.h"
#include "hosts.h"
#include "base/guid.h"

namespace odc::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr HRESULT kUnavailable = HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE);

/// What this process logs in a scope.
class OwnLog {
  public:
    OwnLog() { ::testing::internal::CaptureStderr(); }
    ~OwnLog() {
        if (!taken_) (void)take();
    }
    std::string take() {
        taken_ = true;
        return ::testing::internal::GetCapturedStderr();
    }

  private:
    bool taken_ = false;
};

::testing::AssertionResult has_line(const std::string& log, const std::vector<std::string>& parts) {
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        bool all = true;
        for (const auto& part : parts) all = all && line.find(part) != std::string::npos;
        if (all) return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << "no line says so in:\n" << log;
}

TEST(Failures, UnknownClassIsNotRegisteredOnThisHostAndOnAnother) {
    InApartment joined(COINIT_MULTITHREADED);
    const CLSID unknown = new_guid();
    for (const DWORD context : {DWORD{CLSCTX_INPROC_SERVER}, DWORD{CLSCTX_INPROC_HANDLER}, DWORD{CLSCTX_LOCAL_SERVER}, DWORD{CLSCTX_REMOTE_SERVER},
                                DWORD{CLSCTX_ALL}}) {
        OwnLog log;
        void* none = nullptr;
        EXPECT_EQ(CoCreateInstance(unknown, nullptr, context, IID_IUnknown, &none), REGDB_E_CLASSNOTREG) << context;
        EXPECT_EQ(CoGetClassObject(unknown, context, nullptr, IID_IUnknown, &none), REGDB_E_CLASSNOTREG) << context;
        EXPECT_TRUE(has_line(log.take(), {to_string(unknown), "0x80040154"})) << context;
    }
    const std::string clsid = to_string(kPeerClass);
    Host lola;
    OwnLog log;
    HRESULT hr = S_OK;
    EXPECT_FALSE(create_on<ICalc>(lola.name(), &hr));
    EXPECT_EQ(hr, REGDB_E_CLASSNOTREG);
    EXPECT_TRUE(has_line(log.take(), {clsid, lola.name(), "0x80040154"}));
    EXPECT_TRUE(has_line(lola.log(), {"warning", clsid, "127.0.0.1", "0x80040154"}));
}

TEST(Failures, HostWhoseNameNobodyKnowsIsUnavailable) {
    InApartment joined(COINIT_MULTITHREADED);
    OwnLog log;
    HRESULT hr = S_OK;
    const auto start = Clock::now();
    EXPECT_FALSE(create_on<ICalc>("no-such-host.invalid", &hr));
    EXPECT_EQ(hr, kUnavailable);
    EXPECT_LT(Clock::now() - start, 8s);
    EXPECT_TRUE(has_line(log.take(), {"no-such-host.invalid", "0x800706ba"}));
}

TEST(Failures, HostWithoutADaemonIsUnavailable) {
    InApartment joined(COINIT_MULTITHREADED);
    std::string name;
    {
        Host gone;
        name = gone.name();
    }
    OwnLog log;
    HRESULT hr = S_OK;
    const auto start = Clock::now();
    EXPECT_FALSE(create_on<ICalc>(name, &hr));
    EXPECT_EQ(hr, kUnavailable);
    EXPECT_LT(Clock::now() - start, 2s) << "refused at once, not timed out";
    EXPECT_TRUE(has_line(log.take(), {name, "0x800706ba", "refused"}));
}

/// A port whose backlog is full: the kernel drops what wants to connect, like a host that is off.
class SilentPort {
  public:
    SilentPort() {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof where;
        EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&where), sizeof where), 0);
        EXPECT_EQ(::listen(listener_, 0), 0);
        EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &size), 0);
        port_ = ntohs(where.sin_port);
        for (int& filler : fillers_) {
            filler = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            (void)::connect(filler, reinterpret_cast<sockaddr*>(&where), sizeof where);
        }
    }
    ~SilentPort() {
        for (const int filler : fillers_) ::close(filler);
        ::close(listener_);
    }
    std::string name() const { return "127.0.0.1[" + std::to_string(port_) + "]"; }

  private:
    int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int fillers_[4] = {};
    int port_ = 0;
};

TEST(Failures, HostThatDoesNotAnswerIsUnavailableWithinTheConnectTimeLimit) {
    for (const DWORD kind : {DWORD{COINIT_MULTITHREADED}, DWORD{COINIT_APARTMENTTHREADED}}) {
        InApartment joined(kind);
        SilentPort silent;
        OwnLog log;
        HRESULT hr = S_OK;
        const auto start = Clock::now();
        EXPECT_FALSE(create_on<ICalc>(silent.name(), &hr));
        EXPECT_EQ(hr, kUnavailable);
        EXPECT_GT(Clock::now() - start, 3s) << "the port is not silent";
        EXPECT_LT(Clock::now() - start, 8s) << "5 s are the limit";
        EXPECT_TRUE(has_line(log.take(), {silent.name(), "0x800706ba"}));
    }
}

class FailuresOfServers : public ::testing::Test {
  protected:
    Host lola;
    void SetUp() override { lola.register_peer(); }
};

TEST_F(FailuresOfServers, InterfaceWithoutAProxyIsNoInterface) {
    InApartment joined(COINIT_MULTITHREADED);
    const std::string iid = to_string(IID_IUnmarshalable);
    const auto text = lola.name();
    std::u16string name(text.begin(), text.end());
    COSERVERINFO server{};
    server.pwszName = name.data();
    MULTI_QI wanted[] = {{&IID_ICalc, nullptr, S_OK}, {&IID_IUnmarshalable, nullptr, S_OK}};
    EXPECT_EQ(CoCreateInstanceEx(kPeerClass, nullptr, CLSCTX_REMOTE_SERVER, &server, 2, wanted), CO_S_NOTALLINTERFACES);
    EXPECT_EQ(wanted[0].hr, S_OK);
    EXPECT_EQ(wanted[1].hr, E_NOINTERFACE);
    EXPECT_EQ(wanted[1].pItf, nullptr);
    EXPECT_TRUE(has_line(lola.servers_log(), {"warning", iid, "has no proxy"})) << "the server, which could not marshal it";
    auto calc = ComPtr<IUnknown>::attach(wanted[0].pItf);
    OwnLog log;
    void* none = this;
    EXPECT_EQ(calc->QueryInterface(IID_IUnmarshalable, &none), E_NOINTERFACE);
    EXPECT_EQ(none, nullptr);
    EXPECT_TRUE(has_line(log.take(), {"warning", iid, "has no proxy"})) << "the client, which could not use it";
}

TEST_F(FailuresOfServers, DeadServerIsToldWithinASecondAndTheLogSaysWhich) {
    for (const DWORD kind : {DWORD{COINIT_MULTITHREADED}, DWORD{COINIT_APARTMENTTHREADED}}) {
        InApartment joined(kind);
        auto peer = create_on<IPeer>(lola.name());
        ASSERT_TRUE(peer);
        LONG process = 0;
        ASSERT_EQ(peer->Process(&process), S_OK);
        Watched server(process);
        server.kill();
        ASSERT_TRUE(server.ends_within(10s));
        OwnLog log;
        const auto start = Clock::now();
        const HRESULT hr = peer->Process(&process);
        EXPECT_LT(Clock::now() - start, 1s);
        EXPECT_TRUE(hr == RPC_E_DISCONNECTED || hr == kUnavailable || hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED)) << std::hex << hr;
        EXPECT_TRUE(has_line(log.take(), {"warning", "IPeer", "ncacn_ip_tcp:127.0.0.1["})) << "interface and server";
    }
}

// A daemon that comes back ---------------------------------------------------------------------------------------------------

TEST(DaemonRestart, ReferencesAndClassesOfLivingServersAreRegisteredWithItAgain) {
    InApartment joined(COINIT_MULTITHREADED);
    Host lola({"--ping-period", "1", "--ping-count", "3"});
    lola.register_peer();
    auto peer = create_on<IPeer>(lola.name());
    ASSERT_TRUE(peer);
    LONG process = 0, again = 0;
    ASSERT_EQ(peer->Process(&process), S_OK);
    Watched server(process);
    lola.restart();
    // The server finds out with its next ping period, and then the class serves again without another process.
    const auto back = Clock::now();
    while (lola.logged("(process " + std::to_string(process) + ", local) registered") < 2 && Clock::now() - back < 15s) std::this_thread::sleep_for(20ms);
    EXPECT_EQ(lola.logged("(process " + std::to_string(process) + ", local) registered"), 2);
    auto other = create_on<IPeer>(lola.name());
    ASSERT_TRUE(other);
    EXPECT_EQ(other->Process(&again), S_OK);
    EXPECT_EQ(again, process);
    other.reset();
    EXPECT_FALSE(server.ends_within(8s)) << "our pings keep the object: more than two collection times of 3 s\n"
                                          << lola.log() << lola.servers_log();
    EXPECT_EQ(peer->Process(&again), S_OK);
    peer.reset();
    EXPECT_TRUE(server.ends_within(15s)) << "and our release ends it";
}

// A resolver says nothing of what it leaves out of a new set. Whoever pings while the other host's programs are on their way back to
// a new daemon would hold an object that no ping keeps.
TEST(DaemonRestart, SecondPingOfANewSetNamesItsObjectsOnceMore) {
    InApartment joined(COINIT_MULTITHREADED);
    FakeHost host;
    auto calc = create_on<ICalc>(host.name());
    ASSERT_TRUE(calc);
    const auto start = Clock::now();
    while (host.pings().size() < 3 && Clock::now() - start < 15s) std::this_thread::sleep_for(20ms);
    const auto pings = host.pings();
    ASSERT_GE(pings.size(), 3u);
    const std::vector<OID> object{static_cast<OID>(static_cast<std::uint64_t>(host.oxid) ^ 1)};
    EXPECT_EQ(pings[0].set, 0u);
    EXPECT_EQ(pings[0].add, object);
    EXPECT_EQ(pings[1].set, 1u) << "in the set that there is, where an unknown object is an error";
    EXPECT_EQ(pings[1].add, object);
    EXPECT_EQ(pings[2].add, std::vector<OID>{});
}

TEST(DaemonRestart, ServerIsRegisteredAgainAsSoonAsADaemonIsThereNotOnlyWithItsNextPingPeriod) {
    InApartment joined(COINIT_MULTITHREADED);
    Host lola;  // a ping period is 120 s
    lola.register_peer();
    auto peer = create_on<IPeer>(lola.name());
    ASSERT_TRUE(peer);
    LONG process = 0, again = 0;
    ASSERT_EQ(peer->Process(&process), S_OK);
    const auto registered = "(process " + std::to_string(process) + ", local) registered";
    for (int daemons = 2; daemons <= 3; ++daemons) {
        lola.restart();
        const auto back = Clock::now();
        while (lola.logged(registered) < daemons && Clock::now() - back < 20s) std::this_thread::sleep_for(5ms);
        EXPECT_EQ(lola.logged(registered), daemons);
        auto other = create_on<IPeer>(lola.name());
        ASSERT_TRUE(other);
        EXPECT_EQ(other->Process(&again), S_OK);
        EXPECT_EQ(again, process) << "no second server was started";
    }
}

TEST(DaemonRestart, ClassRegisteredRightBehindItIsTheNewDaemonsToo) {
    InApartment joined(COINIT_MULTITHREADED);
    auto object = ComPtr<Calc>::attach(new Calc);
    const CLSID first = new_guid(), second = new_guid();
    DWORD cookies[2]{};
    ASSERT_EQ(CoRegisterClassObject(first, static_cast<ICalc2*>(object.get()), CLSCTX_LOCAL_SERVER, REGCLS_SINGLEUSE, &cookies[0]), S_OK);
    own_host().restart();
    EXPECT_EQ(CoRegisterClassObject(second, static_cast<ICalc2*>(object.get()), CLSCTX_LOCAL_SERVER, REGCLS_SINGLEUSE, &cookies[1]), S_OK);
    std::thread([&] {
        InApartment other(COINIT_APARTMENTTHREADED);
        for (const auto& clsid : {first, second}) {
            ComPtr<ICalc> calc;  // single use: only the daemon can say where it is
            HRESULT hr = REGDB_E_CLASSNOTREG;
            for (const auto start = Clock::now(); hr == REGDB_E_CLASSNOTREG && Clock::now() - start < 20s;)
                hr = CoGetClassObject(clsid, CLSCTX_LOCAL_SERVER, nullptr, IID_ICalc, calc.put_void());
            EXPECT_EQ(hr, S_OK);
        }
    }).join();
    for (const DWORD cookie : cookies) EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
}

TEST(DaemonRestart, KilledClientsReferencesStillGoBehindIt) {
    Host lola({"--ping-period", "1", "--ping-count", "3"});
    lola.register_peer();
    Child client({ODC_PEER, "--hold", to_string(kPeerClass), lola.name()}, {});
    Watched server(std::atoi(client.read_line().c_str()));
    lola.restart();
    EXPECT_FALSE(server.ends_within(6s)) << "the client lives";
    client.signal(SIGKILL);
    client.wait();
    EXPECT_TRUE(server.ends_within(25s));
}

}  // namespace
}  // namespace odc::test
