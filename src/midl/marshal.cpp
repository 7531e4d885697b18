#include "midl/marshal.h"

#include <algorithm>

namespace odc::midl {
namespace {

/// The last name in an lvalue: "(*v.data)" gives "data".
std::string last_name(const std::string& value) {
    std::string name;
    for (std::size_t i = value.size(); i > 0; --i) {
        const char c = value[i - 1];
        if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') name.insert(name.begin(), c);
        else if (!name.empty()) break;
    }
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) name = "n" + name;
    return name;
}

std::string pointee(const std::string& pointer) { return "(*" + pointer + ")"; }
std::string bare(const std::string& value) {
    return value.size() > 3 && value.front() == '(' && value[1] == '*' && value.back() == ')' &&
                   value.find_first_of("()", 1) == value.size() - 1
               ? value.substr(1, value.size() - 2)
               : value;
}

/// Where a part begins, once it is known to lie within its array.
std::string part_start(const std::string& first) { return "(in.failed() ? 0 : " + first + ")"; }

std::string indexed(const std::string& value, const std::string& i) {
    return (value.front() == '*' ? "(" + value + ")" : value) + "[" + i + "]";
}

/// What must hold before a value behind pointers is touched once the whole message was read: of `*p`, `p && *p`.
std::string not_null(std::string target) {
    std::string all = target;
    for (;;) {
        if (target.starts_with("(*") && target.ends_with(")")) target = target.substr(2, target.size() - 3);
        else if (target.starts_with("*")) target.erase(0, 1);
        else return all;
        all = target + " && " + all;
    }
}

unsigned struct_align64(const WireStruct& structure) {
    if (structure.busy) return 8;
    unsigned most = 1;
    for (const auto& field : structure.fields) most = std::max(most, align64(*field.wire));
    return most;
}

}  // namespace

unsigned align64(const Wire& wire) {
    switch (wire.kind) {
        case Wire::Kind::pointer: case Wire::Kind::object: return 8;
        case Wire::Kind::user: return wire.to ? align64(*wire.to) : 8;
        case Wire::Kind::enum16: return 4;
        case Wire::Kind::number: return wire.call.ends_with("3264") ? 8 : wire.align;
        case Wire::Kind::structure: return struct_align64(*wire.structure);
        case Wire::Kind::union_: {
            unsigned most = align64(*wire.union_->tag);
            for (const auto& arm : wire.union_->arms)
                if (arm.wire) most = std::max(most, align64(*arm.wire));
            return most;
        }
        case Wire::Kind::array: return std::max(wire.varying() ? 8u : 1u, align64(*wire.to));
        case Wire::Kind::string: return 8;
        case Wire::Kind::converted: return align64(*wire.to);
        default: return wire.align;
    }
}

std::string to_fill(const std::string& value, const std::string& cast) { return cast.empty() ? value : "const_cast<" + cast + ">(" + value + ")"; }

/// A reference pointer, which an array does not hold in place.
bool is_reference(const Wire& wire) {
    return wire.kind == Wire::Kind::pointer && wire.pointer == PointerKind::ref && wire.to->kind != Wire::Kind::nothing;
}

bool is_plain_number(const Wire& wire) { return wire.kind == Wire::Kind::number && !wire.call.ends_with("3264"); }

Scope field_scope(const WireStruct& structure, const std::string& value) {
    Scope scope;
    scope.names = [&structure, value](const std::string& name, bool dereferenced) -> std::string {
        for (const auto& field : structure.fields) {
            if (field.name != name) continue;
            // A pointer that could not be read is null.
            if (dereferenced && field.wire->kind == Wire::Kind::pointer) return "odc::ndr::value_or_zero(" + value + "." + name + ")";
            return value + "." + name;
        }
        return {};
    };
    return scope;
}

bool open_arm(Output& out, const WireUnion::Arm& arm, bool braces) {
    std::vector<std::string> labels;
    for (const auto label : arm.labels) labels.push_back("case " + std::to_string(label) + ":");
    if (arm.is_default) labels.push_back("default:");
    for (std::size_t i = 0; i < labels.size(); ++i) out.line("{}{}", labels[i], braces && i + 1 == labels.size() ? " {" : "");
    out.indent();
    return arm.is_default;
}

void close_arm(Output& out, bool braces) {
    out.line("break;");
    out.outdent();
    if (braces) out.line("}}");
}

std::string Marshal::unique_name(const std::string& wanted) {
    std::string name = wanted;
    for (int i = 2; !taken_.insert(name).second; ++i) name = wanted + std::to_string(i);
    return name;
}

std::string Marshal::size_expression(const Wire& array, const Scope& scope) {
    if (!array.size_is) return std::to_string(array.fixed);
    const auto text = spell(model_, array.size_is, scope.names);
    return array.is_max ? "odc::ndr::one_more(" + text + ")" : text;
}

std::string Marshal::end_expression(const Wire& array, const Scope& scope) {
    const auto text = spell(model_, array.length_is, scope.names);
    if (array.is_last) return "odc::ndr::one_more(" + text + ")";
    if (!array.first_is) return text;
    return "odc::ndr::wide(" + spell(model_, array.first_is, scope.names) + ") + odc::ndr::wide(" + text + ")";
}

/// The maximum count of a text at the end of a structure.
std::string Marshal::text_size(const Wire& text, const std::string& value, const Scope& scope) {
    if (text.size_is) return "odc::ndr::extent(out, " + size_expression(text, scope) + ")";
    return "odc::ndr::text_room(odc::ndr::open_end(" + value + "))";
}

std::string Marshal::length_expression(const Wire& array, const Scope& scope) {
    std::string text = spell(model_, array.length_is, scope.names);
    if (!array.is_last) return text;
    if (!array.first_is) return "odc::ndr::one_more(" + text + ")";
    return "odc::ndr::wide(" + text + ") + 1 - odc::ndr::wide(" + spell(model_, array.first_is, scope.names) + ")";
}

std::string Marshal::iid_expression(const Wire& object, const Scope& scope) {
    if (!object.iid_is) return "IID_" + object.interface_->name;
    const Expr* expr = object.iid_is;
    if (expr->kind == Expr::Kind::name) {
        const auto text = scope.names(expr->spelling, true);
        return text.empty() ? "*" + expr->spelling : text;
    }
    return spell(model_, expr, scope.names);
}

void Marshal::align(const char* stream, unsigned ndr20, unsigned ndr64) {
    if (ndr20 == ndr64) {
        if (ndr20 > 1) out_.line("{}.align({});", stream, ndr20);
    } else {
        out_.line("{0}.align({0}.ndr64() ? {1} : {2});", stream, ndr64, ndr20);
    }
}

// Writing ----------------------------------------------------------------------------------------------------------------

/// `const std::size_t data_size = …;` for the number of elements that an array has; the name of the constant, or a number.
std::string Marshal::counted(const Wire& array, const Scope& scope, const std::string& value) {
    if (array.fixed > 0) return std::to_string(array.fixed);
    const auto name = unique_name(last_name(value) + "_size");
    out_.line("const std::size_t {} = odc::ndr::extent(out, {});", name, size_expression(array, scope));
    return name;
}

void Marshal::write_elements_flat(const Wire& array, const std::string& value, const std::string& count, const Scope& scope) {
    const Wire& element = *array.to;
    if (is_plain_number(element)) {
        out_.line("out.elements({}, {});", value, count);
        return;
    }
    if (is_reference(element)) {
        out_.line("odc::ndr::write_references(out, {}, {});", value, count);
        return;
    }
    if (element.kind == Wire::Kind::guid || (element.kind == Wire::Kind::structure && element.structure->block)) {
        align("out", element.align, element.align);
        out_.line("out.bytes({}, {} * sizeof({}));", value, count, element.cxx);
        return;
    }
    const auto i = unique_name("i");
    out_.open("for (std::size_t {0} = 0; {0} < {1}; ++{0}) {{", i, count);
    if (element.kind == Wire::Kind::union_ && element.union_->ms_union && element.union_->align > 1)
        align("out", element.union_->align, 1);  // MS-RPCE 2.2.4.5: each element, not only its arm
    write_flat(element, indexed(value, i), scope);
    out_.close();
    taken_.erase(i);
}

void Marshal::write_elements_deferred(const Wire& array, const std::string& value, const std::string& count, const Scope& scope) {
    if (!is_deferred(*array.to)) return;
    const auto i = unique_name("i");
    out_.open("for (std::size_t {0} = 0; {0} < {1}; ++{0}) {{", i, count);
    write_deferred(*array.to, indexed(value, i), scope);
    out_.close();
    taken_.erase(i);
}

void Marshal::write_flat(const Wire& wire, const std::string& value, const Scope& scope) {
    switch (wire.kind) {
        case Wire::Kind::nothing: break;
        case Wire::Kind::pipe: break;  // parameters only, which the call itself carries
        case Wire::Kind::context: out_.line("odc::rpc::write_context(out, {});", bare(value)); break;  // of an array
        case Wire::Kind::converted: out_.line("ndr_write_{}(out, {});", wire.user, bare(value)); break;
        case Wire::Kind::number:
        case Wire::Kind::enum16: {
            const char* call = wire.kind == Wire::Kind::enum16 ? "enum16" : wire.call.c_str();
            if (wire.call.ends_with("3264")) out_.line("out.{}(static_cast<{}>({}));", call, wire.wire_cxx, bare(value));
            else out_.line("out.{}({});", call, bare(value));
            break;
        }
        case Wire::Kind::guid: out_.line("out.guid({});", bare(value)); break;
        case Wire::Kind::structure: out_.line("ndr_write_flat(out, {});", bare(value)); break;
        case Wire::Kind::union_: write_union(wire, value, scope, false); break;
        case Wire::Kind::pointer:
            if (wire.to->kind == Wire::Kind::nothing) out_.line("out.unique(nullptr);");
            else if (wire.pointer == PointerKind::ref) out_.line("out.embedded_ref({});", bare(value));
            else if (wire.pointer == PointerKind::full) out_.line("out.full_reference({});", bare(value));
            else out_.line("out.unique({});", bare(value));
            break;
        case Wire::Kind::object: out_.line("out.unique({});", bare(value)); break;
        case Wire::Kind::user:
            if (wire.pointer != PointerKind::unset) out_.line("out.unique(&{});", value);
            else out_.line("{}_wire.write(out, &{});", wire.user, value);
            break;
        case Wire::Kind::string:
            if (wire.fixed > 0) out_.line("odc::ndr::write_fixed_string(out, {}, {});", value, wire.fixed);
            else out_.line("odc::ndr::write_fixed_string(out, odc::ndr::open_end({}), {});", value, text_size(wire, value, scope));
            break;
        case Wire::Kind::array: {
            // Conformance has been written by whoever holds the array.
            std::string count = counted(wire, scope, value);
            std::string elements = value;
            if (wire.varying()) {
                std::string first = "0";
                if (wire.first_is) {
                    first = unique_name(last_name(value) + "_first");
                    out_.line("const std::size_t {} = odc::ndr::within(out, {}, {});", first, spell(model_, wire.first_is, scope.names), count);
                }
                const auto length = unique_name(last_name(value) + "_length");
                const std::string room = wire.first_is ? count + " - " + first : count;
                out_.line("const std::size_t {} = odc::ndr::within(out, {}, {});", length,
                          wire.length_is ? length_expression(wire, scope) : room, room);
                out_.line("out.count({});", first);
                out_.line("out.count({});", length);
                count = length;
                if (wire.first_is) elements = value + " + " + first;
            }
            if (wire.to->kind == Wire::Kind::array && wire.to->fixed > 0 && is_plain_number(*wire.to->to) && !wire.to->varying())
                out_.line("out.elements(odc::ndr::open_end({}[0]), {} * {});", elements == value ? value : "(" + elements + ")", count, wire.to->fixed);
            else {
                align_elements("out", wire, wire.varying());
                write_elements_flat(wire, elements == value ? value : "(" + elements + ")", count, scope);
            }
            break;
        }
    }
}

void Marshal::write_deferred(const Wire& wire, const std::string& value, const Scope& scope) {
    switch (wire.kind) {
        case Wire::Kind::structure:
            if (wire.structure->deferred) out_.line("ndr_write_deferred(out, {});", bare(value));
            break;
        case Wire::Kind::union_:
            if (wire.union_->deferred) write_union(wire, value, scope, true);
            break;
        case Wire::Kind::pointer:
            if (wire.to->kind == Wire::Kind::nothing) break;
            if (wire.pointer == PointerKind::full) out_.open("if (out.full_pointee({})) {{", bare(value));
            else out_.open("if ({}) {{", bare(value));
            write_pointee(*wire.to, value, scope);
            out_.close();
            break;
        case Wire::Kind::object:
            out_.line("if ({0}) out.object({1}, {0});", bare(value), iid_expression(wire, scope));
            break;
        case Wire::Kind::user:
            if (wire.pointer != PointerKind::unset) out_.line("{}_wire.write(out, &{});", wire.user, value);
            break;
        case Wire::Kind::array: {
            if (!is_deferred(*wire.to)) break;
            std::string count = counted(wire, scope, value), elements = value;
            if (wire.first_is) {
                const auto first = unique_name(last_name(value) + "_first");
                out_.line("const std::size_t {} = odc::ndr::within(out, {}, {});", first, spell(model_, wire.first_is, scope.names), count);
                elements = "(" + value + " + " + first + ")";
                count += " - " + first;
            }
            if (wire.length_is) {
                const auto length = unique_name(last_name(value) + "_length");
                out_.line("const std::size_t {} = odc::ndr::within(out, {}, {});", length, length_expression(wire, scope), count);
                count = length;
            }
            write_elements_deferred(wire, elements, count, scope);
            break;
        }
        default: break;
    }
}

void Marshal::write_pointee(const Wire& to, const std::string& pointer, const Scope& scope) {
    if (to.row) return write_all(to, pointee(bare(pointer)), scope);
    if (to.kind == Wire::Kind::array || to.kind == Wire::Kind::string) write_all(to, bare(pointer), scope);
    else write_all(to, pointee(bare(pointer)), scope);
}

void Marshal::write_all(const Wire& wire, const std::string& value, const Scope& scope) {
    switch (wire.kind) {
        case Wire::Kind::string:
            if (wire.fixed > 0) out_.line("odc::ndr::write_fixed_string(out, {}, {});", value, wire.fixed);
            else if (wire.size_is) {
                out_.line("odc::ndr::write_sized_string(out, {}, odc::ndr::extent(out, {}));", value, size_expression(wire, scope));
            } else {
                out_.line("out.string({});", value);
            }
            return;
        case Wire::Kind::structure: out_.line("ndr_write(out, {});", bare(value)); return;
        case Wire::Kind::object: out_.line("out.interface_pointer({}, {});", iid_expression(wire, scope), bare(value)); return;
        case Wire::Kind::array: {
            if (wire.fixed < 0) {
                const auto size = unique_name(last_name(value) + "_size");
                out_.line("const std::size_t {} = odc::ndr::extent(out, {});", size, size_expression(wire, scope));
                out_.line("out.count({});", size);
                std::string count = size, elements = value;
                if (wire.varying()) {
                    std::string first = "0";
                    if (wire.first_is) {
                        first = unique_name(last_name(value) + "_first");
                        out_.line("const std::size_t {} = odc::ndr::within(out, {}, {});", first,
                                  spell(model_, wire.first_is, scope.names), size);
                        elements = "(" + value + " + " + first + ")";
                    }
                    const auto length = unique_name(last_name(value) + "_length");
                    const std::string room = wire.first_is ? size + " - " + first : size;
                    out_.line("const std::size_t {} = odc::ndr::within(out, {}, {});", length,
                              wire.length_is ? length_expression(wire, scope) : room, room);
                    out_.line("out.count({});", first);
                    out_.line("out.count({});", length);
                    count = length;
                }
                align_elements("out", wire, true);
                write_elements_flat(wire, elements, count, scope);
                write_elements_deferred(wire, elements, count, scope);
                return;
            }
            write_flat(wire, value, scope);
            write_deferred(wire, value, scope);
            return;
        }
        case Wire::Kind::pointer:
            if (wire.to->kind == Wire::Kind::nothing) {
                out_.line("out.unique(nullptr);");
                return;
            }
            if (wire.pointer == PointerKind::full) out_.open("if (out.full({})) {{", bare(value));
            else if (wire.pointer == PointerKind::ref) out_.open("if (out.embedded_ref({})) {{", bare(value));
            else out_.open("if (out.unique({})) {{", bare(value));
            write_pointee(*wire.to, value, scope);
            out_.close();
            return;
        default:
            write_flat(wire, value, scope);
            write_deferred(wire, value, scope);
    }
}

// Reading ----------------------------------------------------------------------------------------------------------------

void Marshal::check(const Expr* expr, bool one_more, const std::string& count, const Scope& scope) {
    if (!expr) return;
    std::vector<std::string> names;
    collect_names(expr, names);
    const bool now = std::all_of(names.begin(), names.end(), [&](const auto& name) { return scope.known(name); });
    const auto value = spell(model_, expr, scope.names);
    const std::string text = "in.require(odc::ndr::same(" + count + ", " + (one_more ? "odc::ndr::one_more(" + value + ")" : value) + "));";
    if (now) out_.text_line(text);
    else checks_.push_back(text);
}

/// The offset and the actual count of a varying array, against first_is and length_is or last_is.
void Marshal::check_part(const Wire& array, const std::string& first, const std::string& length, const Scope& scope) {
    if (array.first_is) check(array.first_is, false, first, scope);
    else out_.line("in.require({} == 0);", first);
    if (array.is_last) check(array.length_is, true, first + " + " + length, scope);
    else check(array.length_is, false, length, scope);
}

/// A check that may have to wait for the values of other parameters; a pointer that is null then has nothing to be checked.
void Marshal::check_late(const Expr* expr, bool one_more, const std::string& count, const std::string& target, const Scope& scope) {
    const auto before = checks_.size();
    check(expr, one_more, count, scope);
    if (checks_.size() > before) checks_.back() = "if (" + not_null(target) + ") " + checks_.back();
}

/// A local that holds what is read; declared outside of everything when the check against `expr` has to wait.
std::string Marshal::late_local(const std::string& pointer, const char* what, const Expr* expr, const std::string& read, const Scope& scope) {
    const auto name = unique_name(last_name(pointer) + what);
    std::vector<std::string> names;
    collect_names(expr, names);
    if (std::all_of(names.begin(), names.end(), [&](const auto& each) { return scope.known(each); })) {
        out_.line("const std::size_t {} = {};", name, read);
    } else {
        hoisted_.push_back("std::size_t " + name + " = 0;");
        out_.line("{} = {};", name, read);
    }
    return name;
}

void Marshal::check_range(const Wire& wire, const std::string& value) {
    if (!wire.range_low) return;
    const auto plain = [](const std::string&, bool) { return std::string(); };
    out_.line("in.require(odc::ndr::in_range({}, {}, {}));", value, spell(model_, wire.range_low, plain), spell(model_, wire.range_high, plain));
}

std::string Marshal::number_in(const Wire& wire) {
    const std::string call = wire.kind == Wire::Kind::enum16 ? "in.enum16()" : "in." + wire.call + "()";
    return wire.is_enum ? "static_cast<" + wire.cxx + ">(" + call + ")" : call;
}

void Marshal::read_elements_flat(const Wire& array, const std::string& value, const std::string& count, const Scope& scope, const Memory& memory) {
    const Wire& element = *array.to;
    if (is_plain_number(element)) {
        out_.line("in.elements({}, {});", value, count);
        return;
    }
    if (element.kind == Wire::Kind::guid) {
        out_.line("odc::ndr::read_blocks(in, {}, {}, 4, [](odc::ndr::Reader& from, odc::Guid& each) {{ each = from.guid(); }});", value, count);
        return;
    }
    if (is_reference(element)) {
        out_.line("odc::ndr::read_references(in, {}, {});", value, count);
        return;
    }
    const auto i = unique_name("i");
    if (element.kind == Wire::Kind::structure && element.structure->block) {
        out_.line("odc::ndr::read_blocks(in, {}, {}, {}, [](odc::ndr::Reader& from, {}& each) {{ ndr_read_flat(from, each, false); }});", value, count,
                  element.align, element.cxx);
        taken_.erase(i);
        return;
    }
    out_.open("for (std::size_t {0} = 0; {0} < {1} && !in.failed(); ++{0}) {{", i, count);
    if (element.kind == Wire::Kind::union_ && element.union_->ms_union && element.union_->align > 1)
        align("in", element.union_->align, 1);
    read_flat(element, indexed(value, i), scope, memory);
    out_.close();
    taken_.erase(i);
}

void Marshal::read_elements_deferred(const Wire& array, const std::string& value, const std::string& count, const Scope& scope,
                                     const Memory& memory) {
    if (!is_deferred(*array.to)) return;
    const auto i = unique_name("i");
    out_.open("for (std::size_t {0} = 0; {0} < {1} && !in.failed(); ++{0}) {{", i, count);
    read_deferred(*array.to, indexed(value, i), scope, memory);
    out_.close();
    taken_.erase(i);
}

void Marshal::read_flat(const Wire& wire, const std::string& value, const Scope& scope, const Memory& memory) {
    switch (wire.kind) {
        case Wire::Kind::nothing: break;
        case Wire::Kind::pipe: break;
        case Wire::Kind::context: out_.line("{} = odc::rpc::read_context(in);", bare(value)); break;
        case Wire::Kind::converted: out_.line("ndr_read_{}(in, {});", wire.user, bare(value)); break;
        case Wire::Kind::number:
        case Wire::Kind::enum16:
            out_.line("{} = {};", bare(value), number_in(wire));
            check_range(wire, bare(value));
            break;
        case Wire::Kind::guid: out_.line("{} = in.guid();", bare(value)); break;
        case Wire::Kind::structure: out_.line("ndr_read_flat(in, {}, {});", bare(value), memory.in_task); break;
        case Wire::Kind::union_: read_union(wire, value, scope, memory, false); break;
        case Wire::Kind::pointer:
            if (wire.to->kind == Wire::Kind::nothing) {
                out_.line("(void)in.unique();");
                out_.line("{} = nullptr;", bare(value));
            } else if (wire.pointer == PointerKind::ref) {
                out_.line("odc::ndr::mark_ref(in, {});", bare(value));
            } else if (wire.pointer == PointerKind::full) {
                out_.line("odc::ndr::mark_full(in, {});", bare(value));
            } else {
                out_.line("odc::ndr::mark_unique(in, {});", bare(value));
            }
            break;
        case Wire::Kind::object: out_.line("odc::ndr::mark_unique(in, {});", bare(value)); break;
        case Wire::Kind::user:
            if (wire.pointer != PointerKind::unset) out_.line("in.require(in.unique());");
            else out_.line("{}_wire.read(in, &{});", wire.user, value);
            break;
        case Wire::Kind::string:
            if (wire.fixed > 0) out_.line("odc::ndr::read_fixed_string(in, {}, {});", value, wire.fixed);
            else {
                check(wire.size_is, wire.is_max, "conformance", scope);
                out_.line("odc::ndr::read_fixed_string(in, odc::ndr::open_end({}), conformance);", value);
            }
            break;
        case Wire::Kind::array: {
            std::string count = wire.fixed > 0 ? std::to_string(wire.fixed) : "conformance";
            if (wire.fixed < 0) check(wire.size_is, wire.is_max, count, scope);
            std::string elements = value;
            if (wire.fixed < 0) {
                elements = unique_name(last_name(value) + "_elements");
                out_.line("auto* const {} = odc::ndr::open_end({});", elements, value);
            }
            if (wire.varying()) {
                const auto first = unique_name(last_name(value) + "_first");
                const auto length = unique_name(last_name(value) + "_length");
                out_.line("const std::size_t {} = in.bound();", first);
                out_.line("const std::size_t {} = odc::ndr::varying(in, {}, {}, {});", length, first, count, wire.to->size_in_array());
                check_part(wire, first, length, scope);
                count = length;
                if (wire.first_is) elements = "(" + elements + " + " + part_start(first) + ")";
            }
            if (wire.fixed < 0 && !wire.varying()) count = "(in.failed() ? 0 : " + count + ")";
            if (wire.to->kind == Wire::Kind::array && wire.to->fixed > 0 && is_plain_number(*wire.to->to) && !wire.to->varying())
                out_.line("in.elements(odc::ndr::open_end({}[0]), {} * {});", elements, count, wire.to->fixed);
            else {
                align_elements("in", wire, wire.varying());
                read_elements_flat(wire, elements, count, scope, memory);
            }
            break;
        }
    }
}

void Marshal::read_deferred(const Wire& wire, const std::string& value, const Scope& scope, const Memory& memory) {
    switch (wire.kind) {
        case Wire::Kind::structure:
            if (wire.structure->deferred) out_.line("ndr_read_deferred(in, {}, {});", bare(value), memory.in_task);
            break;
        case Wire::Kind::union_:
            if (wire.union_->deferred) read_union(wire, value, scope, memory, true);
            break;
        case Wire::Kind::pointer:
            if (wire.to->kind == Wire::Kind::nothing) break;
            if (wire.pointer == PointerKind::full) {
                out_.open("if (const auto id = odc::ndr::full_id({}); odc::ndr::full_is_new(in, {}, id, {})) {{", bare(value), bare(value),
                          memory.in_task);
                read_pointee(*wire.to, value, scope, memory);
                const bool counted_pointee = wire.to->kind == Wire::Kind::array ||
                                             (wire.to->kind == Wire::Kind::structure && wire.to->structure->conformant);
                if (!counted_pointee) out_.line("odc::ndr::full_bind(in, {}, id);", bare(value));
            } else {
                out_.open("if ({}) {{", bare(value));
                read_pointee(*wire.to, value, scope, memory);
            }
            out_.close();
            break;
        case Wire::Kind::user:
            if (wire.pointer != PointerKind::unset) out_.line("{}_wire.read(in, &{});", wire.user, value);
            break;
        case Wire::Kind::object:
            out_.line("if ({0}) {0} = static_cast<{1}>(in.object({2}));", bare(value), wire.cxx, iid_expression(wire, scope));
            break;
        case Wire::Kind::array: {
            if (!is_deferred(*wire.to)) break;
            std::string count = wire.fixed > 0 ? std::to_string(wire.fixed) : "";
            if (wire.fixed < 0) {
                count = unique_name(last_name(value) + "_size");
                out_.line("[[maybe_unused]] const std::size_t {} = in.failed() ? 0 : static_cast<std::size_t>({});", count, size_expression(wire, scope));
            }
            std::string elements = value;
            if (wire.first_is) {
                const auto first = unique_name(last_name(value) + "_first");
                out_.line("[[maybe_unused]] const std::size_t {} = in.failed() ? 0 : static_cast<std::size_t>({});", first, spell(model_, wire.first_is, scope.names));
                elements = "(" + value + " + " + first + ")";
                count += " - " + first;
            }
            if (wire.length_is) {
                const auto length = unique_name(last_name(value) + "_length");
                out_.line("[[maybe_unused]] const std::size_t {} = in.failed() ? 0 : static_cast<std::size_t>({});", length, length_expression(wire, scope));
                count = length;
            }
            read_elements_deferred(wire, elements, count, scope, memory);
            break;
        }
        default: break;
    }
}

void Marshal::read_pointee(const Wire& to, const std::string& pointer, const Scope& scope, const Memory& memory) {
    const std::string target = bare(pointer);
    if (to.row) {
        out_.line("{} = in.allocate<odc::ndr::Row<{}, {}>>({});", target, to.cxx, to.fixed, memory.own());
        out_.open("if ({}) {{", target);
        read_all(to, pointee(target), scope, memory.inner());
        out_.close();
        return;
    }
    switch (to.kind) {
        case Wire::Kind::string:
            if (to.fixed > 0) {
                out_.line("{} = in.allocate<{}>({}, {});", target, to.cxx, memory.own(), to.fixed);
                out_.line("odc::ndr::read_fixed_string(in, {}, {});", target, to.fixed);
            } else if (to.size_is) {
                const auto room = late_local(pointer, "_room", to.size_is, "in.bound()", scope);
                check_range(to, room);
                check_late(to.size_is, to.is_max, room, target, scope);
                out_.line("{} = odc::ndr::read_sized_string<{}>(in, {}, {});", target, to.cxx, room, memory.own());
                return;
            } else {
                out_.line("{} = in.string<{}>({});", target, to.cxx, memory.own());
            }
            if (to.range_low) check_range(to, "odc::ndr::text_room(" + target + ")");
            return;
        case Wire::Kind::array: {
            const Wire& element = *to.to;
            std::string count;
            if (to.fixed > 0) {
                count = std::to_string(to.fixed);
            } else {
                const std::string read = to.varying() ? "in.bound()" : "in.count(" + std::to_string(element.size_in_array()) + ")";
                count = late_local(pointer, "_size", to.size_is, read, scope);
                check_range(to, count);
                check_late(to.size_is, to.is_max, count, target, scope);
                if (to.varying()) out_.line("in.require(odc::ndr::has_room<{}>(in, {}));", to.cxx, count);
            }
            if (is_plain_number(element) && !to.varying()) {
                out_.line("{} = odc::ndr::read_elements<{}>(in, {}, {});", target, to.cxx, count, memory.own());
                return;
            }
            out_.line("{} = in.allocate<{}>({}, {});", target, to.cxx, memory.own(), count);
            std::string elements = target, used = count;
            if (to.varying()) {
                const auto first = late_local(pointer, "_first", to.first_is ? to.first_is : to.length_is, "in.bound()", scope);
                const auto length = late_local(pointer, "_length", to.length_is,
                                               fmt::format("odc::ndr::varying(in, {}, {}, {})", first, count, element.size_in_array()), scope);
                const auto checks = checks_.size();
                check_part(to, first, length, scope);
                for (auto i = checks; i < checks_.size(); ++i) checks_[i] = "if (" + not_null(target) + ") " + checks_[i];
                used = length;
                if (to.first_is) elements = "(" + target + " + " + part_start(first) + ")";
            }
            align_elements("in", to, true);
            read_elements_flat(to, elements, used, scope, memory.inner());
            read_elements_deferred(to, elements, used, scope, memory.inner());
            return;
        }
        case Wire::Kind::structure:
            if (to.structure->conformant) {
                out_.line("ndr_read_new(in, {}, {});", target, memory.own());
                return;
            }
            [[fallthrough]];
        default:
            out_.line("{} = in.allocate<{}>({});", target, to.cxx, memory.own());
            out_.open("if ({}) {{", target);
            read_all(to, pointee(target), scope, memory.inner());
            out_.close();
    }
}

void Marshal::read_into(const Wire& to, const std::string& given, bool may_be_null, const std::string& room, bool exact, const Scope& scope,
                        const Memory& memory) {
    const std::string pointer = to.row ? pointee(given) : given;
    const auto checks = checks_.size();
    std::string count = room;
    if (to.fixed < 0) {
        const auto read = fmt::format("odc::ndr::{}(in, {})", exact ? "exactly" : to.varying() ? "what_fits" : "at_most", room);
        const bool says_how_many = !exact && !to.varying();
        count = late_local(pointer, "_size", says_how_many ? to.size_is : nullptr, read, scope);
        if (says_how_many) check(to.size_is, to.is_max, count, scope);
    }
    std::string elements = pointer;
    if (to.varying()) {
        const auto first = late_local(pointer, "_first", to.first_is ? to.first_is : to.length_is, "in.bound()", scope);
        const auto length = late_local(pointer, "_length", to.length_is,
                                       fmt::format("odc::ndr::varying(in, {}, {}, {})", first, count, to.to->size_in_array()), scope);
        check_part(to, first, length, scope);
        count = length;
        if (to.first_is) elements = "(" + pointer + " + " + part_start(first) + ")";
    }
    for (auto i = checks; may_be_null && i < checks_.size(); ++i) checks_[i] = "if (" + not_null(given) + ") " + checks_[i];
    align_elements("in", to, true);
    read_elements_flat(to, elements, count, scope, memory);
    read_elements_deferred(to, elements, count, scope, memory);
}

void Marshal::read_all(const Wire& wire, const std::string& value, const Scope& scope, const Memory& memory) {
    switch (wire.kind) {
        case Wire::Kind::structure: out_.line("ndr_read(in, {}, {});", bare(value), memory.in_task); return;
        case Wire::Kind::object:
            out_.line("{} = static_cast<{}>(in.interface_pointer({}));", bare(value), wire.cxx, iid_expression(wire, scope));
            return;
        case Wire::Kind::pointer:
            if (wire.to->kind == Wire::Kind::nothing) {
                out_.line("(void)in.unique();");
                out_.line("{} = nullptr;", bare(value));
                return;
            }
            if (wire.pointer == PointerKind::full) {
                out_.line("odc::ndr::mark_full(in, {});", bare(value));
                read_deferred(wire, value, scope, memory);
                return;
            }
            out_.line("{} = nullptr;", bare(value));
            out_.open("if (in.{}) {{", wire.pointer == PointerKind::ref ? "embedded_ref()" : "unique()");
            read_pointee(*wire.to, value, scope, memory);
            out_.close();
            return;
        default:
            read_flat(wire, value, scope, memory);
            read_deferred(wire, value, scope, memory);
    }
}

}  // namespace odc::midl
