// clerk_server {CLSID} -Embedding: a local server of IClerk; ends when its last object does.
#include <condition_variable>
#include <mutex>
#include <string>

#include "clerk_object.h"
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile clerk_ProxyFile;

namespace {

std::mutex mutex;
std::condition_variable changed;
bool over = false;

void object_gone() {
    if (CoReleaseServerProcess() != 0) return;
    std::lock_guard lock(mutex);
    over = true;
    changed.notify_all();
}

class Factory final : public odc::implements<IClassFactory> {
  public:
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override {
        *object = nullptr;
        if (outer) return CLASS_E_NOAGGREGATION;
        CoAddRefServerProcess();
        return odc::ComPtr<IClerk>::attach(new odc::test::Clerk(object_gone))->QueryInterface(iid, object);
    }
    HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    const std::string text = argv[1];
    CLSID clsid;
    if (FAILED(CLSIDFromString(reinterpret_cast<LPCOLESTR>(std::u16string(text.begin(), text.end()).c_str()), &clsid))) return 2;
    odc::com::register_proxy_file(clerk_ProxyFile);
    if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return 1;
    auto factory = odc::ComPtr<IClassFactory>::attach(new Factory);
    DWORD cookie = 0;
    if (FAILED(CoRegisterClassObject(clsid, factory.get(), CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &cookie))) return 3;
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [] { return over; });
    }
    CoRevokeClassObject(cookie);
    factory.reset();
    CoUninitialize();
    return 0;
}
