// How the sub-commands of `dcom` parse their arguments and say that they failed.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "opendcom/base/result.h"

namespace odc::tools {

/// nullopt: go on. Otherwise the exit status: 0 after --help, 2 after wrong arguments.
inline std::optional<int> parse(CLI::App& app, std::vector<std::string> args) {
    std::reverse(args.begin(), args.end());  // CLI11 takes them from the back
    try {
        app.parse(std::move(args));
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
}

/// Says what failed; gives the exit status.
inline int failed(const char* program, const Error& error) {
    std::fprintf(stderr, "%s: %s (0x%08X)\n", program, error.text().empty() ? "failed" : error.text().c_str(),
                 static_cast<unsigned>(error.code()));
    return 1;
}

}  // namespace odc::tools
