#pragma once

#include <string>
#include <vector>

namespace odc::tools {

/// `dcom regsvr [-u] library…`: loads each library and calls its DllRegisterServer or DllUnregisterServer. Exit status as
/// `reg_command`.
int regsvr_command(std::vector<std::string> args);

}  // namespace odc::tools
