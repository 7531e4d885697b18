// Values and the types they are changed to; the same source prints what Windows' functions (under Wine) and ours make of them.
#pragma once

#include <windows.h>

#include <oleauto.h>

#include <cstdio>
#include <cstring>
#include <string>

inline std::string described(const VARIANT& value) {
    char text[128] = "";
    switch (V_VT(&value)) {
        case VT_EMPTY: return "empty";
        case VT_NULL: return "null";
        case VT_I1: std::snprintf(text, sizeof text, "%d", static_cast<int>(static_cast<signed char>(V_I1(&value)))); break;
        case VT_UI1: std::snprintf(text, sizeof text, "%u", V_UI1(&value)); break;
        case VT_I2: case VT_BOOL: std::snprintf(text, sizeof text, "%d", V_I2(&value)); break;
        case VT_UI2: std::snprintf(text, sizeof text, "%u", V_UI2(&value)); break;
        case VT_I4: case VT_INT: std::snprintf(text, sizeof text, "%d", static_cast<int>(V_I4(&value))); break;
        case VT_UI4: case VT_UINT: case VT_ERROR: std::snprintf(text, sizeof text, "%u", static_cast<unsigned>(V_UI4(&value))); break;
        case VT_I8: std::snprintf(text, sizeof text, "%lld", static_cast<long long>(V_I8(&value))); break;
        case VT_UI8: std::snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(V_UI8(&value))); break;
        case VT_R4: std::snprintf(text, sizeof text, "%.9g", static_cast<double>(V_R4(&value))); break;
        case VT_R8: case VT_DATE: std::snprintf(text, sizeof text, "%.15g", V_R8(&value)); break;
        case VT_CY: std::snprintf(text, sizeof text, "%lld/10000", static_cast<long long>(V_CY(&value).int64)); break;
        case VT_DECIMAL:
            std::snprintf(text, sizeof text, "%s%x:%llx/10^%d", V_DECIMAL(&value).sign ? "-" : "", static_cast<unsigned>(V_DECIMAL(&value).Hi32),
                          static_cast<unsigned long long>(V_DECIMAL(&value).Lo64), V_DECIMAL(&value).scale);
            break;
        case VT_BSTR: {
            std::string all = "'";
            for (UINT i = 0; i < SysStringLen(V_BSTR(&value)); ++i) all += static_cast<char>(V_BSTR(&value)[i]);
            return all + "'";
        }
        default: std::snprintf(text, sizeof text, "type %u", V_VT(&value));
    }
    return text;
}

template <class Print>
void each_conversion(Print print) {
    static const VARTYPE targets[] = {VT_I1, VT_UI1, VT_I2, VT_UI2, VT_I4, VT_UI4, VT_I8, VT_UI8, VT_R4, VT_R8, VT_CY, VT_DATE, VT_DECIMAL, VT_BOOL, VT_BSTR};
    const auto all = [&](VARIANT value, USHORT flags = 0) {
        for (const VARTYPE target : targets) {
            VARIANT made;
            std::memset(static_cast<void*>(&made), 0, sizeof made);
            const HRESULT hr = VariantChangeTypeEx(&made, &value, 0x409, static_cast<USHORT>(flags | VARIANT_NOUSEROVERRIDE), target);
            char head[64];
            std::snprintf(head, sizeof head, "type %u ", V_VT(&value));
            char tail[64];
            std::snprintf(tail, sizeof tail, " -> %u: ", target);
            char failure[32];
            std::snprintf(failure, sizeof failure, "%08x", static_cast<unsigned>(hr));
            print(head + described(value) + tail + (FAILED(hr) ? std::string(failure) : described(made)));
            VariantClear(&made);
        }
        VariantClear(&value);
    };
    VARIANT value;
    const auto begin = [&](VARTYPE vt) {
        std::memset(static_cast<void*>(&value), 0, sizeof value);
        V_VT(&value) = vt;
    };
    begin(VT_EMPTY); all(value);
    begin(VT_NULL); all(value);
    begin(VT_ERROR); V_ERROR(&value) = E_FAIL; all(value);
    for (int number : {-128, -1, 0, 5, 127}) { begin(VT_I1); V_I1(&value) = static_cast<CHAR>(number); all(value); }
    for (int number : {0, 200, 255}) { begin(VT_UI1); V_UI1(&value) = static_cast<BYTE>(number); all(value); }
    for (int number : {-32768, -129, 128, 32767}) { begin(VT_I2); V_I2(&value) = static_cast<SHORT>(number); all(value); }
    begin(VT_UI2); V_UI2(&value) = 65535; all(value);
    begin(VT_BOOL); V_BOOL(&value) = VARIANT_TRUE; all(value);
    begin(VT_BOOL); V_BOOL(&value) = VARIANT_TRUE; all(value, VARIANT_ALPHABOOL);
    begin(VT_BOOL); V_BOOL(&value) = VARIANT_FALSE; all(value);
    for (LONG number : {-2147483647 - 1, -70000, 0, 40000, 2147483647}) { begin(VT_I4); V_I4(&value) = number; all(value); }
    begin(VT_UI4); V_UI4(&value) = 4294967295u; all(value);
    for (LONGLONG number : {-9223372036854775807LL - 1, 5000000000LL, 922337203685477LL, 922337203685478LL, 9223372036854775807LL}) {
        begin(VT_I8); V_I8(&value) = number; all(value);
    }
    begin(VT_UI8); V_UI8(&value) = 18446744073709551615ULL; all(value);
    for (double number : {0.5, 1.5, 2.5, -2.5, 127.5, 255.5, 0.1, 1e10, -1e-5, 3.4e38}) { begin(VT_R4); V_R4(&value) = static_cast<FLOAT>(number); all(value); }
    for (double number : {0.5, 1.5, 2.5, -0.5, -128.5, 127.49, 254.5, 255.5, 0.1, 1.0 / 3, 123456789012345678.0, 1e20, 1e28, 1e29, 1e300, -1e-7, 12345.67,
                          2147483647.5, 4294967295.5, 922337203685477.5807}) {
        begin(VT_R8); V_R8(&value) = number; all(value);
    }
    for (LONGLONG number : {0LL, 5000LL, 15000LL, -25000LL, 12345678LL, 9223372036854775807LL}) { begin(VT_CY); V_CY(&value).int64 = number; all(value); }
    for (double number : {0.0, 2.0, 36526.0, 36526.25, -1.5, 36585.9999884259, 2958465.0, -657434.0}) { begin(VT_DATE); V_DATE(&value) = number; all(value); }
    const auto decimal = [&](unsigned hi, ULONGLONG lo, int scale, bool negative) {
        begin(VT_DECIMAL);
        V_DECIMAL(&value).Hi32 = hi; V_DECIMAL(&value).Lo64 = lo; V_DECIMAL(&value).scale = static_cast<BYTE>(scale);
        V_DECIMAL(&value).sign = negative ? DECIMAL_NEG : 0;
        V_VT(&value) = VT_DECIMAL;
        all(value);
    };
    decimal(0, 0, 0, false);
    decimal(0, 25, 1, false);
    decimal(0, 15, 1, true);
    decimal(0, 150, 2, false);
    decimal(0, 1234567, 3, false);
    decimal(1, 0, 0, false);
    decimal(0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0, true);
    decimal(0, 1, 28, false);
    static const OLECHAR* const texts[] = {
        OLESTR(""), OLESTR("0"), OLESTR("12"), OLESTR(" -7 "), OLESTR("+5"), OLESTR("1.5"), OLESTR("2.5"), OLESTR(".5"), OLESTR("5."), OLESTR("1,234"), OLESTR("1e3"),
        OLESTR("1.25E-2"), OLESTR("$12.50"), OLESTR("(3)"), OLESTR("300"), OLESTR("70000"), OLESTR("99999999999"), OLESTR("99999999999999999999"), OLESTR("1e400"),
        OLESTR("True"), OLESTR("false"), OLESTR("#TRUE#"), OLESTR("yes"), OLESTR("12abc"), OLESTR("-"), OLESTR("1 2"), OLESTR("1/2/2000"), OLESTR("2000-01-31"), OLESTR("12/31/1999 23:59:59"),
        OLESTR("1/2/2000 3:04:05 PM"), OLESTR("3:04 AM"), OLESTR("2/30/2000"), OLESTR("0.1"), OLESTR("922337203685477.58075"),
    };
    for (const OLECHAR* text : texts) { begin(VT_BSTR); V_BSTR(&value) = SysAllocString(text); all(value); }
}
