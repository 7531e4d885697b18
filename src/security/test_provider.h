// A provider for tests: it protects against mistakes, not against anybody. The token is a name and a password in clear, the
// verifier a sequence number and a checksum, the encryption an exclusive or.
#pragma once

#include <cstring>

#include "security/security_provider.h"

namespace odc::security {

class TestProvider final : public SecurityProvider {
  public:
    static constexpr std::uint8_t kType = 123;
    /// `legs`: tokens that go back and forth, 2 to 4.
    explicit TestProvider(std::string password, int legs = 2) : password_(std::move(password)), legs_(legs) {}
    std::uint8_t type() const override { return kType; }
    Result<std::unique_ptr<Context>> client_context(const std::string&, Level) override {
        return {std::make_unique<TestContext>(password_, legs_, true)};
    }
    Result<std::unique_ptr<Context>> server_context(Level) override { return {std::make_unique<TestContext>(password_, legs_, false)}; }
    std::string server_principal() const override { return "test/server"; }

  private:
    class TestContext final : public Context {
      public:
        TestContext(std::string password, int legs, bool client) : password_(std::move(password)), legs_(legs), client_(client) {}

        Result<Step> step(std::span<const std::uint8_t> token) override {
            const int arrives = client_ ? 2 * steps_ : 2 * steps_ + 1;  // the number of the leg at hand, from 1; 0: the start
            ++steps_;
            if (arrives > 0 && (token.size() != password_.size() + 1 || token[0] != arrives ||
                                std::memcmp(token.data() + 1, password_.data(), password_.size()) != 0))
                return fail(E_ACCESSDENIED, "wrong password");
            Step next;
            if (arrives < legs_) {
                next.token.push_back(static_cast<std::uint8_t>(arrives + 1));
                next.token.insert(next.token.end(), password_.begin(), password_.end());
            }
            next.complete = arrives >= legs_ - 1;
            next.wants_answer = arrives + 1 < legs_;
            return next;
        }
        std::size_t verifier_size(Level) const override { return 16; }
        Result<> protect(const PduParts& pdu, Level level, std::span<std::uint8_t> verifier) override {
            write(pdu, sent_++, client_, verifier);
            if (level == Level::privacy) exclusive_or(pdu.body);
            return {};
        }
        Result<> unprotect(const PduParts& pdu, Level level, std::span<const std::uint8_t> verifier) override {
            if (verifier.size() != 16) return fail(E_ACCESSDENIED, "wrong size of the verifier");
            if (level == Level::privacy) exclusive_or(pdu.body);
            std::uint8_t expected[16];
            write(pdu, received_++, !client_, expected);
            if (std::memcmp(expected, verifier.data(), 16) != 0) return fail(E_ACCESSDENIED, "wrong verifier");
            return {};
        }
        std::string peer_principal() const override { return client_ ? "test/server" : "test/client"; }

      private:
        static void exclusive_or(std::span<std::uint8_t> body) {
            for (auto& byte : body) byte ^= 0x5A;
        }
        void write(const PduParts& pdu, std::uint64_t number, bool by_client, std::span<std::uint8_t> verifier) const {
            std::uint64_t sum = 0xCBF29CE484222325ull + number * 2 + (by_client ? 1 : 0);
            const auto add = [&](std::span<const std::uint8_t> part) {
                for (const std::uint8_t byte : part) sum = (sum ^ byte) * 0x100000001B3ull;
            };
            add({reinterpret_cast<const std::uint8_t*>(password_.data()), password_.size()});
            if (pdu.sign_header) add(pdu.header);
            add(pdu.body);
            if (pdu.sign_header) add(pdu.trailer);
            std::memcpy(verifier.data(), &number, 8);
            std::memcpy(verifier.data() + 8, &sum, 8);
        }
        const std::string password_;
        const int legs_;
        const bool client_;
        int steps_ = 0;
        std::uint64_t sent_ = 0, received_ = 0;
    };

    const std::string password_;
    const int legs_;
};

}  // namespace odc::security
