// calls-client ADDRESS WORKLOADS [agile|mta-sta|sta-mta]: the client of the calls benchmark. ADDRESS is what calls-server printed, or
// "inproc"; then the third argument says which apartments: an agile object (the default), or one behind a proxy.
#include <filesystem>

#include "calls_harness.h"
#include "opendcom/com/interface_info.h"
#include "peer_object.h"

extern "C" const odc::com::ProxyFile peer_ProxyFile;

namespace {

using odc::ComPtr;

void must(HRESULT hr, const char* what) {
    if (SUCCEEDED(hr)) return;
    std::fprintf(stderr, "%s: 0x%08x\n", what, static_cast<unsigned>(hr));
    throw std::runtime_error(what);
}

ComPtr<IPeer> unmarshal(const std::string& hex) {
    ComPtr<IStream> stream;
    must(OdcCreateMemoryStream(stream.put()), "stream");
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        const auto byte = static_cast<BYTE>(std::stoi(hex.substr(i, 2), nullptr, 16));
        must(stream->Write(&byte, 1, nullptr), "Write");
    }
    LARGE_INTEGER start{};
    stream->Seek(start, STREAM_SEEK_SET, nullptr);
    ComPtr<IPeer> peer;
    must(CoUnmarshalInterface(stream.get(), IID_IPeer, peer.put_void()), "CoUnmarshalInterface");
    return peer;
}

/// Makes the object in an apartment of another kind than this thread's, and marshals it here.
ComPtr<IPeer> other_apartment(DWORD kind, std::thread& server, std::atomic<bool>& stop) {
    std::atomic<IStream*> packet{nullptr};
    server = std::thread([&packet, &stop, kind] {
        CoInitializeEx(nullptr, kind);
        {
            auto object = ComPtr<calls::PeerObject>::attach(new calls::PeerObject(false));
            IStream* stream = nullptr;
            CoMarshalInterThreadInterfaceInStream(IID_IPeer, static_cast<IPeer*>(object.get()), &stream);
            packet = stream;
            packet.notify_all();
            if (kind == COINIT_APARTMENTTHREADED) {
                MSG message;
                while (GetMessage(&message, nullptr, 0, 0) > 0) {}
            } else {
                stop.wait(false);
            }
        }
        CoUninitialize();
    });
    packet.wait(nullptr);
    ComPtr<IPeer> peer;
    must(CoGetInterfaceAndReleaseStream(packet.load(), IID_IPeer, peer.put_void()), "CoGetInterfaceAndReleaseStream");
    return peer;
}

calls::Workloads workloads(IPeer* peer, DWORD threads) {
    calls::Workloads all;
    all.add = [peer] {
        return calls::Call([peer] {
            LONG sum = 0;
            must(peer->Add(1, 2, &sum), "Add");
            calls::require(sum == 3, "add");
        });
    };
    all.echo = [peer](std::size_t bytes) {
        auto data = std::make_shared<std::vector<BYTE>>(bytes, 'x');
        return calls::Call([peer, data] {
            ULONG count = 0;
            BYTE* back = nullptr;
            must(peer->Echo(static_cast<ULONG>(data->size()), data->data(), &count, &back), "Echo");
            calls::require(count == data->size() && back[count - 1] == 'x', "echo");
            CoTaskMemFree(back);
        });
    };
    all.items = [peer] {
        constexpr int kItems = 1000;
        auto names = std::make_shared<std::vector<std::u16string>>();
        auto items = std::make_shared<std::vector<Item>>();
        for (int i = 0; i < kItems; ++i) {
            char text[32];
            std::snprintf(text, sizeof text, "item-%011d", i);
            names->emplace_back(text, text + 16);
        }
        for (int i = 0; i < kItems; ++i) items->push_back({i, i * 0.5, (*names)[static_cast<std::size_t>(i)].data()});
        return calls::Call([peer, names, items] {
            ULONG count = 0;
            Item* back = nullptr;
            must(peer->EchoItems(static_cast<ULONG>(items->size()), items->data(), &count, &back), "EchoItems");
            calls::require(count == items->size() && back[999].id == 999, "items");
            for (ULONG i = 0; i < count; ++i) CoTaskMemFree(back[i].name);
            CoTaskMemFree(back);
        });
    };
    all.cycle = [peer] {
        return calls::Call([peer] {
            ComPtr<IAdder> adder;
            must(peer->Create(adder.put()), "Create");
            LONG sum = 0;
            must(adder->Add(1, 2, &sum), "Add");
            calls::require(sum == 3, "add");
        });
    };
    if (threads == COINIT_MULTITHREADED) all.thread_call = all.add;  // the threads are in the same apartment
    return all;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: calls-client ADDRESS WORKLOADS [agile|mta-sta|sta-mta]\n");
        return 2;
    }
    const std::string address = argv[1];
    const std::string kind = argc > 3 ? argv[3] : "agile";
    int status = 1;
    std::thread server;
    std::atomic<bool> stop{false};
    try {
        const DWORD own = kind == "sta-mta" ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED;
        if (address != "inproc") {
            const auto home = address.substr(0, address.find('|'));
            std::filesystem::create_directories(home);
            setenv("OPENDCOM_HOME", home.c_str(), 1);
        }
        must(CoInitializeEx(nullptr, own), "CoInitializeEx");
        odc::com::register_proxy_file(peer_ProxyFile);
        ComPtr<IPeer> peer;
        if (address != "inproc") peer = unmarshal(address.substr(address.find('|') + 1));
        else if (kind == "agile") peer = ComPtr<calls::PeerObject>::attach(new calls::PeerObject(true));
        else peer = other_apartment(own == COINIT_APARTMENTTHREADED ? COINIT_MULTITHREADED : COINIT_APARTMENTTHREADED, server, stop);
        status = calls::run(argv[2], workloads(peer.get(), own));
    } catch (const std::exception& why) {
        std::fprintf(stderr, "calls-client: %s\n", why.what());
    }
    std::fflush(stdout);
    std::_Exit(status);  // the other apartment's thread goes with the process
}
