#include "com/prompt_release.h"

#include <algorithm>

#include "objbase.h"

namespace odc::com {

bool is_released_at_once(const Guid& iid) {
    // Enumerators keep their storage open. Property sets: propidl.idl, which this room does not see.
    static const Guid kInterfaces[] = {
        __uuidof(ISequentialStream), __uuidof(IStream), __uuidof(IStorage), __uuidof(IRootStorage), __uuidof(ILockBytes),
        __uuidof(IEnumSTATSTG),
        {0x00000138, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}},  // IPropertyStorage
        {0x0000013A, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}},  // IPropertySetStorage
    };
    return std::find(std::begin(kInterfaces), std::end(kInterfaces), iid) != std::end(kInterfaces);
}

}  // namespace odc::com
