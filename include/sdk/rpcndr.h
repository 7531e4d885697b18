/* The names of <rpcndr.h> that headers written by MIDL use. */
#pragma once

#include "rpc.h"

/* Headers written by MIDL include <windows.h> and <ole2.h> where this is not defined. Here <rpc.h> has all that they need. */
#ifndef COM_NO_WINDOWS_H
#define COM_NO_WINDOWS_H
#endif

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
