// greeter-server: the greeter as a program of its own, which ends with its last object.
#include <future>

#include "greeter_object.h"
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile greeter_ProxyFile;  // greeter_p.cpp, which opendcom_midl() added

static std::promise<void> over;

GreeterObject::~GreeterObject() {
    if (CoReleaseServerProcess() == 0) over.set_value();
}

int main() {
    if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return 1;
    odc::com::register_proxy_file(greeter_ProxyFile);
    auto factory = odc::ComPtr<GreeterFactory>::attach(new GreeterFactory);
    DWORD cookie = 0;
    if (FAILED(CoRegisterClassObject(kClsidGreeter, factory.get(), CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, &cookie))) return 1;
    over.get_future().wait();
    CoRevokeClassObject(cookie);
    factory.reset();
    CoUninitialize();
    return 0;
}
