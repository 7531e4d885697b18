// The functions of structures, and freeing.
#include <algorithm>
#include <set>

#include "midl/marshal.h"

namespace odc::midl {
namespace {

std::string field_value(const WireField& field) { return field.name.empty() ? "v" : "v." + field.name; }
std::string filled_field(const WireField& field) { return to_fill(field_value(field), field.cast); }

}  // namespace

void Marshal::structure_prototypes(const WireStruct& s, bool external) {
    const char* linkage = external ? "" : "[[maybe_unused]] ";
    out_.line("{}void ndr_write_flat(odc::ndr::Writer& out, const {}& v);", linkage, s.cxx);
    if (s.deferred) out_.line("{}void ndr_write_deferred(odc::ndr::Writer& out, const {}& v);", linkage, s.cxx);
    out_.line("{}void ndr_write(odc::ndr::Writer& out, const {}& v);", linkage, s.cxx);
    if (s.conformant) {
        out_.line("{}std::size_t ndr_conformance(odc::ndr::Writer& out, const {}& v);", linkage, s.cxx);
        out_.line("{}void ndr_read_flat(odc::ndr::Reader& in, {}& v, bool in_task_memory, std::size_t conformance);", linkage, s.cxx);
        out_.line("{}void ndr_read_new(odc::ndr::Reader& in, {}*& v, bool in_task_memory);", linkage, s.cxx);
    } else {
        out_.line("{}void ndr_read_flat(odc::ndr::Reader& in, {}& v, bool in_task_memory);", linkage, s.cxx);
        out_.line("{}void ndr_read(odc::ndr::Reader& in, {}& v, bool in_task_memory);", linkage, s.cxx);
    }
    if (s.deferred) out_.line("{}void ndr_read_deferred(odc::ndr::Reader& in, {}& v, bool in_task_memory);", linkage, s.cxx);
    if (s.deferred || s.owns) {
        out_.line("template <class Disposer>");
        out_.line("{}void ndr_free(Disposer& to, const {}& v);", linkage, s.cxx);
    }
}

void Marshal::structure_functions(const WireStruct& s, bool external) {
    const std::string linkage = external ? "" : "[[maybe_unused]] ";
    const Scope scope = field_scope(s, "v");
    const Memory memory{"in_task_memory"};
    const unsigned wide = [&] {
        unsigned most = 1;
        for (const auto& field : s.fields) most = std::max(most, align64(*field.wire));
        return most;
    }();
    const auto fields = [&](auto&& visit) {
        for (std::size_t i = s.type->encapsulated ? 1 : 0; i < s.fields.size(); ++i) visit(s.fields[i]);
    };
    const auto reset = [&] {
        begin_function();
        for (const char* name : {"out", "in", "v", "in_task_memory", "conformance", "to"}) reserve_name(name);
    };
    const bool nested = s.recursive;
    // MS-RPCE 2.2.5.3.4.1: of structures that end where their fields do. Unions have no gap at their end (2.2.5.3.4.4), encapsulated or not.
    const bool gap_at_end = wide > 1 && !s.conformant && !s.type->encapsulated;
    out_.blank();
    if (s.block) out_.line("static_assert(sizeof({}) == {}, \"{} lies in memory as on the wire\");", s.cxx, s.memory_size, s.cxx);
    reset();
    out_.open("{}void ndr_write_flat(odc::ndr::Writer& out, const {}& v) {{", linkage, s.cxx);
    align("out", s.align, wide);
    if (s.block) {
        out_.line("out.copy(&v, sizeof v);");
    } else {
        fields([&](const WireField& field) { write_flat(*field.wire, field_value(field), scope); });
        if (gap_at_end) out_.line("if (out.ndr64()) out.align({});", wide);
    }
    out_.close();
    if (s.deferred) {
        reset();
        out_.open("{}void ndr_write_deferred(odc::ndr::Writer& out, const {}& v) {{", linkage, s.cxx);
        if (nested) {
            out_.line("const odc::ndr::Nested depth(out);");
            out_.line("if (out.too_deep()) return;");
        }
        fields([&](const WireField& field) { write_deferred(*field.wire, field_value(field), scope); });
        out_.close();
    }
    if (s.conformant) {
        reset();
        out_.open("{}std::size_t ndr_conformance([[maybe_unused]] odc::ndr::Writer& out, const {}& v) {{", linkage, s.cxx);
        const auto dot = s.conformant_path.find('.');
        if (dot == std::string::npos && s.conformant->kind == Wire::Kind::string)
            out_.line("return {};", text_size(*s.conformant, "v." + s.conformant_path, scope));
        else if (dot == std::string::npos) out_.line("return odc::ndr::extent(out, {});", size_expression(*s.conformant, scope));
        else out_.line("return ndr_conformance(out, v.{});", s.conformant_path.substr(0, dot));
        out_.close();
    }
    out_.open("{}void ndr_write(odc::ndr::Writer& out, const {}& v) {{", linkage, s.cxx);
    if (s.conformant) out_.line("out.count(ndr_conformance(out, v));");
    out_.line("ndr_write_flat(out, v);");
    if (s.deferred) out_.line("ndr_write_deferred(out, v);");
    out_.close();

    reset();
    out_.open("{}void ndr_read_flat(odc::ndr::Reader& in, {}& v, [[maybe_unused]] bool in_task_memory{}) {{", linkage, s.cxx,
              s.conformant ? ", std::size_t conformance" : "");
    align("in", s.align, wide);
    if (s.block) out_.line("if (!in.swaps()) return in.copy(&v, sizeof v);");
    std::set<std::string> seen;
    Scope reading = scope;
    reading.known = [&seen](const std::string& name) { return seen.contains(name); };
    const auto before = out_.size();
    fields([&](const WireField& field) {
        if (field.wire->kind == Wire::Kind::structure && field.wire->structure->conformant)
            out_.line("ndr_read_flat(in, {}, in_task_memory, conformance);", filled_field(field));
        else read_flat(*field.wire, filled_field(field), reading, memory);
        seen.insert(field.name);
    });
    out_.insert_lines(before, take_hoisted());
    for (const auto& text : take_checks()) out_.text_line(text);
    if (gap_at_end && !s.block) out_.line("if (in.ndr64()) in.align({});", wide);
    out_.close();
    if (s.deferred) {
        reset();
        out_.open("{}void ndr_read_deferred(odc::ndr::Reader& in, {}& v, [[maybe_unused]] bool in_task_memory) {{", linkage, s.cxx);
        if (nested) {
            out_.line("const odc::ndr::Nested depth(in);");
            out_.line("if (in.failed()) return;");
        }
        fields([&](const WireField& field) { read_deferred(*field.wire, filled_field(field), scope, memory); });
        out_.close();
    }
    if (s.conformant) {
        out_.open("{}void ndr_read_new(odc::ndr::Reader& in, {}*& v, bool in_task_memory) {{", linkage, s.cxx);
        if (s.conformant->varying() || s.conformant->kind == Wire::Kind::string) {
            out_.line("const std::size_t conformance = in.bound();");
            out_.line("in.require(odc::ndr::has_room<{}>(in, conformance));", s.conformant->cxx);
        } else {
            out_.line("const std::size_t conformance = in.count({});", s.conformant->to->size_in_array());
        }
        check_range(*s.conformant, "conformance");
        out_.line("v = odc::ndr::allocate_conformant<{0}>(in, in_task_memory, offsetof({0}, {1}), conformance, sizeof({2}));", s.cxx,
                  s.conformant_path, s.conformant->cxx);
        out_.line("if (!v) return;");
        out_.line("ndr_read_flat(in, *v, in_task_memory, conformance);");
        if (s.deferred) out_.line("ndr_read_deferred(in, *v, in_task_memory);");
        out_.close();
    } else {
        out_.open("{}void ndr_read(odc::ndr::Reader& in, {}& v, bool in_task_memory) {{", linkage, s.cxx);
        out_.line("ndr_read_flat(in, v, in_task_memory);");
        if (s.deferred) out_.line("ndr_read_deferred(in, v, in_task_memory);");
        out_.close();
    }
    if (s.deferred || s.owns) {
        reset();
        out_.line("template <class Disposer>");
        out_.open("void ndr_free([[maybe_unused]] Disposer& to, [[maybe_unused]] const {}& v) {{", s.cxx);
        fields([&](const WireField& field) { free_value(*field.wire, field_value(field), scope, "to"); });
        out_.close();
    }
}

void Marshal::conversion_functions(const Wire& wire) {
    const Scope scope{[](const std::string&, bool) { return std::string(); }};
    const auto& name = wire.user;
    const Wire& to = *wire.to;
    const bool sized = to.kind == Wire::Kind::structure && to.structure->conformant;
    const std::string sent_type = wire.represent ? name : to.cxx;
    out_.blank();
    out_.line("// {} travels as {}.", wire.cxx, sent_type);
    begin_function();
    out_.open("[[maybe_unused]] void ndr_write_{}(odc::ndr::Writer& out, const {}& v) {{", name, wire.cxx);
    out_.line("{}* sent = nullptr;", sent_type);
    out_.line("{}_{}(const_cast<{}*>(&v), &sent);", name, wire.represent ? "from_local" : "to_xmit", wire.cxx);
    out_.line("if (!out.ref(sent)) return;");
    write_all(to, "(*sent)", scope);
    out_.line("{}_free_{}(sent);", name, wire.represent ? "inst" : "xmit");
    out_.close();
    begin_function();
    out_.open("[[maybe_unused]] void ndr_read_{}(odc::ndr::Reader& in, {}& v) {{", name, wire.cxx);
    if (sized) {
        out_.line("{}* sent = nullptr;", sent_type);
        out_.line("ndr_read_new(in, sent, false);");
    } else {
        out_.line("{} sent{{}};", sent_type);
        read_all(to, "sent", scope, {"false", {}});
    }
    out_.line("if (in.failed()) return;");
    out_.line("{}_{}({}sent, &v);", name, wire.represent ? "to_local" : "from_xmit", sized ? "" : "&");
    out_.line("in.own(&v, [](void* value) {{ {}_free_{}(static_cast<{}*>(value)); }});", name, wire.represent ? "local" : "inst", wire.cxx);
    out_.close();
}

void Marshal::conversion_prototypes(const Wire& wire) {
    out_.line("[[maybe_unused]] void ndr_write_{}(odc::ndr::Writer& out, const {}& v);", wire.user, wire.cxx);
    out_.line("[[maybe_unused]] void ndr_read_{}(odc::ndr::Reader& in, {}& v);", wire.user, wire.cxx);
}

void Marshal::pipe_writer(const Wire& pipe, const std::string& head, const std::string& tail) {
    out_.open("{}](const {}* chunk, std::size_t chunk_size) {{", head, pipe.to->cxx);
    write_elements_flat(pipe, "chunk", "chunk_size", {[](const std::string&, bool) { return std::string(); }});
    out_.close(tail);
}

void Marshal::pipe_input(const Wire& pipe, const std::string& head, const std::string& tail) {
    out_.open("{}odc::rpc::pipe_input<{}>(in, {}, [&in]({}* chunk, std::size_t chunk_size) {{", head, pipe.to->cxx, std::max(pipe.to->size, 1u), pipe.to->cxx);
    read_elements_flat(pipe, "chunk", "chunk_size", {[](const std::string&, bool) { return std::string(); }}, {"false", {}});
    if (pipe.range_low) {
        out_.outdent();
        out_.open("}}, [&in](std::size_t chunk_size) {{");
        check_range(pipe, "chunk_size");
    }
    out_.close("}" + tail);
}

void Marshal::free_value(const Wire& wire, const std::string& value, const Scope& scope, const std::string& to) {
    switch (wire.kind) {
        case Wire::Kind::structure:
            if (frees(wire)) out_.line("ndr_free({}, {});", to, value);
            break;
        case Wire::Kind::object: out_.line("{}.release({});", to, wire.interface_ ? value : "static_cast<IUnknown*>(" + value + ")"); break;
        case Wire::Kind::user: out_.line("odc::ndr::free_user({}, {}_wire, {});", to, wire.user, value); break;
        case Wire::Kind::converted:
            out_.line("{}_free_{}(const_cast<{}*>(&{}));", wire.user, wire.represent ? "local" : "inst", wire.cxx, value);
            break;
        case Wire::Kind::pointer:
            if (wire.to->kind == Wire::Kind::nothing) break;
            if (wire.to->kind == Wire::Kind::string || !(wire.to->kind == Wire::Kind::array ? frees(*wire.to->to) : frees(*wire.to))) {
                out_.line("{}.free_later({});", to, value);
            } else {
                out_.open("if ({}) {{", value);
                free_pointee(*wire.to, value, scope, to);
                out_.line("{}.free_later({});", to, value);
                out_.close();
            }
            break;
        case Wire::Kind::array:
            if (frees(*wire.to)) free_pointee(wire, value, scope, to);
            break;
        case Wire::Kind::union_: {
            if (!frees(wire)) break;
            out_.open("switch (static_cast<long long>({})) {{", spell(model_, wire.switch_is, scope.names));
            bool has_default = false;
            for (const auto& arm : wire.union_->arms) {
                const bool used = arm.wire && frees(*arm.wire);
                has_default = open_arm(out_, arm, used) || has_default;
                if (used) free_value(*arm.wire, value + (arm.name.empty() ? "" : "." + arm.name), scope, to);
                close_arm(out_, used);
            }
            if (!has_default) out_.line("default: break;");
            out_.close();
            break;
        }
        default: break;
    }
}

/// What hangs on a pointee; not the pointee's own block.
void Marshal::free_pointee(const Wire& wire, const std::string& given, const Scope& scope, const std::string& to) {
    const std::string pointer = wire.row ? "(*" + given + ")" : given;
    if (wire.kind == Wire::Kind::string) return;
    if (wire.kind != Wire::Kind::array) return free_value(wire, "(*" + pointer + ")", scope, to);
    if (!frees(*wire.to)) return;
    const auto i = unique_name("i");
    const std::string count = wire.fixed > 0      ? std::to_string(wire.fixed)
                              : wire.length_is    ? "static_cast<std::size_t>(" + length_expression(wire, scope) + ")"
                                                  : "static_cast<std::size_t>(" + size_expression(wire, scope) + ")";
    out_.open("for (std::size_t {0} = 0; {0} < {1}; ++{0}) {{", i, count);
    free_value(*wire.to, (pointer.front() == '*' ? "(" + pointer + ")" : pointer) + "[" + i + "]", scope, to);
    out_.close();
    taken_.erase(i);
}

/// An array is aligned as its elements are, also when it has none. `counted`: behind counts, which are aligned for 4 (in NDR64 for 8).
/// Numbers and structures that are copied whole see to it themselves.
void Marshal::align_elements(const char* stream, const Wire& array, bool counted) {
    const Wire& element = *array.to;
    if (array.fixed > 0 && !array.varying()) return;
    switch (element.kind) {
        case Wire::Kind::structure:
            if (element.structure->block) return;
            break;
        case Wire::Kind::array:
        case Wire::Kind::object: break;
        case Wire::Kind::pointer:
            if (is_reference(element)) return;
            break;
        case Wire::Kind::number:
        case Wire::Kind::enum16:
            if (is_plain_number(element)) return;
            break;
        default: return;
    }
    const unsigned ndr20 = element.align, ndr64 = align64(element);
    if (ndr20 > (counted ? 4u : 1u) || ndr64 > (counted ? 8u : 1u)) align(stream, ndr20, ndr64);
}

}  // namespace odc::midl
