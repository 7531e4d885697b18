// Types on their way into a type library: each gets its place when it is first named, and is described later, in that order.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <variant>

#include "midl/emit_typelib.h"

namespace odc::midl {

/// Names of a library that differ in case only are one.
bool same_name(const std::string& a, const std::string& b);

class TypelibTypes {
  public:
    using Node = std::variant<const Interface*, const Coclass*, const Module*, const Type*, const Typedef*>;

    TypelibTypes(const Model& model, const Library& library, const ImportedTypes& imported, typelib::Library& out);

    typelib::TypeRef reference(const Interface& interface);
    typelib::TypeRef reference(const Coclass& coclass);
    typelib::TypeRef reference(const Module& module);
    /// A structure, union or enum with its body.
    typelib::TypeRef reference(const Type& definition);
    typelib::TypeRef reference(const Typedef& made);
    /// Whether a typedef is a type of its own. One without attributes is only another spelling of what it stands for (MS-OAUT 2.2.17,
    /// TKIND_ALIAS), unless that has no name; one with the tag's name would be the same type again.
    bool is_alias(const Typedef& made) const;
    /// IDispatch, from an imported library where there is one.
    std::optional<typelib::TypeRef> dispatch();

    typelib::TypeDesc describe(const Type* type);
    /// As a parameter: arrays are pointers there.
    typelib::TypeDesc describe_parameter(const Type* type);
    /// The value in the form that something of this type has it.
    typelib::Value value(const Expr* expr, const typelib::TypeDesc& type) const;

    /// The next type that has a place but no description.
    std::optional<std::pair<std::uint32_t, Node>> next();
    /// How many interfaces and methods are in front of those of an interface derived from this one.
    std::pair<std::uint16_t, std::uint16_t> inherited(typelib::TypeRef base, const Interface* interface) const;
    /// Sizes, alignments and offsets of everything, when all is described.
    void lay_out();

  private:
    typelib::TypeRef local(const void* key, Node node);
    typelib::TypeRef import(ImportedTypes::Found found);
    /// Of which VARIANT type a value is that something of this type has: an alias' numbers are those of what it stands for.
    std::uint16_t value_type(const Node& node) const;
    static std::uint16_t value_type(const typelib::TypeInfo* type);
    const typelib::TypeInfo* imported_type(typelib::TypeRef ref) const;
    bool is_inside(const void* node) const { return inside_.contains(node); }
    void collect(const std::vector<Item>& items);
    std::pair<std::uint64_t, std::uint32_t> measure(const typelib::TypeDesc& type, int depth);
    void measure(std::uint32_t index, int depth);

    const Model& model_;
    const ImportedTypes& imported_;
    typelib::Library& out_;
    std::map<const void*, std::uint32_t> places_;
    std::map<const void*, bool> inside_;  ///< nodes that stand in the library statement itself
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> imports_;
    std::vector<ImportedTypes::Found> found_;  ///< for each import of the library
    std::vector<Node> nodes_;                  ///< for each type of the library
    std::map<std::uint32_t, std::uint32_t> import_files_;
    std::deque<std::pair<std::uint32_t, Node>> pending_;
    std::vector<char> measured_;
};

}  // namespace odc::midl
