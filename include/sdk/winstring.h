// HSTRING: the functions on the Windows Runtime's text. Semantics: Microsoft's documentation of the function of that name; docs/midl.md
// ("Windows Runtime") says what is there. A text does not change once it is made, so any thread may use it; a null HSTRING is the empty
// text and needs nothing. Lengths count WCHARs without the terminator, which every text has; there may be zeros inside.
#pragma once

#include "combaseapi.h"
#include "hstring.h"

/* Copies. MEM_E_INVALID_SIZE beyond 2^30 units. The caller deletes what it gets. */
WINOLEAPI WindowsCreateString(const WCHAR* sourceString, UINT32 length, HSTRING* string);
/* A text in the caller's memory, good while `sourceString` and `header` are; not to be deleted, and WindowsDuplicateString copies it.
   E_STRING_NOT_NULL_TERMINATED when no zero follows. */
WINOLEAPI WindowsCreateStringReference(const WCHAR* sourceString, UINT32 length, HSTRING_HEADER* hstringHeader, HSTRING* string);
WINOLEAPI WindowsDeleteString(HSTRING string);
/* The same text, one reference more. */
WINOLEAPI WindowsDuplicateString(HSTRING string, HSTRING* newString);
WINOLEAPI_(UINT32) WindowsGetStringLen(HSTRING string);
/* Never null; good as long as the text is. */
WINOLEAPI_(const WCHAR*) WindowsGetStringRawBuffer(HSTRING string, UINT32* length);
WINOLEAPI_(BOOL) WindowsIsStringEmpty(HSTRING string);
WINOLEAPI WindowsStringHasEmbeddedNull(HSTRING string, BOOL* hasEmbedNull);
/* -1, 0 or 1, by code units. */
WINOLEAPI WindowsCompareStringOrdinal(HSTRING string1, HSTRING string2, INT32* result);
WINOLEAPI WindowsConcatString(HSTRING string1, HSTRING string2, HSTRING* newString);
/* E_BOUNDS when the part is not inside. */
WINOLEAPI WindowsSubstring(HSTRING string, UINT32 startIndex, HSTRING* newString);
WINOLEAPI WindowsSubstringWithSpecifiedLength(HSTRING string, UINT32 startIndex, UINT32 length, HSTRING* newString);
/* Every occurrence, from the front. E_INVALIDARG when `stringReplaced` is empty. */
WINOLEAPI WindowsReplaceString(HSTRING string, HSTRING stringReplaced, HSTRING stringReplaceWith, HSTRING* newString);
/* Without the characters of `trimString` at one end. E_INVALIDARG when that is empty. */
WINOLEAPI WindowsTrimStringStart(HSTRING string, HSTRING trimString, HSTRING* newString);
WINOLEAPI WindowsTrimStringEnd(HSTRING string, HSTRING trimString, HSTRING* newString);
/* A buffer of `length` units and a terminator, to be written to and then made a text, or deleted. */
WINOLEAPI WindowsPreallocateStringBuffer(UINT32 length, WCHAR** charBuffer, HSTRING_BUFFER* bufferHandle);
/* E_INVALIDARG when the terminator was overwritten, or this is no such buffer. */
WINOLEAPI WindowsPromoteStringBuffer(HSTRING_BUFFER bufferHandle, HSTRING* string);
WINOLEAPI WindowsDeleteStringBuffer(HSTRING_BUFFER bufferHandle);
