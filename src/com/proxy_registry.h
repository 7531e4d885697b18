// Who makes proxies and stubs for an interface: generated code that the process knows, or a proxy/stub class (IPSFactoryBuffer)
// named by CoRegisterPSClsid or by Interface\{iid}\ProxyStubClsid32.
#pragma once

#include <unordered_map>

#include "base/guid.h"
#include "base/mutex.h"
#include "objbase.h"
#include "opendcom/com/interface_info.h"
#include "opendcom/com_ptr.h"

namespace odc::com {

/// Exactly one of the two is set.
struct ProxySource {
    const InterfaceInfo* info = nullptr;
    ComPtr<IPSFactoryBuffer> factory;
};

class ProxyRegistry {
  public:
    static ProxyRegistry& instance();

    /// Errors: E_NOINTERFACE when nobody can marshal the interface (with a log line that says where it was looked for).
    Result<ProxySource> find(const Guid& iid) ODC_EXCLUDES(mutex_);
    void add(const ProxyFile& file) ODC_EXCLUDES(mutex_);
    /// The interface that has `async_iid` as its asynchronous form; looks in Interface\{iid}\SynchronousInterface for one whose proxies
    /// are not loaded yet. Null when there is none, or its proxies are not generated ones.
    const InterfaceInfo* find_by_async(const Guid& async_iid) ODC_EXCLUDES(mutex_);
    /// CoRegisterPSClsid: for the life of the last apartment.
    void set_clsid(const Guid& iid, const Guid& clsid) ODC_EXCLUDES(mutex_);
    /// CoGetPSClsid. Errors: REGDB_E_IIDNOTREG.
    Result<Guid> clsid(const Guid& iid) ODC_EXCLUDES(mutex_);
    /// What a generated interface calls itself, or its id.
    std::string name(const Guid& iid) ODC_EXCLUDES(mutex_);
    void forget_registrations() ODC_EXCLUDES(mutex_);

  private:
    Mutex mutex_;
    std::unordered_map<Guid, const InterfaceInfo*, GuidHash> generated_ ODC_GUARDED_BY(mutex_);
    std::unordered_map<Guid, const InterfaceInfo*, GuidHash> by_async_ ODC_GUARDED_BY(mutex_);
    std::unordered_map<Guid, Guid, GuidHash> registered_ ODC_GUARDED_BY(mutex_);
    std::unordered_map<Guid, ComPtr<IPSFactoryBuffer>, GuidHash> factories_ ODC_GUARDED_BY(mutex_);  // by proxy/stub class
};

/// The private interface by which a factory over generated code shows its interfaces; {5C1E7A20-3B0E-4F5B-9C41-0D9A2C6E7A01}.
inline constexpr Guid kIidGeneratedFactory = {0x5C1E7A20, 0x3B0E, 0x4F5B, {0x9C, 0x41, 0x0D, 0x9A, 0x2C, 0x6E, 0x7A, 0x01}};
class GeneratedFactory {
  public:
    virtual std::span<const ProxyFile* const> files() const = 0;

  protected:
    ~GeneratedFactory() = default;
};

/// "CLSID\{…}" and the like, as the registry spells them.
std::string key_of(const char* parent, const Guid& guid);

}  // namespace odc::com
