// Streams through pipes: of any length, with bounded memory and a client that is never far ahead of its server; while they run; of
// every kind of element; in the order that pipes have.
#include "heap_count.h"
#include "pipe_service.h"

#include "base/sanitizers.h"

namespace odc::test {
namespace {

#ifdef ODC_SANITIZED
constexpr std::uint64_t kLong = std::uint64_t{16} << 17;  // 16 MiB, where each byte costs more
#else
constexpr std::uint64_t kLong = std::uint64_t{512} << 17;  // 512 MiB: more than any request may have
#endif
constexpr std::uint64_t kShortened = 4;  ///< of the streams whose protection is slow
constexpr std::int64_t kHeap = std::int64_t{2} << 20;
/// What both ends and the sockets between them hold at most. Sockets over TCP may grow to 10 MiB (tcp_rmem, tcp_wmem).
constexpr std::uint64_t kAhead = std::uint64_t{16} << 17;
constexpr std::uint64_t kAheadLocally = std::uint64_t{2} << 17;

class PipeStreams : public PipedTest, public testing::WithParamInterface<Way> {
  protected:
    void SetUp() override { serve(GetParam()); }
    std::uint64_t length() const { return GetParam().level ? kLong / kShortened : kLong; }
    std::uint64_t ahead() const { return GetParam().tcp ? kAhead : kAheadLocally; }
};
INSTANTIATE_TEST_SUITE_P(Ways, PipeStreams, testing::ValuesIn(kWays), [](const auto& way) { return way.param.name; });

/// The most that the heap of both ends had above what it had at first.
class Peak {
  public:
    void look() {
        const std::int64_t now = heap_bytes() - before_;
        std::int64_t most = most_.load(std::memory_order_relaxed);
        while (now > most && !most_.compare_exchange_weak(most, now)) {
        }
    }
    std::int64_t bytes() const { return most_; }

  private:
    const std::int64_t before_ = heap_bytes();
    std::atomic<std::int64_t> most_{0};
};

TEST_P(PipeStreams, UploadsOfAnyLengthHoldAWindow) {
    Peak peak;
    Stream stream(length());
    stream.on_pull = [&] { peak.look(); };
    std::atomic<std::uint64_t> furthest{0};
    service->upload = [&](rpc::ServerCall&, HyperPipe& values, Checksum& got) {
        std::uint64_t pulled = 0;
        hyper buffer[1000];
        for (ULONG n = 1; n != 0;) {
            values.pull(values.state, buffer, 1000, &n);
            for (ULONG i = 0; i < n; ++i) got.add(buffer[i]);
            pulled += n;
            peak.look();
            const std::uint64_t given = stream.given.load(std::memory_order_relaxed);
            furthest = std::max(furthest.load(), given - pulled);
        }
    };
    WCHAR name[] = u"name";
    hyper count = 0, sum = 0;
    auto done = client().Upload(0, name, stream.pipe(), &count, &sum);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(static_cast<std::uint64_t>(count), length());
    EXPECT_EQ(static_cast<std::uint64_t>(sum), checksum_of(length()).sum);
    EXPECT_LE(furthest, ahead());
    EXPECT_LE(peak.bytes(), kHeap);
}

TEST_P(PipeStreams, DownloadsOfAnyLengthHoldAWindow) {
    Peak peak;
    std::atomic<std::uint64_t> pushed{0}, furthest{0};
    service->download = [&](rpc::ServerCall&, HyperPipe& values, std::uint64_t count, Checksum& put) {
        put = fill(values, count, [&] { peak.look(), pushed += 1000; });
        values.push(values.state, nullptr, 0);
    };
    Stream stream;
    stream.on_push = [&] {
        peak.look();
        furthest = std::max<std::uint64_t>(furthest, pushed - std::min(pushed.load(), stream.got.count));
    };
    auto done = download(stream, length());
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(stream.got, checksum_of(length()));
    EXPECT_EQ(stream.ends, 1);
    EXPECT_LE(furthest, ahead());
    EXPECT_LE(peak.bytes(), kHeap);
}

TEST_P(PipeStreams, EveryLengthArrives) {
    for (const std::uint64_t n : {0, 1, 2, 100, 178, 716, 728, 2047, 2048, 2049, 4096, 8184, 8190, 8192, 20000, 100000}) {
        expect_upload(n);
        Stream stream;
        ASSERT_TRUE(download(stream, n)) << n;
        EXPECT_EQ(stream.got, checksum_of(n));
        EXPECT_EQ(stream.ends, 1);
    }
}

TEST_P(PipeStreams, TheServerReadsWhatTheClientHasGivenSoFar) {
    Gate seen;
    service->upload = [&](rpc::ServerCall&, HyperPipe& values, Checksum& got) {
        hyper buffer[10];
        ULONG n = 0;
        values.pull(values.state, buffer, 10, &n);
        for (ULONG i = 0; i < n; ++i) got.add(buffer[i]);
        seen.open();
        const Checksum rest = drain(values);
        got.count += rest.count;
    };
    Stream stream(100000);
    stream.on_pull = [&] {
        if (stream.given >= 50000) seen.wait();
    };
    auto done = upload(stream);
    ASSERT_TRUE(done) << done.error().text();
}

TEST_P(PipeStreams, TheClientReadsWhatTheServerHasGivenSoFar) {
    Gate seen;
    service->download = [&](rpc::ServerCall&, HyperPipe& values, std::uint64_t count, Checksum& put) {
        std::uint64_t pushed = 0;
        put = fill(values, count, [&] {
            if ((pushed += 1000) == 50000) seen.wait();
        });
        values.push(values.state, nullptr, 0);
    };
    Stream stream;
    stream.on_push = [&] { seen.open(); };
    auto done = download(stream, 100000);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(stream.got, checksum_of(100000));
}

/// A pipe of the client over vectors.
template <class Pipe, class T>
struct Ends {
    std::vector<T> source, sink;
    std::size_t at = 0;
    int ended = 0;
    T room[70];
    Pipe pipe() {
        Pipe made{};
        made.state = reinterpret_cast<char*>(this);
        made.alloc = [](char* state, ULONG, T** buffer, ULONG* bytes) {
            *buffer = reinterpret_cast<Ends*>(state)->room;
            *bytes = sizeof(Ends::room);
        };
        made.pull = [](char* state, T* to, ULONG room, ULONG* n) {
            auto& self = *reinterpret_cast<Ends*>(state);
            *n = static_cast<ULONG>(std::min<std::size_t>(room, self.source.size() - self.at));
            std::copy_n(self.source.begin() + static_cast<std::ptrdiff_t>(self.at), *n, to);
            self.at += *n;
        };
        made.push = [](char* state, T* from, ULONG n) {
            auto& self = *reinterpret_cast<Ends*>(state);
            self.sink.insert(self.sink.end(), from, from + n);
            if (n == 0) ++self.ended;
        };
        return made;
    }
};

/// All elements of a method's pipe.
template <class T, class Pipe>
std::vector<T> all_of(Pipe& pipe) {
    std::vector<T> all;
    T buffer[13];
    for (ULONG n = 1; n != 0;) {
        pipe.pull(pipe.state, buffer, 13, &n);
        all.insert(all.end(), buffer, buffer + n);
    }
    return all;
}

TEST_P(PipeStreams, SeveralPipesStandBetweenEachOther) {
    service->several = [](BytePipe& a, ReadingPipe& b, BytePipe& c, HyperPipe& d) {
        const auto bytes = all_of<byte>(a);
        auto readings = all_of<Reading>(b);
        const Checksum numbers = drain(d);
        for (Reading& each : readings) each.value *= 2, each.time = static_cast<hyper>(numbers.count);
        b.push(b.state, readings.data(), static_cast<ULONG>(readings.size()));
        b.push(b.state, nullptr, 0);
        c.push(c.state, const_cast<byte*>(bytes.data()), static_cast<ULONG>(bytes.size()));
        c.push(c.state, nullptr, 0);
    };
    Ends<BytePipe, byte> a, c;
    Ends<ReadingPipe, Reading> b;
    Stream d(30000);
    for (int i = 0; i < 50001; ++i) a.source.push_back(static_cast<byte>(i * 7));
    for (int i = 0; i < 20000; ++i)
        b.source.push_back({static_cast<SHORT>(i), i, i * 0.5, {static_cast<byte>(i), static_cast<byte>(i >> 8), 3}});
    auto b_pipe = b.pipe();
    auto c_pipe = c.pipe();
    LONG n = 0;
    auto done = client().Several(0, a.pipe(), &b_pipe, &c_pipe, d.pipe(), &n);
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(c.sink, a.source);
    ASSERT_EQ(b.sink.size(), b.source.size());
    for (std::size_t i = 0; i < b.sink.size(); ++i) {
        const Reading &sent = b.source[i], &got = b.sink[i];
        ASSERT_TRUE(got.sensor == sent.sensor && got.time == 30000 && got.value == 2 * sent.value && std::equal(got.tag, got.tag + 3, sent.tag)) << i;
    }
    EXPECT_EQ(b.ended + c.ended, 2);
}

TEST_P(PipeStreams, ElementsOfDifferentSizesAreCutByFragments) {
    Ends<EitherPipe, Either> values, back;
    for (int i = 0; i < 40000; ++i) {
        Either each{};
        each.kind = static_cast<SHORT>(i * 7 % 3 + 1);
        if (each.kind == 1) each.value.small = static_cast<byte>(i);
        if (each.kind == 2) each.value.large = i;
        values.source.push_back(each);
    }
    auto pipe = back.pipe();
    auto done = client().Eithers(values.pipe(), &pipe);
    ASSERT_TRUE(done) << done.error().text();
    ASSERT_EQ(back.sink.size(), values.source.size());
    for (std::size_t i = 0; i < back.sink.size(); ++i) {
        const Either &sent = values.source[i], &got = back.sink[i];
        ASSERT_EQ(got.kind, sent.kind) << i;
        ASSERT_TRUE(got.kind != 1 || got.value.small == sent.value.small) << i;
        ASSERT_TRUE(got.kind != 2 || got.value.large == sent.value.large) << i;
    }
}

TEST_P(PipeStreams, ArgumentsBeforeThePipesStay) {
    for (const std::size_t n : {1, 10, 5000, 70000, 1000000}) {
        std::vector<byte> head(n, 2);
        Ends<BytePipe, byte> tail;
        tail.source.assign(300000, 1);
        hyper sum = 0;
        auto done = client().Behind(static_cast<ULONG>(n), head.data(), tail.pipe(), &sum);
        ASSERT_TRUE(done) << done.error().text();
        EXPECT_EQ(sum, 300000 + 2000 * static_cast<hyper>(n));
    }
}

TEST_P(PipeStreams, PipesHaveTheirOrder) {
    const auto fault = [&](auto uses, std::size_t elements = 3000) {
        service->several = [&](BytePipe& a, ReadingPipe& b, BytePipe& c, HyperPipe& d) { uses(a, b, c, d); };
        Ends<BytePipe, byte> a, c;
        Ends<ReadingPipe, Reading> b;
        Stream d(elements);
        a.source.resize(elements);
        b.source.resize(elements);
        auto b_pipe = b.pipe();
        auto c_pipe = c.pipe();
        LONG n = 0;
        return client().Several(0, a.pipe(), &b_pipe, &c_pipe, d.pipe(), &n).code();
    };
    const HRESULT order = HRESULT_FROM_WIN32(RPC_X_WRONG_PIPE_ORDER), empty = HRESULT_FROM_WIN32(RPC_X_PIPE_EMPTY);
    const HRESULT closed = HRESULT_FROM_WIN32(RPC_X_PIPE_CLOSED), discipline = HRESULT_FROM_WIN32(RPC_X_PIPE_DISCIPLINE_ERROR);
    Reading reading{};
    byte one = 1;
    // Pulling and pushing by turns is out of order too: a response does not begin before the end of its request.
    EXPECT_EQ(fault([&](auto&, auto& b, auto&, auto&) { all_of<Reading>(b); }), order) << "the second before the first";
    EXPECT_EQ(fault([&](auto& a, auto& b, auto&, auto&) { all_of<byte>(a), b.push(b.state, &reading, 1); }), order) << "pushed too early";
    EXPECT_EQ(fault([&](auto& a, auto& b, auto&, auto& d) { all_of<byte>(a), all_of<Reading>(b), all_of<byte>(a), drain(d); }), empty);
    EXPECT_EQ(fault([&](auto& a, auto& b, auto& c, auto& d) { all_of<byte>(a), all_of<Reading>(b), drain(d), c.push(c.state, &one, 1); }), order);
    const auto drained = [](auto& a, auto& b, auto& d) { all_of<byte>(a), all_of<Reading>(b), drain(d); };
    EXPECT_EQ(fault([&](auto& a, auto& b, auto&, auto& d) { drained(a, b, d), b.push(b.state, &reading, 0), b.push(b.state, &reading, 1); }), closed);
    EXPECT_EQ(fault([&](auto& a, auto& b, auto&, auto& d) { drained(a, b, d), b.push(b.state, &reading, 0); }), discipline) << "one without an end";
    EXPECT_EQ(fault([&](auto& a, auto& b, auto&, auto&) { all_of<byte>(a), all_of<Reading>(b); }), discipline) << "one not drained";
    EXPECT_EQ(fault([&](auto& a, auto&, auto&, auto&) { a.push(a.state, &one, 1); }), discipline) << "the wrong way";
    EXPECT_EQ(fault([&](auto& a, auto& b, auto& c, auto& d) { drained(a, b, d), c.pull(c.state, &one, 1, nullptr); }), discipline) << "the wrong way";
    EXPECT_EQ(fault([](auto&, auto&, auto&, auto&) {}, 100000), discipline) << "none touched, more than a window";
    expect_upload(100000);
}

}  // namespace
}  // namespace odc::test
