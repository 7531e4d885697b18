// One line of log per event: who, what, why. To standard error, or to a file that the process names once at its start.
// OPENDCOM_LOG = off | error | warning | info | debug (default: warning).
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace odc::log {

enum class Level { off, error, warning, info, debug };

bool enabled(Level level);
void set_level(Level level);
/// Appends to `path` from now on instead of standard error.
void to_file(const std::string& path);
/// The name that starts each line of this process ("dcomd", "pager-server").
void set_program(std::string name);
void write(Level level, std::string_view room, std::string_view text);

template <class... Args>
void error(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::error)) write(Level::error, room, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::warning)) write(Level::warning, room, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::info)) write(Level::info, room, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void debug(std::string_view room, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(Level::debug)) write(Level::debug, room, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace odc::log
