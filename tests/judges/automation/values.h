// The values whose bytes are compared: the same source makes them with Windows' functions (under Wine) and with ours.
#pragma once

#include <windows.h>

#include <oleauto.h>

#include <cstdint>
#include <cstring>

template <class Show>
void each_value(Show show) {
    VARIANT value;
    auto begin = [&](VARTYPE vt) {
        std::memset(static_cast<void*>(&value), 0, sizeof value);
        V_VT(&value) = vt;
    };
    auto text = [](const OLECHAR* characters) { return SysAllocString(characters); };
    auto done = [&](const char* name) {
        show(name, value);
        VariantClear(&value);
    };

    begin(VT_EMPTY); done("empty");
    begin(VT_NULL); done("null");
    begin(VT_I1); V_I1(&value) = -2; done("i1");
    begin(VT_UI1); V_UI1(&value) = 0xFE; done("ui1");
    begin(VT_I2); V_I2(&value) = -2; done("i2");
    begin(VT_UI2); V_UI2(&value) = 0xFEDC; done("ui2");
    begin(VT_BOOL); V_BOOL(&value) = VARIANT_TRUE; done("bool");
    begin(VT_I4); V_I4(&value) = 0x01020304; done("i4");
    begin(VT_UI4); V_UI4(&value) = 0xFEDCBA98; done("ui4");
    begin(VT_INT); V_INT(&value) = -7; done("int");
    begin(VT_UINT); V_UINT(&value) = 7; done("uint");
    begin(VT_ERROR); V_ERROR(&value) = E_ACCESSDENIED; done("error");
    begin(VT_R4); V_R4(&value) = 1.5f; done("r4");
    begin(VT_R8); V_R8(&value) = -2.25; done("r8");
    begin(VT_DATE); V_DATE(&value) = 36526.5; done("date");
    begin(VT_CY); V_CY(&value).int64 = 52500; done("cy");
    begin(VT_I8); V_I8(&value) = 0x0102030405060708; done("i8");
    begin(VT_UI8); V_UI8(&value) = 0xFEDCBA9876543210; done("ui8");
    begin(VT_DECIMAL);
    V_DECIMAL(&value).scale = 3; V_DECIMAL(&value).sign = 0x80; V_DECIMAL(&value).Hi32 = 1; V_DECIMAL(&value).Lo64 = 0x0203040506070809;
    V_VT(&value) = VT_DECIMAL;
    done("decimal");
    begin(VT_BSTR); V_BSTR(&value) = nullptr; done("bstr null");
    begin(VT_BSTR); V_BSTR(&value) = text(OLESTR("")); done("bstr empty");
    begin(VT_BSTR); V_BSTR(&value) = text(OLESTR("a")); done("bstr one");
    begin(VT_BSTR); V_BSTR(&value) = text(OLESTR("four")); done("bstr four");
    begin(VT_BSTR); V_BSTR(&value) = SysAllocStringLen(OLESTR("a\0b"), 3); done("bstr with a zero");
    begin(VT_BSTR); V_BSTR(&value) = SysAllocStringByteLen("abc", 3); done("bstr odd");
    begin(VT_UNKNOWN); done("unknown null");
    begin(VT_DISPATCH); done("dispatch null");

    CHAR i1 = -3; BYTE ui1 = 200; SHORT i2 = -300; USHORT ui2 = 60000; VARIANT_BOOL flag = VARIANT_TRUE; LONG i4 = -70000; ULONG ui4 = 4000000000u;
    INT whole = -8; UINT natural = 8; SCODE code = E_FAIL; FLOAT r4 = 0.5f; DOUBLE r8 = 0.25; DATE date = 2.5; CY cy; LONGLONG i8 = -9; ULONGLONG ui8 = 9;
    cy.int64 = -10000;
    DECIMAL decimal;
    std::memset(&decimal, 0, sizeof decimal);
    decimal.scale = 1; decimal.Lo64 = 15;
    BSTR string = text(OLESTR("ref"));
    BSTR no_string = nullptr;
    IUnknown* nobody = nullptr;
    IDispatch* no_dispatch = nullptr;
    begin(VT_I1 | VT_BYREF); V_I1REF(&value) = &i1; done("i1 &");
    begin(VT_UI1 | VT_BYREF); V_UI1REF(&value) = &ui1; done("ui1 &");
    begin(VT_I2 | VT_BYREF); V_I2REF(&value) = &i2; done("i2 &");
    begin(VT_UI2 | VT_BYREF); V_UI2REF(&value) = &ui2; done("ui2 &");
    begin(VT_BOOL | VT_BYREF); V_BOOLREF(&value) = &flag; done("bool &");
    begin(VT_I4 | VT_BYREF); V_I4REF(&value) = &i4; done("i4 &");
    begin(VT_UI4 | VT_BYREF); V_UI4REF(&value) = &ui4; done("ui4 &");
    begin(VT_INT | VT_BYREF); V_INTREF(&value) = &whole; done("int &");
    begin(VT_UINT | VT_BYREF); V_UINTREF(&value) = &natural; done("uint &");
    begin(VT_ERROR | VT_BYREF); V_ERRORREF(&value) = &code; done("error &");
    begin(VT_R4 | VT_BYREF); V_R4REF(&value) = &r4; done("r4 &");
    begin(VT_R8 | VT_BYREF); V_R8REF(&value) = &r8; done("r8 &");
    begin(VT_DATE | VT_BYREF); V_DATEREF(&value) = &date; done("date &");
    begin(VT_CY | VT_BYREF); V_CYREF(&value) = &cy; done("cy &");
    begin(VT_I8 | VT_BYREF); V_I8REF(&value) = &i8; done("i8 &");
    begin(VT_UI8 | VT_BYREF); V_UI8REF(&value) = &ui8; done("ui8 &");
    begin(VT_DECIMAL | VT_BYREF); V_DECIMALREF(&value) = &decimal; done("decimal &");
    begin(VT_BSTR | VT_BYREF); V_BSTRREF(&value) = &string; done("bstr &");
    begin(VT_BSTR | VT_BYREF); V_BSTRREF(&value) = &no_string; done("bstr null &");
    begin(VT_UNKNOWN | VT_BYREF); V_UNKNOWNREF(&value) = &nobody; done("unknown null &");
    begin(VT_DISPATCH | VT_BYREF); V_DISPATCHREF(&value) = &no_dispatch; done("dispatch null &");
    VARIANT inner;
    std::memset(static_cast<void*>(&inner), 0, sizeof inner);
    begin(VT_VARIANT | VT_BYREF); V_VARIANTREF(&value) = &inner; done("variant & empty");
    V_VT(&inner) = VT_I4; V_I4(&inner) = 5;
    begin(VT_VARIANT | VT_BYREF); V_VARIANTREF(&value) = &inner; done("variant & i4");
    V_VT(&inner) = VT_BSTR; V_BSTR(&inner) = string;
    begin(VT_VARIANT | VT_BYREF); V_VARIANTREF(&value) = &inner; done("variant & bstr");
    V_VT(&inner) = VT_I4 | VT_BYREF; V_I4REF(&inner) = &i4;
    begin(VT_VARIANT | VT_BYREF); V_VARIANTREF(&value) = &inner; done("variant & i4 &");

    // Arrays. `numbers` fills the data with 1, 2, 3...
    auto array = [&](VARTYPE vt, UINT dimensions, ULONG first, ULONG second) {
        SAFEARRAYBOUND bounds[2] = {{first, 0}, {second, -1}};
        SAFEARRAY* made = SafeArrayCreate(vt, dimensions, bounds);
        const ULONG count = first * (dimensions > 1 ? second : 1);
        auto* bytes = static_cast<BYTE*>(made->pvData);
        if (vt != VT_BSTR && vt != VT_VARIANT && vt != VT_UNKNOWN && vt != VT_DISPATCH)
            for (ULONG i = 0; i < count; ++i) bytes[i * made->cbElements] = static_cast<BYTE>(i + 1);
        return made;
    };
    static const struct { VARTYPE vt; const char* name; const char* two; } kinds[] = {
        {VT_I1, "i1[3]", "i1[2,3]"}, {VT_UI1, "ui1[3]", "ui1[2,3]"}, {VT_I2, "i2[3]", "i2[2,3]"}, {VT_UI2, "ui2[3]", "ui2[2,3]"},
        {VT_BOOL, "bool[3]", "bool[2,3]"}, {VT_I4, "i4[3]", "i4[2,3]"}, {VT_UI4, "ui4[3]", "ui4[2,3]"}, {VT_INT, "int[3]", "int[2,3]"},
        {VT_UINT, "uint[3]", "uint[2,3]"}, {VT_ERROR, "error[3]", "error[2,3]"}, {VT_R4, "r4[3]", "r4[2,3]"}, {VT_R8, "r8[3]", "r8[2,3]"},
        {VT_DATE, "date[3]", "date[2,3]"}, {VT_CY, "cy[3]", "cy[2,3]"}, {VT_I8, "i8[3]", "i8[2,3]"}, {VT_UI8, "ui8[3]", "ui8[2,3]"},
        {VT_BSTR, "bstr null[3]", "bstr null[2,3]"}, {VT_VARIANT, "variant empty[3]", "variant empty[2,3]"},
        {VT_UNKNOWN, "unknown null[3]", "unknown null[2,3]"}, {VT_DISPATCH, "dispatch null[3]", "dispatch null[2,3]"},
    };
    for (const auto& kind : kinds) {
        begin(static_cast<VARTYPE>(VT_ARRAY | kind.vt)); V_ARRAY(&value) = array(kind.vt, 1, 3, 0); done(kind.name);
        begin(static_cast<VARTYPE>(VT_ARRAY | kind.vt)); V_ARRAY(&value) = array(kind.vt, 2, 2, 3); done(kind.two);
    }
    begin(VT_ARRAY | VT_I4); done("array null");
    begin(VT_ARRAY | VT_BSTR);
    V_ARRAY(&value) = array(VT_BSTR, 1, 3, 0);
    static_cast<BSTR*>(V_ARRAY(&value)->pvData)[0] = text(OLESTR("x"));
    static_cast<BSTR*>(V_ARRAY(&value)->pvData)[2] = SysAllocStringByteLen("odd", 3);
    done("bstr[3]");
    begin(VT_ARRAY | VT_VARIANT);
    V_ARRAY(&value) = array(VT_VARIANT, 1, 4, 0);
    {
        auto* elements = static_cast<VARIANT*>(V_ARRAY(&value)->pvData);
        V_VT(&elements[0]) = VT_I2; V_I2(&elements[0]) = 2;
        V_VT(&elements[1]) = VT_BSTR; V_BSTR(&elements[1]) = text(OLESTR("v"));
        V_VT(&elements[2]) = VT_ARRAY | VT_UI1; V_ARRAY(&elements[2]) = array(VT_UI1, 1, 5, 0);
        V_VT(&elements[3]) = VT_R8; V_R8(&elements[3]) = 1;
    }
    done("variant[4]");
    SAFEARRAY* shared = array(VT_I4, 1, 2, 0);
    begin(VT_ARRAY | VT_BYREF | VT_I4); V_ARRAYREF(&value) = &shared; done("i4[2] &");
    SafeArrayDestroy(shared);
    shared = nullptr;
    begin(VT_ARRAY | VT_BYREF | VT_I4); V_ARRAYREF(&value) = &shared; done("array null &");
    SysFreeString(string);
}

template <class Show>
void each_text(Show show) {
    show("null", nullptr);
    BSTR texts[] = {SysAllocString(OLESTR("")), SysAllocString(OLESTR("a")), SysAllocString(OLESTR("ab")), SysAllocString(OLESTR("abc")),
                    SysAllocStringByteLen("a", 1), SysAllocStringByteLen("abcde", 5)};
    const char* names[] = {"empty", "a", "ab", "abc", "1 byte", "5 bytes"};
    for (int i = 0; i < 6; ++i) {
        show(names[i], texts[i]);
        SysFreeString(texts[i]);
    }
}
