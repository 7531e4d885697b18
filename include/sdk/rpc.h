/* The names of <rpc.h> that code written by MIDL and COM sources use. */
#pragma once

#include "guiddef.h"
#include "rpcdce.h"
#include "winerror.h"

typedef LONG RPC_STATUS;
typedef void* I_RPC_HANDLE;
typedef I_RPC_HANDLE RPC_BINDING_HANDLE;
typedef RPC_BINDING_HANDLE handle_t;
typedef ULONG error_status_t;
#define rpc_binding_handle_t RPC_BINDING_HANDLE
#define RPC_ENTRY
#define RPC_VAR_ENTRY
