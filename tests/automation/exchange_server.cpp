// Serves one Exchange from the instance in $OPENDCOM_HOME: prints its OBJREF, and ends when its standard input does.
#include <cstdio>

#include "exchange_object.h"
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile exchange_ProxyFile;

int main() {
    if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return 1;
    odc::com::register_proxy_file(exchange_ProxyFile);
    {
        auto object = odc::ComPtr<odc::test::Exchange>::attach(new odc::test::Exchange);
        odc::ComPtr<IStream> stream;
        if (FAILED(OdcCreateMemoryStream(stream.put()))) return 2;
        if (FAILED(CoMarshalInterface(stream.get(), IID_IExchange, static_cast<IExchange*>(object.get()), MSHCTX_LOCAL, nullptr, MSHLFLAGS_TABLESTRONG)))
            return 3;
        LARGE_INTEGER start{};
        stream->Seek(start, STREAM_SEEK_SET, nullptr);
        BYTE byte;
        for (ULONG got = 0; SUCCEEDED(stream->Read(&byte, 1, &got)) && got == 1;) std::printf("%02x", byte);
        std::puts("");
        std::fflush(stdout);
        for (char c; std::fread(&c, 1, 1, stdin) == 1;) {}
        CoDisconnectObject(static_cast<IExchange*>(object.get()), 0);
    }
    CoUninitialize();
    return odc::test::Description::handed_out == 0 ? 0 : 4;
}
