// The server side of RPC for generated stubs and raw RPC programs (no COM needed). Wire: MS-RPCE, C706.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "opendcom/base/result.h"
#include "opendcom/ndr/server_frame.h"

namespace odc::security {
class SecurityProvider;
}

namespace odc::rpc {

/// An interface or transfer syntax: p_syntax_id_t of C706 12.6.3.1.
struct SyntaxId {
    Guid uuid;
    std::uint16_t major = 0;
    std::uint16_t minor = 0;
    friend bool operator==(const SyntaxId&, const SyntaxId&) = default;
};

/// Where a program can be reached. `ncacn_ip_tcp`: host and port; `ncalrpc`: the path of a Unix stream socket.
struct Endpoint {
    enum class Protocol : std::uint8_t { ncacn_ip_tcp, ncalrpc };
    Protocol protocol = Protocol::ncacn_ip_tcp;
    std::string host;      ///< name or numeric address (IPv4, IPv6 without brackets); unused for ncalrpc
    std::string endpoint;  ///< port in decimal, or path
    /// "ncacn_ip_tcp:host[port]", "ncalrpc:[path]": RpcStringBindingCompose's form without object and options.
    std::string to_string() const;
    static Result<Endpoint> parse(std::string_view text);
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Who is at the other end of a call, as far as the transport and the security provider know.
struct Peer {
    std::string address;              ///< "10.0.0.2", or empty for ncalrpc
    bool local = false;               ///< came over ncalrpc: uid, gid and pid are the kernel's word (SO_PEERCRED)
    std::uint32_t uid = ~0u, gid = ~0u;
    std::int32_t pid = 0;
    std::uint8_t authentication_level = 1;  ///< RPC_C_AUTHN_LEVEL_xxx; 1 = none
    std::uint8_t authentication_service = 0;
    std::string principal;            ///< empty when not authenticated
    std::uint32_t association_group = 0;
};

class ContextTable;
class Callback;
class DeferredCall;

/// One request being served. Lives on the thread that runs the method, until the method returns.
class ODC_API ServerCall {
  public:
    virtual ~ServerCall() = default;
    ndr::ServerFrame& frame() { return *frame_; }
    ndr::Reader& request() { return frame_->request; }
    ndr::Writer& response() { return frame_->response; }
    /// For interface pointers in the arguments; before anything is read or written.
    void set_interface_codec(ndr::InterfaceCodec* objects) {
        frame_->request.set_objects(objects);
        frame_->response.set_objects(objects);
    }
    std::uint16_t opnum() const { return opnum_; }
    /// The object UUID of the request PDU (PFC_OBJECT_UUID), e.g. the IPID.
    const std::optional<Guid>& object() const { return object_; }
    const SyntaxId& interface_id() const { return interface_; }
    virtual const Peer& peer() const = 0;
    /// The client has sent cancel or orphaned, or its connection is gone (C706 12.6.4.2, 12.6.4.8).
    virtual bool cancelled() const = 0;
    /// The context handles of the association; for generated stubs.
    virtual ContextTable* contexts() { return nullptr; }
    /// For Callback: sends its request to the client and waits for the answer.
    virtual Result<> call_back(Callback& callback);
    /// Lets a dispatcher return (0) before there is an answer: the frame and what its arguments point to belong to the deferred call from now
    /// on, and this object only lives until the dispatcher has returned. Null where that cannot be: then the thread has to wait.
    virtual std::unique_ptr<DeferredCall> defer();
    /// For pipes: sends what is there of the response, if that fills a fragment. False: nobody takes it any more.
    virtual bool send_part() { return true; }
    /// For pipes: all of them have been drained. Waits for the end of the request.
    virtual void end_input() {}

  protected:
    ndr::ServerFrame* frame_ = nullptr;
    std::uint16_t opnum_ = 0;
    std::optional<Guid> object_;
    SyntaxId interface_;
};

/// A request that nobody's thread waits for. Ends the frame's call when it goes.
class ODC_API DeferredCall {
  public:
    /// Unanswered, the client gets kFaultUnspecified.
    virtual ~DeferredCall() = default;
    /// The same request with the same frame; `contexts` and `call_back` are not for it.
    virtual const ServerCall& call() const = 0;
    /// Sends the frame's response (status 0), or a fault. Once, from any thread; that the client or the server is gone is no error.
    virtual void answer(std::uint32_t status) = 0;
};

/// Serves the requests of one or more interfaces. Called on RPC threads, several at once.
class Dispatcher {
  public:
    virtual ~Dispatcher() = default;
    /// Runs one request: reads `call.request()`, and writes `call.response()` (already begun).
    /// 0, or the status that goes out as a fault PDU (nca_s_xxx of C706 appendix E, or an RPC_S_/HRESULT value).
    virtual std::uint32_t dispatch(ServerCall& call) = 0;
};

/// Thrown out of a server method, it ends the call with this fault (what RpcRaiseException does there).
class FaultRaised : public std::exception {
  public:
    explicit FaultRaised(std::uint32_t status) : status_(status) {}
    std::uint32_t status() const { return status_; }
    const char* what() const noexcept override { return "RPC fault"; }

  private:
    std::uint32_t status_;
};

/// A generated server stub: reads the arguments, calls `implementation`, writes the results. Returns a fault status or 0.
using ServerMethod = std::uint32_t (*)(void* implementation, ServerCall& call);

/// What MIDL knows about a raw RPC interface. One per interface, for the life of the program.
struct InterfaceSpec {
    const char* name;
    SyntaxId id;
    std::span<const ServerMethod> methods;  ///< by opnum; null entries are nca_s_op_rng_error
    /// Opnums of the methods with input pipes: they are called when their request begins, and read the rest as it arrives.
    std::span<const std::uint16_t> input_pipes = {};
};

/// nca_s_xxx: C706 appendix E.
enum FaultStatus : std::uint32_t {
    kFaultOpRange = 0x1C010002,
    kFaultUnknownInterface = 0x1C010003,
    kFaultProtocolError = 0x1C01000B,
    kFaultServerTooBusy = 0x1C010014,
    kFaultContextMismatch = 0x1C00001A,
    kFaultPipeEmpty = 0x1C000014,
    kFaultPipeClosed = 0x1C000015,
    kFaultPipeOrder = 0x1C000016,
    kFaultPipeDiscipline = 0x1C000017,
    kFaultInvalidBound = 0x1C000007,
    kFaultInvalidTag = 0x1C000006,
    kFaultCancel = 0x1C00000D,
    kFaultUnspecified = 0x1C000012,
    kFaultAccessDenied = 5,
    kFaultNdr = 0x000006F7,  ///< what Windows sends for RPC_X_BAD_STUB_DATA
};

/// Limits of one server (defaults: threats of the project).
struct ServerLimits {
    std::size_t fragment = 5840;                ///< max_recv_frag offered over TCP
    std::size_t local_fragment = 65535;         ///< over ncalrpc, where both ends are ours
    std::size_t unauthenticated_request = 4u << 20;
    std::size_t authenticated_request = 64u << 20;
    std::size_t local_request = 256u << 20;     ///< ncalrpc: the kernel authenticates
    unsigned bind_seconds = 5;
    unsigned authentication_seconds = 15;
    unsigned pipe_seconds = 120;      ///< how long a pull waits for what the client sends, and a push until the client takes it
    unsigned unauthenticated_connections = 64;
    unsigned unauthenticated_per_address = 16;
    unsigned contexts = 32;           ///< presentation contexts per connection, and security contexts
    unsigned calls_per_connection = 64;           ///< that have a thread
    unsigned deferred_per_connection = 1024;      ///< DeferredCall: what is beyond has to wait
    std::size_t deferred_bytes = 16u << 20;       ///< of requests, per connection: so have calls beyond that
    std::size_t context_handles = 16384;  ///< per association
};

/// A listening RPC server: any number of endpoints, any number of interfaces, one pool of threads.
/// All functions may be called from any thread, but not from inside a dispatched call where they say so.
class ODC_API Server {
  public:
    explicit Server(ServerLimits limits = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Binds and listens; port "0" or "" picks one. Returns the endpoint with the port or path filled in.
    Result<Endpoint> listen(const Endpoint& at);
    /// Takes a socket that is already listening (socket activation).
    Result<Endpoint> adopt(int listening_socket);

    /// Serves a raw RPC interface by `implementation` (an object of the generated abstract class), until the server ends.
    /// Security below `minimum_authentication_level` is refused with kFaultAccessDenied (ncalrpc counts as privacy).
    void serve(const InterfaceSpec& spec, void* implementation, unsigned minimum_authentication_level = 0);
    /// Serves interfaces known only at run time: `accepts` is asked at bind time for interfaces that nobody else serves.
    void serve_others(std::function<bool(const SyntaxId&)> accepts, Dispatcher& dispatcher);
    /// Takes clients that authenticate by `provider`.
    void accept_security(std::shared_ptr<security::SecurityProvider> provider);
    /// Chooses NDR64 where a client offers both; otherwise (the default) NDR 2.0, which is smaller.
    void prefer_ndr64(bool on);
    /// Serves the management interface (C706 appendix Q), on by default.
    void enable_management(bool on);
    /// What management's inq_stats and friends answer for stop_server_listening: refused unless a function says otherwise.
    std::vector<SyntaxId> interfaces() const;

    /// Stops listening, ends connections, waits for calls that run. Not from inside a dispatched call.
    void stop();

    class State;

  private:
    std::unique_ptr<State> state_;
};

}  // namespace odc::rpc
