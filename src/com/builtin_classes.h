// Classes that the runtime itself implements.
#pragma once

#include "objbase.h"
#include "opendcom/com_ptr.h"

namespace odc::com {

/// The class object of CLSID_StdGlobalInterfaceTable, CLSID_InProcFreeMarshaler, CLSID_ManualResetEvent; null for all others.
ComPtr<IUnknown> builtin_class_object(const Guid& clsid);

/// The global interface table: one per process.
ComPtr<IUnknown> global_interface_table();
/// What unmarshals packets of the free-threaded marshaler.
ComPtr<IUnknown> free_threaded_unmarshaler();
/// An event that nobody has signaled; its inner unknown, when `outer` aggregates it.
ComPtr<IUnknown> manual_reset_event(IUnknown* outer);

}  // namespace odc::com
