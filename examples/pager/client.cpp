// pager-client: the same client code for a pager in this process, in another one, and on another host.
//     pager-client inproc|local|legacy|remote [HOST] [--hold FILE]
// --hold: once everything has been used, writes FILE and keeps the pager until somebody removes it.
// Every line that it prints starts with "  ", for the story that runs it.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include "opendcom/com_ptr.h"
#include "pager.h"

namespace {

using odc::ComPtr;
using Clock = std::chrono::steady_clock;

std::string narrow(LPCOLESTR text) {
    std::string out;
    while (text && *text) out += static_cast<char>(*text++);
    return out;
}

/// Ends the program with a sentence when a call failed.
void check(HRESULT hr, const char* what) {
    if (SUCCEEDED(hr)) return;
    std::printf("  %s failed: 0x%08x\n", what, static_cast<unsigned>(hr));
    std::exit(1);
}

/// Lives in this process and is called by the pager, wherever that is.
class Sink final : public odc::implements<IPagerEvents> {
  public:
    HRESULT STDMETHODCALLTYPE OnPage(LONG id, LPCOLESTR text) override {
        std::printf("  <- callback in process %d: page %d, \"%s\"\n", static_cast<int>(::getpid()), id, narrow(text).c_str());
        ++calls;
        return S_OK;
    }
    int calls = 0;
};

/// What one call costs: the median is not needed for a story, the mean of many is honest enough.
void time_calls(IPager* pager) {
    constexpr int kCalls = 2000;
    OdcStatistics before, after;
    OdcGetStatistics(&before);
    const auto start = Clock::now();
    for (int i = 0; i < kCalls; ++i) {
        Page* page = nullptr;
        check(pager->GetPage(1, &page), "GetPage");
        CoTaskMemFree(page->text);
        CoTaskMemFree(page);
    }
    const double each = std::chrono::duration<double, std::micro>(Clock::now() - start).count() / kCalls;
    OdcGetStatistics(&after);
    std::printf("  %d times GetPage: %.2f us each, %.2f exchanges each\n", kCalls, each,
                static_cast<double>(after.remoteCalls - before.remoteCalls) / kCalls);
}

/// The part that does not know where the pager is.
void use(IPager* pager, IPagerAdmin* admin, IPagerPool* pool) {
    LONG process = 0;
    LPOLESTR host = nullptr;
    check(admin->Where(&process, &host), "Where");
    std::printf("  the pager lives in process %d on host %s (we are process %d)\n", process, narrow(host).c_str(),
                static_cast<int>(::getpid()));
    CoTaskMemFree(host);

    const ULONG callbacks[] = {5550100, 5550199};
    LONG pending = 0, id = 0;
    check(pager->SendPage(u"call home", PAGE_NORMAL, 2, callbacks, &pending, &id), "SendPage");
    std::printf("  SendPage(\"call home\") -> page %d, %d pending\n", id, pending);

    auto sink = ComPtr<Sink>::attach(new Sink);
    check(admin->SetSink(sink.get()), "SetSink");
    check(pager->SendPage(u"lunch is ready", PAGE_URGENT, 0, nullptr, &pending, &id), "SendPage");
    if (sink->calls != 1) {
        std::printf("  the sink was not called\n");
        std::exit(1);
    }
    check(admin->SetSink(nullptr), "SetSink(null)");

    Page* page = nullptr;
    check(pager->GetPage(1, &page), "GetPage");
    std::printf("  GetPage(1) -> \"%s\", call back", narrow(page->text).c_str());
    for (ULONG i = 0; i < page->callbackCount; ++i) std::printf(" %u", page->callbacks[i]);
    std::printf("\n");
    CoTaskMemFree(page->text);
    CoTaskMemFree(page);

    const char16_t greeting[] = u"you have mail:";
    auto* text = static_cast<LPOLESTR>(CoTaskMemAlloc(sizeof greeting));
    std::memcpy(text, greeting, sizeof greeting);
    check(pager->Display(&text), "Display");
    std::printf("  Display -> %s\n", narrow(text).c_str());
    CoTaskMemFree(text);

    ComPtr<IPager> rented;
    check(pool->Rent(rented.put()), "Rent");
    check(rented->SendPage(u"mine", PAGE_LATER, 0, nullptr, &pending, &id), "SendPage on the rented pager");
    std::printf("  Rent -> a second pager, which has %d page\n", pending);
    time_calls(pager);
}

}  // namespace

int main(int argc, char** argv) {
    std::string hold;
    if (argc > 3 && std::strcmp(argv[argc - 2], "--hold") == 0) {
        hold = argv[argc - 1];
        argc -= 2;
    }
    const std::string scene = argc > 1 ? argv[1] : "";
    DWORD context = 0;
    if (scene == "inproc") context = CLSCTX_INPROC_SERVER;
    else if (scene == "local") context = CLSCTX_LOCAL_SERVER;
    else if (scene == "remote") context = CLSCTX_REMOTE_SERVER;
    else if (scene == "legacy") context = CLSCTX_ALL;
    else {
        std::fprintf(stderr, "usage: pager-client inproc|local|legacy|remote [HOST]\n");
        return 2;
    }
    check(CoInitializeEx(nullptr, COINIT_MULTITHREADED), "CoInitializeEx");
    {
        std::u16string host = argc > 2 ? std::u16string(argv[2], argv[2] + std::strlen(argv[2])) : u"";
        COSERVERINFO server{};
        server.pwszName = host.data();
        MULTI_QI wanted[3] = {{&IID_IPager, nullptr, S_OK}, {&IID_IPagerAdmin, nullptr, S_OK}, {&IID_IPagerPool, nullptr, S_OK}};
        const auto start = Clock::now();
        check(CoCreateInstanceEx(CLSID_Pager, nullptr, context, scene == "remote" ? &server : nullptr, 3, wanted), "CoCreateInstanceEx");
        const double took = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
        auto pager = ComPtr<IPager>::attach(static_cast<IPager*>(wanted[0].pItf));
        auto admin = ComPtr<IPagerAdmin>::attach(static_cast<IPagerAdmin*>(wanted[1].pItf));
        auto pool = ComPtr<IPagerPool>::attach(static_cast<IPagerPool*>(wanted[2].pItf));
        OdcStatistics statistics;
        OdcGetStatistics(&statistics);
        std::printf("  CoCreateInstanceEx: three interfaces in %.2f ms; exchanges with this host's daemon: %llu, with another host: %llu\n", took,
                    statistics.localActivations, statistics.remoteActivations);
        use(pager.get(), admin.get(), pool.get());
        if (!hold.empty()) {
            std::ofstream(hold) << "held\n";
            while (::access(hold.c_str(), F_OK) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }
    CoUninitialize();
    std::printf("  released\n");
    return 0;
}
