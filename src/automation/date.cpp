#include "automation/date.h"

#include <cctype>
#include <cmath>
#include <cstdio>
#include <vector>

#include "oleauto.h"

namespace odc::automation {
namespace {


long days_from_civil(int year, int month, int day) {
    const int y = year - (month <= 2);
    const long era = (y >= 0 ? y : y - 399) / 400;
    const long of_era = y - era * 400;
    const long of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
}
const long kEpoch = days_from_civil(1899, 12, 30);

int days_in(int year, int month) {
    static constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

}  // namespace

CalendarTime calendar(double value) {
    double day = std::trunc(value);
    long seconds = std::lround(std::fabs(value - day) * 86400.0);
    if (seconds >= 86400) {
        seconds -= 86400;
        day += 1;
    }
    const long z = static_cast<long>(day) + kEpoch;
    const long era = (z >= 0 ? z : z - 146096) / 146097;
    const long of_era = z - era * 146097;
    const long year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const long of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const long mp = (5 * of_year + 2) / 153;
    CalendarTime made{};
    made.day = static_cast<int>(of_year - (153 * mp + 2) / 5 + 1);
    made.month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
    made.year = static_cast<int>(year_of_era + era * 400 + (made.month <= 2));
    made.hour = static_cast<int>(seconds / 3600);
    made.minute = static_cast<int>(seconds / 60 % 60);
    made.second = static_cast<int>(seconds % 60);
    return made;
}

std::optional<double> date_of(const CalendarTime& time) {
    if (time.year < 100 || time.year > 9999 || time.month < 1 || time.month > 12 || time.day < 1 || time.day > days_in(time.year, time.month))
        return std::nullopt;
    if (time.hour < 0 || time.hour > 23 || time.minute < 0 || time.minute > 59 || time.second < 0 || time.second > 59) return std::nullopt;
    const double day = static_cast<double>(days_from_civil(time.year, time.month, time.day) - kEpoch);
    const double part = (time.hour * 3600 + time.minute * 60 + time.second) / 86400.0;
    return day < 0 ? day - part : day + part;
}

std::u16string date_text(double value) {
    const CalendarTime time = calendar(value);
    const bool midnight = time.hour == 0 && time.minute == 0 && time.second == 0;
    const bool no_day = std::trunc(value) == 0;
    char text[64] = "";
    int n = 0;
    if (!no_day) n = std::snprintf(text, sizeof text, "%d/%d/%d", time.month, time.day, time.year);
    if (no_day || !midnight)
        std::snprintf(text + n, sizeof text - static_cast<std::size_t>(n), "%s%d:%02d:%02d %s", n ? " " : "", time.hour % 12 ? time.hour % 12 : 12,
                      time.minute, time.second, time.hour < 12 ? "AM" : "PM");
    return {text, text + std::char_traits<char>::length(text)};
}

std::optional<double> parse_date(std::u16string_view text) {
    struct Part {
        int value;
        int digits;
        char16_t after;
    };
    std::vector<Part> parts;
    bool morning = false, afternoon = false;
    for (std::size_t i = 0; i < text.size();) {
        const char16_t c = text[i];
        if (c == u' ') {
            ++i;
        } else if (c >= u'0' && c <= u'9') {
            Part part{0, 0, u' '};
            for (; i < text.size() && text[i] >= u'0' && text[i] <= u'9'; ++i) {
                if (++part.digits > 4) return std::nullopt;
                part.value = part.value * 10 + (text[i] - u'0');
            }
            if (i < text.size() && (text[i] == u'/' || text[i] == u'-' || text[i] == u':')) part.after = text[i++];
            parts.push_back(part);
            if (parts.size() > 6) return std::nullopt;
        } else if (i + 1 < text.size() && (text[i + 1] | 0x20) == u'm' && ((c | 0x20) == u'a' || (c | 0x20) == u'p')) {
            if (morning || afternoon) return std::nullopt;
            ((c | 0x20) == u'a' ? morning : afternoon) = true;
            i += 2;
        } else {
            return std::nullopt;
        }
    }
    CalendarTime time{1899, 12, 30, 0, 0, 0};
    std::size_t at = 0;
    if (parts.size() >= 3 && parts[0].after == parts[1].after && (parts[0].after == u'/' || parts[0].after == u'-') && parts[2].after == u' ') {
        if (parts[0].digits > 2) time = {parts[0].value, parts[1].value, parts[2].value, 0, 0, 0};
        else time = {parts[2].value, parts[0].value, parts[1].value, 0, 0, 0};
        if (parts[0].digits <= 2 && parts[2].digits <= 2) time.year += time.year < 30 ? 2000 : 1900;
        at = 3;
    }
    if (at < parts.size()) {
        const std::size_t left = parts.size() - at;
        if (left > 3 || (left == 1 && !morning && !afternoon)) return std::nullopt;
        for (std::size_t i = at; i < parts.size(); ++i)
            if (parts[i].after != (i + 1 < parts.size() ? u':' : u' ')) return std::nullopt;
        time.hour = parts[at].value;
        time.minute = left > 1 ? parts[at + 1].value : 0;
        time.second = left > 2 ? parts[at + 2].value : 0;
        if (morning || afternoon) {
            if (time.hour < 1 || time.hour > 12) return std::nullopt;
            time.hour = time.hour % 12 + (afternoon ? 12 : 0);
        }
    } else if (at == 0 || morning || afternoon) {
        return std::nullopt;
    }
    return date_of(time);
}

}  // namespace odc::automation

using namespace odc::automation;

WINOLEAPI_(INT) VariantTimeToSystemTime(DOUBLE date, SYSTEMTIME* time) {
    if (!time || !is_date(date)) return FALSE;
    const CalendarTime made = calendar(date);
    const long weekday = (static_cast<long>(std::trunc(date)) % 7 + 7 + 6) % 7;  // 30 December 1899 was a Saturday
    *time = {static_cast<WORD>(made.year), static_cast<WORD>(made.month), static_cast<WORD>(weekday), static_cast<WORD>(made.day),
             static_cast<WORD>(made.hour), static_cast<WORD>(made.minute), static_cast<WORD>(made.second), 0};
    return TRUE;
}

WINOLEAPI_(INT) SystemTimeToVariantTime(SYSTEMTIME* time, DOUBLE* date) {
    if (!time || !date) return FALSE;
    const auto made = date_of({time->wYear, time->wMonth, time->wDay, time->wHour, time->wMinute, time->wSecond});
    if (!made) return FALSE;
    *date = *made;
    return TRUE;
}
