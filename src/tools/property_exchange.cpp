// All property sets of a storage as JSON, and back.
#include <fmt/format.h>

#include "base/guid.h"
#include "base/utf16.h"
#include "tools/property_elements.h"
#include "tools/property_file.h"
#include "tools/property_json.h"

namespace odc::tools {

using namespace property_set;

namespace {

Json number(std::uint64_t value) { return Json{JsonNumber{fmt::format("{}", value)}}; }

Result<std::uint32_t> number_of(const Json* json, const char* what) {
    const auto* digits = json ? json->as<JsonNumber>() : nullptr;
    if (!digits) return fail(E_INVALIDARG, fmt::format("a number is missing: {}", what));
    char* end = nullptr;
    const auto value = std::strtoull(digits->digits.c_str(), &end, 10);
    if (*end != 0 || value > UINT32_MAX || digits->digits.front() == '-') return fail(E_INVALIDARG, "not such a number: " + digits->digits);
    return static_cast<std::uint32_t>(value);
}

/// Nothing for a type that the specification does not know.
Result<std::optional<Json>> export_property(PropertyFile& file, const PropertyFile::Found& found, const PropertySet& set, PropertyId id) {
    const Value& value = *set.find(id);
    auto json = value_to_json(value);
    if (!json) return std::optional<Json>();
    JsonObject one{{"id", number(id)}};
    one.emplace_back(set.names().contains(id) ? "name" : "known", Json{property_name(set, id)});
    one.emplace_back("type", Json{type_name(value.type)});
    one.emplace_back("value", std::move(*json));
    if (is_element(value) && !found.is_simple()) one.emplace_back("element", ODC_TRY(element_to_json(file.file(), found.set_storage, value)));
    return std::optional(Json{std::move(one)});
}

/// The set's own name (id 0), and names whose property is not there.
Json lone_names(const PropertySet& set) {
    JsonArray names;
    for (const auto& [id, name] : set.names())
        if (!set.find(id)) names.push_back(Json{JsonObject{{"id", number(id)}, {"name", Json{to_utf8(name)}}}});
    return Json{std::move(names)};
}

Result<Json> export_set(PropertyFile& file, const PropertyFile::Found& found, const PropertySet& set) {
    JsonArray properties;
    for (const PropertyId id : set.ids()) {
        auto one = ODC_TRY(export_property(file, found, set, id));
        if (one) properties.push_back(std::move(*one));
    }
    JsonObject object{{"format", Json{to_string(set.format_id())}},
                      {"class", Json{to_string(found.sets.class_id)}},
                      {"codePage", number(set.code_page())},
                      {"simple", Json{found.is_simple()}},
                      {"properties", Json{std::move(properties)}}};
    auto names = lone_names(set);
    if (!names.as<JsonArray>()->empty()) object.emplace_back("names", std::move(names));
    return Json{std::move(object)};
}

Result<> import_name(PropertySet& set, PropertyId id, const std::string& name) {
    if (name.empty()) return {};
    const auto text = to_utf16(name);
    ODC_TRY(set.make_room_for(text));
    return set.set_name(id, text);
}

Result<> import_property(PropertyFile& file, PropertySet& set, const Json& property) {
    Type wanted = type::kEmpty;
    const Json* held = property.find("value");
    if (!held || !parse_type_name(property.string_or("type", ""), wanted)) return fail(E_INVALIDARG, "a property has \"id\", \"type\" and \"value\"");
    const PropertyId id = ODC_TRY(number_of(property.find("id"), "\"id\" of a property"));
    auto value = ODC_TRY(value_from_json(wanted, *held));
    if (id == kBehaviorId) {
        const auto* on = std::get_if<std::uint64_t>(&value.data);
        return set.set_case_sensitive(on && (*on & 1) != 0);
    }
    const auto& place = file.place_of(set);
    if (const Json* element = property.find("element"); element && is_element(value) && !place.is_simple()) {
        // MS-OLEPS 2.10: the element's name follows from the property's number.
        const auto name = to_utf16(fmt::format("prop{}", id));
        if (auto* versioned = std::get_if<VersionedStream>(&value.data)) versioned->name = name;
        else value.data = name;
        if (!element->as<std::nullptr_t>()) ODC_TRY(element_from_json(file.file(), place.set_storage, name, *element));
    }
    ODC_TRY(put_property(set, id, value));
    return import_name(set, id, property.string_or("name", ""));
}

Result<> import_set(PropertyFile& file, const Json& json) {
    const auto format = parse_guid(json.string_or("format", ""));
    if (!format) return fail(E_INVALIDARG, "a property set without \"format\"");
    const Json* simple = json.find("simple");
    PropertySet* set = nullptr;
    if (simple && simple->as<bool>()) set = ODC_TRY(file.set_for(*format, *simple->as<bool>() ? PropertyFile::Kind::simple : PropertyFile::Kind::non_simple));
    else set = ODC_TRY(file.set_for(*format));
    if (const auto class_id = parse_guid(json.string_or("class", ""))) file.place_of(*set).sets.class_id = *class_id;
    if (const Json* code_page = json.find("codePage")) {
        const auto wanted = ODC_TRY(number_of(code_page, "\"codePage\""));
        ODC_TRY(set->set_code_page(static_cast<std::uint16_t>(wanted)));
    }
    const Json* properties = json.find("properties");
    if (!properties || !properties->as<JsonArray>()) return fail(E_INVALIDARG, "a property set without \"properties\"");
    for (const Json& property : *properties->as<JsonArray>()) ODC_TRY(import_property(file, *set, property));
    if (const Json* names = json.find("names"); names && names->as<JsonArray>())
        for (const Json& one : *names->as<JsonArray>()) {
            const PropertyId id = ODC_TRY(number_of(one.find("id"), "\"id\" of a name"));
            ODC_TRY(import_name(*set, id, one.string_or("name", "")));
        }
    return {};
}

}  // namespace

Result<Json> export_properties(PropertyFile& file) {
    JsonArray sets;
    for (const auto& found : file.found())
        for (const PropertySet& set : found.sets.sets) sets.push_back(ODC_TRY(export_set(file, found, set)));
    return Json{JsonObject{{"propertySets", Json{std::move(sets)}}}};
}

Result<> import_properties(PropertyFile& file, const Json& json) {
    const Json* sets = json.find("propertySets");
    if (!sets || !sets->as<JsonArray>()) return fail(E_INVALIDARG, "no \"propertySets\"");
    for (const Json& one : *sets->as<JsonArray>()) ODC_TRY(import_set(file, one));
    return {};
}

}  // namespace odc::tools
