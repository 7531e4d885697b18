#include "tools/property_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf16.h"
#include "tools/element_path.h"
#include "tools/property_elements.h"

namespace odc::tools {

using namespace property_set;
using compound_file::CompoundFile;
using compound_file::EntryId;
using compound_file::FileBytes;
using compound_file::kNoEntry;

Result<PropertyFile> PropertyFile::open(const std::string& path, const std::string& storage, bool writable) {
    auto bytes = ODC_TRY(FileBytes::open(path, writable ? FileBytes::Mode::read_write : FileBytes::Mode::read));
    PropertyFile opened;
    opened.file_ = ODC_TRY(CompoundFile::open(std::move(bytes), {.writable = writable}));
    opened.storage_ = ODC_TRY(find_element(*opened.file_, storage)).id;
    for (const EntryId id : ODC_TRY(opened.file_->children(opened.storage_))) {
        const auto entry = ODC_TRY(opened.file_->stat(id));
        if (!format_of_name(entry.name())) continue;
        Found found;
        found.name = entry.name();
        found.stream = id;
        if (entry.is_storage()) {
            found.set_storage = id;
            found.stream = ODC_TRY(opened.file_->find(id, u"CONTENTS"));
            if (found.stream == kNoEntry) continue;
        }
        std::vector<std::uint8_t> content(ODC_TRY(opened.file_->stat(found.stream)).size);
        ODC_TRY(opened.file_->read(found.stream, 0, content));
        auto parsed = PropertySetStream::parse(content);
        if (!parsed) return std::move(parsed.error()).in(show_name(entry.name()));
        found.sets = parsed.take();
        opened.found_.push_back(std::move(found));
    }
    return opened;
}

Result<PropertyFile::Found> PropertyFile::make(const Guid& format, Kind kind) {
    Found made;
    made.name = name_of_format(format);
    if (kind == Kind::non_simple) {
        made.set_storage = ODC_TRY(file_->create_storage(storage_, made.name, file_time_now()));
        made.stream = ODC_TRY(file_->create_stream(made.set_storage, u"CONTENTS"));
    } else {
        made.stream = ODC_TRY(file_->create_stream(storage_, made.name));
    }
    const bool ansi = same(format, kSummaryInformation) || same(format, kDocSummaryInformation) || same(format, kUserDefinedProperties);
    const std::uint16_t code_page = ansi ? kAnsiCodePage : kUtf16CodePage;
    if (same(format, kUserDefinedProperties)) made.sets.sets.emplace_back(kDocSummaryInformation, code_page);
    made.sets.sets.emplace_back(format, code_page);
    return made;
}

Result<PropertySet*> PropertyFile::set_for(const Guid& format) {
    for (Found& found : found_)
        if (PropertySet* set = found.sets.find(format)) return set;
    return set_for(format, Kind::simple);
}

Result<PropertySet*> PropertyFile::set_for(const Guid& format, Kind kind) {
    const auto name = name_of_format(format);
    for (Found& found : found_) {
        if (PropertySet* set = found.sets.find(format)) {
            if (found.is_simple() != (kind == Kind::simple)) return fail(STG_E_FILEALREADYEXISTS, "the set is there, as one of the other kind");
            return set;
        }
        if (found.name == name && same(format, kUserDefinedProperties) && found.sets.sets.size() == 1) {
            found.sets.sets.emplace_back(format, found.sets.sets[0].code_page());
            return &found.sets.sets.back();
        }
    }
    found_.push_back(ODC_TRY(make(format, kind)));
    return &found_.back().sets.sets.back();
}

PropertyFile::Found& PropertyFile::place_of(const PropertySet& set) {
    const auto holds = [&](const Found& found) {
        return !found.sets.sets.empty() && &set >= &found.sets.sets.front() && &set <= &found.sets.sets.back();
    };
    return *std::find_if(found_.begin(), found_.end(), holds);
}

Result<> PropertyFile::erase_element(const PropertySet& set, PropertyId id) {
    const Value* value = set.find(id);
    const Found& place = place_of(set);
    if (value && is_element(*value) && !place.is_simple() && ODC_TRY(file_->find(place.set_storage, element_name(*value))) != kNoEntry)
        ODC_TRY(file_->remove(place.set_storage, element_name(*value)));
    return {};
}

Result<> PropertyFile::erase(PropertySet& set, PropertyId id) {
    ODC_TRY(erase_element(set, id));
    set.erase(id);
    return {};
}

Result<> PropertyFile::save() {
    for (Found& found : found_) {
        const auto bytes = ODC_TRY(found.sets.serialize());
        std::vector<std::uint8_t> before(ODC_TRY(file_->stat(found.stream)).size);
        ODC_TRY(file_->read(found.stream, 0, before));
        if (before == bytes) continue;
        const auto parsed = PropertySetStream::parse(before);
        if (parsed) {
            const auto again = parsed->serialize();
            if (again && *again == bytes) continue;  // nothing changed but the order of what another wrote
        }
        ODC_TRY(file_->resize(found.stream, bytes.size()));
        ODC_TRY(file_->write(found.stream, 0, bytes));
        if (!found.is_simple()) ODC_TRY(file_->set_class_id(found.set_storage, found.sets.class_id));
    }
    return file_->commit({.durable = true});
}

std::string property_name(const PropertySet& set, PropertyId id) {
    if (const auto named = set.names().find(id); named != set.names().end()) return to_utf8(named->second);
    const auto known = known_property_name(set.format_id(), id);
    return known.empty() ? fmt::format("#{}", id) : std::string(known);
}

Result<> put_property(PropertySet& set, PropertyId id, const Value& value) {
    ODC_TRY(set.make_room_for(value));
    return set.set(id, value);
}

}  // namespace odc::tools
