// Prints what oleaut32 puts on a wire for the values of values.h; runs under Wine.
#include <cstdio>
#include <vector>

#include "values.h"

extern "C" {
unsigned char* __RPC_USER VARIANT_UserMarshal(ULONG*, unsigned char*, VARIANT*);
ULONG __RPC_USER VARIANT_UserSize(ULONG*, ULONG, VARIANT*);
unsigned char* __RPC_USER BSTR_UserMarshal(ULONG*, unsigned char*, BSTR*);
ULONG __RPC_USER BSTR_UserSize(ULONG*, ULONG, BSTR*);
unsigned char* __RPC_USER LPSAFEARRAY_UserMarshal(ULONG*, unsigned char*, LPSAFEARRAY*);
ULONG __RPC_USER LPSAFEARRAY_UserSize(ULONG*, ULONG, LPSAFEARRAY*);
}

static ULONG flags = MAKELONG(MSHCTX_DIFFERENTMACHINE, 0x10);  // the other machine; little-endian, ASCII, IEEE

template <class T, class Size, class Marshal>
static void print(const char* kind, const char* name, unsigned offset, T& value, Size size, Marshal marshal) {
    const ULONG needed = size(&flags, offset, &value);
    std::vector<unsigned long long> room(needed / 8 + 16);
    auto* start = reinterpret_cast<unsigned char*>(room.data());
    const unsigned char* end = marshal(&flags, start + offset, &value);
    std::printf("%s %s @%u:", kind, name, offset);
    for (const unsigned char* at = start + offset; at != end; ++at) std::printf(" %02x", *at);
    std::printf("%s\n", end > start + needed ? " // more than promised" : "");
}

int wmain() {
    CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    each_value([](const char* name, VARIANT& value) {
        print("variant", name, 0, value, VARIANT_UserSize, VARIANT_UserMarshal);
        print("variant", name, 4, value, VARIANT_UserSize, VARIANT_UserMarshal);
    });
    each_text([](const char* name, BSTR text) {
        for (unsigned offset = 0; offset < 4; ++offset) print("bstr", name, offset, text, BSTR_UserSize, BSTR_UserMarshal);
    });
    each_value([](const char* name, VARIANT& value) {
        if ((V_VT(&value) & (VT_ARRAY | VT_BYREF)) == VT_ARRAY)
            for (unsigned offset = 0; offset < 8; offset += 4)
                print("array", name, offset, V_ARRAY(&value), LPSAFEARRAY_UserSize, LPSAFEARRAY_UserMarshal);
    });
    CoUninitialize();
    return 0;
}
