/* The name that newer sources have for a part of <unknwn.h>. */
#pragma once
#include "unknwn.h"
