// A library with something of everything, for the tests.
#pragma once

#include <bit>

#include "base/guid.h"
#include "typelib/model.h"

namespace odc::typelib {

inline Guid guid_number(std::uint32_t n) { return {n, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}}; }

inline Library library_of_everything() {
    Library l;
    l.name = "Everything";
    l.id = guid_number(1);
    l.major = 2;
    l.minor = 7;
    l.lcid = 0x0407;
    l.text_lcid = 0x0407;
    l.flags = kLibHidden;
    l.doc = {"Größe", 5, 6};
    l.helpfile = "every.hlp";
    l.help_dll = "every.dll";
    l.custom = {{guid_number(2), {kVtBstr, 0, "text"}}, {guid_number(3), {kVtI4, static_cast<std::uint64_t>(-5), {}}}};
    l.imported_libraries = {{guid_number(4), 0, 2, 0, "stdole2.tlb"}};
    l.imports = {{0, TypeKind::interface, Guid{0x00020400, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}}, {}}, {0, TypeKind::record, std::uint32_t{3}, {}}};

    TypeInfo color;
    color.kind = TypeKind::enumeration;
    color.name = "Color";
    color.size = color.alignment = 4;
    const Value values[] = {{kVtI4, 0, {}}, {kVtI4, 0x3ffffff, {}}, {kVtI4, 0x4000000, {}}, {kVtI4, static_cast<std::uint64_t>(-1), {}}};
    for (const auto& value : values) {
        Variable v;
        v.name = "Value" + std::to_string(color.variables.size());
        v.memid = static_cast<std::int32_t>(0x40000000 + color.variables.size());
        v.kind = VarKind::constant;
        v.type = TypeDesc::simple(kVtInt);
        v.value = value;
        color.variables.push_back(v);
    }
    color.variables[1].doc = {"one", 11, 12};
    color.variables[2].custom = {{guid_number(5), {kVtR8, std::bit_cast<std::uint64_t>(2.5), {}}}};
    color.variables[3].flags = kVarHidden;

    TypeInfo point;
    point.kind = TypeKind::record;
    point.name = "Point";
    point.guid = guid_number(6);
    point.size = 64;
    point.alignment = 8;
    TypeDesc array;
    array.vt = kVtCArray;
    array.bounds = {{2, 0}, {3, -1}};
    array.element = {TypeDesc::user({0, false})};
    const std::pair<const char*, TypeDesc> fields[] = {{"grid", array},
                                                       {"next", TypeDesc::of(kVtPtr, TypeDesc::user({1, false}))},
                                                       {"list", TypeDesc::of(kVtSafeArray, TypeDesc::simple(kVtVariant))},
                                                       {"deep", TypeDesc::of(kVtPtr, TypeDesc::of(kVtPtr, TypeDesc::simple(kVtLpwstr)))},
                                                       {"other", TypeDesc::user({1, true})}};
    std::uint32_t offset = 0;
    for (const auto& [name, type] : fields) {
        Variable v;
        v.name = name;
        v.memid = static_cast<std::int32_t>(0x40000000 + point.variables.size());
        v.type = type;
        v.offset = offset;
        offset += 8;
        point.variables.push_back(v);
    }

    TypeInfo alias;
    alias.kind = TypeKind::alias;
    alias.name = "Points";
    alias.alias = TypeDesc::of(kVtPtr, TypeDesc::user({1, false}));
    alias.size = alias.alignment = 8;

    TypeInfo module;
    module.kind = TypeKind::module;
    module.name = "Tools";
    module.dll_name = "tools.dll";
    module.size = 2;
    for (int i = 0; i < 2; ++i) {
        Function f;
        f.name = i ? "ByNumber" : "ByName";
        f.memid = 0x60000000 + i;
        f.kind = FuncKind::static_;
        f.convention = CallConv::cdecl_;
        f.result = TypeDesc::simple(kVtVoid);
        if (i) f.entry = std::uint16_t{77};
        else f.entry = std::string("ByNameW");
        module.functions.push_back(f);
    }

    TypeInfo dual;
    dual.kind = TypeKind::dispatch;
    dual.name = "IEvery";
    dual.guid = guid_number(7);
    dual.flags = kTypeDual | kTypeOleAutomation | kTypeDispatchable;
    dual.size = dual.alignment = 8;
    dual.vtable_size = 9 * 8;
    dual.implements = {{{0, true}, 0, {}}};
    dual.inherited_interfaces = 2;
    dual.inherited_functions = 7;
    for (int i = 0; i < 2; ++i) {
        Function f;
        f.name = "Size";
        f.memid = 1;
        f.invoke = i ? kInvokePropertyPut : kInvokePropertyGet;
        f.result = TypeDesc::simple(kVtHresult);
        f.vtable_offset = static_cast<std::uint16_t>(56 + 8 * i);
        f.optional_count = 1;
        f.flags = kFuncBindable;
        f.doc = {"the size", 21, static_cast<std::uint32_t>(22 * i)};
        Parameter index{"index", TypeDesc::simple(kVtVariant), kParamIn | kParamOptional, {}, {}};
        Parameter unit{"unit", TypeDesc::simple(kVtBstr), kParamIn | kParamOptional | kParamHasDefault, Value{kVtBstr, 0, "cm"}, {}};
        Parameter last{i ? "" : "value", i ? TypeDesc::simple(kVtR8) : TypeDesc::of(kVtPtr, TypeDesc::simple(kVtR8)),
                       static_cast<std::uint16_t>(i ? kParamIn : kParamOut | kParamRetval), {}, {}};
        if (i) last.custom = {{guid_number(8), {kVtBool, static_cast<std::uint64_t>(-1), {}}}};
        f.parameters = {index, unit, last};
        if (!i) f.custom = {{guid_number(9), {kVtI8, 1ull << 40, {}}}};
        dual.functions.push_back(f);
    }

    TypeInfo events;
    events.kind = TypeKind::dispatch;
    events.name = "DEvery";
    events.guid = guid_number(10);
    events.flags = kTypeDispatchable;
    events.size = events.alignment = 8;
    events.implements = {{{0, true}, 0, {}}};
    Variable property;
    property.name = "Title";
    property.memid = 3;
    property.kind = VarKind::dispatch;
    property.type = TypeDesc::simple(kVtBstr);
    property.flags = kVarReadOnly;
    events.variables = {property};

    TypeInfo object;
    object.kind = TypeKind::coclass;
    object.name = "Every";
    object.guid = guid_number(11);
    object.flags = kTypeCanCreate;
    object.alignment = 4;
    object.size = 8;
    object.implements = {{{4, false}, kImplDefault, {{guid_number(12), {kVtUi4, 9, {}}}}}, {{5, false}, kImplDefault | kImplSource, {}}};

    l.types = {color, point, alias, module, dual, events, object};
    return l;
}

}  // namespace odc::typelib
