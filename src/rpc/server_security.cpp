#include "rpc/server_security.h"

namespace odc::rpc {

void ProviderTable::add(std::shared_ptr<security::SecurityProvider> provider) {
    Lock lock(mutex_);
    providers_.push_back(std::move(provider));
}

std::shared_ptr<security::SecurityProvider> ProviderTable::find(std::uint8_t type) const {
    Lock lock(mutex_);
    for (const auto& provider : providers_)
        if (provider->type() == type) return provider;
    return nullptr;
}

ServerSecurity::Answer ServerSecurity::exchange(const AuthVerifier& verifier, const Peer& transport, bool sign_header) {
    const auto refused = [](Verdict verdict, std::string why) { return Answer{verdict, nullptr, {}, std::move(why)}; };
    if (verifier.level < static_cast<std::uint8_t>(security::Level::connect) || verifier.level > static_cast<std::uint8_t>(security::Level::privacy))
        return refused(Verdict::refused, "no authentication level " + std::to_string(verifier.level));
    SecurityContext* found = nullptr;
    for (const auto& context : contexts_)
        if (context->protection.context_id == verifier.context_id) found = context.get();
    if (!found) {
        if (contexts_.size() >= limit_) return refused(Verdict::too_many, "more than " + std::to_string(limit_) + " security contexts");
        const auto provider = providers_.find(verifier.type);
        if (!provider) return refused(Verdict::unknown_type, "authentication type " + std::to_string(verifier.type) + " is not known");
        const auto level = static_cast<security::Level>(verifier.level);
        auto made = provider->server_context(level);
        if (!made) return refused(Verdict::refused, made.error().text());
        found = contexts_.emplace_back(std::make_unique<SecurityContext>()).get();
        found->context = made.take();
        found->protection = {found->context.get(), verifier.type, level, verifier.context_id, sign_header};
        found->peer = transport;
    } else if (found->complete || !found->protection.is_named_by(verifier)) {
        return refused(Verdict::refused, "the security context is complete, or another one");
    }
    auto step = found->context->step(verifier.token);
    if (!step) {
        std::erase_if(contexts_, [&](const auto& context) { return context.get() == found; });
        return refused(Verdict::refused, step.error().text());
    }
    Answer answer{Verdict::accepted, found, std::move(step->token), {}};
    if (step->complete) {
        found->complete = true;
        found->peer.principal = found->context->peer_principal();
        found->peer.authentication_level = verifier.level;
        found->peer.authentication_service = verifier.type;
        // The group may have been joined after the context was begun.
        found->peer.association_group = transport.association_group;
    }
    return answer;
}

SecurityContext* ServerSecurity::find(std::uint32_t id) const {
    for (const auto& context : contexts_)
        if (context->protection.context_id == id) return context->complete ? context.get() : nullptr;
    return nullptr;
}

SecurityContext* ServerSecurity::of_bare_requests() const {
    if (contexts_.size() != 1) return nullptr;
    SecurityContext* only = contexts_.front().get();
    return only->complete && !security::protects_messages(only->protection.level) ? only : nullptr;
}

}  // namespace odc::rpc
