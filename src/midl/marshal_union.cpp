// Unions: the tag, and the arm that it selects.
#include <algorithm>

#include "midl/marshal.h"

namespace odc::midl {

void Marshal::write_union(const Wire& wire, const std::string& value, const Scope& scope, bool deferred) {
    const auto& made = *wire.union_;
    std::string tag = spell(model_, wire.switch_is, scope.names);
    if (!deferred) {
        if (!wire.encapsulated && align64(wire) > align64(*made.tag)) out_.line("if (out.ndr64()) out.align({});", align64(wire));
        if (made.type && wire.switch_is) {
            const char* call = made.tag->kind == Wire::Kind::enum16 ? "enum16" : made.tag->call.c_str();
            out_.line("out.{}(static_cast<{}>({}));", call, made.tag->wire_cxx, tag);
        }
        unsigned most64 = 1;
        for (const auto& arm : made.arms)
            if (arm.wire) most64 = std::max(most64, align64(*arm.wire));
        if (made.ms_union && made.align > 1 && !wire.encapsulated) align("out", made.align, most64);
        else if (most64 > 1) out_.line("if (out.ndr64()) out.align({});", most64);
    }
    out_.open("switch (static_cast<long long>({})) {{", tag);
    bool has_default = false;
    for (const auto& arm : made.arms) {
        const bool used = arm.wire && (!deferred || is_deferred(*arm.wire));
        has_default = open_arm(out_, arm, used) || has_default;
        const auto inner = value + (arm.name.empty() ? "" : "." + arm.name);
        if (used && deferred) write_deferred(*arm.wire, inner, scope);
        else if (used) write_flat(*arm.wire, inner, scope);
        close_arm(out_, used);
    }
    if (!has_default) {
        if (deferred) out_.line("default: break;");
        else out_.line("default: out.fail(HRESULT_FROM_WIN32(RPC_S_INVALID_TAG));");
    }
    out_.close();
}

void Marshal::read_union(const Wire& wire, const std::string& value, const Scope& scope, const Memory& memory, bool deferred) {
    const auto& made = *wire.union_;
    std::string tag = spell(model_, wire.switch_is, scope.names);
    // What switch_is names may follow the union: then the union's own tag decides, and is compared once the name has its value.
    std::vector<std::string> names;
    if (!wire.encapsulated) collect_names(wire.switch_is, names);
    const bool late = !std::all_of(names.begin(), names.end(), [&](const auto& name) { return scope.known(name); });
    if (late && deferred && late_arms_.contains(value)) tag = late_arms_[value];
    if (!deferred) {
        if (!wire.encapsulated && align64(wire) > align64(*made.tag)) out_.line("if (in.ndr64()) in.align({});", align64(wire));
        const std::string call = made.tag->kind == Wire::Kind::enum16 ? "enum16" : made.tag->call;
        if (late) {
            const auto arm = unique_name("arm");
            hoisted_.push_back("std::optional<" + made.tag->wire_cxx + "> " + arm + ";");
            out_.line("{} = in.{}();", arm, call);
            checks_.push_back("if (" + arm + ") in.require(odc::ndr::same(static_cast<std::size_t>(*" + arm + "), " + tag + "));");
            late_arms_[value] = tag = "*" + arm;
        } else if (wire.encapsulated) out_.line("{} = static_cast<decltype({})>(in.{}());", tag, tag, call);
        else check(wire.switch_is, false, "static_cast<std::size_t>(in." + call + "())", scope);
        unsigned most64 = 1;
        for (const auto& arm : made.arms)
            if (arm.wire) most64 = std::max(most64, align64(*arm.wire));
        if (made.ms_union && made.align > 1 && !wire.encapsulated) align("in", made.align, most64);
        else if (most64 > 1) out_.line("if (in.ndr64()) in.align({});", most64);
    }
    out_.open("switch (static_cast<long long>({})) {{", tag);
    bool has_default = false;
    for (const auto& arm : made.arms) {
        const bool used = arm.wire && (!deferred || is_deferred(*arm.wire));
        has_default = open_arm(out_, arm, used) || has_default;
        const auto inner = to_fill(value + (arm.name.empty() ? "" : "." + arm.name), arm.cast);
        if (used && deferred) read_deferred(*arm.wire, inner, scope, memory);
        else if (used) read_flat(*arm.wire, inner, scope, memory);
        close_arm(out_, used);
    }
    if (!has_default) out_.text_line(deferred ? "default: break;" : "default: in.fail_now();");
    out_.close();
}

}  // namespace odc::midl
