// A LocalServer32 value is one command line, as Windows programs write them: quotes and backslashes mean what they mean there.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "opendcom/base/result.h"

namespace odc::scm {

/// Splits a command line into program and arguments. The program ends at its closing quote or the first blank; in the
/// arguments 2n backslashes before a quote are n backslashes, 2n+1 are n and a quote, and two quotes inside of quotes are one.
std::vector<std::string> split_command_line(std::string_view line);

/// The same, but a program that is not quoted may contain blanks: the shortest beginning that `is_program` takes is it
/// (CreateProcess does so). Without such a beginning it ends at the first blank.
/// Errors: CO_E_SERVER_EXEC_FAILURE when the line is blank.
Result<std::vector<std::string>> parse_server_command(std::string_view line,
                                                      const std::function<bool(const std::string&)>& is_program);

/// An executable file, by its path or by its name in $PATH; empty when there is none.
std::string find_program(const std::string& name);

}  // namespace odc::scm
