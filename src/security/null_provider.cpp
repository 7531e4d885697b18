#include "security/security_provider.h"

namespace odc::security {
namespace {

class NullContext final : public Context {
  public:
    Result<Step> step(std::span<const std::uint8_t>) override { return Step{{}, true, false}; }
    std::size_t verifier_size(Level) const override { return 0; }
    Result<> protect(const PduParts&, Level, std::span<std::uint8_t>) override { return {}; }
    Result<> unprotect(const PduParts&, Level, std::span<const std::uint8_t>) override { return {}; }
    std::string peer_principal() const override { return {}; }
};

class NullProvider final : public SecurityProvider {
  public:
    std::uint8_t type() const override { return 0; }
    Result<std::unique_ptr<Context>> client_context(const std::string&, Level) override { return {std::make_unique<NullContext>()}; }
    Result<std::unique_ptr<Context>> server_context(Level) override { return {std::make_unique<NullContext>()}; }
};

}  // namespace

std::shared_ptr<SecurityProvider> null_provider() { return std::make_shared<NullProvider>(); }

}  // namespace odc::security
