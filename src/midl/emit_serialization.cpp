// Serialization functions (foo_t.h, foo_t.cpp): structures as NDR, outside of calls.
#include <algorithm>

#include "midl/emit.h"
#include "midl/emit_call.h"
#include "midl/raw_interface.h"

namespace odc::midl {
namespace {

/// Structures that only live in memory have no NDR form and are left out.
void drop_unsendable(const Model& model, std::vector<const Type*>& list) {
    std::erase_if(list, [&](const Type* type) {
        Diagnostics silent;
        Layout probe(model, silent);
        (void)probe.structure(type);
        return silent.failed();
    });
}

/// What stands between cpp_quote("#if 0") and its end is there for the compiler alone: no C program has such a type.
class LeftOut {
  public:
    void meet(const std::string& quote) {
        if (quote.starts_with("#if")) conditions_.push_back(quote == "#if 0");
        else if (conditions_.empty()) return;
        else if (quote.starts_with("#el")) conditions_.back() = false;
        else if (quote.starts_with("#endif")) conditions_.pop_back();
    }
    bool now() const { return std::find(conditions_.begin(), conditions_.end(), true) != conditions_.end(); }

  private:
    std::vector<bool> conditions_;
};

void own_structures(const std::vector<Item>& items, LeftOut& left_out, std::vector<const Type*>& list) {
    for (const auto& item : items) {
        if (const auto* quote = std::get_if<CppQuote>(&item)) left_out.meet(quote->text);
        if (left_out.now()) continue;
        if (const auto* group = std::get_if<TypedefGroup>(&item)) {
            const Type* type = group->names[0]->type;
            if (type->kind == Type::Kind::structure && type->defined) list.push_back(type);
        } else if (const auto* tag = std::get_if<TagDeclaration>(&item)) {
            if (tag->type->kind == Type::Kind::structure && tag->type->defined) list.push_back(tag->type);
        } else if (const auto* interface = std::get_if<Interface*>(&item)) {
            own_structures((*interface)->items, left_out, list);
        }
    }
}

std::vector<const Type*> serialized_types(const Model& model) {
    std::vector<const Type*> types;
    LeftOut left_out;
    own_structures(model.ast.files[0].items, left_out, types);
    drop_unsendable(model, types);
    return types;
}

}  // namespace

std::string emit_serialization_header(const Model& model, const OutputNames& names) {
    const auto types = serialized_types(model);
    if (types.empty()) return {};
    Diagnostics silent;
    Layout layout(model, silent);
    Output out;
    std::string guard = "__" + names.stem + "_t_h__";
    for (char& c : guard)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    out.line("// Written by midl from {}: structures as NDR, outside of calls. Do not edit.", names.idl);
    out.line("#ifndef {}", guard);
    out.line("#define {}", guard);
    out.blank();
    out.line("#include \"{}\"", names.header);
    out.line("#include \"opendcom/ndr/reader.h\"");
    out.blank();
    for (const auto* type : types) {
        const auto& structure = *layout.structure(type);
        if (structure.broken) continue;
        out.line("void ndr_write(odc::ndr::Writer& out, const {}& v);", structure.cxx);
        if (structure.conformant) {
            out.line("/// Ends in an array: `v` is made to point to new memory.");
            out.line("void ndr_read_new(odc::ndr::Reader& in, {}*& v, bool in_task_memory);", structure.cxx);
        } else {
            out.line("void ndr_read(odc::ndr::Reader& in, {}& v, bool in_task_memory);", structure.cxx);
        }
    }
    out.blank();
    out.line("#endif");
    return out.text();
}

std::string emit_serialization(const Model& model, const OutputNames& names, Diagnostics& diagnostics) {
    const auto types = serialized_types(model);
    if (types.empty()) return {};
    Layout layout(model, diagnostics);
    for (const auto* type : types) (void)layout.structure(type);
    Output out;
    write_head(out, names, names.stem + "_t.h");
    Marshal marshal(model, out);
    const auto exported = [&](const WireStruct& structure) {
        return std::find(types.begin(), types.end(), structure.type) != types.end();
    };
    declare_user_types(layout, out);
    if (!layout.converted().empty()) {
        out.line("namespace {{");
        for (const auto& [name, wire] : layout.converted()) marshal.conversion_prototypes(*wire);
        out.line("}}  // namespace");
    }
    // Structures of other files stay private; own ones link externally.
    out.line("namespace {{");
    for (const auto& structure : layout.structures())
        if (!structure.broken && !exported(structure)) marshal.structure_prototypes(structure, false);
    out.line("}}  // namespace");
    for (const auto& structure : layout.structures())
        if (!structure.broken && exported(structure)) marshal.structure_prototypes(structure, true);
    out.line("namespace {{");
    for (const auto& structure : layout.structures())
        if (!structure.broken && !exported(structure)) marshal.structure_functions(structure, false);
    for (const auto& [name, wire] : layout.converted()) marshal.conversion_functions(*wire);
    out.line("}}  // namespace");
    for (const auto& structure : layout.structures())
        if (!structure.broken && exported(structure)) marshal.structure_functions(structure, true);
    return out.text();
}

}  // namespace odc::midl
