// GetClassFile: the class that a file belongs to, told by what is in it or by its name.
#include <charconv>
#include <cstdio>
#include <optional>

#include "base/guid.h"
#include "base/utf16.h"
#include "compound_file/compound_file.h"
#include "opendcom/com_ptr.h"
#include "registry/registry.h"
#include "storage/document.h"

namespace odc::storage {
namespace {

using compound_file::FileBytes;
using registry::KeyPath;
using registry::KeyTree;
using registry::Registry;

constexpr std::size_t kLongestPattern = 4096;  // bytes

/// "offset, cb, mask, value": the `value` that the bytes at `offset`, masked, must be. A negative offset counts from the file's end.
struct Pattern {
    std::int64_t offset = 0;
    std::vector<std::uint8_t> mask;
    std::vector<std::uint8_t> value;
};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string_view next_field(std::string_view& rest) {
    const auto comma = rest.find(',');
    const auto field = rest.substr(0, comma);
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
    return trimmed(field);
}

std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Exactly `size` bytes in hexadecimal.
std::optional<std::vector<std::uint8_t>> hex_bytes(std::string_view text, std::size_t size) {
    if (text.size() != size * 2) return std::nullopt;
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        const char* digits = text.data() + i * 2;
        const auto [end, error] = std::from_chars(digits, digits + 2, bytes[i], 16);
        if (error != std::errc() || end != digits + 2) return std::nullopt;
    }
    return bytes;
}

/// A mask that is left out looks at every bit.
std::optional<Pattern> parse_pattern(std::string_view text) {
    const auto offset = number(next_field(text));
    const auto size = number(next_field(text));
    if (!offset || !size || *size <= 0 || static_cast<std::uint64_t>(*size) > kLongestPattern) return std::nullopt;
    const auto mask_text = next_field(text);
    const auto bytes = static_cast<std::size_t>(*size);
    const auto mask = mask_text.empty() ? std::optional(std::vector<std::uint8_t>(bytes, 0xFF)) : hex_bytes(mask_text, bytes);
    const auto value = hex_bytes(next_field(text), bytes);
    if (!mask || !value) return std::nullopt;
    return Pattern{*offset, *mask, *value};
}

bool matches(FileBytes& file, std::uint64_t file_size, const Pattern& pattern) {
    const auto offset = static_cast<std::uint64_t>(pattern.offset);
    const std::uint64_t from_end = 0 - offset;
    if (pattern.offset < 0 && from_end > file_size) return false;
    const std::uint64_t at = pattern.offset < 0 ? file_size - from_end : offset;
    if (at > file_size || pattern.value.size() > file_size - at) return false;
    std::vector<std::uint8_t> bytes(pattern.value.size());
    if (!file.read_at(at, bytes)) return false;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        if ((bytes[i] & pattern.mask[i]) != pattern.value[i]) return false;
    return true;
}

/// HKCR\FileType\{class}\{number}: one of a class's patterns is enough. Entries that are no patterns are passed over.
Result<std::optional<Guid>> class_by_pattern(FileBytes& file) {
    const auto registry = ODC_TRY(Registry::current());
    const auto types = registry->tree(ODC_TRY(KeyPath::parse("HKCR\\FileType")), 2);
    if (!types) return std::optional<Guid>();
    const std::uint64_t size = ODC_TRY(file.size());
    for (const KeyTree& one : types->keys) {
        const auto class_id = parse_guid(one.name);
        if (!class_id) continue;
        for (const KeyTree& entry : one.keys) {
            const auto* text = entry.value("");
            const auto pattern = text ? parse_pattern(text->as_text()) : std::nullopt;
            if (pattern && matches(file, size, *pattern)) return std::optional(*class_id);
        }
    }
    return std::optional<Guid>();
}

/// The class that a compound file's root names; none for other files and for broken ones.
std::optional<Guid> class_in_storage(const std::string& path) {
    auto bytes = FileBytes::open(path, FileBytes::Mode::read);
    if (!bytes) return std::nullopt;
    auto file = compound_file::CompoundFile::open(bytes.take(), {});
    if (!file) return std::nullopt;
    const auto root = (*file)->stat(compound_file::kRoot);
    if (!root || root->class_id == Guid{}) return std::nullopt;
    return root->class_id;
}

/// HKCR\.ext names a ProgID, which names the class.
Result<Guid> class_by_extension(std::string_view path) {
    const auto name = path.substr(path.rfind('/') + 1);
    const auto dot = name.rfind('.');
    if (dot == name.npos || dot + 1 == name.size()) return fail(MK_E_INVALIDEXTENSION, "the file has no extension");
    const auto registry = ODC_TRY(Registry::current());
    const auto key = KeyPath::parse("HKCR\\" + std::string(name.substr(dot)));
    if (!key) return fail(MK_E_INVALIDEXTENSION, "no such extension");
    const auto prog_id = ODC_TRY(registry->value(*key, ""));
    CLSID class_id{};
    if (!prog_id || FAILED(CLSIDFromProgID(reinterpret_cast<LPCOLESTR>(to_utf16(prog_id->as_text()).c_str()), &class_id)))
        return fail(MK_E_INVALIDEXTENSION, "the extension belongs to no class");
    return Guid(class_id);
}

Result<Guid> class_of_file(const std::string& path) {
    auto file = FileBytes::open(path, FileBytes::Mode::read);
    if (!file) return fail(MK_E_CANTOPENFILE, file.error().text());
    if (const auto inside = class_in_storage(path)) return *inside;
    if (const auto by_pattern = ODC_TRY(class_by_pattern(**file))) return *by_pattern;
    return class_by_extension(path);
}

}  // namespace
}  // namespace odc::storage

WINOLEAPI GetClassFile(LPCOLESTR name, CLSID* class_id) {
    if (!class_id) return E_INVALIDARG;
    *class_id = {};
    if (!name || !*name) return MK_E_CANTOPENFILE;
    return odc::abi([&]() -> odc::Result<> {
        *class_id = ODC_TRY(odc::storage::class_of_file(odc::to_utf8(odc::storage::view(name))));
        return {};
    });
}
