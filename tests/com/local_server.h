// program {CLSID} -Embedding: the main of a local server for one class, which ends when its last object does.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

#include "objbase.h"
#include "opendcom/com_ptr.h"

namespace odc::test {

class LocalServer {
  public:
    /// Makes an object, with one reference, that calls `object_gone` at its end.
    using Make = std::function<IUnknown*()>;

    static void object_gone() {
        if (CoReleaseServerProcess() != 0) return;
        auto& own = state();
        std::lock_guard lock(own.mutex);
        own.over = true;
        own.changed.notify_all();
    }

    static int run(int argc, char** argv, Make make) {
        if (argc < 2) return 2;
        const std::string text = argv[1];
        CLSID clsid;
        if (FAILED(CLSIDFromString(reinterpret_cast<LPCOLESTR>(std::u16string(text.begin(), text.end()).c_str()), &clsid))) return 2;
        if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return 1;
        auto factory = ComPtr<IClassFactory>::attach(new Factory(std::move(make)));
        DWORD cookie = 0;
        if (FAILED(CoRegisterClassObject(clsid, factory.get(), CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &cookie))) return 3;
        {
            auto& own = state();
            std::unique_lock lock(own.mutex);
            own.changed.wait(lock, [&] { return own.over; });
        }
        CoRevokeClassObject(cookie);
        factory.reset();
        CoUninitialize();
        return 0;
    }

  private:
    struct State {
        std::mutex mutex;
        std::condition_variable changed;
        bool over = false;
    };
    static State& state() {
        static State one;
        return one;
    }

    class Factory final : public implements<IClassFactory> {
      public:
        explicit Factory(Make make) : make_(std::move(make)) {}
        HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override {
            *object = nullptr;
            if (outer) return CLASS_E_NOAGGREGATION;
            CoAddRefServerProcess();
            return ComPtr<IUnknown>::attach(make_())->QueryInterface(iid, object);
        }
        HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }

      private:
        const Make make_;
    };
};

}  // namespace odc::test
