// The property sets of one storage in a compound file, for `dcom prop`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compound_file/compound_file.h"
#include "property_set/property_set.h"
#include "tools/json.h"

namespace odc::tools {

class PropertyFile {
  public:
    /// One property set stream. A non-simple set is a storage whose stream CONTENTS holds it (MS-OLEPS 2.22).
    struct Found {
        std::u16string name;  ///< of the element that stands for the set
        compound_file::EntryId stream = compound_file::kNoEntry;
        compound_file::EntryId set_storage = compound_file::kNoEntry;  ///< of a non-simple set
        property_set::PropertySetStream sets;
        bool is_simple() const { return set_storage == compound_file::kNoEntry; }
    };
    enum class Kind { simple, non_simple };

    /// `storage`: path inside the file, empty for the root. Errors: also STG_E_INVALIDHEADER for a set that is none.
    static Result<PropertyFile> open(const std::string& path, const std::string& storage, bool writable);

    std::vector<Found>& found() { return found_; }
    compound_file::CompoundFile& file() { return *file_; }
    /// Makes the set, and its stream, when they are missing. Errors: STG_E_FILEALREADYEXISTS when it is there as the other kind.
    Result<property_set::PropertySet*> set_for(const Guid& format);
    Result<property_set::PropertySet*> set_for(const Guid& format, Kind kind);
    /// Where a set of `found` lies.
    Found& place_of(const property_set::PropertySet& set);
    /// The stream or storage that a property is; nothing for other properties.
    Result<> erase_element(const property_set::PropertySet& set, property_set::PropertyId id);
    /// With its element.
    Result<> erase(property_set::PropertySet& set, property_set::PropertyId id);
    /// Writes the sets that changed, and commits.
    Result<> save();

  private:
    Result<Found> make(const Guid& format, Kind kind);
    std::unique_ptr<compound_file::CompoundFile> file_;
    compound_file::EntryId storage_ = compound_file::kRoot;
    std::vector<Found> found_;
};

/// The name that a program or the specification gives a property; "#5" for one without.
std::string property_name(const property_set::PropertySet& set, property_set::PropertyId id);
/// Sets a property. A set in a code page that lacks a character of `value` goes over to UTF-8.
Result<> put_property(property_set::PropertySet& set, property_set::PropertyId id, const property_set::Value& value);

/// All sets with their properties, names, and the streams and storages among them. See docs/compound-files.md.
Result<Json> export_properties(PropertyFile& file);
/// Errors: E_INVALIDARG for JSON of another shape.
Result<> import_properties(PropertyFile& file, const Json& json);

}  // namespace odc::tools
