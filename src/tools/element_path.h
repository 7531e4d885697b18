// Paths of elements inside a compound file as people write them: "Data/\x05SummaryInformation", UTF-8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compound_file/compound_file.h"

namespace odc::tools {

/// Control characters and backslashes as \xNN.
std::string show_name(std::u16string_view name);
/// Takes \xNN. Errors: STG_E_INVALIDNAME.
Result<std::vector<std::u16string>> parse_element_path(std::string_view path);

struct Element {
    compound_file::EntryId parent;  ///< kNoEntry for the root
    compound_file::EntryId id;
    std::u16string name;
};
/// An empty path or "/" is the root. Errors: STG_E_FILENOTFOUND, STG_E_PATHNOTFOUND.
Result<Element> find_element(compound_file::CompoundFile& file, std::string_view path);

/// Now, as 100 ns since 1601.
compound_file::FileTime file_time_now();
/// "2022-06-18T04:26:40.1234567Z"; "-" for 0.
std::string show_file_time(compound_file::FileTime time);
/// The other way; the fraction may be left out. Errors: E_INVALIDARG.
Result<compound_file::FileTime> parse_file_time(std::string_view text);

}  // namespace odc::tools
