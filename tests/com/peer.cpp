// com_peer: the other process of the tests with real hosts.
//     com_peer --serve {CLSID} -Embedding     a local server of the class; ends when its last object does
//     com_peer --echo {CLSID} -Embedding      the same, with a channel hook that answers what came with a call
//     com_peer --work {CLSID} -Embedding      a local server of objects whose methods take their time (work.idl); --echo-work: with that hook
//     com_peer --async {CLSID} -Embedding     a local server of objects that make call objects; --async-sta: in a single-threaded apartment,
//                                             --echo-async-sta: there, with that hook
//     com_peer --never {CLSID} -Embedding     registers nothing, and has a child that does not either
//     com_peer --begin {CLSID} -              a client: begins calls of Wait that nobody finishes, says "begun", and stays until it is killed
//     com_peer --hold {CLSID} HOST            a client: makes an object on HOST, says "PROCESS OF THE SERVER", and holds it until it is killed
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <string>

#include "async_work_object.h"
#include "calc.h"
#include "echo_proxies.h"
#include "opendcom/com/interface_info.h"
#include "opendcom/com_ptr.h"
#include "work_object.h"

extern "C" const odc::com::ProxyFile calc_ProxyFile, work_ProxyFile;

namespace {

using odc::ComPtr;

/// Ends the server when COM says that nobody uses it any more.
class Life {
  public:
    void object_gone() {
        if (CoReleaseServerProcess() != 0) return;
        if (pumping_) PostThreadMessage(pumping_, WM_QUIT, 0, 0);
        std::lock_guard lock(mutex_);
        over_ = true;
        changed_.notify_all();
    }
    /// Before the first object.
    void pump_here() { pumping_ = GetCurrentThreadId(); }
    void wait_until_over() {
        MSG message;
        if (pumping_) {
            while (GetMessage(&message, nullptr, 0, 0) > 0) {}
            return;
        }
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return over_; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool over_ = false;
    DWORD pumping_ = 0;
} life;

std::atomic<LONG> alive{0};

class Peer final : public odc::implements<ICalc2, ICalc, IPeer, IUnmarshalable, odc::test::IEcho> {
  public:
    Peer() {
        ++alive;
        CoAddRefServerProcess();
    }
    ~Peer() override {
        --alive;
        life.object_gone();
    }
    HRESULT STDMETHODCALLTYPE Add(LONG a, LONG b, LONG* sum) override {
        *sum = a + b;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE AddThrough(ICalc* helper, LONG a, LONG b, LONG* sum) override {
        return helper ? helper->Add(a, b, sum) : Add(a, b, sum);
    }
    /// -1 and -2: what it learns about its caller.
    HRESULT STDMETHODCALLTYPE Fail(HRESULT hr) override {
        DWORD level = 0;
        if (hr == -1) return FAILED(hr = CoQueryClientBlanket(nullptr, nullptr, nullptr, &level, nullptr, nullptr, nullptr)) ? hr : static_cast<HRESULT>(level);
        return hr == -2 ? CoImpersonateClient() : hr;
    }
    HRESULT STDMETHODCALLTYPE Throw() override { throw 1; }
    HRESULT STDMETHODCALLTYPE Child(ICalc** child) override {
        *child = static_cast<ICalc2*>(new Peer);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Thread(LONG* thread) override {
        *thread = static_cast<LONG>(::gettid());
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Twice(LONG* value) override {
        *value *= 2;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Process(LONG* process) override {
        *process = static_cast<LONG>(::getpid());
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Objects(LONG* objects) override {
        *objects = alive;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Nothing() override { return S_OK; }
    HRESULT STDMETHODCALLTYPE Repeat(const char* text, ULONG times, char* room, ULONG size) override {
        return odc::test::repeat_here(text, times, room, size);
    }
};

class ServedWork final : public odc::test::Work {
  public:
    ServedWork() { CoAddRefServerProcess(); }
    ~ServedWork() override { life.object_gone(); }
};

class ServedAsyncWork final : public odc::test::AsyncServer {
  public:
    ServedAsyncWork() { CoAddRefServerProcess(); }
    ~ServedAsyncWork() override { life.object_gone(); }
};

class Factory final : public odc::implements<IClassFactory> {
  public:
    explicit Factory(const std::string& mode) : work_(mode.ends_with("work")), async_(mode.find("-async") != std::string::npos) {}
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override {
        *object = nullptr;
        if (outer) return CLASS_E_NOAGGREGATION;
        if (async_) return ComPtr<ServedAsyncWork>::attach(new ServedAsyncWork)->QueryInterface(iid, object);
        if (work_) return ComPtr<IMoreWork>::attach(new ServedWork)->QueryInterface(iid, object);
        return ComPtr<ICalc2>::attach(new Peer)->QueryInterface(iid, object);
    }
    HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }

  private:
    const bool work_, async_;
};

/// Answers what came with a request by the same bytes, reversed, and the method's number.
class Echo final : public odc::implements<IChannelHook> {
  public:
    void STDMETHODCALLTYPE ClientGetSize(REFGUID, REFIID, ULONG* size) override { *size = 0; }
    void STDMETHODCALLTYPE ClientFillBuffer(REFGUID, REFIID, ULONG*, void*) override {}
    void STDMETHODCALLTYPE ClientNotify(REFGUID, REFIID, ULONG, void*, DWORD, HRESULT) override {}
    void STDMETHODCALLTYPE ServerNotify(REFGUID, REFIID call, ULONG size, void* data, DWORD) override {
        const auto& info = *reinterpret_cast<const SChannelHookCallInfo*>(&call);
        const auto* bytes = static_cast<const char*>(data);
        came_ = std::string(bytes, bytes + size);
        std::reverse(came_.begin(), came_.end());
        came_ += static_cast<char>(info.iMethod);
    }
    void STDMETHODCALLTYPE ServerGetSize(REFGUID, REFIID, HRESULT, ULONG* size) override { *size = static_cast<ULONG>(came_.size()); }
    void STDMETHODCALLTYPE ServerFillBuffer(REFGUID, REFIID, ULONG* size, void* data, HRESULT) override {
        *size = static_cast<ULONG>(came_.copy(static_cast<char*>(data), *size));
    }

  private:
    static thread_local std::string came_;  // between the two steps the call is on one thread
};
thread_local std::string Echo::came_;

constexpr GUID kEcho = {0x5C1E7A63, 0x3B0E, 0x4F5B, {0x9C, 0x41, 0x0D, 0x9A, 0x2C, 0x6E, 0x7A, 0x01}};

int serve(REFCLSID clsid, const std::string& mode) {
    auto factory = ComPtr<IClassFactory>::attach(new Factory(mode));
    DWORD cookie = 0, proxies = 0;
    if (FAILED(odc::test::register_echo_proxies(&proxies))) return 7;
    if (FAILED(CoRegisterClassObject(clsid, factory.get(), CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &cookie))) return 3;
    life.wait_until_over();
    CoRevokeClassObject(cookie);
    CoRevokeClassObject(proxies);
    return 0;
}

int begin(REFCLSID clsid) {
    ComPtr<ICallFactory> factory;
    ComPtr<AsyncIWork> calls[3];
    ComPtr<IWork> work;
    if (FAILED(CoCreateInstance(clsid, nullptr, CLSCTX_LOCAL_SERVER, IID_IWork, work.put_void()))) return 4;
    if (FAILED(work->QueryInterface(IID_ICallFactory, factory.put_void()))) return 4;
    for (auto& call : calls) {
        if (FAILED(factory->CreateCall(IID_AsyncIWork, nullptr, IID_AsyncIWork, reinterpret_cast<IUnknown**>(call.put_void())))) return 5;
        if (FAILED(call->Begin_Wait())) return 6;
    }
    std::puts("begun");
    std::fflush(stdout);
    for (;;) ::pause();
}

int hold(REFCLSID clsid, const char* host) {
    std::u16string name(host, host + std::strlen(host));
    COSERVERINFO server{};
    server.pwszName = name.data();
    MULTI_QI wanted{&IID_IPeer, nullptr, S_OK};
    if (FAILED(CoCreateInstanceEx(clsid, nullptr, CLSCTX_REMOTE_SERVER, &server, 1, &wanted))) return 4;
    LONG process = 0;
    if (FAILED(static_cast<IPeer*>(wanted.pItf)->Process(&process))) return 5;
    std::printf("%d\n", process);
    std::fflush(stdout);
    for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    const std::string mode = argv[1], text = argv[2];
    if (mode == "--never") {
        if (::fork() < 0) return 6;
        for (;;) ::pause();
    }
    CLSID clsid;
    if (FAILED(CLSIDFromString(reinterpret_cast<LPCOLESTR>(std::u16string(text.begin(), text.end()).c_str()), &clsid))) return 2;
    odc::com::register_proxy_file(calc_ProxyFile);
    odc::com::register_proxy_file(work_ProxyFile);
    const bool single = mode.ends_with("-sta");
    if (FAILED(CoInitializeEx(nullptr, single ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED))) return 1;
    if (single) life.pump_here();
    if (mode.starts_with("--echo")) CoRegisterChannelHook(kEcho, ComPtr<Echo>::attach(new Echo).get());
    const int status = mode == "--begin" ? begin(clsid) : mode == "--hold" ? hold(clsid, argv[3]) : serve(clsid, mode);
    CoUninitialize();
    return status;
}
