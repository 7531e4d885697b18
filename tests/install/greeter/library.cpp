// libgreeter.so: the greeter as an in-process server.
#include <dlfcn.h>

#include "greeter_object.h"
#include "winreg.h"

// Two keys under HKEY_CLASSES_ROOT: the class, and where its code is. "Both": objects live in their creator's apartment.
static const std::u16string kKey = u"CLSID\\{8D1F0C5A-3B62-4E0A-9C47-2F6D1E8A7B02}";

GreeterObject::~GreeterObject() { CoReleaseServerProcess(); }

STDAPI DllGetClassObject(REFCLSID clsid, REFIID iid, LPVOID* object) {
    if (clsid != kClsidGreeter) return CLASS_E_CLASSNOTAVAILABLE;
    return odc::ComPtr<GreeterFactory>::attach(new GreeterFactory)->QueryInterface(iid, object);
}

STDAPI DllCanUnloadNow(void) { return S_FALSE; }

STDAPI DllRegisterServer(void) {
    Dl_info own;
    dladdr(reinterpret_cast<void*>(&DllGetClassObject), &own);
    const std::string file = own.dli_fname;
    const std::u16string path(file.begin(), file.end());
    LSTATUS status = RegSetValueW(HKEY_CLASSES_ROOT, (kKey + u"\\InprocServer32").c_str(), REG_SZ, path.c_str(), 0);
    HKEY server;
    if (status == ERROR_SUCCESS) status = RegOpenKeyW(HKEY_CLASSES_ROOT, (kKey + u"\\InprocServer32").c_str(), &server);
    if (status != ERROR_SUCCESS) return HRESULT_FROM_WIN32(status);
    const char16_t model[] = u"Both";
    status = RegSetValueExW(server, u"ThreadingModel", 0, REG_SZ, reinterpret_cast<const BYTE*>(model), sizeof model);
    RegCloseKey(server);
    return HRESULT_FROM_WIN32(status);
}

STDAPI DllUnregisterServer(void) { return HRESULT_FROM_WIN32(RegDeleteTreeW(HKEY_CLASSES_ROOT, kKey.c_str())); }
