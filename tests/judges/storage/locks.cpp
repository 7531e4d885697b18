// Opens one compound file as it is told, and says how that went. Built against OpenDCOM and, by mingw-w64, against Windows'
// headers.
//     locks PATH create
//     locks PATH      reads lines: "open MODE" (hexadecimal) is answered with the code, "close" with "closed", "end" ends it
#include <objbase.h>
#include <windows.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "opendcom/com_ptr.h"

namespace {

using odc::ComPtr;

int create(const std::basic_string<OLECHAR>& path) {
    ComPtr<IStorage> root;
    return SUCCEEDED(StgCreateDocfile(path.c_str(), STGM_CREATE | STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, root.put())) ? 0 : 1;
}

int serve(const std::basic_string<OLECHAR>& path) {
    ComPtr<IStorage> root;
    char line[64];
    while (std::fgets(line, sizeof line, stdin)) {
        if (std::strncmp(line, "end", 3) == 0) break;
        root.reset();
        if (std::strncmp(line, "open ", 5) == 0) {
            const auto mode = static_cast<DWORD>(std::strtoul(line + 5, nullptr, 16));
            std::printf("%08x\n", static_cast<unsigned>(StgOpenStorage(path.c_str(), nullptr, mode, nullptr, 0, root.put())));
        } else {
            std::printf("closed\n");
        }
        std::fflush(stdout);
    }
    return 0;
}

}  // namespace

#ifdef _WIN32
int wmain(int count, wchar_t** arguments) {
#else
int main(int count, char** arguments) {
#endif
    if (count < 2) return 2;
    std::basic_string<OLECHAR> path;
    for (auto at = arguments[1]; *at; ++at) path += static_cast<OLECHAR>(*at);  // a temporary file: ASCII
    if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return 2;
    const int status = count > 2 ? create(path) : serve(path);
    CoUninitialize();
    return status;
}
