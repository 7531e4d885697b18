// What ported COM sources take from <windows.h>: base types, result codes, thread messages, waitable events.
#pragma once
#include "guiddef.h"
#include "winerror.h"
#include "winbase.h"
#include "winuser.h"
