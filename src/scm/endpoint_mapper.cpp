#include "scm/endpoint_mapper.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/log.h"

namespace odc::scm {
namespace {

constexpr const char* kRoom = "epm";

/// ept_lookup_handle_t on the wire: attributes and a UUID; all zero is no handle.
Guid read_handle(ndr::Reader& in) {
    in.u32();
    return in.guid();
}
void write_handle(ndr::Writer& out, const Guid& handle) {
    out.u32(0);
    out.guid(handle);
}

/// A full pointer to a UUID.
std::optional<Guid> read_uuid_pointer(ndr::Reader& in) {
    if (in.full() == 0) return std::nullopt;
    return in.guid();
}

/// The pointee of a twr_p_t. A tower of too many bytes fails the reader, one that is none gives nothing.
std::optional<Tower> read_tower(ndr::Reader& in) {
    const std::size_t size = in.count(1);
    in.require(in.u32() == size && size <= kMaxTowerBytes);
    const auto* octets = in.view(size);
    if (!octets) return std::nullopt;
    auto tower = decode({octets, size});
    if (!tower) {
        log::info(kRoom, "{}", tower.error().text());
        return std::nullopt;
    }
    return std::move(*tower);
}

void write_tower(ndr::Writer& out, const std::vector<std::uint8_t>& octets) {
    out.count(octets.size());
    out.u32(static_cast<std::uint32_t>(octets.size()));
    out.copy(octets.data(), octets.size());
}

/// Ids of full pointers count from 1 in the order of their appearance; every tower is its own.
std::uint32_t referent(std::size_t index) { return static_cast<std::uint32_t>(index + 1); }

struct WireEntry {
    Guid object{};
    bool has_tower = false;
    std::string annotation;
    std::optional<Tower> tower;
};

/// An array of ept_entry_t: the flat parts, then the towers.
std::vector<WireEntry> read_entries(ndr::Reader& in, std::size_t said) {
    constexpr std::size_t kSmallestEntry = 28;
    const std::size_t n = in.count(kSmallestEntry);
    in.require(n == said);
    std::vector<WireEntry> entries;
    for (std::size_t i = 0; i < n && !in.failed(); ++i) {
        WireEntry entry;
        entry.object = in.guid();
        entry.has_tower = in.full() != 0;
        in.expect(0);
        const std::size_t length = in.count(1);
        in.require(length >= 1 && length <= kMaxAnnotation);
        const auto* text = in.view(length);
        in.require(text && text[length - 1] == 0);
        if (!in.failed()) entry.annotation = reinterpret_cast<const char*>(text);
        entries.push_back(std::move(entry));
    }
    for (auto& entry : entries)
        if (entry.has_tower && !in.failed()) entry.tower = read_tower(in);
    return entries;
}

void write_entries(ndr::Writer& out, std::size_t max, const std::vector<MapEntry>& entries) {
    out.count(max);
    out.count(0);
    out.count(entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        out.guid(entries[i].object);
        out.u32(referent(i));
        out.count(0);
        out.count(entries[i].annotation.size() + 1);
        out.copy(entries[i].annotation.c_str(), entries[i].annotation.size() + 1);
    }
    for (const auto& entry : entries) write_tower(out, encode(entry.tower));
}

template <class Element>
std::vector<Element> take_front(std::vector<Element>& from, std::size_t most) {
    const auto middle = from.begin() + static_cast<std::ptrdiff_t>(std::min(most, from.size()));
    std::vector<Element> front(std::make_move_iterator(from.begin()), std::make_move_iterator(middle));
    from.erase(from.begin(), middle);
    return front;
}

/// The next part of a search: a new one when the handle is null, otherwise the rest of an earlier one.
/// Nothing when the handle is not one of the association's.
/// `to_the_end`: the handle lives until an answer that is not full, as clients of ept_lookup expect it.
template <class Element, class Begin>
std::optional<std::vector<Element>> next_part(Searches<Element>& searches, Guid& handle, std::uint32_t association, std::size_t most,
                                              bool to_the_end, Begin begin) {
    std::vector<Element> found;
    if (handle == Guid{}) {
        found = begin();
    } else {
        auto rest = searches.take(handle, association);
        if (!rest) return std::nullopt;
        found = std::move(*rest);
    }
    auto part = take_front(found, most);
    const bool over = found.empty() && (part.size() < most || !to_the_end);
    handle = over ? Guid{} : searches.keep(std::move(found), association);
    return part;
}

template <std::uint32_t (EndpointMapper::*Method)(rpc::ServerCall&)>
std::uint32_t call_method(void* mapper, rpc::ServerCall& call) {
    return (static_cast<EndpointMapper*>(mapper)->*Method)(call);
}

}  // namespace

EndpointMapper::EndpointMapper(EndpointMap& map, std::function<void(std::int32_t)> watch_owner,
                               std::function<std::string(const std::string&)> any_address)
    : map_(map), watch_owner_(std::move(watch_owner)), any_address_(std::move(any_address)), object_(new_guid()) {}

const rpc::InterfaceSpec& EndpointMapper::spec() {
    static constexpr std::array<rpc::ServerMethod, 7> kMethods = {
        call_method<&EndpointMapper::insert>,         call_method<&EndpointMapper::remove>,
        call_method<&EndpointMapper::lookup>,         call_method<&EndpointMapper::map>,
        call_method<&EndpointMapper::free_handle>,    call_method<&EndpointMapper::inquire_object>,
        call_method<&EndpointMapper::management_delete>,
    };
    static const rpc::InterfaceSpec kSpec{
        "epm", {{0xE1AF8308, 0x5D1F, 0x11C9, {0x91, 0xA4, 0x08, 0x00, 0x2B, 0x14, 0xA0, 0xFA}}, 3, 0}, kMethods};
    return kSpec;
}

bool EndpointMapper::may_change(const rpc::ServerCall& call, const char* what) const {
    if (call.peer().local && call.peer().pid != 0) return true;
    log::warning(kRoom, "{} refused to {}: only processes of this host may change the endpoint map", what, call.peer().address);
    return false;
}

// void ept_insert([in] unsigned long num_ents, [in, size_is(num_ents)] ept_entry_t entries[], [in] boolean32 replace,
//                 [out] error_status_t* status);
std::uint32_t EndpointMapper::insert(rpc::ServerCall& call) {
    auto& in = call.request();
    const std::uint32_t n = in.u32();
    in.require(n <= kMaxElements);
    auto entries = read_entries(in, n);
    const bool replace = in.u32() != 0;
    if (in.failed()) return rpc::kFaultNdr;
    std::uint32_t status = may_change(call, "ept_insert") ? kEpmOk : kEpmCantPerform;
    const auto owner = call.peer().pid;
    if (status == kEpmOk) watch_owner_(owner);
    for (auto& entry : entries) {
        if (status != kEpmOk) break;
        if (!entry.tower) status = EPT_S_INVALID_ENTRY;
        else if (const auto done = map_.insert({entry.object, std::move(*entry.tower), entry.annotation, owner}, replace); !done)
            status = kEpmCantPerform;
    }
    call.response().u32(status);
    return 0;
}

// void ept_delete([in] unsigned long num_ents, [in, size_is(num_ents)] ept_entry_t entries[], [out] error_status_t* status);
std::uint32_t EndpointMapper::remove(rpc::ServerCall& call) {
    auto& in = call.request();
    const std::uint32_t n = in.u32();
    in.require(n <= kMaxElements);
    const auto entries = read_entries(in, n);
    if (in.failed()) return rpc::kFaultNdr;
    std::uint32_t status = may_change(call, "ept_delete") ? kEpmOk : kEpmCantPerform;
    for (const auto& entry : entries) {
        if (status != kEpmOk) break;
        if (!entry.tower || !map_.remove(entry.object, *entry.tower, call.peer().pid)) status = kEpmNotRegistered;
    }
    call.response().u32(status);
    return 0;
}

// void ept_lookup([in] unsigned long inquiry_type, [in, ptr] UUID* object, [in, ptr] RPC_IF_ID* Ifid,
//                 [in] unsigned long vers_option, [in, out] ept_lookup_handle_t* entry_handle,
//                 [in, range(0,500)] unsigned long max_ents, [out] unsigned long* num_ents,
//                 [out, length_is(*num_ents), size_is(max_ents)] ept_entry_t entries[], [out] error_status* status);
std::uint32_t EndpointMapper::lookup(rpc::ServerCall& call) {
    auto& in = call.request();
    MapQuery query;
    const std::uint32_t inquiry = in.u32();
    const auto object = read_uuid_pointer(in);
    const bool has_interface = in.full() != 0;
    if (has_interface) {
        query.interface.uuid = in.guid();
        query.interface.major = in.u16();
        query.interface.minor = in.u16();
    }
    const std::uint32_t version = in.u32();
    Guid handle = read_handle(in);
    const std::uint32_t max = in.u32();
    if (in.failed() || max > kMaxElements) return rpc::kFaultNdr;

    std::uint32_t status = kEpmOk;
    const bool by_interface = inquiry == 1 || inquiry == 3;
    const bool by_object = inquiry == 2 || inquiry == 3;
    if (inquiry > 3 || (by_interface && (!has_interface || version < 1 || version > 5)) || (by_object && !object))
        status = EPT_S_CANT_PERFORM_OP;
    query.inquiry = static_cast<Inquiry>(inquiry);
    query.version = static_cast<VersionOption>(version);
    if (object) query.object = *object;

    const bool continued = handle != Guid{};
    std::vector<MapEntry> part;
    if (status == kEpmOk) {
        auto next = next_part(lookups_, handle, call.peer().association_group, max, true, [&] { return map_.lookup(query); });
        if (!next) return rpc::kFaultContextMismatch;
        part = std::move(*next);
        // A search that went on says its end together with its last elements; one that fits into a single answer succeeds.
        // Clients disagree here: some ask until they are told so, others take any status but success for a failure.
        if (handle == Guid{} && (continued || part.empty())) status = kEpmNotRegistered;
    }
    auto& out = call.response();
    write_handle(out, handle);
    out.u32(static_cast<std::uint32_t>(part.size()));
    write_entries(out, max, part);
    out.u32(status);
    return 0;
}

// void ept_map([in, ptr] UUID* obj, [in, ptr] twr_p_t map_tower, [in, out] ept_lookup_handle_t* entry_handle,
//              [in, range(0,500)] unsigned long max_towers, [out] unsigned long* num_towers,
//              [out, length_is(*num_towers), size_is(max_towers)] twr_p_t* ITowers, [out] error_status* status);
std::uint32_t EndpointMapper::map(rpc::ServerCall& call) {
    auto& in = call.request();
    const auto object = read_uuid_pointer(in);
    std::optional<Tower> wanted;
    if (in.full() != 0) wanted = read_tower(in);
    Guid handle = read_handle(in);
    const std::uint32_t max = in.u32();
    if (in.failed() || max > kMaxElements) return rpc::kFaultNdr;

    auto next = next_part(maps_, handle, call.peer().association_group, max, false, [&] {
        return wanted ? map_.map(object.value_or(Guid{}), *wanted) : std::vector<Tower>();
    });
    if (!next) return rpc::kFaultContextMismatch;
    auto& out = call.response();
    write_handle(out, handle);
    out.u32(static_cast<std::uint32_t>(next->size()));
    out.count(max);
    out.count(0);
    out.count(next->size());
    for (std::size_t i = 0; i < next->size(); ++i) out.u32(referent(i));
    for (auto& tower : *next) {
        if (const auto port = tower.tcp_port(); port && tower.endpoint() && tower.endpoint()->host == "0.0.0.0") {
            const auto transfer = tower.transfer;
            tower = Tower::tcp(tower.interface, *port, any_address_(call.peer().address));
            tower.transfer = transfer;
        }
        write_tower(out, encode(tower));
    }
    out.u32(next->empty() && handle == Guid{} ? kEpmNotRegistered : kEpmOk);
    return 0;
}

// void ept_lookup_handle_free([in, out] ept_lookup_handle_t* entry_handle, [out] error_status* status);
std::uint32_t EndpointMapper::free_handle(rpc::ServerCall& call) {
    const Guid handle = read_handle(call.request());
    if (call.request().failed()) return rpc::kFaultNdr;
    const auto association = call.peer().association_group;
    if (handle != Guid{} && !lookups_.take(handle, association) && !maps_.take(handle, association)) return rpc::kFaultContextMismatch;
    write_handle(call.response(), Guid{});
    call.response().u32(kEpmOk);
    return 0;
}

// void ept_inq_object([out] UUID* ept_object, [out] error_status_t* status);
std::uint32_t EndpointMapper::inquire_object(rpc::ServerCall& call) {
    call.response().guid(object_);
    call.response().u32(kEpmOk);
    return 0;
}

// void ept_mgmt_delete([in] boolean32 object_speced, [in, ptr] UUID* object, [in, ptr] twr_p_t tower, [out] error_status_t* status);
std::uint32_t EndpointMapper::management_delete(rpc::ServerCall& call) {
    auto& in = call.request();
    in.u32();
    const auto object = read_uuid_pointer(in);
    std::optional<Tower> tower;
    if (in.full() != 0) tower = read_tower(in);
    if (in.failed()) return rpc::kFaultNdr;
    std::uint32_t status = may_change(call, "ept_mgmt_delete") ? kEpmOk : kEpmCantPerform;
    if (status == kEpmOk && (!tower || !map_.remove(object.value_or(Guid{}), *tower, call.peer().pid))) status = kEpmNotRegistered;
    call.response().u32(status);
    return 0;
}

}  // namespace odc::scm
