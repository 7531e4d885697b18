// Files that are installed with a program.
#pragma once

#include <string>

namespace odc {

/// ../`path` of the program's own folder, so that an installation may be moved; empty when the program cannot be found.
std::string beside_program(const std::string& path);

}  // namespace odc
