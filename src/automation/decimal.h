// DECIMAL as arithmetic: a 96-bit whole number, a sign and a power of ten from 0 to 28.
#pragma once

#include <string>

#include "oaidl.h"
#include "opendcom/base/result.h"

namespace odc::automation {

__extension__ typedef unsigned __int128 Wide;
inline constexpr Wide kMaxMantissa = (Wide{1} << 96) - 1;
inline constexpr unsigned kMaxScale = 28;

struct Decimal {
    Wide mantissa = 0;
    unsigned scale = 0;
    bool negative = false;
};

bool valid(const DECIMAL& value);
Decimal unpack(const DECIMAL& value);
DECIMAL pack(const Decimal& value);
Wide power_of_ten(unsigned exponent);
/// mantissa / 10^digits, half to even.
Wide divide_rounded(Wide mantissa, unsigned digits);
/// The same value with `scale` digits after the point, rounded half to even. Errors: DISP_E_OVERFLOW.
Result<Decimal> rescaled(const Decimal& value, unsigned scale);
/// Without zeros at the end behind the point.
Decimal trimmed(Decimal value);
double to_double(const Decimal& value);
/// Rounded to `digits` significant digits. Errors: DISP_E_OVERFLOW.
Result<Decimal> from_double(double value, int digits);
/// Digits, an optional point in between.
std::u16string to_text(const Decimal& value);

}  // namespace odc::automation
