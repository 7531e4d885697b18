#include "midl/emit_async.h"

#include <algorithm>
#include <set>
#include <utility>

#include "midl/constness.h"
#include "midl/emit.h"

namespace odc::midl {
namespace {

/// The names that size_is and friends of a parameter speak of.
void collect_wire_names(const Wire& wire, std::vector<std::string>& names) {
    for (const Expr* expr : {wire.size_is, wire.length_is, wire.first_is, wire.switch_is, wire.iid_is}) collect_names(expr, names);
    if (wire.kind == Wire::Kind::pointer || wire.kind == Wire::Kind::array) collect_wire_names(*wire.to, names);
}

bool is_value(const Wire& wire) {
    using Kind = Wire::Kind;
    return wire.kind == Kind::number || wire.kind == Kind::enum16 || wire.kind == Kind::guid ||
           (wire.kind == Kind::structure && !wire.structure->deferred && !wire.structure->conformant);
}

/// One method in its two halves.
struct Halves {
    const Interface* owner = nullptr;  ///< of the two
    const Function* begin = nullptr;
    const Function* finish = nullptr;
    const Call* call = nullptr;       ///< null for what is not sent
    bool by_hand = false;             ///< has a [call_as] form: hand-written functions call that one's halves
    std::uint16_t opnum = 0;
    std::string kept;                 ///< the member that holds what Finish_ needs of Begin_'s parameters; empty when it needs nothing
    std::vector<const CallParameter*> values;  ///< [in] parameters whose values are kept
    std::vector<const CallParameter*> rooms;   ///< [out] arrays in the caller's memory, whose sizes are
};

class CallObjectEmitter {
  public:
    CallObjectEmitter(const Model& model, const Interface& async, Diagnostics& diagnostics, Output& out)
        : async_(async), diagnostics_(diagnostics), out_(out), calls_(model, out) {}

    void add(Halves halves) {
        if (halves.call) find_kept(halves);
        halves_.push_back(std::move(halves));
    }

    /// The halves of a [call_as] form, which hand-written code calls.
    void remote_form(Halves halves) {
        find_kept(halves);
        const std::string name = async_.name + "_" + method_name(*halves.call->function);
        const bool discarded = has_discard(halves);
        if (discarded || !halves.kept.empty()) {
            out_.line("namespace {{");
            if (!halves.kept.empty()) kept_struct(halves, "struct " + name + "_Kept", "");
            if (discarded) {
                out_.open("void {}_discard(void* call_object) {{", name);
                out_.line("auto* const This = static_cast<{}*>(call_object);", async_.name);
                kept_reference(halves, name);
                discard_body(halves, async_.name + "_" + halves.finish->name + "_Proxy(This, ");
                out_.close();
            }
            out_.line("}}  // namespace");
        }
        out_.text_line(idl_line(*halves.begin->whole));
        for (const bool begins : {true, false}) {
            const Function& half = begins ? *halves.begin : *halves.finish;
            const std::string parameters = parameters_of(half);
            out_.open("EXTERN_C {} STDMETHODCALLTYPE {}_{}_Proxy({}* This{}) {{", local_type(half.result), async_.name, half.name, async_.name,
                      parameters.empty() ? "" : ", " + parameters);
            if (begins) begin_body(halves, "odc::com::async_core(This)", name, discarded);
            else finish_body(halves, "odc::com::async_core(This)", name);
            out_.close();
        }
        out_.blank();
    }

    void run() {
        out_.open("class {0}_Call final : public odc::com::AsyncCall<{0}> {{", async_.name);
        label("public:");
        out_.line("using AsyncCall::AsyncCall;");
        for (const auto& halves : halves_) {
            out_.blank();
            out_.text_line(idl_line(*halves.begin->whole));
            begin(halves);
            finish(halves);
        }
        out_.blank();
        label("protected:");
        ids();
        discards();
        kept_members();
        out_.close("};");
        out_.blank();
    }

  private:
    void label(const char* text) {
        out_.outdent();
        out_.line("  {}", text);
        out_.indent();
    }

    static bool is_hresult(const Function& half) { return local_type(half.result) == "HRESULT"; }
    static std::string failure_of(const Function& half, const std::string& hresult) {
        return is_hresult(half) ? hresult : is_void(half.result) ? "" : local_type(half.result) + "{}";
    }
    /// `return value;`, where there may be none.
    void give(const std::string& value) { out_.line("return{}{};", value.empty() ? "" : " ", value); }

    void find_kept(Halves& halves) {
        std::vector<std::string> names;
        for (const auto& p : halves.call->parameters) {
            if (!p.out) continue;
            if (p.source->attributes.has(AttributeKind::byte_count)) diagnostics_.report(Message::async_not_kept, p.source->place, {p.source->shown_name()});
            collect_wire_names(*p.wire, names);
            if (p.callers_array() && p.wire->to->fixed <= 0) halves.rooms.push_back(&p);
        }
        for (const auto& p : halves.call->parameters) {
            if (p.out || std::find(names.begin(), names.end(), p.source->name) == names.end()) continue;
            halves.values.push_back(&p);
            if (!is_value(p.wire->kind == Wire::Kind::pointer ? *p.wire->to : *p.wire))
                diagnostics_.report(Message::async_not_kept, p.source->place, {p.source->shown_name()});
        }
        if (halves.values.empty() && halves.rooms.empty()) return;
        const std::string name = "kept_" + halves.begin->name.substr(sizeof "Begin_" - 1) + "_";
        halves.kept = kept_names_.insert(name).second ? name : name + std::to_string(halves.opnum) + "_";
    }

    void head(const Function& half) {
        out_.open("{} STDMETHODCALLTYPE {}({}) override {{", local_type(half.result), half.name, parameters_of(half));
    }

    /// [local]: with a form that is sent another function does it; without one the slots exist, a call cannot.
    bool unsent(const Halves& halves, const Function& half) {
        if (halves.call) return false;
        if (halves.by_hand) {
            std::string arguments;
            for (const auto& parameter : half.parameters) arguments += ", " + parameter.name;
            out_.line("return {}_{}_Proxy(this{});", halves.owner->name, half.name, arguments);
            out_.close();
            return true;
        }
        for (const auto& parameter : half.parameters) out_.line("(void){};", parameter.name);
        if (!is_void(half.result)) give(failure_of(half, "E_NOTIMPL"));
        out_.close();
        return true;
    }

    void begin(const Halves& halves) {
        const Function& half = *halves.begin;
        head(half);
        if (unsent(halves, half)) return;
        begin_body(halves, "*this");
        out_.close();
    }

    /// `remote`: the name of a [call_as] form.
    void begin_body(const Halves& halves, const std::string& core, const std::string& remote = {}, bool discarded = false) {
        const Function& half = *halves.begin;
        const Call& call = *halves.call;
        out_.line("odc::com::BeginCall call({}, {});", core, halves.opnum);
        if (is_hresult(half)) out_.line("if (const HRESULT begun = call.begin(); FAILED(begun)) return begun;");
        else out_.line("if (FAILED(call.begin())) return{};", is_void(half.result) ? "" : " " + failure_of(half, ""));
        if (!remote.empty()) kept_reference(halves, remote);
        out_.line("[[maybe_unused]] odc::ndr::Writer& out = call.request();");
        const std::string failure = failure_of(half, "out.error()");
        calls_.client_names(call);
        calls_.client_refs(call, "out", failure, CallEmitter::Which::in);
        calls_.client_rooms(call, failure);
        calls_.client_write(call);
        for (const auto* p : halves.values) {
            const auto& name = p->source->name;
            const bool optional = p->wire->kind == Wire::Kind::pointer && !p->wire->reference;
            if (optional) out_.line("{1}.{0} = odc::com::pointee({0});", name, halves.kept);
            else out_.line("{1}.{0} = {0};", name, halves.kept);
        }
        for (const auto* p : halves.rooms) out_.line("{1}.{0}_room = {0}_room;", p->source->name, halves.kept);
        if (discarded) out_.line("call.discard_by(This, {}_discard);", remote);
        if (is_hresult(half)) {
            out_.line("return call.send();");
        } else {
            out_.line("(void)call.send();");
            if (!is_void(half.result)) give(failure_of(half, ""));
        }
    }

    /// Where a [call_as] form's halves find what Begin_ kept, as one class or another may be behind `This`.
    void kept_reference(const Halves& halves, const std::string& name) {
        if (!halves.kept.empty()) out_.line("auto& {} = odc::com::async_core(This).kept<{}_Kept>();", halves.kept, name);
    }

    /// What Begin_ kept, under the names that it has in the expressions.
    void kept_locals(const Halves& halves) {
        for (const auto* p : halves.values) {
            const auto& name = p->source->name;
            if (p->wire->kind != Wire::Kind::pointer) out_.line("[[maybe_unused]] const {0} {1} = {2}.{1};", p->wire->cxx, name, halves.kept);
            else if (p->wire->reference) out_.line("[[maybe_unused]] const {0}& {1} = {2}.{1};", p->wire->to->cxx, name, halves.kept);
            else out_.line("[[maybe_unused]] const {0}* const {1} = {2}.{1} ? &*{2}.{1} : nullptr;", p->wire->to->cxx, name, halves.kept);
        }
        for (const auto* p : halves.rooms) out_.line("[[maybe_unused]] const std::size_t {0}_room = {1}.{0}_room;", p->source->name, halves.kept);
    }

    void finish(const Halves& halves) {
        const Function& half = *halves.finish;
        head(half);
        if (unsent(halves, half)) return;
        finish_body(halves, "*this");
        out_.close();
    }

    void finish_body(const Halves& halves, const std::string& core, const std::string& remote = {}) {
        const Function& half = *halves.finish;
        const Call& call = *halves.call;
        out_.line("odc::com::FinishCall call({}, {});", core, halves.opnum);
        Output cleared;
        for (const auto& p : call.parameters)
            if (p.out && !p.in && !p.callers_array())
                cleared.line("odc::ndr::clear({});", p.memory_type.empty() ? p.source->name : "const_cast<" + p.memory_type + ">(" + p.source->name + ")");
        const std::string unclaimed = failure_of(half, "claimed");
        if (cleared.empty()) {
            out_.line("if (const HRESULT claimed = call.claim(); FAILED(claimed)) return{}{};", unclaimed.empty() ? "" : " ", unclaimed);
        } else {
            out_.open("if (const HRESULT claimed = call.claim(); FAILED(claimed)) {{");
            out_.lines(cleared.text());
            give(unclaimed);
            out_.close();
        }
        calls_.client_names(call);
        calls_.client_memory(call);
        calls_.client_refs(call, "call", failure_of(half, "call.error()"), CallEmitter::Which::out);
        if (!remote.empty()) kept_reference(halves, remote);
        kept_locals(halves);
        calls_.client_before(call);
        calls_.client_clear(call);
        if (is_hresult(half)) out_.line("if (const HRESULT received = call.receive(); FAILED(received)) return received;");
        else out_.line("if (FAILED(call.receive())) return{};", is_void(half.result) ? "" : " " + failure_of(half, ""));
        calls_.client_results(call);
    }

    void ids() {
        out_.open("void* asynchronous(const odc::Guid& iid) override {{");
        std::string own;
        for (const auto* i = &async_; i && i->base; i = i->base) own += (own.empty() ? "iid == IID_" : " || iid == IID_") + i->name;
        out_.line("return {} ? static_cast<{}*>(this) : nullptr;", own, async_.name);
        out_.close();
    }

    /// Whether nothing but the results themselves says where they go.
    static bool can_discard(const Call& call) {
        return std::all_of(call.parameters.begin(), call.parameters.end(), [](const CallParameter& p) {
            return !p.out || (p.wire->kind == Wire::Kind::pointer && !p.wire->to->row &&
                              !(p.wire->to->kind == Wire::Kind::structure && p.wire->to->structure->conformant));
        });
    }

    static bool has_discard(const Halves& halves) {
        if (!halves.call || !can_discard(*halves.call)) return false;
        const auto& parameters = halves.call->parameters;
        return std::any_of(parameters.begin(), parameters.end(), [](const auto& p) { return p.out && holds_objects(*p.wire); });
    }

    void discards() {
        std::vector<const Halves*> some;
        for (const auto& halves : halves_)
            if (has_discard(halves)) some.push_back(&halves);
        if (some.empty()) return;
        out_.open("void discard(std::uint16_t opnum) override {{");
        out_.open("switch (opnum) {{");
        for (const auto* halves : some) discard(*halves);
        out_.line("default: return;");
        out_.close();
        out_.close();
    }

    void discard(const Halves& halves) {
        out_.open("case {}: {{", halves.opnum);
        discard_body(halves, halves.finish->name + "(");
        out_.line("return;");
        out_.close();
    }

    void discard_body(const Halves& halves, const std::string& finish) {
        const Call& call = *halves.call;
        calls_.client_names(call);
        kept_locals(halves);
        std::string arguments;
        for (const auto& p : call.parameters) {
            if (!p.out) continue;
            const auto& name = p.source->name;
            if (p.callers_array()) {
                const std::string room = p.wire->to->fixed > 0 ? std::to_string(p.wire->to->fixed) : name + "_room";
                out_.line("std::vector<{0}> {1}_values({2});", p.wire->to->cxx, name, room);
                out_.line("auto* const {0} = {0}_values.data();", name);
            } else {
                out_.line("{0} {1}_value{{}};", p.wire->to->cxx, name);
                out_.line("auto* const {0} = &{0}_value;", name);
            }
            arguments += (arguments.empty() ? "" : ", ") + as_argument(p.source->type, name);
        }
        out_.line("(void){}{});", finish, arguments);
        out_.line("[[maybe_unused]] odc::ndr::TaskDisposer received;");
        const Scope scope = calls_.client_scope(call);
        for (const auto& p : call.parameters) {
            if (!p.out) continue;
            if (p.callers_array()) calls_.marshal().free_pointee(*p.wire->to, p.source->name, scope, "received");
            else calls_.marshal().free_value(*p.wire->to, "(*" + p.source->name + ")", scope, "received");
        }
    }

    void kept_members() {
        if (kept_names_.empty()) return;
        out_.blank();
        label("private:");
        out_.line("// Of Begin_'s parameters, for Finish_.");
        for (const auto& halves : halves_) {
            if (!halves.kept.empty()) kept_struct(halves, "struct", " " + halves.kept);
        }
    }

    void kept_struct(const Halves& halves, const std::string& head, const std::string& name) {
        out_.open("{} {{", head);
        for (const auto* p : halves.values) {
            if (p->wire->kind != Wire::Kind::pointer) out_.line("{} {}{{}};", p->wire->cxx, p->source->name);
            else if (p->wire->reference) out_.line("{} {}{{}};", p->wire->to->cxx, p->source->name);
            else out_.line("std::optional<{}> {};", p->wire->to->cxx, p->source->name);
        }
        for (const auto* p : halves.rooms) out_.line("std::size_t {}_room = 0;", p->source->name);
        out_.close("}" + name + ";");
    }

    const Interface& async_;
    Diagnostics& diagnostics_;
    Output& out_;
    CallEmitter calls_;
    std::vector<Halves> halves_;
    std::set<std::string> kept_names_;
};

}  // namespace

const Interface* async_form(const Model& model, const Interface& interface) {
    if (!interface.attributes.has(AttributeKind::async_uuid)) return nullptr;
    for (const auto& other : model.ast.all<Interface>())
        if (other.name == "Async" + interface.name && other.base) return &other;
    return nullptr;
}

namespace {

/// The methods of an asynchronous interface, which stand there in halves.
template <class Each>
void for_each_halves(const std::vector<std::pair<const Interface*, const Function*>>& methods, Each each) {
    Halves halves;
    for (const auto& [owner, half] : methods) {
        if (!half->whole) continue;
        if (half->begins) {
            halves = {};
            halves.owner = owner;
            halves.begin = half;
            continue;
        }
        halves.finish = half;
        each(std::exchange(halves, {}));
    }
}

}  // namespace

void emit_call_object(const Model& model, const Interface& interface, const Interface& async, const LaidOut& laid_out, Diagnostics& diagnostics,
                      Output& out) {
    CallObjectEmitter emitter(model, async, diagnostics, out);
    for_each_halves(all_methods(async), [&](Halves halves) {
        for (const auto& [owner, function] : all_methods(interface)) {
            if (function != halves.begin->whole) continue;
            const bool sent = !function->call_as && !function->attributes.has(AttributeKind::local) && !owner->is_local();
            halves.opnum = function->opnum;
            halves.by_hand = function->call_as != nullptr;
            if (sent) halves.call = &laid_out(*function, *owner);
        }
        emitter.add(std::move(halves));
    });
    emitter.run();
}

void emit_remote_halves(const Model& model, const Interface& interface, const Interface& async, const LaidOut& laid_out, Diagnostics& diagnostics,
                        Output& out) {
    std::vector<std::pair<const Interface*, const Function*>> methods;
    for (const auto* function : async.functions)
        if (function->is_remote_form) methods.emplace_back(&async, function);
    for_each_halves(methods, [&](Halves halves) {
        const Function& whole = *halves.begin->whole;
        halves.opnum = whole.opnum;
        halves.call = &laid_out(whole, interface);
        CallObjectEmitter(model, async, diagnostics, out).remote_form(std::move(halves));
    });
}

}  // namespace odc::midl
