// Hosts and processes for tests of the runtime: each host is a dcomd with an instance of its own, on a loopback port.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "calc.h"
#include "objbase.h"
#include "opendcom/com_ptr.h"
#include "opendcom/rpc/client.h"

namespace odc::test {

/// The class that com_peer serves.
inline constexpr Guid kPeerClass = {0x5C1E7A4F, 0x3B0E, 0x4F5B, {0x9C, 0x41, 0x0D, 0x9A, 0x2C, 0x6E, 0x7A, 0x01}};

/// A child of the test, ended at the latest by its destructor.
class Child {
  public:
    /// Starts a program, its standard output a pipe; `variables` ("NAME=value") are added to the environment.
    Child(const std::vector<std::string>& command, const std::vector<std::string>& variables);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    pid_t pid() const { return pid_; }
    std::string read_line();
    void signal(int number) const;
    /// Waits for its end; the status of waitpid.
    int wait();

  private:
    pid_t pid_ = -1;
    int output_ = -1;
};

/// The end of a process that somebody else started.
class Watched {
  public:
    explicit Watched(pid_t pid);
    ~Watched();
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;
    bool ends_within(std::chrono::milliseconds limit) const;
    void kill() const;

  private:
    int fd_;
};

class Host {
  public:
    /// `options` of dcomd besides those that every host here has (--home, --listen, unauthenticated activation).
    explicit Host(const std::vector<std::string>& options = {});
    ~Host();
    const std::string& home() const { return home_; }
    /// As COSERVERINFO takes it.
    std::string name() const { return "127.0.0.1[" + port_ + "]"; }
    rpc::Binding tcp() const;
    rpc::Binding local() const;
    /// LocalServer32 of kPeerClass.
    void register_peer(const std::string& mode = "--serve");
    void unregister_peer();
    void register_command(const std::string& command);
    /// Ends the daemon, and starts another one on the same port for the same instance.
    void restart();
    std::string log() const;
    /// What the servers that the daemon started have written.
    std::string servers_log() const;
    /// How often `text` stands in the log.
    int logged(const std::string& text) const;
    /// Requests that the daemon was sent so far, over all its connections, without the question for them itself.
    std::uint32_t requests() const;
    pid_t pid() const { return daemon_->pid(); }

  private:
    void start(const std::string& port);
    std::string home_, port_;
    std::vector<std::string> options_;
    std::unique_ptr<Child> daemon_;
    mutable std::uint32_t questions_ = 0;
};

/// This process's own host, to which OPENDCOM_HOME points.
Host& own_host();
/// Options of its daemon: each test program defines them.
std::vector<std::string> own_host_options();

/// An instance of kPeerClass on `host`.
template <class T>
ComPtr<T> create_on(const std::string& host, HRESULT* result = nullptr) {
    std::u16string name(host.begin(), host.end());
    COSERVERINFO server{};
    server.pwszName = name.data();
    const IID& iid = __uuidof(T);
    MULTI_QI wanted{&iid, nullptr, S_OK};
    const HRESULT hr = CoCreateInstanceEx(kPeerClass, nullptr, CLSCTX_REMOTE_SERVER, &server, 1, &wanted);
    if (result) *result = hr;
    else EXPECT_EQ(hr, S_OK);
    return ComPtr<T>::attach(static_cast<T*>(wanted.pItf));
}

/// Joins an apartment for a scope.
struct InApartment {
    explicit InApartment(DWORD kind) : hr(CoInitializeEx(nullptr, kind)) { EXPECT_EQ(hr, S_OK); }
    ~InApartment() {
        if (SUCCEEDED(hr)) CoUninitialize();
    }
    HRESULT hr;
};

}  // namespace odc::test
