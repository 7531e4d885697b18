// The categories that comcat.h names, defined where the library is linked.
#include "initguid.h"

#include "comcat.h"
