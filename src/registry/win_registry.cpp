#include <algorithm>
#include <cstring>
#include <new>

#include "base/log.h"
#include "base/utf16.h"
#include "registry/open_keys.h"
#include "winreg.h"

struct _FILETIME {
    DWORD dwLowDateTime;
    DWORD dwHighDateTime;
};

namespace odc::registry {
namespace {

LSTATUS status_of(const Error& error) {
    if (error.code() == E_OUTOFMEMORY) return ERROR_OUTOFMEMORY & 0xFFFF;
    if (HRESULT_FACILITY(error.code()) == FACILITY_WIN32) return HRESULT_CODE(error.code());
    return ERROR_REGISTRY_IO_FAILED;
}

/// Runs the body of one exported function: an Error becomes its Win32 code, nothing else escapes.
template <class Body>
LSTATUS guarded(const char* function, Body body) noexcept {
    try {
        const Result<> result = body();
        if (result) return ERROR_SUCCESS;
        log::debug("registry", "{}: {}", function, result.error().text());
        return status_of(result.error());
    } catch (const std::bad_alloc&) {
        return ERROR_OUTOFMEMORY & 0xFFFF;
    }
}

Error invalid() { return fail_win32(ERROR_INVALID_PARAMETER); }

Result<std::shared_ptr<OpenKey>> opened(HKEY handle, REGSAM needed) {
    auto key = ODC_TRY(OpenKeys::of_process().find(handle));
    if ((key->access & needed) != needed) return fail_win32(ERROR_ACCESS_DENIED, "the handle was opened without this right");
    return key;
}

REGSAM granted(REGSAM wanted) {
    constexpr REGSAM kMaximumAllowed = 0x02000000, kGenericAll = 0x10000000, kGenericRead = 0x80000000,
                     kGenericWrite = 0x40000000;
    REGSAM access = wanted & KEY_ALL_ACCESS;
    if (wanted & (kMaximumAllowed | kGenericAll)) access |= KEY_ALL_ACCESS;
    if (wanted & kGenericRead) access |= KEY_READ;
    if (wanted & kGenericWrite) access |= KEY_WRITE;
    return access;
}

Result<KeyPath> below(const OpenKey& key, LPCWSTR name) { return key.path.child(to_utf8_z(name)); }

HKEY handle_of(const OpenKey& parent, KeyPath path, REGSAM access) {
    auto key = std::make_shared<OpenKey>();
    key->registry = parent.registry;
    key->path = std::move(path);
    key->access = granted(access);
    return OpenKeys::of_process().add(std::move(key));
}

Result<> must_exist(const OpenKey& key) {
    if (!ODC_TRY(key.registry->exists(key.path))) return fail_win32(ERROR_KEY_DELETED, key.path.to_string() + " was deleted");
    return {};
}

/// Copies a name with its terminator; `size` counts characters, on return without the terminator.
Result<> give_name(const std::string& utf8, LPWSTR name, LPDWORD size) {
    const auto units = to_utf16(utf8);
    if (!name || !size) return invalid();
    if (*size <= units.size()) return fail_win32(ERROR_MORE_DATA);
    std::memcpy(name, units.c_str(), (units.size() + 1) * sizeof(char16_t));
    *size = static_cast<DWORD>(units.size());
    return {};
}

/// The rules that RegQueryValueEx and RegEnumValue share.
Result<> give_data(const Value& value, LPDWORD type, LPBYTE data, LPDWORD size) {
    if (data && !size) return invalid();
    if (type) *type = static_cast<DWORD>(value.type);
    if (!size) return {};
    const DWORD room = *size;
    *size = static_cast<DWORD>(value.data.size());
    if (!data) return {};
    if (room < value.data.size()) return fail_win32(ERROR_MORE_DATA);
    std::copy(value.data.begin(), value.data.end(), data);
    return {};
}

void give_time(std::int64_t seconds, struct _FILETIME* time) {
    if (!time) return;
    constexpr std::int64_t kSecondsFrom1601To1970 = 11'644'473'600;
    const auto ticks = static_cast<std::uint64_t>((seconds + kSecondsFrom1601To1970) * 10'000'000);
    *time = {static_cast<DWORD>(ticks), static_cast<DWORD>(ticks >> 32)};
}

/// What an enumeration goes through: read at its start, and again after a change.
template <class Item, class Read>
Result<std::shared_ptr<const std::vector<Item>>> listing(OpenKey& key, OpenKey::Listing<Item> OpenKey::*member, Read read) {
    const auto stamp = key.registry->change_stamp();
    if (stamp) {
        Lock lock(key.mutex);
        const auto& known = key.*member;
        if (known.items && known.stamp == *stamp) return known.items;
    }
    auto items = std::make_shared<const std::vector<Item>>(ODC_TRY(read()));
    if (stamp) {
        Lock lock(key.mutex);
        key.*member = {*stamp, items};
    }
    return items;
}

auto subkeys_of(OpenKey& key) {
    return listing(key, &OpenKey::subkeys, [&] { return key.registry->subkeys(key.path); });
}
auto values_of(OpenKey& key) {
    return listing(key, &OpenKey::values, [&] { return key.registry->values(key.path); });
}

/// For RegSetValue and RegQueryValue, which take a size of text that may not be there.
Value text_value(LPCWSTR text) { return Value::text("", to_utf8_z(text)); }

}  // namespace
}  // namespace odc::registry

using namespace odc;
using namespace odc::registry;

LSTATUS RegCreateKeyExW(HKEY key, LPCWSTR subKey, DWORD, LPWSTR, DWORD, REGSAM access, const struct _SECURITY_ATTRIBUTES*,
                        PHKEY result, LPDWORD disposition) {
    return guarded("RegCreateKeyEx", [&]() -> Result<> {
        if (!result) return invalid();
        *result = nullptr;
        const auto parent = ODC_TRY(opened(key, 0));
        auto path = ODC_TRY(below(*parent, subKey));
        bool created = false;
        if (!ODC_TRY(parent->registry->exists(path))) {
            if (!(parent->access & KEY_CREATE_SUB_KEY)) return fail_win32(ERROR_ACCESS_DENIED);
            ODC_TRY(must_exist(*parent));
            created = ODC_TRY(parent->registry->create_key(path));
        }
        *result = handle_of(*parent, std::move(path), access);
        if (disposition) *disposition = created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
        return {};
    });
}

LSTATUS RegCreateKeyW(HKEY key, LPCWSTR subKey, PHKEY result) {
    return RegCreateKeyExW(key, subKey, 0, nullptr, REG_OPTION_NON_VOLATILE, KEY_ALL_ACCESS, nullptr, result, nullptr);
}

LSTATUS RegOpenKeyExW(HKEY key, LPCWSTR subKey, DWORD, REGSAM access, PHKEY result) {
    return guarded("RegOpenKeyEx", [&]() -> Result<> {
        if (!result) return invalid();
        *result = nullptr;
        const auto parent = ODC_TRY(opened(key, 0));
        auto path = ODC_TRY(below(*parent, subKey));
        if (!ODC_TRY(parent->registry->exists(path))) return fail_win32(ERROR_FILE_NOT_FOUND, "no key " + path.to_string());
        *result = handle_of(*parent, std::move(path), access);
        return {};
    });
}

LSTATUS RegOpenKeyW(HKEY key, LPCWSTR subKey, PHKEY result) { return RegOpenKeyExW(key, subKey, 0, KEY_ALL_ACCESS, result); }

LSTATUS RegCloseKey(HKEY key) {
    return guarded("RegCloseKey", [&]() -> Result<> {
        if (!OpenKeys::of_process().remove(key)) return fail_win32(ERROR_INVALID_HANDLE);
        return {};
    });
}

LSTATUS RegFlushKey(HKEY key) {
    return guarded("RegFlushKey", [&]() -> Result<> {
        ODC_TRY(opened(key, 0));  // every change is on the disk when its call returns
        return {};
    });
}

LSTATUS RegSetValueExW(HKEY key, LPCWSTR valueName, DWORD, DWORD type, const BYTE* data, DWORD size) {
    return guarded("RegSetValueEx", [&]() -> Result<> {
        if (!data && size) return invalid();
        const auto target = ODC_TRY(opened(key, KEY_SET_VALUE));
        if (!target->path.names.empty()) ODC_TRY(must_exist(*target));
        Value value{to_utf8_z(valueName), static_cast<ValueType>(type), {}};
        if (data) value.data.assign(data, data + size);
        return target->registry->set_value(target->path, value);
    });
}

LSTATUS RegSetValueW(HKEY key, LPCWSTR subKey, DWORD type, LPCWSTR text, DWORD) {
    return guarded("RegSetValue", [&]() -> Result<> {
        if (type != REG_SZ) return invalid();
        const auto parent = ODC_TRY(opened(key, KEY_SET_VALUE));
        const auto path = ODC_TRY(below(*parent, subKey));
        return parent->registry->set_value(path, text_value(text));
    });
}

LSTATUS RegQueryValueExW(HKEY key, LPCWSTR valueName, LPDWORD, LPDWORD type, LPBYTE data, LPDWORD size) {
    return guarded("RegQueryValueEx", [&]() -> Result<> {
        const auto source = ODC_TRY(opened(key, KEY_QUERY_VALUE));
        const auto value = ODC_TRY(source->registry->value(source->path, to_utf8_z(valueName)));
        if (!value) return fail_win32(ERROR_FILE_NOT_FOUND);
        return give_data(*value, type, data, size);
    });
}

LSTATUS RegQueryValueW(HKEY key, LPCWSTR subKey, LPWSTR text, PLONG size) {
    return guarded("RegQueryValue", [&]() -> Result<> {
        if (text && !size) return invalid();
        const auto parent = ODC_TRY(opened(key, KEY_QUERY_VALUE));
        const auto path = ODC_TRY(below(*parent, subKey));
        if (!ODC_TRY(parent->registry->exists(path))) return fail_win32(ERROR_FILE_NOT_FOUND);
        const auto value = ODC_TRY(parent->registry->value(path, ""));
        const auto given = value && value->is_text() ? *value : text_value(nullptr);  // a key without default value has ""
        auto bytes = size ? static_cast<DWORD>(std::max<LONG>(*size, 0)) : 0;
        auto result = give_data(given, nullptr, reinterpret_cast<LPBYTE>(text), size ? &bytes : nullptr);
        if (size) *size = static_cast<LONG>(bytes);
        return result;
    });
}

LSTATUS RegDeleteKeyW(HKEY key, LPCWSTR subKey) {
    return guarded("RegDeleteKey", [&]() -> Result<> {
        if (!subKey) return invalid();
        const auto parent = ODC_TRY(opened(key, 0));
        const auto path = ODC_TRY(below(*parent, subKey));
        return parent->registry->delete_key(path);
    });
}

LSTATUS RegDeleteKeyExW(HKEY key, LPCWSTR subKey, REGSAM, DWORD) { return RegDeleteKeyW(key, subKey); }

LSTATUS RegDeleteTreeW(HKEY key, LPCWSTR subKey) {
    return guarded("RegDeleteTree", [&]() -> Result<> {
        const auto parent = ODC_TRY(opened(key, 0));
        const auto path = ODC_TRY(below(*parent, subKey));
        if (path != parent->path) return parent->registry->delete_tree(path);
        // Without a subkey the key stays, and all in it goes.
        std::vector<Change> changes;
        const auto tree = ODC_TRY(parent->registry->tree(path, 1));
        for (const auto& child : tree.keys) {
            KeyPath gone = path;
            gone.names.push_back(child.name);
            changes.push_back(DeleteKey{std::move(gone)});
        }
        for (const auto& value : tree.values) changes.push_back(DeleteValue{path, value.name});
        return parent->registry->apply(changes);
    });
}

LSTATUS RegDeleteValueW(HKEY key, LPCWSTR valueName) {
    return guarded("RegDeleteValue", [&]() -> Result<> {
        const auto target = ODC_TRY(opened(key, KEY_SET_VALUE));
        return target->registry->delete_value(target->path, to_utf8_z(valueName));
    });
}

LSTATUS RegEnumKeyExW(HKEY key, DWORD index, LPWSTR name, LPDWORD nameSize, LPDWORD, LPWSTR className, LPDWORD classNameSize,
                      struct _FILETIME* lastWrite) {
    return guarded("RegEnumKeyEx", [&]() -> Result<> {
        const auto source = ODC_TRY(opened(key, KEY_ENUMERATE_SUB_KEYS));
        const auto names = ODC_TRY(subkeys_of(*source));
        if (index >= names->size()) return fail_win32(ERROR_NO_MORE_ITEMS);
        ODC_TRY(give_name((*names)[index], name, nameSize));
        if (className) ODC_TRY(give_name({}, className, classNameSize));
        if (lastWrite) {
            KeyPath child = source->path;
            child.names.push_back((*names)[index]);
            const auto seconds = source->registry->modified(child);
            give_time(seconds ? *seconds : 0, lastWrite);
        }
        return {};
    });
}

LSTATUS RegEnumValueW(HKEY key, DWORD index, LPWSTR name, LPDWORD nameSize, LPDWORD, LPDWORD type, LPBYTE data, LPDWORD size) {
    return guarded("RegEnumValue", [&]() -> Result<> {
        const auto source = ODC_TRY(opened(key, KEY_QUERY_VALUE));
        const auto values = ODC_TRY(values_of(*source));
        if (index >= values->size()) return fail_win32(ERROR_NO_MORE_ITEMS);
        ODC_TRY(give_name((*values)[index].name, name, nameSize));
        return give_data((*values)[index], type, data, size);
    });
}

LSTATUS RegQueryInfoKeyW(HKEY key, LPWSTR className, LPDWORD classNameSize, LPDWORD, LPDWORD subKeys, LPDWORD maxSubKeySize,
                         LPDWORD maxClassSize, LPDWORD values, LPDWORD maxValueNameSize, LPDWORD maxValueSize,
                         LPDWORD securityDescriptorSize, struct _FILETIME* lastWrite) {
    return guarded("RegQueryInfoKey", [&]() -> Result<> {
        const auto source = ODC_TRY(opened(key, KEY_QUERY_VALUE));
        const auto names = ODC_TRY(subkeys_of(*source));
        const auto all = ODC_TRY(values_of(*source));
        std::size_t longest_key = 0, longest_name = 0, largest = 0;
        for (const auto& name : *names) longest_key = std::max(longest_key, to_utf16(name).size());
        for (const auto& value : *all) {
            longest_name = std::max(longest_name, to_utf16(value.name).size());
            largest = std::max(largest, value.data.size());
        }
        const auto give = [](LPDWORD out, std::size_t number) {
            if (out) *out = static_cast<DWORD>(number);
        };
        if (className) ODC_TRY(give_name({}, className, classNameSize));
        give(subKeys, names->size());
        give(maxSubKeySize, longest_key);
        give(maxClassSize, 0);
        give(values, all->size());
        give(maxValueNameSize, longest_name);
        give(maxValueSize, largest);
        give(securityDescriptorSize, 0);
        if (lastWrite) {
            const auto seconds = source->registry->modified(source->path);
            give_time(seconds ? *seconds : 0, lastWrite);
        }
        return {};
    });
}
