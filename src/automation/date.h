// DATE: days since 30 December 1899, the time of day as a fraction that counts away from zero (MS-OAUT 2.2.25).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oaidl.h"

namespace odc::automation {

inline constexpr double kFirstDay = -657434.0, kBehindLastDay = 2958466.0;  // 1 January 100, 1 January 10000

struct CalendarTime {
    int year, month, day, hour, minute, second;
};

inline bool is_date(double value) { return value > kFirstDay - 1 && value < kBehindLastDay; }
/// Rounded to whole seconds. `value` is a date.
CalendarTime calendar(double value);
/// Nothing when there is no such day or time.
std::optional<double> date_of(const CalendarTime& time);
/// "1/31/2000 3:04:05 PM"; the day alone at midnight, the time alone on day 0.
std::u16string date_text(double value);
/// Reads what `date_text` writes, 24-hour times, and days as 2000-01-31. Years of two digits lie from 1930 to 2029.
std::optional<double> parse_date(std::u16string_view text);

}  // namespace odc::automation
