// The integer, character and handle types that every COM header builds on, with the widths they have on Windows.
// LONG and DWORD are 32 bits wide here although `long` has 64: never write plain `long` in a method's signature.
#pragma once

#include <stddef.h>
#include <stdint.h>
#ifndef __cplusplus
#include <uchar.h>
#endif

typedef int8_t INT8;
typedef uint8_t UINT8;
typedef int16_t INT16;
typedef uint16_t UINT16;
typedef int32_t INT32;
typedef uint32_t UINT32;
typedef long long INT64;
typedef unsigned long long UINT64;
typedef int32_t LONG32;
typedef uint32_t ULONG32;
typedef uint32_t DWORD32;
typedef long long LONG64;
typedef unsigned long long ULONG64;
typedef unsigned long long DWORD64;

#define __int8 char
#define __int16 short
#define __int32 int
#define __int64 long long

typedef char CHAR;
typedef signed char CCHAR;
typedef unsigned char UCHAR;
typedef unsigned char BYTE;
typedef unsigned char byte;
typedef unsigned char boolean;
typedef unsigned char BOOLEAN;
typedef int16_t SHORT;
typedef uint16_t USHORT;
typedef uint16_t WORD;
typedef int INT;
typedef unsigned int UINT;
typedef int32_t LONG;
typedef uint32_t ULONG;
typedef uint32_t DWORD;
typedef long long LONGLONG;
typedef unsigned long long ULONGLONG;
typedef unsigned long long DWORDLONG;
typedef long long hyper;
typedef unsigned long long MIDL_uhyper;
typedef float FLOAT;
typedef double DOUBLE;
typedef int BOOL;
typedef void VOID;

typedef intptr_t INT_PTR;
typedef uintptr_t UINT_PTR;
typedef intptr_t LONG_PTR;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t DWORD_PTR;
typedef uintptr_t SIZE_T;
typedef intptr_t SSIZE_T;
typedef uintptr_t HANDLE_PTR;
typedef intptr_t SHANDLE_PTR;
typedef uintptr_t KAFFINITY;
typedef INT_PTR* PINT_PTR;
typedef UINT_PTR* PUINT_PTR;
typedef LONG_PTR* PLONG_PTR;
typedef ULONG_PTR* PULONG_PTR;
typedef DWORD_PTR* PDWORD_PTR;
typedef SIZE_T* PSIZE_T;
typedef SSIZE_T* PSSIZE_T;
typedef LONGLONG* PLONGLONG;
typedef ULONGLONG* PULONGLONG;
typedef INT64* PINT64;
typedef UINT64* PUINT64;
typedef INT32* PINT32;
typedef UINT32* PUINT32;
typedef INT16* PINT16;
typedef UINT16* PUINT16;
typedef INT8* PINT8;
typedef UINT8* PUINT8;

/* UTF-16 code units. A program compiled with -fshort-wchar gets wchar_t, which then has the same 16 bits. */
#if defined(__WCHAR_WIDTH__) && __WCHAR_WIDTH__ == 16
typedef wchar_t WCHAR;
#define OLESTR(text) L##text
#else
typedef char16_t WCHAR;
#define OLESTR(text) u##text
#endif
typedef WCHAR OLECHAR;
typedef WCHAR *LPWSTR, *PWSTR, *PWCHAR, *LPOLESTR;
typedef const WCHAR *LPCWSTR, *PCWSTR, *LPCOLESTR;
typedef char *LPSTR, *PSTR, *PCHAR;
typedef const char *LPCSTR, *PCSTR;

typedef BYTE *PBYTE, *LPBYTE;
typedef WORD *PWORD, *LPWORD;
typedef DWORD *PDWORD, *LPDWORD;
typedef LONG *PLONG, *LPLONG;
typedef ULONG *PULONG, *LPULONG;
typedef SHORT* PSHORT;
typedef UINT *PUINT, *LPUINT;
typedef CHAR* LPCHAR;
typedef BOOLEAN* PBOOLEAN;
typedef FLOAT* PFLOAT;
typedef DOUBLE* PDOUBLE;
typedef USHORT* PUSHORT;
typedef UCHAR* PUCHAR;
typedef INT *PINT, *LPINT;
typedef BOOL *PBOOL, *LPBOOL;
typedef void *PVOID, *LPVOID;
typedef const void* LPCVOID;
typedef void* HANDLE;
typedef HANDLE* PHANDLE;

/* A type of handles that no other type of handles can be mistaken for. */
#define DECLARE_HANDLE(name)   \
    struct name##__ {          \
        int unused;            \
    };                         \
    typedef struct name##__* name

typedef LONG HRESULT;
typedef LONG SCODE;

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

/* Calling conventions and decorations that ported sources spell out; the Itanium C++ ABI has just one. */
#define STDMETHODCALLTYPE
#define STDMETHODVCALLTYPE
#define STDAPICALLTYPE
#define WINAPI
#define APIENTRY
#define CALLBACK
#define PASCAL
#define __stdcall
#define __cdecl
#define __fastcall
#define __RPC_FAR
#define __RPC_STUB
#define __RPC_USER
#define __RPC_API
#define FAR
#define CONST const
#define UNALIGNED
#ifndef _Inout_
#define _In_
#define _In_opt_
#define _Out_
#define _Out_opt_
#define _Inout_
#define _Inout_opt_
#define _COM_Outptr_
#define _Outptr_
#endif

/* Names of unions and structures that have none where the compiler can do without. */
#define DUMMYUNIONNAME
#define DUMMYUNIONNAME1
#define DUMMYUNIONNAME2
#define DUMMYUNIONNAME3
#define DUMMYUNIONNAME4
#define DUMMYUNIONNAME5
#define DUMMYUNIONNAME6
#define DUMMYUNIONNAME7
#define DUMMYUNIONNAME8
#define DUMMYSTRUCTNAME
#define DUMMYSTRUCTNAME1
#define DUMMYSTRUCTNAME2
#define DUMMYSTRUCTNAME3
#define DUMMYSTRUCTNAME4
#define DUMMYSTRUCTNAME5

/* Operators for enumerations whose values are flags; C needs none. */
#ifdef __cplusplus
#define DEFINE_ENUM_FLAG_OPERATORS(type)                                                                                            \
    extern "C++" {                                                                                                                  \
    constexpr type operator|(type a, type b) { return static_cast<type>(static_cast<int>(a) | static_cast<int>(b)); }              \
    constexpr type operator&(type a, type b) { return static_cast<type>(static_cast<int>(a) & static_cast<int>(b)); }              \
    constexpr type operator^(type a, type b) { return static_cast<type>(static_cast<int>(a) ^ static_cast<int>(b)); }              \
    constexpr type operator~(type a) { return static_cast<type>(~static_cast<int>(a)); }                                           \
    inline type& operator|=(type& a, type b) { return a = a | b; }                                                                  \
    inline type& operator&=(type& a, type b) { return a = a & b; }                                                                  \
    inline type& operator^=(type& a, type b) { return a = a ^ b; }                                                                  \
    }
#else
#define DEFINE_ENUM_FLAG_OPERATORS(type)
#endif

#ifdef __cplusplus
#define EXTERN_C extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif

/* What libopendcom.so exports, and what a component's own library must export. */
#define ODC_API __attribute__((visibility("default")))
#define STDAPI EXTERN_C __attribute__((visibility("default"))) HRESULT STDAPICALLTYPE
#define STDAPI_(type) EXTERN_C __attribute__((visibility("default"))) type STDAPICALLTYPE
#define STDMETHODIMP HRESULT STDMETHODCALLTYPE
#define STDMETHODIMP_(type) type STDMETHODCALLTYPE
#define WINOLEAPI EXTERN_C ODC_API HRESULT STDAPICALLTYPE
#define WINOLEAPI_(type) EXTERN_C ODC_API type STDAPICALLTYPE
