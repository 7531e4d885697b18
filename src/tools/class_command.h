#pragma once

#include <string>
#include <vector>

namespace odc::tools {

/// `dcom class NAME|CLSID`: prints the class record. Exit status as `reg_command`.
int class_command(std::vector<std::string> args);

}  // namespace odc::tools
