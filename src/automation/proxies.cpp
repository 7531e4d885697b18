// Makes the proxies and stubs of Automation's interfaces known where this room is linked in.
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile oaidl_ProxyFile, ocidl_ProxyFile, oleidl_ProxyFile, servprov_ProxyFile, urlmon_ProxyFile, comcat_ProxyFile;

namespace odc::automation {
[[maybe_unused]] const bool proxies_are_known = [] {
    for (const auto* file : {&oaidl_ProxyFile, &ocidl_ProxyFile, &oleidl_ProxyFile, &servprov_ProxyFile, &urlmon_ProxyFile, &comcat_ProxyFile}) com::register_proxy_file(*file);
    return true;
}();
}  // namespace odc::automation
