#include "typelib/tables.h"

#include <algorithm>

#include "typelib/text.h"

namespace odc::typelib {
namespace {

using namespace format;

constexpr std::uint8_t kPadding = 'W';  // what compilers pad with

void pad(ByteWriter& out, std::size_t from, std::size_t least = 0) {
    while ((out.size() - from) % 4 != 0 || out.size() - from < least) out.u8(kPadding);
}

template <std::size_t N>
std::vector<std::uint8_t> bytes_of(const std::array<std::uint32_t, N>& numbers) {
    ByteWriter out;
    for (const auto n : numbers) out.u32(n);
    return out.take();
}

std::string folded(const std::vector<std::uint8_t>& name) {
    std::string key;
    for (const auto c : name) key += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return key;
}

std::string key_of(const ByteWriter& out) { return {out.data().begin(), out.data().end()}; }

std::uint32_t u32_in(const ByteWriter& out, std::size_t at) {
    std::uint32_t v;
    std::memcpy(&v, out.data().data() + at, sizeof v);
    return from_little(v);
}

}  // namespace

NameTable::NameTable(std::uint16_t code_page, std::uint32_t lcid) : code_page_(code_page), lcid_(lcid) { buckets_.fill(kNone); }

std::uint32_t NameTable::add(const std::string& name, std::uint32_t owner, std::uint32_t flags) {
    const auto bytes = to_ansi(name, code_page_);
    if (bytes.size() > 255) {
        failed_ = true;
        return kNone;
    }
    const auto [found, is_new] = known_.try_emplace(folded(bytes), static_cast<std::uint32_t>(out_.size()));
    const auto at = found->second;
    if (!is_new) {
        if (owner != kNone && u32_in(out_, at) == kNone) {
            out_.patch_u32(at, owner);
            out_.patch_u32(at + 8, u32_in(out_, at + 8) | flags);
        }
        return at;
    }
    const auto hash = name_hash(bytes, lcid_);
    auto& bucket = buckets_[hash & 0x7f];
    out_.u32(owner);
    out_.u32(bucket);
    out_.u32(static_cast<std::uint32_t>(bytes.size()) | flags | hash << 16);
    out_.bytes(bytes);
    pad(out_, at);
    bucket = at;
    characters_ += static_cast<std::uint32_t>(bytes.size());
    return at;
}

std::vector<std::uint8_t> NameTable::hash_table() const { return bytes_of(buckets_); }

GuidTable::GuidTable() { buckets_.fill(kNone); }

std::uint32_t GuidTable::add(const Guid& id, std::uint32_t reference) {
    const auto [found, is_new] = known_.try_emplace(id, static_cast<std::uint32_t>(out_.size()));
    const auto at = found->second;
    if (!is_new) {
        if (reference != kNone && u32_in(out_, at + 16) == kNone) out_.patch_u32(at + 16, reference);
        return at;
    }
    auto& bucket = buckets_[guid_bucket(id)];
    out_.guid(id);
    out_.u32(reference);
    out_.u32(bucket);
    bucket = at;
    return at;
}

std::vector<std::uint8_t> GuidTable::hash_table() const { return bytes_of(buckets_); }

std::uint32_t StringTable::add(const std::string& text) {
    if (text.empty()) return kNone;
    const auto [found, is_new] = known_.try_emplace(text, static_cast<std::uint32_t>(out_.size()));
    if (!is_new) return found->second;
    const auto bytes = to_ansi(text, code_page_);
    if (bytes.size() > 0xffff) {
        failed_ = true;
        return kNone;
    }
    out_.u16(static_cast<std::uint16_t>(bytes.size()));
    out_.bytes(bytes);
    pad(out_, found->second, 8);
    return found->second;
}

std::uint32_t ValueTable::add(const Value& value) {
    std::uint64_t narrow = value.bits;
    switch (value.vt) {
        case kVtI1: case kVtUi1: narrow &= 0xff; break;
        case kVtI2: case kVtUi2: case kVtBool: narrow &= 0xffff; break;
        case kVtI4: case kVtUi4: case kVtInt: case kVtUint: case kVtError: case kVtHresult: case kVtUnknown: case kVtDispatch:
            narrow &= 0xffffffff;
            break;
        case kVtEmpty: case kVtNull: narrow = 0; break;
        case kVtI8: case kVtUi8: case kVtR4: case kVtR8: case kVtDate: case kVtCy: case kVtBstr: narrow = ~std::uint64_t{0}; break;
        default:  // what is found in files: a VARIANT as the type of a default value
            if (value.vt > 0x1f) narrow = ~std::uint64_t{0};
    }
    if (narrow <= kInlineMask) return kInline | static_cast<std::uint32_t>(value.vt) << 26 | static_cast<std::uint32_t>(narrow);
    ByteWriter out;
    out.u16(value.vt);
    switch (value.vt) {
        case kVtI4: case kVtUi4: case kVtInt: case kVtUint: case kVtError: case kVtHresult: case kVtUnknown: case kVtDispatch: case kVtR4:
            out.u32(static_cast<std::uint32_t>(value.bits));
            break;
        case kVtI8: case kVtUi8: case kVtR8: case kVtDate: case kVtCy: out.u64(value.bits); break;
        case kVtBstr: {
            const auto bytes = to_ansi(value.text, code_page_);
            out.u32(static_cast<std::uint32_t>(bytes.size()));
            out.bytes(bytes);
            break;
        }
        default: failed_ = true; return kNone;
    }
    pad(out, 0);
    const auto [found, is_new] = known_.try_emplace(key_of(out), static_cast<std::uint32_t>(values_.size()));
    if (is_new) values_.bytes(out.data());
    return found->second;
}

std::uint32_t ValueTable::add_list(const std::vector<CustomData>& list) {
    auto head = kNone;  // each entry is put in front of the one before it
    for (const auto& data : list) {
        const auto at = static_cast<std::uint32_t>(lists_.size());
        lists_.u32(guids_.add(data.id, kNone));
        lists_.u32(add(data.value));
        lists_.u32(head);
        head = at;
    }
    return head;
}

std::uint16_t TypeTable::hint(std::uint32_t encoded) const {
    if (encoded & 0x80000000) {
        const auto of = static_cast<std::uint16_t>(encoded >> 16 & 0x7fff);
        return of == 0x7ffe ? of : static_cast<std::uint16_t>(0x4000 | of);
    }
    return u32_in(types_, encoded) >> 16 == 0x7fff ? 0x7fff : 0x7ffe;
}

std::uint32_t TypeTable::add(const TypeDesc& type) {
    std::uint32_t first = type.vt, second = 0;
    switch (type.vt) {
        case kVtPtr:
            second = add(type.element[0]);
            first |= static_cast<std::uint32_t>(hint(second)) << 16;
            break;
        case kVtSafeArray:
            second = add(type.element[0]);
            first |= second & 0x80000000 ? (0x20000000 | (second & 0x1fff0000)) : 0x7ffe0000;
            break;
        case kVtUserDefined:
            first |= 0x7fff0000;
            second = encoded_reference(type.ref);
            break;
        case kVtCArray: {
            ByteWriter out;
            out.u32(add(type.element[0]));
            out.u16(static_cast<std::uint16_t>(type.bounds.size()));
            out.u16(static_cast<std::uint16_t>(type.bounds.size() * 8));
            for (const auto& bound : type.bounds) {
                out.u32(bound.count);
                out.u32(static_cast<std::uint32_t>(bound.lower));
            }
            const auto [found, is_new] = known_arrays_.try_emplace(key_of(out), static_cast<std::uint32_t>(arrays_.size()));
            if (is_new) arrays_.bytes(out.data());
            first |= 0x7ffe0000;
            second = found->second;
            break;
        }
        // The high word names the type that values of this one are.
        case kVtVoid: return 0x80000000 | kVtVoid;
        case kVtInt: return 0x80000000 | kVtI4 << 16 | kVtInt;
        case kVtUint: return 0x80000000 | kVtUi4 << 16 | kVtUint;
        case kVtLpstr: case kVtLpwstr: return 0xfffe0000 | type.vt;
        default: return 0x80000000 | static_cast<std::uint32_t>(type.vt) << 16 | type.vt;
    }
    const auto [found, is_new] = known_types_.try_emplace(static_cast<std::uint64_t>(first) << 32 | second, static_cast<std::uint32_t>(types_.size()));
    if (is_new) {
        types_.u32(first);
        types_.u32(second);
    }
    return found->second;
}

std::uint32_t encoded_reference(TypeRef ref) {
    return ref.imported ? ref.index * kImportInfoSize | kRefImported : ref.index * kTypeInfoSize;
}

std::uint32_t memory_size(const TypeDesc& type) {
    switch (type.vt) {
        case kVtPtr: case kVtSafeArray: return 8 + memory_size(type.element[0]);
        case kVtCArray: return 12 + 8 * static_cast<std::uint32_t>(type.bounds.size()) + memory_size(type.element[0]);
        default: return 0;
    }
}

}  // namespace odc::typelib
