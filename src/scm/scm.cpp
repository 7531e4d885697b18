#include "scm/scm.h"

#include "base/log.h"
#include "registry/class_records.h"
#include "scm/user.h"

namespace odc::scm {
namespace {

constexpr const char* kRoom = "scm";

Result<ServerRecord> find_server(const Guid& clsid) {
    const auto record = ODC_TRY(registry::find_class(clsid));
    if (record->local_server.empty()) {
        if (!record->remote_server_name.empty())
            return fail(REGDB_E_CLASSNOTREG, "its class is registered for host " + record->remote_server_name + " and this daemon serves its own host only");
        return fail(REGDB_E_CLASSNOTREG, "its class has no LocalServer32");
    }
    return ServerRecord{record->local_server, record->server_executable, record->run_as};
}

}  // namespace

Scm::Scm(ScmOptions options)
    : pings(options.pings, options.clock, [this](orpc::Oid oid) { return processes.has_object(oid); }),
      options_(std::move(options)),
      launcher_(watch_, options_.servers_home, options_.servers_output),
      activator_(options_.activation, classes, processes, world()) {}

Scm::~Scm() { shut_down(std::chrono::milliseconds(0)); }

Activator::World Scm::world() {
    Activator::World world;
    world.find_server = find_server;
    world.find_user = [](const std::string& name) -> Result<std::uint32_t> { return ODC_TRY(find_user(name)).uid; };
    world.end_group = ServerLauncher::end_group;
    world.launch = [this](const ServerRecord& server, std::uint32_t uid, std::function<void(const std::string&)> on_end) {
        return launcher_.start({server.command_line, server.program, uid, std::move(on_end)});
    };
    return world;
}

bool Scm::may_connect(const Caller& caller) const {
    const auto own = options_.activation.daemon_uid;
    return caller.local && (own == 0 || caller.uid == own || caller.uid == 0);
}

const orpc::DualStringArray& Scm::resolver_bindings() const {
    Lock lock(mutex_);
    while (!resolver_bindings_) bindings_set_.wait(lock);
    return *resolver_bindings_;
}

void Scm::set_resolver_bindings(orpc::DualStringArray bindings) {
    Lock lock(mutex_);
    resolver_bindings_ = std::move(bindings);
    bindings_set_.notify_all();
}

Result<> Scm::connect(const std::shared_ptr<ServerProcess>& process) {
    std::shared_ptr<ServerProcess> replaced;
    ODC_TRY(processes.connect(process, replaced));
    if (replaced) drop(*replaced);
    const std::weak_ptr<ServerProcess> known = process;
    auto watched = watch_.watch(process->pid(), [this, known] {
        const auto ended = known.lock();
        if (!ended || !processes.remove(ended->pid(), ended.get())) return;
        log::info(kRoom, "process {} ended", ended->pid());
        drop(*ended);
    });
    if (watched) return {};
    processes.remove(process->pid(), process.get());
    return fail_win32(ERROR_ACCESS_DENIED, watched.error().text());
}

void Scm::drop(const ServerProcess& process) {
    classes.remove_process(process.pid());
    pings.forget_process(process.oid_part());
}

void Scm::watch_owner(std::int32_t pid) {
    Lock lock(mutex_);
    if (!watched_owners_.insert(pid).second) return;
    lock.unlock();
    const auto gone = [this, pid] {
        endpoints.remove_owner(pid);
        Lock again(mutex_);
        watched_owners_.erase(pid);
    };
    if (!watch_.watch(pid, gone)) gone();
}

std::optional<std::chrono::steady_clock::time_point> Scm::idle_since() const {
    if (processes.size() != 0 || classes.size() != 0 || pings.set_count() != 0 || activator_.pending_launches() != 0)
        return std::nullopt;
    return last_use_.load(std::memory_order_relaxed);
}

void Scm::shut_down(std::chrono::milliseconds grace) {
    activator_.shut_down();
    launcher_.end_all(grace);
    watch_.stop();
}

}  // namespace odc::scm
