// CoCreateFreeThreadedMarshaler: objects that any apartment of the process may call directly.
#include <cstring>

#include "base/guid.h"
#include "com/apartment.h"
#include "com/builtin_classes.h"
#include "com/inner_unknown.h"
#include "com/marshal.h"
#include "com/memory_stream.h"

namespace odc::com {
namespace {

constexpr Guid kInProcFreeMarshaler = {0x0000033A, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr Guid kStdMarshal = {0x00000017, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

/// Proves that a packet was made by this very process before its pointer is believed.
const Guid& process_secret() {
    static const Guid secret = new_guid();
    return secret;
}

/// A packet is MSHLFLAGS, pointer, secret (behaviour 69).
constexpr DWORD kPacketSize = sizeof(DWORD) + sizeof(std::uint64_t) + sizeof(Guid);

bool is_in_process(DWORD destination) { return destination == MSHCTX_INPROC || destination == MSHCTX_CROSSCTX; }

class FreeThreadedMarshaler final : public IMarshal {
    friend InnerUnknown<FreeThreadedMarshaler>;

  public:
    explicit FreeThreadedMarshaler(IUnknown* outer) : inner_(*this), outer_(outer ? outer : &inner_) {}
    IUnknown* inner() { return &inner_; }

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override { return outer_->QueryInterface(iid, object); }
    ULONG STDMETHODCALLTYPE AddRef() override { return outer_->AddRef(); }
    ULONG STDMETHODCALLTYPE Release() override { return outer_->Release(); }

    HRESULT STDMETHODCALLTYPE GetUnmarshalClass(REFIID, void*, DWORD destination, void*, DWORD, CLSID* clsid) override {
        if (!clsid) return E_POINTER;
        *clsid = is_in_process(destination) ? kInProcFreeMarshaler : kStdMarshal;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetMarshalSizeMax(REFIID iid, void* object, DWORD destination, void* context, DWORD flags, DWORD* size) override {
        if (!size) return E_POINTER;
        *size = kPacketSize;
        if (is_in_process(destination)) return S_OK;
        return abi([&]() -> Result<> {
            // What the standard marshaler would write; measured by writing it.
            ByteWriter out;
            ODC_TRY(marshal_standard(out, iid, static_cast<IUnknown*>(object ? object : outer_), destination, context, flags));
            ByteReader in(out.data());
            (void)release_marshal_data(in);
            *size = static_cast<DWORD>(out.size());
            return {};
        });
    }
    HRESULT STDMETHODCALLTYPE MarshalInterface(IStream* stream, REFIID iid, void* object, DWORD destination, void* context, DWORD flags) override {
        if (!stream) return E_INVALIDARG;
        return abi([&]() -> Result<> {
            auto* target = static_cast<IUnknown*>(object ? object : outer_);
            ByteWriter out;
            if (!is_in_process(destination)) {
                ODC_TRY(marshal_standard(out, iid, target, destination, context, flags));
            } else {
                void* wanted = nullptr;
                if (const HRESULT hr = target->QueryInterface(iid, &wanted); FAILED(hr)) return fail(hr);
                // Normal and strong packets own the reference that the query took; weak ones do not (behaviour 70).
                if (flags & MSHLFLAGS_TABLEWEAK) static_cast<IUnknown*>(wanted)->Release();
                out.u32(flags);
                out.u64(reinterpret_cast<std::uintptr_t>(wanted));
                out.guid(process_secret());
            }
            const HRESULT hr = stream->Write(out.data().data(), static_cast<ULONG>(out.size()), nullptr);
            if (FAILED(hr)) return fail(hr);
            return {};
        });
    }
    HRESULT STDMETHODCALLTYPE UnmarshalInterface(IStream* stream, REFIID iid, void** object) override {
        if (!stream || !object) return E_INVALIDARG;
        *object = nullptr;
        IUnknown* pointer;
        DWORD flags;
        if (const HRESULT hr = read_packet(*stream, &pointer, &flags); FAILED(hr)) return hr;
        const HRESULT hr = pointer->QueryInterface(iid, object);
        if ((flags & (MSHLFLAGS_TABLESTRONG | MSHLFLAGS_TABLEWEAK)) == 0) pointer->Release();
        return hr;
    }
    HRESULT STDMETHODCALLTYPE ReleaseMarshalData(IStream* stream) override {
        if (!stream) return E_INVALIDARG;
        IUnknown* pointer;
        DWORD flags;
        if (const HRESULT hr = read_packet(*stream, &pointer, &flags); FAILED(hr)) return hr;
        if ((flags & MSHLFLAGS_TABLEWEAK) == 0) pointer->Release();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE DisconnectObject(DWORD) override { return S_OK; }

  private:
    static HRESULT read_packet(IStream& stream, IUnknown** pointer, DWORD* flags) {
        std::uint8_t bytes[kPacketSize];
        ULONG got = 0;
        if (FAILED(stream.Read(bytes, sizeof bytes, &got)) || got != sizeof bytes) return STG_E_READFAULT;
        ByteReader in(bytes);
        *flags = in.u32();
        *pointer = reinterpret_cast<IUnknown*>(static_cast<std::uintptr_t>(in.u64()));
        return in.guid() == process_secret() ? S_OK : E_UNEXPECTED;
    }
    InnerUnknown<FreeThreadedMarshaler> inner_;
    IUnknown* outer_;
};

}  // namespace

ComPtr<IUnknown> free_threaded_unmarshaler() { return ComPtr<IUnknown>::attach((new FreeThreadedMarshaler(nullptr))->inner()); }

}  // namespace odc::com

WINOLEAPI CoCreateFreeThreadedMarshaler(IUnknown* outer, IUnknown** marshaler) {
    if (!marshaler) return E_INVALIDARG;
    *marshaler = (new odc::com::FreeThreadedMarshaler(outer))->inner();
    return S_OK;
}
