/* The name that newer sources have for a part of <objidl.h>. */
#pragma once
#include "objidl.h"
