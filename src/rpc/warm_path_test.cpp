// What a warm call costs in heap allocations: nothing, on both sides. Counted by taking the allocator's place, which only
// works where no sanitizer has done so.
#include "base/sanitizers.h"
#ifndef ODC_SANITIZED
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>

#include "rpc/test_interface.h"

namespace {
std::atomic<std::size_t> allocations{0};
}

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);

void* malloc(std::size_t n) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_malloc(n);
}
void* calloc(std::size_t n, std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_calloc(n, size);
}
void* realloc(void* block, std::size_t n) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    return __libc_realloc(block, n);
}
}

namespace odc::rpc {
namespace {

std::size_t allocations_of_calls(Association& association, std::size_t payload) {
    const auto bytes = test::pattern(payload);
    const auto once = [&] {
        if (payload == 0) ASSERT_TRUE(test::add(association, 1, 2));
        else ASSERT_TRUE(test::echo(association, bytes));
    };
    for (int i = 0; i < 100; ++i) once();
    const std::size_t before = allocations.load();
    for (int i = 0; i < 1000; ++i) once();
    return allocations.load() - before;
}

TEST(WarmCalls, AllocateNothing) {
    test::TestService service;
    Server server;
    server.serve(test::kTestSpec, &service);
    for (const Endpoint& at : {Endpoint{Endpoint::Protocol::ncalrpc, "", ""}, Endpoint{Endpoint::Protocol::ncacn_ip_tcp, "127.0.0.1", ""}}) {
        auto association = Association::create(*server.listen(at));
        for (const std::size_t payload : {0, 1000, 100000}) {
            // A call that the machine happens to delay for two ticks of the monitor gets another reader, which costs a few:
            // that is not the warm path.
            std::size_t least = ~std::size_t{0};
            for (int round = 0; round < 5 && least != 0; ++round) least = std::min(least, allocations_of_calls(*association, payload));
            EXPECT_EQ(least, 0u) << at.to_string() << " " << payload;
        }
    }
}

}  // namespace
}  // namespace odc::rpc
#endif
