// An interface with proxy and stub written by hand, as a program that brings its own marshaling code has them: it knows the documented
// interfaces (IPSFactoryBuffer, IRpcProxyBuffer, IRpcStubBuffer, IRpcChannelBuffer) and nothing of our runtime.
#pragma once

#include <objidl.h>

#include <atomic>
#include <cstring>
#include <string>

#include "opendcom/com_ptr.h"

namespace odc::test {

// {5C1E7A60-3B0E-4F5B-9C41-0D9A2C6E7A01}, and the class of its proxies and stubs with 7A61
inline constexpr IID IID_IEcho{0x5C1E7A60, 0x3B0E, 0x4F5B, {0x9C, 0x41, 0x0D, 0x9A, 0x2C, 0x6E, 0x7A, 0x01}};
inline constexpr CLSID CLSID_EchoProxies{0x5C1E7A61, 0x3B0E, 0x4F5B, {0x9C, 0x41, 0x0D, 0x9A, 0x2C, 0x6E, 0x7A, 0x01}};

struct IEcho : IUnknown {
    /// `text`, `times` times over. At most `room` bytes, else E_BOUNDS.
    virtual HRESULT STDMETHODCALLTYPE Repeat(const char* text, ULONG times, char* room, ULONG size) = 0;
};

}  // namespace odc::test

ODC_DECLARE_UUID(odc::test::IEcho, 0x5C1E7A60, 0x3B0E, 0x4F5B, 0x9C, 0x41, 0x0D, 0x9A, 0x2C, 0x6E, 0x7A, 0x01)

namespace odc::test {

/// The stub writes its results into the buffer of GetBuffer; arguments and results are of no NDR type at all.
class EchoStub final : public implements<IRpcStubBuffer> {
  public:
    HRESULT STDMETHODCALLTYPE Connect(IUnknown* server) override { return server->QueryInterface(IID_IEcho, server_.put_void()); }
    void STDMETHODCALLTYPE Disconnect() override { server_.reset(); }
    HRESULT STDMETHODCALLTYPE Invoke(RPCOLEMESSAGE* message, IRpcChannelBuffer* channel) override {
        ULONG times = 0, size = 0;
        if (message->iMethod != 3 || message->cbBuffer < 9) return RPC_E_INVALID_DATAPACKET;
        auto* at = static_cast<const char*>(message->Buffer);
        if (reinterpret_cast<std::uintptr_t>(at) % 8 != 0) return RPC_E_INVALID_DATAPACKET;  // promised to stubs
        std::memcpy(&times, at, 4);
        std::memcpy(&size, at + 4, 4);
        const std::string text(at + 8, message->cbBuffer - 9);
        std::string room(size, '\0');
        const HRESULT hr = server_->Repeat(text.c_str(), times, room.data(), size);
        message->cbBuffer = 4 + (SUCCEEDED(hr) ? size : 0);
        const HRESULT given = channel->GetBuffer(message, IID_IEcho);
        if (FAILED(given)) return given;
        std::memcpy(message->Buffer, &hr, 4);
        std::memcpy(static_cast<char*>(message->Buffer) + 4, room.data(), message->cbBuffer - 4);
        return S_OK;
    }
    IRpcStubBuffer* STDMETHODCALLTYPE IsIIDSupported(REFIID iid) override {
        if (iid != IID_IEcho) return nullptr;
        AddRef();
        return this;
    }
    ULONG STDMETHODCALLTYPE CountRefs() override { return server_ ? 1 : 0; }
    HRESULT STDMETHODCALLTYPE DebugServerQueryInterface(void** server) override {
        *server = server_.get();
        return server_ ? S_OK : E_UNEXPECTED;
    }
    void STDMETHODCALLTYPE DebugServerRelease(void*) override {}

  private:
    ComPtr<IEcho> server_;
};

/// IEcho is aggregated into the proxy manager (`outer`); the inner face is IRpcProxyBuffer.
class EchoProxy final : public implements<IRpcProxyBuffer> {
  public:
    explicit EchoProxy(IUnknown* outer) : echo_(*this, outer) {}
    IEcho* echo() { return &echo_; }
    HRESULT STDMETHODCALLTYPE Connect(IRpcChannelBuffer* channel) override {
        channel_ = ComPtr<IRpcChannelBuffer>::share(channel);
        return S_OK;
    }
    void STDMETHODCALLTYPE Disconnect() override { channel_.reset(); }

  private:
    class Face final : public IEcho {
      public:
        Face(EchoProxy& proxy, IUnknown* outer) : proxy_(proxy), outer_(outer) {}
        HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override { return outer_->QueryInterface(iid, object); }
        ULONG STDMETHODCALLTYPE AddRef() override { return outer_->AddRef(); }
        ULONG STDMETHODCALLTYPE Release() override { return outer_->Release(); }
        HRESULT STDMETHODCALLTYPE Repeat(const char* text, ULONG times, char* room, ULONG size) override {
            return proxy_.repeat(text, times, room, size);
        }

      private:
        EchoProxy& proxy_;
        IUnknown* outer_;  // not counted: it owns us
    };

    HRESULT repeat(const char* text, ULONG times, char* room, ULONG size) {
        if (!channel_) return CO_E_OBJNOTCONNECTED;
        if (const HRESULT connected = channel_->IsConnected(); connected != S_OK) return connected;
        RPCOLEMESSAGE message{};
        message.iMethod = 3;
        message.cbBuffer = static_cast<ULONG>(8 + std::strlen(text) + 1);
        HRESULT hr = channel_->GetBuffer(&message, IID_IEcho);
        if (FAILED(hr)) return hr;
        auto* out = static_cast<char*>(message.Buffer);
        std::memcpy(out, &times, 4);
        std::memcpy(out + 4, &size, 4);
        std::strcpy(out + 8, text);
        ULONG status = 0;
        hr = channel_->SendReceive(&message, &status);
        if (FAILED(hr)) return hr;
        if (message.cbBuffer < 4) hr = RPC_E_INVALID_DATAPACKET;
        if (SUCCEEDED(hr)) std::memcpy(&hr, message.Buffer, 4);
        if (SUCCEEDED(hr) && message.cbBuffer != 4 + size) hr = RPC_E_INVALID_DATAPACKET;
        if (SUCCEEDED(hr)) std::memcpy(room, static_cast<char*>(message.Buffer) + 4, size);
        channel_->FreeBuffer(&message);
        return hr;
    }

    Face echo_;
    ComPtr<IRpcChannelBuffer> channel_;
};

class EchoFactory final : public implements<IPSFactoryBuffer> {
  public:
    HRESULT STDMETHODCALLTYPE CreateProxy(IUnknown* outer, REFIID iid, IRpcProxyBuffer** proxy, void** object) override {
        if (iid != IID_IEcho) return E_NOINTERFACE;
        auto made = ComPtr<EchoProxy>::attach(new EchoProxy(outer));
        *object = made->echo();
        made->echo()->AddRef();  // counted on the outer one, as documented for CreateProxy
        *proxy = made.detach();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE CreateStub(REFIID iid, IUnknown* server, IRpcStubBuffer** stub) override {
        *stub = nullptr;
        if (iid != IID_IEcho) return E_NOINTERFACE;
        auto made = ComPtr<EchoStub>::attach(new EchoStub);
        if (server)
            if (const HRESULT hr = made->Connect(server); FAILED(hr)) return hr;
        *stub = made.detach();
        return S_OK;
    }
};

/// Proxies and stubs of IEcho for this process, for as long as it lives. In an apartment.
inline HRESULT register_echo_proxies(DWORD* cookie) {
    auto factory = ComPtr<IPSFactoryBuffer>::attach(new EchoFactory);
    const HRESULT hr = CoRegisterClassObject(CLSID_EchoProxies, factory.get(), CLSCTX_INPROC_SERVER, REGCLS_MULTI_SEPARATE, cookie);
    return FAILED(hr) ? hr : CoRegisterPSClsid(IID_IEcho, CLSID_EchoProxies);
}

/// What Repeat does where the object is.
inline HRESULT repeat_here(const char* text, ULONG times, char* room, ULONG size) {
    std::string all;
    for (ULONG i = 0; i < times; ++i) all += text;
    if (all.size() > size) return E_BOUNDS;
    std::memset(room, 0, size);
    std::memcpy(room, all.data(), all.size());
    return S_OK;
}

}  // namespace odc::test
