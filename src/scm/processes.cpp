#include "scm/processes.h"

#include <fmt/format.h>

namespace odc::scm {

orpc::DualStringArray ServerProcess::local_bindings() {
    orpc::DualStringArray bindings;
    bindings.strings.push_back(
        orpc::StringBinding::of(rpc::Endpoint{rpc::Endpoint::Protocol::ncalrpc, "", endpoint_}));
    Lock lock(mutex_);
    if (state_ == Tcp::known) {
        bindings.strings.insert(bindings.strings.end(), tcp_.strings.begin(), tcp_.strings.end());
        bindings.securities = tcp_.securities;
    }
    return bindings;
}

Result<orpc::DualStringArray> ServerProcess::remote_bindings(const std::string& address) {
    Lock lock(mutex_);
    while (state_ == Tcp::asking) answered_.wait(lock);
    if (state_ == Tcp::known) return tcp_;
    state_ = Tcp::asking;
    lock.unlock();
    auto answer = calls_->use_tcp(address);
    lock.lock();
    state_ = answer ? Tcp::known : Tcp::unknown;
    if (answer) tcp_ = *answer;
    answered_.notify_all();
    return answer;
}

Result<> ProcessTable::connect(const std::shared_ptr<ServerProcess>& process, std::shared_ptr<ServerProcess>& replaced) {
    Lock lock(mutex_);
    const auto same_part = oid_parts_.find(process->oid_part());
    if (same_part != oid_parts_.end() && same_part->second != process->pid())
        return fail_win32(OR_INVALID_OXID, fmt::format("process tag {:012x} is in use by process {}", process->tag(), same_part->second));
    replaced = take_out(process->pid());
    processes_[process->pid()] = process;
    oid_parts_[process->oid_part()] = process->pid();
    return {};
}

std::shared_ptr<ServerProcess> ProcessTable::find(std::int32_t pid) const {
    Lock lock(mutex_);
    const auto found = processes_.find(pid);
    return found == processes_.end() ? nullptr : found->second;
}

std::shared_ptr<ServerProcess> ProcessTable::take_out(std::int32_t pid) {
    const auto found = processes_.find(pid);
    if (found == processes_.end()) return nullptr;
    auto process = std::move(found->second);
    processes_.erase(found);
    oid_parts_.erase(process->oid_part());
    std::erase_if(exporters_, [&](const auto& entry) { return entry.second.process == process; });
    return process;
}

std::shared_ptr<ServerProcess> ProcessTable::remove(std::int32_t pid, const ServerProcess* expected) {
    Lock lock(mutex_);
    const auto found = processes_.find(pid);
    if (found == processes_.end() || (expected && found->second.get() != expected)) return nullptr;
    return take_out(pid);
}

Result<> ProcessTable::add_apartment(std::int32_t pid, orpc::Oxid oxid, const orpc::Ipid& rem_unknown,
                                     std::uint32_t authentication_hint) {
    Lock lock(mutex_);
    const auto found = processes_.find(pid);
    if (found == processes_.end()) return fail_win32(OR_INVALID_OXID, fmt::format("process {} has not connected", pid));
    if (orpc::process_tag_of(oxid) != found->second->tag())
        return fail_win32(OR_INVALID_OXID, fmt::format("OXID {:016x} is none of process {}", static_cast<std::uint64_t>(oxid), pid));
    exporters_[static_cast<std::uint64_t>(oxid)] = {oxid, rem_unknown, authentication_hint, found->second};
    return {};
}

Result<> ProcessTable::remove_apartment(std::int32_t pid, orpc::Oxid oxid) {
    Lock lock(mutex_);
    const auto found = exporters_.find(static_cast<std::uint64_t>(oxid));
    if (found == exporters_.end() || found->second.process->pid() != pid)
        return fail_win32(OR_INVALID_OXID, fmt::format("OXID {:016x} is none of process {}", static_cast<std::uint64_t>(oxid), pid));
    exporters_.erase(found);
    return {};
}

Result<Exporter> ProcessTable::exporter(orpc::Oxid oxid) const {
    Lock lock(mutex_);
    const auto found = exporters_.find(static_cast<std::uint64_t>(oxid));
    if (found == exporters_.end())
        return fail_win32(OR_INVALID_OXID, fmt::format("no object exporter {:016x}", static_cast<std::uint64_t>(oxid)));
    return found->second;
}

bool ProcessTable::has_object(orpc::Oid oid) const {
    Lock lock(mutex_);
    return oid_parts_.contains(orpc::process_part_of(oid));
}

std::size_t ProcessTable::size() const {
    Lock lock(mutex_);
    return processes_.size();
}

}  // namespace odc::scm
