#include "scm/activator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace odc::scm {
namespace {

const Guid kPager{0x11111111, 0, 0, {}};
const Guid kIPager{0x22222222, 0, 0, {}};
constexpr std::uint64_t kTag = 0x00000BADCAFEull;
constexpr std::uint32_t kUser = 1000;

/// What a server process does when the daemon calls it; shared with the test.
struct FakeServer {
    std::function<Result<ServerAnswer>(const ServerActivation&)> on_activate = [](const ServerActivation& activation) {
        ServerAnswer answer;
        for (const auto& iid : activation.iids) answer.interfaces.push_back({iid, S_OK, {1, 2, 3}});
        return answer;
    };
    std::atomic<int> activations{0};
    std::atomic<int> tcp_calls{0};
    ServerActivation last;
};

class FakeCalls : public ServerCalls {
  public:
    explicit FakeCalls(std::shared_ptr<FakeServer> server) : server_(std::move(server)) {}
    Result<ServerAnswer> activate(const ServerActivation& activation) override {
        ++server_->activations;
        server_->last = activation;
        return server_->on_activate(activation);
    }
    Result<orpc::DualStringArray> use_tcp(const std::string& address) override {
        ++server_->tcp_calls;
        return orpc::DualStringArray{{{orpc::kTowerTcp, address + "[4711]"}}, {}};
    }

  private:
    std::shared_ptr<FakeServer> server_;
};

struct ActivatorTest : testing::Test {
    ClassTable classes;
    ProcessTable processes;
    std::map<Guid, ServerRecord, GuidLess> registry;
    std::atomic<int> launches{0};
    std::atomic<int> ended{0};
    std::function<void(std::uint32_t uid)> on_launch = [](std::uint32_t) {};
    std::function<void(const std::string&)> on_end;
    ActivatorOptions options{5, kUser, kUser, "10.0.0.1", {std::chrono::minutes(2), 32, 4}};
    std::unique_ptr<Activator> activator;

    Activator& make() {
        Activator::World world;
        world.find_server = [this](const Guid& clsid) -> Result<ServerRecord> {
            const auto found = registry.find(clsid);
            if (found == registry.end()) return fail(REGDB_E_CLASSNOTREG, "no such class");
            return found->second;
        };
        world.launch = [this](const ServerRecord&, std::uint32_t uid, std::function<void(const std::string&)> end) -> Result<pid_t> {
            ++launches;
            on_end = std::move(end);
            on_launch(uid);
            return 4711;
        };
        world.end_group = [this](pid_t pid) { ended = pid; };
        world.find_user = [](const std::string& name) -> Result<std::uint32_t> {
            if (name == "service") return 77u;
            return fail(CO_E_RUNAS_LOGON_FAILURE, "no such user");
        };
        activator = std::make_unique<Activator>(options, classes, processes, std::move(world));
        return *activator;
    }
    /// A server process comes up and registers the class.
    std::shared_ptr<FakeServer> serve(std::int32_t pid = 7, std::uint32_t flags = kMultipleUse, std::uint32_t uid = kUser) {
        auto server = std::make_shared<FakeServer>();
        const std::uint64_t tag = kTag + static_cast<std::uint64_t>(pid);
        std::shared_ptr<ServerProcess> replaced;
        EXPECT_TRUE(processes
                        .connect(std::make_shared<ServerProcess>(pid, uid, tag, "/run/p" + std::to_string(pid),
                                                                 std::make_unique<FakeCalls>(server)),
                                 replaced)
                        .ok());
        EXPECT_TRUE(processes.add_apartment(pid, orpc::make_oxid(tag, 1), orpc::Ipid{kIPager}, 2).ok());
        const auto registration = classes.add(kPager, orpc::make_oxid(tag, 1), flags, pid, uid);
        if (activator) activator->class_registered(*registration);
        return server;
    }
    static Caller local(std::uint32_t uid = kUser) { return {true, uid, 99, "", 6, ""}; }
    static Caller remote(unsigned level) { return {false, ~0u, 0, "10.0.0.9", level, ""}; }
    static Activation wanted(Caller caller = local()) {
        Activation activation;
        activation.caller = std::move(caller);
        activation.clsid = kPager;
        activation.iids = {kIPager};
        return activation;
    }
};

TEST_F(ActivatorTest, RunningClassTakesOneCallAndNoLaunch) {
    make();
    const auto server = serve();
    const auto reply = activator->activate(wanted());
    ASSERT_TRUE(reply.ok()) << reply.error().text();
    EXPECT_EQ(server->activations, 1);
    EXPECT_EQ(server->tcp_calls, 0);
    EXPECT_EQ(launches, 0);
    EXPECT_EQ(reply->bindings.strings.at(0).tower, orpc::kTowerLocal);
    EXPECT_EQ(reply->interfaces.at(0).objref, (orpc::ObjrefBytes{1, 2, 3}));
    EXPECT_FALSE(server->last.remote);
}

TEST_F(ActivatorTest, RemoteClientGetsTcpBindingsAskedForOnce) {
    make();
    const auto server = serve();
    for (int i = 0; i < 2; ++i) {
        const auto reply = activator->activate(wanted(remote(5)));
        ASSERT_TRUE(reply.ok());
        ASSERT_EQ(reply->bindings.strings.size(), 1u);
        EXPECT_EQ(reply->bindings.strings[0].address, "10.0.0.1[4711]");
    }
    EXPECT_EQ(server->tcp_calls, 1);
    EXPECT_TRUE(server->last.remote);
}

TEST_F(ActivatorTest, UnknownClassIsNotRegistered) { EXPECT_EQ(make().activate(wanted()).code(), REGDB_E_CLASSNOTREG); }

TEST_F(ActivatorTest, LevelBelowTheMinimumIsDenied) {
    make();
    EXPECT_EQ(activator->may_activate(remote(4)).code(), E_ACCESSDENIED);
    EXPECT_TRUE(activator->may_activate(remote(5)).ok());
    EXPECT_TRUE(activator->may_activate(local()).ok());
    options.minimum_level = 1;
    EXPECT_TRUE(make().may_activate(remote(1)).ok());
}

TEST_F(ActivatorTest, NewerClientIsAVersionMismatch) {
    make();
    serve();
    auto activation = wanted();
    for (const auto version : {orpc::ComVersion{5, 8}, {4, 7}, {6, 0}}) {
        activation.client_version = version;
        EXPECT_EQ(activator->activate(activation).code(), RPC_E_VERSION_MISMATCH);
    }
    activation.client_version = {5, 1};
    EXPECT_TRUE(activator->activate(activation).ok());
}

TEST_F(ActivatorTest, NumberOfInterfacesIsChecked) {
    make();
    auto activation = wanted();
    activation.iids.clear();
    EXPECT_EQ(activator->activate(activation).code(), HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA));
    activation.iids.resize(0x8001);
    EXPECT_EQ(activator->activate(activation).code(), HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA));
}

TEST_F(ActivatorTest, ServerIsStartedAndItsRegistrationAwaited) {
    make();
    registry[kPager] = {"/bin/pager", "", ""};
    on_launch = [&](std::uint32_t uid) {
        EXPECT_EQ(uid, kUser);
        serve();
    };
    EXPECT_TRUE(activator->activate(wanted()).ok());
    EXPECT_TRUE(activator->activate(wanted()).ok());
    EXPECT_EQ(launches, 1);
}

TEST_F(ActivatorTest, SuspendedClassIsAwaitedUntilItIsResumed) {
    make();
    registry[kPager] = {"/bin/pager", "", ""};
    std::promise<void> registered;
    on_launch = [&](std::uint32_t) {
        serve(7, kMultipleUse | kSuspended);
        registered.set_value();
    };
    auto client = std::async(std::launch::async, [&] { return activator->activate(wanted()); });
    registered.get_future().wait();
    for (const auto& resumed : classes.resume(7)) activator->class_registered(resumed);
    EXPECT_TRUE(client.get().ok());
    EXPECT_EQ(launches, 1);
}

TEST_F(ActivatorTest, SingleUseClassGetsOneServerPerClient) {
    make();
    registry[kPager] = {"/bin/pager", "", ""};
    std::atomic<int> next_pid{10};
    on_launch = [&](std::uint32_t) { serve(next_pid++, kSingleUse); };
    std::vector<std::future<Result<orpc::ActivationReply>>> clients;
    for (int i = 0; i < 8; ++i) clients.push_back(std::async(std::launch::async, [&] { return activator->activate(wanted()); }));
    std::set<orpc::Oxid> exporters;
    for (auto& client : clients) exporters.insert(client.get()->oxid);
    EXPECT_EQ(exporters.size(), 8u);
    EXPECT_EQ(launches, 8);
}

TEST_F(ActivatorTest, DeadServerIsReplacedByANewOne) {
    make();
    registry[kPager] = {"/bin/pager", "", ""};
    serve(7)->on_activate = [](const auto&) -> Result<ServerAnswer> { return fail_win32(RPC_S_SERVER_UNAVAILABLE, "gone"); };
    on_launch = [&](std::uint32_t) { serve(8); };
    const auto reply = activator->activate(wanted());
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->oxid, orpc::make_oxid(kTag + 8, 1));
}

TEST_F(ActivatorTest, StoppingClassObjectIsNotAskedAgain) {
    make();
    const auto server = serve();
    server->on_activate = [](const auto&) -> Result<ServerAnswer> { return ServerAnswer{CO_E_SERVER_STOPPING, {}}; };
    EXPECT_EQ(activator->activate(wanted()).code(), REGDB_E_CLASSNOTREG);
    EXPECT_EQ(server->activations, 1);
}

TEST_F(ActivatorTest, ServerThatDiesInTheCallIsTheClientsError) {
    make();
    registry[kPager] = {"/bin/pager", "", ""};
    serve()->on_activate = [](const auto&) -> Result<ServerAnswer> { return fail_win32(RPC_S_CALL_FAILED, "connection lost"); };
    EXPECT_EQ(activator->activate(wanted()).code(), HRESULT_FROM_WIN32(RPC_S_CALL_FAILED));
    EXPECT_EQ(launches, 0);
}

TEST_F(ActivatorTest, ErrorOfTheClassObjectIsHandedOn) {
    make();
    serve()->on_activate = [](const auto&) -> Result<ServerAnswer> { return ServerAnswer{E_NOINTERFACE, {}}; };
    EXPECT_EQ(activator->activate(wanted()).code(), E_NOINTERFACE);
}

TEST_F(ActivatorTest, ServerThatExitsWithoutRegisteringFailsAtOnce) {
    make();
    registry[kPager] = {"/bin/false", "", ""};
    on_launch = [&](std::uint32_t) { on_end("exited with status 1"); };
    EXPECT_EQ(activator->activate(wanted()).code(), CO_E_SERVER_EXEC_FAILURE);
}

TEST_F(ActivatorTest, ServerThatNeverRegistersIsEnded) {
    options.launch.timeout = std::chrono::milliseconds(1);
    make();
    registry[kPager] = {"/bin/sleep 1000", "", ""};
    EXPECT_EQ(activator->activate(wanted()).code(), CO_E_SERVER_EXEC_FAILURE);
    EXPECT_EQ(ended, 4711);
}

TEST_F(ActivatorTest, RootsDaemonStartsServersAsTheirClient) {
    options.daemon_uid = 0;
    options.remote_uid = 65534;
    make();
    registry[kPager] = {"/bin/pager", "", ""};
    std::vector<std::uint32_t> uids;
    on_launch = [&](std::uint32_t uid) {
        uids.push_back(uid);
        serve(static_cast<std::int32_t>(uid), kMultipleUse, uid);
    };
    EXPECT_TRUE(activator->activate(wanted(local(1000))).ok());
    EXPECT_TRUE(activator->activate(wanted(local(1001))).ok());
    EXPECT_TRUE(activator->activate(wanted(remote(6))).ok());
    EXPECT_TRUE(activator->activate(wanted(local(1001))).ok());
    EXPECT_THAT(uids, testing::ElementsAre(1000, 1001, 65534));
}

TEST_F(ActivatorTest, RemoteClientDoesNotStartServersAsRootUnasked) {
    options.daemon_uid = 0;
    options.remote_uid.reset();
    make();
    registry[kPager] = {"/bin/pager", "", ""};
    on_launch = [&](std::uint32_t uid) { serve(7, kMultipleUse, uid); };
    const auto refused = activator->activate(wanted(remote(6)));
    EXPECT_EQ(refused.code(), E_ACCESSDENIED);
    EXPECT_NE(refused.error().text().find("--remote-user"), std::string::npos) << refused.error().text();
    EXPECT_EQ(launches, 0);
    EXPECT_TRUE(activator->activate(wanted(local(0))).ok());
    EXPECT_EQ(launches, 1);
    EXPECT_TRUE(activator->activate(wanted(remote(6))).ok()) << "what runs already serves other hosts as well";
    EXPECT_EQ(launches, 1);
}

TEST_F(ActivatorTest, RemoteClientStartsServersAsRootWhereThatIsSaid) {
    options.daemon_uid = 0;
    options.remote_uid = 0;
    make();
    registry[kPager] = {"/bin/pager", "", ""};
    on_launch = [&](std::uint32_t uid) { serve(7, kMultipleUse, uid); };
    EXPECT_TRUE(activator->activate(wanted(remote(6))).ok());
    EXPECT_EQ(launches, 1);
}

TEST_F(ActivatorTest, UsersDaemonStartsServersOfRemoteClientsAsItself) {
    options.remote_uid.reset();
    make();
    registry[kPager] = {"/bin/pager", "", ""};
    on_launch = [&](std::uint32_t uid) {
        EXPECT_EQ(uid, kUser);
        serve(7, kMultipleUse, uid);
    };
    EXPECT_TRUE(activator->activate(wanted(remote(6))).ok());
}

TEST_F(ActivatorTest, RunAsUserServesEveryClient) {
    options.daemon_uid = 0;
    make();
    registry[kPager] = {"/bin/pager", "", "service"};
    on_launch = [&](std::uint32_t uid) {
        EXPECT_EQ(uid, 77u);
        serve(7, kMultipleUse, uid);
    };
    EXPECT_TRUE(activator->activate(wanted(local(1000))).ok());
    EXPECT_TRUE(activator->activate(wanted(local(1001))).ok());
    EXPECT_EQ(launches, 1);
}

TEST_F(ActivatorTest, UnknownRunAsUserIsALogonFailure) {
    make();
    registry[kPager] = {"/bin/pager", "", "nobody-here"};
    EXPECT_EQ(activator->activate(wanted()).code(), CO_E_RUNAS_LOGON_FAILURE);
    EXPECT_EQ(launches, 0);
}

TEST_F(ActivatorTest, ClientThatForbidsItsIdentityIsDeniedWhereTheServerWouldTakeIt) {
    options.daemon_uid = 0;
    make();
    registry[kPager] = {"/bin/pager", "", ""};
    auto activation = wanted();
    activation.flags = orpc::kActivateDisableAaa;
    EXPECT_EQ(activator->activate(activation).code(), E_ACCESSDENIED);
}

TEST_F(ActivatorTest, ForeignSessionIsALogonFailure) {
    make();
    serve();
    auto activation = wanted();
    activation.session_id = 3;
    EXPECT_EQ(activator->activate(activation).code(), CO_E_RUNAS_LOGON_FAILURE);
    activation.console_session = true;
    EXPECT_TRUE(activator->activate(activation).ok());
}

TEST(ProcessTable, TagOfALivingProcessIsRefused) {
    ProcessTable table;
    std::shared_ptr<ServerProcess> replaced;
    const auto process = [](std::int32_t pid, std::uint64_t tag) {
        return std::make_shared<ServerProcess>(pid, kUser, tag, "/x", nullptr);
    };
    ASSERT_TRUE(table.connect(process(7, kTag), replaced).ok());
    EXPECT_EQ(table.connect(process(8, kTag), replaced).code(), HRESULT_FROM_WIN32(OR_INVALID_OXID));
    EXPECT_EQ(table.connect(process(8, kTag | 0x100000000ull), replaced).code(), HRESULT_FROM_WIN32(OR_INVALID_OXID));
    ASSERT_TRUE(table.remove(7));
    EXPECT_TRUE(table.connect(process(8, kTag), replaced).ok());
}

TEST(ProcessTable, ApartmentsCarryTheTagAndGoWithTheProcess) {
    ProcessTable table;
    std::shared_ptr<ServerProcess> replaced;
    const auto first = std::make_shared<ServerProcess>(7, kUser, kTag, "/x", nullptr);
    ASSERT_TRUE(table.connect(first, replaced).ok());
    const auto oxid = orpc::make_oxid(kTag, 3);
    EXPECT_FALSE(table.add_apartment(8, oxid, {}, 0).ok());
    EXPECT_FALSE(table.add_apartment(7, orpc::make_oxid(kTag + 1, 3), {}, 0).ok());
    ASSERT_TRUE(table.add_apartment(7, oxid, {}, 0).ok());
    EXPECT_TRUE(table.exporter(oxid).ok());
    EXPECT_TRUE(table.has_object(orpc::make_oid(kTag, 1)));
    EXPECT_FALSE(table.has_object(orpc::make_oid(kTag + 1, 1)));
    EXPECT_FALSE(table.remove_apartment(8, oxid).ok());
    EXPECT_EQ(table.remove(7, nullptr), first);
    EXPECT_EQ(table.exporter(oxid).code(), HRESULT_FROM_WIN32(OR_INVALID_OXID));
    EXPECT_FALSE(table.has_object(orpc::make_oid(kTag, 1)));
}

TEST(ProcessTable, ProcessThatStartsOverReplacesItself) {
    ProcessTable table;
    std::shared_ptr<ServerProcess> replaced;
    const auto first = std::make_shared<ServerProcess>(7, kUser, kTag, "/x", nullptr);
    const auto second = std::make_shared<ServerProcess>(7, kUser, kTag + 5, "/x", nullptr);
    ASSERT_TRUE(table.connect(first, replaced).ok());
    ASSERT_TRUE(table.connect(second, replaced).ok());
    EXPECT_EQ(replaced, first);
    EXPECT_EQ(table.size(), 1u);
    EXPECT_EQ(table.remove(7, first.get()), nullptr);
}

}  // namespace
}  // namespace odc::scm
