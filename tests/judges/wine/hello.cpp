// Shows that the prefix runs programs and has the parts of COM that the judges stand on.
#include <windows.h>

#include <oleauto.h>

#include <cstdio>
#include <cwchar>

int wmain(int argc, wchar_t** argv) {
    if (argc != 2 || std::wcsncmp(argv[1], L"Z:\\", 3) != 0) return std::puts("no Windows path"), 1;
    if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return std::puts("no COM"), 1;
    ITypeLib* library = nullptr;
    const HRESULT hr = LoadTypeLib(L"stdole2.tlb", &library);
    if (FAILED(hr)) return std::printf("LoadTypeLib: 0x%08lx\n", hr), 1;
    std::printf("stdole2.tlb has %u types\n", library->GetTypeInfoCount());
    library->Release();
    CoUninitialize();
    return 0;
}
