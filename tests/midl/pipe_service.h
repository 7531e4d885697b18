// What the tests of pipes share: a server whose methods a test says, streams that are made and checked and never stored, and a server
// at either transport, in either syntax, protected or not.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

#include "opendcom/rpc/pipe.h"
#include "opendcom/rpc/handle.h"
#include "pipes.h"
#include "security/test_provider.h"

namespace odc::test {

/// A sum that knows the order of what was added.
struct Checksum {
    std::uint64_t count = 0, sum = 0;
    void add(hyper value) { ++count, sum = sum * 31 + static_cast<std::uint64_t>(value); }
    friend bool operator==(const Checksum&, const Checksum&) = default;
};
/// The elements of the streams.
inline hyper value_of(std::uint64_t i) { return static_cast<hyper>(i * 2654435761u ^ i >> 7); }
inline Checksum checksum_of(std::uint64_t n) {
    Checksum made;
    for (std::uint64_t i = 0; i < n; ++i) made.add(value_of(i));
    return made;
}

/// A client's stream of numbers, either way.
class Stream {
  public:
    static constexpr std::uint64_t kEndless = ~std::uint64_t{0};
    explicit Stream(std::uint64_t gives = 0) : left_(gives) {}

    HyperPipe pipe() {
        HyperPipe made{};
        made.state = reinterpret_cast<char*>(this);
        made.alloc = [](char* state, ULONG, hyper** buffer, ULONG* bytes) {
            *buffer = self(state).room_;
            *bytes = sizeof room_;
        };
        made.pull = [](char* state, hyper* to, ULONG room, ULONG* n) { *n = self(state).pull(to, room); };
        made.push = [](char* state, hyper* from, ULONG n) { self(state).push(from, n); };
        return made;
    }
    std::atomic<std::uint64_t> given{0};
    Checksum got;
    int ends = 0;
    std::function<void()> on_pull = [] {}, on_push = [] {};

  private:
    static Stream& self(char* state) { return *reinterpret_cast<Stream*>(state); }
    ULONG pull(hyper* to, ULONG room) {
        on_pull();
        const auto n = static_cast<ULONG>(std::min<std::uint64_t>(room, left_));
        std::uint64_t at = given.load(std::memory_order_relaxed);
        for (ULONG i = 0; i < n; ++i) to[i] = value_of(at++);
        if (left_ != kEndless) left_ -= n;
        given.store(at, std::memory_order_relaxed);
        return n;
    }
    void push(const hyper* from, ULONG n) {
        for (ULONG i = 0; i < n; ++i) got.add(from[i]);
        if (n == 0) ++ends;
        on_push();
    }
    std::uint64_t left_;
    hyper room_[2048];
};

/// Something that one thread waits for and another makes true.
class Gate {
  public:
    void open() {
        std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    /// False, and a failed test: it stays shut.
    bool wait() {
        std::unique_lock lock(mutex_);
        const bool opened = changed_.wait_for(lock, std::chrono::seconds(60), [this] { return open_; });
        EXPECT_TRUE(opened) << "nobody opens the gate";
        return opened;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

/// Reads a method's pipe to its end.
inline Checksum drain(HyperPipe& values, const std::function<void()>& each = [] {}) {
    Checksum got;
    hyper buffer[1000];
    for (ULONG n = 1; n != 0;) {
        values.pull(values.state, buffer, 1000, &n);
        for (ULONG i = 0; i < n; ++i) got.add(buffer[i]);
        each();
    }
    return got;
}
/// Fills a method's pipe with the first `count` elements, without an end.
inline Checksum fill(HyperPipe& values, std::uint64_t count, const std::function<void()>& each = [] {}) {
    Checksum put;
    hyper buffer[1000];
    for (std::uint64_t i = 0; i < count;) {
        ULONG n = 0;
        for (; n < 1000 && i < count; ++n) put.add(buffer[n] = value_of(i++));
        values.push(values.state, buffer, n);
        each();
    }
    return put;
}

class PipedService final : public Piped_server {
  public:
    using Call = rpc::ServerCall;
    std::function<void(Call&, HyperPipe&, Checksum&)> upload = [](Call&, HyperPipe& values, Checksum& got) { got = drain(values); };
    std::function<void(Call&, HyperPipe&, std::uint64_t, Checksum&)> download = [](Call&, HyperPipe& values, std::uint64_t count, Checksum& put) {
        put = fill(values, count);
        values.push(values.state, nullptr, 0);
    };
    std::function<void(BytePipe&, ReadingPipe&, BytePipe&, HyperPipe&)> several;
    std::atomic<int> run_down{0}, ended{0};
    std::atomic<std::uint32_t> group{0};  ///< of the association that called Open last

    error_status_t Open(Call& call, PSTATION* station) override {
        group = call.peer().association_group;
        *station = this;
        return 0;
    }
    error_status_t Number(Call&, PSTATION station, LONG* number) override { return *number = station == this ? 42 : 0, 0; }
    error_status_t Upload(Call& call, LONG, WCHAR* name, HyperPipe values, hyper* count, hyper* sum) override {
        const Ended counts(*this);
        Checksum got;
        upload(call, values, got);
        *count = static_cast<hyper>(got.count);
        *sum = static_cast<hyper>(got.sum);
        return std::u16string(name) == u"name" ? 0 : 1;
    }
    error_status_t Download(Call& call, LONG, hyper count, HyperPipe* values, hyper* sum, WCHAR** text) override {
        const Ended counts(*this);
        Checksum put;
        download(call, *values, static_cast<std::uint64_t>(count), put);
        *sum = static_cast<hyper>(put.sum);
        static WCHAR behind[] = u"behind";
        *text = behind;
        return 0;
    }
    error_status_t Behind(Call&, ULONG n, byte* head, BytePipe tail, hyper* sum) override {
        byte buffer[333];
        *sum = 0;
        for (ULONG some = 1; some != 0;) {
            tail.pull(tail.state, buffer, sizeof buffer, &some);
            for (ULONG i = 0; i < some; ++i) *sum += buffer[i];
        }
        // Only now: what came before the pipe has to be there still.
        for (ULONG i = 0; i < n; ++i) *sum += 1000 * hyper{head[i]};
        return 0;
    }
    error_status_t Several(Call&, LONG, BytePipe a, ReadingPipe* b, BytePipe* c, HyperPipe d, LONG* n) override {
        *n = 0;
        several(a, *b, *c, d);
        return 0;
    }
    error_status_t Eithers(Call& call, EitherPipe values, EitherPipe* back) override {
        Either buffer[5];
        std::vector<Either> all;
        for (ULONG n = 1; n != 0;) {
            values.pull(values.state, buffer, 5, &n);
            all.insert(all.end(), buffer, buffer + n);
        }
        (void)call;
        if (!all.empty()) back->push(back->state, all.data(), static_cast<ULONG>(all.size()));
        back->push(back->state, nullptr, 0);
        return 0;
    }
    error_status_t Held(Call& call, PSTATION, HyperPipe values) override {
        const Ended counts(*this);
        Checksum got;
        upload(call, values, got);
        return 0;
    }
    void PSTATION_rundown(PSTATION) override { ++run_down; }

    /// Until `n` methods have come to their end, returned or thrown.
    void await_ended(int n) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), [&] { return ended >= n; })) << ended << " calls have ended";
    }

  private:
    struct Ended {
        explicit Ended(PipedService& service) : service(service) {}
        ~Ended() {
            std::lock_guard lock(service.mutex_);
            ++service.ended;
            service.changed_.notify_all();
        }
        PipedService& service;
    };
    std::mutex mutex_;
    std::condition_variable changed_;
};

/// How client and server are connected.
struct Way {
    const char* name;
    bool tcp;
    bool ndr64;
    unsigned level;  ///< of authentication
};
inline const Way kWays[] = {{"Unix", false, false, 0}, {"Tcp", true, false, 0}, {"UnixNdr64", false, true, 0}, {"TcpSigned", true, false, 5}, {"TcpSealedNdr64", true, true, 6}};

class PipedTest : public testing::Test {
  protected:
    void serve(const Way& way, rpc::ServerLimits limits = {}) {
        service = std::make_unique<PipedService>();
        server = std::make_unique<rpc::Server>(limits);
        server->prefer_ndr64(way.ndr64);
        server->accept_security(std::make_shared<security::TestProvider>("secret"));
        server->serve(Piped_spec, static_cast<Piped_server*>(service.get()), way.level);
        const auto protocol = way.tcp ? rpc::Endpoint::Protocol::ncacn_ip_tcp : rpc::Endpoint::Protocol::ncalrpc;
        at = server->listen({protocol, way.tcp ? "127.0.0.1" : "", ""}).take();
        rpc::BindingOptions options;
        options.offer_ndr64 = way.ndr64;
        if (way.level) options.security = std::make_shared<security::TestProvider>("secret");
        if (way.level) options.authentication_level = way.level;
        binding = rpc::Binding(at, options);
    }
    Piped_client client(Piped_callback_server* callbacks = nullptr) { return Piped_client(binding, callbacks); }
    /// An upload that goes well.
    void expect_upload(std::uint64_t n) {
        Stream stream(n);
        WCHAR name[] = u"name";
        hyper count = 0, sum = 0;
        auto done = client().Upload(0, name, stream.pipe(), &count, &sum);
        ASSERT_TRUE(done) << done.error().text();
        EXPECT_EQ(*done, 0u);
        EXPECT_EQ(static_cast<std::uint64_t>(count), n);
        EXPECT_EQ(static_cast<std::uint64_t>(sum), checksum_of(n).sum);
    }
    Result<error_status_t> upload(Stream& stream) {
        WCHAR name[] = u"name";
        hyper count = 0, sum = 0;
        return client().Upload(0, name, stream.pipe(), &count, &sum);
    }
    Result<error_status_t> download(Stream& stream, std::uint64_t n) {
        hyper sum = 0;
        WCHAR* text = nullptr;
        auto pipe = stream.pipe();
        auto done = client().Download(0, static_cast<hyper>(n), &pipe, &sum, &text);
        if (done) {
            EXPECT_EQ(static_cast<std::uint64_t>(sum), stream.got.sum);
            EXPECT_EQ(std::u16string(text), u"behind");
        }
        std::free(text);
        return done;
    }

    std::unique_ptr<PipedService> service;
    std::unique_ptr<rpc::Server> server;
    rpc::Endpoint at;
    rpc::Binding binding;
};

}  // namespace odc::test
