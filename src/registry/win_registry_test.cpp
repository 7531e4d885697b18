#include <gtest/gtest.h>

#include <cstring>

#include "base/utf16.h"
#include "registry/test_registry.h"
#include "winreg.h"

namespace odc::registry {
namespace {

class WinRegistryTest : public TestRegistry {
  protected:
    void SetUp() override {
        TestRegistry::SetUp();
        Registry::set_current(shared());
    }
    void TearDown() override {
        Registry::set_current(nullptr);
        TestRegistry::TearDown();
    }

    HKEY create(LPCWSTR name, REGSAM access = KEY_ALL_ACCESS, HKEY parent = HKEY_LOCAL_MACHINE) {
        HKEY key = nullptr;
        EXPECT_EQ(RegCreateKeyExW(parent, name, 0, nullptr, 0, access, nullptr, &key, nullptr), ERROR_SUCCESS);
        return key;
    }
    static LSTATUS set_text(HKEY key, LPCWSTR name, const std::u16string& text) {
        return RegSetValueExW(key, name, 0, REG_SZ, reinterpret_cast<const BYTE*>(text.c_str()),
                              static_cast<DWORD>((text.size() + 1) * 2));
    }
    static std::u16string text(HKEY key, LPCWSTR name) {
        char16_t buffer[64] = {};
        DWORD size = sizeof buffer, type = 0;
        if (RegQueryValueExW(key, name, nullptr, &type, reinterpret_cast<BYTE*>(buffer), &size) != ERROR_SUCCESS)
            return u"(none)";
        EXPECT_EQ(type, REG_SZ);
        EXPECT_EQ(size, (std::u16string(buffer).size() + 1) * 2);
        return buffer;
    }
};

TEST_F(WinRegistryTest, CreateTellsNewFromExisting) {
    HKEY key = nullptr;
    DWORD disposition = 0;
    EXPECT_EQ(RegCreateKeyExW(HKEY_CLASSES_ROOT, u"CLSID\\{x}\\InprocServer32", 0, nullptr, 0, KEY_ALL_ACCESS, nullptr, &key,
                              &disposition),
              ERROR_SUCCESS);
    EXPECT_EQ(disposition, REG_CREATED_NEW_KEY);
    EXPECT_EQ(RegCloseKey(key), ERROR_SUCCESS);
    EXPECT_EQ(RegCreateKeyExW(HKEY_CLASSES_ROOT, u"clsid\\{X}", 0, nullptr, 0, KEY_ALL_ACCESS, nullptr, &key, &disposition),
              ERROR_SUCCESS);
    EXPECT_EQ(disposition, REG_OPENED_EXISTING_KEY);
    HKEY inner = nullptr;
    EXPECT_EQ(RegOpenKeyExW(key, u"InprocServer32", 0, KEY_READ, &inner), ERROR_SUCCESS);
    EXPECT_EQ(RegOpenKeyExW(key, u"LocalServer32", 0, KEY_READ, &inner), ERROR_FILE_NOT_FOUND);
    EXPECT_EQ(inner, nullptr);
}

TEST_F(WinRegistryTest, ClosedAndUnknownHandlesAreInvalid) {
    const HKEY key = create(u"a");
    EXPECT_EQ(RegCloseKey(key), ERROR_SUCCESS);
    EXPECT_EQ(RegCloseKey(key), ERROR_INVALID_HANDLE);
    EXPECT_EQ(set_text(key, u"x", u"y"), ERROR_INVALID_HANDLE);
    EXPECT_EQ(RegDeleteKeyW(reinterpret_cast<HKEY>(std::uintptr_t{0x12345}), u"a"), ERROR_INVALID_HANDLE);
    EXPECT_EQ(RegCloseKey(HKEY_LOCAL_MACHINE), ERROR_SUCCESS);
    EXPECT_EQ(RegOpenKeyExW(HKEY_USERS, nullptr, 0, KEY_READ, nullptr), ERROR_INVALID_PARAMETER);
}

TEST_F(WinRegistryTest, ValuesComeBackByteForByte) {
    const HKEY key = create(u"a");
    EXPECT_EQ(set_text(key, nullptr, u"default"), ERROR_SUCCESS);
    EXPECT_EQ(text(key, u""), u"default");
    const DWORD number = 42;
    EXPECT_EQ(RegSetValueExW(key, u"n", 0, REG_DWORD, reinterpret_cast<const BYTE*>(&number), 4), ERROR_SUCCESS);
    DWORD type = 0, read = 0, size = 2;
    EXPECT_EQ(RegQueryValueExW(key, u"N", nullptr, &type, reinterpret_cast<BYTE*>(&read), &size), ERROR_MORE_DATA);
    EXPECT_EQ(size, 4u);
    EXPECT_EQ(RegQueryValueExW(key, u"N", nullptr, &type, reinterpret_cast<BYTE*>(&read), &size), ERROR_SUCCESS);
    EXPECT_EQ(read, 42u);
    size = 0;
    EXPECT_EQ(RegQueryValueExW(key, u"n", nullptr, nullptr, nullptr, &size), ERROR_SUCCESS);
    EXPECT_EQ(size, 4u);
    EXPECT_EQ(RegQueryValueExW(key, u"n", nullptr, nullptr, reinterpret_cast<BYTE*>(&read), nullptr), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(RegQueryValueExW(key, u"none", nullptr, nullptr, nullptr, nullptr), ERROR_FILE_NOT_FOUND);
    EXPECT_EQ(RegDeleteValueW(key, u"n"), ERROR_SUCCESS);
    EXPECT_EQ(RegDeleteValueW(key, u"n"), ERROR_FILE_NOT_FOUND);
}

TEST_F(WinRegistryTest, HandlesHaveTheRightsTheyWereOpenedWith) {
    const HKEY reader = create(u"a", KEY_READ);
    EXPECT_EQ(set_text(reader, u"x", u"y"), ERROR_ACCESS_DENIED);
    HKEY child = nullptr;
    EXPECT_EQ(RegCreateKeyW(reader, u"b", &child), ERROR_ACCESS_DENIED);
    const HKEY writer = create(u"a", KEY_WRITE);
    EXPECT_EQ(set_text(writer, u"x", u"y"), ERROR_SUCCESS);
    EXPECT_EQ(text(writer, u"x"), u"(none)");
    EXPECT_EQ(text(reader, u"x"), u"y");
}

TEST_F(WinRegistryTest, DefaultValuesBySubkey) {
    EXPECT_EQ(RegSetValueW(HKEY_CLASSES_ROOT, u"Pager.Pager\\CurVer", REG_SZ, u"Pager.Pager.1", 0), ERROR_SUCCESS);
    EXPECT_EQ(RegSetValueW(HKEY_CLASSES_ROOT, u"Pager.Pager", REG_DWORD, u"1", 2), ERROR_INVALID_PARAMETER);
    char16_t buffer[32];
    LONG size = sizeof buffer;
    EXPECT_EQ(RegQueryValueW(HKEY_CLASSES_ROOT, u"Pager.Pager\\CurVer", buffer, &size), ERROR_SUCCESS);
    EXPECT_EQ(std::u16string(buffer), u"Pager.Pager.1");
    EXPECT_EQ(size, 28);
    EXPECT_EQ(RegQueryValueW(HKEY_CLASSES_ROOT, u"Pager.Pager", buffer, &size), ERROR_SUCCESS) << "a key without default value";
    EXPECT_EQ(size, 2);
    EXPECT_EQ(RegQueryValueW(HKEY_CLASSES_ROOT, u"Beeper", buffer, &size), ERROR_FILE_NOT_FOUND);
}

TEST_F(WinRegistryTest, EnumeratesKeysAndValues) {
    const HKEY key = create(u"a");
    for (const char16_t* name : {u"one", u"two", u"three"}) {
        RegCloseKey(create(name, KEY_READ, key));
        EXPECT_EQ(set_text(key, name, name), ERROR_SUCCESS);
    }
    char16_t name[16];
    std::vector<std::u16string> keys, values;
    DWORD index = 0, size = 16;
    while (RegEnumKeyExW(key, index++, name, &size, nullptr, nullptr, nullptr, nullptr) == ERROR_SUCCESS) {
        keys.emplace_back(name, size);
        size = 16;
    }
    const std::vector<std::u16string> expected = {u"one", u"three", u"two"};
    EXPECT_EQ(keys, expected);
    BYTE data[64];
    DWORD bytes = sizeof data, type = 0;
    for (index = 0, size = 16; RegEnumValueW(key, index, name, &size, nullptr, &type, data, &bytes) == ERROR_SUCCESS; ++index) {
        values.emplace_back(name, size);
        EXPECT_EQ(bytes, (size + 1) * 2);
        size = 16;
        bytes = sizeof data;
    }
    EXPECT_EQ(values, expected);
    size = 3;
    EXPECT_EQ(RegEnumKeyExW(key, 0, name, &size, nullptr, nullptr, nullptr, nullptr), ERROR_MORE_DATA)
        << "no room for the terminator";
    EXPECT_EQ(RegEnumKeyExW(key, 3, name, &size, nullptr, nullptr, nullptr, nullptr), ERROR_NO_MORE_ITEMS);
    DWORD key_count = 0, longest = 0, value_count = 0, largest = 0;
    EXPECT_EQ(RegQueryInfoKeyW(key, nullptr, nullptr, nullptr, &key_count, &longest, nullptr, &value_count, nullptr, &largest,
                               nullptr, nullptr),
              ERROR_SUCCESS);
    EXPECT_EQ(key_count, 3u);
    EXPECT_EQ(longest, 5u);
    EXPECT_EQ(value_count, 3u);
    EXPECT_EQ(largest, 12u);
}

TEST_F(WinRegistryTest, DeletesKeysAndTrees) {
    const HKEY key = create(u"a");
    RegCloseKey(create(u"a\\b\\c"));
    EXPECT_EQ(set_text(key, u"x", u"y"), ERROR_SUCCESS);
    EXPECT_EQ(RegDeleteKeyW(HKEY_LOCAL_MACHINE, nullptr), ERROR_INVALID_PARAMETER);
    EXPECT_EQ(RegDeleteKeyW(HKEY_LOCAL_MACHINE, u"a"), ERROR_ACCESS_DENIED) << "it has subkeys";
    EXPECT_EQ(RegDeleteTreeW(key, nullptr), ERROR_SUCCESS);
    EXPECT_EQ(text(key, u"x"), u"(none)");
    HKEY gone = nullptr;
    EXPECT_EQ(RegOpenKeyW(key, u"b", &gone), ERROR_FILE_NOT_FOUND);
    EXPECT_EQ(RegDeleteTreeW(HKEY_LOCAL_MACHINE, u"a"), ERROR_SUCCESS);
    EXPECT_EQ(set_text(key, u"x", u"y"), ERROR_KEY_DELETED);
    EXPECT_EQ(RegDeleteTreeW(HKEY_LOCAL_MACHINE, u"a"), ERROR_FILE_NOT_FOUND);
}

}  // namespace
}  // namespace odc::registry
