// Calls of a server to the client whose request it serves ([callback] methods): MS-RPCE 2.2.4.2, 3.3.1.5.9. They go over the connection
// of that request, under its call id, presentation context and security.
#pragma once

#include "opendcom/rpc/client.h"

namespace odc::rpc {

/// One call back; used by the thread that runs the server's method, within that method, one at a time.
class ODC_API Callback {
  public:
    Callback(ServerCall& call, std::uint16_t opnum);
    ~Callback();
    Callback(const Callback&) = delete;
    Callback& operator=(const Callback&) = delete;

    ndr::Writer& request() { return request_; }
    /// Sends the request and waits for the client's answer. Failures: RPC_S_CALL_FAILED when the client is gone,
    /// RPC_S_INVALID_BINDING when the call came in a way that has no way back, and what a fault of the client means.
    Result<> invoke();
    /// The results; valid until the callback ends.
    ndr::Reader& reply() { return reply_; }
    std::uint32_t fault_status() const { return fault_status_; }

    // For connections ------------------------------------------------------------------------------------------------
    std::uint16_t opnum() const { return opnum_; }
    /// The client's answer, copied; the results of a response, or the status of a fault.
    void answer(std::span<const std::uint8_t> results, bool swapped);
    void answer_fault(std::uint32_t status) { fault_status_ = status; }

  private:
    ServerCall& call_;
    const std::uint16_t opnum_;
    ndr::Writer request_;
    ndr::Arena arena_;
    std::vector<std::uint64_t> results_;
    std::size_t size_ = 0;
    bool swapped_ = false;
    std::uint32_t fault_status_ = 0;
    ndr::Reader reply_;  // destroyed before what it reads
};

}  // namespace odc::rpc
