#include "property_set/property_set.h"

#include <algorithm>

#include "property_set/value_codec.h"

namespace odc::property_set {

namespace {

Error malformed(std::string text) { return fail(STG_E_INVALIDHEADER, std::move(text)); }
Error refused(std::string text) { return fail(STG_E_INVALIDPARAMETER, std::move(text)); }

bool can_spell(std::u16string_view text, std::uint16_t code_page) {
    const auto bytes = encode(text, code_page);
    if (!bytes) return false;
    const auto again = decode(*bytes, code_page);
    return again && *again == text;
}

/// Whether the code page has all characters of the texts in the value.
bool can_spell(const Value& value, std::uint16_t code_page) {
    if (value.scalar() == type::kLpwstr) return true;
    if (const auto* text = std::get_if<std::u16string>(&value.data)) return can_spell(*text, code_page);
    if (const auto* texts = std::get_if<std::vector<std::u16string>>(&value.data))
        return std::all_of(texts->begin(), texts->end(), [&](const auto& one) { return can_spell(one, code_page); });
    if (const auto* values = std::get_if<std::vector<Value>>(&value.data))
        return std::all_of(values->begin(), values->end(), [&](const Value& one) { return can_spell(one, code_page); });
    return true;
}

constexpr bool is_normal(PropertyId id) { return id >= kFirstId && id <= kLastId; }

/// Case folding good enough for names: the letters of ASCII, Latin-1, Greek and Cyrillic.
char16_t fold(char16_t c) {
    if ((c >= u'A' && c <= u'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F))
        return static_cast<char16_t>(c + 32);
    return c >= 0x400 && c <= 0x40F ? static_cast<char16_t>(c + 80) : c;
}

}  // namespace

std::u16string PropertySet::key(std::u16string_view name) const {
    std::u16string folded(name);
    if (!case_sensitive()) std::transform(folded.begin(), folded.end(), folded.begin(), fold);
    return folded;
}

Result<> PropertySet::set_code_page(std::uint16_t code_page) {
    if (!is_known_code_page(code_page)) return refused("unknown code page");
    if (code_page == code_page_) return {};
    for (auto& [id, property] : properties_) {
        if (property.value.type != type::kEmpty && std::holds_alternative<std::monostate>(property.value.data)) continue;
        property.bytes.clear();
    }
    code_page_ = code_page;
    return {};
}

Result<> PropertySet::make_room_for(const Value& value) {
    if (code_page_ == kUtf16CodePage || code_page_ == kUtf8CodePage || can_spell(value, code_page_)) return {};
    return set_code_page(kUtf8CodePage);
}

Result<> PropertySet::make_room_for(std::u16string_view name) { return make_room_for(Value::text(std::u16string(name), type::kLpstr)); }

std::optional<std::uint32_t> PropertySet::locale() const {
    const Value* value = find(kLocaleId);
    const auto* number = value ? std::get_if<std::uint64_t>(&value->data) : nullptr;
    return number ? std::optional(static_cast<std::uint32_t>(*number)) : std::nullopt;
}

bool PropertySet::case_sensitive() const {
    const Value* value = find(kBehaviorId);
    const auto* number = value ? std::get_if<std::uint64_t>(&value->data) : nullptr;
    return number && (*number & 1) != 0;
}

Result<> PropertySet::set_case_sensitive(bool on) {
    const auto before = properties_;
    if (on) put(kBehaviorId, {type::kUi4, std::uint64_t{1}, {}});
    else properties_.erase(kBehaviorId);
    std::map<std::u16string, PropertyId> ids;
    for (const auto& [id, name] : names_)
        if (!ids.emplace(key(name), id).second) {
            properties_ = before;
            return refused("two names differ in case only");
        }
    ids_ = std::move(ids);
    return {};
}

std::vector<PropertyId> PropertySet::ids() const {
    std::vector<PropertyId> all;
    for (const auto& [id, property] : properties_) all.push_back(id);
    return all;
}

const Value* PropertySet::find(PropertyId id) const {
    const auto known = properties_.find(id);
    return known == properties_.end() ? nullptr : &known->second.value;
}

Result<> PropertySet::check(PropertyId id, const Value& value) const {
    if (!is_normal(id) && id != kLocaleId) return refused("property " + std::to_string(id) + " is reserved");
    ByteWriter scratch;
    return write_value(value, code_page_, scratch);
}

Result<> PropertySet::set(PropertyId id, Value value) {
    ODC_TRY(check(id, value));
    put(id, std::move(value));
    return {};
}

bool PropertySet::erase(PropertyId id) {
    taken_from_ = 0;
    erase_name(id);
    return properties_.erase(id) != 0;
}

std::optional<PropertyId> PropertySet::id_of(std::u16string_view name) const {
    const auto known = ids_.find(key(name));
    return known == ids_.end() ? std::nullopt : std::optional(known->second);
}

Result<> PropertySet::set_name(PropertyId id, std::u16string name) {
    if (!is_normal(id) && id != kDictionaryId) return refused("property " + std::to_string(id) + " can have no name");
    if (name.empty() || name.find(u'\0') != name.npos) return refused("a property's name is empty or has a NUL");
    const auto owner = id_of(name);
    if (owner && *owner != id) return refused("the name belongs to another property");
    erase_name(id);
    ids_.emplace(key(name), id);
    names_.emplace(id, std::move(name));
    return {};
}

void PropertySet::erase_name(PropertyId id) {
    const auto known = names_.find(id);
    if (known == names_.end()) return;
    taken_from_ = 0;
    ids_.erase(key(known->second));
    names_.erase(known);
}

Result<PropertyId> PropertySet::id_for(std::u16string_view name, PropertyId first) {
    if (const auto known = id_of(name)) return *known;
    if (!is_normal(first)) return refused("the first id for names is below 2");
    if (first != taken_from_) taken_from_ = taken_to_ = first;
    PropertyId id = taken_to_;
    while (properties_.contains(id) || names_.contains(id)) {
        if (id == kLastId) return refused("no property id is left");
        ++id;
    }
    ODC_TRY(set_name(id, std::u16string(name)));
    taken_to_ = id;
    return id;
}

bool PropertySet::needs_version_1() const {
    if (properties_.contains(kBehaviorId)) return true;
    return std::any_of(properties_.begin(), properties_.end(), [](const auto& one) {
        const Value& value = one.second.value;
        if (property_set::needs_version_1(value.type)) return true;
        const auto* elements = std::get_if<std::vector<Value>>(&value.data);
        return elements && std::any_of(elements->begin(), elements->end(), [](const Value& v) { return property_set::needs_version_1(v.type); });
    });
}

Result<PropertySet> PropertySet::parse(const Guid& format_id, std::span<const std::uint8_t> bytes) {
    ByteReader in(bytes);
    const auto size = in.u32();
    const auto count = in.count(8);
    ODC_TRY(in.finish(STG_E_INVALIDHEADER, "property set"));
    // Some writers tell a size that is a little off; no offset may go past what is there.
    const std::size_t end = size >= 8 + count * 8 && size <= bytes.size() ? size : bytes.size();
    struct Place {
        std::uint32_t offset;
        PropertyId id;
    };
    std::vector<Place> places;
    places.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto id = in.u32();
        const auto offset = in.u32();
        if (offset < 8 + count * 8 || offset > end) return malformed("property " + std::to_string(id) + " lies outside its set");
        places.push_back({offset, id});
    }
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.offset < b.offset; });
    const auto extent = [&](std::size_t i) {
        const std::size_t to = i + 1 < places.size() ? places[i + 1].offset : end;
        return bytes.subspan(places[i].offset, to - places[i].offset);
    };
    PropertySet set(format_id, kAnsiCodePage);
    std::optional<std::size_t> dictionary;
    std::vector<PropertyId> seen;
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (i > 0 && places[i].offset == places[i - 1].offset) return malformed("two properties lie at one place");
        seen.push_back(places[i].id);
        if (places[i].id == kDictionaryId) dictionary = i;
        if (places[i].id != kCodePageId) continue;
        const auto value = ODC_TRY(read_value(extent(i), kAnsiCodePage));
        const auto* number = std::get_if<std::int64_t>(&value.data);
        if (!number || value.type != type::kI2) return malformed("the code page is no VT_I2");
        set.code_page_ = static_cast<std::uint16_t>(*number);
        if (!is_known_code_page(set.code_page_)) return malformed("code page " + std::to_string(set.code_page_) + " is unknown");
    }
    std::sort(seen.begin(), seen.end());
    if (std::adjacent_find(seen.begin(), seen.end()) != seen.end()) return malformed("a property is there twice");
    for (std::size_t i = 0; i < places.size(); ++i) {
        const PropertyId id = places[i].id;
        if (id == kDictionaryId || id == kCodePageId) continue;
        auto value = read_value(extent(i), set.code_page_);
        if (!value) return std::move(value.error()).in("property " + std::to_string(id));
        const auto raw = extent(i);
        set.properties_[id] = {value.take(), {raw.begin(), raw.end()}};
    }
    if (dictionary) ODC_TRY(set.parse_dictionary(extent(*dictionary)));
    return set;
}

Result<> PropertySet::parse_dictionary(std::span<const std::uint8_t> bytes) {
    ByteReader in(bytes);
    const auto count = in.count(8);
    const bool wide = code_page_ == kUtf16CodePage;
    for (std::size_t i = 0; i < count; ++i) {
        const auto id = in.u32();
        const std::size_t size = wide ? in.count(2) * 2 : in.count(1);
        const auto view = in.bytes(size);
        if (wide) in.skip(std::min((4 - in.position() % 4) % 4, in.left()));
        if (in.failed()) break;
        auto name = ODC_TRY(decode(view, code_page_));
        name.resize(std::min(name.find(u'\0'), name.size()));
        if ((!is_normal(id) && id != kDictionaryId) || name.empty()) continue;  // some writers list the special ones too
        if (!names_.emplace(id, name).second) return malformed("the dictionary names property " + std::to_string(id) + " twice");
        if (!ids_.emplace(key(name), id).second) return malformed("the dictionary has a name twice");
    }
    return in.finish(STG_E_INVALIDHEADER, "dictionary");
}

Result<std::vector<std::uint8_t>> PropertySet::serialize_dictionary() const {
    ByteWriter out;
    out.u32(static_cast<std::uint32_t>(names_.size()));
    const bool wide = code_page_ == kUtf16CodePage;
    for (const auto& [id, name] : names_) {
        const auto text = ODC_TRY(encode(name + u'\0', code_page_));
        out.u32(id);
        out.u32(static_cast<std::uint32_t>(wide ? text.size() / 2 : text.size()));
        out.bytes(text);
        if (wide) out.zeros((4 - out.size() % 4) % 4);
    }
    out.zeros((4 - out.size() % 4) % 4);
    return out.take();
}

Result<std::vector<std::uint8_t>> PropertySet::serialize() const {
    std::vector<std::pair<PropertyId, std::vector<std::uint8_t>>> parts;
    ByteWriter code_page;
    ODC_TRY(write_value({type::kI2, std::int64_t{static_cast<std::int16_t>(code_page_)}, {}}, code_page_, code_page));
    parts.emplace_back(kCodePageId, code_page.take());
    if (!names_.empty()) parts.emplace_back(kDictionaryId, ODC_TRY(serialize_dictionary()));
    for (const auto& [id, property] : properties_) {
        if (!property.bytes.empty()) {
            parts.emplace_back(id, property.bytes);
            parts.back().second.resize((property.bytes.size() + 3) / 4 * 4);
            continue;
        }
        ByteWriter out;
        ODC_TRY(write_value(property.value, code_page_, out));
        parts.emplace_back(id, out.take());
    }
    ByteWriter out;
    std::uint64_t offset = 8 + 8 * parts.size();
    out.u32(0);
    out.u32(static_cast<std::uint32_t>(parts.size()));
    for (const auto& [id, bytes] : parts) {
        out.u32(id);
        out.u32(static_cast<std::uint32_t>(offset));
        offset += bytes.size();
        if (offset > 0x7FFFFFFF) return fail(STG_E_MEDIUMFULL, "a property set larger than 2 GB");
    }
    for (const auto& [id, bytes] : parts) out.bytes(bytes);
    out.patch_u32(0, static_cast<std::uint32_t>(out.size()));
    return out.take();
}

PropertySet* PropertySetStream::find(const Guid& format_id) {
    for (PropertySet& set : sets)
        if (same(set.format_id(), format_id)) return &set;
    return nullptr;
}

Result<PropertySetStream> PropertySetStream::parse(std::span<const std::uint8_t> bytes) {
    ByteReader in(bytes);
    PropertySetStream stream;
    const auto order = in.u16();
    stream.version = in.u16();
    stream.system = in.u32();
    stream.class_id = in.guid();
    const auto count = in.u32();
    if (in.failed() || order != 0xFFFE) return malformed("not a property set");
    if (stream.version > 1) return malformed("property set version " + std::to_string(stream.version));
    if (count < 1 || count > 2) return malformed(std::to_string(count) + " property sets in one stream");
    std::vector<std::pair<Guid, std::uint32_t>> places;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto id = in.guid();
        places.emplace_back(id, in.u32());
    }
    ODC_TRY(in.finish(STG_E_INVALIDHEADER, "property set header"));
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto [id, offset] = places[i];
        if (offset < 28 + 20 * count || offset > bytes.size()) return malformed("a property set lies outside its stream");
        // Up to where the other one begins, so that no byte belongs to both.
        std::size_t end = bytes.size();
        for (const auto& [other_id, other] : places)
            if (other > offset) end = std::min<std::size_t>(end, other);
        if (i > 0 && offset == places[0].second) return malformed("two property sets lie at one place");
        stream.sets.push_back(ODC_TRY(PropertySet::parse(id, bytes.subspan(offset, end - offset))));
    }
    return stream;
}

Result<std::vector<std::uint8_t>> PropertySetStream::serialize() const {
    if (sets.empty() || sets.size() > 2) return refused("a stream has one or two property sets");
    const bool version_1 = version == 1 || std::any_of(sets.begin(), sets.end(), [](const auto& set) { return set.needs_version_1(); });
    ByteWriter out;
    out.u16(0xFFFE);
    out.u16(version_1 ? 1 : 0);
    out.u32(system);
    out.guid(class_id);
    out.u32(static_cast<std::uint32_t>(sets.size()));
    std::vector<std::vector<std::uint8_t>> bodies;
    std::size_t offset = 28 + 20 * sets.size();
    for (const PropertySet& set : sets) {
        bodies.push_back(ODC_TRY(set.serialize()));
        out.guid(set.format_id());
        out.u32(static_cast<std::uint32_t>(offset));
        offset += bodies.back().size();
    }
    for (const auto& body : bodies) out.bytes(body);
    return out.take();
}

}  // namespace odc::property_set
