// Arrays of context handles as parameters (MS-RPCE 2.2.4.3). What travels is an array of handles, which is written and read like any
// other array; the program's array of contexts is made of it, or it of that.
#include "midl/emit_call.h"

namespace odc::midl {
namespace {

/// The C++ type of an element, which may be a row.
std::string element_of(const Wire& array) {
    return array.row ? "odc::ndr::Row<" + array.cxx + ", " + std::to_string(array.fixed) + ">" : array.cxx;
}

}  // namespace

/// How many elements the array has, rows counted as one.
std::string CallEmitter::array_count(const CallParameter& p, const Scope& scope) {
    const Wire& array = *p.wire->to;
    if (array.row) return "1";
    return array.fixed > 0 ? std::to_string(array.fixed) : "static_cast<std::size_t>(" + marshal_.size_expression(array, scope) + ")";
}

// Client -----------------------------------------------------------------------------------------------------------------

/// Declares `name_handles`: of [in] what the contexts stand for, of [out] room for what comes.
void CallEmitter::client_write_handles(const CallParameter& p, const Scope& scope) {
    const auto& name = p.source->name;
    const Wire& array = *p.wire->to;
    std::string count = array_count(p, scope);
    if (array.fixed < 0) {
        count = "odc::ndr::extent(out, " + marshal_.size_expression(array, scope) + ")";
        if (p.wire->pointer != PointerKind::ref) count = name + " ? " + count + " : 0";
        if (p.out) count = name + "_room";
    }
    out_.line("const std::size_t {}_count = {};", name, count);
    const auto type = element_of(*p.handles->to);
    if (p.in) out_.line("const auto {0}_sent = odc::rpc::sent_contexts<{1}>(out, binding_.association(), {0}, {0}_count, {2});", name, type, p.out);
    else out_.line("const auto {0}_sent = std::make_unique<{1}[]>({0}_count);", name, type);
    out_.line("auto* const {0}_handles = {0}_sent.get();", name);
    if (!p.in) return;
    if (p.wire->pointer == PointerKind::ref) marshal_.write_pointee(*p.handles->to, name + "_handles", scope);
    else marshal_.write_all(*p.handles, name + "_handles", scope);
}

void CallEmitter::client_accept_handles(const CallParameter& p) {
    out_.line("odc::rpc::accept_contexts(binding_.association(), {0}, {0}_handles, {0}_count);", p.source->name);
}

// Server -----------------------------------------------------------------------------------------------------------------

void CallEmitter::server_declare_handles(const CallParameter& p) {
    const Wire* handle = p.wire->to;
    while (handle->kind == Wire::Kind::array) handle = handle->to;
    out_.line("odc::rpc::ServedContexts {}_contexts(call, implementation, {}, odc::rpc::ServedContext::Null::{}{});", p.source->name,
              context_type_(*handle), p.out ? "allowed" : "refused", handle->shared ? ", true" : "");
}

/// Once the handles are found: the array that the method gets.
void CallEmitter::server_find_handles(const CallParameter& p, const Scope& scope) {
    const auto& name = p.source->name;
    out_.line("auto* {0} = {0}_handles ? in.arena<{1}>({2}) : nullptr;", name, element_of(*p.wire->to), array_count(p, scope));
    out_.line("{0}_contexts.values({0}, {1});", name, array_count(p, scope));
}

/// After the method: what the contexts stand for from now on.
void CallEmitter::server_keep_handles(const CallParameter& p, const Scope& scope) {
    const auto& name = p.source->name;
    out_.line("[[maybe_unused]] auto* const {0}_kept = {0}_contexts.keep<{1}>(out, {0}, {2});", name, element_of(*p.handles->to), array_count(p, scope));
    if (p.wire->pointer == PointerKind::ref) marshal_.write_pointee(*p.handles->to, name + "_kept", scope);
    else marshal_.write_all(*p.handles, name + "_kept", scope);
}

}  // namespace odc::midl
