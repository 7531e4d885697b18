#include "rpc/socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include "base/guid.h"

namespace odc::rpc {
namespace {

using Clock = std::chrono::steady_clock;

std::string system_text(const char* what) { return std::string(what) + ": " + std::strerror(errno); }

struct AddressList {
    addrinfo* first = nullptr;
    ~AddressList() {
        if (first) freeaddrinfo(first);
    }
};

Result<sockaddr_un> unix_address(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return fail_win32(RPC_S_INVALID_ENDPOINT_FORMAT, "socket path is empty or too long: " + path);
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

Result<> resolve(const Endpoint& endpoint, bool passive, AddressList& found) {
    unsigned port = 0;
    const char* end = endpoint.endpoint.data() + endpoint.endpoint.size();
    if (!endpoint.endpoint.empty()) {
        const auto parsed = std::from_chars(endpoint.endpoint.data(), end, port);
        if (parsed.ec != std::errc() || parsed.ptr != end || port > 65535)
            return fail_win32(RPC_S_INVALID_ENDPOINT_FORMAT, "not a port: " + endpoint.endpoint);
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = (passive ? AI_PASSIVE : 0) | AI_NUMERICSERV;
    const std::string service = std::to_string(port);
    const char* host = endpoint.host.empty() ? nullptr : endpoint.host.c_str();
    if (const int error = getaddrinfo(host, service.c_str(), &hints, &found.first); error != 0)
        return fail_win32(error == EAI_NONAME || error == EAI_AGAIN || error == EAI_FAIL ? RPC_S_SERVER_UNAVAILABLE
                                                                                        : RPC_S_INVALID_NET_ADDR,
                          endpoint.host + ": " + gai_strerror(error));
    return {};
}

/// Waits until a connect that is under way ends. 0 or an errno.
int finish_connect(int socket, Clock::time_point deadline) {
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return ETIMEDOUT;
        pollfd ready{socket, POLLOUT, 0};
        const int n = ::poll(&ready, 1, static_cast<int>(left));
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) return ETIMEDOUT;
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
        return error;
    }
}

Result<UniqueFd> connect_address(const sockaddr* address, socklen_t size, Clock::time_point deadline, const std::string& name) {
    UniqueFd socket(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return fail_win32(RPC_S_OUT_OF_RESOURCES, system_text("socket"));
    for (;;) {
        if (::connect(socket.get(), address, size) == 0) break;
        // A Unix socket whose queue is full says EAGAIN, and has nothing that could be polled for.
        if (errno == EAGAIN && address->sa_family == AF_UNIX && Clock::now() < deadline) {
            ::poll(nullptr, 0, 1);
            continue;
        }
        if (errno == EINTR || errno == EINPROGRESS) {
            const int error = finish_connect(socket.get(), deadline);
            if (error == 0) break;
            errno = error;
        }
        return fail_win32(RPC_S_SERVER_UNAVAILABLE, system_text(name.c_str()));
    }
    ::fcntl(socket.get(), F_SETFL, ::fcntl(socket.get(), F_GETFL) & ~O_NONBLOCK);
    return socket;
}

std::string numeric_host(const sockaddr_storage& address, socklen_t size) {
    char host[NI_MAXHOST] = "";
    ::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
    std::string_view text = host;
    if (text.starts_with("::ffff:")) text.remove_prefix(7);  // an IPv4 peer of a socket for both
    return std::string(text);
}

void set_timeout(int socket, int option, std::chrono::milliseconds timeout) {
    timeval value{};
    value.tv_sec = static_cast<time_t>(timeout.count() / 1000);
    value.tv_usec = static_cast<suseconds_t>(timeout.count() % 1000 * 1000);
    ::setsockopt(socket, SOL_SOCKET, option, &value, sizeof value);
}

Result<Listener> listen_on_path(const std::string& wanted) {
    std::string path = wanted;
    if (path.empty()) path = "/tmp/opendcom-" + to_bare_string(new_guid());
    const sockaddr_un address = ODC_TRY(unix_address(path));
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return fail_win32(RPC_S_OUT_OF_RESOURCES, system_text("socket"));
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(socket.get(), generic, sizeof address) != 0) {
        if (errno != EADDRINUSE) return fail_win32(RPC_S_CANT_CREATE_ENDPOINT, system_text(path.c_str()));
        // A file that nobody listens on is what a killed server left.
        UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (::connect(probe.get(), generic, sizeof address) == 0 || errno != ECONNREFUSED)
            return fail_win32(RPC_S_DUPLICATE_ENDPOINT, path + " is in use");
        ::unlink(path.c_str());
        if (::bind(socket.get(), generic, sizeof address) != 0)
            return fail_win32(RPC_S_CANT_CREATE_ENDPOINT, system_text(path.c_str()));
    }
    // Any local user may connect; who it is, the kernel says, and what it may do is decided by call.
    ::chmod(path.c_str(), 0666);
    if (::listen(socket.get(), SOMAXCONN) != 0) return fail_win32(RPC_S_CANT_CREATE_ENDPOINT, system_text("listen"));
    Listener listener;
    listener.socket = std::move(socket);
    listener.endpoint.protocol = Endpoint::Protocol::ncalrpc;
    listener.endpoint.endpoint = listener.unlink = path;
    return listener;
}

}  // namespace

Result<UniqueFd> connect_to(const Endpoint& endpoint, std::chrono::milliseconds timeout) {
    const auto deadline = Clock::now() + timeout;
    if (endpoint.protocol == Endpoint::Protocol::ncalrpc) {
        const sockaddr_un address = ODC_TRY(unix_address(endpoint.endpoint));
        auto socket = connect_address(reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline, endpoint.endpoint);
        if (socket) tune(socket->get(), endpoint.protocol);
        return socket;
    }
    AddressList found;
    ODC_TRY(resolve(endpoint, false, found));
    std::optional<Error> last;
    for (const addrinfo* at = found.first; at; at = at->ai_next) {
        // Each address gets its share of the time, so that a dead first one does not use it all.
        const auto now = Clock::now();
        const auto until = at->ai_next ? now + (deadline - now) / 2 : deadline;
        auto socket = connect_address(at->ai_addr, at->ai_addrlen, until, endpoint.to_string());
        if (socket) {
            tune(socket->get(), endpoint.protocol);
            return socket;
        }
        last = std::move(socket.error());
    }
    return last ? std::move(*last) : fail_win32(RPC_S_INVALID_NET_ADDR, endpoint.host + " has no address");
}

Result<Listener> listen_at(const Endpoint& endpoint) {
    if (endpoint.protocol == Endpoint::Protocol::ncalrpc) return listen_on_path(endpoint.endpoint);
    AddressList found;
    ODC_TRY(resolve(endpoint, true, found));
    std::optional<Error> last;
    for (const int family : {AF_INET6, AF_INET}) {  // the IPv6 wildcard serves IPv4 too
        for (const addrinfo* at = found.first; at; at = at->ai_next) {
            if (at->ai_family != family) continue;
            UniqueFd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
            if (!socket) {
                last = fail_win32(RPC_S_OUT_OF_RESOURCES, system_text("socket"));
                continue;
            }
            const int on = 1, off = 0;
            ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
            if (family == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, endpoint.host.empty() ? &off : &on, sizeof on);
            if (::bind(socket.get(), at->ai_addr, at->ai_addrlen) == 0 && ::listen(socket.get(), SOMAXCONN) == 0) {
                Listener listener = ODC_TRY(listener_of(std::move(socket)));
                if (!endpoint.host.empty()) listener.endpoint.host = endpoint.host;
                return listener;
            }
            last = fail_win32(errno == EADDRINUSE ? RPC_S_DUPLICATE_ENDPOINT : RPC_S_CANT_CREATE_ENDPOINT,
                              system_text(endpoint.to_string().c_str()));
        }
    }
    return last ? std::move(*last) : fail_win32(RPC_S_INVALID_NET_ADDR, endpoint.host + " has no address");
}

Result<Listener> listener_of(UniqueFd socket) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    int listens = 0;
    socklen_t listens_size = sizeof listens;
    if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        ::getsockopt(socket.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) != 0 || !listens)
        return fail_win32(RPC_S_CANT_CREATE_ENDPOINT, "not a listening socket");
    Listener listener;
    listener.socket = std::move(socket);
    if (address.ss_family == AF_UNIX) {
        listener.endpoint.protocol = Endpoint::Protocol::ncalrpc;
        listener.endpoint.endpoint = reinterpret_cast<const sockaddr_un&>(address).sun_path;
        return listener;
    }
    const bool v6 = address.ss_family == AF_INET6;
    const unsigned port = v6 ? ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port)
                             : ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    listener.endpoint = {Endpoint::Protocol::ncacn_ip_tcp, numeric_host(address, size), std::to_string(port)};
    return listener;
}

Peer peer_of(int socket) {
    Peer peer;
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return peer;
    if (address.ss_family != AF_UNIX) {
        peer.address = numeric_host(address, size);
        return peer;
    }
    ucred credentials{};
    socklen_t credentials_size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &credentials_size) != 0) return peer;
    peer.local = true;
    peer.uid = credentials.uid;
    peer.gid = credentials.gid;
    peer.pid = credentials.pid;
    return peer;
}

void tune(int socket, Endpoint::Protocol protocol) {
    if (protocol == Endpoint::Protocol::ncacn_ip_tcp) {
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        // A host that vanished without a word is noticed after half a minute.
        const int idle = 15, interval = 5, probes = 3;
        ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
        ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
        ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    }
}

void set_receive_timeout(int socket, std::chrono::milliseconds timeout) { set_timeout(socket, SO_RCVTIMEO, timeout); }
void set_send_timeout(int socket, std::chrono::milliseconds timeout) { set_timeout(socket, SO_SNDTIMEO, timeout); }

}  // namespace odc::rpc
