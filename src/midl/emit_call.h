// The two sides of one call, shared by object interfaces and raw RPC: what differs between them is a handful of phrases.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "midl/marshal.h"

namespace odc::midl {

/// A parameter with its wire form.
struct CallParameter {
    const Parameter* source = nullptr;
    const Wire* wire = nullptr;
    bool in = false;
    bool out = false;
    /// On the server: declared as a plain local of the pointee's type, handed over by address.
    bool local_value = false;
    /// A context handle, or a pointer to one.
    bool context = false;
    /// An array of context handles: its levels over the handles as they travel.
    const Wire* handles = nullptr;
    /// A pipe, or a pointer to one.
    const Wire* pipe = nullptr;
    /// [out] in a client: the type under which the caller's memory is filled in, where the parameter's own has const behind it.
    std::string memory_type;
    /// The name of that memory.
    std::string memory() const { return memory_type.empty() ? source->name : source->name + "_memory"; }
    /// The top level is a pointer to an array or string in memory that the caller provides.
    bool callers_array() const {
        return wire->kind == Wire::Kind::pointer && (wire->to->kind == Wire::Kind::array || wire->to->kind == Wire::Kind::string);
    }
};

struct Call {
    const Function* function = nullptr;
    std::vector<CallParameter> parameters;  ///< handle_t parameters are left out
    const Wire* result = nullptr;
    bool broken = false;
    bool has_input_pipes() const {
        return std::any_of(parameters.begin(), parameters.end(), [](const auto& p) { return p.pipe && p.in; });
    }
    bool has_output_pipes() const {
        return std::any_of(parameters.begin(), parameters.end(), [](const auto& p) { return p.pipe && p.out; });
    }
    bool has_pipes() const { return has_input_pipes() || has_output_pipes(); }
};

Call lay_out_call(Layout& layout, const Function& function, const Interface& interface, Diagnostics& diagnostics);

class CallEmitter {
  public:
    CallEmitter(const Model& model, Output& out) : model_(model), out_(out), marshal_(model, out) {}
    Marshal& marshal() { return marshal_; }
    void return_on_failure(std::string text) { failure_ = std::move(text); }
    /// The name of the constant that describes a context handle type (servers).
    void context_types(std::function<std::string(const Wire&)> name) { context_type_ = std::move(name); }

    // Client: between the declaration of `out` (the writer) and the return. The first four are `client_begin`.
    enum class Which { all, in, out };
    void client_begin(const Call& call, const std::string& return_failure);
    void client_names(const Call& call);
    /// The names of `CallParameter::memory`.
    void client_memory(const Call& call);
    /// Null reference pointers; `checker` has `ref`.
    void client_refs(const Call& call, const std::string& checker, const std::string& return_failure, Which which = Which::all);
    void client_rooms(const Call& call, const std::string& return_failure);
    void client_before(const Call& call);
    void client_write(const Call& call);
    void client_clear(const Call& call);
    void client_read(const Call& call);
    void client_failed(const Call& call);
    /// Raw RPC: hands the reply's pipes to the program, before anything else is read.
    void client_pipes(const Call& call);
    void client_succeeded(const Call& call);
    /// Object interfaces: everything from the declaration of `in` (the reader) to the return.
    void client_results(const Call& call);
    Scope client_scope(const Call& call) const;

    // Server
    void server_read(const Call& call, bool task_memory);
    void server_locals(const Call& call);
    /// Between the check of the arguments and the locals: what the context handles stand for.
    void server_contexts(const Call& call);
    std::string server_arguments(const Call& call, Which which = Which::all) const;
    void server_write(const Call& call);
    void server_free(const Call& call);
    /// Raw RPC: ends only what hand-written code made.
    void server_end_values(const Call& call);

  private:
    // Arrays of context handles (emit_context_arrays.cpp): the handles travel in an array of their own beside the parameter.
    std::string array_count(const CallParameter& p, const Scope& scope);
    void client_write_handles(const CallParameter& p, const Scope& scope);
    void client_accept_handles(const CallParameter& p);
    void server_declare_handles(const CallParameter& p);
    void server_find_handles(const CallParameter& p, const Scope& scope);
    void server_keep_handles(const CallParameter& p, const Scope& scope);

    void server_pipes(const Call& call);
    void hoist(std::size_t before);
    static std::string block_values(const CallParameter& p);
    void keep_elements(const CallParameter& p, const Scope& scope);
    Scope server_scope(const Call& call) const;
    const Model& model_;
    Output& out_;
    Marshal marshal_;
    std::function<std::string(const Wire&)> context_type_ = [](const Wire&) { return std::string(); };
    std::string failure_ = "call.done()";  ///< what a server method returns when writing failed
    std::vector<std::string> read_;  ///< names that have values in the present phase
};

bool holds_objects(const Wire& wire, int depth = 0);
/// `// HRESULT Method(…);` of the IDL.
std::string idl_line(const Function& function);
/// The parameters of a method, as its definition has them.
std::string parameters_of(const Function& function);
/// `extern` declarations of what is written by hand; to stand outside of any namespace.
void declare_user_types(const Layout& layout, Output& out);
/// The functions of every structure that the layout met.
void emit_structures(const Layout& layout, Marshal& marshal, Output& out);

}  // namespace odc::midl
