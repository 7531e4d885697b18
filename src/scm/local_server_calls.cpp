#include "scm/local_server_calls.h"

#include "base/utf16.h"
#include "scm/callers.h"

namespace odc::scm {
namespace {

struct TaskDelete {
    void operator()(void* block) const { ndr::task_memory().release(block); }
};
template <class T>
using TaskPtr = std::unique_ptr<T, TaskDelete>;

}  // namespace

LocalServerCalls::LocalServerCalls(const std::string& socket_path)
    : client_(rpc::Binding(rpc::Endpoint{rpc::Endpoint::Protocol::ncalrpc, "", socket_path})) {}

Result<ServerAnswer> LocalServerCalls::activate(const ServerActivation& activation) {
    const std::size_t n = activation.iids.size();
    std::vector<IID> iids(activation.iids);
    std::vector<HRESULT> results(n, E_FAIL);
    std::vector<MInterfacePointer*> pointers(n, nullptr);
    ServerAnswer answer;
    const auto status = client_.Activate(activation.cookie, activation.clsid, activation.class_object, activation.remote,
                                         static_cast<DWORD>(n), iids.data(), &answer.hr, results.data(), pointers.data());
    std::vector<TaskPtr<MInterfacePointer>> owners;
    for (auto* pointer : pointers) owners.emplace_back(pointer);
    if (!status) return status.error();
    if (*status != 0) return fail_win32(static_cast<long>(*status), "ILocalServer::Activate");
    if (FAILED(answer.hr)) return answer;
    answer.hr = S_OK;
    for (std::size_t i = 0; i < n; ++i) {
        orpc::ActivatedInterface one{iids[i], results[i], {}};
        if (SUCCEEDED(one.hr) && pointers[i]) {
            one.hr = S_OK;
            one.objref.assign(pointers[i]->abData, pointers[i]->abData + pointers[i]->ulCntData);
        } else if (SUCCEEDED(one.hr)) {
            one.hr = E_NOINTERFACE;
        }
        answer.interfaces.push_back(std::move(one));
    }
    return answer;
}

Result<orpc::DualStringArray> LocalServerCalls::use_tcp(const std::string& address) {
    const auto wide = to_utf16(address);
    DUALSTRINGARRAY* bindings = nullptr;
    const auto status = client_.UseTcp(reinterpret_cast<LPCOLESTR>(wide.c_str()), &bindings);
    const TaskPtr<DUALSTRINGARRAY> owner(bindings);
    if (!status) return status.error();
    if (*status != 0) return fail_win32(static_cast<long>(*status), "ILocalServer::UseTcp");
    if (!bindings) return fail_win32(RPC_X_BAD_STUB_DATA, "ILocalServer::UseTcp gave no bindings");
    return from_wire(*bindings);
}

}  // namespace odc::scm
