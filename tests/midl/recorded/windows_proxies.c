/* widl's proxies and stubs for a compiler without structured exceptions: no call here fails. */
#include <objbase.h>

#undef RpcTryExcept
#undef RpcExcept
#undef RpcEndExcept
#undef RpcTryFinally
#undef RpcFinally
#undef RpcEndFinally
#undef RpcExceptionCode
#define RpcTryExcept if (1)
#define RpcExcept(filter) else
#define RpcEndExcept
#define RpcTryFinally
#define RpcFinally
#define RpcEndFinally
#define RpcExceptionCode() 0
#define USE_COMPILER_EXCEPTIONS
#include "methods_p.c"
