// The Sys…String functions. A block is: 4 bytes of nothing, the length in bytes, the characters, two zero bytes. So the characters stand
// at a multiple of 8 and their block is what CoTaskMemAlloc gave: readers of messages and programs free them the same way.
#include "automation/bstr_block.h"

#include <cstring>

#include "oleauto.h"

namespace {

using odc::automation::bstr_in;
using odc::automation::kBstrOverhead;
using odc::automation::kMaxBstrBytes;

BSTR allocate(const void* data, std::size_t size) {
    if (size > kMaxBstrBytes) return nullptr;
    void* block = CoTaskMemAlloc(size + kBstrOverhead);
    if (!block) return nullptr;
    BSTR text = bstr_in(block, size);
    if (data) std::memcpy(text, data, size);
    return text;
}

std::size_t length_of(const OLECHAR* text) {
    std::size_t n = 0;
    while (text[n] != 0) ++n;
    return n;
}

}  // namespace

WINOLEAPI_(BSTR) SysAllocString(const OLECHAR* text) { return text ? allocate(text, length_of(text) * sizeof(OLECHAR)) : nullptr; }

WINOLEAPI_(BSTR) SysAllocStringLen(const OLECHAR* text, UINT characters) {
    BSTR made = allocate(text, std::size_t{characters} * sizeof(OLECHAR));
    // What the caller fills in may still be taken for a text before that.
    if (made && !text && characters) std::memset(made, 0, std::size_t{characters} * sizeof(OLECHAR));
    return made;
}

WINOLEAPI_(BSTR) SysAllocStringByteLen(LPCSTR bytes, UINT size) {
    BSTR made = allocate(bytes, size);
    if (made && !bytes && size) std::memset(made, 0, size);
    return made;
}

WINOLEAPI_(INT) SysReAllocString(BSTR* text, const OLECHAR* value) {
    if (!text) return FALSE;
    BSTR made = nullptr;
    if (value && !(made = SysAllocString(value))) return FALSE;
    SysFreeString(*text);
    *text = made;
    return TRUE;
}

WINOLEAPI_(INT) SysReAllocStringLen(BSTR* text, const OLECHAR* value, UINT characters) {
    if (!text) return FALSE;
    BSTR made = SysAllocStringLen(value, characters);
    if (!made) return FALSE;
    if (!value && *text) {  // the text stays, as much of it as fits
        const std::size_t kept = std::min<std::size_t>(SysStringByteLen(*text), std::size_t{characters} * sizeof(OLECHAR));
        std::memcpy(made, *text, kept);
    }
    SysFreeString(*text);
    *text = made;
    return TRUE;
}

WINOLEAPI_(void) SysFreeString(BSTR text) {
    if (text) CoTaskMemFree(odc::automation::block_of(text));
}

WINOLEAPI_(UINT) SysStringByteLen(BSTR text) { return text ? odc::automation::bytes_in(text) : 0; }
WINOLEAPI_(UINT) SysStringLen(BSTR text) { return SysStringByteLen(text) / sizeof(OLECHAR); }
