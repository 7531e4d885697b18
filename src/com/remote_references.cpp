#include "com/remote_references.h"

#include "com/export_table.h"
#include "com/marshal.h"
#include "com/release_queue.h"
#include "dcom.h"

namespace odc::com {
namespace {

constexpr std::uint16_t kRemQueryInterface = 3;
constexpr std::uint16_t kRemAddRef = 4;

}  // namespace

void give_back(const Ref<Exporter>& exporter, const orpc::Ipid& ipid, std::uint32_t refs) {
    if (refs == 0) return;
    if (!exporter->in_process()) return ReleaseQueue::instance().add(exporter, ipid, refs);
    if (const auto stub = ExportTable::find_stub(ipid); stub && stub->owner()) stub->owner()->release_refs(*stub, refs, 0);
}

Result<> ask_for_refs(Exporter& exporter, const orpc::Ipid& ipid, std::uint32_t refs) {
    if (exporter.in_process()) {
        const auto stub = ExportTable::find_stub(ipid);
        if (!stub || !stub->owner() || !stub->owner()->add_refs(*stub, refs, 0)) return fail(CO_E_OBJNOTREG);
        return {};
    }
    HRESULT each = E_UNEXPECTED, all = E_UNEXPECTED;
    ODC_TRY(orpc_call(
        exporter, exporter.rem_unknown, __uuidof(IRemUnknown), kRemAddRef,
        [&](ndr::Writer& out) {
            // HRESULT RemAddRef([in] unsigned short cInterfaceRefs, [in, size_is(cInterfaceRefs)] REMINTERFACEREF InterfaceRefs[],
            //                   [out, size_is(cInterfaceRefs)] HRESULT* pResults);
            out.u16(1);
            out.count(1);
            out.guid(ipid.guid);
            out.u32(refs);
            out.u32(0);
        },
        [&](ndr::Reader& in) {
            in.require(in.count(4) == 1);
            each = in.i32();
            all = in.i32();
        }));
    if (FAILED(all)) return fail(all);
    if (FAILED(each)) return fail(each);
    return {};
}

Result<std::vector<RemQiResult>> ask_for_interfaces(Exporter& exporter, const orpc::Ipid& ipid, std::span<const Guid> iids) {
    if (exporter.in_process()) return rem_query_interface(ipid, kMarshaledRefs, iids);
    std::vector<RemQiResult> results;
    HRESULT all = E_UNEXPECTED;
    ODC_TRY(orpc_call(
        exporter, exporter.rem_unknown, __uuidof(IRemUnknown), kRemQueryInterface,
        [&](ndr::Writer& out) {
            // HRESULT RemQueryInterface([in] REFIPID ripid, [in] unsigned long cRefs, [in] unsigned short cIids,
            //                           [in, size_is(cIids)] IID* iids, [out, size_is(,cIids)] PREMQIRESULT* ppQIResults);
            out.guid(ipid.guid);
            out.u32(kMarshaledRefs);
            out.u16(static_cast<std::uint16_t>(iids.size()));
            out.count(iids.size());
            for (const auto& iid : iids) out.guid(iid);
        },
        [&](ndr::Reader& in) {
            if (in.unique()) {
                in.require(in.count(48) == iids.size());
                for (std::size_t i = 0; i < iids.size() && !in.failed(); ++i) {
                    in.align(8);
                    RemQiResult result;
                    result.hr = in.i32();
                    in.align(8);
                    result.std.flags = in.u32();
                    result.std.public_refs = in.u32();
                    result.std.oxid = orpc::Oxid{in.u64()};
                    result.std.oid = orpc::Oid{in.u64()};
                    result.std.ipid.guid = in.guid();
                    results.push_back(result);
                }
            }
            all = in.i32();
        }));
    if (FAILED(all)) return fail(all);
    if (results.size() != iids.size()) return fail_win32(RPC_X_BAD_STUB_DATA);
    return results;
}

}  // namespace odc::com
