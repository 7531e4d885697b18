// What any host of proxies sees of them: IRpcStubBuffer::Invoke gets requests that are made up, and a proxy answers that are, through a
// channel of this program. The first byte chooses side and byte order, the second the method, the rest is the message. There is no
// apartment, so interface pointers come to nothing: object_stubs_fuzz has those.
#include "hostile_object.h"
#include "objbase.h"
#include "opendcom/com/interface_info.h"
#include "opendcom/com_ptr.h"

extern "C" const odc::com::ProxyFile hostile_objects_ProxyFile;

namespace {

using namespace odc;

constexpr ULONG kLittleEndian = 0x10;

class Channel final : public IRpcChannelBuffer {
  public:
    Channel(std::span<const std::uint8_t> answer, bool swap) : answer_(answer), swap_(swap) {}
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        const bool known = iid == IID_IUnknown || iid == IID_IRpcChannelBuffer;
        return *object = known ? this : nullptr, known ? S_OK : E_NOINTERFACE;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
    ULONG STDMETHODCALLTYPE Release() override { return 1; }
    HRESULT STDMETHODCALLTYPE GetBuffer(RPCOLEMESSAGE* message, REFIID) override {
        buffer_.assign(message->cbBuffer / 8 + 1, 0);
        message->Buffer = buffer_.data();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SendReceive(RPCOLEMESSAGE* message, ULONG* status) override {
        buffer_.assign(answer_.size() / 8 + 1, 0);
        if (!answer_.empty()) std::memcpy(buffer_.data(), answer_.data(), answer_.size());
        message->Buffer = buffer_.data();
        message->cbBuffer = static_cast<ULONG>(answer_.size());
        message->dataRepresentation = swap_ ? 0 : kLittleEndian;
        return *status = 0, S_OK;
    }
    HRESULT STDMETHODCALLTYPE FreeBuffer(RPCOLEMESSAGE*) override { return buffer_.clear(), S_OK; }
    HRESULT STDMETHODCALLTYPE GetDestCtx(DWORD* context, void** extra) override {
        if (extra) *extra = nullptr;
        return *context = MSHCTX_DIFFERENTMACHINE, S_OK;
    }
    HRESULT STDMETHODCALLTYPE IsConnected() override { return S_OK; }

  private:
    std::span<const std::uint8_t> answer_;
    bool swap_;
    std::vector<std::uint64_t> buffer_;
};

IPSFactoryBuffer& factory() {
    static const auto made = [] {
        static const com::ProxyFile* const files[] = {&hostile_objects_ProxyFile};
        ComPtr<IPSFactoryBuffer> factory;
        if (FAILED(com::proxy_file_class_object(files, IID_IHostile, IID_IHostile, IID_IPSFactoryBuffer, factory.put_void()))) std::abort();
        return factory;
    }();
    return *made.get();
}

void serve(std::size_t opnum, std::span<const std::uint8_t> request, bool swap) {
    test::HostileObject object;
    ComPtr<IRpcStubBuffer> stub;
    if (FAILED(factory().CreateStub(IID_IHostile, &object, stub.put()))) std::abort();
    std::vector<std::uint64_t> bytes(request.size() / 8 + 1);
    if (!request.empty()) std::memcpy(bytes.data(), request.data(), request.size());
    RPCOLEMESSAGE message{};
    message.Buffer = bytes.data();
    message.cbBuffer = static_cast<ULONG>(request.size());
    message.dataRepresentation = swap ? 0 : kLittleEndian;
    message.iMethod = static_cast<ULONG>(opnum);
    Channel channel({}, false);
    (void)stub->Invoke(&message, &channel);
}

void answer(std::size_t number, std::span<const std::uint8_t> reply, bool swap) {
    test::HostileObject outer;
    Channel channel(reply, swap);
    ComPtr<IRpcProxyBuffer> buffer;
    void* proxy = nullptr;
    if (FAILED(factory().CreateProxy(&outer, IID_IHostile, buffer.put(), &proxy))) std::abort();
    if (FAILED(buffer->Connect(&channel))) std::abort();
    (void)test::call_and_read(*static_cast<IHostile*>(proxy), number);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::span<const std::uint8_t> message{data + 2, size - 2};
    if ((data[0] & 4) != 0) answer(data[1], message, (data[0] & 1) != 0);
    else serve(data[1], message, (data[0] & 1) != 0);
    if (test::Thing::alive != 0) std::abort();
    return 0;
}
