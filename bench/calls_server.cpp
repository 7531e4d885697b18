// calls-server unix:PATH | tcp: serves one PeerObject from an instance of its own (PATH.d, or a temporary folder), prints
// "READY <address>", and ends when its standard input does. The address carries the object's OBJREF.
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "opendcom/com/interface_info.h"
#include "peer_object.h"

extern char** environ;
extern "C" const odc::com::ProxyFile peer_ProxyFile;

namespace {

/// The instance's daemon, beside this program's own folder.
pid_t start_daemon(const std::string& home, const std::string& listen) {
    const auto program = (std::filesystem::canonical("/proc/self/exe").parent_path().parent_path() / "bin" / "dcomd").string();
    std::vector<const char*> arguments = {program.c_str(), "--home", home.c_str(), "--allow-unauthenticated"};
    if (!listen.empty()) {
        arguments.push_back("--listen");
        arguments.push_back(listen.c_str());
    }
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    if (posix_spawn(&child, program.c_str(), &actions, nullptr, const_cast<char**>(arguments.data()), environ) != 0) return -1;
    posix_spawn_file_actions_destroy(&actions);
    return child;
}

/// An OBJREF that any number of clients can unmarshal.
std::string hex_objref(IUnknown* object, DWORD destination) {
    odc::ComPtr<IStream> stream;
    if (FAILED(OdcCreateMemoryStream(stream.put()))) return {};
    if (FAILED(CoMarshalInterface(stream.get(), IID_IPeer, object, destination, nullptr, MSHLFLAGS_TABLESTRONG))) return {};
    LARGE_INTEGER start{};
    stream->Seek(start, STREAM_SEEK_SET, nullptr);
    std::string text;
    for (BYTE byte;;) {
        ULONG got = 0;
        if (FAILED(stream->Read(&byte, 1, &got)) || got == 0) return text;
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", byte);
        text += digits;
    }
}

/// Waits until the daemon has written the file that says where it listens.
bool wait_for(const std::string& file) {
    for (int i = 0; i < 5000 && !std::filesystem::exists(file); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return std::filesystem::exists(file);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string where = argc > 1 ? argv[1] : "";
    const bool tcp = where == "tcp";
    std::string home;
    if (where.starts_with("unix:")) {
        home = where.substr(5) + ".d";
        std::filesystem::create_directories(home);
    } else if (tcp) {
        char folder[] = "/tmp/opendcom-calls-XXXXXX";
        if (!mkdtemp(folder)) return 1;
        home = folder;
    } else {
        std::fprintf(stderr, "usage: calls-server unix:PATH | tcp\n");
        return 2;
    }
    setenv("OPENDCOM_HOME", home.c_str(), 1);
    const pid_t daemon = start_daemon(home, "127.0.0.1:0");
    int status = 1;
    if (daemon > 0 && wait_for(home + "/dcomd.sock") && SUCCEEDED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) {
        odc::com::register_proxy_file(peer_ProxyFile);
        auto object = odc::ComPtr<calls::PeerObject>::attach(new calls::PeerObject(false));
        const auto objref = hex_objref(static_cast<IPeer*>(object.get()), tcp ? MSHCTX_DIFFERENTMACHINE : MSHCTX_LOCAL);
        if (!objref.empty()) {
            // A TCP client plays another host: an instance of its own, without a daemon.
            std::printf("READY %s|%s\n", (tcp ? home + "/client" : home).c_str(), objref.c_str());
            std::fflush(stdout);
            for (char c; std::fread(&c, 1, 1, stdin) == 1;) {}
            status = 0;
        }
        CoUninitialize();
    }
    if (daemon > 0) {
        kill(daemon, SIGTERM);
        waitpid(daemon, nullptr, 0);
    }
    std::filesystem::remove_all(home);
    std::_Exit(status);
}
