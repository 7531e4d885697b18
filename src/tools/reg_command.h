#pragma once

#include <string>
#include <vector>

namespace odc::tools {

/// `dcom reg add|query|delete|export|import`. Returns the exit status: 0 done, 1 refused or failed (said on standard error),
/// 2 wrong arguments.
int reg_command(std::vector<std::string> args);

}  // namespace odc::tools
