#include "com/rem_unknown.h"

#include "com/apartment.h"
#include "com/marshal.h"
#include "com/process_endpoint.h"
#include "dcom.h"
#include "opendcom/com_ptr.h"

namespace odc::com {
namespace {

Ref<InterfaceStub> object_stub(const IPID& ipid) {
    auto stub = ExportTable::find_stub(orpc::Ipid{ipid});
    return stub && stub->owner() ? stub : Ref<InterfaceStub>();
}

class RemUnknown final : public implements<IRemUnknown2> {
  public:
    HRESULT STDMETHODCALLTYPE RemQueryInterface(REFIPID ripid, ULONG cRefs, USHORT cIids, IID* iids, REMQIRESULT** ppQIResults) override {
        if (!ppQIResults) return E_POINTER;
        *ppQIResults = nullptr;
        return abi([&]() -> Result<> {
            const auto results = ODC_TRY(rem_query_interface(orpc::Ipid{ripid}, cRefs, {iids, cIids}));
            auto* out = static_cast<REMQIRESULT*>(CoTaskMemAlloc(sizeof(REMQIRESULT) * results.size()));
            if (!out) return fail(E_OUTOFMEMORY);
            for (std::size_t i = 0; i < results.size(); ++i) {
                out[i] = {};
                out[i].hResult = results[i].hr;
                out[i].std.flags = results[i].std.flags;
                out[i].std.cPublicRefs = results[i].std.public_refs;
                out[i].std.oxid = static_cast<std::uint64_t>(results[i].std.oxid);
                out[i].std.oid = static_cast<std::uint64_t>(results[i].std.oid);
                out[i].std.ipid = results[i].std.ipid.guid;
            }
            *ppQIResults = out;
            return {};
        });
    }

    HRESULT STDMETHODCALLTYPE RemAddRef(USHORT cInterfaceRefs, REMINTERFACEREF* refs, HRESULT* pResults) override {
        HRESULT all = S_OK;
        for (USHORT i = 0; i < cInterfaceRefs; ++i) {
            const auto stub = object_stub(refs[i].ipid);
            pResults[i] = stub && stub->owner()->add_refs(*stub, refs[i].cPublicRefs, refs[i].cPrivateRefs) ? S_OK : CO_E_OBJNOTREG;
            if (FAILED(pResults[i])) all = pResults[i];
        }
        return all == S_OK ? S_OK : S_FALSE;
    }

    HRESULT STDMETHODCALLTYPE RemRelease(USHORT cInterfaceRefs, REMINTERFACEREF* refs) override {
        // An IPID that nobody has (any more) is passed over, as the protocol says (threats: 25).
        for (USHORT i = 0; i < cInterfaceRefs; ++i)
            if (const auto stub = object_stub(refs[i].ipid)) stub->owner()->release_refs(*stub, refs[i].cPublicRefs, refs[i].cPrivateRefs);
        return S_OK;
    }

    HRESULT STDMETHODCALLTYPE RemQueryInterface2(REFIPID ripid, USHORT cIids, IID* iids, HRESULT* phr, MInterfacePointer** ppMIF) override {
        for (USHORT i = 0; i < cIids; ++i) {
            phr[i] = E_NOINTERFACE;
            ppMIF[i] = nullptr;
        }
        return abi([&]() -> Result<> {
            const auto results = ODC_TRY(rem_query_interface(orpc::Ipid{ripid}, kMarshaledRefs, {iids, cIids}));
            const auto* endpoint = ProcessEndpoint::if_started();
            for (USHORT i = 0; i < cIids; ++i) {
                phr[i] = results[i].hr;
                if (FAILED(phr[i])) continue;
                ByteWriter bytes;
                orpc::ObjRef{iids[i], orpc::StandardRef{results[i].std, endpoint ? endpoint->resolver() : orpc::DualStringArray{}}}.write(bytes);
                auto* out = static_cast<MInterfacePointer*>(CoTaskMemAlloc(sizeof(MInterfacePointer) + bytes.size()));
                if (!out) return fail(E_OUTOFMEMORY);
                out->ulCntData = static_cast<ULONG>(bytes.size());
                std::memcpy(out->abData, bytes.data().data(), bytes.size());
                ppMIF[i] = out;
            }
            return {};
        });
    }

  protected:
    void* query_more(REFIID iid) override { return iid == __uuidof(IRemUnknown) ? static_cast<IRemUnknown*>(this) : nullptr; }
};

}  // namespace

Result<std::vector<RemQiResult>> rem_query_interface(const orpc::Ipid& ipid, std::uint32_t refs, std::span<const Guid> iids) {
    const auto stub = ExportTable::find_stub(ipid);
    if (!stub || !stub->owner()) return fail(RPC_E_INVALID_OBJECT);
    Export& entry = *stub->owner();
    entry.touch();
    std::vector<RemQiResult> results(iids.size());
    const auto fill = [&](std::size_t i, InterfaceStub& found) {
        if (!entry.add_refs(found, refs, 0)) {
            results[i].hr = CO_E_OBJNOTCONNECTED;
            return;
        }
        results[i].hr = S_OK;
        results[i].std = {0, refs, entry.apartment().oxid(), entry.oid(), found.ipid()};
    };
    bool all_known = true;
    for (std::size_t i = 0; i < iids.size(); ++i) {
        const auto known = entry.known_stub(iids[i]);
        if (known) fill(i, *known);
        else all_known = false;
    }
    if (all_known) return results;
    // The object itself is asked where it lives.
    const HRESULT ran = entry.apartment().run([&]() -> HRESULT {
        for (std::size_t i = 0; i < iids.size(); ++i) {
            if (SUCCEEDED(results[i].hr)) continue;
            auto made = entry.interface_stub(iids[i]);
            if (made) fill(i, **made);
            else results[i].hr = made.code();
        }
        return S_OK;
    });
    if (FAILED(ran)) return fail(ran);
    return results;
}

ComPtr<IUnknown> make_rem_unknown() { return ComPtr<RemUnknown>::attach(new RemUnknown); }

}  // namespace odc::com
