#include "tools/element_path.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "base/utf16.h"

namespace odc::tools {

using compound_file::EntryId;
using compound_file::FileTime;

namespace {
constexpr std::uint64_t kUnixEpoch = 116444736000000000;  // 1970-01-01 in 100 ns since 1601
constexpr std::uint64_t kSecond = 10'000'000;
}  // namespace

std::string show_name(std::u16string_view name) {
    std::string shown;
    std::u16string plain;
    for (const char16_t unit : name) {
        if (unit >= 0x20 && unit != u'\\' && unit != 0x7F) {
            plain += unit;
            continue;
        }
        shown += to_utf8(plain);
        plain.clear();
        shown += fmt::format("\\x{:02x}", static_cast<unsigned>(unit));
    }
    return shown + to_utf8(plain);
}

Result<std::vector<std::u16string>> parse_element_path(std::string_view path) {
    std::vector<std::u16string> parts;
    std::string part;
    for (std::size_t i = 0; i <= path.size(); ++i) {
        if (i == path.size() || path[i] == '/') {
            if (!part.empty()) parts.push_back(to_utf16(part));
            part.clear();
        } else if (path[i] == '\\') {
            unsigned unit = 0;
            const auto hex = path.substr(std::min(i + 2, path.size()), 2);
            const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), unit, 16);
            if (i + 1 >= path.size() || path[i + 1] != 'x' || hex.size() != 2 || error != std::errc() || end != hex.data() + 2 || unit >= 0x80)
                return fail(STG_E_INVALIDNAME, "a backslash is followed by xNN, two hexadecimal digits");
            part += static_cast<char>(unit);
            i += 3;
        } else {
            part += path[i];
        }
    }
    return parts;
}

Result<Element> find_element(compound_file::CompoundFile& file, std::string_view path) {
    Element element{compound_file::kNoEntry, compound_file::kRoot, {}};
    for (const auto& part : ODC_TRY(parse_element_path(path))) {
        if (!ODC_TRY(file.stat(element.id)).is_storage()) return fail(STG_E_PATHNOTFOUND, "not a storage: " + show_name(element.name));
        const auto id = ODC_TRY(file.find(element.id, part));
        if (id == compound_file::kNoEntry) return fail(STG_E_FILENOTFOUND, "no such element: " + std::string(path));
        element = {element.id, id, part};
    }
    return element;
}

FileTime file_time_now() {
    using namespace std::chrono;
    const auto now = duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
    return kUnixEpoch + static_cast<std::uint64_t>(now) / 100;
}

std::string show_file_time(FileTime time) {
    if (time == 0) return "-";
    using namespace std::chrono;
    const std::uint64_t days_since_1601 = time / (86400 * kSecond);
    const std::uint64_t within = time % (86400 * kSecond);
    const year_month_day date{sys_days{days{static_cast<std::int64_t>(days_since_1601) - 134774}}};
    const std::uint64_t seconds = within / kSecond;
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}Z", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), seconds / 3600, seconds / 60 % 60, seconds % 60, within % kSecond);
}

Result<FileTime> parse_file_time(std::string_view text) {
    using namespace std::chrono;
    if (text == "-") return FileTime{0};
    const auto wrong = fail(E_INVALIDARG, "a time looks like 2022-06-18T04:26:40Z");
    const auto number = [&](std::size_t at, std::size_t digits) {
        int value = -1;
        const auto part = text.substr(std::min(at, text.size()), digits);
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
        return error == std::errc() && end == part.data() + digits && part[0] != '-' ? value : -1;
    };
    const bool shaped = text.size() >= 20 && text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':';
    const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))}, day{static_cast<unsigned>(number(8, 2))}};
    const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
    if (!shaped || !date.ok() || date.year() < year{1601} || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return wrong;
    std::uint64_t fraction = 0;
    std::size_t at = 19;
    if (text[at] == '.') {
        std::uint64_t unit = kSecond / 10;
        for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
            fraction += static_cast<std::uint64_t>(text[at] - '0') * unit;
    }
    if (text.substr(at) != "Z") return wrong;
    const auto day_count = static_cast<std::uint64_t>(sys_days{date}.time_since_epoch().count() + 134774);
    return (day_count * 86400 + static_cast<std::uint64_t>(hour * 3600 + minute * 60 + second)) * kSecond + fraction;
}

}  // namespace odc::tools
