#include "com/stub_channel.h"

#include <cstring>
#include <memory>
#include <new>

#include "com/interface_codec.h"
#include "opendcom/com/stub.h"
#include "opendcom/com_ptr.h"

namespace odc::com {
namespace {

constexpr ULONG kLittleEndian = 0x10;  // NDR_LITTLE_ENDIAN in RPCOLEMESSAGE::dataRepresentation

/// GetBuffer gives the response's memory; nothing is sent from here.
class StubChannel final : public implements<IRpcChannelBuffer> {
  public:
    explicit StubChannel(DWORD destination) : destination_(destination) {}

    HRESULT STDMETHODCALLTYPE GetBuffer(RPCOLEMESSAGE* message, REFIID) override {
        if (!message) return E_INVALIDARG;
        buffer_.reset(new (std::nothrow) std::uint64_t[message->cbBuffer / 8 + 1]);
        if (!buffer_) return E_OUTOFMEMORY;
        message->Buffer = buffer_.get();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SendReceive(RPCOLEMESSAGE*, ULONG*) override { return E_UNEXPECTED; }  // a server's channel only answers
    HRESULT STDMETHODCALLTYPE FreeBuffer(RPCOLEMESSAGE* message) override {
        if (message && message->Buffer == buffer_.get()) buffer_.reset();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetDestCtx(DWORD* context, void** extra) override {
        if (!context) return E_INVALIDARG;
        *context = destination_;
        if (extra) *extra = nullptr;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE IsConnected() override { return S_OK; }

  private:
    DWORD destination_;
    std::unique_ptr<std::uint64_t[]> buffer_;  // 8-byte aligned, as NDR buffers are
};

}  // namespace

HRESULT invoke_foreign_stub(IRpcStubBuffer& stub, const Guid&, std::uint16_t opnum, ndr::ServerFrame& frame, DWORD destination) {
    // The stub expects its arguments at an 8-byte boundary: they follow ORPCTHIS, which may end elsewhere.
    const std::size_t size = frame.request.left();
    auto* arguments = static_cast<std::uint8_t*>(frame.arena.allocate(size + 8));
    frame.request.copy(arguments, size);
    RPCOLEMESSAGE message{};
    message.dataRepresentation = frame.request.swaps() ? 0 : kLittleEndian;
    message.Buffer = arguments;
    message.cbBuffer = static_cast<ULONG>(size);
    message.iMethod = opnum;
    auto channel = ComPtr<StubChannel>::attach(new StubChannel(destination));
    const HRESULT hr = stub.Invoke(&message, channel.get());
    if (SUCCEEDED(hr) && message.Buffer != arguments && message.cbBuffer) frame.response.copy(message.Buffer, message.cbBuffer);
    return hr;
}

HRESULT invoke_generated_stub(const InterfaceInfo& info, IUnknown* object, RPCOLEMESSAGE& message, IRpcChannelBuffer& channel) {
    if (message.iMethod >= info.methods.size() || !info.methods[message.iMethod]) return HRESULT_FROM_WIN32(RPC_S_PROCNUM_OUT_OF_RANGE);
    DWORD destination = MSHCTX_LOCAL;
    (void)channel.GetDestCtx(&destination, nullptr);
    auto& codec = codec_for(destination);
    ndr::ServerFrame frame;
    frame.request.begin({static_cast<std::uint8_t*>(message.Buffer), message.cbBuffer}, message.dataRepresentation != kLittleEndian,
                        ndr::Syntax::ndr20, frame.arena, &codec);
    frame.response.begin(0, ndr::Syntax::ndr20, &codec);
    frame.response.set_gather(false);
    StubCall call(frame);
    HRESULT hr = info.methods[message.iMethod](object, call);
    if (SUCCEEDED(hr)) {
        message.cbBuffer = static_cast<ULONG>(frame.response.position());
        hr = channel.GetBuffer(&message, *info.iid);
        if (SUCCEEDED(hr) && message.cbBuffer) std::memcpy(message.Buffer, frame.response.base(), message.cbBuffer);
    }
    frame.finish();
    return hr;
}

}  // namespace odc::com
