// A channel that carries requests straight to a stub and keeps what went through it, for proxies and stubs of any compiler: the same source is
// compiled for Windows and here.
#pragma once

#ifdef _WIN32
#include <objidl.h>
#else
#include "objidl.h"
#endif

#include <cstdlib>
#include <cstring>
#include <vector>

/// Buffers are aligned, begin as zeros, and live until the program ends.
class Channel final : public IRpcChannelBuffer {
  public:
    /// `request`, `reply`: get the bytes of each call.
    Channel(IRpcStubBuffer* stub, std::vector<unsigned char>& request, std::vector<unsigned char>& reply) : stub_(stub), request_(request), reply_(reply) {}
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        *object = nullptr;
        if (std::memcmp(&iid, &IID_IUnknown, sizeof iid) != 0 && std::memcmp(&iid, &IID_IRpcChannelBuffer, sizeof iid) != 0) return E_NOINTERFACE;
        *object = this;
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
    ULONG STDMETHODCALLTYPE Release() override { return 1; }
    HRESULT STDMETHODCALLTYPE GetBuffer(RPCOLEMESSAGE* message, REFIID) override {
        message->Buffer = std::calloc(1, message->cbBuffer + 64);
        message->dataRepresentation = 0x10;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SendReceive(RPCOLEMESSAGE* message, ULONG* status) override {
        const auto* sent = static_cast<unsigned char*>(message->Buffer);
        request_.assign(sent, sent + message->cbBuffer);
        message->iMethod &= ~0x8000u;  // the client's runtime marks its flags as valid there
        const HRESULT hr = stub_->Invoke(message, this);
        if (FAILED(hr)) return hr;
        const auto* received = static_cast<unsigned char*>(message->Buffer);
        reply_.assign(received, received + message->cbBuffer);
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
    std::vector<unsigned char>& request_;
    std::vector<unsigned char>& reply_;
};

/// Takes part in nothing.
class Outer final : public IUnknown {
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void** object) override { return *object = nullptr, E_NOINTERFACE; }
    ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
    ULONG STDMETHODCALLTYPE Release() override { return 1; }
};
