#include "opendcom/rpc/server.h"

#include "rpc/server_state.h"

namespace odc::rpc {

Server::Server(ServerLimits limits) : state_(std::make_unique<State>(limits)) {}
Server::~Server() = default;

Result<Endpoint> Server::listen(const Endpoint& at) { return state_->add(ODC_TRY(listen_at(at))); }
Result<Endpoint> Server::adopt(int listening_socket) { return state_->add(ODC_TRY(listener_of(UniqueFd(listening_socket)))); }

void Server::serve(const InterfaceSpec& interface, void* implementation, unsigned minimum_authentication_level) {
    state_->interfaces.serve(interface, implementation, minimum_authentication_level);
}

void Server::serve_others(std::function<bool(const SyntaxId&)> accepts, Dispatcher& dispatcher) {
    state_->interfaces.serve_others(std::move(accepts), dispatcher);
}

void Server::accept_security(std::shared_ptr<security::SecurityProvider> provider) { state_->providers.add(std::move(provider)); }

void Server::prefer_ndr64(bool on) { state_->prefer_ndr64.store(on, std::memory_order_relaxed); }

void Server::enable_management(bool on) { state_->interfaces.offer(kManagementSpec, on); }

std::vector<SyntaxId> Server::interfaces() const { return state_->interfaces.ids(); }

void Server::stop() { state_->stop(); }

}  // namespace odc::rpc
