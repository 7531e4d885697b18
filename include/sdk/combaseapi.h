// The functions of the object runtime. Semantics: Microsoft's documentation of the function of that name; where OpenDCOM does
// more or less, the comment says so. Every function may be called from any thread unless it is about the caller's apartment.
#pragma once

#include "basetyps.h"
#include "guiddef.h"
#include "rpcdce.h"
#include "winerror.h"
#include "unknwn.h"
#include "objidl.h"

#ifdef __cplusplus
#ifndef IID_PPV_ARGS
template <class T>
inline void** IID_PPV_ARGS_Helper(T** pp) {
    (void)static_cast<IUnknown*>(*pp);  /* does not compile for a type that is no COM interface */
    return reinterpret_cast<void**>(pp);
}
#define IID_PPV_ARGS(ppType) __uuidof(**(ppType)), IID_PPV_ARGS_Helper(ppType)
#endif
#endif

#define CLSCTX_INPROC (CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER)
#define CLSCTX_SERVER (CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER | CLSCTX_REMOTE_SERVER)
#define CLSCTX_ALL (CLSCTX_INPROC_HANDLER | CLSCTX_SERVER)

typedef enum tagREGCLS {
    REGCLS_SINGLEUSE = 0,
    REGCLS_MULTIPLEUSE = 1,
    REGCLS_MULTI_SEPARATE = 2,
    REGCLS_SUSPENDED = 4,
    REGCLS_SURROGATE = 8,
    REGCLS_AGILE = 0x10
} REGCLS;

typedef enum tagCOINITBASE { COINITBASE_MULTITHREADED = 0x0 } COINITBASE;
typedef enum tagCOINIT {
    COINIT_APARTMENTTHREADED = 0x2,
    COINIT_MULTITHREADED = 0x0,
    COINIT_DISABLE_OLE1DDE = 0x4,
    COINIT_SPEED_OVER_MEMORY = 0x8
} COINIT;

typedef enum tagSTDMSHLFLAGS {
    SMEXF_SERVER = 0x01,
    SMEXF_HANDLER = 0x02
} STDMSHLFLAGS;

/// Class of ISynchronize and ISynchronizeHandle (a file descriptor, as CoWaitForMultipleHandles takes it); may be aggregated.
EXTERN_C const CLSID CLSID_ManualResetEvent;

typedef enum tagCOWAIT_FLAGS {
    COWAIT_DEFAULT = 0,
    COWAIT_WAITALL = 1,
    COWAIT_ALERTABLE = 2,
    COWAIT_INPUTAVAILABLE = 4,
    COWAIT_DISPATCH_CALLS = 8,
    COWAIT_DISPATCH_WINDOW_MESSAGES = 0x10
} COWAIT_FLAGS;

#ifndef ODC_APTTYPE_DEFINED
#define ODC_APTTYPE_DEFINED
typedef enum _APTTYPE {
    APTTYPE_CURRENT = -1,
    APTTYPE_STA = 0,
    APTTYPE_MTA = 1,
    APTTYPE_NA = 2,
    APTTYPE_MAINSTA = 3
} APTTYPE;
typedef enum _APTTYPEQUALIFIER {
    APTTYPEQUALIFIER_NONE = 0,
    APTTYPEQUALIFIER_IMPLICIT_MTA = 1,
    APTTYPEQUALIFIER_NA_ON_MTA = 2,
    APTTYPEQUALIFIER_NA_ON_STA = 3,
    APTTYPEQUALIFIER_NA_ON_IMPLICIT_MTA = 4,
    APTTYPEQUALIFIER_NA_ON_MAINSTA = 5
} APTTYPEQUALIFIER;
#endif

typedef HRESULT(STDAPICALLTYPE* LPFNGETCLASSOBJECT)(REFCLSID, REFIID, LPVOID*);
typedef HRESULT(STDAPICALLTYPE* LPFNCANUNLOADNOW)(void);
typedef struct CO_MTA_USAGE_COOKIE__* CO_MTA_USAGE_COOKIE;

/* Apartments ------------------------------------------------------------------------------------------------------ */
WINOLEAPI CoInitialize(LPVOID reserved);
WINOLEAPI CoInitializeEx(LPVOID reserved, DWORD coInit);
WINOLEAPI_(void) CoUninitialize(void);
WINOLEAPI CoGetApartmentType(APTTYPE* type, APTTYPEQUALIFIER* qualifier);
WINOLEAPI CoIncrementMTAUsage(CO_MTA_USAGE_COOKIE* cookie);
WINOLEAPI CoDecrementMTAUsage(CO_MTA_USAGE_COOKIE cookie);
WINOLEAPI_(DWORD) CoGetCurrentProcess(void);
WINOLEAPI CoGetCurrentLogicalThreadId(GUID* id);
WINOLEAPI_(DWORD) CoBuildVersion(void);
WINOLEAPI CoGetContextToken(ULONG_PTR* token);
WINOLEAPI CoGetObjectContext(REFIID iid, LPVOID* object);
WINOLEAPI CoGetCallContext(REFIID iid, void** object);
WINOLEAPI CoSwitchCallContext(IUnknown* object, IUnknown** previous);
WINOLEAPI CoRegisterInitializeSpy(IInitializeSpy* spy, ULARGE_INTEGER* cookie);
WINOLEAPI CoRevokeInitializeSpy(ULARGE_INTEGER cookie);
WINOLEAPI CoEnableCallCancellation(LPVOID reserved);
WINOLEAPI CoDisableCallCancellation(LPVOID reserved);
WINOLEAPI CoGetCancelObject(DWORD thread, REFIID iid, void** object);
WINOLEAPI CoCancelCall(DWORD thread, ULONG timeout);
WINOLEAPI CoTestCancel(void);

/* Classes ---------------------------------------------------------------------------------------------------------- */
WINOLEAPI CoGetClassObject(REFCLSID clsid, DWORD clsContext, COSERVERINFO* server, REFIID iid, LPVOID* object);
WINOLEAPI CoRegisterClassObject(REFCLSID clsid, IUnknown* object, DWORD clsContext, DWORD flags, DWORD* cookie);
WINOLEAPI CoRevokeClassObject(DWORD cookie);
WINOLEAPI CoResumeClassObjects(void);
WINOLEAPI CoSuspendClassObjects(void);
WINOLEAPI_(ULONG) CoAddRefServerProcess(void);
WINOLEAPI_(ULONG) CoReleaseServerProcess(void);
WINOLEAPI CoCreateInstance(REFCLSID clsid, IUnknown* outer, DWORD clsContext, REFIID iid, LPVOID* object);
WINOLEAPI CoCreateInstanceEx(REFCLSID clsid, IUnknown* outer, DWORD clsContext, COSERVERINFO* server, DWORD count, MULTI_QI* results);
WINOLEAPI CoGetTreatAsClass(REFCLSID clsidOld, CLSID* clsidNew);
WINOLEAPI CoTreatAsClass(REFCLSID clsidOld, REFCLSID clsidNew);
WINOLEAPI_(void) CoFreeUnusedLibraries(void);
WINOLEAPI_(void) CoFreeUnusedLibrariesEx(DWORD unloadDelay, DWORD reserved);
WINOLEAPI_(HINSTANCE) CoLoadLibrary(LPOLESTR libName, BOOL autoFree);
WINOLEAPI_(void) CoFreeLibrary(HINSTANCE library);
WINOLEAPI_(void) CoFreeAllLibraries(void);

/* Marshaling ------------------------------------------------------------------------------------------------------- */
WINOLEAPI CoMarshalInterface(IStream* stream, REFIID iid, IUnknown* object, DWORD destContext, LPVOID reserved, DWORD flags);
WINOLEAPI CoUnmarshalInterface(IStream* stream, REFIID iid, LPVOID* object);
WINOLEAPI CoReleaseMarshalData(IStream* stream);
WINOLEAPI CoGetMarshalSizeMax(ULONG* size, REFIID iid, IUnknown* object, DWORD destContext, LPVOID reserved, DWORD flags);
WINOLEAPI CoGetStandardMarshal(REFIID iid, IUnknown* object, DWORD destContext, LPVOID reserved, DWORD flags, IMarshal** marshal);
WINOLEAPI CoGetStdMarshalEx(IUnknown* outer, DWORD smexflags, IUnknown** inner);
WINOLEAPI CoMarshalHresult(IStream* stream, HRESULT hr);
WINOLEAPI CoUnmarshalHresult(IStream* stream, HRESULT* hr);
WINOLEAPI CoMarshalInterThreadInterfaceInStream(REFIID iid, IUnknown* object, IStream** stream);
WINOLEAPI CoGetInterfaceAndReleaseStream(IStream* stream, REFIID iid, LPVOID* object);
WINOLEAPI CoCreateFreeThreadedMarshaler(IUnknown* outer, IUnknown** marshaler);
WINOLEAPI CoDisconnectObject(IUnknown* object, DWORD reserved);
WINOLEAPI CoLockObjectExternal(IUnknown* object, BOOL lock, BOOL lastUnlockReleases);
WINOLEAPI_(BOOL) CoIsHandlerConnected(IUnknown* object);
WINOLEAPI CoGetPSClsid(REFIID iid, CLSID* clsid);
WINOLEAPI CoRegisterPSClsid(REFIID iid, REFCLSID clsid);
WINOLEAPI CoRegisterChannelHook(REFGUID extension, IChannelHook* hook);
WINOLEAPI CoRegisterMessageFilter(IMessageFilter* filter, IMessageFilter** previous);
WINOLEAPI CoWaitForMultipleHandles(DWORD flags, DWORD timeoutMs, ULONG count, HANDLE* handles, DWORD* index);

/* Security (a later part of OpenDCOM gives these their full meaning) ----------------------------------------------- */
WINOLEAPI CoInitializeSecurity(void* securityDescriptor, LONG authServices, void* authService, void* reserved1, DWORD authnLevel,
                               DWORD impLevel, void* authList, DWORD capabilities, void* reserved3);

WINOLEAPI CoQueryProxyBlanket(IUnknown* proxy, DWORD* authnSvc, DWORD* authzSvc, LPOLESTR* serverPrincName, DWORD* authnLevel,
                              DWORD* impLevel, RPC_AUTH_IDENTITY_HANDLE* authInfo, DWORD* capabilities);
WINOLEAPI CoSetProxyBlanket(IUnknown* proxy, DWORD authnSvc, DWORD authzSvc, OLECHAR* serverPrincName, DWORD authnLevel, DWORD impLevel,
                            RPC_AUTH_IDENTITY_HANDLE authInfo, DWORD capabilities);
WINOLEAPI CoCopyProxy(IUnknown* proxy, IUnknown** copy);
WINOLEAPI CoQueryClientBlanket(DWORD* authnSvc, DWORD* authzSvc, LPOLESTR* serverPrincName, DWORD* authnLevel, DWORD* impLevel,
                               RPC_AUTHZ_HANDLE* privileges, DWORD* capabilities);
WINOLEAPI CoImpersonateClient(void);
WINOLEAPI CoRevertToSelf(void);

/* Memory and identifiers -------------------------------------------------------------------------------------------- */
WINOLEAPI CoGetMalloc(DWORD memContext, IMalloc** malloc);
WINOLEAPI_(LPVOID) CoTaskMemAlloc(SIZE_T bytes);
WINOLEAPI_(LPVOID) CoTaskMemRealloc(LPVOID block, SIZE_T bytes);
WINOLEAPI_(void) CoTaskMemFree(LPVOID block);
WINOLEAPI CoRegisterMallocSpy(IMallocSpy* spy);
WINOLEAPI CoRevokeMallocSpy(void);
WINOLEAPI CoCreateGuid(GUID* guid);
WINOLEAPI CLSIDFromString(LPCOLESTR text, CLSID* clsid);
WINOLEAPI IIDFromString(LPCOLESTR text, IID* iid);
WINOLEAPI StringFromCLSID(REFCLSID clsid, LPOLESTR* text);
WINOLEAPI StringFromIID(REFIID iid, LPOLESTR* text);
WINOLEAPI_(int) StringFromGUID2(REFGUID guid, LPOLESTR text, int characters);
WINOLEAPI CLSIDFromProgID(LPCOLESTR progId, CLSID* clsid);
WINOLEAPI ProgIDFromCLSID(REFCLSID clsid, LPOLESTR* progId);

/* What a component's library exports */
STDAPI DllGetClassObject(REFCLSID clsid, REFIID iid, LPVOID* object);
STDAPI DllCanUnloadNow(void);
STDAPI DllRegisterServer(void);
STDAPI DllUnregisterServer(void);

/* OpenDCOM's own additions ------------------------------------------------------------------------------------------ */
/* A file descriptor that is readable while the calling apartment (an STA) has calls waiting: for poll, GLib, Qt, Asio. It belongs to
   the apartment. When it is readable, call OdcDispatchPendingCalls. -1 outside an STA. */
WINOLEAPI_(int) OdcGetApartmentEventFd(void);
/* Runs the calls that wait for the calling STA; returns how many. */
WINOLEAPI_(ULONG) OdcDispatchPendingCalls(void);
/* A growing stream in memory, at position 0: for marshaling into, without HGLOBALs. */
WINOLEAPI OdcCreateMemoryStream(IStream** stream);
/* What this process did on the wire so far, for transcripts and tests. */
typedef struct OdcStatistics {
    ULONGLONG remoteCalls;          /* ORPC calls that left the process */
    ULONGLONG remoteActivations;    /* activation requests sent to another host */
    ULONGLONG localActivations;     /* activation requests sent to this host's daemon */
    ULONGLONG pings;
    ULONGLONG exports;              /* objects that others hold now */
    ULONGLONG imports;              /* objects of others held now */
} OdcStatistics;
WINOLEAPI_(void) OdcGetStatistics(OdcStatistics* statistics);
