// Writes the C++ statements that marshal one level after the other; shared by proxies, stubs, raw RPC and serialization.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <utility>
#include <string>
#include <vector>

#include "midl/cxx.h"
#include "midl/output.h"
#include "midl/wire.h"

namespace odc::midl {

/// How names in size_is and friends are spelled in the present function, and which of them have values already.
struct Scope {
    NameSpelling names;
    std::function<bool(const std::string& name)> known = [](const std::string&) { return true; };
};

/// Where read data goes.
struct Memory {
    std::string in_task = "false";  ///< C++ expression for the `in_task_memory` argument
    std::string top = {};           ///< the same for the outermost block alone, when it differs
    const std::string& own() const { return top.empty() ? in_task : top; }
    Memory inner() const { return {in_task, {}}; }
};

class Marshal {
  public:
    Marshal(const Model& model, Output& out) : model_(model), out_(out) {}

    void begin_function() { taken_.clear(), hoisted_.clear(), checks_.clear(), late_arms_.clear(); }
    void reserve_name(const std::string& name) { taken_.insert(name); }

    // Writing: `value` is an lvalue of the level's type; of arrays and strings it is the pointer to the first element.
    void write_all(const Wire& wire, const std::string& value, const Scope& scope);
    void write_flat(const Wire& wire, const std::string& value, const Scope& scope);
    void write_deferred(const Wire& wire, const std::string& value, const Scope& scope);
    void write_pointee(const Wire& to, const std::string& pointer, const Scope& scope);

    // Reading into an lvalue.
    void read_all(const Wire& wire, const std::string& value, const Scope& scope, const Memory& memory);
    void read_flat(const Wire& wire, const std::string& value, const Scope& scope, const Memory& memory);
    void read_deferred(const Wire& wire, const std::string& value, const Scope& scope, const Memory& memory);
    /// Reads the pointee and makes `pointer` point to it.
    void read_pointee(const Wire& to, const std::string& pointer, const Scope& scope, const Memory& memory);
    /// Reads an array into memory that the caller gave, if there is any; `room` elements fit.
    void read_into(const Wire& to, const std::string& pointer, bool may_be_null, const std::string& room, bool exact, const Scope& scope,
                   const Memory& memory);

    /// Frees what hangs on a value of task memory; `to` is the expression of the disposer.
    void free_value(const Wire& wire, const std::string& value, const Scope& scope, const std::string& to);
    void free_pointee(const Wire& to_wire, const std::string& pointer, const Scope& scope, const std::string& to);

    /// The functions of a structure: prototypes, then bodies.
    void structure_prototypes(const WireStruct& structure, bool external);
    void structure_functions(const WireStruct& structure, bool external);

    /// Writing and reading a type that travels as another one.
    void conversion_prototypes(const Wire& converted);
    void conversion_functions(const Wire& converted);
    /// A statement that begins with `head`, holds a lambda that writes elements of a pipe, and ends with `tail`.
    void pipe_writer(const Wire& pipe, const std::string& head, const std::string& tail);
    /// A statement that makes a PipeInput between `head` and `tail`.
    void pipe_input(const Wire& pipe, const std::string& head, const std::string& tail);

    /// Declarations that must stand before what was emitted last, and checks that come when all names are known.
    std::vector<std::string> take_hoisted() { return std::exchange(hoisted_, {}); }
    std::vector<std::string> take_checks() { return std::exchange(checks_, {}); }
    std::string unique_name(const std::string& wanted);
    std::string size_expression(const Wire& array, const Scope& scope);
    /// Where the part that a varying array with length_is or last_is sends comes to its end.
    std::string end_expression(const Wire& array, const Scope& scope);
    std::string text_size(const Wire& text, const std::string& value, const Scope& scope);
    std::string iid_expression(const Wire& object, const Scope& scope);

  private:
    struct Extent;
    void write_elements_flat(const Wire& array, const std::string& value, const std::string& count, const Scope& scope);
    void write_elements_deferred(const Wire& array, const std::string& value, const std::string& count, const Scope& scope);
    void read_elements_flat(const Wire& array, const std::string& value, const std::string& count, const Scope& scope, const Memory& memory);
    void read_elements_deferred(const Wire& array, const std::string& value, const std::string& count, const Scope& scope, const Memory& memory);
    void write_union(const Wire& wire, const std::string& value, const Scope& scope, bool deferred);
    void read_union(const Wire& wire, const std::string& value, const Scope& scope, const Memory& memory, bool deferred);
    void align(const char* stream, unsigned ndr20, unsigned ndr64);
    void align_elements(const char* stream, const Wire& array, bool counted);
    void check(const Expr* expr, bool one_more, const std::string& count, const Scope& scope);
    void check_late(const Expr* expr, bool one_more, const std::string& count, const std::string& target, const Scope& scope);
    std::string late_local(const std::string& pointer, const char* what, const Expr* expr, const std::string& read, const Scope& scope);
    void check_part(const Wire& array, const std::string& first, const std::string& length, const Scope& scope);
    void check_range(const Wire& wire, const std::string& value);
    std::string number_in(const Wire& wire);
    std::string counted(const Wire& array, const Scope& scope, const std::string& value);
    std::string length_expression(const Wire& array, const Scope& scope);
    bool conformance_written_ = false;

    const Model& model_;
    Output& out_;
    std::set<std::string> taken_;
    std::vector<std::string> hoisted_;
    std::vector<std::string> checks_;
    std::map<std::string, std::string> late_arms_;  ///< unions whose switch_is comes later: the local that holds their tag
};

/// The scope of a structure's own fields: names become `v.name`.
Scope field_scope(const WireStruct& structure, const std::string& value);
/// The frame of one arm in a switch over a union's tag; true for the default arm.
bool open_arm(Output& out, const WireUnion::Arm& arm, bool braces);
/// `value` as what is read goes into it: `cast` of its field or arm.
std::string to_fill(const std::string& value, const std::string& cast);
void close_arm(Output& out, bool braces);
/// True when elements of this level can be moved as plain memory of numbers.
bool is_plain_number(const Wire& wire);
bool is_reference(const Wire& wire);
unsigned align64(const Wire& wire);

}  // namespace odc::midl
