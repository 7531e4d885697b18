#include "midl/attributes.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace odc::midl {
namespace {

constexpr AttributeFact kFacts[] = {
#define ODC_ATTRIBUTE(name, spelling, arguments, places) \
    {AttributeKind::name, spelling, AttributeArguments::arguments, places},
#include "midl/attributes.inc"
#undef ODC_ATTRIBUTE
};

}  // namespace

const AttributeFact* find_attribute(std::string_view spelling) {
    static const auto index = [] {
        std::unordered_map<std::string_view, const AttributeFact*> map;
        for (const auto& fact : kFacts) map.emplace(fact.spelling, &fact);
        return map;
    }();
    const auto found = index.find(spelling);
    return found == index.end() ? nullptr : found->second;
}

const AttributeFact& fact_of(AttributeKind kind) { return kFacts[static_cast<std::size_t>(kind)]; }

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

std::string suggest_attribute(std::string_view spelling) {
    if (spelling.size() > 64) return {};
    const AttributeFact* best = nullptr;
    std::size_t least = spelling.size() / 3 + 1;
    for (const auto& fact : kFacts) {
        if (fact.windows_runtime()) continue;
        const auto distance = edit_distance(spelling, fact.spelling);
        if (distance <= least && (!best || distance < least)) {
            least = distance;
            best = &fact;
        }
    }
    return best ? "; did you mean " + std::string(best->spelling) + "?" : std::string();
}

}  // namespace odc::midl
