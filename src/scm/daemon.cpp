#include "scm/daemon.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/log.h"
#include "scm/activation_service.h"
#include "scm/endpoint_mapper.h"
#include "scm/host_bindings.h"
#include "scm/local_scm_service.h"
#include "scm/object_exporter_service.h"

namespace odc::scm {
namespace {

constexpr const char* kRoom = "daemon";
constexpr unsigned kPrivacy = 6;  // RPC_C_AUTHN_LEVEL_PKT_PRIVACY, which the local socket counts as

Result<UniqueFd> take_lock(const std::string& path) {
    UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock) return fail(E_FAIL, "cannot open " + path + ": " + std::strerror(errno));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
        return fail_win32(ERROR_ALREADY_EXISTS, "another dcomd serves this instance (" + path + " is locked)");
    const auto pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(lock.get(), 0) != 0 || ::write(lock.get(), pid.data(), pid.size()) < 0)
        log::warning(kRoom, "cannot write {}", path);
    return lock;
}

}  // namespace

Result<rpc::Endpoint> parse_listen_address(const std::string& text) {
    rpc::Endpoint endpoint{rpc::Endpoint::Protocol::ncacn_ip_tcp, text, "135"};
    std::size_t colon = std::string::npos;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string::npos || (close + 1 < text.size() && text[close + 1] != ':'))
            return fail(E_INVALIDARG, "not an address: " + text);
        endpoint.host = text.substr(1, close - 1);
        if (close + 1 < text.size()) colon = close + 1;
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        colon = text.find(':');
        endpoint.host = text.substr(0, colon);
    }
    if (colon != std::string::npos) endpoint.endpoint = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto* end = endpoint.endpoint.data() + endpoint.endpoint.size();
    const auto parsed = std::from_chars(endpoint.endpoint.data(), end, port);
    if (parsed.ec != std::errc() || parsed.ptr != end) return fail(E_INVALIDARG, "not a port: " + endpoint.endpoint);
    return endpoint;
}

/// What is served, for as long as the server lives.
class Daemon::Services {
  public:
    Services(Scm& scm, const std::vector<std::string>& addresses)
        : object_exporter_(scm), activation_(scm), scm_activator_(scm), local_(scm),
          endpoint_mapper_(
              scm.endpoints, [&scm](std::int32_t pid) { scm.watch_owner(pid); },
              [&addresses](const std::string& peer) { return address_towards(peer, addresses); }) {}

    void serve(rpc::Server& server) {
        // What the generated stubs are given is the abstract class, so the pointer has to be of that type.
        server.serve(IObjectExporter_spec, static_cast<IObjectExporter_server*>(&object_exporter_));
        server.serve(IActivation_spec, static_cast<IActivation_server*>(&activation_));
        server.serve(IRemoteSCMActivator_spec, static_cast<IRemoteSCMActivator_server*>(&scm_activator_));
        server.serve(ILocalScm_spec, static_cast<ILocalScm_server*>(&local_), kPrivacy);
        server.serve(EndpointMapper::spec(), &endpoint_mapper_);
    }
    /// Lets clients find the resolver and the activator through the endpoint map (MS-DCOM 1.9).
    void announce(EndpointMap& map, const std::vector<rpc::Endpoint>& endpoints) {
        for (const auto* spec : {&IObjectExporter_spec, &IActivation_spec, &IRemoteSCMActivator_spec})
            for (const auto& endpoint : endpoints) (void)map.insert({{}, Tower::of(spec->id, endpoint), spec->name, 0}, false);
    }

  private:
    ObjectExporterService object_exporter_;
    ActivationService activation_;
    ScmActivatorService scm_activator_;
    LocalScmService local_;
    EndpointMapper endpoint_mapper_;
};

Daemon::Daemon(UniqueFd lock) : lock_(std::move(lock)) {}

Result<> Daemon::listen(const DaemonOptions& options) {
    std::vector<rpc::Endpoint> wanted;
    for (const auto& text : options.listen) wanted.push_back(ODC_TRY(parse_listen_address(text)));
    for (const int socket : options.listening_sockets) endpoints_.push_back(ODC_TRY(server_->adopt(socket)));
    const rpc::Endpoint local{rpc::Endpoint::Protocol::ncalrpc, "", options.instance.daemon_socket()};
    std::erase(endpoints_, local);
    if (endpoints_.size() == options.listening_sockets.size()) ODC_TRY(server_->listen(local));
    endpoints_.insert(endpoints_.begin(), local);
    for (const auto& endpoint : wanted) endpoints_.push_back(ODC_TRY(server_->listen(endpoint)));
    return {};
}

Result<std::unique_ptr<Daemon>> Daemon::start(DaemonOptions options) {
    auto lock = ODC_TRY(take_lock(options.instance.daemon_lock()));
    std::unique_ptr<Daemon> daemon(new Daemon(std::move(lock)));
    daemon->addresses_ = host_addresses();
    daemon->server_ = std::make_unique<rpc::Server>();

    ScmOptions scm;
    scm.activation.minimum_level = options.minimum_activation_level;
    scm.activation.daemon_uid = ::geteuid();
    scm.activation.remote_uid = options.remote_uid;
    scm.activation.launch = options.launch;
    scm.pings = options.pings;
    scm.servers_home = options.servers_home;
    scm.servers_output = options.instance.state + "/servers.log";
    for (const auto& text : options.listen) {
        scm.activation.tcp_address = ODC_TRY(parse_listen_address(text)).host;
        break;
    }
    daemon->scm_ = std::make_unique<Scm>(std::move(scm));
    daemon->services_ = std::make_unique<Services>(*daemon->scm_, daemon->addresses_);
    daemon->services_->serve(*daemon->server_);
    ODC_TRY(daemon->listen(options));
    // Ports are only known now; whoever was faster waited for them.
    daemon->scm_->set_resolver_bindings(resolver_bindings(daemon->endpoints_, daemon->addresses_));
    daemon->services_->announce(daemon->scm_->endpoints, daemon->endpoints_);
    for (const auto& endpoint : daemon->endpoints_) log::info(kRoom, "listening on {}", endpoint.to_string());
    return daemon;
}

Daemon::~Daemon() { stop(std::chrono::milliseconds(0)); }

void Daemon::stop(std::chrono::milliseconds grace) {
    if (stopped_ || !scm_) return;
    stopped_ = true;
    scm_->shut_down(grace);
    server_->stop();
}

}  // namespace odc::scm
