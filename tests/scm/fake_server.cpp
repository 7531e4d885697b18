// A server process as the daemon sees one, without an object runtime: it registers classes over ILocalScm and answers
// ILocalServer with references to objects that do not exist. For the tests of the daemon and its foreign judges.
//   scm_fake_server [--mode MODE] {CLSID} ... -Embedding
// Modes: multi (default), single, suspended (registers suspended, then resumes), never (does not register), exit (ends with
// status 3), die (ends in the first activation), bare (its objects have no interface at all).
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/utf16.h"
#include "localscm.h"
#include "opendcom/rpc/client.h"
#include "orpc/objref.h"

namespace {

using namespace odc;

constexpr DWORD kSingleUse = 0, kMultipleUse = 1, kSuspended = 4;

class FakeServer final : public ILocalServer_server {
  public:
    explicit FakeServer(std::string mode) : mode_(std::move(mode)) {
        std::random_device device;
        tag_ = (static_cast<std::uint64_t>(device()) << 16 | (device() & 0xFFFF)) & 0xFFFFFFFFFFFFull;
    }

    error_status_t Activate(rpc::ServerCall&, DWORD, REFCLSID, DWORD, DWORD, DWORD count, IID* iids, HRESULT* hr, HRESULT* results,
                            MInterfacePointer** objrefs) override {
        if (mode_ == "die") ::_exit(1);
        *hr = S_OK;
        if (mode_ == "bare") {
            std::fill(results, results + count, E_NOINTERFACE);
            return 0;
        }
        const auto object = ++last_object_;
        for (DWORD i = 0; i < count; ++i) {
            orpc::StandardRef body;
            body.std = {0, 5, oxid(), orpc::make_oid(tag_, object), orpc::Ipid{new_guid()}};
            body.resolver = resolver_;
            ByteWriter bytes;
            orpc::ObjRef{iids[i], body}.write(bytes);
            results[i] = S_OK;
            objrefs[i] = static_cast<MInterfacePointer*>(ndr::task_memory().allocate(sizeof(MInterfacePointer) + bytes.size()));
            objrefs[i]->ulCntData = static_cast<ULONG>(bytes.size());
            std::memcpy(objrefs[i]->abData, bytes.data().data(), bytes.size());
        }
        return 0;
    }

    error_status_t UseTcp(rpc::ServerCall&, LPCOLESTR address, DUALSTRINGARRAY** stringBindings) override {
        const auto listening = server_.listen({rpc::Endpoint::Protocol::ncacn_ip_tcp, to_utf8_z(address), "0"});
        if (!listening) return RPC_S_CANT_CREATE_ENDPOINT;
        *stringBindings = to_wire({{orpc::StringBinding::of(*listening)}, {}});
        return 0;
    }

    int run(const std::string& home, const std::vector<Guid>& classes) {
        if (mode_ == "exit") return 3;
        const auto path = home + "/fake-" + std::to_string(::getpid()) + ".sock";
        server_.serve(ILocalServer_spec, static_cast<ILocalServer_server*>(this));
        if (!server_.listen({rpc::Endpoint::Protocol::ncalrpc, "", path})) return 4;
        ILocalScm_client scm{rpc::Binding(rpc::Endpoint{rpc::Endpoint::Protocol::ncalrpc, "", home + "/dcomd.sock"})};
        DUALSTRINGARRAY* resolver = nullptr;
        const auto connected = scm.ConnectProcess(reinterpret_cast<LPCOLESTR>(to_utf16(path).c_str()), tag_, &resolver);
        if (!connected || *connected != 0) return 5;
        const auto bindings = orpc::DualStringArray::from_units({resolver->aStringArray, resolver->wNumEntries}, resolver->wSecurityOffset);
        if (bindings) resolver_ = *bindings;
        ndr::task_memory().release(resolver);
        const auto registered = scm.RegisterOxid(static_cast<OXID>(oxid()), new_guid(), 1);
        if (!registered || *registered != 0) return 6;
        const DWORD use = mode_ == "single" ? kSingleUse : kMultipleUse;
        for (const auto& clsid : mode_ == "never" ? std::vector<Guid>() : classes) {
            DWORD cookie = 0;
            const auto added = scm.RegisterClass(clsid, static_cast<OXID>(oxid()), mode_ == "suspended" ? use | kSuspended : use, &cookie);
            if (!added || *added != 0) return 7;
        }
        if (mode_ == "suspended" && !scm.ResumeClasses()) return 8;
        for (;;) ::pause();
    }

  private:
    orpc::Oxid oxid() const { return orpc::make_oxid(tag_, 1); }
    static DUALSTRINGARRAY* to_wire(const orpc::DualStringArray& bindings) {
        std::uint16_t security_offset = 0;
        const auto units = bindings.units(security_offset);
        auto* wire = static_cast<DUALSTRINGARRAY*>(ndr::task_memory().allocate(sizeof(DUALSTRINGARRAY) + 2 * units.size()));
        wire->wNumEntries = static_cast<USHORT>(units.size());
        wire->wSecurityOffset = security_offset;
        std::memcpy(wire->aStringArray, units.data(), 2 * units.size());
        return wire;
    }

    const std::string mode_;
    std::uint64_t tag_ = 0;
    std::atomic<std::uint32_t> last_object_{0};
    orpc::DualStringArray resolver_;
    rpc::Server server_;
};

}  // namespace

int main(int argc, char** argv) {
    std::string mode = "multi";
    std::vector<Guid> classes;
    bool embedding = false;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--mode" && i + 1 < argc) mode = argv[++i];
        else if (word == "-Embedding") embedding = true;
        else if (const auto clsid = parse_guid(word)) classes.push_back(*clsid);
    }
    const char* home = std::getenv("OPENDCOM_HOME");
    if (!embedding || !home) return 2;
    return FakeServer(mode).run(home, classes);
}
