#pragma once
#include "objbase.h"
WINOLEAPI OleInitialize(LPVOID reserved);
WINOLEAPI_(void) OleUninitialize(void);
