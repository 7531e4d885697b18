// The layout stage: what a parameter, field or type is on the wire. Names, typedefs and attributes are resolved into levels
// (pointer, array, string, structure, number); the emitters only walk levels.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "midl/model.h"

namespace odc::midl {

struct WireStruct;
struct WireUnion;

struct Wire {
    enum class Kind : std::uint8_t {
        nothing,     ///< void results, handle_t parameters
        number,      ///< `call` of Writer and Reader: i32, u16, f64, int3264, …
        enum16,      ///< an enum without v1_enum
        guid,
        structure,
        union_,
        pointer,
        object,      ///< an interface pointer
        array,
        string,      ///< conformant varying with terminator; reached through a pointer, or an array of fixed size
        user,        ///< user_marshal, wire_marshal: hand-written functions
        converted,   ///< transmit_as, represent_as: another type travels, hand-written functions convert
        pipe,        ///< a parameter of raw RPC; `to` is its element
        context      ///< a context handle: 20 bytes that stand for what the server keeps
    };
    Kind kind = Kind::nothing;
    std::string cxx;           ///< C++ type of a value of this level, without const; of arrays and strings: of an element
    std::string call;          ///< numbers
    std::string wire_cxx;      ///< numbers: the type the call takes (casts of enums)
    bool is_enum = false;      ///< needs a cast from the number read
    unsigned align = 1;        ///< NDR 2.0 alignment
    unsigned size = 0;         ///< least number of bytes in NDR 2.0
    const WireStruct* structure = nullptr;
    const WireUnion* union_ = nullptr;
    const Expr* switch_is = nullptr;
    bool encapsulated = false; ///< a union whose tag is the field before it
    PointerKind pointer = PointerKind::unset;
    bool reference = false;    ///< a pointer that is a C++ reference in the header (REFIID)
    const Wire* to = nullptr;  ///< pointee or array element
    // Arrays; null expressions mean: not given.
    std::int64_t fixed = -1;   ///< number of elements, -1 when conformant
    const Expr* size_is = nullptr;
    bool is_max = false;       ///< size_is came as max_is: one less than the size
    const Expr* length_is = nullptr;
    bool is_last = false;      ///< length_is came as last_is
    const Expr* first_is = nullptr;
    bool row = false;          ///< the pointer to it is, in C, a pointer to an array, not to its first element
    // Objects
    const Interface* interface_ = nullptr;
    const Expr* iid_is = nullptr;
    // Numbers; of arrays and strings: their maximum count, of pipes: of a chunk
    const Expr* range_low = nullptr;
    const Expr* range_high = nullptr;
    std::string user;          ///< user types: the name in <name>_wire; `pointer` is set when its wire type is a pointer.
                               ///< Converted types: the typedef that the functions are named after. Context handles: the typedef's name, or "" when the parameter itself has the attribute.
    bool represent = false;    ///< converted types: represent_as, i.e. `cxx` is the local type
    bool shared = false;       ///< context handles: [context_handle_noserialize]

    bool conformant_array() const { return kind == Kind::array && fixed < 0; }
    bool varying() const { return length_is || first_is; }
    /// Least number of bytes of each in an array, pointees included: reference pointers are not in place.
    unsigned size_in_array() const { return kind == Kind::pointer && pointer == PointerKind::ref && to ? to->size : size; }
    /// An array element that is an array of open size: only the first dimension can be open.
    bool open() const { return (kind == Kind::array || kind == Kind::string) && fixed < 0; }
};

struct WireField {
    std::string name;  ///< as an lvalue suffix: "id", or "" for an anonymous union
    const Wire* wire = nullptr;
    std::string cast;  ///< what reading code const_casts it to; empty: nothing
};

struct WireStruct {
    const Type* type = nullptr;
    std::string cxx;
    std::vector<WireField> fields;
    unsigned align = 1;
    unsigned size = 0;
    bool deferred = false;              ///< holds pointers somewhere
    bool owns = false;                  ///< holds values that hand-written code made: something is to be freed
    bool block = false;                 ///< memory and NDR 2.0 agree byte for byte
    unsigned memory_size = 0;           ///< of block structures
    const Wire* conformant = nullptr;   ///< the array at its end, own or in the last structure
    std::string conformant_path;        ///< lvalue suffix of that array, e.g. "abData"
    bool recursive = false;
    bool busy = false;
    bool broken = false;                ///< cannot be sent; reported once
};

struct WireUnion {
    const Type* type = nullptr;
    std::string cxx;
    const Wire* tag = nullptr;
    struct Arm {
        std::vector<std::int64_t> labels;
        bool is_default = false;
        std::string name;      ///< empty: an arm without data
        const Wire* wire = nullptr;
        std::string cast;      ///< as a field's
    };
    std::vector<Arm> arms;
    unsigned align = 1;
    bool deferred = false;
    bool owns = false;
    bool ms_union = false;     ///< the arm is aligned for the largest of all arms (MS-RPCE 2.2.4.5)
    bool named = false;        ///< has functions of its own
};

/// Where attributes of the declaration stand for: they apply to the outermost levels of its type.
enum class Position : std::uint8_t { parameter, field, result };

/// Works out levels; remembers every structure, so that recursive types end.
class Layout {
  public:
    Layout(const Model& model, Diagnostics& diagnostics) : model_(model), diagnostics_(diagnostics) {}
    /// Never null; kind `nothing` after a reported error.
    const Wire* of(const Type* type, const Attributes& attributes, Position position, Place place, const std::string& name,
                   PointerKind pointer_default);
    const WireStruct* structure(const Type* type);
    /// Of a parameter that is an array of context handles: the same levels over the handles as they travel; otherwise null.
    const Wire* array_of_handles(const Wire& parameter);
    bool failed() const { return failed_; }
    /// Structures in the order in which they were met: used ones only.
    const std::deque<WireStruct>& structures() const { return structures_; }
    /// Converted types that were met, by the name of their functions.
    const std::map<std::string, const Wire*>& converted() const { return converted_; }
    /// Names of the user types that were met.
    const std::set<std::string>& users() const { return users_; }

  private:
    struct Request;
    const Wire* level(const Type* type, Request& request, bool top);
    const Wire* number(const Type* type, Base base);
    const Wire* pointer_level(const Type* shown, const Type* type, Request& request, bool top);
    const Wire* converted_level(const Typedef& named, Request& request);
    const Wire* user_level(const std::string& cxx, const Type* sent, Request& request);
    const Wire* pipe_level(const Type* shown, const Type* type, Request& request);
    const Wire* context(const Type* shown, const std::string& name, const Attributes& from, const Request& request);
    const Wire* array_level(const Type* type, Request& request);
    const Wire* handles_of(const Wire& wire);
    const WireUnion* union_of(const Type* type, Request& request, const Type* tag_type);
    void fill(WireStruct& made);
    Wire* make() { return &wires_.emplace_back(); }
    static void take_range(Wire& made, Request& request);
    const Wire* refuse(Message message, Place place, std::vector<std::string> arguments);

    /// `local_type`, also of types without a tag.
    std::string cxx_of(const Type* shown);

    const Model& model_;
    Diagnostics& diagnostics_;
    std::deque<Wire> wires_;
    std::deque<WireStruct> structures_;
    std::deque<WireUnion> unions_;
    std::map<const Type*, WireStruct*> known_;
    std::map<const Type*, const WireUnion*> known_unions_;
    std::vector<WireStruct*> stack_;
    std::set<std::string> users_;
    std::map<std::string, const Wire*> converted_;
    bool failed_ = false;
};

/// True when the type, or what it points to, is a typedef with [context_handle].
bool names_context(const Type* type);
/// True when freeing a value of this level has something to do.
bool frees(const Wire& wire);
/// True when something of this level is written after the construct that holds it.
bool is_deferred(const Wire& wire);

}  // namespace odc::midl
