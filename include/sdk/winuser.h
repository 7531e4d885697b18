// Thread messages, as far as single-threaded apartments need them. An apartment's incoming calls are dispatched inside
// GetMessage, PeekMessage and CoWaitForMultipleHandles; only posted thread messages come back to the caller.
#pragma once

#include "winerror.h"

typedef struct HWND__* HWND;
typedef UINT_PTR WPARAM;
typedef LONG_PTR LPARAM;
typedef LONG_PTR LRESULT;
typedef struct tagPOINT {
    LONG x;
    LONG y;
} POINT;
typedef struct tagMSG {
    HWND hwnd;
    UINT message;
    WPARAM wParam;
    LPARAM lParam;
    DWORD time;
    POINT pt;
} MSG, *PMSG, *NPMSG, *LPMSG;

typedef LRESULT(CALLBACK* WNDPROC)(HWND, UINT, WPARAM, LPARAM);
typedef INT_PTR(CALLBACK* DLGPROC)(HWND, UINT, WPARAM, LPARAM);

#define WM_QUIT 0x0012
#define WM_USER 0x0400
#define WM_APP 0x8000
#define PM_NOREMOVE 0x0000
#define PM_REMOVE 0x0001
#define INFINITE 0xFFFFFFFFu

/* Waits for a thread message, dispatching calls meanwhile. 0 for WM_QUIT, -1 when the thread has no apartment with a queue. */
WINOLEAPI_(BOOL) GetMessageW(MSG* message, HWND window, UINT first, UINT last);
WINOLEAPI_(BOOL) PeekMessageW(MSG* message, HWND window, UINT first, UINT last, UINT remove);
WINOLEAPI_(BOOL) TranslateMessage(const MSG* message);
WINOLEAPI_(LRESULT) DispatchMessageW(const MSG* message);
WINOLEAPI_(void) PostQuitMessage(int exitCode);
/* `thread` is a kernel thread id (gettid) whose thread has an STA or has called PeekMessage before. */
WINOLEAPI_(BOOL) PostThreadMessageW(DWORD thread, UINT message, WPARAM wParam, LPARAM lParam);
WINOLEAPI_(DWORD) GetCurrentThreadId(void);
#define GetMessage GetMessageW
#define PeekMessage PeekMessageW
#define DispatchMessage DispatchMessageW
#define PostThreadMessage PostThreadMessageW

/* Names of clipboard formats: the same name, in any case, has the same number (0xC000 and above) in all of this process. 0 on failure. */
WINOLEAPI_(UINT) RegisterClipboardFormatW(LPCWSTR name);
/* The characters written, without the terminator; 0 for a number that has no name. */
WINOLEAPI_(INT) GetClipboardFormatNameW(UINT format, LPWSTR name, INT characters);
#define RegisterClipboardFormat RegisterClipboardFormatW
#define GetClipboardFormatName GetClipboardFormatNameW
