/* What widl's proxies and stubs need of a compiler without structured exceptions: a call that fails there ends the program. */
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
/* Its frames assign to parameters. */
#undef REFGUID
#undef REFIID
#define REFGUID const GUID*
#define REFIID const IID*
#define USE_COMPILER_EXCEPTIONS
HRESULT STDMETHODCALLTYPE IUnknown_QueryInterface_Proxy(IUnknown* This, REFIID iid, void** object);
ULONG STDMETHODCALLTYPE IUnknown_AddRef_Proxy(IUnknown* This);
ULONG STDMETHODCALLTYPE IUnknown_Release_Proxy(IUnknown* This);
