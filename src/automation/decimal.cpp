#include "automation/decimal.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "oleauto.h"

namespace odc::automation {

bool valid(const DECIMAL& value) { return value.scale <= kMaxScale && (value.sign & 0x7F) == 0; }

Decimal unpack(const DECIMAL& value) { return {Wide{value.Hi32} << 64 | value.Lo64, value.scale, (value.sign & DECIMAL_NEG) != 0}; }

DECIMAL pack(const Decimal& value) {
    DECIMAL made{};
    made.Lo64 = static_cast<ULONGLONG>(value.mantissa);
    made.Hi32 = static_cast<ULONG>(value.mantissa >> 64);
    made.scale = static_cast<BYTE>(value.scale);
    made.sign = value.negative ? DECIMAL_NEG : 0;
    return made;
}

Wide power_of_ten(unsigned exponent) {
    Wide power = 1;
    while (exponent-- > 0) power *= 10;
    return power;
}

Wide divide_rounded(Wide mantissa, unsigned digits) {
    if (digits > 38) return 0;
    const Wide divisor = power_of_ten(digits);
    const Wide whole = mantissa / divisor, rest = mantissa % divisor;
    const Wide half = divisor / 2;
    const bool up = divisor > 1 && (rest > half || (rest == half && whole % 2 == 1));
    return whole + (up ? 1 : 0);
}

Result<Decimal> rescaled(const Decimal& value, unsigned scale) {
    Decimal made = value;
    made.scale = scale;
    if (scale <= value.scale) {
        made.mantissa = divide_rounded(value.mantissa, value.scale - scale);
        return made;
    }
    for (unsigned i = value.scale; i < scale; ++i) {
        if (made.mantissa > kMaxMantissa / 10) return fail(DISP_E_OVERFLOW);
        made.mantissa *= 10;
    }
    return made;
}

Decimal trimmed(Decimal value) {
    while (value.scale > 0 && value.mantissa % 10 == 0) {
        value.mantissa /= 10;
        --value.scale;
    }
    return value;
}

double to_double(const Decimal& value) {
    const double magnitude = static_cast<double>(value.mantissa) / std::pow(10.0, value.scale);
    return value.negative ? -magnitude : magnitude;
}

Result<Decimal> from_double(double value, int digits) {
    if (!std::isfinite(value)) return fail(DISP_E_OVERFLOW);
    // The decimal digits of the number, as the C library rounds them: d.ddddde±xx
    char text[64];
    std::snprintf(text, sizeof text, "%.*e", digits - 1, std::fabs(value));
    Decimal made;
    made.negative = std::signbit(value) && value != 0;
    const char* at = text;
    int exponent = 0, after_point = 0;
    for (bool behind = false; *at && *at != 'e'; ++at) {
        if (*at < '0' || *at > '9') {
            behind = true;
            continue;
        }
        made.mantissa = made.mantissa * 10 + static_cast<unsigned>(*at - '0');
        after_point += behind;
    }
    if (*at == 'e') exponent = std::atoi(at + 1);
    int scale = after_point - exponent;
    while (scale < 0) {
        if (made.mantissa > kMaxMantissa / 10) return fail(DISP_E_OVERFLOW);
        made.mantissa *= 10;
        ++scale;
    }
    if (scale > static_cast<int>(kMaxScale)) {
        made.mantissa = divide_rounded(made.mantissa, static_cast<unsigned>(scale) - kMaxScale);
        scale = kMaxScale;
    }
    made.scale = static_cast<unsigned>(scale);
    made = trimmed(made);
    if (made.mantissa == 0) return Decimal{};
    return made;
}

std::u16string to_text(const Decimal& value) {
    std::u16string digits;
    Wide left = value.mantissa;
    unsigned n = 0;
    while (left != 0 || n <= value.scale) {
        if (n == value.scale && n != 0) digits.insert(digits.begin(), u'.');
        digits.insert(digits.begin(), static_cast<char16_t>(u'0' + static_cast<unsigned>(left % 10)));
        left /= 10;
        ++n;
    }
    if (value.negative && value.mantissa != 0) digits.insert(digits.begin(), u'-');
    return digits;
}

}  // namespace odc::automation
