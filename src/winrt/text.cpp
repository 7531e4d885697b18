// The Windows…String functions.
#include "winrt/text_block.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>

#include "winstring.h"

namespace odc::winrt {

TextBlock* text_in(void* memory, std::size_t units) {
    auto* block = new (memory) TextBlock{TextBlock::Kind::owned, static_cast<std::uint32_t>(units), nullptr, 1, 0};
    block->units = block->own_units();
    block->own_units()[units] = 0;
    return block;
}

namespace {

using Units = std::basic_string_view<WCHAR>;

TextBlock* block_of(HSTRING text) { return reinterpret_cast<TextBlock*>(text); }
TextBlock* block_of(HSTRING_BUFFER buffer) { return reinterpret_cast<TextBlock*>(buffer); }
HSTRING handle(TextBlock* block) { return reinterpret_cast<HSTRING>(block); }
Units units_of(HSTRING text) { return text ? Units(block_of(text)->units, block_of(text)->length) : Units(); }

HRESULT allocate(std::size_t units, TextBlock*& made) {
    if (units > kMaxUnits) return MEM_E_INVALID_SIZE;
    void* memory = CoTaskMemAlloc(block_size(units));
    if (!memory) return E_OUTOFMEMORY;
    made = text_in(memory, units);
    return S_OK;
}

/// `first` and then `second`.
HRESULT make(Units first, Units second, HSTRING* text) {
    *text = nullptr;
    const std::size_t all = first.size() + second.size();
    if (all == 0) return S_OK;
    TextBlock* made = nullptr;
    if (const HRESULT hr = allocate(all, made); FAILED(hr)) return hr;
    std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), made->own_units()));
    *text = handle(made);
    return S_OK;
}
HRESULT make(Units units, HSTRING* text) { return make(units, {}, text); }

/// Part of `text`; the whole of it is the same text once more.
HRESULT part(HSTRING text, std::size_t start, std::size_t length, HSTRING* made) {
    const Units all = units_of(text);
    if (length == all.size()) return WindowsDuplicateString(text, made);
    return make(all.substr(start, length), made);
}

}  // namespace
}  // namespace odc::winrt

using namespace odc::winrt;

WINOLEAPI WindowsCreateString(const WCHAR* sourceString, UINT32 length, HSTRING* string) {
    if (!string) return E_INVALIDARG;
    *string = nullptr;
    if (length == 0) return S_OK;
    if (!sourceString) return E_POINTER;
    return make({sourceString, length}, string);
}

WINOLEAPI WindowsCreateStringReference(const WCHAR* sourceString, UINT32 length, HSTRING_HEADER* hstringHeader, HSTRING* string) {
    if (!hstringHeader || !string) return E_INVALIDARG;
    *string = nullptr;
    if (!sourceString) return length == 0 ? S_OK : E_POINTER;
    if (sourceString[length] != 0) return E_STRING_NOT_NULL_TERMINATED;
    if (length == 0) return S_OK;
    *string = handle(new (hstringHeader) TextBlock{TextBlock::Kind::lent, length, sourceString, 1, 0});
    return S_OK;
}

WINOLEAPI WindowsDeleteString(HSTRING string) {
    auto* block = block_of(string);
    if (!block || block->kind == TextBlock::Kind::lent) return S_OK;
    if (block->references.fetch_sub(1, std::memory_order_acq_rel) == 1) CoTaskMemFree(block);
    return S_OK;
}

WINOLEAPI WindowsDuplicateString(HSTRING string, HSTRING* newString) {
    if (!newString) return E_INVALIDARG;
    auto* block = block_of(string);
    if (block && block->kind == TextBlock::Kind::lent) return make(units_of(string), newString);
    if (block) block->references.fetch_add(1, std::memory_order_relaxed);
    *newString = string;
    return S_OK;
}

WINOLEAPI_(UINT32) WindowsGetStringLen(HSTRING string) { return string ? block_of(string)->length : 0; }

WINOLEAPI_(const WCHAR*) WindowsGetStringRawBuffer(HSTRING string, UINT32* length) {
    static constexpr WCHAR kEmpty[1] = {};
    if (length) *length = WindowsGetStringLen(string);
    return string ? block_of(string)->units : kEmpty;
}

WINOLEAPI_(BOOL) WindowsIsStringEmpty(HSTRING string) { return WindowsGetStringLen(string) == 0; }

WINOLEAPI WindowsStringHasEmbeddedNull(HSTRING string, BOOL* hasEmbedNull) {
    if (!hasEmbedNull) return E_INVALIDARG;
    *hasEmbedNull = units_of(string).find(WCHAR{0}) != Units::npos;
    return S_OK;
}

WINOLEAPI WindowsCompareStringOrdinal(HSTRING string1, HSTRING string2, INT32* result) {
    if (!result) return E_INVALIDARG;
    const Units a = units_of(string1), b = units_of(string2);
    *result = std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end()) ? -1 : a == b ? 0 : 1;
    return S_OK;
}

WINOLEAPI WindowsConcatString(HSTRING string1, HSTRING string2, HSTRING* newString) {
    if (!newString) return E_INVALIDARG;
    if (!string1) return WindowsDuplicateString(string2, newString);
    if (!string2) return WindowsDuplicateString(string1, newString);
    return make(units_of(string1), units_of(string2), newString);
}

WINOLEAPI WindowsSubstring(HSTRING string, UINT32 startIndex, HSTRING* newString) {
    if (!newString) return E_INVALIDARG;
    const UINT32 length = WindowsGetStringLen(string);
    if (startIndex > length) return E_BOUNDS;
    return part(string, startIndex, length - startIndex, newString);
}

WINOLEAPI WindowsSubstringWithSpecifiedLength(HSTRING string, UINT32 startIndex, UINT32 length, HSTRING* newString) {
    if (!newString) return E_INVALIDARG;
    const UINT32 all = WindowsGetStringLen(string);
    if (startIndex > all || length > all - startIndex) return E_BOUNDS;
    return part(string, startIndex, length, newString);
}

WINOLEAPI WindowsReplaceString(HSTRING string, HSTRING stringReplaced, HSTRING stringReplaceWith, HSTRING* newString) {
    if (!newString) return E_INVALIDARG;
    const Units text = units_of(string), old = units_of(stringReplaced), with = units_of(stringReplaceWith);
    if (old.empty()) return E_INVALIDARG;
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(old, at)) != Units::npos; at += old.size()) ++found;
    if (found == 0) return WindowsDuplicateString(string, newString);
    *newString = nullptr;
    const std::size_t length = text.size() - found * old.size() + found * with.size();
    if (length == 0) return S_OK;
    TextBlock* made = nullptr;
    if (const HRESULT hr = allocate(length, made); FAILED(hr)) return hr;
    WCHAR* to = made->own_units();
    std::size_t from = 0;
    for (std::size_t at = 0; (at = text.find(old, from)) != Units::npos; from = at + old.size()) {
        to = std::copy(text.begin() + static_cast<std::ptrdiff_t>(from), text.begin() + static_cast<std::ptrdiff_t>(at), to);
        to = std::copy(with.begin(), with.end(), to);
    }
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), to);
    *newString = handle(made);
    return S_OK;
}

WINOLEAPI WindowsTrimStringStart(HSTRING string, HSTRING trimString, HSTRING* newString) {
    if (!newString || WindowsIsStringEmpty(trimString)) return E_INVALIDARG;
    const Units text = units_of(string);
    const std::size_t start = std::min(text.find_first_not_of(units_of(trimString)), text.size());
    return part(string, start, text.size() - start, newString);
}

WINOLEAPI WindowsTrimStringEnd(HSTRING string, HSTRING trimString, HSTRING* newString) {
    if (!newString || WindowsIsStringEmpty(trimString)) return E_INVALIDARG;
    return part(string, 0, units_of(string).find_last_not_of(units_of(trimString)) + 1, newString);
}

WINOLEAPI WindowsPreallocateStringBuffer(UINT32 length, WCHAR** charBuffer, HSTRING_BUFFER* bufferHandle) {
    if (!charBuffer || !bufferHandle) return E_POINTER;
    *bufferHandle = nullptr;
    if (length == 0) {
        *charBuffer = const_cast<WCHAR*>(WindowsGetStringRawBuffer(nullptr, nullptr));
        return S_OK;
    }
    *charBuffer = nullptr;
    TextBlock* made = nullptr;
    if (const HRESULT hr = allocate(length, made); FAILED(hr)) return hr;
    made->kind = TextBlock::Kind::unfinished;
    std::memset(made->own_units(), 0, std::size_t{length} * sizeof(WCHAR));
    *charBuffer = made->own_units();
    *bufferHandle = reinterpret_cast<HSTRING_BUFFER>(made);
    return S_OK;
}

WINOLEAPI WindowsPromoteStringBuffer(HSTRING_BUFFER bufferHandle, HSTRING* string) {
    if (!string) return E_POINTER;
    auto* block = block_of(bufferHandle);
    if (block && (block->kind != TextBlock::Kind::unfinished || block->units[block->length] != 0)) return E_INVALIDARG;
    if (block) block->kind = TextBlock::Kind::owned;
    *string = handle(block);
    return S_OK;
}

WINOLEAPI WindowsDeleteStringBuffer(HSTRING_BUFFER bufferHandle) {
    auto* block = block_of(bufferHandle);
    if (block && block->kind != TextBlock::Kind::unfinished) return E_INVALIDARG;
    CoTaskMemFree(block);
    return S_OK;
}
