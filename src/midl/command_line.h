// The command line of `midl`: the Microsoft compiler's switches with / or -, widl's where the two do not collide, @files of both.
#pragma once

#include <string>
#include <vector>

#include "midl/compiler.h"

namespace odc::midl {

struct CommandLine {
    CompileOptions options;
    enum class Task : std::uint8_t { compile, help, version, confirm, preprocess } task = Task::compile;
    bool show_warnings = true;
    bool warnings_are_errors = false;
    std::string messages;             ///< -o file: where messages go; empty: standard error
    std::vector<std::string> words;   ///< with the contents of @files in place of them
    std::string problem;              ///< why the line makes no sense; empty: it does
    std::string made_only;            ///< widl's -h, -p, …: letters of the outputs asked for; empty: all
    std::string output;               ///< widl's -o
};

/// `words` without the program's name. Reads @files; writes nothing.
CommandLine parse_command_line(const std::vector<std::string>& words);
/// What --help prints.
std::string command_line_help();

}  // namespace odc::midl
