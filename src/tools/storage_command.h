// `dcom storage FILE ...`: looks into compound files and changes them.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace odc::tools {

/// `args` without "dcom storage". Exit status: 0 done, 1 refused or faults found, 2 wrong usage.
int storage_command(const std::vector<std::string>& args, std::ostream& out, std::ostream& err);
/// The same on standard output and standard error.
int storage_command(std::vector<std::string> args);

}  // namespace odc::tools
