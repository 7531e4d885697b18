// pager-server: the pager as a local server. The SCM starts it with -Embedding; it ends when its last object does.
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "pager_object.h"

namespace {

/// Ends the program when COM says that nobody uses the process any more.
class ServerModule final : public pager::Module {
  public:
    void add_ref() override { CoAddRefServerProcess(); }
    void release() override {
        if (CoReleaseServerProcess() != 0) return;  // at zero the class objects are suspended: nobody comes in any more
        std::lock_guard lock(mutex_);
        over_ = true;
        changed_.notify_all();
    }
    void wait_until_over() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return over_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool over_ = false;
};

}  // namespace

int main() {
    static ServerModule module;
    if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return 1;
    DWORD cookie = 0;
    auto factory = odc::ComPtr<pager::PagerFactory>::attach(new pager::PagerFactory(module));
    const HRESULT hr =
        CoRegisterClassObject(CLSID_Pager, factory.get(), CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE | REGCLS_SUSPENDED, &cookie);
    if (FAILED(hr)) {
        std::fprintf(stderr, "pager-server: cannot register the class: 0x%08x\n", static_cast<unsigned>(hr));
        return 1;
    }
    CoResumeClassObjects();
    module.wait_until_over();
    CoRevokeClassObject(cookie);
    factory.reset();
    CoUninitialize();
    return 0;
}
