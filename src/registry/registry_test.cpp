#include "registry/registry.h"

#include <gtest/gtest.h>

#include "registry/test_registry.h"

namespace odc::registry {
namespace {

using Names = std::vector<std::string>;

KeyPath path(std::string_view text) { return KeyPath::parse(text).take(); }

class RegistryTest : public TestRegistry {
  protected:
    std::string text(std::string_view key, std::string_view name = {}) {
        const auto found = registry().value(path(key), name);
        return found && *found ? (*found)->as_text() : "(none)";
    }
    void set(std::string_view key, std::string_view name, std::string_view text) {
        const auto result = registry().set_value(path(key), Value::text(std::string(name), text));
        ASSERT_TRUE(result) << result.error().text();
    }
};

TEST(KeyPath, TakesLongAndShortRoots) {
    EXPECT_EQ(path("hklm\\SOFTWARE").to_string(), "HKEY_LOCAL_MACHINE\\SOFTWARE");
    EXPECT_EQ(path("HKEY_CLASSES_ROOT\\CLSID\\"), (KeyPath{Root::classes_root, {"CLSID"}}));
    EXPECT_EQ(path("HKU").names.size(), 0u);
}

TEST(KeyPath, RefusesBadPaths) {
    const std::string too_long(kMaxKeyName + 1, 'a');
    std::string too_deep = "HKLM";
    for (std::size_t i = 0; i <= kMaxDepth; ++i) too_deep += "\\a";
    for (const std::string& bad :
         {std::string("HKXX\\a"), std::string(""), std::string("HKLM\\a\\\\b"), "HKLM\\" + too_long, too_deep})
        EXPECT_EQ(KeyPath::parse(bad).code(), HRESULT_FROM_WIN32(ERROR_INVALID_PARAMETER)) << bad.substr(0, 40);
}

TEST(FoldName, IgnoresCaseBeyondAscii) {
    EXPECT_EQ(fold_name("Müller ŝ δελτα ёжик"), fold_name("MÜLLER Ŝ ΔΕΛΤΑ ЁЖИК"));
    EXPECT_NE(fold_name("a"), fold_name("á"));
    EXPECT_EQ(fold_name("÷"), "÷");
}

TEST_F(RegistryTest, KeepsValuesOfEveryType) {
    const auto key = path("HKLM\\SOFTWARE\\Test");
    const std::vector<Value> values = {
        Value::text("", "the default"),
        Value::text("expand", "%HOME%/x", ValueType::expand_sz),
        Value::dword("dword", 0xDEADBEEF),
        Value::qword("qword", 1ull << 40),
        Value::multi("multi", {"one", "zwei", "três"}),
        Value::binary("binary", {0, 1, 255}),
        {"none", ValueType::none, {}},
        {"strange", static_cast<ValueType>(0x8000002A), {1}},
    };
    for (const auto& value : values) ASSERT_TRUE(registry().set_value(key, value));
    for (const auto& value : values) EXPECT_EQ(*registry().value(key, value.name).take(), value) << value.name;
    EXPECT_EQ(registry().value(key, "MULTI").take()->as_lines(), (Names{"one", "zwei", "três"}));
    EXPECT_EQ(registry().value(key, "dword").take()->as_dword(), 0xDEADBEEFu);
    EXPECT_EQ(registry().value(key, "qword").take()->as_qword(), 1ull << 40);
    EXPECT_EQ(registry().values(key)->size(), values.size());
}

TEST_F(RegistryTest, NamesKeepTheirSpellingAndIgnoreCase) {
    set("HKLM\\SOFTWARE\\Pager", "Name", "a");
    set("HKLM\\software\\PAGER", "NAME", "b");
    EXPECT_EQ(text("HKLM\\Software\\pager", "name"), "b");
    EXPECT_EQ(*registry().subkeys(path("HKLM")), Names{"SOFTWARE"});
    EXPECT_EQ(registry().values(path("HKLM\\SOFTWARE\\Pager"))->front().name, "Name");
}

TEST_F(RegistryTest, CurrentUserIsAKeyOfUsers) {
    set("HKCU\\Environment", "x", "1");
    EXPECT_EQ(text("HKU\\" + registry().user_sid() + "\\Environment", "x"), "1");
}

TEST_F(RegistryTest, ClassesRootShowsTheUserBeforeTheMachine) {
    set("HKLM\\SOFTWARE\\Classes\\Pager", "", "machine");
    set("HKLM\\SOFTWARE\\Classes\\Pager", "only machine", "m");
    set("HKLM\\SOFTWARE\\Classes\\Printer", "", "machine");
    set("HKCU\\SOFTWARE\\Classes\\Pager", "", "user");
    set("HKCU\\SOFTWARE\\Classes\\Alarm", "", "user");
    EXPECT_EQ(text("HKCR\\Pager"), "user");
    EXPECT_EQ(text("HKCR\\Pager", "only machine"), "m");
    EXPECT_EQ(text("HKCR\\Printer"), "machine");
    EXPECT_EQ(*registry().subkeys(path("HKCR")), (Names{"Alarm", "Pager", "Printer"}));
    EXPECT_EQ(registry().values(path("HKCR\\pager"))->size(), 2u);
    const auto tree = registry().tree(path("HKCR")).take();
    EXPECT_EQ(tree.key("PAGER")->value("")->as_text(), "user");
}

TEST_F(RegistryTest, ClassesRootWritesWhereTheKeyIs) {
    set("HKCU\\SOFTWARE\\Classes\\Pager", "", "user");
    set("HKCR\\Pager", "", "changed");
    set("HKCR\\New", "", "new");
    EXPECT_EQ(text("HKCU\\SOFTWARE\\Classes\\Pager"), "changed");
    EXPECT_EQ(text("HKLM\\SOFTWARE\\Classes\\Pager"), "(none)");
    EXPECT_EQ(text("HKLM\\SOFTWARE\\Classes\\New"), "new");
}

TEST_F(RegistryTest, DeletesKeysAndValues) {
    set("HKLM\\a\\b\\c", "x", "1");
    EXPECT_EQ(registry().delete_key(path("HKLM\\a")).code(), HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED));
    EXPECT_TRUE(registry().delete_value(path("HKLM\\a\\b\\c"), "X"));
    EXPECT_EQ(registry().delete_value(path("HKLM\\a\\b\\c"), "X").code(), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    EXPECT_TRUE(registry().delete_key(path("HKLM\\a\\b\\c")));
    EXPECT_TRUE(registry().delete_tree(path("HKLM\\A")));
    EXPECT_EQ(registry().delete_tree(path("HKLM\\a")).code(), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
    EXPECT_EQ(registry().delete_tree(path("HKLM")).code(), HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED));
    EXPECT_FALSE(*registry().exists(path("HKLM\\a\\b")));
}

TEST_F(RegistryTest, ApplyIsAllOrNothing) {
    const std::vector<Change> changes = {
        SetValue{path("HKLM\\a"), Value::text("", "1")},
        SetValue{path("HKLM\\a"), Value::binary("big", std::vector<std::uint8_t>(kMaxValueSize + 1))}};
    EXPECT_EQ(registry().apply(changes).code(), HRESULT_FROM_WIN32(ERROR_INVALID_PARAMETER));
    EXPECT_FALSE(*registry().exists(path("HKLM\\a")));
}

TEST_F(RegistryTest, TheDeepestKeyCanBeMadeAndRemoved) {
    KeyPath deep{Root::classes_root, Names(kMaxDepth, "k")};
    EXPECT_TRUE(*registry().create_key(deep));
    EXPECT_FALSE(*registry().create_key(deep));
    EXPECT_TRUE(*registry().exists(deep));
    EXPECT_TRUE(registry().delete_tree(path("HKCR\\k")));
    EXPECT_FALSE(*registry().exists(path("HKCR\\k")));
}

TEST_F(RegistryTest, ChangeStampMovesWithEveryCommitOfAnyone) {
    const auto other = Registry::open(file()).take();
    const auto before = registry().change_stamp();
    ASSERT_TRUE(before);
    EXPECT_EQ(registry().change_stamp(), before);
    ASSERT_TRUE(other->set_value(path("HKLM\\a"), Value::text("", "1")));
    EXPECT_NE(registry().change_stamp(), before);
    const auto after = registry().change_stamp();
    EXPECT_FALSE(other->delete_tree(path("HKLM\\nothing")));
    EXPECT_EQ(registry().change_stamp(), after);
}

}  // namespace
}  // namespace odc::registry
