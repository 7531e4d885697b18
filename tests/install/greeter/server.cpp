// greeter-server: the greeter as a program of its own, which ends with its last object.
#include <future>

#include "greeter_object.h"

static std::promise<void> over;

GreeterObject::~GreeterObject() {
    if (CoReleaseServerProcess() == 0) over.set_value();
}

int main() {
    if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return 1;
    auto factory = odc::ComPtr<GreeterFactory>::attach(new GreeterFactory);
    DWORD cookie = 0;
    if (FAILED(CoRegisterClassObject(kClsidGreeter, factory.get(), CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &cookie))) return 1;
    over.get_future().wait();
    CoRevokeClassObject(cookie);
    factory.reset();
    CoUninitialize();
    return 0;
}
