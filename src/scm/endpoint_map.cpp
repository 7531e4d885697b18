#include "scm/endpoint_map.h"

#include <algorithm>

namespace odc::scm {
namespace {

bool version_fits(const rpc::SyntaxId& have, const rpc::SyntaxId& want, VersionOption option) {
    switch (option) {
        case VersionOption::all: return true;
        case VersionOption::compatible: return have.major == want.major && have.minor >= want.minor;
        case VersionOption::exact: return have.major == want.major && have.minor == want.minor;
        case VersionOption::major_only: return have.major == want.major;
        case VersionOption::up_to: return have.major < want.major || (have.major == want.major && have.minor <= want.minor);
    }
    return false;
}

}  // namespace

bool MapQuery::matches(const MapEntry& entry) const {
    const bool interface_fits =
        entry.tower.interface.uuid == interface.uuid && version_fits(entry.tower.interface, interface, version);
    switch (inquiry) {
        case Inquiry::all: return true;
        case Inquiry::by_interface: return interface_fits;
        case Inquiry::by_object: return entry.object == object;
        case Inquiry::by_both: return interface_fits && entry.object == object;
    }
    return false;
}

Result<> EndpointMap::insert(MapEntry entry, bool replace) {
    if (entry.annotation.size() >= kMaxAnnotation) entry.annotation.resize(kMaxAnnotation - 1);
    Lock lock(mutex_);
    if (replace) {
        std::erase_if(entries_, [&](const MapEntry& old) {
            return old.owner == entry.owner && old.object == entry.object && old.tower.interface == entry.tower.interface &&
                   old.tower.transfer == entry.tower.transfer && old.tower.same_protocols(entry.tower);
        });
    }
    std::size_t of_owner = 0;
    for (MapEntry& old : entries_) {
        if (old.owner != entry.owner) continue;
        if (old.same_element(entry)) {
            old.annotation = std::move(entry.annotation);
            return {};
        }
        ++of_owner;
    }
    if (entries_.size() >= kMaxEntries || (entry.owner != 0 && of_owner >= kMaxEntriesPerOwner))
        return fail_win32(EPT_S_CANT_PERFORM_OP, "endpoint map: quota reached");
    entries_.push_back(std::move(entry));
    return {};
}

Result<> EndpointMap::remove(const Guid& object, const Tower& tower, std::int32_t owner) {
    Lock lock(mutex_);
    const auto gone = std::erase_if(entries_, [&](const MapEntry& entry) {
        return entry.object == object && entry.tower == tower && (owner == 0 || entry.owner == owner);
    });
    if (gone == 0) return fail_win32(EPT_S_NOT_REGISTERED, "endpoint map: no such element of this process");
    return {};
}

void EndpointMap::remove_owner(std::int32_t owner) {
    Lock lock(mutex_);
    std::erase_if(entries_, [&](const MapEntry& entry) { return entry.owner == owner; });
}

std::vector<MapEntry> EndpointMap::lookup(const MapQuery& query) const {
    std::vector<MapEntry> found;
    Lock lock(mutex_);
    std::copy_if(entries_.begin(), entries_.end(), std::back_inserter(found), [&](const auto& e) { return query.matches(e); });
    return found;
}

std::vector<Tower> EndpointMap::map(const Guid& object, const Tower& wanted) const {
    std::vector<Tower> exact;
    std::vector<Tower> any;
    Lock lock(mutex_);
    for (const MapEntry& entry : entries_) {
        const bool nil = entry.object == Guid{};
        if (!nil && entry.object != object) continue;
        const auto& have = entry.tower;
        if (have.interface.uuid != wanted.interface.uuid ||
            !version_fits(have.interface, wanted.interface, VersionOption::compatible) || have.transfer != wanted.transfer ||
            !have.same_protocols(wanted))
            continue;
        auto& list = nil ? any : exact;
        if (std::find(list.begin(), list.end(), have) == list.end()) list.push_back(have);
    }
    for (auto& tower : any)
        if (std::find(exact.begin(), exact.end(), tower) == exact.end()) exact.push_back(std::move(tower));
    return exact;
}

std::size_t EndpointMap::size() const {
    Lock lock(mutex_);
    return entries_.size();
}

}  // namespace odc::scm
