#include "registry/reg_file.h"

#include <gtest/gtest.h>

#include "registry/class_records.h"
#include "registry/reg_encoding.h"
#include "registry/test_registry.h"

namespace odc::registry {
namespace {

const std::string kHead = "Windows Registry Editor Version 5.00\n";
const std::string kPager = "{6B29FC40-CA47-1067-B31D-00DD010662DA}";

Result<std::vector<Change>> parse(std::string_view text) {
    return parse_reg_file({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/// The one value that `line` sets.
Value value_of(const std::string& line, const std::string& head = kHead) {
    const auto changes = parse(head + "[HKLM\\a]\n" + line);
    EXPECT_TRUE(changes) << changes.error().text();
    if (!changes || changes->size() != 2) return {};
    return std::get<SetValue>((*changes)[1]).value;
}

std::string error_of(std::string_view text) {
    const auto changes = parse(text);
    EXPECT_FALSE(changes);
    if (changes) return {};
    EXPECT_EQ(changes.code(), HRESULT_FROM_WIN32(ERROR_INVALID_DATA));
    return changes.error().text();
}

TEST(RegFile, ReadsValuesOfEveryForm) {
    EXPECT_EQ(value_of("@=\"text\""), Value::text("", "text"));
    EXPECT_EQ(value_of("\"a\\\\\\\"b\" = \"c:\\\\d \\\"e\\\"\"  ; comment"), Value::text("a\\\"b", "c:\\d \"e\""));
    EXPECT_EQ(value_of("\"x\"=\"two\nlines\""), Value::text("x", "two\nlines"));
    EXPECT_EQ(value_of("\"d\"=dword:1A"), Value::dword("d", 0x1A));
    EXPECT_EQ(value_of("\"b\"=hex:01,02,\\\r\n  ff"), Value::binary("b", {1, 2, 0xFF}));
    EXPECT_EQ(value_of("\"b\"=hex:"), Value::binary("b", {}));
    EXPECT_EQ(value_of("\"q\"=hex(b):01,00,00,00,00,01,00,00"), Value::qword("q", (1ull << 40) + 1));
    EXPECT_EQ(value_of("\"e\"=hex(2):25,00,48,00,25,00,00,00"), Value::text("e", "%H%", ValueType::expand_sz));
    EXPECT_EQ(value_of("\"m\"=hex(7):61,00,00,00,62,00,00,00,00,00"), Value::multi("m", {"a", "b"}));
    EXPECT_EQ(value_of("\"n\"=hex(0):"), (Value{"n", ValueType::none, {}}));
}

TEST(RegFile, InRegedit4ExpandAndMultiAreOneByteText) {
    EXPECT_EQ(value_of("\"e\"=hex(2):25,48,25,00", "REGEDIT4\n"), Value::text("e", "%H%", ValueType::expand_sz));
    EXPECT_EQ(value_of("\"m\"=hex(7):61,00,e9,00,00", "REGEDIT4\n"), Value::multi("m", {"a", "é"}));
    EXPECT_EQ(value_of("\"b\"=hex(3):61,00", "REGEDIT4\n"), Value::binary("b", {0x61, 0}));
    EXPECT_EQ(value_of("@=\"gr\xFC\xDF\"", "REGEDIT4\n"), Value::text("", "grüß")) << "Windows-1252";
}

TEST(RegFile, ReadsUtf16AndUtf8) {
    const std::string text = kHead + "[HKLM\\Ünïcödé]\r\n@=\"日本 😀\"\r\n";
    const auto plain = parse(text).take();
    EXPECT_EQ(std::get<SetValue>(plain[1]).value.as_text(), "日本 😀");
    for (const auto& same : {"\xFF\xFE" + to_utf16le(text), "\xEF\xBB\xBF" + text}) {
        const auto changes = parse(same).take();
        EXPECT_EQ(std::get<SetValue>(changes[1]).key, std::get<SetValue>(plain[1]).key);
        EXPECT_EQ(std::get<SetValue>(changes[1]).value, std::get<SetValue>(plain[1]).value);
    }
}

TEST(RegFile, DeletesKeysAndValues) {
    const auto changes = parse(kHead + "[-HKLM\\a]\n[HKLM\\b]\n\"x\"=-\n@=-\n").take();
    EXPECT_EQ(std::get<DeleteKey>(changes[0]).key.to_string(), "HKEY_LOCAL_MACHINE\\a");
    EXPECT_EQ(std::get<DeleteValue>(changes[2]).name, "x");
    EXPECT_EQ(std::get<DeleteValue>(changes[3]).name, "");
}

TEST(RegFile, ErrorsNameTheLine) {
    EXPECT_EQ(error_of(""), "line 1: expected 'Windows Registry Editor Version 5.00' or 'REGEDIT4'");
    EXPECT_EQ(error_of("hello"), "line 1: expected 'Windows Registry Editor Version 5.00' or 'REGEDIT4'");
    EXPECT_EQ(error_of(kHead + "\n@=\"x\""), "line 3: a value before the first key");
    EXPECT_EQ(error_of(kHead + "[-HKLM\\a]\n@=\"x\""), "line 3: a value under a deleted key");
    EXPECT_EQ(error_of(kHead + "[HKLM\\a"), "line 2: the ']' of the key is missing");
    EXPECT_EQ(error_of(kHead + "[HKXX\\a]"), "line 2: no such registry root: HKXX");
    EXPECT_EQ(error_of(kHead + "[-HKLM]"), "line 2: a registry root cannot be deleted");
    EXPECT_EQ(error_of(kHead + "[HKLM\\a]\n; comment\nhello"), "line 4: expected [key], \"name\"= or @=");
    EXPECT_EQ(error_of(kHead + "[HKLM\\a]\n\"x\" \"y\""), "line 3: expected '=' after the value's name");
    EXPECT_EQ(error_of(kHead + "[HKLM\\a]\n@=\"c:\\dir\""), "line 3: unknown escape \\d: write \\\\ for a backslash");
    EXPECT_EQ(error_of(kHead + "[HKLM\\a]\n@=\"never\nends\n"), "line 3: the closing quote is missing");
    EXPECT_EQ(error_of(kHead + "[HKLM\\a]\n@=\"a\" b"), "line 3: something follows the closing quote (write \\\" for a quote)");
    EXPECT_EQ(error_of(kHead + "[HKLM\\a]\n@=dword:123456789"), "line 3: expected one to eight hexadecimal digits after dword:");
    EXPECT_EQ(error_of(kHead + "[HKLM\\a]\n@=hex:1,\\\n2,g"), "line 4: expected bytes in hexadecimal, separated by commas");
    EXPECT_EQ(error_of(kHead + "[HKLM\\a]\n@=hex(xyz):1"), "line 3: expected \"text\", dword:, hex: or hex(type):");
    EXPECT_EQ(error_of(kHead + "[HKLM\\a]\n@=maybe"), "line 3: expected \"text\", dword:, hex: or hex(type):");
}

class RegFileTest : public TestRegistry {
  protected:
    void import(std::string_view text) {
        const auto changes = parse(text);
        ASSERT_TRUE(changes) << changes.error().text();
        const auto done = registry().apply(*changes);
        ASSERT_TRUE(done) << done.error().text();
    }
};

// "Introducing Distributed COM" (1996) registers a free and apartment-safe in-process server, a service and a remote server so.
TEST_F(RegFileTest, ImportsTheFormsOf1996) {
    import(
        "REGEDIT4\n"
        "[HKEY_CLASSES_ROOT\\CLSID\\" +
        kPager +
        "]\n@=\"Pager\"\n"
        "[HKEY_CLASSES_ROOT\\CLSID\\" +
        kPager +
        "\\InprocServer32]\n@=\"C:\\\\bin\\\\pager.dll\"\n\"ThreadingModel\"=\"Both\"\n"
        "[HKEY_CLASSES_ROOT\\CLSID\\" +
        kPager + "\\LocalService]\n@=\"PagerService\"\n");
    import(
        "REGEDIT\nPager for the service desk\n"
        "HKEY_CLASSES_ROOT\\CLSID\\" +
        kPager +
        "\\RemoteServerName = lola.example.com\n"
        "HKEY_CLASSES_ROOT\\CLSID\\" +
        kPager + "\\RunAs = Domain\\UserName\n");
    const ClassRecords records(shared());
    const auto pager = **records.find_class(*parse_guid(kPager));
    EXPECT_EQ(pager.inproc_server, "C:\\bin\\pager.dll");
    EXPECT_EQ(pager.threading_model, ThreadingModel::both);
    EXPECT_EQ(pager.local_service, "PagerService");
    EXPECT_EQ(pager.remote_server_name, "lola.example.com");
    EXPECT_EQ(pager.run_as, "Domain\\UserName");
}

TEST_F(RegFileTest, ExportReadsBackAsTheSame) {
    const auto top = KeyPath::parse("HKLM\\SOFTWARE\\Tëst").take();
    const auto below = top.child("below [x] ").take();
    const std::vector<Value> values = {Value::text("", "default \"quoted\" \\ path"),
                                       Value::text("lines", "a\r\nb"),
                                       Value::text("e", "%HOME%", ValueType::expand_sz),
                                       Value::dword("d", 7),
                                       Value::qword("q", 8),
                                       Value::multi("m", {"x", "y"}),
                                       Value::binary("b", std::vector<std::uint8_t>(100, 0xAB)),
                                       {"odd", ValueType::sz, {0x61}},
                                       {"short dword", ValueType::dword, {1, 2}},
                                       {"none", ValueType::none, {}}};
    for (const auto& value : values) ASSERT_TRUE(registry().set_value(top, value));
    ASSERT_TRUE(registry().create_key(below));
    const auto before = registry().values(top).take();
    for (const auto format : {RegFormat::version5, RegFormat::version5_utf8}) {
        const auto text = write_reg_file(top, registry().tree(top).take(), format).take();
        ASSERT_TRUE(registry().delete_tree(top));
        import(text);
        EXPECT_EQ(registry().values(top).take(), before);
        EXPECT_TRUE(*registry().exists(below));
    }
}

TEST_F(RegFileTest, Regedit4WritesWindows1252OrSaysNo) {
    const auto top = KeyPath::parse("HKLM\\a").take();
    ASSERT_TRUE(registry().set_value(top, Value::text("é", "€5", ValueType::expand_sz)));
    const auto before = registry().values(top).take();
    const auto text = write_reg_file(top, registry().tree(top).take(), RegFormat::regedit4).take();
    EXPECT_EQ(text, "REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE\\a]\r\n\"\xE9\"=hex(2):80,35,00\r\n");
    import(text);
    EXPECT_EQ(registry().values(top).take(), before);
    ASSERT_TRUE(registry().set_value(top, Value::text("x", "日本")));
    EXPECT_EQ(write_reg_file(top, registry().tree(top).take(), RegFormat::regedit4).code(),
              HRESULT_FROM_WIN32(ERROR_INVALID_DATA));
}

}  // namespace
}  // namespace odc::registry
