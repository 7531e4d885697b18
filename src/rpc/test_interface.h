// The raw RPC interface that the tests of this room serve and call, by hand what MIDL would write.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "opendcom/rpc/client.h"
#include "opendcom/rpc/server.h"

namespace odc::rpc::test {

inline constexpr SyntaxId kTestInterface = {{0x8A1B2C30, 0x1122, 0x3344, {0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC}}, 1, 2};
inline constexpr SyntaxId kOtherInterface = {{0x8A1B2C31, 0x1122, 0x3344, {0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB, 0xCC}}, 3, 0};

/// What the test server does; tests look at the counts and open the gate.
class TestService {
  public:
    enum Opnum : std::uint16_t { kNull, kAdd, kEcho, kFault, kWait, kObject, kThrow, kHole, kOrder, kPeer };

    std::atomic<int> calls{0};
    std::atomic<int> waiting{0};
    std::atomic<int> cancelled{0};
    std::vector<int> order;

    /// Methods that wait go on.
    void open_gate() {
        std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void wait_until_waiting(int n) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting.load() >= n; });
    }
    /// Returns when the gate opens or the call is cancelled.
    void wait_at_gate(ServerCall& call) {
        std::unique_lock lock(mutex_);
        ++waiting;
        changed_.notify_all();
        while (!open_ && !call.cancelled()) changed_.wait_for(lock, std::chrono::milliseconds(1));
        if (!open_) ++cancelled;
    }
    std::mutex& mutex() { return mutex_; }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

inline std::uint32_t null_stub(void* service, ServerCall&) {
    static_cast<TestService*>(service)->calls.fetch_add(1, std::memory_order_relaxed);
    return 0;
}
inline std::uint32_t add_stub(void*, ServerCall& call) {
    const std::int32_t a = call.request().i32();
    const std::int32_t b = call.request().i32();
    if (call.request().failed()) return kFaultNdr;
    call.response().i32(a + b);
    return 0;
}
inline std::uint32_t echo_stub(void*, ServerCall& call) {
    ndr::Reader& in = call.request();
    const std::size_t n = in.count(1);
    const std::uint8_t* bytes = in.elements_in_place<std::uint8_t>(n);
    if (in.failed()) return kFaultNdr;
    call.response().count(n);
    call.response().bytes(bytes, n);
    return 0;
}
inline std::uint32_t fault_stub(void*, ServerCall& call) { return call.request().u32(); }
inline std::uint32_t wait_stub(void* service, ServerCall& call) {
    static_cast<TestService*>(service)->wait_at_gate(call);
    call.response().u32(call.cancelled() ? 1 : 0);
    return 0;
}
inline std::uint32_t object_stub(void*, ServerCall& call) {
    call.response().guid(call.object() ? *call.object() : Guid{});
    return 0;
}
inline std::uint32_t throw_stub(void*, ServerCall&) { throw 1; }
inline std::uint32_t order_stub(void* service, ServerCall& call) {
    auto* self = static_cast<TestService*>(service);
    const int n = call.request().i32();
    std::lock_guard lock(self->mutex());
    self->order.push_back(n);
    return 0;
}
inline std::uint32_t peer_stub(void*, ServerCall& call) {
    const Peer& peer = call.peer();
    call.response().u32(peer.local ? 1 : 0);
    call.response().u32(peer.uid);
    call.response().i32(peer.pid);
    call.response().string(peer.address.c_str());
    call.response().u32(peer.association_group);
    return 0;
}
inline constexpr ServerMethod kTestMethods[] = {null_stub, add_stub, echo_stub, fault_stub, wait_stub, object_stub, throw_stub, nullptr, order_stub, peer_stub};
inline constexpr InterfaceSpec kTestSpec = {"Test", kTestInterface, kTestMethods};

/// The other interface has one method that answers 42.
inline std::uint32_t answer_stub(void*, ServerCall& call) {
    call.response().u32(42);
    return 0;
}
inline constexpr ServerMethod kOtherMethods[] = {answer_stub};
inline constexpr InterfaceSpec kOtherSpec = {"Other", kOtherInterface, kOtherMethods};

inline Result<std::int32_t> add(Association& association, std::int32_t a, std::int32_t b) {
    ClientCall call(association, kTestInterface, TestService::kAdd);
    call.request().i32(a);
    call.request().i32(b);
    ODC_TRY(call.invoke());
    const std::int32_t sum = call.reply().i32();
    if (call.reply().failed()) return fail_win32(RPC_X_BAD_STUB_DATA);
    return sum;
}

/// Sends `bytes` and says whether the same came back.
inline Result<bool> echo(Association& association, const std::vector<std::uint8_t>& bytes) {
    ClientCall call(association, kTestInterface, TestService::kEcho);
    call.request().count(bytes.size());
    call.request().bytes(bytes.data(), bytes.size());
    ODC_TRY(call.invoke());
    const std::size_t n = call.reply().count(1);
    const std::uint8_t* back = call.reply().elements_in_place<std::uint8_t>(n);
    return !call.reply().failed() && n == bytes.size() && std::equal(bytes.begin(), bytes.end(), back);
}

inline Result<std::uint32_t> answer(Association& association) {
    ClientCall call(association, kOtherInterface, 0);
    ODC_TRY(call.invoke());
    return call.reply().u32();
}

inline std::vector<std::uint8_t> pattern(std::size_t n) {
    std::vector<std::uint8_t> bytes(n);
    for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + (i >> 8) * 13);
    return bytes;
}

}  // namespace odc::rpc::test
