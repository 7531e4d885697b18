// Behaviour 64: channel hooks, between the apartments of a process and on the wire both ways. A program of its own: a hook cannot be taken
// back.
#include "marshaling.h"
#include "hosts.h"
#include "work_call.h"

extern "C" const odc::com::ProxyFile work_ProxyFile;

namespace odc::test {

std::vector<std::string> own_host_options() { return {}; }

namespace {

constexpr GUID kOurs = {0x5C1E7A64, 0x3B0E, 0x4F5B, {0x9C, 0x41, 0x0D, 0x9A, 0x2C, 0x6E, 0x7A, 0x01}};
constexpr GUID kEcho = {0x5C1E7A63, 0x3B0E, 0x4F5B, {0x9C, 0x41, 0x0D, 0x9A, 0x2C, 0x6E, 0x7A, 0x01}};  // com_peer's

/// What a hook was told, one line a time, and what it sends along. One thread at a time: a caller waits for its callee.
struct Record {
    std::vector<std::string> steps;
    std::vector<SChannelHookCallInfo> calls;
    std::string request, reply;            ///< to send
    std::string got_request, got_reply;
    std::vector<HRESULT> faults;
};

class Hook final : public implements<IChannelHook> {
  public:
    explicit Hook(Record& record, const GUID& extension) : record_(record), extension_(extension) {}
    void STDMETHODCALLTYPE ClientGetSize(REFGUID extension, REFIID call, ULONG* size) override {
        note("client size", extension, call);
        *size = static_cast<ULONG>(record_.request.size());
    }
    void STDMETHODCALLTYPE ClientFillBuffer(REFGUID extension, REFIID call, ULONG* size, void* data) override {
        note("client fill", extension, call);
        *size = static_cast<ULONG>(record_.request.copy(static_cast<char*>(data), *size));
    }
    void STDMETHODCALLTYPE ClientNotify(REFGUID extension, REFIID call, ULONG size, void* data, DWORD representation, HRESULT fault) override {
        note("client notify", extension, call);
        EXPECT_EQ(representation, 0x10u);
        EXPECT_EQ(size == 0, data == nullptr);
        record_.got_reply.assign(static_cast<const char*>(data), size);
        record_.faults.push_back(fault);
    }
    void STDMETHODCALLTYPE ServerNotify(REFGUID extension, REFIID call, ULONG size, void* data, DWORD representation) override {
        note("server notify", extension, call);
        EXPECT_EQ(representation, 0x10u);
        record_.got_request.assign(static_cast<const char*>(data), size);
    }
    void STDMETHODCALLTYPE ServerGetSize(REFGUID extension, REFIID call, HRESULT, ULONG* size) override {
        note("server size", extension, call);
        *size = static_cast<ULONG>(record_.reply.size());
    }
    void STDMETHODCALLTYPE ServerFillBuffer(REFGUID extension, REFIID call, ULONG* size, void* data, HRESULT) override {
        note("server fill", extension, call);
        *size = static_cast<ULONG>(record_.reply.copy(static_cast<char*>(data), *size));
    }

  private:
    void note(const char* step, REFGUID extension, REFIID call) {
        EXPECT_EQ(extension, extension_);
        const auto& info = *reinterpret_cast<const SChannelHookCallInfo*>(&call);
        EXPECT_EQ(info.cbSize, sizeof info);
        record_.steps.push_back(step);
        record_.calls.push_back(info);
    }
    Record& record_;
    const GUID extension_;
};

Record& ours() {
    static Record record;
    return record;
}
Record& echo() {
    static Record record;
    return record;
}

class Hooks : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        EXPECT_EQ(CoRegisterChannelHook(kOurs, nullptr), E_INVALIDARG);
        EXPECT_EQ(CoRegisterChannelHook(kOurs, ComPtr<Hook>::attach(new Hook(ours(), kOurs)).get()), S_OK);
        EXPECT_EQ(CoRegisterChannelHook(kEcho, ComPtr<Hook>::attach(new Hook(echo(), kEcho)).get()), S_OK);
    }
    void SetUp() override {
        com::register_proxy_file(calc_ProxyFile);
        com::register_proxy_file(work_ProxyFile);
        ours() = {};
        echo() = {};
    }
};

using Steps = std::vector<std::string>;

/// `body` in a single-threaded apartment, on an object of the multithreaded one.
template <class Object, class Body>
void across_apartments(Object* object, Body body) {
    const auto stream = marshal(static_cast<ICalc*>(object));
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        auto calc = unmarshal(stream.get());
        ours() = {};
        body(*calc);
    });
}

TEST_F(Hooks, B64_EachIsCalledOnceEachWayWithWhatTheCallIs) {
    Joined joined(COINIT_MULTITHREADED);
    auto object = ComPtr<Watching>::attach(new Watching);
    across_apartments(object.get(), [&](ICalc& calc) {
        ours().request = "there";
        ours().reply = "and back";
        LONG sum = 0;
        EXPECT_EQ(calc.Add(1, 2, &sum), S_OK);
        EXPECT_EQ(sum, 3);
        EXPECT_EQ(ours().steps, (Steps{"client size", "client fill", "server notify", "server size", "server fill", "client notify"}));
        EXPECT_EQ(ours().got_request, "there");
        EXPECT_EQ(ours().got_reply, "and back");
        EXPECT_EQ(ours().faults, std::vector<HRESULT>{S_OK});
        for (std::size_t i = 0; i < ours().calls.size(); ++i) {
            const auto& call = ours().calls[i];
            EXPECT_EQ(call.iid, IID_ICalc);
            EXPECT_EQ(call.iMethod, 3u);
            EXPECT_EQ(call.dwServerPid, static_cast<DWORD>(::getpid()));
            EXPECT_EQ(call.uCausality, ours().calls[0].uCausality);
            const bool server = ours().steps[i].starts_with("server");
            EXPECT_EQ(call.pObject, server ? static_cast<void*>(static_cast<IUnknown*>(static_cast<ICalc*>(object.get()))) : nullptr) << ours().steps[i];
        }
    });
}

TEST_F(Hooks, B64_NothingToSendIsNotAskedFor) {
    Joined joined(COINIT_MULTITHREADED);
    auto object = ComPtr<Watching>::attach(new Watching);
    across_apartments(object.get(), [&](ICalc& calc) {
        LONG sum = 0;
        EXPECT_EQ(calc.Add(1, 2, &sum), S_OK);
        EXPECT_EQ(ours().steps, (Steps{"client size", "server notify", "server size", "client notify"}));
        EXPECT_EQ(ours().got_request, "");
    });
}

TEST_F(Hooks, CallThatFailsIsToldToTheClientsHook) {
    Joined joined(COINIT_MULTITHREADED);
    auto object = ComPtr<Calc>::attach(new Calc);
    across_apartments(object.get(), [&](ICalc& calc) {
        EXPECT_EQ(calc.Throw(), RPC_E_SERVERFAULT);
        EXPECT_EQ(ours().steps, (Steps{"client size", "server notify", "server size", "client notify"}));
        EXPECT_EQ(ours().faults, std::vector<HRESULT>{RPC_E_SERVERFAULT});
    });
}

TEST_F(Hooks, B64_DataTravelOnTheWireBothWays) {
    Joined joined(COINIT_MULTITHREADED);
    Host lola;
    lola.register_peer("--echo");
    auto calc = create_on<ICalc>(lola.name());
    ASSERT_TRUE(calc);
    for (std::size_t size = 1; size <= 17; ++size) {  // every padding to 8
        echo().request = std::string("abcdefghijklmnopq").substr(0, size);
        ours().request = size % 2 ? "also here" : "";  // one extension, and two
        LONG sum = 0;
        EXPECT_EQ(calc->Add(static_cast<LONG>(size), 100, &sum), S_OK);
        EXPECT_EQ(sum, static_cast<LONG>(size) + 100) << "the arguments behind the extensions";
        EXPECT_EQ(echo().got_reply, std::string(echo().request.rbegin(), echo().request.rend()) + '\3');
        EXPECT_EQ(ours().got_reply, "") << "the server has no such hook, and lets it be";
    }
    EXPECT_EQ(echo().calls.front().dwServerPid, 0u) << "a process of another host";
}

TEST_F(Hooks, B64_ServersProcessIsKnownOnThisHost) {
    own_host().register_peer("--echo");
    Joined joined(COINIT_MULTITHREADED);
    ComPtr<IPeer> peer;
    ASSERT_EQ(CoCreateInstance(kPeerClass, nullptr, CLSCTX_LOCAL_SERVER, IID_IPeer, peer.put_void()), S_OK);
    LONG process = 0;
    echo() = {};
    ASSERT_EQ(peer->Process(&process), S_OK);
    EXPECT_EQ(echo().calls.front().dwServerPid, static_cast<DWORD>(process));
    EXPECT_EQ(echo().steps, (Steps{"client size", "client notify"}));
}

TEST_F(Hooks, AsynchronousCallsAreSeenWhenTheyBeginAndWhenTheyAreFinished) {
    Joined joined(COINIT_MULTITHREADED);
    const auto object = ComPtr<Work>::attach(new Work);
    const auto stream = marshal(static_cast<IMoreWork*>(object.get()), IID_IMoreWork);
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        const auto call = create_call<AsyncIMoreWork>(unmarshal<IMoreWork>(stream.get()).get());
        ours() = {};
        ours().request = "there";
        ours().reply = "and back";
        ASSERT_EQ(call->Begin_Add(1, 2), S_OK);
        ASSERT_EQ(call.as<ISynchronize>()->Wait(0, INFINITE), S_OK);
        EXPECT_EQ(ours().steps, (Steps{"client size", "client fill", "server notify", "server size", "server fill"}));
        LONG sum = 0;
        EXPECT_EQ(call->Finish_Add(&sum), S_OK);
        EXPECT_EQ(sum, 3);
        EXPECT_EQ(ours().steps.back(), "client notify");
        EXPECT_EQ(ours().got_request, "there");
        EXPECT_EQ(ours().got_reply, "and back");
        for (const auto& seen : ours().calls) {
            EXPECT_EQ(seen.iMethod, 3u);
            EXPECT_EQ(seen.uCausality, ours().calls[0].uCausality);
        }
    });
}

TEST_F(Hooks, DataTravelWithAsynchronousCallsOnTheWire) {
    Joined joined(COINIT_MULTITHREADED);
    Host lola;
    lola.register_peer("--echo-work");
    const auto work = create_on<IMoreWork>(lola.name());
    ASSERT_TRUE(work);
    const auto call = create_call<AsyncIMoreWork>(work.get());
    echo().request = "abc";
    LONG sum = 0;
    ASSERT_EQ(call->Begin_Add(1, 2), S_OK);
    EXPECT_EQ(call->Finish_Add(&sum), S_OK);
    EXPECT_EQ(sum, 3);
    EXPECT_EQ(echo().got_reply, "cba\3");
}

TEST_F(Hooks, DataTravelWithCallsThatAreServedInHalves) {
    Joined joined(COINIT_MULTITHREADED);
    Host lola;
    lola.register_peer("--echo-async-sta");
    const auto work = create_on<IWork>(lola.name());
    ASSERT_TRUE(work);
    const auto call = create_call<AsyncIWork>(work.get());
    echo().request = "abc";
    LONG thread = 0;
    ASSERT_EQ(call->Begin_Wait(), S_OK);
    echo().request.clear();
    LONG sum = 0;
    EXPECT_EQ(work->Add(1, 2, &sum), S_OK);  // behind it
    echo().request = "def";
    do EXPECT_EQ(work->Open(TRUE), S_OK);
    while (call.as<ISynchronize>()->Wait(0, 0) == RPC_S_CALLPENDING);
    echo().got_reply.clear();
    EXPECT_EQ(call->Finish_Wait(&thread), S_OK);
    EXPECT_NE(thread, 0) << "the results behind the data";
    EXPECT_FALSE(echo().got_reply.empty()) << "what the server's hook had to say when Finish_ had returned";
}

TEST_F(Hooks, InterfacePointersInResultsSurviveTheServersData) {
    Joined joined(COINIT_MULTITHREADED);
    Host lola;
    lola.register_peer("--echo");
    auto calc = create_on<ICalc>(lola.name());
    ASSERT_TRUE(calc);
    echo().request = "x";
    ComPtr<ICalc> child;
    ASSERT_EQ(calc->Child(child.put()), S_OK);
    LONG sum = 0;
    EXPECT_EQ(child->Add(1, 2, &sum), S_OK);
    EXPECT_EQ(sum, 3);
    EXPECT_EQ(calc->Throw(), RPC_E_SERVERFAULT);
}

}  // namespace
}  // namespace odc::test
