#include "typelib/cycles.h"

#include <functional>

namespace odc::typelib {
namespace {

using Edges = std::vector<std::vector<std::uint32_t>>;

/// A type on a ring, or none. Depth first without recursion: a chain may be as long as the library.
const TypeInfo* find_ring(const Library& library, const Edges& edges) {
    enum class Mark : std::uint8_t { fresh, open, done };
    std::vector<Mark> marks(edges.size(), Mark::fresh);
    std::vector<std::pair<std::uint32_t, std::size_t>> stack;
    for (std::uint32_t start = 0; start < edges.size(); ++start) {
        if (marks[start] != Mark::fresh) continue;
        stack.emplace_back(start, 0);
        marks[start] = Mark::open;
        while (!stack.empty()) {
            auto& [at, next] = stack.back();
            if (next == edges[at].size()) {
                marks[at] = Mark::done;
                stack.pop_back();
                continue;
            }
            const auto to = edges[at][next++];
            if (marks[to] == Mark::open) return &library.types[to];
            if (marks[to] == Mark::done) continue;
            marks[to] = Mark::open;
            stack.emplace_back(to, 0);
        }
    }
    return nullptr;
}

/// The local type at the bottom of a description; `through_pointers` says whether pointers are followed.
const TypeRef* bottom(const TypeDesc& type, bool through_pointers) {
    const auto* t = &type;
    while (!t->element.empty()) {
        if (!through_pointers && t->vt != kVtCArray) return nullptr;
        t = &t->element[0];
    }
    return t->vt == kVtUserDefined && !t->ref.imported ? &t->ref : nullptr;
}

}  // namespace

Result<> refuse_cycles(const Library& library) {
    const auto count = library.types.size();
    Edges aliases(count), values(count), bases(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto& type = library.types[i];
        if (type.alias) {
            // An alias is looked through wherever it stands, behind pointers too.
            if (const auto* to = bottom(*type.alias, true); to && library.types[to->index].kind == TypeKind::alias) aliases[i].push_back(to->index);
            if (const auto* to = bottom(*type.alias, false)) values[i].push_back(to->index);
        }
        if (type.kind == TypeKind::record || type.kind == TypeKind::union_)
            for (const auto& field : type.variables)
                if (const auto* to = bottom(field.type, false)) values[i].push_back(to->index);
        for (const auto& implemented : type.implements)
            if (!implemented.type.imported) bases[i].push_back(implemented.type.index);
    }
    const auto refuse = [](const TypeInfo& type, const char* what) { return fail(TYPE_E_INVDATAREAD, type.name + what); };
    if (const auto* type = find_ring(library, aliases)) return refuse(*type, " is an alias of itself");
    if (const auto* type = find_ring(library, values)) return refuse(*type, " contains itself");
    if (const auto* type = find_ring(library, bases)) return refuse(*type, " inherits from itself");
    return {};
}

}  // namespace odc::typelib
