#pragma once
#include "rpc.h"
#include "rpcndr.h"
#include "combaseapi.h"
