#include "rpc/interface_table.h"

namespace odc::rpc {

std::uint32_t Served::dispatch(ServerCall& call) const {
    try {
        if (!spec) return dispatcher->dispatch(call);
        const std::size_t opnum = call.opnum();
        if (opnum >= spec->methods.size() || !spec->methods[opnum]) return kFaultOpRange;
        return spec->methods[opnum](implementation, call);
    } catch (const FaultRaised& raised) {
        return raised.status();
    } catch (...) {
        return kFaultUnspecified;
    }
}

void InterfaceTable::serve(const InterfaceSpec& interface, void* implementation, unsigned minimum_level) {
    Lock lock(mutex_);
    served_.push_back({&interface, implementation, nullptr, minimum_level, true});
}

void InterfaceTable::serve_others(std::function<bool(const SyntaxId&)> accepts, Dispatcher& dispatcher) {
    Lock lock(mutex_);
    others_.push_back({std::move(accepts), {nullptr, nullptr, &dispatcher, 0, true}});
}

const Served* InterfaceTable::find(const SyntaxId& wanted) const {
    std::vector<const Others*> others;
    {
        Lock lock(mutex_);
        for (const Served& served : served_) {
            if (!served.offered) continue;
            const SyntaxId& id = served.spec->id;
            if (id.uuid == wanted.uuid && id.major == wanted.major && id.minor >= wanted.minor) return &served;
        }
        for (const Others& entry : others_) others.push_back(&entry);
    }
    for (const Others* entry : others)
        if (entry->accepts(wanted)) return &entry->served;
    return nullptr;
}

std::vector<SyntaxId> InterfaceTable::ids() const {
    std::vector<SyntaxId> ids;
    Lock lock(mutex_);
    for (const Served& served : served_)
        if (served.offered) ids.push_back(served.spec->id);
    return ids;
}

void InterfaceTable::offer(const InterfaceSpec& interface, bool on) {
    Lock lock(mutex_);
    for (Served& served : served_)
        if (served.spec == &interface) served.offered = on;
}

}  // namespace odc::rpc
