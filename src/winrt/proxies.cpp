// Makes the proxies and stubs of the Windows Runtime's base interfaces known where this room is linked in.
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile inspectable_ProxyFile, asyncinfo_ProxyFile, activation_ProxyFile, windows_foundation_ProxyFile;

namespace odc::winrt {
[[maybe_unused]] const bool proxies_are_known = [] {
    for (const auto* file : {&inspectable_ProxyFile, &asyncinfo_ProxyFile, &activation_ProxyFile, &windows_foundation_ProxyFile}) com::register_proxy_file(*file);
    return true;
}();
}  // namespace odc::winrt
