// IInitializeSpy: objects of a thread that are told when it joins and leaves its apartment.
#pragma once

#include <vector>

#include "objbase.h"
#include "opendcom/com_ptr.h"

namespace odc::com {

/// Of one thread, which alone uses it.
class InitializeSpies {
  public:
    /// The cookie: the thread's id above, a number of its own below (behaviour 10).
    ULARGE_INTEGER add(IInitializeSpy* spy);
    bool remove(ULARGE_INTEGER cookie);

    void before_initialize(DWORD kind, DWORD joined);
    /// What the spies make of the result of CoInitializeEx, the last registered first.
    HRESULT after_initialize(HRESULT result, DWORD kind, DWORD joined);
    void before_uninitialize(DWORD joined);
    void after_uninitialize(DWORD joined);

  private:
    struct Entry {
        ComPtr<IInitializeSpy> spy;
        DWORD number;
    };
    /// A spy may register or revoke spies while it is told.
    std::vector<Entry> newest_first() const { return {entries_.rbegin(), entries_.rend()}; }
    std::vector<Entry> entries_;
};

}  // namespace odc::com
