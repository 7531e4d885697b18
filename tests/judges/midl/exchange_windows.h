// Proxies and stubs of another compiler, through a channel of ours.
#pragma once

#include "exchange_common.h"

#include <objidl.h>

class Channel final : public IRpcChannelBuffer {
  public:
    explicit Channel(IRpcStubBuffer* stub) : stub_(stub) {}
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        *object = nullptr;
        if (std::memcmp(&iid, &IID_IUnknown, sizeof iid) != 0 && std::memcmp(&iid, &IID_IRpcChannelBuffer, sizeof iid) != 0) return E_NOINTERFACE;
        *object = this;
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
    ULONG STDMETHODCALLTYPE Release() override { return 1; }
    /// Buffers are aligned, begin as zeros, and live until the program ends.
    HRESULT STDMETHODCALLTYPE GetBuffer(RPCOLEMESSAGE* message, REFIID) override {
        message->Buffer = std::calloc(1, message->cbBuffer + 64);
        message->dataRepresentation = 0x10;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SendReceive(RPCOLEMESSAGE* message, ULONG* status) override {
        const auto* sent = static_cast<unsigned char*>(message->Buffer);
        request_bytes.assign(sent, sent + message->cbBuffer);
        message->iMethod &= ~0x8000u;  // the client's runtime marks its flags as valid there
        const HRESULT hr = stub_->Invoke(message, this);
        if (FAILED(hr)) return hr;
        const auto* received = static_cast<unsigned char*>(message->Buffer);
        reply_bytes.assign(received, received + message->cbBuffer);
        *status = 0;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE FreeBuffer(RPCOLEMESSAGE*) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE GetDestCtx(DWORD* context, void** data) override {
        *context = MSHCTX_DIFFERENTMACHINE;
        if (data) *data = nullptr;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE IsConnected() override { return S_OK; }

  private:
    IRpcStubBuffer* stub_;
};

class Outer final : public IUnknown {
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void** object) override { return *object = nullptr, E_NOINTERFACE; }
    ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
    ULONG STDMETHODCALLTYPE Release() override { return 1; }
};

/// `body` gets a proxy that is connected to a stub of the object.
template <class Interface, class Object, class Body>
int connected(const IID& iid, Body&& body) {
    if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return 1;
    IPSFactoryBuffer* factory = nullptr;
    if (FAILED(DllGetClassObject(iid, IID_IPSFactoryBuffer, reinterpret_cast<void**>(&factory)))) return std::puts("no factory"), 1;
    static Object object;
    static Outer outer;
    IRpcStubBuffer* stub = nullptr;
    if (FAILED(factory->CreateStub(iid, &object, &stub))) return std::puts("no stub"), 1;
    IRpcProxyBuffer* buffer = nullptr;
    void* proxy = nullptr;
    if (FAILED(factory->CreateProxy(&outer, iid, &buffer, &proxy))) return std::puts("no proxy"), 1;
    static Channel channel(stub);
    if (FAILED(buffer->Connect(&channel))) return std::puts("not connected"), 1;
    body(*static_cast<Interface*>(proxy));
    std::fflush(stdout);
    ExitProcess(0);
}
