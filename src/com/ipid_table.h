// Every IPID of the process: a slot number for finding it, and random bits so that nobody guesses one (threats: 25).
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "base/guid.h"
#include "base/mutex.h"
#include "com/export_table.h"

namespace odc::com {

class IpidTable {
  public:
    static IpidTable& instance();
    /// Puts a stub in and gives its IPID: slot, apartment, generation and 64 random bits.
    orpc::Ipid insert(InterfaceStub* stub, std::uint16_t apartment) ODC_EXCLUDES(mutex_);
    void erase(const orpc::Ipid& ipid, const Guid& iid) ODC_EXCLUDES(mutex_);
    Ref<InterfaceStub> find(const orpc::Ipid& ipid) ODC_EXCLUDES(mutex_);
    bool serves(const Guid& iid) ODC_EXCLUDES(mutex_);

  private:
    struct Slot {
        orpc::Ipid ipid;
        InterfaceStub* stub = nullptr;  ///< the Export owns it and erases it first
    };
    std::uint64_t secret() ODC_REQUIRES(mutex_);
    Mutex mutex_;
    std::vector<Slot> slots_ ODC_GUARDED_BY(mutex_);
    std::vector<std::uint32_t> free_ ODC_GUARDED_BY(mutex_);
    std::unordered_map<Guid, std::uint32_t, GuidHash> interfaces_ ODC_GUARDED_BY(mutex_);
    std::vector<std::uint64_t> secrets_ ODC_GUARDED_BY(mutex_);  ///< random numbers fetched ahead
};

}  // namespace odc::com
