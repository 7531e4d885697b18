// What stands between the [local] methods of work.idl and their [call_as] forms, called at once or in two halves.
#include "work.h"

extern "C" {

HRESULT IWork_Next_Proxy(IWork* This, ULONG n, LONG* numbers, ULONG* fetched) {
    ULONG count = 0;
    if (!fetched && n != 1) return E_INVALIDARG;
    return IWork_RemoteNext_Proxy(This, n, numbers, fetched ? fetched : &count);
}
HRESULT IWork_Next_Stub(IWork* This, ULONG n, LONG* numbers, ULONG* fetched) { return This->Next(n, numbers, fetched); }

HRESULT AsyncIWork_Begin_Next_Proxy(AsyncIWork* This, ULONG n) { return AsyncIWork_Begin_RemoteNext_Proxy(This, n); }
HRESULT AsyncIWork_Finish_Next_Proxy(AsyncIWork* This, LONG* numbers, ULONG* fetched) {
    ULONG count = 0;
    return AsyncIWork_Finish_RemoteNext_Proxy(This, numbers, fetched ? fetched : &count);
}
HRESULT AsyncIWork_Begin_Next_Stub(AsyncIWork* This, ULONG n) { return This->Begin_Next(n); }
HRESULT AsyncIWork_Finish_Next_Stub(AsyncIWork* This, LONG* numbers, ULONG* fetched) { return This->Finish_Next(numbers, fetched); }

HRESULT IMoreWork_Clones_Proxy(IMoreWork* This, const ULONG* n, IWork** clones) { return IMoreWork_RemoteClones_Proxy(This, n ? *n : 1, clones); }
HRESULT IMoreWork_Clones_Stub(IMoreWork* This, ULONG n, IWork** clones) { return This->Clones(&n, clones); }

HRESULT AsyncIMoreWork_Begin_Clones_Proxy(AsyncIMoreWork* This, const ULONG* n) { return AsyncIMoreWork_Begin_RemoteClones_Proxy(This, n ? *n : 1); }
HRESULT AsyncIMoreWork_Finish_Clones_Proxy(AsyncIMoreWork* This, IWork** clones) { return AsyncIMoreWork_Finish_RemoteClones_Proxy(This, clones); }
HRESULT AsyncIMoreWork_Begin_Clones_Stub(AsyncIMoreWork* This, ULONG n) { return This->Begin_Clones(&n); }
HRESULT AsyncIMoreWork_Finish_Clones_Stub(AsyncIMoreWork* This, IWork** clones) { return This->Finish_Clones(clones); }

}  // extern "C"
