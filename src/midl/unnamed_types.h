// Structures, unions and enums without a tag, as C++ can name them: by a typedef of a pointer to one, or by the field that has it.
#pragma once

#include <map>
#include <string>

#include "midl/ast.h"

namespace odc::midl {

/// C++ has no functions that take types without any name: those that have typedefs of pointers to them only get a tag.
void invent_tags(Ast& ast);

/// What is left.
class UnnamedTypes {
  public:
    /// `ast` outlives this.
    explicit UnnamedTypes(const Ast& ast) : ast_(ast) {}
    /// An expression that is the type in C++; empty when nothing leads to it, or the type has a tag.
    const std::string& name(const Type* type);

  private:
    void find_all();
    void found(const Type* type, std::string expression);
    void fields(const Type& holder, const std::string& expression);

    const Ast& ast_;
    bool known_ = false;
    std::map<const Type*, std::string> names_;
};

}  // namespace odc::midl
