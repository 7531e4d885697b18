#include "scm/class_table.h"

#include <algorithm>

namespace odc::scm {

Result<ClassRegistration> ClassTable::add(const Guid& clsid, orpc::Oxid apartment, std::uint32_t flags, std::int32_t pid,
                                          std::uint32_t uid) {
    if (flags & ~std::uint32_t{kMultipleUse | kMultiSeparate | kSuspended | kSurrogate | kAgile})
        return fail(E_INVALIDARG, "unknown REGCLS flags");
    Lock lock(mutex_);
    auto& count = per_process_[pid];
    if (count >= kMaxPerProcess) return fail(E_OUTOFMEMORY, "too many classes registered by one process");
    ++count;
    const ClassRegistration registration{next_cookie_++, clsid, apartment, flags, pid, uid};
    if (next_cookie_ == 0) next_cookie_ = 1;
    classes_[clsid].push_back({registration});
    return registration;
}

template <class Predicate>
void ClassTable::remove_if(Predicate predicate) {
    for (auto it = classes_.begin(); it != classes_.end();) {
        Entries& entries = it->second;
        for (auto entry = entries.begin(); entry != entries.end();) {
            if (!predicate(entry->registration)) {
                ++entry;
                continue;
            }
            const auto count = per_process_.find(entry->registration.pid);
            if (--count->second == 0) per_process_.erase(count);
            entry = entries.erase(entry);
        }
        it = entries.empty() ? classes_.erase(it) : std::next(it);
    }
}

Result<> ClassTable::revoke(std::uint32_t cookie, std::int32_t pid) {
    Lock lock(mutex_);
    bool found = false;
    remove_if([&](const ClassRegistration& r) {
        const bool match = r.cookie == cookie && r.pid == pid;
        found = found || match;
        return match;
    });
    if (!found) return fail(E_INVALIDARG, "no such class registration of this process");
    return {};
}

std::vector<ClassRegistration> ClassTable::resume(std::int32_t pid) {
    std::vector<ClassRegistration> resumed;
    Lock lock(mutex_);
    for (auto& [clsid, entries] : classes_) {
        for (Entry& entry : entries) {
            if (entry.registration.pid != pid || !(entry.registration.flags & kSuspended)) continue;
            entry.registration.flags &= ~std::uint32_t{kSuspended};
            if (entry.visible()) resumed.push_back(entry.registration);
        }
    }
    return resumed;
}

void ClassTable::suspend(std::int32_t pid) {
    Lock lock(mutex_);
    for (auto& [clsid, entries] : classes_)
        for (Entry& entry : entries)
            if (entry.registration.pid == pid) entry.registration.flags |= kSuspended;
}

void ClassTable::remove_process(std::int32_t pid) {
    Lock lock(mutex_);
    remove_if([pid](const ClassRegistration& r) { return r.pid == pid; });
}

void ClassTable::remove_apartment(orpc::Oxid apartment) {
    Lock lock(mutex_);
    remove_if([apartment](const ClassRegistration& r) { return r.apartment == apartment; });
}

std::optional<ClassRegistration> ClassTable::take(const Guid& clsid, Identity client) {
    Lock lock(mutex_);
    const auto found = classes_.find(clsid);
    if (found == classes_.end()) return std::nullopt;
    for (Entry& entry : found->second) {
        if (!entry.visible() || !client.may_use(entry.registration.uid)) continue;
        entry.used_up = entry.registration.single_use();
        return entry.registration;
    }
    return std::nullopt;
}

bool ClassTable::available(const Guid& clsid, Identity client) const {
    Lock lock(mutex_);
    const auto found = classes_.find(clsid);
    return found != classes_.end() && std::any_of(found->second.begin(), found->second.end(), [&](const Entry& entry) {
               return entry.visible() && client.may_use(entry.registration.uid);
           });
}

std::size_t ClassTable::size() const {
    Lock lock(mutex_);
    std::size_t n = 0;
    for (const auto& [clsid, entries] : classes_) n += entries.size();
    return n;
}

}  // namespace odc::scm
