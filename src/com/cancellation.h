// Cancelling calls: synchronous ones of threads that have enabled it (CoEnableCallCancellation), from other threads.
#pragma once

#include "com/channel.h"

namespace odc::com {

/// ClientChannel::send on a thread with cancellation enabled: the reply is read by the runtime, so that the thread can be told to go on without it.
/// RPC_E_CALL_CANCELED when it was.
HRESULT send_cancellable(CallState& state);

/// Seconds as Cancel takes them, in milliseconds as waits do.
DWORD wait_of_cancel(ULONG seconds);

/// The thread ends.
void forget_cancellation();

}  // namespace odc::com
