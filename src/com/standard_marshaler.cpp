// CoGetStandardMarshal: the marshaler of objects that have none of their own, for those that marshal themselves by it.
#include "com/apartment.h"
#include "com/marshal.h"
#include "opendcom/com_ptr.h"

namespace odc::com {
namespace {

constexpr Guid kStdMarshal = {0x00000017, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

class StandardMarshaler final : public implements<IMarshal> {
  public:
    explicit StandardMarshaler(IUnknown* object) : object_(ComPtr<IUnknown>::share(object)) {}

    HRESULT STDMETHODCALLTYPE GetUnmarshalClass(REFIID, void*, DWORD, void*, DWORD, CLSID* clsid) override {
        if (!clsid) return E_INVALIDARG;
        *clsid = kStdMarshal;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetMarshalSizeMax(REFIID, void*, DWORD destination, void*, DWORD, DWORD* size) override {
        if (!size) return E_INVALIDARG;
        return abi([&]() -> Result<> {
            *size = ODC_TRY(standard_marshal_size(destination));
            return {};
        });
    }
    HRESULT STDMETHODCALLTYPE MarshalInterface(IStream* stream, REFIID iid, void* object, DWORD destination, void* context,
                                               DWORD flags) override {
        auto* marshaled = object_ ? object_.get() : static_cast<IUnknown*>(object);
        if (!stream || !marshaled) return E_INVALIDARG;
        return abi([&]() -> Result<> {
            ByteWriter bytes;
            ODC_TRY(marshal_standard(bytes, iid, marshaled, destination, context, flags));
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
        return object_ ? CoDisconnectObject(object_.get(), reserved) : E_INVALIDARG;
    }

  private:
    const ComPtr<IUnknown> object_;  ///< null: the receiver's side, which only unmarshals
};

}  // namespace
}  // namespace odc::com

WINOLEAPI CoGetStandardMarshal(REFIID, IUnknown* object, DWORD, LPVOID, DWORD, IMarshal** marshal) {
    if (!marshal) return E_INVALIDARG;
    *marshal = nullptr;
    if (!odc::com::Apartment::current()) return CO_E_NOTINITIALIZED;
    *marshal = new odc::com::StandardMarshaler(object);
    return S_OK;
}
