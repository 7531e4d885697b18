// Pipes that do not come to their end: faults, programs that throw, servers that stop. Whatever happens the call ends at both ends, and
// others go on.
#include <thread>

#include "pipe_service.h"

namespace odc::test {
namespace {

constexpr HRESULT kFailed = HRESULT_FROM_WIN32(RPC_S_CALL_FAILED);

class PipeFailures : public PipedTest, public testing::WithParamInterface<Way> {
  protected:
    void SetUp() override { serve(GetParam()); }
    /// A context handle of the association, which ends when the association does.
    void open_station() { ASSERT_TRUE(client().Open(&station)); }
    void expect_station() {
        LONG number = 0;
        auto done = client().Number(station, &number);
        EXPECT_TRUE(done) << done.error().text();
        EXPECT_EQ(number, 42);
        EXPECT_EQ(service->run_down, 0);
        rpc::destroy_client_context(station);
    }
    PSTATION station = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Ways, PipeFailures, testing::ValuesIn(kWays), [](const auto& way) { return way.param.name; });

TEST_P(PipeFailures, AFaultEndsAnEndlessUpload) {
    open_station();
    service->upload = [](rpc::ServerCall&, HyperPipe& values, Checksum&) {
        hyper buffer[1000];
        ULONG n = 0;
        for (int i = 0; i < 100; ++i) values.pull(values.state, buffer, 1000, &n);
        throw rpc::FaultRaised(rpc::kFaultInvalidBound);
    };
    for (int i = 0; i < 20; ++i) {
        Stream endless(Stream::kEndless);
        EXPECT_EQ(upload(endless).code(), HRESULT_FROM_WIN32(RPC_S_INVALID_BOUND));
    }
    service->upload = [](rpc::ServerCall&, HyperPipe& values, Checksum& got) { got = drain(values); };
    expect_upload(100000);
    expect_station();
}

TEST_P(PipeFailures, AFaultEndsAnUploadWhoseClientWaits) {
    // The client's pull goes on when the method has thrown: the fault is there before the next fragment.
    Gate thrown;
    service->upload = [&](rpc::ServerCall&, HyperPipe&, Checksum&) { throw rpc::FaultRaised(rpc::kFaultInvalidBound); };
    Stream endless(Stream::kEndless);
    std::thread opener([&] { service->await_ended(1), thrown.open(); });
    endless.on_pull = [&] {
        if (endless.given > 20000) thrown.wait();
    };
    EXPECT_EQ(upload(endless).code(), HRESULT_FROM_WIN32(RPC_S_INVALID_BOUND));
    opener.join();
}

TEST_P(PipeFailures, AFaultEndsADownloadInItsMiddle) {
    open_station();
    service->download = [](rpc::ServerCall&, HyperPipe& values, std::uint64_t count, Checksum&) {
        fill(values, count);
        throw rpc::FaultRaised(rpc::kFaultInvalidBound);
    };
    for (const std::uint64_t n : {0, 100000}) {
        Stream stream;
        EXPECT_EQ(download(stream, n).code(), HRESULT_FROM_WIN32(RPC_S_INVALID_BOUND));
        EXPECT_EQ(stream.ends, 0);
        EXPECT_GE(stream.got.count, n / 2) << "what came long before the fault was pushed";
    }
    service->download = [](rpc::ServerCall&, HyperPipe& values, std::uint64_t count, Checksum&) { fill(values, count); };
    Stream without_end;
    EXPECT_EQ(download(without_end, 100000).code(), HRESULT_FROM_WIN32(RPC_X_PIPE_DISCIPLINE_ERROR));
    expect_station();
}

TEST_P(PipeFailures, APullThatThrowsEndsTheCallAtBothEnds) {
    open_station();
    service->upload = [](rpc::ServerCall&, HyperPipe& values, Checksum& got) { got = drain(values); };
    for (const std::uint64_t at : {0, 1000, 100000}) {
        Stream stream(Stream::kEndless);
        stream.on_pull = [&] {
            if (stream.given >= at) throw std::runtime_error("no more");
        };
        EXPECT_THROW((void)upload(stream), std::runtime_error);
    }
    service->await_ended(1);  // shorter ones may never have reached the server
    expect_station();
}

TEST_P(PipeFailures, APushThatThrowsEndsTheCallAtBothEnds) {
    open_station();
    std::atomic<int> faults{0};
    service->download = [&](rpc::ServerCall& call, HyperPipe& values, std::uint64_t, Checksum&) {
        try {
            for (;;) fill(values, 100000);
        } catch (const rpc::FaultRaised& fault) {
            EXPECT_EQ(fault.status(), std::uint32_t{rpc::kFaultCancel});
            EXPECT_TRUE(call.cancelled());
            ++faults;
            throw;
        }
    };
    Stream stream;
    stream.on_push = [&] {
        if (stream.got.count > 100000) throw std::runtime_error("enough");
    };
    EXPECT_THROW((void)download(stream, 0), std::runtime_error);
    service->await_ended(1);
    EXPECT_EQ(faults, 1);
    expect_station();
}

TEST_P(PipeFailures, AMethodMayGoOnAfterAFailedPull) {
    // Its connection is lost: nothing that it does then may reach anybody.
    service->upload = [](rpc::ServerCall&, HyperPipe& values, Checksum& got) {
        EXPECT_THROW(drain(values), rpc::FaultRaised);
        EXPECT_THROW(drain(values), rpc::FaultRaised);
        got = {};
    };
    Stream stream(Stream::kEndless);
    stream.on_pull = [&] {
        if (stream.given > 100000) throw std::runtime_error("no more");
    };
    EXPECT_THROW((void)upload(stream), std::runtime_error);
    service->await_ended(1);
}

TEST_P(PipeFailures, TheServerStopsWhilePipesWait) {
    Gate pulling;
    service->upload = [&](rpc::ServerCall&, HyperPipe& values, Checksum&) {
        pulling.open();
        EXPECT_THROW(drain(values), rpc::FaultRaised);
    };
    std::thread stopper([&] {
        pulling.wait();
        server->stop();
    });
    Stream stream(Stream::kEndless);
    EXPECT_EQ(upload(stream).code(), kFailed);
    stopper.join();
    EXPECT_EQ(service->ended, 1);
}

TEST_P(PipeFailures, CallbacksWaitForTheEndOfTheInput) {
    class Answers final : public Piped_callback_server {
        LONG Ask(rpc::ServerCall&, LONG n) override { return n + 1; }
    } answers;
    service->upload = [](rpc::ServerCall& call, HyperPipe& values, Checksum& got) {
        hyper one;
        ULONG n = 0;
        values.pull(values.state, &one, 1, &n);
        EXPECT_EQ(Piped_callback_client(call).Ask(1).code(), HRESULT_FROM_WIN32(RPC_S_CALL_IN_PROGRESS));
        got = drain(values);
        auto asked = Piped_callback_client(call).Ask(41);
        EXPECT_TRUE(asked && *asked == 42);
    };
    Stream stream(500000);
    WCHAR name[] = u"name";
    hyper count = 0, sum = 0;
    auto done = client(&answers).Upload(0, name, stream.pipe(), &count, &sum);
    ASSERT_TRUE(done) << done.error().text();
    service->download = [](rpc::ServerCall& call, HyperPipe& values, std::uint64_t n, Checksum& put) {
        auto asked = Piped_callback_client(call).Ask(41);
        EXPECT_TRUE(asked && *asked == 42);
        put = fill(values, n);
        values.push(values.state, nullptr, 0);
    };
    auto pipe = stream.pipe();
    WCHAR* text = nullptr;
    auto back = client(&answers).Download(0, 100000, &pipe, &sum, &text);
    ASSERT_TRUE(back) << back.error().text();
    std::free(text);
}

}  // namespace
}  // namespace odc::test
