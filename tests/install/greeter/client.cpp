// greeter-client [inproc|local] NAME
#include <cstdio>
#include <cstring>

#include <string>

#include "greeter.h"
#include "opendcom/com/interface_info.h"
#include "opendcom/com_ptr.h"

extern "C" const odc::com::ProxyFile greeter_ProxyFile;  // greeter_p.cpp, which opendcom_midl() added

static const CLSID kClsidGreeter = {0x8D1F0C5A, 0x3B62, 0x4E0A, {0x9C, 0x47, 0x2F, 0x6D, 0x1E, 0x8A, 0x7B, 0x02}};

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const DWORD context = std::strcmp(argv[1], "local") == 0 ? CLSCTX_LOCAL_SERVER : CLSCTX_INPROC_SERVER;
    HRESULT hr = CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    if (SUCCEEDED(hr)) {
        odc::com::register_proxy_file(greeter_ProxyFile);
        odc::ComPtr<IGreeter> greeter;
        hr = CoCreateInstance(kClsidGreeter, nullptr, context, __uuidof(IGreeter), greeter.put_void());
        LPOLESTR greeting = nullptr;
        if (SUCCEEDED(hr)) hr = greeter->Greet(std::u16string(argv[2], argv[2] + std::strlen(argv[2])).c_str(), &greeting);
        for (LPOLESTR c = greeting; c && *c; ++c) std::putchar(static_cast<char>(*c));
        CoTaskMemFree(greeting);
    }
    CoUninitialize();
    if (FAILED(hr)) std::printf("failed: 0x%08X", static_cast<unsigned>(hr));
    std::putchar('\n');
    return FAILED(hr);
}
