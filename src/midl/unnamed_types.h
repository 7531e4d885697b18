// Structures, unions and enums without a tag, as C++ can name them: by a typedef of a pointer to one, or by the field that has it.
#pragma once

#include <map>
#include <string>

#include "midl/ast.h"

namespace odc::midl {

/// C++ has no functions that take types without any name: those that have typedefs of pointers to them only get a tag.
void invent_tags(Ast& ast);

/// What is left. Looks at all types when it is asked for the first one without a tag, and once only.
class UnnamedTypes {
  public:
    /// An expression that is the type in C++; empty when nothing leads to it, or the type has a tag.
    const std::string& name(const Type* type, const Ast& ast);

  private:
    void find_all(const Ast& ast);
    void found(const Type* type, std::string expression);
    void fields(const Type& holder, const std::string& expression);

    bool known_ = false;
    std::map<const Type*, std::string> names_;
};

}  // namespace odc::midl
