/* Integer types that are as wide as a pointer, and those that say how wide they are. */
#pragma once
#include "winbase_types.h"
