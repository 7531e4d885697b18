#include "orpc/activation_properties.h"

#include <array>

#include "orpc/objref.h"
#include "orpc/type_serialization.h"

namespace odc::orpc {
namespace {

// MS-DCOM 1.9. All of them end alike.
constexpr Guid ole_guid(std::uint32_t first) { return {first, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}}; }
constexpr Guid kPropertiesInClass = ole_guid(0x338);
constexpr Guid kPropertiesOutClass = ole_guid(0x339);
constexpr Guid kPropertiesInIid = ole_guid(0x1A2);
constexpr Guid kPropertiesOutIid = ole_guid(0x1A3);
constexpr Guid kSpecialProperties = ole_guid(0x1B9);
constexpr Guid kInstantiationInfo = ole_guid(0x1AB);
constexpr Guid kContextInfo = ole_guid(0x1A5);
constexpr Guid kLocationInfo = ole_guid(0x1A4);
constexpr Guid kInstanceInfo = ole_guid(0x1AD);
constexpr Guid kScmRequestInfo = ole_guid(0x1AA);
constexpr Guid kScmReplyInfo = ole_guid(0x1B6);
constexpr Guid kPropsOutInfo = ole_guid(0x339);
constexpr Guid kContextMarshaler = ole_guid(0x33B);
constexpr Guid kContextIid = ole_guid(0x1C0);

constexpr std::uint32_t kDestinationContext = 2;  // MSHCTX_DIFFERENTMACHINE, as Windows sends
constexpr std::uint32_t kUseConsoleSession = 1;   // SPD_FLAG_USE_CONSOLE_SESSION
constexpr std::size_t kContextHeader = 48;
constexpr std::uint32_t kContextByValue = 2;      // CTXMSHLFLAGS_BYVAL

Error bad(const std::string& why) { return fail_win32(RPC_X_BAD_STUB_DATA, "activation properties: " + why); }
Error bad_objref(const std::string& why) { return fail(RPC_E_INVALID_OBJREF, "activation properties: " + why); }

// ---- The BLOB: dwSize, dwReserved, CustomHeader, properties (2.2.22) -------------------------------------------------

class BlobWriter {
  public:
    /// The value of the next property goes into the writer; `add` ends it.
    ndr::Writer& begin() { return serialized_.begin(); }
    Result<> add(const Guid& property) {
        const std::size_t before = bodies_.size();
        ODC_TRY(serialized_.finish(bodies_));
        properties_.push_back(property);
        sizes_.push_back(static_cast<std::uint32_t>(bodies_.size() - before));
        return {};
    }
    /// The OBJREF_CUSTOM around it all.
    Result<ObjrefBytes> finish(const Guid& iid, const Guid& clsid) {
        std::vector<std::uint8_t> header;
        ODC_TRY(write_header(header, 0));
        const auto header_size = static_cast<std::uint32_t>(header.size());
        header.clear();
        ODC_TRY(write_header(header, header_size));
        ByteWriter blob;
        blob.u32(static_cast<std::uint32_t>(header.size() + bodies_.size()));
        blob.u32(0);
        blob.bytes(header);
        blob.bytes(bodies_);
        ByteWriter objref;
        ObjRef{iid, CustomRef{clsid, blob.take()}}.write(objref);
        return objref.take();
    }

  private:
    Result<> write_header(std::vector<std::uint8_t>& to, std::uint32_t header_size) {
        auto& out = serialized_.begin();
        out.u32(static_cast<std::uint32_t>(header_size + bodies_.size()));
        out.u32(header_size);
        out.u32(0);
        out.u32(kDestinationContext);
        out.u32(static_cast<std::uint32_t>(properties_.size()));
        out.guid(Guid{});
        (void)out.unique(properties_.data());
        (void)out.unique(sizes_.data());
        (void)out.unique(nullptr);
        out.count(properties_.size());
        for (const auto& property : properties_) out.guid(property);
        out.count(sizes_.size());
        out.elements(sizes_.data(), sizes_.size());
        return serialized_.finish(to);
    }

    SerializedWriter serialized_;
    std::vector<Guid> properties_;
    std::vector<std::uint32_t> sizes_;
    std::vector<std::uint8_t> bodies_;
};

struct Property {
    Guid id;
    std::span<const std::uint8_t> bytes;
};

/// The properties of a BLOB, each within the BLOB and behind the one before. At most kMaxActivationProperties of them.
Result<std::vector<Property>> split_blob(std::span<const std::uint8_t> blob) {
    ByteReader in(blob);
    const std::uint32_t size = in.u32();
    in.skip(4);
    if (in.failed()) return bad("no header");
    if (size > in.left()) return bad("dwSize says more than is there");
    blob = in.bytes(size);

    SerializedReader serialized;
    ODC_TRY(serialized.begin(blob));
    auto& header = serialized.value();
    const std::uint32_t total_size = header.u32();
    const std::uint32_t header_size = header.u32();
    header.u32();
    header.u32();
    const std::uint32_t count = header.u32();
    header.require(count >= 1 && count <= kMaxActivationProperties);
    (void)header.guid();
    header.require(header.unique());
    header.require(header.unique());
    const bool reserved = header.unique();
    header.expect(count);
    std::array<Guid, kMaxActivationProperties> ids{};
    for (std::uint32_t i = 0; i < count && !header.failed(); ++i) ids[i] = header.guid();
    header.expect(count);
    std::array<std::uint32_t, kMaxActivationProperties> sizes{};
    for (std::uint32_t i = 0; i < count && !header.failed(); ++i) sizes[i] = header.u32();
    if (reserved) header.u32();
    if (header.failed()) return bad("CustomHeader");
    if (total_size != size) return bad("totalSize differs from dwSize");
    if (header_size < serialized.size() || header_size > size) return bad("headerSize");

    std::vector<Property> properties;
    auto rest = blob.subspan(header_size);
    for (std::uint32_t i = 0; i < count; ++i) {
        if (sizes[i] > rest.size()) return bad("a property is longer than what is left");
        for (const auto& earlier : properties)
            if (earlier.id == ids[i]) return bad("a property comes twice: " + to_string(ids[i]));
        properties.push_back({ids[i], rest.first(sizes[i])});
        rest = rest.subspan(sizes[i]);
    }
    if (!rest.empty()) return bad("bytes behind the last property");
    return properties;
}

Result<std::vector<std::uint8_t>> custom_data(std::span<const std::uint8_t> objref, const Guid& iid, const Guid& clsid) {
    ByteReader in(objref);
    auto ref = ODC_TRY(ObjRef::read(in));
    auto* custom = std::get_if<CustomRef>(&ref.body);
    if (!custom || ref.iid != iid || custom->clsid != clsid) return bad_objref("not the custom OBJREF of activation properties");
    return std::move(custom->data);
}

// ---- Pieces that several properties have ------------------------------------------------------------------------------

void write_interface(ndr::Writer& out, const ObjrefBytes& objref) {
    out.count(objref.size());
    out.u32(static_cast<std::uint32_t>(objref.size()));
    out.copy(objref.data(), objref.size());
}

ObjrefBytes read_interface(ndr::Reader& in) {
    const std::size_t size = in.count(1);
    in.require(in.u32() == size);
    const auto* bytes = in.view(size);
    return bytes ? ObjrefBytes(bytes, bytes + size) : ObjrefBytes();
}

void write_optional_interface(ndr::Writer& out, const ObjrefBytes& objref) {
    if (!objref.empty()) write_interface(out, objref);
}

void write_guids(ndr::Writer& out, std::span<const Guid> guids) {
    out.count(guids.size());
    for (const auto& guid : guids) out.guid(guid);
}

std::vector<Guid> read_guids(ndr::Reader& in, std::uint32_t expected) {
    const std::size_t n = in.count(sizeof(Guid));
    in.require(n == expected);
    std::vector<Guid> guids;
    if (in.failed()) return guids;
    guids.reserve(n);
    for (std::size_t i = 0; i < n; ++i) guids.push_back(in.guid());
    return guids;
}

const void* flag(bool present) { return present ? &kContextIid : nullptr; }

/// An empty client context: by value, no properties (2.2.20).
const ObjrefBytes& empty_context() {
    static const ObjrefBytes context = [] {
        ByteWriter data;
        data.u16(1);
        data.u16(1);
        data.guid(new_guid());
        data.u32(kContextByValue);
        data.u32(0);
        data.u32(0);  // dwNumExtents
        data.u32(0);  // cbExtents
        data.u32(0);
        data.u32(0);  // Count
        data.u32(1);  // Frozen
        ByteWriter out;
        ObjRef{kContextIid, CustomRef{kContextMarshaler, data.take()}}.write(out);
        return out.take();
    }();
    return context;
}

/// Checks the form of a marshaled context; its properties are for applications that we do not have.
Result<> check_context(std::span<const std::uint8_t> objref) {
    const auto data = ODC_TRY(custom_data(objref, kContextIid, kContextMarshaler));
    ByteReader in(data);
    const auto major = in.u16();
    const auto minor = in.u16();
    (void)in.guid();
    in.skip(8);
    const auto extents = in.u32();
    const auto extent_bytes = in.u32();
    if (in.failed() || data.size() < kContextHeader) return bad_objref("a context ends too early");
    if (major != 1 || minor != 1) return bad_objref("unknown version of a context");
    if (extents != 0 || extent_bytes != 0) return bad_objref("a context with extents");
    return {};
}

// ---- The properties of a request ---------------------------------------------------------------------------------------

void write_special(ndr::Writer& out, const ActivationRequest& request) {
    out.u32(request.session_id);
    out.u32(request.session_id != 0xFFFFFFFF);
    out.u32(0);
    out.u32(0);
    out.u32(0);  // dwDefaultAuthnLvl
    out.guid(Guid{});
    out.u32(0);
    out.u32(request.class_context);
    out.u32(request.console_session ? kUseConsoleSession : 0);
    out.u32(0);
    out.u64(0);
    for (int i = 0; i < 5; ++i) out.u32(0);
}

/// Both definitions of 2.2.22.2.2 agree in all fields that have a meaning.
void read_special(ndr::Reader& in, ActivationRequest& request) {
    request.session_id = in.u32();
    for (int i = 0; i < 4; ++i) in.u32();
    (void)in.guid();
    in.u32();
    in.u32();
    request.console_session = (in.u32() & kUseConsoleSession) != 0;
    in.require(in.left() >= 32);  // Reserved3[8], or Reserved1 to Reserved3[5]
}

void write_instantiation(ndr::Writer& out, const ActivationRequest& request) {
    const std::size_t n = request.iids.size();
    out.guid(request.clsid);
    out.u32(request.class_context);
    out.u32(request.flags);
    out.u32(0);
    out.u32(static_cast<std::uint32_t>(n));
    out.u32(0);
    (void)out.unique(request.iids.data());
    const std::size_t value = 52 + n * sizeof(Guid);
    out.u32(static_cast<std::uint32_t>(kSerializationHeaders + ((value + 7) & ~std::size_t{7})));
    out.u16(request.client_version.major);
    out.u16(request.client_version.minor);
    write_guids(out, request.iids);
}

void read_instantiation(ndr::Reader& in, ActivationRequest& request) {
    request.clsid = in.guid();
    request.class_context = in.u32();
    request.flags = in.u32();
    in.u32();
    const std::uint32_t n = in.u32();
    in.require(n >= 1 && n <= kMaxRequestedInterfaces);
    in.u32();
    in.require(in.unique());
    in.u32();
    request.client_version.major = in.u16();
    request.client_version.minor = in.u16();
    request.iids = read_guids(in, n);
}

void write_context(ndr::Writer& out, const ActivationRequest& request) {
    const auto& client = request.client_context.empty() ? empty_context() : request.client_context;
    for (int i = 0; i < 4; ++i) out.u32(0);
    (void)out.unique(client.data());
    (void)out.unique(flag(!request.prototype_context.empty()));
    write_interface(out, client);
    write_optional_interface(out, request.prototype_context);
}

void read_context(ndr::Reader& in, ActivationRequest& request) {
    for (int i = 0; i < 4; ++i) in.u32();
    const bool client = in.unique();
    const bool prototype = in.unique();
    if (client) request.client_context = read_interface(in);
    if (prototype) request.prototype_context = read_interface(in);
}

void write_location(ndr::Writer& out) {
    (void)out.unique(nullptr);
    for (int i = 0; i < 3; ++i) out.u32(0);
}

void write_instance(ndr::Writer& out, const ActivationRequest& request) {
    (void)out.unique(flag(request.file_name.has_value()));
    out.u32(request.file_mode);
    (void)out.unique(nullptr);
    (void)out.unique(flag(!request.storage.empty()));
    if (request.file_name) out.string(request.file_name->c_str());
    write_optional_interface(out, request.storage);
}

void read_instance(ndr::Reader& in, ActivationRequest& request) {
    const bool file = in.unique();
    request.file_mode = in.u32();
    const bool rot = in.unique();
    const bool storage = in.unique();
    if (file) {
        const char16_t* name = in.string<char16_t>(false);
        if (name) request.file_name = name;
    }
    if (rot) (void)read_interface(in);
    if (storage) request.storage = read_interface(in);
}

void write_scm_request(ndr::Writer& out, const ActivationRequest& request) {
    (void)out.unique(nullptr);
    (void)out.unique(&request);
    out.u32(request.impersonation_level);
    out.u16(static_cast<std::uint16_t>(request.protseqs.size()));
    (void)out.unique(flag(true));
    out.count(request.protseqs.size());
    out.elements(request.protseqs.data(), request.protseqs.size());
}

void read_scm_request(ndr::Reader& in, ActivationRequest& request) {
    const bool reserved = in.unique();
    in.require(in.unique());
    if (reserved) in.u32();
    request.impersonation_level = in.u32();
    const std::uint16_t said = in.u16();
    in.require(said <= kMaxRequestedProtseqs);
    request.protseqs.clear();
    if (!in.unique()) return in.require(said == 0);
    const std::size_t n = in.count(2);
    in.require(n == said);
    if (in.failed()) return;
    request.protseqs.resize(n);
    in.elements(request.protseqs.data(), n);
}

// ---- The properties of a reply -----------------------------------------------------------------------------------------

void write_scm_reply(ndr::Writer& out, const ActivationReply& reply) {
    std::uint16_t security_offset = 0;
    const auto units = reply.bindings.units(security_offset);
    (void)out.unique(nullptr);
    (void)out.unique(&reply);
    out.u64(static_cast<std::uint64_t>(reply.oxid));
    (void)out.unique(&reply.bindings);
    out.guid(reply.rem_unknown.guid);
    out.u32(reply.authentication_hint);
    out.u16(reply.server_version.major);
    out.u16(reply.server_version.minor);
    out.count(units.size());
    out.u16(static_cast<std::uint16_t>(units.size()));
    out.u16(security_offset);
    for (const auto unit : units) out.u16(unit);  // not `elements`, which would only refer to `units`
}

Result<> read_scm_reply(ndr::Reader& in, ActivationReply& reply) {
    const bool reserved = in.unique();
    in.require(in.unique());
    if (reserved) in.u32();
    reply.oxid = Oxid{in.u64()};
    in.require(in.unique());
    reply.rem_unknown.guid = in.guid();
    reply.authentication_hint = in.u32();
    reply.server_version.major = in.u16();
    reply.server_version.minor = in.u16();
    const std::size_t n = in.count(2);
    in.require(in.u16() == n);
    const std::uint16_t security_offset = in.u16();
    if (in.failed()) return {};
    std::vector<std::uint16_t> units(n);
    in.elements(units.data(), n);
    if (in.failed()) return {};
    reply.bindings = ODC_TRY(DualStringArray::from_units(units, security_offset));
    return {};
}

void write_props_out(ndr::Writer& out, const ActivationReply& reply) {
    const std::size_t n = reply.interfaces.size();
    out.u32(static_cast<std::uint32_t>(n));
    for (int i = 0; i < 3; ++i) (void)out.unique(flag(true));
    out.count(n);
    for (const auto& one : reply.interfaces) out.guid(one.iid);
    out.count(n);
    for (const auto& one : reply.interfaces) out.i32(one.hr);
    out.count(n);
    for (const auto& one : reply.interfaces) (void)out.unique(flag(!one.objref.empty()));
    for (const auto& one : reply.interfaces) write_optional_interface(out, one.objref);
}

void read_props_out(ndr::Reader& in, ActivationReply& reply) {
    const std::uint32_t n = in.u32();
    in.require(n >= 1 && n <= kMaxRequestedInterfaces);
    for (int i = 0; i < 3; ++i) in.require(in.unique());
    const auto iids = read_guids(in, n);
    if (in.failed()) return;
    reply.interfaces.resize(n);
    in.expect(n);
    for (std::uint32_t i = 0; i < n && !in.failed(); ++i) {
        reply.interfaces[i].iid = iids[i];
        reply.interfaces[i].hr = in.i32();
    }
    in.expect(n);
    std::vector<bool> present(n);
    for (std::uint32_t i = 0; i < n && !in.failed(); ++i) present[i] = in.unique();
    for (std::uint32_t i = 0; i < n && !in.failed(); ++i) {
        auto& one = reply.interfaces[i];
        in.require(present[i] == SUCCEEDED(one.hr));
        if (!present[i]) continue;
        one.objref = read_interface(in);
        in.require(!one.objref.empty());  // no OBJREF is that short, and an empty one stands for none here
    }
}

}  // namespace

Result<ObjrefBytes> write_activation_request(const ActivationRequest& request) {
    if (request.iids.empty() || request.iids.size() > kMaxRequestedInterfaces)
        return fail(E_INVALIDARG, "an activation asks for 1 to 32768 interfaces");
    if (request.protseqs.size() > kMaxRequestedProtseqs) return fail(E_INVALIDARG, "too many protocol sequences");
    BlobWriter blob;
    // Optional (3.1.2.5.2.3.3), and without it "any session" is meant.
    if (request.session_id != 0xFFFFFFFF || request.console_session) {
        write_special(blob.begin(), request);
        ODC_TRY(blob.add(kSpecialProperties));
    }
    write_instantiation(blob.begin(), request);
    ODC_TRY(blob.add(kInstantiationInfo));
    write_context(blob.begin(), request);
    ODC_TRY(blob.add(kContextInfo));
    write_location(blob.begin());
    ODC_TRY(blob.add(kLocationInfo));
    write_scm_request(blob.begin(), request);
    ODC_TRY(blob.add(kScmRequestInfo));
    if (request.file_name || !request.storage.empty()) {
        write_instance(blob.begin(), request);
        ODC_TRY(blob.add(kInstanceInfo));
    }
    return blob.finish(kPropertiesInIid, kPropertiesInClass);
}

Result<ActivationRequest> read_activation_request(std::span<const std::uint8_t> objref) {
    const auto blob = ODC_TRY(custom_data(objref, kPropertiesInIid, kPropertiesInClass));
    const auto properties = ODC_TRY(split_blob(blob));
    ActivationRequest request;
    bool instantiation = false;
    bool scm_request = false;
    SerializedReader serialized;
    for (const auto& [id, bytes] : properties) {
        const bool special = id == kSpecialProperties;
        const bool context = id == kContextInfo;
        const bool instance = id == kInstanceInfo;
        if (!special && !context && !instance && id != kInstantiationInfo && id != kScmRequestInfo) continue;
        ODC_TRY(serialized.begin(bytes));
        auto& in = serialized.value();
        if (special) read_special(in, request);
        else if (context) read_context(in, request);
        else if (instance) read_instance(in, request);
        else if (id == kInstantiationInfo) read_instantiation(in, request), instantiation = true;
        else read_scm_request(in, request), scm_request = true;
        if (in.failed()) return bad("property " + to_string(id));
        // 2.2.22.2.5 refuses a null client context, but clients send one and Windows takes it.
        if (context && !request.client_context.empty()) ODC_TRY(check_context(request.client_context));
        if (context && !request.prototype_context.empty()) ODC_TRY(check_context(request.prototype_context));
    }
    if (!instantiation) return bad("InstantiationInfoData is missing");
    if (!scm_request) return bad("ScmRequestInfoData is missing");
    return request;
}

Result<ObjrefBytes> write_activation_reply(const ActivationReply& reply) {
    if (reply.interfaces.empty() || reply.interfaces.size() > kMaxRequestedInterfaces)
        return fail(E_INVALIDARG, "an activation answers 1 to 32768 interfaces");
    BlobWriter blob;
    // In the order of Windows, which some clients take for granted.
    write_props_out(blob.begin(), reply);
    ODC_TRY(blob.add(kPropsOutInfo));
    write_scm_reply(blob.begin(), reply);
    ODC_TRY(blob.add(kScmReplyInfo));
    return blob.finish(kPropertiesOutIid, kPropertiesOutClass);
}

Result<ActivationReply> read_activation_reply(std::span<const std::uint8_t> objref) {
    const auto blob = ODC_TRY(custom_data(objref, kPropertiesOutIid, kPropertiesOutClass));
    const auto properties = ODC_TRY(split_blob(blob));
    ActivationReply reply;
    bool scm_reply = false;
    bool props_out = false;
    SerializedReader serialized;
    for (const auto& [id, bytes] : properties) {
        if (id != kScmReplyInfo && id != kPropsOutInfo) continue;
        ODC_TRY(serialized.begin(bytes));
        auto& in = serialized.value();
        if (id == kScmReplyInfo) {
            scm_reply = true;
            ODC_TRY(read_scm_reply(in, reply));
        } else {
            props_out = true;
            read_props_out(in, reply);
        }
        if (in.failed()) return bad("property " + to_string(id));
    }
    if (!scm_reply) return bad("ScmReplyInfoData is missing");
    if (!props_out) return bad("PropsOutInfo is missing");
    return reply;
}

}  // namespace odc::orpc
