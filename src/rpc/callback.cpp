#include "opendcom/rpc/callback.h"

#include "rpc/association.h"
#include "rpc/fault_status.h"

namespace odc::rpc {

// Server -----------------------------------------------------------------------------------------------------------------

Callback::Callback(ServerCall& call, std::uint16_t opnum) : call_(call), opnum_(opnum) {
    request_.begin(kHeadroom, call.response().syntax(), call.response().objects());
}

Callback::~Callback() { reply_.end(); }

Result<> Callback::invoke() {
    if (request_.failed()) return fail(request_.error(), "the arguments of a callback cannot be sent");
    fault_status_ = 0;
    ODC_TRY(call_.call_back(*this));
    if (fault_status_ != 0) return fail(hresult_of_fault(fault_status_), "fault from the client");
    reply_.begin({reinterpret_cast<std::uint8_t*>(results_.data()), size_}, swapped_, request_.syntax(), arena_, request_.objects());
    return {};
}

void Callback::answer(std::span<const std::uint8_t> results, bool swapped) {
    size_ = results.size();
    swapped_ = swapped;
    results_.assign(size_ / 8 + 1, 0);
    if (size_ != 0) std::memcpy(results_.data(), results.data(), size_);
}

std::unique_ptr<DeferredCall> ServerCall::defer() { return nullptr; }
Result<> ServerCall::call_back(Callback&) { return fail_win32(RPC_S_INVALID_BINDING, "this call has no connection to its client"); }

// Client -----------------------------------------------------------------------------------------------------------------

namespace {

/// A request that the server sends while a call waits for its response.
class CalledBack final : public ServerCall {
  public:
    CalledBack(ndr::ServerFrame& frame, const RequestHeader& request, const SyntaxId& interface, const Endpoint& server) {
        frame_ = &frame;
        opnum_ = request.opnum;
        object_ = request.object;
        interface_ = interface;
        peer_.local = server.protocol == Endpoint::Protocol::ncalrpc;
        peer_.address = peer_.local ? std::string() : server.host;
    }
    const Peer& peer() const override { return peer_; }
    bool cancelled() const override { return false; }

  private:
    Peer peer_;
};

std::uint32_t run(const CallbackTable* table, ServerCall& call) {
    if (!table->implementation || call.opnum() >= table->methods.size()) return kFaultOpRange;
    try {
        return table->methods[call.opnum()](table->implementation, call);
    } catch (const FaultRaised& raised) {
        return raised.status();
    } catch (...) {
        return kFaultUnspecified;
    }
}

}  // namespace

void AssociationImpl::pass_reading(Connection& connection, Frame& from) {
    Lock lock(mutex_);
    if (connection.reader != &from) return;
    connection.reader = nullptr;
    for (Frame* next : connection.pending) {
        if (next == &from || next->state != Frame::State::waiting) continue;
        connection.reader = next;
        next->changed.notify_one();
        return;
    }
}

void AssociationImpl::wait_again(Connection& connection, Frame& frame) {
    Lock lock(mutex_);
    if (frame.state == Frame::State::called) frame.state = Frame::State::waiting;  // unless the connection broke
    frame.called.reset();
    frame.receiving = false;
    frame.message.begin(kMaxReply);
    if (!connection.reader) connection.reader = &frame;
    frame.began_as_reader = connection.reader == &frame;
}

void AssociationImpl::serve_callback(const ConnectionPtr& connection, ClientCall& call) {
    Frame& frame = *call.frame_;
    // Others that share the connection, the callback's own calls among them, must not depend on this thread while it is busy.
    pass_reading(*connection, frame);
    const RequestHeader request = *frame.called;
    ndr::ServerFrame served;
    served.request.begin(frame.message.data(), frame.swapped, frame.syntax, served.arena, frame.codec);
    served.response.begin(kHeadroom, frame.syntax, frame.codec);
    CalledBack back(served, request, call.interface_, endpoint_);
    std::uint32_t status = run(call.callbacks_, back);
    if (status == 0 && served.response.failed()) status = kFaultNdr;
    const std::uint32_t id = frame.call_id.load(std::memory_order_relaxed);
    {
        Lock lock(connection->send_mutex);
        if (status == 0) {
            (void)connection->send({PduType::response, id, request.context_id, 0, nullptr}, served.response);
        } else {
            Fault fault;
            fault.context_id = request.context_id;
            fault.status = status;
            (void)send_bytes(connection->socket.get(), encode(Envelope{PduType::fault, id}, fault));
        }
        // A connection that broke is found broken by whoever reads it next.
    }
    served.finish();
    wait_again(*connection, frame);
}

}  // namespace odc::rpc
