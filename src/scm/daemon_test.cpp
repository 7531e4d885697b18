// The daemon from outside: over its local socket and over TCP on loopback, with server processes that it starts itself.
#include "scm/daemon.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <thread>

#include "localscm.h"
#include "objectexporter.h"
#include "orpc/activation_properties.h"
#include "orpc/objref.h"
#include "registry/class_records.h"
#include "remoteactivation.h"
#include "scm/callers.h"

#ifndef ODC_FAKE_SERVER
#define ODC_FAKE_SERVER "scm_fake_server"
#endif

namespace odc::scm {
namespace {

const Guid kPager{0x02B01C80, 0xE03D, 0x101A, {0xB2, 0x94, 0x00, 0xDD, 0x01, 0x0F, 0x2B, 0xF9}};
const Guid kUnknown{0, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

struct DaemonTest : testing::Test {
    std::string home = [] {
        char name[] = "/tmp/odc-dcomd-XXXXXX";
        return std::string(::mkdtemp(name));
    }();
    DaemonOptions options;
    std::unique_ptr<Daemon> daemon;

    DaemonTest() {
        options.instance = {home, home};
        options.servers_home = home;
        options.listen = {"127.0.0.1:0"};
        options.minimum_activation_level = 1;
        options.remote_uid = ::geteuid();
        auto opened = registry::Registry::open(options.instance.registry_file());
        EXPECT_TRUE(opened.ok());
        registry::Registry::set_current(*opened);
    }
    ~DaemonTest() override {
        daemon.reset();
        registry::Registry::set_current(nullptr);
        std::filesystem::remove_all(home);
    }
    void start() {
        auto started = Daemon::start(options);
        ASSERT_TRUE(started.ok()) << started.error().text();
        daemon = started.take();
    }
    void register_class(const std::string& mode, const std::string& program = ODC_FAKE_SERVER) {
        const auto key = registry::KeyPath::parse("HKLM\\SOFTWARE\\Classes\\CLSID\\" + to_string(kPager) + "\\LocalServer32");
        const auto command = program.find(' ') == std::string::npos
                                 ? fmt::format("\"{}\" --mode {} {}", program, mode, to_string(kPager))
                                 : program;
        const auto current = registry::Registry::current();
        ASSERT_TRUE((*current)->set_value(*key, registry::Value::text("", command)).ok());
    }
    rpc::Binding local() const { return rpc::Binding(daemon->endpoints().at(0)); }
    rpc::Binding tcp() const { return rpc::Binding(daemon->endpoints().at(1)); }

    struct Answer {
        HRESULT hr = E_FAIL;
        orpc::ActivationReply reply;
    };
    static Answer create(const rpc::Binding& binding, COMVERSION version = {5, 7}) {
        orpc::ActivationRequest request;
        request.clsid = kPager;
        request.iids = {kUnknown};
        const auto bytes = orpc::write_activation_request(request);
        ndr::Arena arena;
        MInterfacePointer* in = to_wire(*bytes, arena);
        ORPCTHIS head{};
        head.version = version;
        ORPCTHAT tail{};
        MInterfacePointer* out = nullptr;
        const auto hr = IRemoteSCMActivator_client(binding).RemoteCreateInstance(&head, &tail, nullptr, in, &out);
        Answer answer;
        answer.hr = hr ? *hr : hr.code();
        if (out) {
            const auto reply = orpc::read_activation_reply({out->abData, out->ulCntData});
            EXPECT_TRUE(reply.ok());
            if (reply) answer.reply = *reply;
            ndr::task_memory().release(out);
        }
        return answer;
    }
};

TEST_F(DaemonTest, LocalClientGetsAnInstanceOfAServerStartedForIt) {
    register_class("multi");
    start();
    const auto first = create(local());
    ASSERT_EQ(first.hr, S_OK);
    ASSERT_EQ(first.reply.bindings.strings.size(), 1u);
    EXPECT_EQ(first.reply.bindings.strings[0].tower, orpc::kTowerLocal);
    ByteReader in(first.reply.interfaces.at(0).objref);
    const auto objref = orpc::ObjRef::read(in);
    ASSERT_TRUE(objref.ok());
    EXPECT_EQ(objref->standard()->oxid, first.reply.oxid);
    EXPECT_EQ(create(local()).reply.oxid, first.reply.oxid);
}

TEST_F(DaemonTest, RemoteClientGetsTcpBindingsThatResolveToo) {
    register_class("multi");
    start();
    const auto answer = create(tcp());
    ASSERT_EQ(answer.hr, S_OK);
    ASSERT_EQ(answer.reply.bindings.strings.size(), 1u);
    EXPECT_EQ(answer.reply.bindings.strings[0].tower, orpc::kTowerTcp);
    EXPECT_TRUE(answer.reply.bindings.strings[0].address.starts_with("127.0.0.1["));
    OXID oxid = static_cast<OXID>(answer.reply.oxid);
    USHORT protseqs[] = {orpc::kTowerTcp};
    DUALSTRINGARRAY* bindings = nullptr;
    IPID ipid{};
    DWORD hint = 0;
    COMVERSION version{};
    const auto resolved = IObjectExporter_client(tcp()).ResolveOxid2(&oxid, 1, protseqs, &bindings, &ipid, &hint, &version);
    ASSERT_TRUE(resolved.ok());
    ASSERT_EQ(*resolved, 0u);
    EXPECT_EQ(*from_wire(*bindings), answer.reply.bindings);
    EXPECT_EQ(orpc::Ipid{ipid}, answer.reply.rem_unknown);
    ndr::task_memory().release(bindings);
}

TEST_F(DaemonTest, HundredClientsWaitForOneServer) {
    register_class("multi");
    start();
    std::atomic<int> served{0};
    std::vector<std::thread> clients;
    for (int i = 0; i < 100; ++i)
        clients.emplace_back([&] {
            if (create(local()).hr == S_OK) ++served;
        });
    for (auto& client : clients) client.join();
    EXPECT_EQ(served, 100);
    EXPECT_EQ(daemon->scm().processes.size(), 1u);
}

TEST_F(DaemonTest, SingleUseServersServeOneClientEach) {
    register_class("single");
    start();
    const auto first = create(local());
    const auto second = create(local());
    ASSERT_EQ(first.hr, S_OK);
    ASSERT_EQ(second.hr, S_OK);
    EXPECT_NE(first.reply.oxid, second.reply.oxid);
}

TEST_F(DaemonTest, SuspendedClassServesOnceItIsResumed) {
    register_class("suspended");
    start();
    EXPECT_EQ(create(local()).hr, S_OK);
}

TEST_F(DaemonTest, ServerThatExitsFirstFailsAtOnce) {
    register_class("exit");
    start();
    EXPECT_EQ(create(local()).hr, CO_E_SERVER_EXEC_FAILURE);
}

TEST_F(DaemonTest, ServerThatNeverRegistersIsEnded) {
    register_class("never");
    options.launch.timeout = std::chrono::milliseconds(300);
    start();
    EXPECT_EQ(create(local()).hr, CO_E_SERVER_EXEC_FAILURE);
    EXPECT_EQ(daemon->scm().activator().pending_launches(), 0u);
}

TEST_F(DaemonTest, MissingProgramIsAnExecFailure) {
    register_class("", "/no/such/server x");
    start();
    EXPECT_EQ(create(local()).hr, CO_E_SERVER_EXEC_FAILURE);
}

TEST_F(DaemonTest, ServerThatDiesInTheCallGivesAnErrorAndANewOneIsStarted) {
    register_class("die");
    start();
    EXPECT_TRUE(FAILED(create(local()).hr));
    register_class("multi");
    EXPECT_EQ(create(local()).hr, S_OK);
}

TEST_F(DaemonTest, UnknownClassIsNotRegistered) {
    start();
    EXPECT_EQ(create(local()).hr, REGDB_E_CLASSNOTREG);
    EXPECT_EQ(create(tcp()).hr, REGDB_E_CLASSNOTREG);
}

TEST_F(DaemonTest, NewerClientIsAVersionMismatch) {
    start();
    EXPECT_EQ(create(tcp(), {5, 8}).hr, RPC_E_VERSION_MISMATCH);
    EXPECT_EQ(create(tcp(), {6, 1}).hr, RPC_E_VERSION_MISMATCH);
}

TEST_F(DaemonTest, UnauthenticatedActivationIsDeniedByDefault) {
    options.minimum_activation_level = 5;
    register_class("multi");
    start();
    EXPECT_EQ(create(tcp()).hr, E_ACCESSDENIED);
    EXPECT_EQ(create(local()).hr, S_OK);
}

TEST_F(DaemonTest, RootStartsNoServerForOtherHostsUnlessItIsSaidAsWhom) {
    options.remote_uid.reset();
    register_class("multi");
    start();
    const bool root = ::geteuid() == 0;
    EXPECT_EQ(create(tcp()).hr, root ? E_ACCESSDENIED : S_OK);
    EXPECT_EQ(daemon->scm().processes.size(), root ? 0u : 1u);
    EXPECT_EQ(create(local()).hr, S_OK);
    EXPECT_EQ(create(tcp()).hr, S_OK);
}

TEST_F(DaemonTest, MissingActivationPropertiesAreAnInvalidObjref) {
    start();
    ORPCTHIS head{};
    head.version = {5, 7};
    ORPCTHAT tail{};
    MInterfacePointer* out = nullptr;
    const auto hr = IRemoteSCMActivator_client(tcp()).RemoteGetClassObject(&head, &tail, nullptr, &out);
    ASSERT_TRUE(hr.ok());
    EXPECT_EQ(*hr, RPC_E_INVALID_OBJREF);
}

TEST_F(DaemonTest, LocalScmIsNotServedOverTcp) {
    start();
    DWORD period = 0, count = 0;
    EXPECT_FALSE(ILocalScm_client(tcp()).GetPingTimes(&period, &count).ok());
    const auto asked = ILocalScm_client(local()).GetPingTimes(&period, &count);
    ASSERT_TRUE(asked.ok());
    EXPECT_EQ(period, 120u);
    EXPECT_EQ(count, 3u);
}

TEST_F(DaemonTest, ResolverSaysItsVersionAndWhereItIs) {
    start();
    COMVERSION version{};
    DUALSTRINGARRAY* bindings = nullptr;
    DWORD reserved = 1;
    const auto alive = IObjectExporter_client(tcp()).ServerAlive2(&version, &bindings, &reserved);
    ASSERT_TRUE(alive.ok());
    EXPECT_EQ(version.MinorVersion, 7);
    EXPECT_EQ(reserved, 0u);
    const auto said = from_wire(*bindings);
    ASSERT_EQ(said->strings.size(), 1u);
    EXPECT_EQ(said->strings[0].address, "127.0.0.1[" + daemon->endpoints().at(1).endpoint + "]");
    ndr::task_memory().release(bindings);
}

TEST_F(DaemonTest, PingSetHoldsObjectsOfALivingProcessOnly) {
    register_class("multi");
    start();
    const auto answer = create(local());
    ByteReader in(answer.reply.interfaces.at(0).objref);
    const auto objref = orpc::ObjRef::read(in);
    OID oid = static_cast<OID>(objref->standard()->oid);
    OID foreign = oid ^ (OID{1} << 40);
    SETID set = 0;
    USHORT backoff = 1;
    IObjectExporter_client client(tcp());
    ASSERT_EQ(*client.ComplexPing(&set, 1, 1, 0, &oid, nullptr, &backoff), 0u);
    EXPECT_NE(set, 0u);
    EXPECT_EQ(*client.SimplePing(&set), 0u);
    EXPECT_EQ(*client.ComplexPing(&set, 2, 1, 0, &foreign, nullptr, &backoff), static_cast<error_status_t>(OR_INVALID_OID));
    SETID wrong = set + 1;
    EXPECT_EQ(*client.SimplePing(&wrong), static_cast<error_status_t>(OR_INVALID_SET));
}

TEST_F(DaemonTest, SecondDaemonOfAnInstanceIsRefused) {
    start();
    EXPECT_EQ(Daemon::start(options).code(), HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS));
}

TEST_F(DaemonTest, EverythingOfAKilledServerGoes) {
    register_class("multi");
    start();
    const auto answer = create(local());
    ASSERT_EQ(answer.hr, S_OK);
    const auto exporter = daemon->scm().processes.exporter(answer.reply.oxid);
    ASSERT_TRUE(exporter.ok());
    const auto pid = exporter->process->pid();
    ::kill(pid, SIGKILL);
    while (daemon->scm().processes.find(pid)) std::this_thread::yield();  // until the daemon has seen it
    EXPECT_FALSE(daemon->scm().processes.exporter(answer.reply.oxid).ok());
    while (daemon->scm().classes.size() != 0) std::this_thread::yield();
    const auto second = create(local());
    EXPECT_EQ(second.hr, S_OK);
    EXPECT_NE(second.reply.oxid, answer.reply.oxid);
}

TEST_F(DaemonTest, IdleOnlyWithoutProcessesAndClasses) {
    register_class("multi");
    start();
    EXPECT_TRUE(daemon->scm().idle_since());
    ASSERT_EQ(create(local()).hr, S_OK);
    EXPECT_FALSE(daemon->scm().idle_since());
}

TEST(ListenAddress, TakesItsForms) {
    const auto parsed = [](const std::string& text) {
        const auto endpoint = parse_listen_address(text);
        return endpoint ? endpoint->host + "|" + endpoint->endpoint : "refused";
    };
    EXPECT_EQ(parsed(""), "|135");
    EXPECT_EQ(parsed("10.0.0.1"), "10.0.0.1|135");
    EXPECT_EQ(parsed("10.0.0.1:0"), "10.0.0.1|0");
    EXPECT_EQ(parsed(":4000"), "|4000");
    EXPECT_EQ(parsed("::1"), "::1|135");
    EXPECT_EQ(parsed("[::1]:7"), "::1|7");
    EXPECT_EQ(parsed("[::1]"), "::1|135");
    EXPECT_EQ(parsed("10.0.0.1:"), "refused");
    EXPECT_EQ(parsed("10.0.0.1:65536"), "refused");
    EXPECT_EQ(parsed("[::1"), "refused");
}

}  // namespace
}  // namespace odc::scm
