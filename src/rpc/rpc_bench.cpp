// Calls against the raw limit of the same transport, in one program: both ends run on the CPU that the program is pinned to.
// `taskset -c 0 rpc_bench`
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "rpc/socket.h"
#include "rpc/test_interface.h"

namespace odc::rpc {
namespace {

using namespace test;
using Protocol = Endpoint::Protocol;

Endpoint any_endpoint(Protocol protocol) {
    return protocol == Protocol::ncalrpc ? Endpoint{protocol, "", ""} : Endpoint{protocol, "127.0.0.1", ""};
}

/// One server for all benchmarks of a protocol.
struct TestServer {
    explicit TestServer(Protocol protocol) {
        server.serve(kTestSpec, &service);
        endpoint = *server.listen(any_endpoint(protocol));
    }
    TestService service;
    Server server;
    Endpoint endpoint;
};
TestServer& test_server(Protocol protocol) {
    static TestServer local(Protocol::ncalrpc), tcp(Protocol::ncacn_ip_tcp);
    return protocol == Protocol::ncalrpc ? local : tcp;
}
std::shared_ptr<Association> association(Protocol protocol) {
    static std::shared_ptr<Association> local = Association::create(test_server(Protocol::ncalrpc).endpoint);
    static std::shared_ptr<Association> tcp = Association::create(test_server(Protocol::ncacn_ip_tcp).endpoint);
    return protocol == Protocol::ncalrpc ? local : tcp;
}

bool read_all(int fd, void* to, std::size_t n) {
    for (auto* at = static_cast<char*>(to); n > 0;) {
        const ssize_t got = ::read(fd, at, n);
        if (got <= 0) return false;
        at += got;
        n -= static_cast<std::size_t>(got);
    }
    return true;
}
void write_all(int fd, const void* head, std::size_t head_size, const void* data, std::size_t n) {
    iovec pieces[2] = {{const_cast<void*>(head), head_size}, {const_cast<void*>(data), n}};
    iovec* at = pieces;
    int count = n ? 2 : 1;
    while (count > 0) {
        ssize_t put = count == 1 ? ::write(fd, at->iov_base, at->iov_len) : ::writev(fd, at, count);
        if (put <= 0) std::abort();
        while (count > 0 && static_cast<std::size_t>(put) >= at->iov_len) {
            put -= static_cast<ssize_t>(at->iov_len);
            ++at;
            --count;
        }
        if (count > 0) {
            at->iov_base = static_cast<char*>(at->iov_base) + put;
            at->iov_len -= static_cast<std::size_t>(put);
        }
    }
}
struct RawMessage {
    std::uint32_t size = 0, op = 0;
    std::int32_t a = 0, b = 0;
};
/// The peers' raw server: 16 bytes there and back, a payload is read whole and sent back.
class RawServer {
  public:
    explicit RawServer(Protocol protocol) : listener_(listen_at(any_endpoint(protocol)).take()) {
        acceptor_ = std::thread([this] {
            for (int fd; (fd = ::accept(listener_.socket.get(), nullptr, nullptr)) >= 0;) {
                tune(fd, listener_.endpoint.protocol);
                threads_.emplace_back([fd] {
                    std::vector<char> payload;
                    RawMessage message;
                    while (read_all(fd, &message, sizeof message)) {
                        if (message.size) {
                            payload.resize(message.size);
                            if (!read_all(fd, payload.data(), message.size)) break;
                        }
                        write_all(fd, &message, sizeof message, payload.data(), message.size);
                    }
                    ::close(fd);
                });
            }
        });
    }
    ~RawServer() {
        ::shutdown(listener_.socket.get(), SHUT_RDWR);
        acceptor_.join();
        for (auto& thread : threads_) thread.join();
        if (!listener_.unlink.empty()) ::unlink(listener_.unlink.c_str());
    }
    UniqueFd connect() const { return connect_to(listener_.endpoint, std::chrono::seconds(1)).take(); }

  private:
    Listener listener_;
    std::thread acceptor_;
    std::vector<std::thread> threads_;
};
RawServer& raw_server(Protocol protocol) {
    static RawServer local(Protocol::ncalrpc), tcp(Protocol::ncacn_ip_tcp);
    return protocol == Protocol::ncalrpc ? local : tcp;
}

template <Protocol protocol>
void raw_null(benchmark::State& state) {
    const UniqueFd fd = raw_server(protocol).connect();
    for (auto _ : state) {
        RawMessage message;
        write_all(fd.get(), &message, sizeof message, nullptr, 0);
        if (!read_all(fd.get(), &message, sizeof message)) std::abort();
    }
    state.SetItemsProcessed(state.iterations());
}
template <Protocol protocol>
void rpc_add(benchmark::State& state) {
    auto to = association(protocol);
    for (auto _ : state)
        if (!add(*to, 1, 2)) std::abort();
    state.SetItemsProcessed(state.iterations());
}
template <Protocol protocol>
void raw_echo(benchmark::State& state) {
    const UniqueFd fd = raw_server(protocol).connect();
    const auto n = static_cast<std::size_t>(state.range(0));
    std::vector<char> out(n, 'x'), in(n);
    for (auto _ : state) {
        RawMessage message;
        message.size = static_cast<std::uint32_t>(n);
        write_all(fd.get(), &message, sizeof message, out.data(), n);
        if (!read_all(fd.get(), &message, sizeof message) || !read_all(fd.get(), in.data(), n)) std::abort();
    }
    state.SetBytesProcessed(state.iterations() * state.range(0) * 2);
}
template <Protocol protocol>
void rpc_echo(benchmark::State& state) {
    auto to = association(protocol);
    const auto n = static_cast<std::size_t>(state.range(0));
    const std::vector<std::uint8_t> out(n, 'x');
    std::vector<std::uint8_t> in(n);
    for (auto _ : state) {
        ClientCall call(*to, kTestInterface, TestService::kEcho);
        call.request().count(n);
        call.request().bytes(out.data(), n);
        if (!call.invoke()) std::abort();
        const std::size_t back = call.reply().count(1);
        call.reply().elements(in.data(), back);
        if (call.reply().failed() || back != n) std::abort();
    }
    state.SetBytesProcessed(state.iterations() * state.range(0) * 2);
}

BENCHMARK(raw_null<Protocol::ncalrpc>)->Name("null/unix/raw")->UseRealTime();
BENCHMARK(rpc_add<Protocol::ncalrpc>)->Name("null/unix/rpc")->UseRealTime();
BENCHMARK(raw_null<Protocol::ncacn_ip_tcp>)->Name("null/tcp/raw")->UseRealTime();
BENCHMARK(rpc_add<Protocol::ncacn_ip_tcp>)->Name("null/tcp/rpc")->UseRealTime();
BENCHMARK(raw_null<Protocol::ncalrpc>)->Name("null/unix/raw8")->Threads(8)->UseRealTime();
BENCHMARK(rpc_add<Protocol::ncalrpc>)->Name("null/unix/rpc8")->Threads(8)->UseRealTime();
BENCHMARK(raw_null<Protocol::ncacn_ip_tcp>)->Name("null/tcp/raw8")->Threads(8)->UseRealTime();
BENCHMARK(rpc_add<Protocol::ncacn_ip_tcp>)->Name("null/tcp/rpc8")->Threads(8)->UseRealTime();
BENCHMARK(raw_echo<Protocol::ncalrpc>)->Name("echo/unix/raw")->Arg(1 << 16)->Arg(1 << 20)->UseRealTime();
BENCHMARK(rpc_echo<Protocol::ncalrpc>)->Name("echo/unix/rpc")->Arg(1 << 16)->Arg(1 << 20)->UseRealTime();
BENCHMARK(raw_echo<Protocol::ncacn_ip_tcp>)->Name("echo/tcp/raw")->Arg(1 << 16)->Arg(1 << 20)->UseRealTime();
BENCHMARK(rpc_echo<Protocol::ncacn_ip_tcp>)->Name("echo/tcp/rpc")->Arg(1 << 16)->Arg(1 << 20)->UseRealTime();

}  // namespace
}  // namespace odc::rpc
