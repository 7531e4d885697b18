// `dcom prop FILE ...`: the property sets of a compound file.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace odc::tools {

/// `args` without "dcom prop". Exit status: 0 done, 1 refused or not found, 2 wrong usage.
int prop_command(const std::vector<std::string>& args, std::ostream& out, std::ostream& err);
/// The same on standard output and standard error.
int prop_command(std::vector<std::string> args);

}  // namespace odc::tools
