// What a generated proxy/stub file tells the runtime about its interfaces.
#pragma once

#include <cstdint>
#include <span>

#include "opendcom/base/sdk_types.h"

struct IUnknown;

namespace odc::com {

class ProxyCore;
class StubCall;
class AsyncCore;
struct CallTarget;

/// A generated stub method. `object` is the interface pointer of the interface it belongs to.
using StubMethod = HRESULT (*)(void* object, StubCall& call);

/// One interface with generated proxy and stub; static data of the generated file.
struct InterfaceInfo {
    const Guid* iid;
    const char* name;
    const Guid* base_iid;                  ///< IID_IUnknown for those that derive from it directly
    std::span<const StubMethod> methods;   ///< by opnum; the first three (IUnknown's) and [local] ones are null
    /// Makes a proxy: `*object` is the interface's method table (not counted), the return value its core.
    ProxyCore* (*create_proxy)(IUnknown* outer, void** object);
    const Guid* async_iid = nullptr;       ///< [async_uuid]; null for interfaces without it
    /// Makes a call object of the asynchronous interface (async_call.h).
    AsyncCore* (*create_call)(const CallTarget& target) = nullptr;
};

/// All interfaces of one generated file.
struct ProxyFile {
    std::span<const InterfaceInfo> interfaces;
};

/// Makes the interfaces known to this process without any registration; called by generated code that is linked into the
/// program itself. The library that it is in is not unloaded any more.
ODC_API void register_proxy_file(const ProxyFile& file);
/// What a proxy/stub library's DllGetClassObject does: gives the IPSFactoryBuffer over `files` when `clsid` is `factory_clsid`.
ODC_API HRESULT proxy_file_class_object(std::span<const ProxyFile* const> files, const Guid& factory_clsid, REFCLSID clsid,
                                        REFIID iid, void** object);
/// DllRegisterServer / DllUnregisterServer of a proxy/stub library: CLSID\{factory} and Interface\{iid}\ProxyStubClsid32.
ODC_API HRESULT register_proxy_library(std::span<const ProxyFile* const> files, const Guid& factory_clsid, const void* address_in_library,
                                       bool unregister);

}  // namespace odc::com
