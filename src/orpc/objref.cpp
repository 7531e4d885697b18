#include "orpc/objref.h"

namespace odc::orpc {
namespace {

constexpr std::uint32_t kExtendedSignature = 0x4E535956;  // "VYSN", twice in OBJREF_EXTENDED

Error bad(const char* why) { return fail(RPC_E_INVALID_OBJREF, std::string("OBJREF: ") + why); }

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

void write_header(ByteWriter& out, std::uint32_t flags, const Guid& iid) {
    out.u32(kObjrefSignature);
    out.u32(flags);
    out.guid(iid);
}

Result<ExtendedRef> read_extended(ByteReader& in) {
    ExtendedRef ref;
    ref.std = StdObjRef::read(in);
    if (in.u32() != kExtendedSignature) return bad("first signature of the extended form");
    ref.resolver = ODC_TRY(DualStringArray::read(in));
    const std::uint32_t elements = in.u32();
    if (in.u32() != kExtendedSignature) return bad("second signature of the extended form");
    if (elements != 1) return bad("not one data element");
    ref.context_id = in.guid();
    const std::uint32_t size = in.u32();
    const std::uint32_t rounded = in.u32();
    if (in.failed() || rounded > in.left() || size > rounded || rounded - size > 7) return bad("size of the data element");
    const auto data = in.bytes(rounded);
    ref.context.assign(data.begin(), data.begin() + size);
    return ref;
}

}  // namespace

void StdObjRef::write(ByteWriter& out) const {
    out.u32(flags);
    out.u32(public_refs);
    out.u64(static_cast<std::uint64_t>(oxid));
    out.u64(static_cast<std::uint64_t>(oid));
    out.guid(ipid.guid);
}

StdObjRef StdObjRef::read(ByteReader& in) {
    StdObjRef ref;
    ref.flags = in.u32();
    ref.public_refs = in.u32();
    ref.oxid = Oxid{in.u64()};
    ref.oid = Oid{in.u64()};
    ref.ipid.guid = in.guid();
    return ref;
}

void ObjRef::write(ByteWriter& out) const {
    std::visit(Overloaded{
                   [&](const StandardRef& ref) {
                       write_header(out, kObjrefStandard, iid);
                       ref.std.write(out);
                       ref.resolver.write(out);
                   },
                   [&](const HandlerRef& ref) {
                       write_header(out, kObjrefHandler, iid);
                       ref.std.write(out);
                       out.guid(ref.clsid);
                       ref.resolver.write(out);
                   },
                   [&](const CustomRef& ref) {
                       write_header(out, kObjrefCustom, iid);
                       out.guid(ref.clsid);
                       out.u32(0);  // cbExtension
                       out.u32(static_cast<std::uint32_t>(ref.data.size()));  // "reserved": Windows puts the size here
                       out.bytes(ref.data);
                   },
                   [&](const ExtendedRef& ref) {
                       write_header(out, kObjrefExtended, iid);
                       ref.std.write(out);
                       out.u32(kExtendedSignature);
                       ref.resolver.write(out);
                       out.u32(1);
                       out.u32(kExtendedSignature);
                       out.guid(ref.context_id);
                       const std::size_t rounded = (ref.context.size() + 7) & ~std::size_t{7};
                       out.u32(static_cast<std::uint32_t>(ref.context.size()));
                       out.u32(static_cast<std::uint32_t>(rounded));
                       out.bytes(ref.context);
                       out.zeros(rounded - ref.context.size());
                   },
               },
               body);
}

Result<ObjRef> ObjRef::read(ByteReader& in) {
    ObjRef ref;
    if (in.u32() != kObjrefSignature) return bad("signature is not MEOW");
    const std::uint32_t flags = in.u32();
    ref.iid = in.guid();
    switch (flags) {
        case kObjrefStandard: {
            StandardRef body;
            body.std = StdObjRef::read(in);
            body.resolver = ODC_TRY(DualStringArray::read(in));
            ref.body = std::move(body);
            break;
        }
        case kObjrefHandler: {
            HandlerRef body;
            body.std = StdObjRef::read(in);
            body.clsid = in.guid();
            body.resolver = ODC_TRY(DualStringArray::read(in));
            ref.body = std::move(body);
            break;
        }
        case kObjrefCustom: {
            CustomRef body;
            body.clsid = in.guid();
            (void)in.u32();  // cbExtension
            const std::uint32_t said = in.u32();
            const auto data = in.bytes(said != 0 && said <= in.left() ? said : in.left());
            body.data.assign(data.begin(), data.end());
            ref.body = std::move(body);
            break;
        }
        case kObjrefExtended:
            ref.body = ODC_TRY(read_extended(in));
            break;
        default:
            return bad("flags name no form, or several");
    }
    if (in.failed()) return bad("ends too early");
    return ref;
}

const StdObjRef* ObjRef::standard() const {
    if (const auto* ref = std::get_if<StandardRef>(&body)) return &ref->std;
    if (const auto* ref = std::get_if<HandlerRef>(&body)) return &ref->std;
    if (const auto* ref = std::get_if<ExtendedRef>(&body)) return &ref->std;
    return nullptr;
}

const DualStringArray* ObjRef::resolver() const {
    if (const auto* ref = std::get_if<StandardRef>(&body)) return &ref->resolver;
    if (const auto* ref = std::get_if<HandlerRef>(&body)) return &ref->resolver;
    if (const auto* ref = std::get_if<ExtendedRef>(&body)) return &ref->resolver;
    return nullptr;
}

}  // namespace odc::orpc
