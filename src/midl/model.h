// The program that an IDL file and its imports make together: the tree plus what the semantic steps found out.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "midl/ast.h"
#include "midl/unnamed_types.h"

namespace odc::midl {

class ImportedTypes;

class Model {
  public:
    Ast ast;
    std::unordered_map<std::string, Typedef*> typedefs;
    std::unordered_map<std::string, Interface*> interfaces;
    std::unordered_map<std::string, Coclass*> coclasses;
    std::unordered_map<std::string, Type*> tags;
    std::unordered_map<std::string, const Expr*> constants;      ///< const declarations
    std::unordered_map<std::string, std::int64_t> constant_values;  ///< of those that are whole numbers, as far as evaluated
    std::unordered_map<std::string, std::int64_t> enum_values;
    std::unordered_map<std::string, Place> forwards;             ///< interfaces named by a forward declaration
    mutable UnnamedTypes unnamed_types;
    const ImportedTypes* imported_types = nullptr;               ///< of importlib statements; borrowed for the run
    bool mktyplib203 = false;
    /// The source is written for widl (-D __WIDL__), which forgives more than MIDL: floating constants, interfaces without uuid,
    /// methods that cannot be sent.
    bool widl = false;
    bool floating_constants() const { return mktyplib203 || widl; }
    /// While the enumerators of one ODL enum are evaluated: its own names come first.
    const std::unordered_map<std::string, std::int64_t>* enum_scope = nullptr;

    /// The value of a constant expression; nothing when it is not constant.
    std::optional<std::int64_t> evaluate(const Expr* expr, int depth = 0) const;
    const Expr* constant(const Expr* expr) const;
    /// The same for texts and floating numbers too; names of constants and enumerators are followed.
    std::optional<Value> value(const Expr* expr) const;
    /// The value as a floating number, whole ones converted.
    std::optional<double> floating(const Expr* expr, int depth = 0) const;
    bool is_floating(const Expr* expr, int depth = 0) const;
};

/// In bytes, on 64-bit machines.
struct MemoryLayout {
    std::uint64_t size = 0, alignment = 1;
    std::vector<std::uint64_t> offsets;  ///< structures and unions: one for each field
};
/// Nothing for void, incomplete types, interfaces, and structures with bit fields.
std::optional<MemoryLayout> layout_of(const Type* type, const Model& model);

/// Follows typedefs to the type behind them; a tagged type is replaced by its definition when there is one.
const Type* behind(const Type* type);
/// True for GUID and every typedef of it.
bool is_guid(const Type* type);
/// True when the type is written with a typedef that is a reference in C++ (REFIID and kin).
bool is_cxx_reference(const Type* type);
/// True for `void`.
bool is_void(const Type* type);
/// The interface that a type names, or null.
const Interface* interface_of(const Type* type);
/// A typedef attribute anywhere along the chain of names.
const Attribute* find_type_attribute(const Type* type, AttributeKind kind);
/// The version attribute as numbers; 0.0 when it is missing or has no minor part.
Version version_of(const Attributes& attributes);
/// The UUID in front of custom data, or of any attribute that holds one; nothing when it is not a UUID.
std::optional<Guid> guid_of(const Attribute& attribute);
/// get_Name, put_Name, putref_Name, add_Name, remove_Name, or the name itself.
std::string method_name(const Function& function);
/// What a method is called in the C table of an interface: a name that the table has already gets the interface's in front.
std::vector<std::string> slot_names(const std::vector<std::pair<const Interface*, const Function*>>& methods);
/// The interface's methods from its root on, bases first; remote forms ([call_as]) are left out.
std::vector<std::pair<const Interface*, const Function*>> all_methods(const Interface& interface);

/// All steps, in order; what one finds wrong it replaces by something harmless, so that the next can say what it finds. False after
/// a syntax error: then the tree has holes, and nothing more is said about it.
bool analyse(Model& model, Diagnostics& diagnostics);

// The semantic steps. Each reports what is wrong, and returns whether nothing was.
bool declare_names(Model& model, Diagnostics& diagnostics);
bool bind_names(Model& model, Diagnostics& diagnostics);
bool check_scopes(Model& model, Diagnostics& diagnostics);
bool check_containment(Model& model, Diagnostics& diagnostics);
bool evaluate_constants(Model& model, Diagnostics& diagnostics);
bool number_methods(Model& model, Diagnostics& diagnostics);
bool check_rules(Model& model, Diagnostics& diagnostics);
/// For sources of widl: methods of object interfaces without wire form become [local], with a warning.
void make_unsendable_local(Model& model, Diagnostics& diagnostics);

}  // namespace odc::midl
