// One connection of an association: its socket, its presentation contexts, and the calls that wait for replies on it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <ctime>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/unique_fd.h"
#include "opendcom/rpc/client.h"
#include "rpc/protection.h"
#include "rpc/receiver.h"
#include "rpc/sender.h"

namespace odc::rpc {

/// What a call works with; kept by its thread for the next call.
struct ClientCall::Frame {
    ndr::Writer request;
    ndr::Reader reply;
    ndr::Arena arena;
    Message message;
    ndr::InterfaceCodec* codec = nullptr;
    ndr::Syntax syntax = ndr::Syntax::ndr20;
    Frame* next_free = nullptr;

    /// What the reading thread has found for this call.
    enum class State : std::uint8_t { waiting, replied, faulted, altered, called, failed };
    /// This call read the connection from its start on; of the call's own thread.
    bool began_as_reader = false;
    std::uint16_t context = 0;  ///< the presentation context of the request; of the call's own thread
    /// Written under the connection's send_mutex, before anything goes out.
    std::atomic<std::uint32_t> call_id{0};
    // While the call is under way written by the reader only; guarded by the association's mutex where that is another call.
    State state = State::waiting;
    bool receiving = false;  ///< the first fragment of the reply is here
    bool swapped = false;
    bool callable = false;   ///< its interface has callbacks; otherwise a request of the server is a protocol error
    /// What arrives is not the reply but a call of the server, whose arguments are in `message`.
    std::optional<RequestHeader> called;
    std::uint32_t fault = 0;
    HRESULT failure = S_OK;
    std::vector<ContextResult> results;  ///< of an alter_context_resp
    std::condition_variable_any changed;
    class Connection* connection = nullptr;
    CallDone* done = nullptr;  ///< set while nobody waits for the call, which was begun; guarded by the association's mutex
};

/// Fields are guarded by the association's mutex unless they say something else.
class Connection {
  public:
    using Frame = ClientCall::Frame;
    /// Connects and binds with one interface in one transfer syntax, or in the one of all that the server prefers.
    /// `group` is the association group to join, 0 for a new one.
    static Result<std::shared_ptr<Connection>> open(const Endpoint& endpoint, const BindingOptions& options, const SyntaxId& interface,
                                                    std::optional<ndr::Syntax> syntax, std::uint32_t group);

    /// The presentation context of an interface, if it is negotiated here.
    std::optional<std::uint16_t> context(const SyntaxId& interface, ndr::Syntax syntax) const;
    /// The call that waits under this id, or null.
    Frame* find(std::uint32_t call_id) const;
    bool is_dropped(std::uint32_t call_id) const;

    Sent send(const Outgoing& what, ndr::Writer& arguments) ODC_REQUIRES(send_mutex) {
        if (!protection.context) [[likely]] return send_message(socket.get(), what, arguments, max_xmit);
        return send_protected(socket.get(), what, arguments, max_xmit, protection, protected_pdu);
    }

    struct Context {
        SyntaxId interface;
        ndr::Syntax syntax;
        std::uint16_t id;
    };

    // Do not change after `open`:
    UniqueFd socket;
    std::size_t max_xmit = kMinFragment;
    bool multiplexed = false;
    bool keeps_on_orphan = false;
    std::uint32_t group = 0;
    std::unique_ptr<security::Context> security;
    Protection protection;  // its context is null when PDUs carry no verifiers

    std::vector<Context> contexts;
    std::uint16_t next_context = 0;
    std::vector<Frame*> pending;         // calls whose reply has not come
    std::vector<std::uint32_t> dropped;  // ids of replies that nobody waits for
    std::thread::id maybe_thread;        // the last that sent a request without waiting
    Frame* reader = nullptr;             // the call that reads for all; there is one while anything is pending
    Frame* reading_for = nullptr;        // the call of another thread that the reader holds on to: it may not go
    bool exclusive = false;              // its call does something else while it waits: nobody may depend on its reading
    std::unique_ptr<Frame> watch;        // set: the process's ReplyWatch reads, as the call `watch`, until nothing is pending
    bool dead = false;
    timespec idle_since{};

    Receiver receiver;                   // of the reader
    Message discarded;                   // of the reader
    Frame* receiving = nullptr;          // of the reader: whose payload is at hand; null: nobody's
    bool lost = false;                   // of the reader: there is nothing more to read, and nobody whom it would be for
    Mutex send_mutex;
    std::vector<std::uint8_t> protected_pdu ODC_GUARDED_BY(send_mutex);
    std::uint32_t last_call ODC_GUARDED_BY(send_mutex) = 1;  // ids go out in ascending order (MS-RPCE 3.3.3.5.2)
};

}  // namespace odc::rpc
