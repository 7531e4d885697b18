// handle_t for programs that are written as the IDL compiler's functions: explicit, implicit, automatic and custom binding
// handles. Spec: C706 4.2.16.5, 5.1, 5.2.7.
#pragma once

#include <functional>
#include <system_error>

#include "opendcom/rpc/context.h"
#include "rpc.h"

namespace odc::rpc {

/// A binding as handle_t, for as long as the binding lives where it is.
inline handle_t handle_of(Binding& binding) { return &binding; }
/// What a handle stands for; the null handle for no binding.
inline Binding binding_of(handle_t handle) { return handle ? *static_cast<Binding*>(handle) : Binding(); }
/// The association on which a client's context handle was made.
ODC_API Binding binding_of_context(const void* context);

/// Who answers for [auto_handle]: gives a binding for an interface, or none. One per process, null to begin with.
using BindingSource = std::function<Binding(const SyntaxId& interface_id)>;
ODC_API void set_auto_binding(BindingSource source);
ODC_API Binding auto_binding(const SyntaxId& interface_id);

/// A [handle] type's value while a call uses its binding: T_bind before, T_unbind after.
template <class T>
class CustomBinding {
  public:
    CustomBinding(T value, handle_t (*bind)(T), void (*unbind)(T, handle_t)) : value_(value), unbind_(unbind), handle_(bind(value)) {}
    ~CustomBinding() { unbind_(value_, handle_); }
    CustomBinding(const CustomBinding&) = delete;
    CustomBinding& operator=(const CustomBinding&) = delete;
    Binding binding() const { return binding_of(handle_); }

  private:
    T value_;
    void (*unbind_)(T, handle_t);
    handle_t handle_;
};

/// What a function without [comm_status] and [fault_status] throws where RpcRaiseException would raise.
class ODC_API CallFailed : public std::runtime_error {
  public:
    explicit CallFailed(const Error& why);
    ~CallFailed() override;
    HRESULT code() const { return code_; }

  private:
    HRESULT code_;
};
[[noreturn]] ODC_API void throw_failure(const Error& why);

/// A failure as error_status_t: the Win32 code where there is one.
inline std::uint32_t status_of(const Error& why) {
    const auto bits = static_cast<std::uint32_t>(why.code());
    return (bits & 0xFFFF0000u) == 0x80070000u ? bits & 0xFFFFu : bits;
}

}  // namespace odc::rpc
