// Interface pointers to OBJREFs and back: the heart of CoMarshalInterface and of interface arguments.
#pragma once

#include "base/bytes.h"
#include "objbase.h"
#include "orpc/objref.h"

namespace odc::com {

/// Appends an OBJREF for `object` to `out`. In an apartment. `destination` and `flags`: MSHCTX and MSHLFLAGS values.
/// Errors: CO_E_NOTINITIALIZED, E_NOINTERFACE (not implemented, or no proxy), what a custom marshaler said.
Result<> marshal_interface(ByteWriter& out, const Guid& iid, IUnknown* object, DWORD destination, void* context, DWORD flags);

/// The same without looking for a custom marshaler of the object: what CoGetStandardMarshal's marshaler does.
Result<> marshal_standard(ByteWriter& out, const Guid& iid, IUnknown* object, DWORD destination, void* context, DWORD flags);

/// How many bytes `marshal_standard` appends at most. `object` may be null: one without a handler.
Result<ULONG> standard_marshal_size(IUnknown* object, DWORD destination, void* context);

/// The class that shall speak for the object in its clients' processes: IStdMarshalInfo's word, or the class of a persistent object that
/// has an InprocHandler32 (behaviour 57). GUID_NULL: none.
Guid handler_class_of(IUnknown* object, DWORD destination, void* context);

/// Reads one OBJREF and gives an interface pointer of type `iid` (GUID_NULL: of the OBJREF's own), one reference for the caller.
/// Errors: CO_E_NOTINITIALIZED, CO_E_OBJNOTCONNECTED, CO_E_OBJNOTREG (table entry gone), E_NOINTERFACE,
/// RPC_E_INVALID_OBJREF, RPC_S_SERVER_UNAVAILABLE as HRESULT.
Result<void*> unmarshal_interface(ByteReader& in, const Guid& iid);

/// Gives back what an OBJREF holds without unmarshaling it.
Result<> release_marshal_data(ByteReader& in);

/// Table marshaling leaves its kind in STDOBJREF's flags, in bits that clients ignore (MS-DCOM 2.2.18.2).
inline constexpr std::uint32_t kSorfTableStrong = 0x2000;
inline constexpr std::uint32_t kSorfTableWeak = 0x4000;
/// Beside one of the two: the packet was made of a proxy, so it is the proxy that it holds or does not hold.
inline constexpr std::uint32_t kSorfOfProxy = 0x8000;
/// References that a normally marshaled packet carries (MS-DCOM 3.1.1.5.1).
inline constexpr std::uint32_t kMarshaledRefs = 5;

}  // namespace odc::com
