#include "base/log.h"

#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <ctime>

#include "base/mutex.h"

namespace odc::log {
namespace {

constexpr const char* kNames[] = {"off", "error", "warning", "info", "debug"};

Level level_from_environment() {
    const char* wanted = std::getenv("OPENDCOM_LOG");
    for (int i = 0; wanted && i < 5; ++i)
        if (std::string_view(wanted) == kNames[i]) return static_cast<Level>(i);
    return Level::warning;
}

std::atomic<Level>& current_level() {
    static std::atomic<Level> level{level_from_environment()};
    return level;
}

struct Sink {
    Mutex mutex;
    std::string program ODC_GUARDED_BY(mutex);
    int fd ODC_GUARDED_BY(mutex) = STDERR_FILENO;
};
Sink& sink() {
    static auto* the_sink = new Sink;  // never destroyed: threads may log while the process ends
    return *the_sink;
}

}  // namespace

bool enabled(Level level) { return level <= current_level().load(std::memory_order_relaxed); }
void set_level(Level level) { current_level() = level; }

void to_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (fd < 0) return;
    Lock lock(sink().mutex);
    if (sink().fd != STDERR_FILENO) ::close(sink().fd);
    sink().fd = fd;
}

void set_program(std::string name) {
    Lock lock(sink().mutex);
    sink().program = std::move(name);
}

void write(Level level, std::string_view room, std::string_view text) {
    timeval now;
    ::gettimeofday(&now, nullptr);
    tm parts;
    ::gmtime_r(&now.tv_sec, &parts);
    Lock lock(sink().mutex);
    const auto line = fmt::format("{:02}:{:02}:{:02}.{:06} {}[{}] {} {}: {}\n", parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_usec,
                                  sink().program.empty() ? "opendcom" : sink().program, ::getpid(),
                                  kNames[static_cast<int>(level)], room, text);
    (void)!::write(sink().fd, line.data(), line.size());  // a log that cannot be written has nobody to tell
}

}  // namespace odc::log
