// The security contexts of one server connection: built by bind, alter_context and auth3, used by requests.
#pragma once

#include <memory>
#include <vector>

#include "base/mutex.h"
#include "opendcom/rpc/server.h"
#include "rpc/protection.h"

namespace odc::rpc {

/// The providers that a server accepts, by auth_type (MS-RPCE 3.1.3.1.1).
class ProviderTable {
  public:
    void add(std::shared_ptr<security::SecurityProvider> provider) ODC_EXCLUDES(mutex_);
    std::shared_ptr<security::SecurityProvider> find(std::uint8_t type) const ODC_EXCLUDES(mutex_);

  private:
    mutable Mutex mutex_;
    std::vector<std::shared_ptr<security::SecurityProvider>> providers_ ODC_GUARDED_BY(mutex_);
};

/// One security context. Lives as long as the connection: calls that run refer to it.
struct SecurityContext {
    std::unique_ptr<security::Context> context;
    Protection protection;
    bool complete = false;
    Peer peer;  ///< the transport's peer with what authentication added
};

/// Used by the connection's reader.
class ServerSecurity {
  public:
    ServerSecurity(const ProviderTable& providers, std::size_t limit) : providers_(providers), limit_(limit) {}

    enum class Verdict : std::uint8_t { accepted, unknown_type, refused, too_many };
    struct Answer {
        Verdict verdict = Verdict::accepted;
        SecurityContext* context = nullptr;
        std::vector<std::uint8_t> token;  ///< for the client; may be empty
        std::string why;
    };
    /// A token has come: begins a context, or goes on with one that is not complete.
    Answer exchange(const AuthVerifier& verifier, const Peer& transport, bool sign_header);
    /// The complete context of that id, or null.
    SecurityContext* find(std::uint32_t id) const;
    /// The one that requests without verifier belong to: the only one, at connect level (MS-RPCE 3.3.1.5.4). Or null.
    SecurityContext* of_bare_requests() const;
    bool empty() const { return contexts_.empty(); }

  private:
    const ProviderTable& providers_;
    const std::size_t limit_;
    std::vector<std::unique_ptr<SecurityContext>> contexts_;
};

}  // namespace odc::rpc
