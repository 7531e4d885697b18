// Where a key lies: one of the predefined roots and the names below it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "opendcom/base/result.h"

namespace odc::registry {

/// HKEY_CLASSES_ROOT is a view: HKCU\SOFTWARE\Classes in front of HKLM\SOFTWARE\Classes.
/// HKEY_CURRENT_USER is HKU\<SID of the user>.
enum class Root { classes_root, current_user, local_machine, users };

inline constexpr std::size_t kMaxDepth = 512;           ///< names below a root
inline constexpr std::size_t kMaxKeyName = 255;         ///< UTF-16 units
inline constexpr std::size_t kMaxValueName = 16383;     ///< UTF-16 units
inline constexpr std::size_t kMaxValueSize = 1u << 20;  ///< bytes

struct KeyPath {
    Root root = Root::local_machine;
    std::vector<std::string> names;

    /// Takes "HKEY_LOCAL_MACHINE\SOFTWARE\x" and "HKLM\SOFTWARE\x", any case of the root; a trailing backslash is allowed.
    /// Errors: ERROR_INVALID_PARAMETER for another root, an empty or too long name, or too many names.
    static Result<KeyPath> parse(std::string_view text);
    /// This key with "a\b" below it; an empty `below` is the key itself. Errors as `parse`.
    Result<KeyPath> child(std::string_view below) const;
    /// "HKEY_LOCAL_MACHINE\SOFTWARE\x".
    std::string to_string() const;

    friend bool operator==(const KeyPath&, const KeyPath&) = default;
};

std::string_view root_name(Root root);

/// The form in which names are compared: upper case for ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic letters.
/// The rule is ours and fixed (not the C library's), because its result is stored.
std::string fold_name(std::string_view name);

}  // namespace odc::registry
