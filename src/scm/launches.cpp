#include "scm/launches.h"

#include <fmt/format.h>

#include <algorithm>

namespace odc::scm {

Launches::Launches(LaunchLimits limits, std::function<void(pid_t)> end_group)
    : limits_(limits), end_group_(std::move(end_group)) {}

void Launches::end(const LaunchKey& key, Launch& launch, HRESULT hr, std::string why) {
    if (launch.over) return;
    launch.over = true;
    launch.hr = hr;
    launch.why = std::move(why);
    launch.ended.notify_all();
    launches_.erase(key);  // the clients that wait for it keep it alive
}

Result<std::shared_ptr<Launches::Launch>> Launches::begin(const LaunchKey& key, const Request& request) {
    const auto of_principal = std::count_if(launches_.begin(), launches_.end(),
                                            [&](const auto& entry) { return entry.second->principal == request.principal; });
    if (launches_.size() >= limits_.pending)
        return fail_win32(RPC_S_SERVER_TOO_BUSY, fmt::format("{} server starts are under way already", launches_.size()));
    if (!request.principal.empty() && of_principal >= static_cast<long>(limits_.pending_per_principal))
        return fail_win32(RPC_S_SERVER_TOO_BUSY, fmt::format("{} server starts for {} are under way already", of_principal, request.principal));
    auto launch = std::make_shared<Launch>();
    launch->id = LaunchId{++last_id_};
    launch->principal = request.principal;
    launch->deadline = std::chrono::steady_clock::now() + limits_.timeout;
    launches_[key] = launch;
    return launch;
}

Result<> Launches::await(const LaunchKey& key, const Request& request) {
    std::shared_ptr<Launch> launch;
    bool ours = false;
    {
        Lock lock(mutex_);
        if (shut_down_) return fail(CO_E_SERVER_EXEC_FAILURE, "the daemon is ending");
        if (request.available()) return {};
        const auto found = launches_.find(key);
        ours = found == launches_.end();
        launch = ours ? ODC_TRY(begin(key, request)) : found->second;
    }
    if (ours) {
        auto started = request.start(launch->id);
        Lock lock(mutex_);
        if (!started) end(key, *launch, started.code(), started.error().text());
        else launch->pid = *started;
    }
    Lock lock(mutex_);
    while (!launch->over) {
        if (launch->ended.wait_until(lock, launch->deadline) != std::cv_status::timeout || launch->over) continue;
        end(key, *launch, CO_E_SERVER_EXEC_FAILURE,
            fmt::format("the server (process {}) did not register the class within {} ms", launch->pid, limits_.timeout.count()));
        const pid_t pid = launch->pid;
        lock.unlock();
        if (pid != 0) end_group_(pid);
        lock.lock();
    }
    if (FAILED(launch->hr)) return fail(launch->hr, launch->why);
    return {};
}

void Launches::registered(const Guid& clsid, const std::function<bool(std::uint32_t)>& serves) {
    Lock lock(mutex_);
    for (auto it = launches_.begin(); it != launches_.end();) {
        const auto [key, launch] = *it++;
        if (key.clsid == clsid && serves(key.uid)) end(key, *launch, S_OK, {});
    }
}

void Launches::exited(LaunchId id, const std::string& how) {
    Lock lock(mutex_);
    for (auto& [key, launch] : launches_) {
        if (launch->id != id) continue;
        const auto keep = launch;
        const auto its_key = key;
        return end(its_key, *keep, CO_E_SERVER_EXEC_FAILURE, "the server " + how + " before it registered the class");
    }
}

void Launches::shut_down() {
    Lock lock(mutex_);
    shut_down_ = true;
    while (!launches_.empty()) {
        const auto [key, launch] = *launches_.begin();
        end(key, *launch, CO_E_SERVER_EXEC_FAILURE, "the daemon is ending");
    }
}

std::size_t Launches::pending() const {
    Lock lock(mutex_);
    return launches_.size();
}

}  // namespace odc::scm
