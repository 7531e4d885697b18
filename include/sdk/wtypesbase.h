/* The name that newer sources have for a part of <wtypes.h>. */
#pragma once
#include "wtypes.h"
