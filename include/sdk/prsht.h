/* Property sheets, as far as interfaces that add pages to them name them. There is nothing here that shows one. */
#pragma once

#include "wtypes.h"

DECLARE_HANDLE(HPROPSHEETPAGE);
typedef BOOL(CALLBACK* LPFNADDPROPSHEETPAGE)(HPROPSHEETPAGE page, LPARAM data);
typedef BOOL(CALLBACK* LPFNADDPROPSHEETPAGES)(LPVOID sheet, LPFNADDPROPSHEETPAGE add, LPARAM data);
