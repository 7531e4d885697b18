// Sizes and offsets of types in memory, as C and C++ compilers lay them out on 64-bit machines.
#include <algorithm>

#include "midl/model.h"

namespace odc::midl {
namespace {

constexpr int kMaxDepth = 100;

std::uint64_t rounded(std::uint64_t at, std::uint64_t to) { return (at + to - 1) / to * to; }

std::optional<MemoryLayout> of(const Type* type, const Model& model, int depth);

std::optional<MemoryLayout> of_base(Base base) {
    switch (base) {
        case Base::void_: return std::nullopt;
        case Base::boolean: case Base::byte: case Base::char_: case Base::signed_char: case Base::small: case Base::unsigned_small:
            return MemoryLayout{1, 1, {}};
        case Base::wchar: case Base::short_: case Base::unsigned_short: return MemoryLayout{2, 2, {}};
        case Base::hyper: case Base::unsigned_hyper: case Base::double_: case Base::int3264: case Base::unsigned_int3264: case Base::handle:
            return MemoryLayout{8, 8, {}};
        default: return MemoryLayout{4, 4, {}};
    }
}

std::optional<MemoryLayout> of_members(const Type& type, const Model& model, int depth) {
    MemoryLayout all{0, 1, {}};
    for (const auto& field : type.fields) {
        if (!field.type) {
            all.offsets.push_back(0);
            continue;
        }
        if (field.bits) return std::nullopt;  // compilers differ
        auto one = of(field.type, model, depth + 1);
        if (!one || one->size > (std::uint64_t{1} << 40)) return std::nullopt;
        if (type.pack != 0) one->alignment = std::min<std::uint64_t>(one->alignment, type.pack);
        const std::uint64_t offset = type.kind == Type::Kind::union_ ? 0 : rounded(all.size, one->alignment);
        all.offsets.push_back(offset);
        all.size = std::max(all.size, offset + one->size);
        all.alignment = std::max(all.alignment, one->alignment);
    }
    if (all.size == 0) return std::nullopt;
    all.size = rounded(all.size, all.alignment);
    return all;
}

/// A type of the program's own, which the ACF puts in the place of the IDL file's.
bool stands_for_local_type(const Type* type) {
    return find_type_attribute(type, AttributeKind::user_marshal) || find_type_attribute(type, AttributeKind::represent_as);
}

std::optional<MemoryLayout> of(const Type* type, const Model& model, int depth) {
    if (type && stands_for_local_type(type)) return std::nullopt;
    type = behind(type);
    if (!type || depth > kMaxDepth) return std::nullopt;
    switch (type->kind) {
        case Type::Kind::base: return of_base(type->base);
        case Type::Kind::enumeration: return MemoryLayout{4, 4, {}};
        case Type::Kind::pointer: case Type::Kind::safearray: return MemoryLayout{8, 8, {}};
        case Type::Kind::array: {
            const auto one = of(type->element, model, depth + 1);
            if (!one) return std::nullopt;
            auto count = type->count;
            if (count < 0 && type->bound) count = model.evaluate(type->bound).value_or(-1);
            // An array without bound is written with one element (`declare`).
            return MemoryLayout{one->size * static_cast<std::uint64_t>(std::max<std::int64_t>(count, 1)), one->alignment, {}};
        }
        case Type::Kind::structure:
        case Type::Kind::union_: return type->defined ? of_members(*type, model, depth) : std::nullopt;
        default: return std::nullopt;
    }
}

}  // namespace

std::optional<MemoryLayout> layout_of(const Type* type, const Model& model) { return of(type, model, 0); }

}  // namespace odc::midl
