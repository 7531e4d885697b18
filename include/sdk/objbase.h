#pragma once
#include "rpc.h"
#include "rpcndr.h"
#include "combaseapi.h"
#include "coml2api.h"
#include "propidl.h"
