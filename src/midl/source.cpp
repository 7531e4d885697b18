#include "midl/source.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <sstream>

extern char** environ;

namespace odc::midl {
namespace {

constexpr std::size_t kMaxText = std::size_t{64} << 20;
constexpr int kMaxSeconds = 60;

bool is_file(const std::string& path) {
    struct stat about {};
    return stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
}

enum class Outcome { done, failed, too_much };

Outcome run(const std::vector<std::string>& command, std::string& output) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return Outcome::failed;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = -1;
    const int error = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        return Outcome::failed;
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(kMaxSeconds);
    bool too_much = false;
    char buffer[65536];
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        pollfd waiting{ends[0], POLLIN, 0};
        const int ready = left > 0 ? poll(&waiting, 1, static_cast<int>(left)) : 0;
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) {
            too_much = true;
            break;
        }
        const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        output.append(buffer, static_cast<std::size_t>(got));
        if (output.size() > kMaxText) {
            too_much = true;
            break;
        }
    }
    close(ends[0]);
    if (too_much) kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (too_much) return Outcome::too_much;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? Outcome::done : Outcome::failed;
}

}  // namespace

std::optional<std::string> Source::find(const std::string& name, const std::string& importing_file) const {
    if (name.starts_with('/')) return is_file(name) ? std::optional(name) : std::nullopt;
    const auto slash = importing_file.rfind('/');
    const std::string beside = slash == std::string::npos ? name : importing_file.substr(0, slash + 1) + name;
    if (options_.beside_importing && is_file(beside)) return beside;
    for (const auto& folder : options_.include_folders) {
        const std::string path = folder + "/" + name;
        if (is_file(path)) return path;
    }
    return std::nullopt;
}

void Source::add_file_read(const std::string& path) {
    if (std::find(files_read_.begin(), files_read_.end(), path) == files_read_.end()) files_read_.push_back(path);
}

std::optional<std::string> Source::read(const std::string& path, Place place) {
    if (!is_file(path)) {
        diagnostics_.report(Message::cannot_read, place, {path, "no such file"});
        return std::nullopt;
    }
    add_file_read(path);
    std::string text;
    if (!options_.enabled) {
        std::ifstream file(path, std::ios::binary);
        std::stringstream all;
        all << file.rdbuf();
        return "# 1 \"" + path + "\"\n" + all.str();
    }
    const auto too_much = [&] {
        diagnostics_.report(Message::preprocessor_limit, place, {std::to_string(kMaxText >> 20), path, std::to_string(kMaxSeconds)});
    };
    if (!options_.always_command) {
        switch (preprocess({path, options_.include_folders, options_.macros, kMaxText}, texts_, text)) {
            case PreprocessOutcome::done: return text;
            case PreprocessOutcome::too_much: too_much(); return std::nullopt;
            case PreprocessOutcome::needs_cpp: break;
        }
    }
    std::vector<std::string> command{options_.command, "-C", "-undef", "-nostdinc", "-D__midl=801", "-w"};
    for (const auto& folder : options_.include_folders) command.push_back("-I" + folder);
    command.insert(command.end(), options_.macros.begin(), options_.macros.end());
    command.insert(command.end(), options_.options.begin(), options_.options.end());
    command.push_back(path);
    switch (run(command, text)) {
        case Outcome::done: return text;
        case Outcome::failed: diagnostics_.report(Message::preprocessor_failed, place, {path}); return std::nullopt;
        case Outcome::too_much:
            too_much();
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace odc::midl
