// What the judges of the RPC runtime look at: a server of the room's test interface, and a client that shows all kinds of PDUs.
//   rpc_judged server <string binding>       prints READY and the binding it got, ends with its standard input
//   rpc_judged talk <string binding>         one of everything
//   rpc_judged call <string binding> <n>     n calls of add
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/guid.h"
#include "rpc/test_interface.h"
#include "streams.h"

using namespace odc;
using namespace odc::rpc;
using namespace odc::rpc::test;

namespace {

void check(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "failed: %s\n", what);
    std::exit(1);
}

/// Adds what comes up, and sends as many numbers down.
class StreamService final : public Streams_server {
    error_status_t Through(ServerCall&, LONG n, LongPipe up, LongPipe* down, hyper* sum) override {
        LONG some[100];
        *sum = 0;
        for (ULONG got = 1; got != 0;) {
            up.pull(up.state, some, 100, &got);
            for (ULONG i = 0; i < got; ++i) *sum += some[i];
        }
        for (LONG i = 0; i < n; ++i) down->push(down->state, &i, 1);
        down->push(down->state, nullptr, 0);
        return 0;
    }
};

/// A client's pipe, of as many numbers as `left` says.
struct Numbers {
    LONG left = 0, at = 0, got = 0;
    LONG room[700];
    LongPipe pipe() {
        return {[](char* state, LONG* to, ULONG most, ULONG* n) {
                    auto& numbers = *reinterpret_cast<Numbers*>(state);
                    for (*n = 0; *n < most && numbers.left > 0; ++*n, --numbers.left) to[*n] = numbers.at++;
                },
                [](char* state, LONG*, ULONG n) { reinterpret_cast<Numbers*>(state)->got += static_cast<LONG>(n); },
                [](char* state, ULONG, LONG** to, ULONG* bytes) {
                    *to = reinterpret_cast<Numbers*>(state)->room;
                    *bytes = sizeof room;
                },
                reinterpret_cast<char*>(this)};
    }
};

int serve(const Endpoint& at) {
    TestService service;
    StreamService streams;
    Server server;
    server.serve(Streams_spec, static_cast<Streams_server*>(&streams));
    server.serve(kTestSpec, &service);
    server.serve(kOtherSpec, &service);
    auto endpoint = server.listen(at);
    check(endpoint.ok(), "listen");
    std::printf("READY %s\n", endpoint->to_string().c_str());
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    service.open_gate();
    return 0;
}

int talk(const Endpoint& to) {
    auto association = Association::create(to, BindingOptions{.connections = 1, .offer_ndr64 = false});
    check(*add(*association, 1, 2) == 3, "add");
    check(*answer(*association) == 42, "another interface");
    check(*echo(*association, pattern(20000)), "fragments both ways");
    {
        ClientCall call(*association, kTestInterface, TestService::kObject);
        call.set_object(kOtherInterface.uuid);
        check(call.invoke().ok() && call.reply().guid() == kOtherInterface.uuid, "object UUID");
    }
    {
        ClientCall call(*association, kTestInterface, TestService::kFault);
        call.request().u32(kFaultAccessDenied);
        check(call.invoke().code() == E_ACCESSDENIED, "fault");
    }
    {
        ClientCall call(*association, SyntaxId{{1, 2, 3, {4}}, 1, 0}, 0);
        check(call.invoke().code() == HRESULT_FROM_WIN32(RPC_S_UNKNOWN_IF), "unknown interface");
    }
    {
        ClientCall call(*association, kTestInterface, TestService::kWait);
        std::thread canceller([&] {
            // The call is under way once another one that shares its connection has come through behind it.
            check(add(*association, 5, 6).ok(), "call behind the one that waits");
            for (int i = 0; i < 50; ++i) check(add(*association, 5, i).ok(), "more of them");
            call.cancel();
        });
        check(call.invoke().ok() && call.reply().u32() == 1, "cancel");
        canceller.join();
    }
    {
        ClientCall call(*association, kTestInterface, TestService::kOrder);
        call.request().i32(1);
        call.set_maybe();
        check(call.invoke().ok(), "maybe");
    }
    {
        Streams_client streams{Binding(association)};
        Numbers up, down;
        up.left = 20000;
        hyper sum = 0;
        auto back = down.pipe();
        check(streams.Through(20000, up.pipe(), &back, &sum).ok() && sum == 199990000 && down.got == 20000, "streams both ways");
    }
    check(*add(*association, 20, 22) == 42, "add at the end");
    association->close();
    return 0;
}

int call_often(const Endpoint& to, int n) {
    auto association = Association::create(to);
    for (int i = 0; i < n; ++i) check(add(*association, i, 1).ok(), "add");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    auto endpoint = Endpoint::parse(argv[2]);
    check(endpoint.ok(), "string binding");
    if (std::strcmp(argv[1], "server") == 0) return serve(*endpoint);
    if (std::strcmp(argv[1], "talk") == 0) return talk(*endpoint);
    if (std::strcmp(argv[1], "call") == 0 && argc == 4) return call_often(*endpoint, std::atoi(argv[3]));
    return 2;
}
