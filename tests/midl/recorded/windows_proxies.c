/* No call here fails. */
#include "widl_proxies.h"
#include "methods_p.c"
