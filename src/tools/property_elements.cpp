#include "tools/property_elements.h"

#include <fmt/format.h>

#include "base/guid.h"
#include "base/utf16.h"
#include "tools/element_path.h"
#include "tools/property_json.h"

namespace odc::tools {

using compound_file::CompoundFile;
using compound_file::EntryId;
using compound_file::kNoEntry;

namespace {

constexpr int kDeepest = 30;  // storages in storages; JSON itself ends at 64 levels

Json number(std::uint64_t value) { return Json{JsonNumber{fmt::format("{}", value)}}; }

Result<Json> to_json(CompoundFile& file, EntryId id, int depth) {
    if (depth > kDeepest) return fail(STG_E_INVALIDPARAMETER, "storages nested too deeply for JSON");
    const auto entry = ODC_TRY(file.stat(id));
    JsonObject object{{"name", Json{to_utf8(entry.name())}}};
    if (entry.is_stream()) {
        std::vector<std::uint8_t> content(entry.size);
        ODC_TRY(file.read(id, 0, content));
        object.emplace_back("data", Json{to_base64(content)});
        return Json{std::move(object)};
    }
    JsonArray elements;
    for (const EntryId child : ODC_TRY(file.children(id))) elements.push_back(ODC_TRY(to_json(file, child, depth + 1)));
    object.emplace_back("class", Json{to_string(entry.class_id)});
    object.emplace_back("state", number(entry.state_bits));
    object.emplace_back("elements", Json{std::move(elements)});
    return Json{std::move(object)};
}

Result<> make_stream(CompoundFile& file, EntryId storage, std::u16string_view name, const std::string& base64) {
    const auto content = ODC_TRY(from_base64(base64));
    const EntryId id = ODC_TRY(file.create_stream(storage, name));
    return file.write(id, 0, content);
}

Result<> make(CompoundFile& file, EntryId storage, std::u16string_view name, const Json& json, int depth) {
    if (depth > kDeepest) return fail(E_INVALIDARG, "storages nested too deeply");
    if (const Json* data = json.find("data"); data && data->as<std::string>()) return make_stream(file, storage, name, *data->as<std::string>());
    const Json* elements = json.find("elements");
    if (!elements || !elements->as<JsonArray>()) return fail(E_INVALIDARG, "an element has \"data\" or \"elements\"");
    const EntryId made = ODC_TRY(file.create_storage(storage, name, file_time_now()));
    if (const auto class_id = parse_guid(json.string_or("class", ""))) ODC_TRY(file.set_class_id(made, *class_id));
    if (const Json* state = json.find("state"); state && state->as<JsonNumber>())
        ODC_TRY(file.set_state_bits(made, static_cast<std::uint32_t>(std::strtoul(state->as<JsonNumber>()->digits.c_str(), nullptr, 10)), 0xFFFFFFFF));
    for (const Json& child : *elements->as<JsonArray>()) ODC_TRY(make(file, made, to_utf16(child.string_or("name", "")), child, depth + 1));
    return {};
}

}  // namespace

bool is_element(const property_set::Value& value) {
    using namespace property_set;
    switch (value.type) {
        case type::kStream: case type::kStorage: case type::kStreamedObject: case type::kStoredObject: case type::kVersionedStream: return true;
        default: return false;
    }
}

std::u16string element_name(const property_set::Value& value) {
    if (const auto* versioned = std::get_if<property_set::VersionedStream>(&value.data)) return versioned->name;
    const auto* name = std::get_if<std::u16string>(&value.data);
    return name ? *name : std::u16string();
}

Result<Json> element_to_json(CompoundFile& file, EntryId set_storage, const property_set::Value& value) {
    const EntryId id = ODC_TRY(file.find(set_storage, element_name(value)));
    if (id == kNoEntry) return Json{};
    return to_json(file, id, 0);
}

Result<> element_from_json(CompoundFile& file, EntryId set_storage, std::u16string_view name, const Json& json) {
    if (ODC_TRY(file.find(set_storage, name)) != kNoEntry) ODC_TRY(file.remove(set_storage, name));
    return make(file, set_storage, name, json, 0);
}

}  // namespace odc::tools
