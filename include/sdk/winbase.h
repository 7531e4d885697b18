// Global memory: what HGLOBAL streams, data transfer and older programs allocate. Semantics: Microsoft's documentation of the function of that
// name. Memory never moves by itself and is never discarded by itself; a handle that was freed is never given out again. There is no
// GetLastError: a null result says that something failed. And structures of the system's that interfaces name; nothing here fills them in.
#pragma once

#include "winbase_types.h"
#include "winerror.h"

#ifndef ODC_LUID_DEFINED
#define ODC_LUID_DEFINED
typedef struct _LUID {
    DWORD LowPart;
    LONG HighPart;
} LUID, *PLUID;
#endif

typedef struct _SID_IDENTIFIER_AUTHORITY {
    BYTE Value[6];
} SID_IDENTIFIER_AUTHORITY, *PSID_IDENTIFIER_AUTHORITY;

typedef struct _SID {
    BYTE Revision;
    BYTE SubAuthorityCount;
    SID_IDENTIFIER_AUTHORITY IdentifierAuthority;
    DWORD SubAuthority[1];
} SID, *PISID;

typedef struct _OVERLAPPED {
    ULONG_PTR Internal;
    ULONG_PTR InternalHigh;
    __extension__ union {
        __extension__ struct {
            DWORD Offset;
            DWORD OffsetHigh;
        };
        PVOID Pointer;
    };
    HANDLE hEvent;
} OVERLAPPED, *LPOVERLAPPED;

typedef struct _STARTUPINFOW {
    DWORD cb;
    LPWSTR lpReserved;
    LPWSTR lpDesktop;
    LPWSTR lpTitle;
    DWORD dwX;
    DWORD dwY;
    DWORD dwXSize;
    DWORD dwYSize;
    DWORD dwXCountChars;
    DWORD dwYCountChars;
    DWORD dwFillAttribute;
    DWORD dwFlags;
    WORD wShowWindow;
    WORD cbReserved2;
    LPBYTE lpReserved2;
    HANDLE hStdInput;
    HANDLE hStdOutput;
    HANDLE hStdError;
} STARTUPINFOW, *LPSTARTUPINFOW;

typedef struct _PROCESS_INFORMATION {
    HANDLE hProcess;
    HANDLE hThread;
    DWORD dwProcessId;
    DWORD dwThreadId;
} PROCESS_INFORMATION, *PPROCESS_INFORMATION, *LPPROCESS_INFORMATION;

typedef VOID(CALLBACK* PAPCFUNC)(ULONG_PTR parameter);
typedef DWORD(WINAPI* LPTHREAD_START_ROUTINE)(LPVOID parameter);
typedef INT_PTR(WINAPI* FARPROC)(void);

typedef void* HGLOBAL; /* as wtypes.h has it */

#define GMEM_FIXED 0x0000u
#define GMEM_MOVEABLE 0x0002u
#define GMEM_NOCOMPACT 0x0010u
#define GMEM_NODISCARD 0x0020u
#define GMEM_ZEROINIT 0x0040u
#define GMEM_MODIFY 0x0080u
#define GMEM_DISCARDABLE 0x0100u
#define GMEM_SHARE 0x2000u
#define GMEM_DDESHARE 0x2000u
#define GHND (GMEM_MOVEABLE | GMEM_ZEROINIT)
#define GPTR (GMEM_FIXED | GMEM_ZEROINIT)
#define GMEM_DISCARDED 0x4000u
#define GMEM_INVALID_HANDLE 0x8000u
#define GMEM_LOCKCOUNT 0x00FFu

/* GMEM_FIXED: the handle is the address. A movable block of no bytes is "discarded": it has no address until it grows. */
WINOLEAPI_(HGLOBAL) GlobalAlloc(UINT flags, SIZE_T bytes);
/* With GMEM_MODIFY only the attributes change. A fixed or locked block moves only with GMEM_MOVEABLE; null, and the block as it was, when it would have to. */
WINOLEAPI_(HGLOBAL) GlobalReAlloc(HGLOBAL memory, SIZE_T bytes, UINT flags);
/* Null when it is freed, the handle itself when it is none. Locks do not keep it. */
WINOLEAPI_(HGLOBAL) GlobalFree(HGLOBAL memory);
WINOLEAPI_(LPVOID) GlobalLock(HGLOBAL memory);
/* TRUE while the block is still locked by others, and for fixed blocks. */
WINOLEAPI_(BOOL) GlobalUnlock(HGLOBAL memory);
/* Exactly the bytes that were asked for; 0 for what is no handle. */
WINOLEAPI_(SIZE_T) GlobalSize(HGLOBAL memory);
WINOLEAPI_(UINT) GlobalFlags(HGLOBAL memory);
/* The handle of a block by the address that GlobalLock gave. */
WINOLEAPI_(HGLOBAL) GlobalHandle(LPCVOID address);
