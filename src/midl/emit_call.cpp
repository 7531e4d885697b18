#include "midl/emit_call.h"

#include <algorithm>

#include "midl/constness.h"
#include "midl/emit.h"
#include "midl/size_operands.h"

namespace odc::midl {
namespace {

bool conformant_structure(const Wire& wire) { return wire.kind == Wire::Kind::structure && wire.structure->conformant; }

std::vector<std::string> names_of(const Expr* expr) {
    std::vector<std::string> names;
    collect_names(expr, names);
    return names;
}

/// Of an array in the caller's memory: how much there is would come back with the answer only.
bool sized_by_output(const Wire& array, const Function& function) {
    const auto names = names_of(array.size_is);
    return std::any_of(function.parameters.begin(), function.parameters.end(), [&](const Parameter& parameter) {
        return parameter.attributes.has(AttributeKind::out) && !parameter.attributes.has(AttributeKind::in) &&
               std::find(names.begin(), names.end(), parameter.name) != names.end();
    });
}

std::string zero_of(const Wire& wire) {
    switch (wire.kind) {
        case Wire::Kind::number: return wire.is_enum ? "{}" : "0";
        case Wire::Kind::pointer: case Wire::Kind::object: return "nullptr";
        default: return "{}";
    }
}

}  // namespace

namespace {

bool clashes(const std::string& name) {
    static const std::set<std::string> kTaken = {"call",  "in",   "out",    "result", "object", "implementation", "status",
                                                 "order", "left", "values", "sent",   "core",   "This",           "old",
                                                 "begun", "claimed", "received", "served", "opnum", "arrived", "served_step"};
    return kTaken.contains(name) || is_cxx_word(name);
}

/// `Scope Scope`: behind its declaration the name would no longer be that of the type.
bool hides_its_type(const Parameter& parameter) {
    const Type* type = parameter.type;
    while (type->kind == Type::Kind::pointer || type->kind == Type::Kind::array) type = type->element;
    return type->name == parameter.name;
}

void respell(Expr* expr, const std::string& name) {
    if (!expr) return;
    if (expr->kind == Expr::Kind::name && expr->spelling == name) expr->spelling += "_";
    if (expr->kind == Expr::Kind::member) return respell(expr->operands[0], name);
    for (auto* operand : expr->operands) respell(operand, name);
}

}  // namespace

void rename_clashing_parameters(Model& model) {
    for (auto& function : model.ast.all<Function>()) {
        for (auto& parameter : function.parameters) {
            if (parameter.name.empty()) {
                parameter.unnamed = true;
                parameter.name = "unnamed" + std::to_string(1 + (&parameter - function.parameters.data()));
                continue;
            }
            if (!clashes(parameter.name) && !hides_its_type(parameter)) continue;
            for (auto& other : function.parameters)
                for (auto& attribute : other.attributes.list)
                    for (auto* value : attribute.values) respell(value, parameter.name);
            parameter.given_name = parameter.name;
            parameter.name += "_";
        }
    }
}

bool holds_objects(const Wire& wire, int depth) {
    if (depth > 20) return false;
    switch (wire.kind) {
        case Wire::Kind::object: case Wire::Kind::user: case Wire::Kind::converted: return true;
        case Wire::Kind::pointer: case Wire::Kind::array: return holds_objects(*wire.to, depth + 1);
        case Wire::Kind::structure:
            return std::any_of(wire.structure->fields.begin(), wire.structure->fields.end(),
                               [&](const auto& field) { return holds_objects(*field.wire, depth + 1); });
        case Wire::Kind::union_:
            return std::any_of(wire.union_->arms.begin(), wire.union_->arms.end(),
                               [&](const auto& arm) { return arm.wire && holds_objects(*arm.wire, depth + 1); });
        default: return false;
    }
}

std::string idl_line(const Function& function) { return "// " + function.source; }

std::string parameters_of(const Function& function) {
    std::string out;
    for (const auto& parameter : function.parameters) {
        if (!out.empty()) out += ", ";
        out += declare(parameter.type, parameter.name, true);
    }
    return out;
}

void declare_user_types(const Layout& layout, Output& out) {
    for (const auto& name : layout.users()) out.line("extern \"C\" const odc::ndr::UserType {}_wire;", name);
}

void emit_structures(const Layout& layout, Marshal& marshal, Output& out) {
    for (const auto& structure : layout.structures())
        if (!structure.broken) marshal.structure_prototypes(structure, false);
    for (const auto& [name, wire] : layout.converted()) marshal.conversion_prototypes(*wire);
    for (const auto& structure : layout.structures())
        if (!structure.broken) marshal.structure_functions(structure, false);
    for (const auto& [name, wire] : layout.converted()) marshal.conversion_functions(*wire);
    out.blank();
}

Call lay_out_call(Layout& layout, const Function& function, const Interface& interface, Diagnostics& diagnostics) {
    Call call;
    call.function = &function;
    const unsigned before = diagnostics.errors();
    for (const auto& parameter : function.parameters) {
        const Type* type = behind(parameter.type);
        if (type->kind == Type::Kind::base && type->base == Base::handle) continue;
        if (parameter.local_only) continue;
        CallParameter made;
        made.source = &parameter;
        made.out = parameter.attributes.has(AttributeKind::out);
        made.in = parameter.attributes.has(AttributeKind::in) || !made.out;
        made.wire = layout.of(parameter.type, parameter.attributes, Position::parameter, parameter.place, parameter.shown_name(),
                              interface.pointer_default);
        const bool pointer = made.wire->kind == Wire::Kind::pointer;
        made.context = made.wire->kind == Wire::Kind::context || (pointer && made.wire->to->kind == Wire::Kind::context);
        made.handles = layout.array_of_handles(*made.wire);
        if (made.wire->kind == Wire::Kind::pipe) made.pipe = made.wire;
        else if (pointer && made.wire->to->kind == Wire::Kind::pipe) made.pipe = made.wire->to;
        if (made.pipe && interface.is_object()) diagnostics.report(Message::pipe_in_object, parameter.place, {parameter.shown_name()});
        if ((made.context || made.handles) && interface.is_object()) diagnostics.report(Message::context_handle_in_object, parameter.place, {parameter.shown_name()});
        if (made.out && !pointer && !made.pipe && made.wire->kind != Wire::Kind::nothing) {
            diagnostics.report(Message::out_not_pointer, parameter.place, {parameter.shown_name()});
        } else if (made.out && !made.in && pointer) {
            if (made.wire->to->kind == Wire::Kind::string && !made.wire->to->size_is && made.wire->to->fixed < 0)
                diagnostics.report(Message::out_string_unsized, parameter.place, {parameter.shown_name()});
            if (conformant_structure(*made.wire->to) || (made.callers_array() && sized_by_output(*made.wire->to, function)))
                diagnostics.report(Message::size_unknown_in_call, parameter.place, {parameter.shown_name()});
        }
        made.local_value = pointer && made.wire->pointer == PointerKind::ref && !made.callers_array() &&
                           made.wire->to->kind != Wire::Kind::nothing && !made.context && !made.pipe && !conformant_structure(*made.wire->to);
        if (made.out && pointer && !made.context && !made.pipe) made.memory_type = mutable_pointer(parameter.type);
        const auto* wrong = pointer_as_number(*made.wire, [&](const std::string& name) -> const Type* {
            for (const auto& other : function.parameters)
                if (other.name == name) return other.type;
            return nullptr;
        });
        if (wrong) diagnostics.report(Message::pointer_as_number, parameter.place, {parameter.shown_name(), wrong->spelling, wrong->spelling});
        call.parameters.push_back(made);
    }
    if (is_void(function.result)) call.result = nullptr;
    else call.result = layout.of(function.result, function.attributes, Position::result, function.place, "result", interface.pointer_default);
    if (call.result && call.result->kind == Wire::Kind::context && interface.is_object())
        diagnostics.report(Message::context_handle_in_object, function.place, {"result"});
    call.broken = diagnostics.errors() != before || layout.failed();
    return call;
}

namespace {

bool names_it(const Expr* expr, const std::string& name) {
    const auto names = names_of(expr);
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether a size, length or case of what the parameter points to is what `name` says.
bool measured_by(const Wire& wire, const std::string& name) {
    const Wire* level = &wire;
    for (int i = 0; level && i < 64; ++i) {
        for (const auto* expr : {level->size_is, level->length_is, level->first_is, level->switch_is})
            if (names_it(expr, name)) return true;
        level = level->kind == Wire::Kind::pointer || level->kind == Wire::Kind::array ? level->to : nullptr;
    }
    return false;
}

/// [in, out] values of which the caller has more than their own memory.
bool owns_more(const CallParameter& p) { return p.in && p.out && p.wire->kind == Wire::Kind::pointer && !p.pipe && !p.context && frees(*p.wire->to); }
/// Such values in the caller's arrays: kept element by element.
bool elements_are_kept(const CallParameter& p) { return owns_more(p) && p.callers_array() && p.wire->to->kind == Wire::Kind::array; }
/// Whether the value from before the call is kept: what hangs on it may have to be the caller's again, as what says how much that is.
bool is_kept(const Call& call, const CallParameter& p) {
    if (!p.in || !p.out || p.wire->kind != Wire::Kind::pointer || p.callers_array() || p.pipe || p.context) return false;
    return owns_more(p) || std::any_of(call.parameters.begin(), call.parameters.end(),
                                       [&](const auto& other) { return (owns_more(other) || (other.out && other.callers_array())) && measured_by(*other.wire, p.source->name); });
}

/// `*name`, where the client has checked reference pointers already.
std::string dereference(const CallParameter& parameter) {
    const auto& name = parameter.source->name;
    if (parameter.wire->kind != Wire::Kind::pointer) return name;
    return parameter.wire->pointer == PointerKind::ref ? "*" + name : "odc::ndr::value_or_zero(" + name + ")";
}
}  // namespace

/// How many values lie at the begin of the block of an [out] parameter with [byte_count].
std::string CallEmitter::block_values(const CallParameter& p) {
    if (!p.callers_array() || p.wire->to->row) return "1";
    return p.wire->to->fixed > 0 ? std::to_string(p.wire->to->fixed) : p.source->name + "_room";
}

Scope CallEmitter::client_scope(const Call& call) const {
    Scope scope;
    scope.names = [&call](const std::string& name, bool dereferenced) -> std::string {
        for (const auto& p : call.parameters) {
            if (p.source->name != name) continue;
            if (p.wire->kind == Wire::Kind::pointer && p.wire->reference) return dereferenced ? name : "(&" + name + ")";
            return dereferenced ? dereference(p) : name;
        }
        return {};
    };
    scope.known = [this, &call](const std::string& name) {
        for (const auto& p : call.parameters)
            if (p.source->name == name && p.out && std::find(read_.begin(), read_.end(), name) == read_.end()) return false;
        return true;
    };
    return scope;
}

Scope CallEmitter::server_scope(const Call& call) const {
    Scope scope;
    scope.names = [&call](const std::string& name, bool dereferenced) -> std::string {
        for (const auto& p : call.parameters) {
            if (p.source->name != name) continue;
            if (p.local_value) return dereferenced ? name : "(&" + name + ")";
            return dereferenced && p.wire->kind == Wire::Kind::pointer ? "odc::ndr::value_or_zero(" + name + ")" : name;
        }
        return {};
    };
    scope.known = [this, &call](const std::string& name) {
        for (const auto& p : call.parameters)
            if (p.source->name == name && std::find(read_.begin(), read_.end(), name) == read_.end()) return false;
        return true;
    };
    return scope;
}

// Client -----------------------------------------------------------------------------------------------------------------

void CallEmitter::client_begin(const Call& call, const std::string& return_failure) {
    client_names(call);
    client_memory(call);
    client_refs(call, "out", return_failure);
    client_rooms(call, return_failure);
    client_before(call);
}

void CallEmitter::client_names(const Call& call) {
    marshal_.begin_function();
    for (const char* name : {"out", "in", "call", "result", "hr", "core", "This"}) marshal_.reserve_name(name);
    for (const auto& p : call.parameters) marshal_.reserve_name(p.source->name);
}

void CallEmitter::client_memory(const Call& call) {
    for (const auto& p : call.parameters) {
        if (p.memory_type.empty()) continue;
        marshal_.reserve_name(p.memory());
        out_.line("[[maybe_unused]] auto* const {} = const_cast<{}>({});", p.memory(), p.memory_type, p.source->name);
    }
}

void CallEmitter::client_refs(const Call& call, const std::string& checker, const std::string& return_failure, Which which) {
    std::string checks;
    for (const auto& p : call.parameters) {
        if (p.wire->kind != Wire::Kind::pointer || p.wire->pointer != PointerKind::ref || p.wire->reference) continue;
        if ((which == Which::in && !p.in) || (which == Which::out && !p.out)) continue;
        checks += (checks.empty() ? "!" : " || !") + checker + ".ref(" + p.source->name + ")";
    }
    if (!checks.empty()) out_.line("if ({}) return {};", checks, return_failure);
}

void CallEmitter::client_rooms(const Call& call, const std::string& return_failure) {
    const auto scope = client_scope(call);
    bool rooms = false;
    for (const auto& p : call.parameters) {
        if (!p.out || !p.callers_array() || p.wire->to->fixed > 0) continue;
        if (p.wire->to->kind == Wire::Kind::string && !p.wire->to->size_is) {
            out_.line("const std::size_t {0}_room = odc::ndr::text_room({0});", p.source->name);
            continue;
        }
        std::string room = "odc::ndr::extent(out, " + marshal_.size_expression(*p.wire->to, scope) + ")";
        if (p.wire->pointer != PointerKind::ref && p.in) room = p.source->name + " ? " + room + " : 0";
        out_.line("const std::size_t {}_room = {};", p.source->name, room);
        rooms = true;
    }
    for (const auto& p : call.parameters) {
        const auto* bytes = p.source->attributes.find(AttributeKind::byte_count);
        if (!bytes || p.handles) continue;
        out_.line("odc::ndr::fits_block(out, {}, {}, {});", p.source->name, block_values(p), bytes->values[0]->spelling);
        rooms = true;
    }
    if (rooms) out_.line("if (out.failed()) return {};", return_failure);
}

void CallEmitter::client_before(const Call& call) {
    const auto scope = client_scope(call);
    for (const auto& p : call.parameters) {
        if (elements_are_kept(p)) keep_elements(p, scope);
        if (!is_kept(call, p)) continue;
        if (p.wire->pointer == PointerKind::ref) out_.line("const auto {}_before = *{};", p.source->name, p.memory());
        else out_.line("const auto {}_before = odc::ndr::value_or_zero({});", p.source->name, p.memory());
    }
}

void CallEmitter::keep_elements(const CallParameter& p, const Scope& scope) {
    const auto& name = p.source->name;
    const Wire& to = *p.wire->to;
    std::string part;
    if (to.length_is) {
        const auto first = to.first_is ? spell(model_, to.first_is, scope.names) : "0";
        part = fmt::format(", odc::ndr::wide({}), odc::ndr::wide({})", first, marshal_.end_expression(to, scope));
    }
    out_.line("odc::ndr::ElementsBefore {}_before({}{}, {}{});", name, to.row ? "*" : "", p.memory(),
              to.fixed > 0 ? std::to_string(to.fixed) : name + "_room", part);
}

void CallEmitter::client_write(const Call& call) {
    const auto scope = client_scope(call);
    for (const auto& p : call.parameters) {
        if (p.handles) client_write_handles(p, scope);
        if (!p.in || p.pipe || p.handles) continue;
        const auto& name = p.source->name;
        if (p.context) {
            out_.line("odc::rpc::write_client_context(out, binding_.association(), {}{}, {});", p.wire->kind == Wire::Kind::pointer ? "*" : "", name,
                      p.out);
        } else if (p.wire->kind == Wire::Kind::pointer && p.wire->pointer == PointerKind::ref) {
            if (p.wire->reference) marshal_.write_all(*p.wire->to, name, scope);
            else marshal_.write_pointee(*p.wire->to, name, scope);
        } else {
            marshal_.write_all(*p.wire, name, scope);
        }
    }
    for (const auto& p : call.parameters) {
        if (!p.in || !p.pipe) continue;
        const std::string pipe = (p.wire == p.pipe ? "" : "*") + p.source->name;
        marshal_.pipe_writer(*p.pipe, fmt::format("odc::rpc::send_pipe<{}>(out, {}, [&out", p.pipe->to->cxx, pipe), "}, [&call] { return call.send_part(); });");
    }
}

void CallEmitter::client_clear(const Call& call) {
    for (const auto& p : call.parameters) {
        if (!p.out || p.in || p.pipe || p.wire->kind != Wire::Kind::pointer) continue;
        const auto name = p.memory();
        if (p.callers_array()) {
            out_.line("odc::ndr::clear({}{}, {});", p.wire->to->row ? "*" : "", name,
                      p.wire->to->fixed > 0 ? std::to_string(p.wire->to->fixed) : p.source->name + "_room");
        } else {
            const auto zero = zero_of(*p.wire->to);
            if (zero == "{}" || p.wire->pointer != PointerKind::ref) out_.line("odc::ndr::clear({});", name);
            else out_.line("*{} = {};", name, zero);
        }
    }
}

/// Puts the declarations that late checks need in front of what was written since `before`.
void CallEmitter::hoist(std::size_t before) { out_.insert_lines(before, marshal_.take_hoisted()); }

void CallEmitter::client_pipes(const Call& call) {
    for (const auto& p : call.parameters) {
        if (!p.out || !p.pipe) continue;
        const std::string pipe = (p.wire == p.pipe ? "" : "*") + p.source->name;
        marshal_.pipe_input(*p.pipe, fmt::format("odc::rpc::deliver_pipe(in, {}, ", pipe), "));");
    }
}

void CallEmitter::client_read(const Call& call) {
    read_.clear();
    const auto scope = client_scope(call);
    const Memory task{"true", {}};
    for (const auto& p : call.parameters)
        if (elements_are_kept(p)) out_.line("{}_before.take_out();", p.source->name);
    for (const auto& p : call.parameters) {
        if (p.pipe || !p.out || p.wire->kind != Wire::Kind::pointer) continue;
        const auto name = p.memory();
        if (p.context) {
            out_.line("const odc::rpc::WireContext {}_handle = odc::rpc::read_context(in);", name);
            continue;
        }
        const bool maybe = p.wire->pointer != PointerKind::ref;
        const auto before = out_.size();
        const auto* bytes = p.handles ? nullptr : p.source->attributes.find(AttributeKind::byte_count);
        if (bytes) {
            out_.open("{{");
            out_.line("const odc::ndr::CallersBlock block(in, {}, {}, {});", name, block_values(p), bytes->values[0]->spelling);
        }
        if (maybe) {
            // The caller's memory takes the pointee; a pointee where the caller gave null has no place to go.
            out_.open("if (in.unique()) {{");
            out_.open("if (!{}) {{", name);
            out_.line("in.fail_now();");
            out_.outdent();
            out_.open("}} else {{");
        }
        if (p.callers_array()) {
            const Wire& to = p.handles ? *p.handles->to : *p.wire->to;
            const std::string room = to.fixed > 0 ? std::to_string(to.fixed) : p.source->name + "_room";
            if (to.kind == Wire::Kind::string) {
                if (to.fixed > 0) out_.line("odc::ndr::read_fixed_string(in, {}{}, {});", to.row ? "*" : "", name, room);
                else out_.line("odc::ndr::read_string_into(in, {}, {});", name, room);
            } else {
                const auto names = names_of(to.size_is);
                const bool exact = std::all_of(names.begin(), names.end(), [&](const auto& n) {
                    return std::none_of(call.parameters.begin(), call.parameters.end(),
                                        [&](const auto& other) { return other.source->name == n && other.out; });
                });
                marshal_.read_into(to, p.handles ? name + "_handles" : name, maybe, room, exact, scope, task);
            }
        } else if (conformant_structure(*p.wire->to)) {
            out_.line("in.fail_now();  // the size of what comes back cannot be known to fit");
        } else {
            marshal_.read_all(*p.wire->to, "(*" + name + ")", scope, task);
        }
        if (maybe) {
            out_.close();
            out_.close();
        }
        if (bytes) out_.close();
        hoist(before);
        read_.push_back(p.source->name);
    }
    for (const auto& check : marshal_.take_checks()) out_.text_line(check);
}

void CallEmitter::client_failed(const Call& call) {
    for (const auto& p : call.parameters) {
        if (elements_are_kept(p)) out_.line("{}_before.put_back();", p.source->name);
        if (is_kept(call, p))
            out_.line("{1}*{2} = {0}_before;", p.source->name, p.wire->pointer == PointerKind::ref ? "" : "if (" + p.source->name + ") ", p.memory());
    }
    client_clear(call);
}

void CallEmitter::client_succeeded(const Call& call) {
    for (const auto& p : call.parameters) {
        if (p.handles && p.out) client_accept_handles(p);
        if (p.context && p.out)
            out_.line("*{0} = static_cast<{1}>(odc::rpc::accept_context(binding_.association(), *{0}, {0}_handle));", p.source->name,
                      p.wire->to->cxx);
    }
    for (const auto& p : call.parameters) {
        if (elements_are_kept(p) && p.wire->to->to->kind == Wire::Kind::user) {
            out_.line("{}_before.settle({}_wire);", p.source->name, p.wire->to->to->user);
        } else if (elements_are_kept(p)) {
            const auto element = marshal_.unique_name("element");
            out_.line("{{");
            out_.indent();
            out_.line("[[maybe_unused]] odc::ndr::TaskDisposer old;");
            out_.open("for (auto& {} : {}_before.sent()) {{", element, p.source->name);
            marshal_.free_value(*p.wire->to->to, element, client_scope(call), "old");
            out_.close();
            out_.close();
        }
        if (owns_more(p) && !p.callers_array()) {
            if (p.wire->to->kind == Wire::Kind::user) {
                out_.line("{2}odc::ndr::settle({1}_wire, {0}_before, *{3});", p.source->name, p.wire->to->user,
                          p.wire->pointer == PointerKind::ref ? "" : "if (" + p.source->name + ") ", p.memory());
                continue;
            }
            out_.line("{{");
            out_.indent();
            out_.line("[[maybe_unused]] odc::ndr::TaskDisposer old;");
            Scope scope = client_scope(call);
            marshal_.free_value(*p.wire->to, p.source->name + "_before", scope, "old");
            out_.close();
        }
    }
}

void CallEmitter::client_results(const Call& call) {
    const bool hresult = call.result && local_type(call.function->result) == "HRESULT";
    out_.line("odc::ndr::Reader& in = call.reply();");
    client_read(call);
    if (hresult) {
        out_.line("const HRESULT result = call.finish(in.i32());");
    } else if (call.result) {
        out_.line("const auto result = static_cast<{}>(in.{}());", local_type(call.function->result),
                  call.result->kind == Wire::Kind::enum16 ? "enum16" : call.result->call);
        out_.line("(void)call.finish(S_OK);");
    } else {
        out_.line("(void)in;");
        out_.line("(void)call.finish(S_OK);");
    }
    Output failure, success;
    CallEmitter for_failure(model_, failure), for_success(model_, success);
    for_failure.client_failed(call);
    for_success.client_succeeded(call);
    if (!failure.empty()) {
        out_.open("if (call.failed()) {{");
        client_failed(call);
        if (!success.empty()) {
            out_.outdent();
            out_.open("}} else {{");
            client_succeeded(call);
        }
        out_.close();
    } else if (!success.empty()) {
        client_succeeded(call);
    }
    if (call.result) out_.line("return result;");
}

// Server -----------------------------------------------------------------------------------------------------------------

void CallEmitter::server_read(const Call& call, bool task_memory) {
    marshal_.begin_function();
    for (const char* name : {"out", "in", "call", "result", "object", "implementation", "status", "order", "left", "values"}) marshal_.reserve_name(name);
    for (const auto& p : call.parameters) marshal_.reserve_name(p.source->name);
    read_.clear();
    const auto scope = server_scope(call);
    for (const auto& p : call.parameters) {
        const std::string name = p.source->name + (p.handles ? "_handles" : "");
        if (p.pipe) continue;
        if (p.handles) server_declare_handles(p);
        if (p.context) {
            const Wire& handle = p.wire->kind == Wire::Kind::pointer ? *p.wire->to : *p.wire;
            out_.line("odc::rpc::ServedContext {}_context(call, implementation, {}, odc::rpc::ServedContext::Null::{}{});", name,
                      context_type_(handle), p.out ? "allowed" : "refused", handle.shared ? ", true" : "");
            if (p.in) out_.line("{}_context.read(in);", name);
            continue;
        }
        if (!p.in) continue;
        // [in, out]: what hangs on the top level belongs to the callee, who may free and replace it.
        const Memory memory = p.out && task_memory ? Memory{"true", "false"} : Memory{"false", {}};
        const Wire& wire = p.handles ? *p.handles : *p.wire;
        Marshal& marshal = marshal_;
        const auto before = out_.size();
        if (wire.kind == Wire::Kind::nothing) {
        } else if (p.local_value) {
            out_.line("{} {}{{}};", wire.to->cxx, name);
            marshal.read_all(*wire.to, name, scope, memory.inner());
        } else if (wire.kind == Wire::Kind::pointer) {
            out_.line("{} {} = nullptr;", wire.cxx, name);
            if (wire.pointer == PointerKind::ref) {
                marshal.read_pointee(*wire.to, name, scope, memory);
            } else if (wire.pointer == PointerKind::full) {
                marshal.read_all(wire, name, scope, memory);
            } else {
                out_.open("if (in.unique()) {{");
                marshal.read_pointee(*wire.to, name, scope, memory);
                out_.close();
            }
        } else if (wire.kind == Wire::Kind::object) {
            out_.line("auto* {} = static_cast<{}>(in.interface_pointer({}));", name, wire.cxx, marshal.iid_expression(wire, scope));
        } else if (wire.kind == Wire::Kind::number && !wire.range_low && !wire.is_enum) {
            out_.line("const {} {} = in.{}();", wire.cxx, name, wire.call);
        } else {
            out_.line("{} {}{{}};", wire.cxx, name);
            marshal.read_all(wire, name, scope, memory);
        }
        hoist(before);
        read_.push_back(p.source->name);
    }
    for (const auto& check : marshal_.take_checks()) out_.text_line(check);
    server_pipes(call);
    // Rooms of [out] arrays are checked together with the arguments: a size that is refused is a bad argument.
    for (const auto& p : call.parameters) {
        if (p.in || !p.out || p.pipe || !p.callers_array()) continue;
        const Wire& to = *p.wire->to;
        const auto& name = p.source->name;
        if (to.row) out_.line("auto* {} = in.arena<odc::ndr::Row<{}, {}>>();", name, to.cxx, to.fixed);
        else if (to.fixed > 0) out_.line("auto* {} = in.arena<{}>({});", name, to.cxx, to.fixed);
        else out_.line("auto* {} = odc::ndr::out_array<{}>(in, {});", name, to.cxx, marshal_.size_expression(to, scope));
    }
}

void CallEmitter::server_pipes(const Call& call) {
    bool first = true;
    for (const auto& p : call.parameters) {
        if (!p.pipe) continue;
        if (first) out_.line("odc::rpc::PipeOrder order(call);");
        first = false;
        const auto& name = p.source->name;
        if (p.in) marshal_.pipe_input(*p.pipe, "auto " + name + "_input = ", ");");
        if (p.out) marshal_.pipe_writer(*p.pipe, "const auto " + name + "_write = [&out = call.response()", "};");
        const auto type = [&](bool has, const char* part) { return has ? "decltype(" + name + part + ")" : std::string("odc::rpc::NoPipe"); };
        const auto value = [&](bool has, const char* part) { return has ? name + part : std::string("{}"); };
        out_.line("odc::rpc::ServedPipe<{}, {}, {}> {}_pipe(order, {}, {});", p.pipe->to->cxx, type(p.in, "_input"), type(p.out, "_write"), name,
                  value(p.in, "_input"), value(p.out, "_write"));
        out_.line("{} {}{{}};", p.pipe->cxx, name);
        out_.line("{0}_pipe.bind({0});", name);
    }
}

void CallEmitter::server_contexts(const Call& call) {
    std::string used, arrays;
    const auto scope = server_scope(call);
    for (const auto& p : call.parameters) {
        if (p.context && p.in) used += (used.empty() ? "&" : ", &") + p.source->name + "_context";
        if (!p.handles || !p.in) continue;
        arrays += (arrays.empty() ? "&" : ", &") + p.source->name + "_contexts";
        out_.line("{0}_contexts.take({0}_handles, {1});", p.source->name, array_count(p, scope));
    }
    if (used.empty() && arrays.empty()) return;
    out_.open("if (const auto status = odc::rpc::use_contexts({{{}}}{})) {{", used, arrays.empty() ? "" : ", {" + arrays + "}");
    out_.line("in.abandon();");
    out_.line("return status;");
    out_.close();
}

void CallEmitter::server_locals(const Call& call) {
    for (const auto& p : call.parameters) {
        if (!p.context) continue;
        const auto& cxx = p.wire->kind == Wire::Kind::pointer ? p.wire->to->cxx : p.wire->cxx;
        if (p.in) out_.line("auto {0} = {0}_context.value<{1}>();", p.source->name, cxx);
        else out_.line("{} {}{{}};", cxx, p.source->name);
    }
    for (const auto& p : call.parameters)
        if (p.handles && p.in) server_find_handles(p, server_scope(call));
    for (const auto& p : call.parameters) {
        if (p.context || p.pipe) continue;
        if (p.in || !p.out || p.callers_array()) continue;
        const auto& name = p.source->name;
        if (p.local_value) out_.line("{} {}{{}};", p.wire->to->cxx, name);
        else if (p.wire->kind == Wire::Kind::pointer) out_.line("auto* {} = in.arena<{}>();", name, p.wire->to->cxx);
    }
    const auto scope = server_scope(call);
    for (const auto& p : call.parameters) {
        // A size that the callee may change must not grow beyond what was allocated.
        if (!p.out || !p.callers_array() || !p.wire->to->size_is) continue;
        const auto names = names_of(p.wire->to->size_is);
        const bool changes = std::any_of(names.begin(), names.end(), [&](const auto& n) {
            return std::any_of(call.parameters.begin(), call.parameters.end(),
                               [&](const auto& other) { return other.source->name == n && other.out; });
        });
        if (changes) out_.line("const auto {}_room = static_cast<std::size_t>({});", p.source->name, marshal_.size_expression(*p.wire->to, scope));
    }
}

std::string CallEmitter::server_arguments(const Call& call, Which which) const {
    std::string out;
    for (const auto& p : call.parameters) {
        if ((which == Which::in && !p.in) || (which == Which::out && !p.out)) continue;
        if (!out.empty()) out += ", ";
        const bool by_address = p.context || p.pipe ? p.wire->kind == Wire::Kind::pointer : p.local_value && !p.wire->reference;
        out += p.pipe || p.context ? (by_address ? "&" : "") + p.source->name : as_argument(p.source->type, (by_address ? "&" : "") + p.source->name);
    }
    return out;
}

void CallEmitter::server_write(const Call& call) {
    const auto scope = server_scope(call);
    if (call.has_pipes()) out_.line("if (const auto left = order.ended()) return left;");
    for (const auto& p : call.parameters) {
        if (!p.out || p.pipe || p.wire->kind != Wire::Kind::pointer) continue;
        const auto& name = p.source->name;
        if (p.context) {
            out_.line("{0}_context.write(out, {0});", name);
            continue;
        }
        if (p.callers_array() && p.wire->to->size_is) {
            const auto names = names_of(p.wire->to->size_is);
            const bool changes = std::any_of(names.begin(), names.end(), [&](const auto& n) {
                return std::any_of(call.parameters.begin(), call.parameters.end(),
                                   [&](const auto& other) { return other.source->name == n && other.out; });
            });
            if (changes) {
                // Of a varying array only what is sent has to be there: its size may say how much would be needed.
                const auto end = p.wire->to->length_is ? marshal_.end_expression(*p.wire->to, scope) : marshal_.size_expression(*p.wire->to, scope);
                out_.line("{}(void)odc::ndr::within(out, {}, {}_room);", p.wire->pointer == PointerKind::ref ? "" : "if (" + name + ") ", end, name);
                out_.line("if (out.failed()) return {};", failure_);
            }
        }
        if (p.handles) server_keep_handles(p, scope);
        else if (p.local_value) marshal_.write_all(*p.wire->to, name, scope);
        else if (p.wire->pointer == PointerKind::ref) marshal_.write_pointee(*p.wire->to, name, scope);
        else marshal_.write_all(*p.wire, name, scope);
    }
}

void CallEmitter::server_free(const Call& call) {
    const auto scope = server_scope(call);
    for (const auto& p : call.parameters) {
        const auto& name = p.source->name;
        if (p.wire->kind == Wire::Kind::object) {
            out_.line("call.release({});", p.wire->interface_ ? name : "static_cast<IUnknown*>(" + name + ")");
            continue;
        }
        const bool objects = holds_objects(*p.wire);
        if (!p.out) {
            if (!objects) continue;
            out_.line("{{");
            out_.indent();
            out_.line("odc::com::ReleaseOnly received;");
            if (p.local_value) marshal_.free_value(*p.wire->to, name, scope, "received");
            else marshal_.free_value(*p.wire, name, scope, "received");
            out_.close();
            continue;
        }
        if (p.wire->kind != Wire::Kind::pointer) continue;
        if (p.local_value) marshal_.free_value(*p.wire->to, name, scope, "call");
        else if (p.callers_array()) {
            if (p.wire->to->kind == Wire::Kind::array && frees(*p.wire->to->to)) {
                out_.open("if ({}) {{", name);
                marshal_.free_pointee(*p.wire->to, name, scope, "call");
                out_.close();
            }
        } else if (frees(*p.wire->to)) {
            out_.open("if ({}) {{", name);
            marshal_.free_value(*p.wire->to, "(*" + name + ")", scope, "call");
            out_.close();
        }
    }
}

void CallEmitter::server_end_values(const Call& call) {
    const auto scope = server_scope(call);
    bool first = true;
    if (call.result && holds_objects(*call.result)) {
        out_.line("[[maybe_unused]] odc::ndr::ValuesOnly values;");
        first = false;
        marshal_.free_value(*call.result, "result", scope, "values");
    }
    for (const auto& p : call.parameters) {
        if (p.pipe || p.context || !holds_objects(*p.wire)) continue;
        if (first) out_.line("[[maybe_unused]] odc::ndr::ValuesOnly values;");
        first = false;
        const auto& name = p.source->name;
        if (p.local_value) marshal_.free_value(*p.wire->to, name, scope, "values");
        else marshal_.free_value(*p.wire, name, scope, "values");
    }
}

}  // namespace odc::midl
