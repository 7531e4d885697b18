/* The names of <rpcndr.h> that headers written by MIDL use. */
#pragma once

#include "rpc.h"

#define BEGIN_INTERFACE
#define END_INTERFACE
#ifdef CONST_VTABLE
#define CONST_VTBL const
#else
#define CONST_VTBL
#endif
#define DECLSPEC_XFGVIRT(base, func)

typedef void* RPC_IF_HANDLE;
#define NDR_LOCAL_DATA_REPRESENTATION ((ULONG)0x00000010)
