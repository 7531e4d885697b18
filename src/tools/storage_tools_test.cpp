#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/utf16.h"
#include "compound_file/compound_file.h"
#include "property_set/value_codec.h"
#include "tools/element_path.h"
#include "tools/json.h"
#include "tools/prop_command.h"
#include "tools/property_json.h"
#include "tools/storage_command.h"

namespace odc::tools {
namespace {

namespace fs = std::filesystem;

class StorageTools : public testing::Test {
  protected:
    void SetUp() override {
        char pattern[] = "/tmp/odc_storage_tools_XXXXXX";
        ASSERT_TRUE(::mkdtemp(pattern));
        folder_ = pattern;
        file_ = (folder_ / "file").string();
        ASSERT_EQ(storage({"create"}), 0);
    }
    void TearDown() override { fs::remove_all(folder_); }

    int run(int (*command)(const std::vector<std::string>&, std::ostream&, std::ostream&), std::vector<std::string> args) {
        args.insert(args.begin(), file_);
        std::ostringstream out, err;
        const int status = command(args, out, err);
        out_ = out.str();
        err_ = err.str();
        return status;
    }
    int storage(std::vector<std::string> args) { return run(storage_command, std::move(args)); }
    int prop(std::vector<std::string> args) { return run(prop_command, std::move(args)); }
    std::string put(const std::string& name, const std::string& text) {
        const auto path = (folder_ / name).string();
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    static std::string get(const fs::path& path) {
        std::ifstream from(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(from), {}};
    }

    fs::path folder_;
    std::string file_;
    std::string out_;
    std::string err_;
};

TEST_F(StorageTools, AddExtractAndRemoveElements) {
    const auto source = put("source", std::string(10000, 'x'));
    ASSERT_EQ(storage({"add", "Box/Inner/\\x05data", source}), 0) << err_;
    ASSERT_EQ(storage({"add", "short", put("short", "abc")}), 0) << err_;
    ASSERT_EQ(storage({"tree"}), 0);
    EXPECT_EQ(out_, "Box/\n  Inner/\n    \\x05data  10000\nshort  3\n");
    ASSERT_EQ(storage({"extract", "box/INNER/\\x05data"}), 0) << err_;
    EXPECT_EQ(out_, std::string(10000, 'x'));
    ASSERT_EQ(storage({"extract", "--to", (folder_ / "all").string()}), 0) << err_;
    EXPECT_EQ(get(folder_ / "all/Box/Inner/\\x05data").size(), 10000u);
    ASSERT_EQ(storage({"add", "Copy", (folder_ / "all").string()}), 0) << err_;
    ASSERT_EQ(storage({"extract", "Copy/short"}), 0);
    EXPECT_EQ(out_, "abc");
    ASSERT_EQ(storage({"remove", "Box"}), 0);
    EXPECT_EQ(storage({"stat", "Box"}), 1);
    EXPECT_NE(err_.find("no such element"), std::string::npos);
    EXPECT_EQ(storage({"check"}), 0);
    EXPECT_NE(out_.find("sound"), std::string::npos);
}

TEST_F(StorageTools, StatShowsClassAndSize) {
    ASSERT_EQ(storage({"add", "--storage", "--class", "{00020906-0000-0000-C000-000000000046}", "Doc"}), 0) << err_;
    ASSERT_EQ(storage({"stat", "Doc"}), 0);
    EXPECT_NE(out_.find("{00020906-0000-0000-C000-000000000046}"), std::string::npos);
    ASSERT_EQ(storage({"stat"}), 0);
    EXPECT_NE(out_.find("version   3"), std::string::npos);
}

TEST_F(StorageTools, DefragmentPacksTheFile) {
    const auto source = put("source", std::string(200000, 'x'));
    for (const char* name : {"a", "b", "c", "d"}) ASSERT_EQ(storage({"add", name, source}), 0);
    ASSERT_EQ(storage({"remove", "a"}), 0);
    ASSERT_EQ(storage({"remove", "c"}), 0);
    const auto before = fs::file_size(file_);
    ASSERT_EQ(storage({"defragment"}), 0) << err_;
    EXPECT_LT(fs::file_size(file_), before);
    ASSERT_EQ(storage({"check"}), 0);
    EXPECT_NE(out_.find("(0 free, 0 lost)"), std::string::npos) << out_;
    ASSERT_EQ(storage({"extract", "d"}), 0);
    EXPECT_EQ(out_.size(), 200000u);
}

TEST_F(StorageTools, CheckSaysWhatIsWrongWhere) {
    ASSERT_EQ(storage({"add", "data", put("source", std::string(10000, 'x'))}), 0);
    std::fstream bend(file_, std::ios::binary | std::ios::in | std::ios::out);
    std::string content = get(file_);
    const auto end = content.find("\xfe\xff\xff\xff", 512);
    ASSERT_NE(end, std::string::npos);
    fs::resize_file(file_, fs::file_size(file_) - 512);
    EXPECT_EQ(storage({"check"}), 1);
    EXPECT_NE(out_.find("error: FAT: sector"), std::string::npos) << out_;
    EXPECT_EQ(storage({"tree"}), 1);
}

TEST_F(StorageTools, WrongUsageIsStatusTwo) {
    EXPECT_EQ(storage({"dance"}), 2);
    EXPECT_EQ(prop({"get"}), 2);
    EXPECT_EQ(storage({"--help"}), 0);
}

TEST_F(StorageTools, PropertiesAreSetByNameAndFoundAgain) {
    ASSERT_EQ(prop({"set", "Author", "Jos\u00e9"}), 0) << err_;
    ASSERT_EQ(prop({"set", "document:Company", "Figure 13"}), 0) << err_;
    ASSERT_EQ(prop({"set", "Reviewer", "someone"}), 0) << err_;
    ASSERT_EQ(prop({"set", "user:Rounds", "3", "--type", "VT_I4"}), 0) << err_;
    ASSERT_EQ(prop({"set", "LastSaveTime", "2022-06-18T04:26:40Z", "--type", "VT_FILETIME"}), 0) << err_;
    ASSERT_EQ(prop({"get", "author"}), 0) << err_;
    EXPECT_EQ(out_, "Jos\u00e9\n");
    ASSERT_EQ(prop({"get", "reviewer"}), 0) << err_;
    EXPECT_EQ(out_, "someone\n");
    ASSERT_EQ(prop({"get", "summary:LastSaveTime"}), 0) << err_;
    EXPECT_EQ(out_, "2022-06-18T04:26:40.0000000Z\n");
    ASSERT_EQ(prop({"list"}), 0);
    EXPECT_NE(out_.find("Rounds"), std::string::npos);
    ASSERT_EQ(prop({"delete", "Author"}), 0) << err_;
    EXPECT_EQ(prop({"get", "Author"}), 1);
    EXPECT_EQ(storage({"check", "-q"}), 0);
}

TEST_F(StorageTools, TextThatTheCodePageLacksMakesTheSetUtf8) {
    ASSERT_EQ(prop({"set", "Author", "plain"}), 0) << err_;
    ASSERT_EQ(prop({"set", "Title", "\u0416\u65e5"}), 0) << err_;
    ASSERT_EQ(prop({"list"}), 0);
    EXPECT_NE(out_.find("code page 65001"), std::string::npos);
    EXPECT_NE(out_.find("\u0416\u65e5"), std::string::npos);
    EXPECT_NE(out_.find("plain"), std::string::npos);
}

TEST_F(StorageTools, ExportAndImportKeepEveryProperty) {
    ASSERT_EQ(prop({"set", "Author", "A"}), 0);
    ASSERT_EQ(prop({"set", "Note", "n", "--type", "VT_LPWSTR"}), 0);
    ASSERT_EQ(prop({"set", "List", "[1, -2, 3]", "--type", "VT_VECTOR|VT_I4"}), 0) << err_;
    ASSERT_EQ(prop({"set", "Grid", R"({"dimensions": [[2, 1]], "elements": ["a", "b"]})", "--type", "VT_ARRAY|VT_BSTR"}), 0) << err_;
    ASSERT_EQ(prop({"set", "Thumb", R"({"format": -1, "data": "AAEC"})", "--type", "VT_CF"}), 0) << err_;
    ASSERT_EQ(prop({"set", "Bytes", "00 ff 10", "--type", "VT_BLOB"}), 0) << err_;
    ASSERT_EQ(prop({"export"}), 0);
    const auto json = put("props.json", out_);
    const auto exported = out_;
    file_ += "2";
    ASSERT_EQ(storage({"create", "--version", "4"}), 0);
    ASSERT_EQ(prop({"import", json}), 0) << err_;
    ASSERT_EQ(prop({"export"}), 0);
    EXPECT_EQ(out_, exported);
}

TEST_F(StorageTools, EveryTypeIsSetShownExportedAndImported) {
    const std::pair<const char*, const char*> scalars[] = {
        {"I2", "-2"}, {"I4", "-70000"}, {"R4", "0.5"}, {"R8", "-1e300"}, {"CY", "12.3456"}, {"DATE", "36000.25"}, {"BSTR", "b\u00e9"}, {"ERROR", "-2147467259"},
        {"BOOL", "true"}, {"DECIMAL", R"({"scale": 2, "negative": true, "high": 1, "low": 12345})"}, {"I1", "-1"}, {"UI1", "255"}, {"UI2", "65535"},
        {"UI4", "4294967295"}, {"I8", "-9223372036854775808"}, {"UI8", "18446744073709551615"}, {"INT", "-3"}, {"UINT", "3"}, {"LPSTR", "narrow"},
        {"LPWSTR", "wide \u0416"}, {"FILETIME", "2022-06-18T04:26:40Z"}, {"BLOB", "00 ff"}, {"BLOB_OBJECT", "01"}, {"EMPTY", ""}, {"NULL", ""},
        {"CF", R"({"format": 8, "data": "AAEC"})"}, {"CLSID", "{00020906-0000-0000-C000-000000000046}"}};
    const std::pair<const char*, const char*> many[] = {
        {"I2", "[1, -2]"}, {"I4", "[70000, -1]"}, {"R4", "[0.5, 2]"}, {"R8", "[0.25, -3]"}, {"CY", "[1, -10000]"}, {"DATE", "[1.5, 2]"},
        {"BSTR", R"(["a", ""])"}, {"ERROR", "[-1, 2]"}, {"BOOL", "[-1, 0]"}, {"UI1", "\"AAEC\""}, {"I1", "\"gIE=\""}, {"UI2", "[1, 65535]"}, {"UI4", "[1, 4294967295]"},
        {"VARIANT", R"([{"type": "VT_I4", "value": 5}, {"type": "VT_BSTR", "value": "in"}])"}};
    const std::pair<const char*, const char*> vectors[] = {
        {"I8", "[-1, 1]"}, {"UI8", "[18446744073709551615]"}, {"LPSTR", R"(["x", "yz"])"}, {"LPWSTR", R"(["\u0416", "z"])"}, {"FILETIME", "[1, 2]"},
        {"CF", R"([{"format": -1, "data": "AA=="}])"}, {"CLSID", R"(["{00020906-0000-0000-C000-000000000046}"])"}};
    const std::pair<const char*, const char*> arrays[] = {
        {"INT", "[1, -2]"}, {"UINT", "[1, 2]"}, {"DECIMAL", R"([{"scale": 0, "negative": false, "high": 0, "low": 7}, {"scale": 1, "negative": true, "high": 0, "low": 8}])"}};
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& [type, text] : scalars) all.emplace_back(std::string("VT_") + type, text);
    for (const auto& [type, text] : many) {
        const bool bytes = std::string_view(type).ends_with("I1");
        all.emplace_back(std::string("VT_VECTOR|VT_") + type, text);
        all.emplace_back(std::string("VT_ARRAY|VT_") + type,
                         R"({"dimensions": [)" + std::string(bytes ? (std::string_view(type) == "UI1" ? "[3, 0]" : "[2, -1]") : "[1, 0], [2, 5]") + R"(], "elements": )" + text + "}");
    }
    for (const auto& [type, text] : vectors) all.emplace_back(std::string("VT_VECTOR|VT_") + type, text);
    for (const auto& [type, text] : arrays)
        all.emplace_back(std::string("VT_ARRAY|VT_") + type, R"({"dimensions": [[2, 0]], "elements": )" + std::string(text) + "}");
    for (const auto& [type, text] : all) {
        ASSERT_EQ(prop({"set", "user:" + type, text, "--type", type}), 0) << type << " " << err_;
        ASSERT_EQ(prop({"get", "user:" + type}), 0) << type << " " << err_;
        EXPECT_NE(out_, "?\n") << type;
    }
    ASSERT_EQ(prop({"list"}), 0) << err_;
    for (const auto& [type, text] : all) EXPECT_NE(out_.find(type), std::string::npos) << type;
    ASSERT_EQ(prop({"export"}), 0) << err_;
    const auto exported = out_;
    const auto json = put("all.json", exported);
    ASSERT_EQ(storage({"extract", "\\x05DocumentSummaryInformation"}), 0);
    const auto bytes = out_;
    file_ += "2";
    ASSERT_EQ(storage({"create"}), 0);
    ASSERT_EQ(prop({"import", json}), 0) << err_;
    ASSERT_EQ(prop({"export"}), 0) << err_;
    EXPECT_EQ(out_, exported);
    ASSERT_EQ(storage({"extract", "\\x05DocumentSummaryInformation"}), 0);
    EXPECT_EQ(out_, bytes);
    for (const auto& [type, text] : all) ASSERT_EQ(prop({"delete", "user:" + type}), 0) << type << " " << err_;
    ASSERT_EQ(prop({"export"}), 0) << err_;
    EXPECT_EQ(out_.find("VT_"), std::string::npos) << out_;
}

TEST_F(StorageTools, NonSimpleSetsTakeTheirStreamsAndStoragesAlong) {
    const std::string format = "{7F3A9B10-1C2D-4E5F-0102-030405060708}";
    const auto json = put("nested.json", R"({"propertySets": [{"format": ")" + format + R"(", "class": "{00020906-0000-0000-C000-000000000046}", "simple": false,
        "properties": [
          {"id": 2, "name": "stream", "type": "VT_STREAM", "value": "x", "element": {"data": "c3RyZWFt"}},
          {"id": 3, "type": "VT_STORAGE", "value": "", "element": {"class": "{00020906-0000-0000-C000-000000000046}", "state": 90,
             "elements": [{"name": "a", "data": "YQ=="}, {"name": "b", "class": "", "state": 0, "elements": []}]}},
          {"id": 4, "type": "VT_VERSIONED_STREAM", "value": {"version": "{00020906-0000-0000-C000-000000000046}", "name": ""}, "element": {"data": ""}},
          {"id": 5, "type": "VT_I4", "value": 5}],
        "names": [{"id": 0, "name": "the set"}]}]})");
    ASSERT_EQ(prop({"import", json}), 0) << err_;
    ASSERT_EQ(storage({"tree"}), 0);
    for (const char* part : {"CONTENTS  ", "prop2  6\n", "prop3/\n", "a  1\n", "b/\n", "prop4  0\n"}) EXPECT_NE(out_.find(part), std::string::npos) << part << out_;
    ASSERT_EQ(prop({"list"}), 0);
    EXPECT_NE(out_.find("non-simple"), std::string::npos);
    ASSERT_EQ(prop({"export"}), 0) << err_;
    const auto exported = out_;
    EXPECT_NE(exported.find("\"data\": \"c3RyZWFt\""), std::string::npos) << exported;
    EXPECT_NE(exported.find("the set"), std::string::npos);
    const auto again = put("again.json", exported);
    const auto first = file_;
    file_ += "2";
    ASSERT_EQ(storage({"create", "--version", "4"}), 0);
    ASSERT_EQ(prop({"import", again}), 0) << err_;
    ASSERT_EQ(prop({"import", again}), 0) << "over what is there: " << err_;
    ASSERT_EQ(prop({"export"}), 0) << err_;
    EXPECT_EQ(out_, exported);
    ASSERT_EQ(prop({"delete", format + ":stream"}), 0) << err_;
    ASSERT_EQ(storage({"tree"}), 0);
    EXPECT_EQ(out_.find("prop2"), std::string::npos) << "its element goes too";
    EXPECT_EQ(prop({"set", format + ":#3", "7", "--type", "VT_STREAM"}), 1);
    ASSERT_EQ(prop({"set", format + ":#3", "7", "--type", "VT_I4"}), 0) << err_;
    ASSERT_EQ(storage({"tree"}), 0);
    EXPECT_EQ(out_.find("prop3"), std::string::npos);
    EXPECT_EQ(storage({"check", "-q"}), 0);
    // The same format as a simple set is another set.
    const auto simple = put("simple.json", R"({"propertySets": [{"format": ")" + format + R"(", "simple": true, "properties": []}]})");
    EXPECT_EQ(prop({"import", simple}), 1);
}

TEST_F(StorageTools, WhatFailsItsChecksIsNotWritten) {
    ASSERT_EQ(storage({"add", "\\x05SummaryInformation", put("garbage", std::string(200, 'g'))}), 0) << err_;
    const auto before = get(file_);
    EXPECT_EQ(prop({"set", "Author", "x"}), 1);
    EXPECT_NE(err_.find("SummaryInformation"), std::string::npos) << err_;
    EXPECT_EQ(prop({"import", put("json", R"({"propertySets": []})")}), 1);
    EXPECT_EQ(get(file_), before);
    // The file itself: its end is missing.
    fs::resize_file(file_, fs::file_size(file_) - 100);
    const auto cut = get(file_);
    for (const std::vector<std::string>& change : {std::vector<std::string>{"add", "x", put("x", "x")}, {"remove", "\\x05SummaryInformation"}, {"defragment"}})
        EXPECT_EQ(storage(change), 1) << change[0];
    EXPECT_EQ(get(file_), cut);
}

TEST(Json, RefusesWhatIsNoJson) {
    for (const char* text : {"", "{", "[1,]", "{\"a\" 1}", "tru", "\"\\q\"", "1 2", "\"\\u12\"", "nan"}) EXPECT_FALSE(Json::parse(text)) << text;
    EXPECT_FALSE(Json::parse(std::string(100, '[') + std::string(100, ']')));
    EXPECT_EQ(Json::parse("{\"a\":\n [1, x]}").error().text(), "JSON, line 2, column 6: expected a value");
    EXPECT_EQ(Json::parse("[18446744073709551615,\"\\u00e9\\ud83d\\ude00\"]")->dump(), "[18446744073709551615, \"\u00e9\U0001F600\"]");
}

TEST(FileTimeText, GoesBothWays) {
    for (const char* text : {"1601-01-01T00:00:00.0000001Z", "1970-01-01T00:00:00.0000000Z", "2024-02-29T23:59:59.9999999Z"})
        EXPECT_EQ(show_file_time(*parse_file_time(text)), text);
    EXPECT_EQ(*parse_file_time("1970-01-01T00:00:00Z"), 116444736000000000u);
    for (const char* text : {"", "2023-02-29T00:00:00Z", "2023-01-01T24:00:00Z", "2023-01-01T00:00:00", "2023-01-01 00:00:00Z"})
        EXPECT_FALSE(parse_file_time(text)) << text;
}

}  // namespace
}  // namespace odc::tools
