#include "scm/command_line.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace odc::scm {
namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trim(std::string_view text) {
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

/// The first word; quotes only group, backslashes are ordinary.
std::string take_program(std::string_view& rest) {
    std::string program;
    bool quoted = false;
    while (!rest.empty()) {
        const char c = rest.front();
        if (!quoted && blank(c)) break;
        rest.remove_prefix(1);
        if (c == '"') quoted = !quoted;
        else program.push_back(c);
    }
    return program;
}

std::string take_argument(std::string_view& rest) {
    std::string argument;
    bool quoted = false;
    while (!rest.empty() && (quoted || !blank(rest.front()))) {
        std::size_t slashes = 0;
        while (slashes < rest.size() && rest[slashes] == '\\') ++slashes;
        const bool before_quote = slashes < rest.size() && rest[slashes] == '"';
        if (slashes != 0) {
            rest.remove_prefix(slashes);
            argument.append(before_quote ? slashes / 2 : slashes, '\\');
            if (before_quote && slashes % 2 == 1) {
                argument.push_back('"');
                rest.remove_prefix(1);
            }
            continue;
        }
        const char c = rest.front();
        rest.remove_prefix(1);
        if (c != '"') {
            argument.push_back(c);
        } else if (quoted && !rest.empty() && rest.front() == '"') {
            argument.push_back('"');
            rest.remove_prefix(1);
        } else {
            quoted = !quoted;
        }
    }
    return argument;
}

std::vector<std::string> split_arguments(std::string_view rest, std::vector<std::string> words) {
    for (rest = trim(rest); !rest.empty(); rest = trim(rest)) words.push_back(take_argument(rest));
    return words;
}

bool executable(const std::string& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::vector<std::string> split_command_line(std::string_view line) {
    line = trim(line);
    if (line.empty()) return {};
    auto program = take_program(line);
    return split_arguments(line, {std::move(program)});
}

Result<std::vector<std::string>> parse_server_command(std::string_view line,
                                                      const std::function<bool(const std::string&)>& is_program) {
    line = trim(line);
    if (line.empty()) return fail(CO_E_SERVER_EXEC_FAILURE, "the server's command line is empty");
    if (line.find('"') != 0) {
        for (std::size_t end = line.find(' '); end != std::string_view::npos; end = line.find(' ', end + 1)) {
            const std::string beginning(line.substr(0, end));
            if (is_program(beginning)) return split_arguments(line.substr(end), {beginning});
        }
        if (is_program(std::string(line))) return std::vector<std::string>{std::string(line)};
    }
    return split_command_line(line);
}

std::string find_program(const std::string& name) {
    if (name.empty()) return {};
    if (name.find('/') != std::string::npos) return executable(name) ? name : std::string();
    const char* variable = std::getenv("PATH");
    std::string_view path = variable ? variable : "/usr/local/bin:/usr/bin:/bin";
    while (!path.empty()) {
        const auto end = std::min(path.find(':'), path.size());
        const auto candidate = std::string(path.substr(0, end)) + "/" + name;
        if (candidate.front() == '/' && candidate.size() > name.size() + 1 && executable(candidate)) return candidate;
        path.remove_prefix(std::min(end + 1, path.size()));
    }
    return {};
}

}  // namespace odc::scm
