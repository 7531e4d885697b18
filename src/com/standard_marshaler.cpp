// CoGetStandardMarshal and CoGetStdMarshalEx: the marshaler of objects that have none of their own, for those that marshal themselves by it.
#include "com/apartment.h"
#include "com/inner_unknown.h"
#include "com/marshal.h"
#include "com/proxy_manager.h"
#include "opendcom/com_ptr.h"

namespace odc::com {
namespace {

constexpr Guid kStdMarshal = {0x00000017, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

/// Aggregated by the object that it marshals (CoGetStdMarshalEx), or on its own (CoGetStandardMarshal).
class StandardMarshaler final : public IMarshal {
    friend InnerUnknown<StandardMarshaler>;

  public:
    /// `object`: what is marshaled, counted; null for the receiver's side, which only unmarshals.
    static StandardMarshaler* alone(IUnknown* object) { return new StandardMarshaler(ComPtr<IUnknown>::share(object), nullptr); }
    /// The same for an outer object, which it does not count.
    static StandardMarshaler* aggregated(IUnknown* outer) { return new StandardMarshaler(nullptr, outer); }
    IUnknown* inner() { return &inner_; }

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override { return controlling_->QueryInterface(iid, object); }
    ULONG STDMETHODCALLTYPE AddRef() override { return controlling_->AddRef(); }
    ULONG STDMETHODCALLTYPE Release() override { return controlling_->Release(); }
    HRESULT STDMETHODCALLTYPE GetUnmarshalClass(REFIID, void*, DWORD, void*, DWORD, CLSID* clsid) override {
        if (!clsid) return E_INVALIDARG;
        *clsid = kStdMarshal;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetMarshalSizeMax(REFIID, void* object, DWORD destination, void* context, DWORD, DWORD* size) override {
        if (!size) return E_INVALIDARG;
        return abi([&]() -> Result<> {
            *size = ODC_TRY(standard_marshal_size(marshaled(object), destination, context));
            return {};
        });
    }
    HRESULT STDMETHODCALLTYPE MarshalInterface(IStream* stream, REFIID iid, void* object, DWORD destination, void* context,
                                               DWORD flags) override {
        IUnknown* target = marshaled(object);
        if (!stream || !target) return E_INVALIDARG;
        return abi([&]() -> Result<> {
            ByteWriter bytes;
            ODC_TRY(marshal_standard(bytes, iid, target, destination, context, flags));
            ULONG put = 0;
            if (const HRESULT hr = stream->Write(bytes.data().data(), static_cast<ULONG>(bytes.size()), &put); FAILED(hr)) return fail(hr);
            return {};
        });
    }
    HRESULT STDMETHODCALLTYPE UnmarshalInterface(IStream* stream, REFIID iid, void** object) override {
        return CoUnmarshalInterface(stream, iid, object);
    }
    HRESULT STDMETHODCALLTYPE ReleaseMarshalData(IStream* stream) override { return CoReleaseMarshalData(stream); }
    HRESULT STDMETHODCALLTYPE DisconnectObject(DWORD reserved) override {
        IUnknown* target = marshaled(nullptr);
        return target ? CoDisconnectObject(target, reserved) : E_INVALIDARG;
    }

  private:
    StandardMarshaler(ComPtr<IUnknown> object, IUnknown* outer)
        : inner_(*this), object_(std::move(object)), outer_(outer), controlling_(outer ? outer : &inner_) {}
    IUnknown* marshaled(void* named) const { return object_ ? object_.get() : outer_ ? outer_ : static_cast<IUnknown*>(named); }

    InnerUnknown<StandardMarshaler> inner_;
    const ComPtr<IUnknown> object_;
    IUnknown* const outer_;        ///< not counted: it owns this
    IUnknown* const controlling_;
};

}  // namespace
}  // namespace odc::com

WINOLEAPI CoGetStandardMarshal(REFIID, IUnknown* object, DWORD, LPVOID, DWORD, IMarshal** marshal) {
    if (!marshal) return E_INVALIDARG;
    *marshal = nullptr;
    if (!odc::com::Apartment::current()) return CO_E_NOTINITIALIZED;
    *marshal = odc::com::StandardMarshaler::alone(object);
    return S_OK;
}

WINOLEAPI CoGetStdMarshalEx(IUnknown* outer, DWORD smexflags, IUnknown** inner) {
    using namespace odc::com;
    if (!outer || !inner) return E_INVALIDARG;
    *inner = nullptr;
    if (smexflags != SMEXF_SERVER && smexflags != SMEXF_HANDLER) return E_INVALIDARG;
    if (!Apartment::current()) return CO_E_NOTINITIALIZED;
    // The handler of an imported object: its outer is the identity, whose proxies it gets.
    void* manager = nullptr;
    if (smexflags == SMEXF_HANDLER && SUCCEEDED(outer->QueryInterface(kIidProxyManager, &manager)))
        *inner = static_cast<ProxyManager*>(manager)->proxies_alone();
    else
        *inner = StandardMarshaler::aggregated(outer)->inner();
    return S_OK;
}
