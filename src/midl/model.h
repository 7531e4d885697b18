// The program that an IDL file and its imports make together: the tree plus what the semantic steps found out.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "midl/ast.h"

namespace odc::midl {

class Model {
  public:
    Ast ast;
    std::unordered_map<std::string, Typedef*> typedefs;
    std::unordered_map<std::string, Interface*> interfaces;
    std::unordered_map<std::string, Coclass*> coclasses;
    std::unordered_map<std::string, Type*> tags;
    std::unordered_map<std::string, const Expr*> constants;      ///< const declarations
    std::unordered_map<std::string, std::int64_t> enum_values;
    std::unordered_map<std::string, Place> forwards;             ///< interfaces named by a forward declaration
    bool mktyplib203 = false;

    /// The value of a constant expression; nothing when it is not constant.
    std::optional<std::int64_t> evaluate(const Expr* expr, int depth = 0) const;
    const Expr* constant(const Expr* expr) const;
};

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
/// get_Name, put_Name, putref_Name, or the name itself.
std::string method_name(const Function& function);
/// The interface's methods from its root on, bases first; remote forms ([call_as]) are left out.
std::vector<std::pair<const Interface*, const Function*>> all_methods(const Interface& interface);

/// All steps in order, as far as they can run: after a syntax error the tree has holes, and nothing more is said about it.
bool analyse(Model& model, Diagnostics& diagnostics);

// The semantic steps. Each reports what is wrong and returns false when the next cannot run.
bool declare_names(Model& model, Diagnostics& diagnostics);
bool bind_names(Model& model, Diagnostics& diagnostics);
bool check_containment(Model& model, Diagnostics& diagnostics);
bool evaluate_constants(Model& model, Diagnostics& diagnostics);
bool number_methods(Model& model, Diagnostics& diagnostics);
bool check_rules(Model& model, Diagnostics& diagnostics);

}  // namespace odc::midl
