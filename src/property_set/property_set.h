// A property set stream: one set of properties, or the two of document summary information. The class to start at here.
// Spec: MS-OLEPS 2.16 - 2.21.
#pragma once

#include <map>
#include <optional>
#include <span>

#include "property_set/code_page.h"
#include "property_set/format_name.h"
#include "property_set/value.h"

namespace odc::property_set {

using PropertyId = std::uint32_t;
inline constexpr PropertyId kDictionaryId = 0;
inline constexpr PropertyId kCodePageId = 1;
inline constexpr PropertyId kFirstId = 2;
inline constexpr PropertyId kLastId = 0x7FFFFFFF;
inline constexpr PropertyId kLocaleId = 0x80000000;
inline constexpr PropertyId kBehaviorId = 0x80000003;

/// Properties by number, some with names. What was read and is not changed keeps its bytes when it is written again.
class PropertySet {
  public:
    /// A new set: Unicode, case ignored, no properties.
    explicit PropertySet(const Guid& format_id, std::uint16_t code_page = kUtf16CodePage)
        : format_id_(format_id), code_page_(code_page) {}

    const Guid& format_id() const { return format_id_; }
    std::uint16_t code_page() const { return code_page_; }
    /// Writes all strings anew. Errors: STG_E_INVALIDPARAMETER for an unknown code page.
    Result<> set_code_page(std::uint16_t code_page);
    /// Goes over to UTF-8 (65001) when the code page lacks a character of the value's text, or of the name.
    Result<> make_room_for(const Value& value);
    Result<> make_room_for(std::u16string_view name);
    std::optional<std::uint32_t> locale() const;
    void set_locale(std::uint32_t locale) { put(kLocaleId, {type::kUi4, std::uint64_t{locale}, {}}); }
    bool case_sensitive() const;
    /// Errors: STG_E_INVALIDPARAMETER when names exist that would then be the same.
    Result<> set_case_sensitive(bool on);

    /// In ascending order of id; without dictionary and code page, with locale and behavior.
    std::vector<PropertyId> ids() const;
    /// nullptr when there is none.
    const Value* find(PropertyId id) const;
    /// Errors: STG_E_INVALIDPARAMETER for dictionary and code page, for reserved ids, and for data that does not fit its type.
    Result<> set(PropertyId id, Value value);
    /// What `set` checks, without setting.
    Result<> check(PropertyId id, const Value& value) const;
    /// For what `check` has seen already.
    void put(PropertyId id, Value value) { properties_[id] = {std::move(value), {}}; }
    /// Also forgets the name. Returns whether there was one.
    bool erase(PropertyId id);

    /// A property other than locale and behavior, or a name.
    bool has_properties() const { return !names_.empty() || (!properties_.empty() && properties_.begin()->first <= kLastId); }

    /// By id. The name of kDictionaryId is the set's own, which MS-OLEPS does not know; Windows keeps one there.
    const std::map<PropertyId, std::u16string>& names() const { return names_; }
    std::optional<PropertyId> id_of(std::u16string_view name) const;
    /// Errors: STG_E_INVALIDPARAMETER when the name is empty, belongs to another property, or the id is another reserved one.
    Result<> set_name(PropertyId id, std::u16string name);
    void erase_name(PropertyId id);
    /// The id of a name; a new one at or above `first` when it is not known yet.
    Result<PropertyId> id_for(std::u16string_view name, PropertyId first = kFirstId);

    bool needs_version_1() const;

    /// `bytes` begins with the set's size field. Errors: STG_E_INVALIDHEADER.
    static Result<PropertySet> parse(const Guid& format_id, std::span<const std::uint8_t> bytes);
    /// The set's bytes, a multiple of four.
    Result<std::vector<std::uint8_t>> serialize() const;

  private:
    struct Property {
        Value value;
        std::vector<std::uint8_t> bytes;  ///< as read, when unchanged since
    };
    Result<> parse_dictionary(std::span<const std::uint8_t> bytes);
    Result<std::vector<std::uint8_t>> serialize_dictionary() const;

    Guid format_id_;
    std::uint16_t code_page_;
    std::map<PropertyId, Property> properties_;
    std::map<PropertyId, std::u16string> names_;
    std::map<std::u16string, PropertyId> ids_;  ///< by name, as `key` makes it
    /// All ids from the first to before the second are taken, so that many names in a row do not search anew.
    PropertyId taken_from_ = 0;
    PropertyId taken_to_ = 0;
    std::u16string key(std::u16string_view name) const;
};

/// The whole stream.
struct PropertySetStream {
    std::uint16_t version = 0;
    std::uint32_t system = 0x00020006;  ///< who wrote it; 2: Win32, then the version of the system
    Guid class_id{};
    std::vector<PropertySet> sets;  ///< one or two

    PropertySet* find(const Guid& format_id);
    const PropertySet* find(const Guid& format_id) const { return const_cast<PropertySetStream*>(this)->find(format_id); }

    /// Errors: STG_E_INVALIDHEADER. Never reads outside `bytes`; memory is a small multiple of them.
    static Result<PropertySetStream> parse(std::span<const std::uint8_t> bytes);
    /// Version 1 when a property needs it. Errors: STG_E_INVALIDPARAMETER for no set or more than two.
    Result<std::vector<std::uint8_t>> serialize() const;
};

}  // namespace odc::property_set
