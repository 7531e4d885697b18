// com_cost_server: serves one ICost out of the instance in OPENDCOM_HOME. Prints its OBJREF in hex as one line, and ends when its
// standard input does.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "cost.h"
#include "heap_count.h"
#include "objbase.h"
#include "opendcom/com/interface_info.h"
#include "opendcom/com_ptr.h"

extern "C" const odc::com::ProxyFile cost_ProxyFile;

namespace {

class Cost final : public odc::implements<ICost> {
  public:
    HRESULT STDMETHODCALLTYPE Add(LONG a, LONG b, LONG* sum) override {
        *sum = a + b;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Measure(ULONG count, const Sample* samples, double* total, LPCOLESTR) override {
        for (ULONG i = 0; i < count; ++i) *total += samples[i].value;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Heap(hyper* allocations, hyper* bytes) override {
        *allocations = odc::test::heap_allocations();
        *bytes = odc::test::heap_bytes();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Make(ULONG count, ICost** made) override {
        for (ULONG i = 0; i < count; ++i) made[i] = new Cost;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE ObjectSize(ULONG* bytes) override {
        *bytes = sizeof(Cost);
        return S_OK;
    }
};

}  // namespace

int main() {
    if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return 1;
    odc::com::register_proxy_file(cost_ProxyFile);
    odc::ComPtr<IStream> stream;
    {
        auto object = odc::ComPtr<Cost>::attach(new Cost);
        if (FAILED(OdcCreateMemoryStream(stream.put()))) return 1;
        if (FAILED(CoMarshalInterface(stream.get(), IID_ICost, object.get(), MSHCTX_LOCAL, nullptr, MSHLFLAGS_TABLESTRONG)))
            return 1;
    }
    LARGE_INTEGER start{};
    stream->Seek(start, STREAM_SEEK_SET, nullptr);
    for (BYTE byte;;) {
        ULONG got = 0;
        if (FAILED(stream->Read(&byte, 1, &got)) || got == 0) break;
        std::printf("%02x", byte);
    }
    std::printf("\n");
    std::fflush(stdout);
    for (char c; std::fread(&c, 1, 1, stdin) == 1;) {
    }
    std::_Exit(0);
}
