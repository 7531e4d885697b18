// The class objects that server processes have registered (CoRegisterClassObject with CLSCTX_LOCAL_SERVER).
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/guid.h"
#include "base/mutex.h"
#include "opendcom/base/result.h"
#include "orpc/ids.h"

namespace odc::scm {

/// REGCLS; names as in the SDK's enum, which the daemon's room does not include.
enum RegistrationFlags : std::uint32_t {
    kSingleUse = 0,
    kMultipleUse = 1,
    kMultiSeparate = 2,
    kSuspended = 4,
    kSurrogate = 8,
    kAgile = 16,
};

struct ClassRegistration {
    std::uint32_t cookie = 0;
    Guid clsid{};
    orpc::Oxid apartment{};
    std::uint32_t flags = 0;
    std::int32_t pid = 0;
    std::uint32_t uid = 0;
    bool single_use() const { return (flags & (kMultipleUse | kMultiSeparate)) == 0; }
};

/// Whose registrations serve a client: those of its own launch identity and those of the machine (root, the daemon's user).
struct Identity {
    std::uint32_t uid = 0;
    std::uint32_t daemon_uid = 0;
    bool may_use(std::uint32_t registered_by) const {
        return registered_by == uid || registered_by == 0 || registered_by == daemon_uid;
    }
};

/// May be used from any thread.
class ClassTable {
  public:
    static constexpr std::size_t kMaxPerProcess = 4096;

    /// Errors: E_OUTOFMEMORY over the quota of a process, E_INVALIDARG for flags that REGCLS does not have.
    Result<ClassRegistration> add(const Guid& clsid, orpc::Oxid apartment, std::uint32_t flags, std::int32_t pid,
                                  std::uint32_t uid) ODC_EXCLUDES(mutex_);
    /// Errors: E_INVALIDARG when the process has no such registration. A used-up single-use one still counts as its own.
    Result<> revoke(std::uint32_t cookie, std::int32_t pid) ODC_EXCLUDES(mutex_);
    /// All registrations of the process. Returns those that become visible by it.
    std::vector<ClassRegistration> resume(std::int32_t pid) ODC_EXCLUDES(mutex_);
    void suspend(std::int32_t pid) ODC_EXCLUDES(mutex_);
    void remove_process(std::int32_t pid) ODC_EXCLUDES(mutex_);
    void remove_apartment(orpc::Oxid apartment) ODC_EXCLUDES(mutex_);

    /// The oldest registration of the class that serves the client: not suspended, not used up. A single-use one is used up by
    /// this call.
    std::optional<ClassRegistration> take(const Guid& clsid, Identity client) ODC_EXCLUDES(mutex_);
    /// Would `take` find one?
    bool available(const Guid& clsid, Identity client) const ODC_EXCLUDES(mutex_);
    std::size_t size() const ODC_EXCLUDES(mutex_);

  private:
    struct Entry {
        ClassRegistration registration;
        bool used_up = false;
        bool visible() const { return !used_up && (registration.flags & kSuspended) == 0; }
    };
    using Entries = std::vector<Entry>;
    template <class Predicate>
    void remove_if(Predicate predicate) ODC_REQUIRES(mutex_);

    mutable Mutex mutex_;
    std::unordered_map<Guid, Entries, GuidHash> classes_ ODC_GUARDED_BY(mutex_);
    std::unordered_map<std::int32_t, std::size_t> per_process_ ODC_GUARDED_BY(mutex_);
    std::uint32_t next_cookie_ ODC_GUARDED_BY(mutex_) = 1;
};

}  // namespace odc::scm
