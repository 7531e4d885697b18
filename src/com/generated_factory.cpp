// IPSFactoryBuffer over generated code, and the standard faces (IRpcProxyBuffer, IRpcStubBuffer) of generated proxies and stubs, so that any
// host of proxies can use them.
#include <dlfcn.h>

#include <filesystem>

#include "base/utf16.h"
#include "com/channel.h"
#include "com/proxy_registry.h"
#include "com/stub_channel.h"
#include "opendcom/com/proxy.h"
#include "opendcom/com/stub.h"
#include "registry/registry.h"

namespace odc::com {
namespace {

const InterfaceInfo* find_info(std::span<const ProxyFile* const> files, const Guid& iid) {
    for (const ProxyFile* file : files)
        for (const auto& info : file->interfaces)
            if (*info.iid == iid) return &info;
    return nullptr;
}

/// A generated stub behind IRpcStubBuffer.
class StubBuffer final : public implements<IRpcStubBuffer> {
  public:
    explicit StubBuffer(const InterfaceInfo& info) : info_(info) {}

    HRESULT STDMETHODCALLTYPE Connect(IUnknown* server) override {
        if (!server) return E_INVALIDARG;
        object_.reset();
        return server->QueryInterface(*info_.iid, object_.put_void());
    }
    void STDMETHODCALLTYPE Disconnect() override { object_.reset(); }
    HRESULT STDMETHODCALLTYPE Invoke(RPCOLEMESSAGE* message, IRpcChannelBuffer* channel) override {
        if (!object_) return CO_E_OBJNOTCONNECTED;
        return invoke_generated_stub(info_, object_.get(), *message, *channel);
    }
    IRpcStubBuffer* STDMETHODCALLTYPE IsIIDSupported(REFIID iid) override {
        if (iid != *info_.iid) return nullptr;
        AddRef();
        return this;
    }
    ULONG STDMETHODCALLTYPE CountRefs() override { return object_ ? 1 : 0; }
    HRESULT STDMETHODCALLTYPE DebugServerQueryInterface(void** object) override {
        if (!object) return E_POINTER;
        *object = object_.get();
        return object_ ? S_OK : CO_E_OBJNOTCONNECTED;
    }
    void STDMETHODCALLTYPE DebugServerRelease(void*) override {}

  private:
    const InterfaceInfo& info_;
    ComPtr<IUnknown> object_;
};

class PSFactory final : public implements<IPSFactoryBuffer>, public GeneratedFactory {
  public:
    explicit PSFactory(std::span<const ProxyFile* const> files) : files_(files) {}

    HRESULT STDMETHODCALLTYPE CreateProxy(IUnknown* outer, REFIID iid, IRpcProxyBuffer** proxy, void** object) override {
        if (!proxy || !object) return E_POINTER;
        *proxy = nullptr;
        *object = nullptr;
        const InterfaceInfo* info = find_info(files_, iid);
        if (!info) return E_NOINTERFACE;
        *proxy = info->create_proxy(outer, object)->buffer();
        static_cast<IUnknown*>(*object)->AddRef();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE CreateStub(REFIID iid, IUnknown* server, IRpcStubBuffer** stub) override {
        if (!stub) return E_POINTER;
        *stub = nullptr;
        const InterfaceInfo* info = find_info(files_, iid);
        if (!info) return E_NOINTERFACE;
        auto made = ComPtr<StubBuffer>::attach(new StubBuffer(*info));
        if (server)
            if (const HRESULT hr = made->Connect(server); FAILED(hr)) return hr;
        *stub = made.detach();
        return S_OK;
    }
    std::span<const ProxyFile* const> files() const override { return files_; }

  protected:
    void* query_more(REFIID iid) override { return iid == kIidGeneratedFactory ? static_cast<GeneratedFactory*>(this) : nullptr; }

  private:
    std::span<const ProxyFile* const> files_;
};

/// The file that an address was loaded from.
std::string library_of(const void* address) {
    Dl_info found;
    if (!::dladdr(address, &found) || !found.dli_fname) return {};
    std::error_code failed;
    const auto file = std::filesystem::canonical(found.dli_fname, failed);
    return failed ? std::string(found.dli_fname) : file.string();
}

Result<> write_registration(std::span<const ProxyFile* const> files, const Guid& factory_clsid, const std::string& library) {
    using registry::Value;
    const auto reg = ODC_TRY(registry::Registry::current());
    const auto set = [&](const std::string& path, const char* name, const std::string& text) -> Result<> {
        const auto key = ODC_TRY(registry::KeyPath::parse("HKEY_CLASSES_ROOT\\" + path));
        ODC_TRY(reg->create_key(key));
        return reg->set_value(key, Value::text(name, text));
    };
    const auto factory = key_of("CLSID", factory_clsid);
    ODC_TRY(set(factory, "", "PSFactoryBuffer"));
    ODC_TRY(set(factory + "\\InprocServer32", "", library));
    ODC_TRY(set(factory + "\\InprocServer32", "ThreadingModel", "Both"));
    for (const ProxyFile* file : files) {
        for (const auto& info : file->interfaces) {
            const auto key = key_of("Interface", *info.iid);
            ODC_TRY(set(key, "", info.name));
            ODC_TRY(set(key + "\\ProxyStubClsid32", "", to_string(factory_clsid)));
            ODC_TRY(set(key + "\\NumMethods", "", std::to_string(info.methods.size())));
            if (!info.async_iid) continue;
            ODC_TRY(set(key + "\\AsynchronousInterface", "", to_string(*info.async_iid)));
            const auto async = key_of("Interface", *info.async_iid);
            ODC_TRY(set(async, "", std::string("Async") + info.name));
            ODC_TRY(set(async + "\\SynchronousInterface", "", to_string(*info.iid)));
        }
    }
    return {};
}

Result<> remove_registration(std::span<const ProxyFile* const> files, const Guid& factory_clsid) {
    const auto reg = ODC_TRY(registry::Registry::current());
    const auto drop = [&](const std::string& path) -> Result<> {
        const auto gone = reg->delete_tree(ODC_TRY(registry::KeyPath::parse("HKEY_CLASSES_ROOT\\" + path)));
        return gone || gone.code() == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) ? Result<>() : gone;
    };
    for (const ProxyFile* file : files)
        for (const auto& info : file->interfaces) {
            ODC_TRY(drop(key_of("Interface", *info.iid)));
            if (info.async_iid) ODC_TRY(drop(key_of("Interface", *info.async_iid)));
        }
    return drop(key_of("CLSID", factory_clsid));
}

}  // namespace

void register_proxy_file(const ProxyFile& file) {
    // The process uses the file from now on, even when it belongs to a component library that could be unloaded.
    Dl_info owner;
    if (::dladdr(&file, &owner) && owner.dli_fname) (void)::dlopen(owner.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    ProxyRegistry::instance().add(file);
}

HRESULT proxy_file_class_object(std::span<const ProxyFile* const> files, const Guid& factory_clsid, REFCLSID clsid, REFIID iid,
                                void** object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (clsid != factory_clsid) return CLASS_E_CLASSNOTAVAILABLE;
    return ComPtr<PSFactory>::attach(new PSFactory(files))->QueryInterface(iid, object);
}

HRESULT register_proxy_library(std::span<const ProxyFile* const> files, const Guid& factory_clsid, const void* address_in_library,
                               bool unregister) {
    return abi([&]() -> Result<> {
        if (unregister) return remove_registration(files, factory_clsid);
        const auto library = library_of(address_in_library);
        if (library.empty()) return fail(E_UNEXPECTED, "cannot tell which library this is");
        return write_registration(files, factory_clsid, library);
    });
}

}  // namespace odc::com
