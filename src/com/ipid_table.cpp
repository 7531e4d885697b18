#include "com/ipid_table.h"

#include <sys/random.h>

#include <cstring>

namespace odc::com {

IpidTable& IpidTable::instance() {
    static auto* table = new IpidTable;
    return *table;
}

std::uint64_t IpidTable::secret() {
    if (secrets_.empty()) {
        secrets_.resize(32);
        if (::getrandom(secrets_.data(), secrets_.size() * sizeof(std::uint64_t), 0) < 0) std::abort();
    }
    const std::uint64_t value = secrets_.back();
    secrets_.pop_back();
    return value;
}

orpc::Ipid IpidTable::insert(InterfaceStub* stub, std::uint16_t apartment) {
    Lock lock(mutex_);
    std::uint32_t slot;
    if (free_.empty()) {
        slot = static_cast<std::uint32_t>(slots_.size());
        slots_.emplace_back();
    } else {
        slot = free_.back();
        free_.pop_back();
    }
    orpc::Ipid ipid;
    ipid.guid.Data1 = slot;
    ipid.guid.Data2 = static_cast<std::uint16_t>(slots_[slot].ipid.guid.Data2 + 1);
    ipid.guid.Data3 = apartment;
    const std::uint64_t random = secret();
    std::memcpy(ipid.guid.Data4, &random, sizeof random);
    slots_[slot] = {ipid, stub};
    ++interfaces_[stub->iid()];
    return ipid;
}

void IpidTable::erase(const orpc::Ipid& ipid, const Guid& iid) {
    Lock lock(mutex_);
    const std::uint32_t slot = ipid.guid.Data1;
    if (slot >= slots_.size() || slots_[slot].ipid != ipid || !slots_[slot].stub) return;
    slots_[slot].stub = nullptr;
    free_.push_back(slot);
    if (const auto known = interfaces_.find(iid); known != interfaces_.end() && --known->second == 0) interfaces_.erase(known);
}

Ref<InterfaceStub> IpidTable::find(const orpc::Ipid& ipid) {
    Lock lock(mutex_);
    const std::uint32_t slot = ipid.guid.Data1;
    if (slot >= slots_.size() || !slots_[slot].stub || slots_[slot].ipid != ipid) return {};
    return Ref<InterfaceStub>::share(slots_[slot].stub);
}

bool IpidTable::serves(const Guid& iid) {
    Lock lock(mutex_);
    return interfaces_.contains(iid);
}

}  // namespace odc::com
