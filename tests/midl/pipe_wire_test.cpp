// What is on the wire of a pipe that breaks: the other end is played byte by byte.
#include <thread>

#include "pipe_service.h"
#include "rpc/played_server.h"
#include "rpc/raw_peer.h"

namespace odc::test {
namespace {

using rpc::test::PlayedServer;
using rpc::test::RawPeer;

constexpr std::uint8_t kFirst = rpc::kFirstFrag, kMiddle = 0, kLast = rpc::kLastFrag;
constexpr std::uint16_t kNumberOpnum = 1, kUploadOpnum = 2, kDownloadOpnum = 3, kHeldOpnum = 7;
constexpr HRESULT kFailed = HRESULT_FROM_WIN32(RPC_S_CALL_FAILED), kProtocol = HRESULT_FROM_WIN32(RPC_S_PROTOCOL_ERROR);

/// Clients that do not do what they should, at a server over TCP and over a Unix socket.
class RawPipes : public PipedTest, public testing::WithParamInterface<Way> {
  protected:
    void SetUp() override {
        rpc::ServerLimits limits;
        limits.pipe_seconds = 1;
        serve(GetParam(), limits);
        service->upload = [this](rpc::ServerCall& call, HyperPipe& values, Checksum& got) {
            started.open();
            try {
                got = drain(values, [&] { was_cancelled = was_cancelled || call.cancelled(); });
            } catch (const rpc::FaultRaised& fault) {
                status = fault.status();
                throw;
            }
        };
    }
    /// The arguments in front of an upload's pipe.
    static std::vector<std::uint8_t> arguments() { return annotated_bytes("00 00 00 00 // how\n 05 00 00 00 00 00 00 00 05 00 00 00 6e 00 61 00 6d 00 65 00 00 00 // name\n 00 00"); }
    /// A chunk of it. Behind the count of the first one the elements are aligned, behind the others' is a gap.
    static std::vector<std::uint8_t> chunk(std::size_t n, bool first = false) {
        ndr::Writer out;
        out.begin(0);
        if (first) out.u32(0);
        out.u32(static_cast<std::uint32_t>(n));
        for (std::size_t i = 0; i < n; ++i) out.i64(value_of(i));
        return {out.base() + (first ? 4 : 0), out.base() + out.own_bytes()};
    }
    /// The start of an upload, of which the method pulls.
    void begin(RawPeer& peer, std::uint32_t id) {
        peer.bind(Piped_id);
        peer.request(id, kUploadOpnum, arguments(), kFirst);
        peer.request(id, kUploadOpnum, chunk(100, true), kMiddle);
        EXPECT_TRUE(started.wait());
    }
    Gate started;
    std::atomic<std::uint32_t> status{0};
    std::atomic<bool> was_cancelled{false};
};
INSTANTIATE_TEST_SUITE_P(Ways, RawPipes, testing::Values(kWays[0], kWays[1]), [](const auto& way) { return way.param.name; });

TEST_P(RawPipes, AClientThatDiesEndsThePull) {
    {
        RawPeer peer(at);
        begin(peer, 2);
    }
    service->await_ended(1);
    EXPECT_EQ(status, std::uint32_t{rpc::kFaultCancel});
    expect_upload(100000);
}

TEST_P(RawPipes, AClientThatFallsSilentIsEnded) {
    RawPeer peer(at);
    begin(peer, 2);
    service->await_ended(1);
    EXPECT_EQ(status, std::uint32_t{rpc::kFaultCancel});
    EXPECT_TRUE(peer.closed());
}

TEST_P(RawPipes, AClientThatTakesNothingIsEnded) {
    service->download = [this](rpc::ServerCall&, HyperPipe& values, std::uint64_t, Checksum&) {
        try {
            for (;;) fill(values, 100000);
        } catch (const rpc::FaultRaised& fault) {
            status = fault.status();
            throw;
        }
    };
    RawPeer peer(at);
    peer.bind(Piped_id);
    peer.request(2, kDownloadOpnum, annotated_bytes("00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00"));
    service->await_ended(1);
    EXPECT_EQ(status, std::uint32_t{rpc::kFaultCancel});
}

TEST_P(RawPipes, SilentPipesDisturbNobody) {
    std::vector<std::unique_ptr<RawPeer>> peers;
    for (int i = 0; i < 10; ++i) {
        peers.push_back(std::make_unique<RawPeer>(at));
        begin(*peers.back(), 2);
    }
    expect_upload(100000);
    PSTATION station = nullptr;
    EXPECT_TRUE(client().Open(&station));
    rpc::destroy_client_context(station);
}

TEST_P(RawPipes, ALostClientIsNoticedBetweenPulls) {
    service->upload = [this](rpc::ServerCall& call, HyperPipe&, Checksum&) {
        started.open();
        while (!call.cancelled()) std::this_thread::yield();
    };
    {
        RawPeer peer(at);
        begin(peer, 2);
    }
    service->await_ended(1);
}

TEST_P(RawPipes, ACallThatWaitsForAContextNoticesToo) {
    Gate inside, leave;
    service->upload = [&](rpc::ServerCall&, HyperPipe&, Checksum&) {
        inside.open();
        leave.wait();
    };
    PSTATION station = nullptr;
    ASSERT_TRUE(client().Open(&station));
    std::thread holder([&] {
        Stream none;
        (void)client().Held(station, none.pipe());
    });
    inside.wait();
    // The same context over another connection of the association, whose client goes while its call waits.
    ndr::Writer out;
    out.begin(0);
    rpc::write_client_context(out, binding.association(), station, false);
    std::vector<std::uint8_t> stub(out.base(), out.base() + out.own_bytes());
    RawPeer peer(at);
    peer.bind(Piped_id, 0, 5840, service->group);
    peer.request(2, kHeldOpnum, stub, kFirst);
    ::shutdown(peer.socket(), SHUT_WR);
    EXPECT_EQ(peer.receive_fault(), std::uint32_t{rpc::kFaultCancel});
    leave.open();
    holder.join();
    EXPECT_EQ(service->ended, 1) << "the other's method never ran";
    rpc::destroy_client_context(station);
}

TEST_P(RawPipes, OrphanedEndsThePullAndKeepsTheConnection) {
    RawPeer peer(at);
    begin(peer, 2);
    peer.send(encode(rpc::Envelope{rpc::PduType::orphaned, 2}));
    service->await_ended(1);
    EXPECT_EQ(status, std::uint32_t{rpc::kFaultCancel});
    peer.request(3, kDownloadOpnum, annotated_bytes("00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00"));
    EXPECT_FALSE(peer.receive().empty());
    EXPECT_EQ(peer.header.type, rpc::PduType::response);
    EXPECT_EQ(peer.header.call_id, 3u);
}

TEST_P(RawPipes, CancelIsSeenByThePull) {
    RawPeer peer(at);
    begin(peer, 2);
    peer.send(encode(rpc::Envelope{rpc::PduType::co_cancel, 2}));
    peer.request(2, kUploadOpnum, chunk(1), kMiddle);
    peer.request(2, kUploadOpnum, annotated_bytes("00 00 00 00"), kLast);
    EXPECT_FALSE(peer.receive().empty());
    EXPECT_EQ(peer.header.type, rpc::PduType::response) << "the method went on";
    EXPECT_TRUE(was_cancelled);
}

TEST_P(RawPipes, ContextsAreNegotiatedInBetween) {
    RawPeer peer(at);
    begin(peer, 2);
    rpc::Bind alter{5840, 5840, 0, {{7, Piped_id, {rpc::kNdr20}}}};
    peer.send(encode(rpc::Envelope{rpc::PduType::alter_context, 3}, alter));
    EXPECT_FALSE(peer.receive().empty());
    EXPECT_EQ(peer.header.type, rpc::PduType::alter_context_resp);
    peer.request(2, kUploadOpnum, annotated_bytes("00 00 00 00"), kLast);
    EXPECT_FALSE(peer.receive().empty());
    EXPECT_EQ(peer.header.type, rpc::PduType::response);
}

TEST_P(RawPipes, WhatIsNotPulledIsSkippedUpToItsEnd) {
    service->upload = [this](rpc::ServerCall&, HyperPipe&, Checksum&) {
        started.open();
        throw rpc::FaultRaised(rpc::kFaultInvalidBound);
    };
    RawPeer peer(at);
    peer.bind(Piped_id);
    peer.request(2, kUploadOpnum, arguments(), kFirst);
    EXPECT_EQ(peer.receive_fault(), std::uint32_t{rpc::kFaultInvalidBound});
    const auto more = chunk(500);
    for (int i = 0; i < 2000; ++i) peer.request(2, kUploadOpnum, more, kMiddle);  // 8 MB, more than a request may have over TCP
    EXPECT_TRUE(peer.sent);
    peer.request(2, kUploadOpnum, more, kLast);
    peer.request(3, kDownloadOpnum, annotated_bytes("00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00"));
    EXPECT_FALSE(peer.receive().empty());
    EXPECT_EQ(peer.header.type, rpc::PduType::response);
    EXPECT_EQ(peer.header.call_id, 3u);
}

TEST_P(RawPipes, BrokenFragmentsEndTheConnection) {
    const auto ends = [&](auto breaks, std::uint32_t fault) {
        const int before = service->ended;
        RawPeer peer(at);
        begin(peer, 2);
        breaks(peer);
        EXPECT_TRUE(fault == 0 || peer.receive_fault() == fault);
        EXPECT_TRUE(peer.closed());
        service->await_ended(before + 1);
        EXPECT_EQ(status, std::uint32_t{rpc::kFaultCancel});
        status = 0;
    };
    const std::vector<std::uint8_t> some(8), none;
    ends([&](RawPeer& peer) { peer.request(3, kUploadOpnum, some, kMiddle); }, rpc::kFaultProtocolError);          // another id
    ends([&](RawPeer& peer) { peer.request(2, kDownloadOpnum, some, kMiddle); }, rpc::kFaultProtocolError);        // another method
    ends([&](RawPeer& peer) { peer.request(2, kUploadOpnum, some, kMiddle, 1); }, rpc::kFaultProtocolError);       // another context
    ends([&](RawPeer& peer) { peer.request(2, kUploadOpnum, some, kFirst); }, rpc::kFaultProtocolError);           // first again
    ends([&](RawPeer& peer) { peer.request(3, kNumberOpnum, some); }, rpc::kFaultProtocolError);                   // a request within
    ends([&](RawPeer& peer) { peer.request(2, kUploadOpnum, none, kMiddle); }, 0);                                 // of nothing
    ends([&](RawPeer& peer) { peer.send("05 00 00 00"); ::shutdown(peer.socket(), SHUT_WR); }, 0);                 // cut off
    ends([&](RawPeer& peer) { peer.send(annotated_bytes("04 00 00 00 10 00 00 00 18 00 00 00 02 00 00 00")); }, 0);  // another version
}

TEST_P(RawPipes, LyingChunksEndInAFault) {
    const auto lies = [&](std::string_view chunks) {
        RawPeer peer(at);
        begin(peer, 2);
        peer.request(2, kUploadOpnum, annotated_bytes(chunks), kLast);
        EXPECT_EQ(peer.receive_fault(), std::uint32_t{rpc::kFaultNdr});
        EXPECT_EQ(status, std::uint32_t{rpc::kFaultNdr});
        // The connection has seen the end of the request.
        peer.request(3, kDownloadOpnum, annotated_bytes("00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00"));
        EXPECT_FALSE(peer.receive().empty());
        EXPECT_EQ(peer.header.type, rpc::PduType::response);
    };
    lies("ff ff ff ff 00 00 00 00 00 00 00 00 00 00 00 00");
    lies("02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
    lies("01 00 00 00 00 00 00 00 00 00 00 00");              // half an element
    lies("01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");  // no end
    lies("00 00");
}

TEST_P(RawPipes, FragmentsOfOneByteArrive) {
    RawPeer peer(at);
    peer.bind(Piped_id);
    std::vector<std::uint8_t> stub = arguments();
    for (int i = 0; i < 3; ++i) {
        const auto more = chunk(50, i == 0);
        stub.insert(stub.end(), more.begin(), more.end());
    }
    stub.insert(stub.end(), 4, 0);
    for (std::size_t i = 0; i < stub.size(); ++i)
        peer.request(2, kUploadOpnum, {stub.data() + i, 1}, static_cast<std::uint8_t>((i == 0 ? kFirst : 0) | (i + 1 == stub.size() ? kLast : 0)));
    EXPECT_FALSE(peer.receive().empty());
    EXPECT_EQ(peer.header.type, rpc::PduType::response);
}

TEST_P(RawPipes, BigEndianStreamsAreRead) {
    Checksum got;
    service->upload = [&](rpc::ServerCall&, HyperPipe& values, Checksum& sum) { got = sum = drain(values); };
    RawPeer peer(at);
    peer.bind(Piped_id);
    const auto fragment = [&](std::vector<std::uint8_t> stub, std::uint8_t flags) {
        std::vector<std::uint8_t> pdu(24);
        const auto size = static_cast<std::uint16_t>(24 + stub.size());
        const std::uint8_t head[24] = {5, 0, 0, flags, 0, 0, 0, 0, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size), 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, kUploadOpnum};
        std::copy_n(head, 24, pdu.begin());
        pdu.insert(pdu.end(), stub.begin(), stub.end());
        ASSERT_TRUE(peer.send(pdu));
    };
    fragment(annotated_bytes("00 00 00 00 00 00 00 05 00 00 00 00 00 00 00 05 00 6e 00 61 00 6d 00 65 00 00 00 00"), kFirst);
    Checksum sent;
    for (int i = 0; i < 3000; ++i) {
        fragment(annotated_bytes("00 00 00 01"), kMiddle);
        const std::uint64_t value = static_cast<std::uint64_t>(value_of(static_cast<std::uint64_t>(i)));
        sent.add(static_cast<hyper>(value));
        // The first chunk's element is aligned already, behind the others' counts there is a gap.
        std::vector<std::uint8_t> element(i == 0 ? 0 : 4);
        for (int shift = 56; shift >= 0; shift -= 8) element.push_back(static_cast<std::uint8_t>(value >> shift));
        fragment(element, kMiddle);
    }
    fragment(annotated_bytes("00 00 00 00"), kLast);
    EXPECT_FALSE(peer.receive().empty());
    EXPECT_EQ(peer.header.type, rpc::PduType::response);
    EXPECT_EQ(got, sent);
}

// Servers that do not do what they should ------------------------------------------------------------------------------------

Piped_client client_of(const PlayedServer& server) { return Piped_client(rpc::Binding(server.endpoint()), nullptr); }

HRESULT uploaded(const PlayedServer& server, Stream& stream) {
    WCHAR name[] = u"name";
    hyper count = 0, sum = 0;
    return client_of(server).Upload(0, name, stream.pipe(), &count, &sum).code();
}
HRESULT downloaded(const PlayedServer& server, Stream& stream) {
    hyper sum = 0;
    WCHAR* text = nullptr;
    auto pipe = stream.pipe();
    const HRESULT code = client_of(server).Download(0, 1, &pipe, &sum, &text).code();
    EXPECT_EQ(text, nullptr);
    return code;
}
/// Reads three fragments of an upload; the call's id.
std::uint32_t read_some(RawPeer& peer) {
    for (int i = 0; i < 3; ++i) peer.receive();
    EXPECT_EQ(peer.header.type, rpc::PduType::request);
    EXPECT_FALSE(peer.header.has(rpc::kLastFrag));
    return peer.header.call_id;
}
void send_fault(RawPeer& peer, std::uint32_t id) {
    peer.send(encode(rpc::Envelope{rpc::PduType::fault, id}, rpc::Fault{0, 0, rpc::kFaultInvalidBound}));
}
/// Reads on until the client says that the rest does not come.
bool reads_orphaned(RawPeer& peer) {
    while (!peer.receive().empty())
        if (peer.header.type == rpc::PduType::orphaned) return true;
    return false;
}

TEST(RawPipeServers, OneThatDiesEndsTheUpload) {
    PlayedServer server([](RawPeer& peer) {
        PlayedServer::accept_bind(peer);
        read_some(peer);
    });
    Stream endless(Stream::kEndless);
    EXPECT_EQ(uploaded(server, endless), kFailed);
}

TEST(RawPipeServers, AFaultIsAnsweredByOrphaned) {
    std::atomic<bool> orphaned{false}, closed{false};
    PlayedServer server([&](RawPeer& peer) {
        PlayedServer::accept_bind(peer);
        if (orphaned) return;  // the connection that keeps the association
        send_fault(peer, read_some(peer));
        orphaned = reads_orphaned(peer);
    });
    Stream endless(Stream::kEndless);
    EXPECT_EQ(uploaded(server, endless), HRESULT_FROM_WIN32(RPC_S_INVALID_BOUND));
    EXPECT_TRUE(orphaned);
    EXPECT_EQ(server.connections, 2) << "the server keeps no connection behind orphaned";
}

TEST(RawPipeServers, AConnectionThatMayBeKeptIs) {
    PlayedServer server([&](RawPeer& peer) {
        peer.receive();
        const rpc::BindAck ack{5840, 5840, 77, "x", {{rpc::ContextVerdict::acceptance, 0, rpc::kNdr20}, {rpc::ContextVerdict::negotiate_ack, rpc::kKeepConnectionOnOrphan, {}}}};
        peer.send(encode(rpc::Envelope{rpc::PduType::bind_ack, peer.header.call_id, rpc::kWhole | rpc::kConcMpx}, ack));
        for (int i = 0; i < 3; ++i) {
            send_fault(peer, read_some(peer));
            EXPECT_TRUE(reads_orphaned(peer));
        }
    });
    auto client = client_of(server);
    for (int i = 0; i < 3; ++i) {
        Stream endless(Stream::kEndless);
        WCHAR name[] = u"name";
        hyper count = 0, sum = 0;
        EXPECT_EQ(client.Upload(0, name, endless.pipe(), &count, &sum).code(), HRESULT_FROM_WIN32(RPC_S_INVALID_BOUND));
    }
    EXPECT_EQ(server.connections, 1);
}

TEST(RawPipeServers, AnswersBeforeTheEndOfTheRequestAreRefused) {
    for (const std::uint8_t flags : {rpc::kWhole, kFirst}) {
        PlayedServer server([&](RawPeer& peer) {
            PlayedServer::accept_bind(peer);
            PlayedServer::respond(peer, read_some(peer), std::vector<std::uint8_t>(24), flags);
            while (!peer.receive().empty()) {
            }
        });
        Stream endless(Stream::kEndless);
        EXPECT_EQ(uploaded(server, endless), kProtocol);
    }
}

TEST(RawPipeServers, FaultsOfOtherCallsAreRefused) {
    PlayedServer server([](RawPeer& peer) {
        PlayedServer::accept_bind(peer);
        send_fault(peer, read_some(peer) + 1);
        while (!peer.receive().empty()) {
        }
    });
    Stream endless(Stream::kEndless);
    EXPECT_EQ(uploaded(server, endless), kProtocol);
}

TEST(RawPipeServers, BrokenRepliesEndTheDownload) {
    const auto ends = [](auto plays, std::uint64_t pushed) {
        PlayedServer server([&](RawPeer& peer) {
            PlayedServer::accept_bind(peer);
            peer.receive();
            plays(peer, peer.header.call_id);
        });
        Stream stream;
        const HRESULT code = downloaded(server, stream);
        EXPECT_EQ(stream.got.count, pushed);
        EXPECT_EQ(stream.ends, 0);
        return code;
    };
    const auto chunk = annotated_bytes("01 00 00 00 00 00 00 00 05 00 00 00 00 00 00 00");
    const auto respond = PlayedServer::respond;
    const HRESULT bad = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    EXPECT_EQ(ends([&](RawPeer& peer, std::uint32_t id) { respond(peer, id, chunk, kFirst); }, 1), kFailed) << "dies";
    EXPECT_EQ(ends([&](RawPeer& peer, std::uint32_t id) { respond(peer, id, chunk, rpc::kWhole); }, 1), bad) << "no end";
    EXPECT_EQ(ends([&](RawPeer& peer, std::uint32_t id) { respond(peer, id, annotated_bytes("ff ff ff ff 00 00 00 00 05 00 00 00 00 00 00 00"), rpc::kWhole); }, 1), bad);
    EXPECT_EQ(ends([&](RawPeer& peer, std::uint32_t id) { respond(peer, id, chunk, kFirst), respond(peer, id, {}, kMiddle); }, 1), kProtocol) << "of nothing";
    EXPECT_EQ(ends([&](RawPeer& peer, std::uint32_t id) { respond(peer, id, chunk, kFirst), respond(peer, id + 1, chunk, kMiddle); }, 1), kProtocol) << "another id";
    EXPECT_EQ(ends([&](RawPeer& peer, std::uint32_t id) { respond(peer, id, chunk, kFirst), respond(peer, id, chunk, kFirst); }, 1), kProtocol) << "first again";
    EXPECT_EQ(ends([&](RawPeer& peer, std::uint32_t id) { respond(peer, id, chunk, kMiddle); }, 0), kProtocol) << "no first";
    EXPECT_EQ(ends([&](RawPeer& peer, std::uint32_t id) { respond(peer, id, chunk, kFirst), send_fault(peer, id); }, 1), HRESULT_FROM_WIN32(RPC_S_INVALID_BOUND));
}

}  // namespace
}  // namespace odc::test
