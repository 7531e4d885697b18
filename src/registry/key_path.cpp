#include "registry/key_path.h"

#include "base/utf16.h"

namespace odc::registry {
namespace {

struct RootNames {
    Root root;
    std::string_view full, brief;
};
constexpr RootNames kRoots[] = {
    {Root::classes_root, "HKEY_CLASSES_ROOT", "HKCR"},
    {Root::current_user, "HKEY_CURRENT_USER", "HKCU"},
    {Root::local_machine, "HKEY_LOCAL_MACHINE", "HKLM"},
    {Root::users, "HKEY_USERS", "HKU"},
};

Result<> append_names(std::vector<std::string>& names, std::string_view text) {
    if (text.ends_with('\\')) text.remove_suffix(1);
    while (!text.empty()) {
        const auto end = text.find('\\');
        const auto name = text.substr(0, end);
        if (name.empty()) return fail_win32(ERROR_INVALID_PARAMETER, "empty name in a registry path");
        if (name.find('\0') != name.npos) return fail_win32(ERROR_INVALID_PARAMETER, "zero byte in a registry path");
        if (name.size() > kMaxKeyName && to_utf16(name).size() > kMaxKeyName)
            return fail_win32(ERROR_INVALID_PARAMETER, "key name longer than 255 characters");
        if (names.size() == kMaxDepth) return fail_win32(ERROR_INVALID_PARAMETER, "registry path deeper than 512 keys");
        names.emplace_back(name);
        if (end == text.npos) break;
        text.remove_prefix(end + 1);
        if (text.empty()) return fail_win32(ERROR_INVALID_PARAMETER, "empty name in a registry path");
    }
    return {};
}

char16_t upper(char16_t c) {
    if (c < 0x80) return c >= u'a' && c <= u'z' ? static_cast<char16_t>(c - 0x20) : c;
    if (c >= 0xE0 && c <= 0xFE) return c == 0xF7 ? c : static_cast<char16_t>(c - 0x20);
    if (c == 0xFF) return 0x178;
    // Latin Extended-A: pairs of upper and lower case, even first in most of it, odd first in the middle and at the end.
    if ((c >= 0x100 && c <= 0x137 && c != 0x131) || (c >= 0x14A && c <= 0x177)) return static_cast<char16_t>(c & ~1);
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) return c & 1 ? c : static_cast<char16_t>(c - 1);
    if (c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2) return static_cast<char16_t>(c - 0x20);
    if (c >= 0x430 && c <= 0x44F) return static_cast<char16_t>(c - 0x20);
    if (c >= 0x450 && c <= 0x45F) return static_cast<char16_t>(c - 0x50);
    return c;
}

}  // namespace

std::string_view root_name(Root root) {
    for (const auto& known : kRoots)
        if (known.root == root) return known.full;
    return {};
}

Result<KeyPath> KeyPath::parse(std::string_view text) {
    const auto end = text.find('\\');
    const auto root = text.substr(0, end);
    for (const auto& known : kRoots) {
        if (!equal_ignoring_case(root, known.full) && !equal_ignoring_case(root, known.brief)) continue;
        KeyPath path{known.root, {}};
        if (end != text.npos) ODC_TRY(append_names(path.names, text.substr(end + 1)));
        return path;
    }
    return fail_win32(ERROR_INVALID_PARAMETER, "no such registry root: " + std::string(root));
}

Result<KeyPath> KeyPath::child(std::string_view below) const {
    KeyPath path = *this;
    ODC_TRY(append_names(path.names, below));
    return path;
}

std::string KeyPath::to_string() const {
    std::string text(root_name(root));
    for (const auto& name : names) text.append("\\").append(name);
    return text;
}

std::string fold_name(std::string_view name) {
    bool ascii = true;
    std::string folded(name);
    for (char& c : folded) {
        if (static_cast<unsigned char>(c) >= 0x80) ascii = false;
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 0x20);
    }
    if (ascii) return folded;
    auto units = to_utf16(name);
    for (char16_t& unit : units) unit = upper(unit);
    return to_utf8(units);
}

}  // namespace odc::registry
