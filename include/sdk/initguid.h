// Include it first in the one file that shall define what DEFINE_GUID only declares elsewhere.
#pragma once
#define INITGUID
#include "guiddef.h"
