// VariantChangeType: every type of number, text, date, truth value and object into every other. Rules of the neutral locale, which are those
// of en-US: point, comma, "$", month before day. Other locales are refused nowhere and followed nowhere.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "automation/date.h"
#include "automation/decimal.h"
#include "automation/types.h"
#include "oleauto.h"
#include "opendcom/com_ptr.h"

namespace odc::automation {
namespace {

__extension__ typedef __int128 Whole;

/// A value without its VARTYPE: what the conversions work on.
struct Value {
    enum class Kind { whole, real, decimal, text } kind = Kind::whole;
    Whole whole = 0;
    double real = 0;
    Decimal decimal;
    std::u16string text;
    bool truth = false;      ///< was VT_BOOL
    bool single = false;     ///< was VT_R4: seven digits mean something
    bool day = false;        ///< was VT_DATE
    VARTYPE bits_of = VT_EMPTY;
};

std::u16string wide(const char* text) { return {text, text + std::char_traits<char>::length(text)}; }

/// -?digits[.digits][E±digits] with spaces, thousands, "$" and parentheses around. Texts beyond 96 bits become a double.
Result<Value> parse_number(std::u16string_view text) {
    const auto mismatch = [] { return fail(DISP_E_TYPEMISMATCH); };
    std::string ascii;
    bool negative = false, point = false, digits = false, exponent = false, closed = true, signed_already = false, dollar = false, ended = false;
    Decimal exact;
    bool fits = true;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char16_t c = text[i];
        if (c == u' ' || c == u'\t') {
            if (digits) ended = true;
            continue;
        }
        if (c >= u'0' && c <= u'9') {
            if (ended) return mismatch();
            digits = true;
            ascii += static_cast<char>(c);
            if (exponent) continue;
            if (exact.mantissa > (kMaxMantissa - 9) / 10) fits = false;
            else {
                exact.mantissa = exact.mantissa * 10 + (c - u'0');
                exact.scale += point;
            }
        } else if (c == u'.' && !point && !exponent && !ended) {
            point = true;
            ascii += '.';
        } else if (c == u',' && digits && !point && !exponent && !ended) {
            continue;
        } else if ((c == u'-' || c == u'+') && !signed_already && (!digits || (!exponent && i + 1 == text.size()))) {
            signed_already = true;
            negative = c == u'-';
        } else if (c == u'$' && !dollar && !digits) {
            dollar = true;
        } else if (c == u'(' && !digits && !signed_already) {
            signed_already = negative = true;
            closed = false;
        } else if (c == u')' && digits && !closed) {
            closed = ended = true;
        } else if ((c | 0x20) == u'e' && digits && !exponent && !ended && i + 1 < text.size()) {
            exponent = true;
            ascii += 'e';
            if (text[i + 1] == u'-' || text[i + 1] == u'+') ascii += static_cast<char>(text[++i]);
            if (i + 1 >= text.size() || text[i + 1] < u'0' || text[i + 1] > u'9') return mismatch();
        } else {
            return mismatch();
        }
    }
    if (!digits || !closed) return mismatch();
    Value made;
    if (!exponent && fits && exact.scale <= kMaxScale) {
        made.kind = Value::Kind::decimal;
        exact.negative = negative && exact.mantissa != 0;
        made.decimal = exact;
        return made;
    }
    made.kind = Value::Kind::real;
    made.real = std::strtod(ascii.c_str(), nullptr) * (negative ? -1 : 1);
    if (!std::isfinite(made.real)) return fail(DISP_E_OVERFLOW);
    return made;
}

Result<Value> value_of(const VARIANT& from) {
    Value made;
    const auto whole = [&](Whole number) {
        made.whole = number;
        made.bits_of = from.vt;
        return made;
    };
    switch (from.vt) {
        case VT_EMPTY: return made;
        case VT_I1: return whole(static_cast<signed char>(from.cVal));
        case VT_UI1: return whole(from.bVal);
        case VT_I2: return whole(from.iVal);
        case VT_UI2: return whole(from.uiVal);
        case VT_I4: case VT_INT: return whole(from.lVal);
        case VT_UI4: case VT_UINT: return whole(from.ulVal);
        case VT_I8: return whole(from.llVal);
        case VT_UI8: return whole(static_cast<Whole>(from.ullVal));
        case VT_BOOL: made.truth = true; return whole(from.boolVal);
        case VT_R4:
            made.kind = Value::Kind::real;
            made.real = static_cast<double>(from.fltVal);
            made.single = true;
            return made;
        case VT_R8: case VT_DATE:
            made.kind = Value::Kind::real;
            made.real = from.dblVal;
            made.day = from.vt == VT_DATE;
            return made;
        case VT_CY:
            made.kind = Value::Kind::decimal;
            made.decimal.negative = from.cyVal.int64 < 0;
            made.decimal.mantissa = static_cast<Wide>(from.cyVal.int64 < 0 ? -static_cast<Whole>(from.cyVal.int64) : Whole{from.cyVal.int64});
            made.decimal.scale = 4;
            return made;
        case VT_DECIMAL:
            if (!valid(from.decVal)) return fail(E_INVALIDARG);
            made.kind = Value::Kind::decimal;
            made.decimal = unpack(from.decVal);
            return made;
        case VT_BSTR:
            made.kind = Value::Kind::text;
            made.text.assign(reinterpret_cast<const char16_t*>(from.bstrVal), SysStringLen(from.bstrVal));
            return made;
        default: return fail(DISP_E_TYPEMISMATCH);
    }
}

Whole signed_whole(const Decimal& value) {
    const Wide rounded = divide_rounded(value.mantissa, value.scale);
    return value.negative ? -static_cast<Whole>(rounded) : static_cast<Whole>(rounded);
}

/// Half to even, as every conversion to whole numbers does.
Result<Whole> to_whole(const Value& value) {
    switch (value.kind) {
        case Value::Kind::whole: return value.whole;
        case Value::Kind::decimal: return signed_whole(value.decimal);
        case Value::Kind::real: {
            if (!std::isfinite(value.real) || std::fabs(value.real) > 1e25) return fail(DISP_E_OVERFLOW);
            return static_cast<Whole>(std::nearbyint(value.real));
        }
        case Value::Kind::text: break;
    }
    const auto number = parse_number(value.text);
    if (!number) return number.error();
    return to_whole(*number);
}

Result<double> to_real(const Value& value) {
    switch (value.kind) {
        case Value::Kind::whole: return static_cast<double>(value.whole);
        case Value::Kind::decimal: return to_double(value.decimal);
        case Value::Kind::real: return value.real;
        case Value::Kind::text: break;
    }
    const auto number = parse_number(value.text);
    if (!number) return number.error();
    return to_real(*number);
}

Result<Decimal> to_decimal(const Value& value) {
    switch (value.kind) {
        case Value::Kind::whole: return Decimal{static_cast<Wide>(value.whole < 0 ? -value.whole : value.whole), 0, value.whole < 0};
        case Value::Kind::decimal: return value.decimal;
        case Value::Kind::real: return from_double(value.real, value.single ? 7 : 15);
        case Value::Kind::text: break;
    }
    const auto number = parse_number(value.text);
    if (!number) return number.error();
    return to_decimal(*number);
}

Result<LONGLONG> to_currency(const Value& value) {
    Whole scaled = 0;
    if (value.kind == Value::Kind::real) {
        const double large = value.real * 10000.0;
        if (!std::isfinite(large) || std::fabs(large) > 1e20) return fail(DISP_E_OVERFLOW);
        scaled = static_cast<Whole>(std::nearbyint(large));
    } else {
        const auto exact = to_decimal(value);
        if (!exact) return exact.error();
        const auto fitting = rescaled(*exact, 4);
        if (!fitting) return fitting.error();
        scaled = fitting->negative ? -static_cast<Whole>(fitting->mantissa) : static_cast<Whole>(fitting->mantissa);
    }
    if (scaled > INT64_MAX || scaled < INT64_MIN) return fail(DISP_E_OVERFLOW);
    return static_cast<LONGLONG>(scaled);
}

bool equal_ignoring_case(std::u16string_view text, const char* word) {
    std::size_t i = 0;
    for (; i < text.size() && word[i]; ++i)
        if ((text[i] | 0x20) != (word[i] | 0x20)) return false;
    return i == text.size() && !word[i];
}

Result<bool> to_truth(const Value& value) {
    switch (value.kind) {
        case Value::Kind::whole: return value.whole != 0;
        case Value::Kind::decimal: return value.decimal.mantissa != 0;
        case Value::Kind::real: return value.real != 0;
        case Value::Kind::text: break;
    }
    if (equal_ignoring_case(value.text, "true") || value.text == u"#TRUE#") return true;
    if (equal_ignoring_case(value.text, "false") || value.text == u"#FALSE#") return false;
    const auto number = parse_number(value.text);
    if (!number) return number.error();
    return to_truth(*number);
}

Result<double> to_date(const Value& value) {
    if (value.kind == Value::Kind::text) {  // a number is no date
        const auto date = parse_date(value.text);
        if (!date) return fail(DISP_E_TYPEMISMATCH);
        return *date;
    }
    const auto real = to_real(value);
    if (!real) return real.error();
    if (!is_date(*real)) return fail(DISP_E_OVERFLOW);
    return *real;
}

/// As "%.*G" with the exponent's form of Windows: 1E+20, 1.5E-07.
std::u16string real_text(double value, int digits) {
    char text[64];
    if (value == 0) value = 0;  // no negative zero
    std::snprintf(text, sizeof text, "%.*G", digits, value);
    return wide(text);
}

Result<std::u16string> to_text(const Value& value, USHORT flags) {
    if (value.truth) {
        if (flags & (VARIANT_ALPHABOOL | VARIANT_LOCALBOOL)) return wide(value.whole ? "True" : "False");
        return wide(value.whole ? "-1" : "0");
    }
    if (value.bits_of == VT_EMPTY && value.kind == Value::Kind::whole) return std::u16string();
    switch (value.kind) {
        case Value::Kind::whole: {
            Decimal exact{static_cast<Wide>(value.whole < 0 ? -value.whole : value.whole), 0, value.whole < 0};
            return automation::to_text(exact);
        }
        case Value::Kind::decimal: return automation::to_text(trimmed(value.decimal));
        case Value::Kind::real:
            if (value.day) {
                if (!is_date(value.real)) return fail(E_INVALIDARG);
                return date_text(value.real);
            }
            return real_text(value.real, value.single ? 7 : 15);
        case Value::Kind::text: return value.text;
    }
    return fail(DISP_E_TYPEMISMATCH);
}

template <class T>
HRESULT put_whole(const Value& value, T& to) {
    // Truth is all bits, whatever the size; numbers of one size keep their bits when only the sign's meaning changes.
    if (value.truth || (value.kind == Value::Kind::whole && value.bits_of != VT_EMPTY && size_of_type(value.bits_of) == sizeof(T))) {
        to = static_cast<T>(value.whole);
        return S_OK;
    }
    const auto number = to_whole(value);
    if (!number) return number.error().code();
    if (*number < static_cast<Whole>(std::numeric_limits<T>::min()) || *number > static_cast<Whole>(std::numeric_limits<T>::max()))
        return DISP_E_OVERFLOW;
    to = static_cast<T>(*number);
    return S_OK;
}

HRESULT put(const Value& value, USHORT flags, VARTYPE vt, VARIANT& made) {
    switch (vt) {
        case VT_EMPTY: return S_OK;
        case VT_I1: {
            signed char number = 0;
            const HRESULT hr = put_whole(value, number);
            made.cVal = static_cast<CHAR>(number);
            return hr;
        }
        case VT_UI1: return put_whole(value, made.bVal);
        case VT_I2: return put_whole(value, made.iVal);
        case VT_UI2: return put_whole(value, made.uiVal);
        case VT_I4: case VT_INT: return put_whole(value, made.lVal);
        case VT_UI4: case VT_UINT: return put_whole(value, made.ulVal);
        case VT_I8: return put_whole(value, made.llVal);
        case VT_UI8: return put_whole(value, made.ullVal);
        case VT_R4: {
            const auto real = to_real(value);
            if (!real) return real.error().code();
            if (std::fabs(*real) > static_cast<double>(std::numeric_limits<float>::max())) return DISP_E_OVERFLOW;
            made.fltVal = static_cast<float>(*real);
            return S_OK;
        }
        case VT_R8: {
            const auto real = to_real(value);
            if (!real) return real.error().code();
            made.dblVal = *real;
            return S_OK;
        }
        case VT_DATE: {
            const auto date = to_date(value);
            if (!date) return date.error().code();
            made.date = *date;
            return S_OK;
        }
        case VT_CY: {
            const auto money = to_currency(value);
            if (!money) return money.error().code();
            made.cyVal.int64 = *money;
            return S_OK;
        }
        case VT_DECIMAL: {
            const auto exact = to_decimal(value);
            if (!exact) return exact.error().code();
            made.decVal = pack(value.kind == Value::Kind::text ? trimmed(*exact) : *exact);
            return S_OK;
        }
        case VT_BOOL: {
            const auto truth = to_truth(value);
            if (!truth) return truth.error().code();
            made.boolVal = *truth ? VARIANT_TRUE : VARIANT_FALSE;
            return S_OK;
        }
        case VT_BSTR: {
            const auto text = to_text(value, flags);
            if (!text) return text.error().code();
            made.bstrVal = SysAllocStringLen(reinterpret_cast<const OLECHAR*>(text->data()), static_cast<UINT>(text->size()));
            return made.bstrVal ? S_OK : E_OUTOFMEMORY;
        }
        default: return DISP_E_TYPEMISMATCH;
    }
}

/// An object's value is its default property.
HRESULT default_property(IUnknown* object, LCID locale, VARIANT& value) {
    if (!object) return DISP_E_TYPEMISMATCH;
    ComPtr<IDispatch> dispatch;
    if (FAILED(object->QueryInterface(__uuidof(IDispatch), dispatch.put_void()))) return DISP_E_TYPEMISMATCH;
    DISPPARAMS none{};
    const HRESULT hr = dispatch->Invoke(DISPID_VALUE, IID_NULL, locale, DISPATCH_PROPERTYGET, &none, &value, nullptr, nullptr);
    return FAILED(hr) ? DISP_E_TYPEMISMATCH : S_OK;
}

HRESULT change(const VARIANT& from, LCID locale, USHORT flags, VARTYPE vt, VARIANT& made, int depth = 0) {
    if (from.vt == vt) return VariantCopy(&made, &from);
    if (vt & VT_ARRAY || from.vt & VT_ARRAY) {
        if (from.vt == VT_BSTR && vt == (VT_ARRAY | VT_UI1)) return VectorFromBstr(from.bstrVal, &made.parray);
        if (from.vt == (VT_ARRAY | VT_UI1) && vt == VT_BSTR) return BstrFromVector(from.parray, &made.bstrVal);
        return DISP_E_TYPEMISMATCH;
    }
    if (vt == VT_NULL || from.vt == VT_NULL || from.vt == VT_ERROR || from.vt == VT_RECORD) return DISP_E_TYPEMISMATCH;
    const bool object = from.vt == VT_DISPATCH || from.vt == VT_UNKNOWN;
    if (vt == VT_UNKNOWN || vt == VT_DISPATCH) {
        if (!object) return DISP_E_TYPEMISMATCH;
        if (!from.punkVal) return S_OK;
        const HRESULT hr = from.punkVal->QueryInterface(vt == VT_UNKNOWN ? __uuidof(IUnknown) : __uuidof(IDispatch), reinterpret_cast<void**>(&made.punkVal));
        return FAILED(hr) ? DISP_E_TYPEMISMATCH : S_OK;
    }
    if (object) {
        if ((flags & VARIANT_NOVALUEPROP) || depth > 8) return DISP_E_TYPEMISMATCH;
        VARIANT value{};
        HRESULT hr = default_property(from.punkVal, locale, value);
        if (SUCCEEDED(hr)) hr = change(value, locale, flags, vt, made, depth + 1);
        VariantClear(&value);
        return hr;
    }
    const auto value = value_of(from);
    if (!value) return value.error().code();
    return put(*value, flags, vt, made);
}

}  // namespace
}  // namespace odc::automation

using namespace odc::automation;

WINOLEAPI VariantChangeTypeEx(VARIANTARG* to, const VARIANTARG* from, LCID locale, USHORT flags, VARTYPE vt) {
    if (!to || !from) return E_INVALIDARG;
    return odc::abi([&]() -> HRESULT {
        if (!is_variant_type(from->vt) || !is_variant_type(vt)) return DISP_E_BADVARTYPE;
        if (vt & VT_BYREF || vt == VT_VARIANT) return vt & VT_BYREF && vt == from->vt ? VariantCopy(to, from) : DISP_E_TYPEMISMATCH;
        VARIANT source{};
        if (const HRESULT hr = VariantCopyInd(&source, from); FAILED(hr)) return hr;
        VARIANT made{};
        HRESULT hr = change(source, locale, flags, vt, made);
        VariantClear(&source);
        if (FAILED(hr)) return hr;
        made.vt = vt;  // after the value: DECIMAL lies over it
        if (hr = VariantClear(to); FAILED(hr)) {
            VariantClear(&made);
            return hr;
        }
        *to = made;
        return S_OK;
    });
}
WINOLEAPI VariantChangeType(VARIANTARG* to, const VARIANTARG* from, USHORT flags, VARTYPE vt) {
    return VariantChangeTypeEx(to, from, 0, flags, vt);
}

WINOLEAPI DispGetParam(DISPPARAMS* params, UINT position, VARTYPE vt, VARIANT* value, UINT* argument_error) {
    if (!params || !value) return E_INVALIDARG;
    if (params->cArgs && (!params->rgvarg || params->cNamedArgs > params->cArgs || (params->cNamedArgs && !params->rgdispidNamedArgs))) return E_INVALIDARG;
    UINT index = 0;
    const UINT positional = params->cArgs - std::min(params->cArgs, params->cNamedArgs);
    if (position < positional) {
        index = params->cArgs - 1 - position;
    } else {
        for (index = 0; index < params->cNamedArgs; ++index)
            if (params->rgdispidNamedArgs[index] == static_cast<DISPID>(position)) break;
        if (index == params->cNamedArgs) return DISP_E_PARAMNOTFOUND;
    }
    if (params->rgvarg[index].vt == VT_ERROR && params->rgvarg[index].scode == DISP_E_PARAMNOTFOUND) return DISP_E_PARAMNOTFOUND;
    VariantInit(value);
    const HRESULT hr = VariantChangeType(value, &params->rgvarg[index], 0, vt);
    if (FAILED(hr) && argument_error) *argument_error = index;
    return hr;
}
