// The conformance table, row by row; and that every constructor and attribute of the language has one.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "constructors_rows.h"

// What the author of constructors.idl writes by hand: clocks travel as minutes, meters as whole ones, months as a number, ratios as
// thousandths.
extern "C" {
extern const odc::ndr::UserType Clock_wire, LocalMeters_wire;
const odc::ndr::UserType Clock_wire = {
    [](odc::ndr::Writer& out, const void* value) {
        const auto& clock = *static_cast<const Clock*>(value);
        out.i32(clock.hours * 60 + clock.minutes);
    },
    [](odc::ndr::Reader& in, void* value) {
        const auto minutes = in.i32();
        *static_cast<Clock*>(value) = {minutes / 60, minutes % 60};
    },
    [](void*) {}};
const odc::ndr::UserType LocalMeters_wire = {
    [](odc::ndr::Writer& out, const void* value) { out.i32(static_cast<LONG>(static_cast<const LocalMeters*>(value)->value)); },
    [](odc::ndr::Reader& in, void* value) { static_cast<LocalMeters*>(value)->value = in.i32(); }, [](void*) {}};
}
EXTERN_C void SentMonth_to_xmit(SentMonth* month, LONG** sent) { *sent = new LONG(month->year * 12 + month->month); }
EXTERN_C void SentMonth_from_xmit(LONG* sent, SentMonth* month) { *month = {static_cast<SHORT>(*sent / 12), static_cast<SHORT>(*sent % 12)}; }
EXTERN_C void SentMonth_free_inst(SentMonth*) {}
EXTERN_C void SentMonth_free_xmit(LONG* sent) { delete sent; }
EXTERN_C void Ratio_from_local(LocalRatio* local, Ratio** ratio) { *ratio = new Ratio{static_cast<LONG>(local->value * 1000), 1000}; }
EXTERN_C void Ratio_to_local(Ratio* ratio, LocalRatio* local) { local->value = static_cast<double>(ratio->numerator) / ratio->denominator; }
EXTERN_C void Ratio_free_inst(Ratio* ratio) { delete ratio; }
EXTERN_C void Ratio_free_local(LocalRatio*) {}

namespace odc::test {
namespace {

struct Numbered : IUnknown {
    explicit Numbered(std::uint32_t given) : number(given) {}
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void**) override { return E_NOINTERFACE; }
    ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
    ULONG STDMETHODCALLTYPE Release() override { return 1; }
    std::uint32_t number;
};

class NumberedCodec final : public ndr::InterfaceCodec {
  public:
    void write(ndr::Writer& out, const Guid&, void* object) override {
        out.count(4);
        out.u32(4);
        out.u32(static_cast<Numbered*>(static_cast<IUnknown*>(object))->number);
    }
    void* read(ndr::Reader& in, const Guid& iid) override {
        in.expect(4);
        in.require(in.u32() == 4);
        const auto number = in.u32();
        in.require(iid == (number == 0x22 ? IID_IUnknown : kNumberedIid));
        return in.failed() ? nullptr : numbered_object(number);
    }
    void release(void*) override {}
};

std::vector<Row> all_rows() {
    std::vector<Row> all;
    for (auto* part : {number_rows, array_rows, text_rows, union_rows, pointer_rows, other_rows, context_array_rows})
        for (auto& each : part()) all.push_back(std::move(each));
    return all;
}

class ConformanceTable : public testing::TestWithParam<std::size_t> {
  protected:
    const Row& row() const {
        static const std::vector<Row> rows = all_rows();
        return rows[GetParam()];
    }
    void refuses_prefixes(const Bytes& whole, bool swap, ndr::Syntax syntax) {
        for (std::size_t n = 0; n < whole.size(); ++n) {
            const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
            EXPECT_FALSE(row().again(cut, swap, syntax)) << n << " of " << whole.size() << " bytes";
        }
    }
};

TEST_P(ConformanceTable, ValueGivesItsBytesAndBytesGiveItBack) {
    SCOPED_TRACE(std::string(row().type) + " (" + std::string(row().shows) + ")");
    const Bytes little = bytes_of(row().little), big = bytes_of(row().big), wide = bytes_of(row().ndr64);
    Bytes sent;
    EXPECT_EQ(row().write(sent, ndr::Syntax::ndr20), S_OK);
    EXPECT_EQ(hex(sent), hex(little));
    EXPECT_EQ(row().write(sent, ndr::Syntax::ndr64), S_OK);
    EXPECT_EQ(hex(sent), hex(wide));
    const struct {
        const Bytes& received;
        bool swap;
        ndr::Syntax syntax;
        const Bytes& again;
    } kinds[] = {{little, false, ndr::Syntax::ndr20, little}, {big, true, ndr::Syntax::ndr20, little}, {wide, false, ndr::Syntax::ndr64, wide}};
    for (const auto& kind : kinds) {
        const auto again = row().again(kind.received, kind.swap, kind.syntax);
        ASSERT_TRUE(again) << (kind.swap ? "big-endian" : kind.syntax == ndr::Syntax::ndr64 ? "NDR64" : "little-endian") << " bytes were refused";
        EXPECT_EQ(hex(*again), hex(kind.again));
        refuses_prefixes(kind.received, kind.swap, kind.syntax);
    }
}

TEST_P(ConformanceTable, WhatLiesIsRefused) {
    for (const auto& bad : row().refused)
        EXPECT_FALSE(row().again(bytes_of(bad.bytes), false, bad.syntax)) << row().type << ": " << bad.why;
    if (!row().unwritable) return;
    EXPECT_TRUE(FAILED(row().unwritable())) << row().type << ": a value that has no bytes was written";
}

std::string row_name(const testing::TestParamInfo<std::size_t>& info) {
    static const std::vector<Row> rows = all_rows();
    return std::string(rows[info.param].type) + "_" + std::to_string(info.param);
}
INSTANTIATE_TEST_SUITE_P(Rows, ConformanceTable, testing::Range(std::size_t{0}, all_rows().size()), row_name);

// Every constructor has a row -----------------------------------------------------------------------------------------------

/// A constructor and what a declaration that has it looks like.
const std::map<std::string, std::string>& constructors() {
    static const std::map<std::string, std::string> kAll = {
        {"boolean", R"(\bboolean\b)"}, {"byte", R"(\bbyte\b)"}, {"char", R"(\bchar\b)"}, {"small", R"(\bsmall\b)"},
        {"unsigned small", R"(\bunsigned small\b)"}, {"wchar_t", R"(\bwchar_t\b)"}, {"short", R"(\bshort\b)"},
        {"unsigned short", R"(\bunsigned short\b)"}, {"long", R"(\blong\b)"}, {"unsigned long", R"(\bunsigned long\b)"},
        {"int", R"(\bint\b)"}, {"unsigned int", R"(\bunsigned int\b)"}, {"hyper", R"(\bhyper\b)"}, {"unsigned hyper", R"(\bunsigned hyper\b)"},
        {"__int64", R"(\b__int64\b)"}, {"__int3264", R"(\b__int3264\b)"}, {"unsigned __int3264", R"(\bunsigned __int3264\b)"},
        {"float", R"(\bfloat\b)"}, {"double", R"(\bdouble\b)"}, {"error_status_t", R"(\berror_status_t\b)"},
        {"enum", R"(\bShade\b)"}, {"GUID", R"(\bGUID\b)"}, {"struct", R"(\bstruct\b)"}, {"union", R"(\bChoice16\b)"},
        {"encapsulated union", R"(\bunion \w+ switch\b)"}, {"default arm", R"(Choice16|ChoiceByShade|\bdefault\b)"},
        {"fixed array", R"(\[\d+\])"}, {"conformant array", R"(\[\]|ConformantTail)"}, {"varying array", R"(length_is.*\[\d\])"},
        {"conformant varying array", R"(size_is.*length_is)"}, {"multidimensional array", R"(\[\d?\]\[\d\])"},
        {"array of pointers", R"(\*\*|\*\w+\[|REFERENCE)"}, {"text", R"(\bstring\b)"}, {"expression", R"([+/&])"},
        {"interface pointer", R"(IUnknown)"}, {"pipe", R"(\bpipe\b)"}};
    return kAll;
}

/// Attributes that say nothing about bytes: what they are for is tested elsewhere.
const std::set<std::string>& without_bytes() {
    static const std::set<std::string> kAll = {
        "object", "uuid", "version", "pointer_default", "local", "async_uuid", "endpoint", "explicit_handle", "implicit_handle", "auto_handle",
        "strict_context_handle", "type_strict_context_handle", "code", "nocode", "optimize", "dual", "oleautomation", "nonextensible", "odl",
        "hidden", "restricted", "helpstring", "helpcontext", "helpstringcontext", "helpfile", "helpstringdll", "lcid", "control", "custom", "proxy",
        "appobject", "licensed", "noncreatable", "aggregatable", "threading", "progid", "vi_progid", "default", "source", "defaultvtable",
        "dllname", "entry", "in", "out", "retval", "optional", "defaultvalue", "partial_ignore", "comm_status", "fault_status", "force_allocate",
        "annotation", "byte_count", "context_handle_serialize", "context_handle_noserialize", "handle", "public", "in_line", "out_of_line",
        "heap", "allocate", "encode", "decode", "idempotent", "broadcast", "maybe", "message", "async", "callback", "call_as", "notify",
        "notify_flag", "enable_allocate", "propget", "propput", "propputref", "id", "vararg", "bindable", "requestedit", "displaybind",
        "defaultbind", "predeclid", "defaultcollelem", "immediatebind", "uidefault", "nonbrowsable", "replaceable", "readonly", "usesgetlasterror",
        "min_is",    // 0 or refused: arrays begin with 0
        "bstring"};  // [string] on bytes
    return kAll;
}

std::set<std::string> attributes_with_bytes() {
    std::set<std::string> all;
    // '+': of the Windows Runtime, whose interfaces have no proxies here.
#define ODC_ATTRIBUTE(name, spelling, arguments, places) \
    if (!std::string_view(places).starts_with('+')) all.insert(spelling);
#include "midl/attributes.inc"
#undef ODC_ATTRIBUTE
    for (const auto& name : without_bytes()) EXPECT_EQ(all.erase(name), 1U) << name << " is no attribute";
    return all;
}

std::string source_text() {
    std::ostringstream text;
    for (const char* name : {"/constructors.idl", "/constructors.acf"}) {
        std::ifstream file(std::string(ODC_TEST_FOLDER) + name);
        text << file.rdbuf();
    }
    return text.str();
}

/// The lines of the IDL file and the ACF that name the type, or a type that only it holds.
std::string declarations_of(const std::string& type) {
    static const std::string source = source_text();
    static const std::map<std::string, std::string> kHeld = {
        {"Chosen16", "Choice16"}, {"ChosenByShade", "ChoiceByShade"}, {"ChosenMicrosoft", "Microsoft"}, {"Clocked", "Clock"}, {"Measured", "Meters"},
        {"Dated", "SentMonth"}, {"Shared", "Ratio"}, {"References", "REFERENCE"}, {"LongNames", "LongName"}, {"RenewTwo", "PSESSION"}, {"RenewAll", "PSESSION"}, {"RenewRows", "PSESSION"}, {"Painted", "Width"}, {"Shaded", "Shade"}};
    std::string found;
    std::istringstream lines(source);
    const auto held = kHeld.find(type);
    const std::regex name("\\b(" + type + (held == kHeld.end() ? "" : "|" + held->second) + ")\\b");
    bool inside = false;  // a declaration over several lines
    for (std::string line; std::getline(lines, line);) {
        if (inside || std::regex_search(line, name)) found += line + "\n";
        if (!inside && line.ends_with("{") && std::regex_search(line, name) && !line.starts_with("interface")) inside = true;
        else if (inside && line.starts_with("}")) inside = false;
    }
    return found;
}

TEST(ConformanceTableItself, HasARowForEveryConstructorAndAttribute) {
    std::set<std::string> missing = attributes_with_bytes();
    for (const auto& [name, looks] : constructors()) missing.insert(name);
    const std::set<std::string> known = missing;
    for (const auto& each : all_rows()) {
        const std::string declarations = declarations_of(std::string(each.type));
        EXPECT_FALSE(declarations.empty()) << each.type;
        std::stringstream words{std::string(each.shows)};
        for (std::string word; std::getline(words, word, ',');) {
            word.erase(0, word.find_first_not_of(' '));
            ASSERT_TRUE(known.contains(word)) << word << " of " << each.type << " is no constructor";
            const auto looks = constructors().find(word);
            const std::regex shape(looks == constructors().end() ? "\\b" + word + "\\b" : looks->second);
            EXPECT_TRUE(std::regex_search(declarations, shape)) << each.type << " is to show " << word << ", but is declared\n" << declarations;
            missing.erase(word);
        }
    }
    for (const auto& word : missing) ADD_FAILURE() << "no row shows " << word;
}

}  // namespace

ndr::InterfaceCodec& numbered_objects() {
    static NumberedCodec codec;
    return codec;
}

IUnknown* numbered_object(std::uint32_t number) {
    static std::map<std::uint32_t, std::unique_ptr<Numbered>> objects;
    auto& object = objects[number];
    if (!object) object = std::make_unique<Numbered>(number);
    return object.get();
}

Message::Message(const Bytes& bytes, bool swap, ndr::Syntax syntax) : storage_(bytes.size() / 8 + 1) {
    auto* at = reinterpret_cast<std::uint8_t*>(storage_.data());
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    in_.begin({at, bytes.size()}, swap, syntax, arena_, &numbered_objects());
}

}  // namespace odc::test
