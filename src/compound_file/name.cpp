#include "compound_file/name.h"

#include <algorithm>
#include <array>

#include "compound_file/case_table.h"
#include "compound_file/format.h"

namespace odc::compound_file {

namespace {

/// Direct look-up for the first 1024 units, which hold nearly all names.
constexpr auto kLow = [] {
    std::array<char16_t, 1024> table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<char16_t>(i);
    for (const CaseRange& range : kCaseRanges)
        for (unsigned c = range.first; c <= range.last && c < table.size(); c += range.step)
            table[c] = static_cast<char16_t>(c + range.delta);
    return table;
}();

}  // namespace

char16_t upper(char16_t unit) {
    if (unit < kLow.size()) return kLow[unit];
    const auto* range = std::lower_bound(std::begin(kCaseRanges), std::end(kCaseRanges), unit,
                                         [](const CaseRange& r, char16_t c) { return r.last < c; });
    if (range == std::end(kCaseRanges) || unit < range->first || (unit - range->first) % range->step != 0) return unit;
    return static_cast<char16_t>(unit + range->delta);
}

std::strong_ordering compare_names(std::u16string_view a, std::u16string_view b) {
    if (a.size() != b.size()) return a.size() <=> b.size();
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] == b[i]) continue;
        if (const auto order = upper(a[i]) <=> upper(b[i]); order != 0) return order;
    }
    return std::strong_ordering::equal;
}

Result<> validate_name(std::u16string_view name) {
    if (name.empty() || name.size() > kMaxName) return fail(STG_E_INVALIDNAME, "a name has 1 to 31 characters");
    if (name.find_first_of(u"/\\:!") != name.npos) return fail(STG_E_INVALIDNAME, "/ \\ : ! are not allowed in names");
    if (name.find(u'\0') != name.npos) return fail(STG_E_INVALIDNAME, "NUL inside a name");
    return {};
}

}  // namespace odc::compound_file
