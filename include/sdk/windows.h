// What ported COM sources take from <windows.h>: base types, result codes, thread messages, waitable events.
#pragma once
#include "guiddef.h"
#include "winerror.h"
#include "winbase.h"
#include "wingdi.h"
#include "winuser.h"

/* What code that IDL files quote expects in front of names: const, for pointers that C programs cannot set. */
#ifndef __MIDL_CONST
#define __MIDL_CONST const
#endif
