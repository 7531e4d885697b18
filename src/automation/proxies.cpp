// Makes the proxies and stubs of Automation's interfaces known where this room is linked in.
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile oaidl_ProxyFile;

namespace odc::automation {
[[maybe_unused]] const bool proxies_are_known = [] {
    com::register_proxy_file(oaidl_ProxyFile);
    return true;
}();
}  // namespace odc::automation
