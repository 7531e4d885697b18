#include "property_set/format_name.h"

#include <cstring>

#include "base/utf16.h"

namespace odc::property_set {

namespace {

struct Fixed {
    const Guid& id;
    std::u16string_view name;
};
const Fixed kFixed[] = {
    {kSummaryInformation, u"SummaryInformation"},
    {kDocSummaryInformation, u"DocumentSummaryInformation"},
    {kUserDefinedProperties, u"DocumentSummaryInformation"},
    {kGlobalInfo, u"GlobalInfo"},
    {kImageContents, u"ImageContents"},
    {kImageInfo, u"ImageInfo"},
};

constexpr std::size_t kLetters = 26;
constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz012345";

void to_packet(const Guid& id, std::uint8_t (&bytes)[17]) {
    std::memset(bytes, 0, sizeof bytes);
    for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(id.Data1 >> 8 * i);
    for (unsigned i = 0; i < 2; ++i) bytes[4 + i] = static_cast<std::uint8_t>(id.Data2 >> 8 * i);
    for (unsigned i = 0; i < 2; ++i) bytes[6 + i] = static_cast<std::uint8_t>(id.Data3 >> 8 * i);
    std::memcpy(bytes + 8, id.Data4, 8);
}

char16_t lower(char16_t c) { return c >= u'A' && c <= u'Z' ? static_cast<char16_t>(c + 32) : c; }

bool equal_names(std::u16string_view a, std::u16string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

constexpr std::string_view kSummaryNames[] = {
    "",          "CodePage",   "Title",       "Subject",   "Author",    "Keywords",  "Comments",  "Template",  "LastAuthor", "RevNumber",
    "EditTime",  "LastPrinted", "CreateTime", "LastSaveTime", "PageCount", "WordCount", "CharCount", "Thumbnail", "AppName",    "Security"};
constexpr std::string_view kDocSummaryNames[] = {
    "",         "CodePage",   "Category",  "PresentationTarget", "ByteCount", "LineCount", "ParagraphCount", "SlideCount", "NoteCount",
    "HiddenSlideCount", "MultimediaClipCount", "ScaleCrop", "HeadingPairs", "TitlesOfParts", "Manager", "Company", "LinksDirty",
    "CharCountWithSpaces", "", "SharedDocument", "", "HyperlinkList", "HyperlinksChanged", "AppVersion", "DigitalSignature", "",
    "ContentType", "ContentStatus", "Language", "DocumentVersion"};

std::pair<const std::string_view*, std::size_t> names_of(const Guid& format_id) {
    if (same(format_id, kSummaryInformation)) return {kSummaryNames, std::size(kSummaryNames)};
    if (same(format_id, kDocSummaryInformation)) return {kDocSummaryNames, std::size(kDocSummaryNames)};
    return {kSummaryNames, 2};
}

}  // namespace

bool same(const Guid& a, const Guid& b) { return std::memcmp(&a, &b, sizeof(Guid)) == 0; }

std::u16string name_of_format(const Guid& format_id) {
    std::u16string name(1, u'\x05');
    for (const Fixed& fixed : kFixed)
        if (same(fixed.id, format_id)) return name.append(fixed.name);
    std::uint8_t bytes[17];
    to_packet(format_id, bytes);
    for (std::size_t i = 0; i < kLetters; ++i) {
        const std::size_t bit = 5 * i;
        const unsigned group = (bytes[bit / 8] | bytes[bit / 8 + 1] << 8) >> bit % 8 & 31;
        auto letter = static_cast<char16_t>(kAlphabet[group]);
        if (i % 8 == 0 && group < 26) letter = static_cast<char16_t>(letter - 32);  // appendix A <8>
        name.push_back(letter);
    }
    return name;
}

std::optional<Guid> format_of_name(std::u16string_view name) {
    if (name.empty() || name[0] != u'\x05') return std::nullopt;
    name.remove_prefix(1);
    for (const Fixed& fixed : kFixed)
        if (equal_names(fixed.name, name)) return fixed.id;
    if (name.size() != kLetters) return std::nullopt;
    std::uint8_t bytes[17] = {};
    for (std::size_t i = 0; i < kLetters; ++i) {
        const char16_t c = lower(name[i]);
        const auto group = c < 128 ? kAlphabet.find(static_cast<char>(c)) : kAlphabet.npos;
        if (group == kAlphabet.npos) return std::nullopt;
        const std::size_t bit = 5 * i;
        const unsigned shifted = static_cast<unsigned>(group) << bit % 8;
        bytes[bit / 8] |= static_cast<std::uint8_t>(shifted);
        bytes[bit / 8 + 1] |= static_cast<std::uint8_t>(shifted >> 8);
    }
    if (bytes[16] != 0) return std::nullopt;  // the two bits that fill up
    Guid id{};
    id.Data1 = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
    id.Data2 = static_cast<std::uint16_t>(bytes[4] | bytes[5] << 8);
    id.Data3 = static_cast<std::uint16_t>(bytes[6] | bytes[7] << 8);
    std::memcpy(id.Data4, bytes + 8, 8);
    return id;
}

std::string_view known_property_name(const Guid& format_id, std::uint32_t id) {
    if (id == 0x80000000) return "Locale";
    if (id == 0x80000003) return "Behavior";
    const auto [names, count] = names_of(format_id);
    return id < count ? names[id] : std::string_view();
}

std::optional<std::uint32_t> known_property_id(const Guid& format_id, std::string_view name) {
    if (name.empty()) return std::nullopt;
    if (equal_ignoring_case(name, "Locale")) return 0x80000000;
    if (equal_ignoring_case(name, "Behavior")) return 0x80000003;
    const auto [names, count] = names_of(format_id);
    for (std::size_t i = 0; i < count; ++i)
        if (equal_ignoring_case(names[i], name)) return static_cast<std::uint32_t>(i);
    return std::nullopt;
}

}  // namespace odc::property_set
