#include "../../midl/recorded/widl_proxies.h"
#include "random_p.c"
