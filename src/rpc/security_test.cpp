// Authentication and protection of PDUs, with the provider for tests.
#include <gtest/gtest.h>

#include "rpc/raw_peer.h"
#include "rpc/test_interface.h"
#include "security/test_provider.h"

namespace odc::rpc {
namespace {

using namespace test;
using security::TestProvider;

class Secured : public testing::TestWithParam<int> {
  protected:
    explicit Secured(ServerLimits limits = {}) : server_(limits) {
        server_.accept_security(std::make_shared<TestProvider>("secret", legs()));
        server_.serve(kTestSpec, &service_, 5);
        server_.serve(kOtherSpec, &service_);
        endpoint_ = server_.listen({Endpoint::Protocol::ncacn_ip_tcp, "127.0.0.1", ""}).take();
    }
    int legs() const { return GetParam(); }
    std::shared_ptr<Association> associate(unsigned level, const char* password = "secret") {
        BindingOptions options;
        options.security = std::make_shared<TestProvider>(password, legs());
        options.authentication_level = level;
        return Association::create(endpoint_, options);
    }
    TestService service_;
    Server server_;
    Endpoint endpoint_;
};
INSTANTIATE_TEST_SUITE_P(Legs, Secured, testing::Values(2, 3, 4));

TEST_P(Secured, CallsAndLargeMessagesArrive) {
    for (const unsigned level : {5u, 6u}) {
        auto association = associate(level);
        for (const std::size_t n : {0, 1, 15, 16, 17, 5000, 5800, 6000, 100000, 1000000}) {
            auto same = echo(*association, pattern(n));
            ASSERT_TRUE(same) << level << " " << n << ": " << same.error().text();
            EXPECT_TRUE(*same);
        }
        EXPECT_EQ(*answer(*association), 42u);
    }
}

TEST_P(Secured, LevelsBelowTheLeastAreRefused) {
    for (const unsigned level : {2u, 3u, 4u}) {
        auto association = associate(level);
        EXPECT_EQ(add(*association, 1, 2).code(), E_ACCESSDENIED) << level;
        EXPECT_EQ(*answer(*association), 42u) << level;
    }
    auto nobody = Association::create(endpoint_);
    EXPECT_EQ(add(*nobody, 1, 2).code(), E_ACCESSDENIED);
    EXPECT_EQ(*answer(*nobody), 42u);
}

TEST_P(Secured, LocalCallersCountAsPrivate) {
    auto association = Association::create(*server_.listen({Endpoint::Protocol::ncalrpc, "", ""}));
    EXPECT_EQ(*add(*association, 1, 2), 3);
}

TEST_P(Secured, WrongPasswordIsRefused) {
    auto association = associate(5, "guess");
    const auto result = add(*association, 1, 2);
    EXPECT_FALSE(result);
}

TEST_P(Secured, ThreadsShareAProtectedConnection) {
    BindingOptions options;
    options.security = std::make_shared<TestProvider>("secret", legs());
    options.connections = 1;
    auto shared = Association::create(endpoint_, options);
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 100; ++i)
                if (const auto sum = add(*shared, t, i); !sum || *sum != t + i) ++wrong;
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

/// A client that can be made to lie, byte by byte.
class Tampering : public testing::TestWithParam<int> {
  protected:
    Tampering() {
        server_.accept_security(std::make_shared<TestProvider>("secret"));
        server_.serve(kTestSpec, &service_, 5);
        endpoint_ = server_.listen({Endpoint::Protocol::ncacn_ip_tcp, "127.0.0.1", ""}).take();
    }
    /// A bound, authenticated peer; the context that protects its requests.
    std::unique_ptr<security::Context> authenticate(RawPeer& peer, std::uint8_t flags = kWhole | kSupportHeaderSign) {
        auto context = TestProvider("secret").client_context("", level()).take();
        const auto token = context->step({}).take().token;
        const AuthVerifier verifier{TestProvider::kType, static_cast<std::uint8_t>(level()), 0, 1, token};
        peer.send(encode(Envelope{PduType::bind, 1, flags, &verifier}, Bind{5840, 5840, 0, {{0, kTestInterface, {kNdr20}}}}));
        const auto ack = peer.receive();
        EXPECT_EQ(peer.header.type, PduType::bind_ack);
        EXPECT_TRUE(context->step(parse_auth_verifier(peer.header, ack)->token)->complete);
        return context;
    }
    security::Level level() const { return static_cast<security::Level>(GetParam()); }
    /// A request of add(1, 2), protected.
    std::vector<std::uint8_t> request(security::Context& context, std::uint32_t call_id, std::uint8_t flags = kWhole) const {
        std::vector<std::uint8_t> pdu(24 + 16 + 8 + 16);
        PduHeader header;
        header.flags = flags;
        header.call_id = call_id;
        header.frag_length = static_cast<std::uint16_t>(pdu.size());
        header.auth_length = 16;
        write_request_header(pdu.data(), header, {8, 0, TestService::kAdd, {}});
        pdu[24] = 1;
        pdu[28] = 2;
        pdu[40] = TestProvider::kType;
        pdu[41] = static_cast<std::uint8_t>(level());
        pdu[42] = 8;  // padding
        pdu[44] = 1;  // context id
        const auto all = std::span(pdu);
        (void)context.protect({all.first(24), all.subspan(24, 16), all.subspan(40, 8), true}, level(), all.subspan(48));
        return pdu;
    }
    void expect_refused(RawPeer& peer, const std::string& what) {
        std::vector<std::uint8_t> pdu;
        do {
            pdu = peer.receive();
        } while (!pdu.empty() && peer.header.type == PduType::response);
        if (!pdu.empty()) {  // some lies are such that nothing can be answered
            EXPECT_EQ(peer.header.type, PduType::fault) << what;
            EXPECT_TRUE(peer.closed()) << what;
        }
        EXPECT_LE(service_.calls.load(), 0) << what;
    }
    TestService service_;
    Server server_;
    Endpoint endpoint_;
};
INSTANTIATE_TEST_SUITE_P(Levels, Tampering, testing::Values(5, 6));

// Threat 11, as far as the test provider goes: one bit flipped anywhere.
TEST_P(Tampering, FlippedBitsAreFound) {
    for (std::size_t bit = 0; bit < 64 * 8; ++bit) {
        // frag_length and auth_length: the PDU no longer ends where it ends; a longer one is waited for.
        if (bit / 8 >= 8 && bit / 8 < 12) continue;
        if (bit / 8 == 43) continue;  // auth_reserved: signed like all the trailer, see below
        RawPeer peer(endpoint_);
        auto context = authenticate(peer);
        auto pdu = request(*context, 2);
        pdu[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
        peer.send(pdu);
        ::shutdown(peer.socket(), SHUT_WR);
        const auto answer = peer.receive();
        EXPECT_TRUE(answer.empty() || peer.header.type != PduType::response) << "bit " << bit;
    }
}

// Threat 12: replayed, reordered, dropped.
TEST_P(Tampering, SequenceIsKept) {
    {
        RawPeer peer(endpoint_);
        auto context = authenticate(peer);
        const auto pdu = request(*context, 2);
        peer.send(pdu);
        peer.send(pdu);
        expect_refused(peer, "replayed");
    }
    {
        RawPeer peer(endpoint_);
        auto context = authenticate(peer);
        const auto first = request(*context, 2), second = request(*context, 3);
        peer.send(second);
        expect_refused(peer, "dropped");
    }
}

// Threat 12: level, type and context stay the same within a request.
TEST_P(Tampering, ProtectionIsTheSameForAllFragments) {
    RawPeer peer(endpoint_);
    auto context = authenticate(peer);
    peer.send(request(*context, 2, kFirstFrag));
    const std::uint8_t rest[8] = {};
    peer.request(2, TestService::kAdd, rest, kLastFrag);
    expect_refused(peer, "last fragment without verifier");

    for (const std::size_t field : {40, 41, 44}) {
        RawPeer other(endpoint_);
        auto mine = authenticate(other);
        other.send(request(*mine, 2, kFirstFrag));
        auto changed = request(*mine, 2, kLastFrag);
        changed[field] ^= 1;
        other.send(changed);
        expect_refused(other, "byte " + std::to_string(field) + " of the second fragment");
    }
}

// Without header signing agreed on at both ends, only the body is under the signature.
TEST_P(Tampering, HeaderSigningIsAgreedOn) {
    RawPeer peer(endpoint_);
    auto context = authenticate(peer, kWhole);
    EXPECT_FALSE(peer.header.has(kSupportHeaderSign));
    peer.send(request(*context, 2));  // signs its header all the same
    expect_refused(peer, "header signed without agreement");
}

TEST(Authentication, TypesThatNobodyKnowsAreRefused) {
    TestService service;
    Server server;
    server.serve(kTestSpec, &service);
    const Endpoint endpoint = server.listen({Endpoint::Protocol::ncacn_ip_tcp, "127.0.0.1", ""}).take();
    RawPeer peer(endpoint);
    const std::uint8_t token[] = {1, 2, 3};
    const AuthVerifier verifier{10, 5, 0, 1, token};
    peer.send(encode(Envelope{PduType::bind, 1, kWhole, &verifier}, Bind{5840, 5840, 0, {{0, kTestInterface, {kNdr20}}}}));
    const auto pdu = peer.receive();
    ASSERT_EQ(peer.header.type, PduType::bind_nak);
    EXPECT_EQ(parse_bind_nak(peer.header, pdu)->reason, kRejectAuthenticationType);
    EXPECT_TRUE(peer.closed());
    BindingOptions options;
    options.security = std::make_shared<TestProvider>("secret");
    EXPECT_EQ(add(*Association::create(endpoint, options), 1, 2).code(), HRESULT_FROM_WIN32(RPC_S_UNKNOWN_AUTHN_SERVICE));
    options.security = security::null_provider();
    EXPECT_EQ(*add(*Association::create(endpoint, options), 1, 2), 3);
}

// Defaults of the threats: authentication that is not finished in time ends the connection.
TEST(Authentication, HasADeadline) {
    TestService service;
    ServerLimits limits;
    limits.authentication_seconds = 1;
    Server server(limits);
    server.accept_security(std::make_shared<TestProvider>("secret", 3));
    server.serve(kTestSpec, &service);
    RawPeer peer(server.listen({Endpoint::Protocol::ncacn_ip_tcp, "127.0.0.1", ""}).take());
    auto context = TestProvider("secret", 3).client_context("", security::Level::integrity).take();
    const auto token = context->step({}).take().token;
    const AuthVerifier verifier{TestProvider::kType, 5, 0, 1, token};
    peer.send(encode(Envelope{PduType::bind, 1, kWhole, &verifier}, Bind{5840, 5840, 0, {{0, kTestInterface, {kNdr20}}}}));
    peer.receive();
    EXPECT_EQ(peer.header.type, PduType::bind_ack);
    EXPECT_TRUE(peer.closed());
}

TEST(Authentication, PrincipalNameIsTold) {
    Server server;
    server.accept_security(std::make_shared<TestProvider>("secret"));
    auto association = Association::create(*server.listen({Endpoint::Protocol::ncalrpc, "", ""}));
    ClientCall call(*association, {{0xAFA8BD80, 0x7D8A, 0x11C9, {0xBE, 0xF4, 0x08, 0x00, 0x2B, 0x10, 0x29, 0x89}}, 1, 0}, 4);
    call.request().u32(TestProvider::kType);
    call.request().u32(100);
    ASSERT_TRUE(call.invoke());
    EXPECT_EQ(call.reply().u32(), 100u);
    call.reply().expect(0);
    const std::size_t n = call.reply().count(1);
    EXPECT_EQ(std::string(reinterpret_cast<char*>(call.reply().view(n)), n), std::string("test/server", 12));
    EXPECT_EQ(call.reply().u32(), 0u);
}

}  // namespace
}  // namespace odc::rpc
