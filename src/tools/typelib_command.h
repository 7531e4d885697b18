// `dcom typelib`: type libraries as text.
#pragma once

#include <string>
#include <vector>

namespace odc::tools {

/// `args` without "dcom typelib". Exit status: 0 done, 1 refused or not found, 2 wrong usage.
int typelib_command(std::vector<std::string> args);

}  // namespace odc::tools
