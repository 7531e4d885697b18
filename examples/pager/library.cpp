// libpager.so: the pager as an in-process server.
#include <dlfcn.h>

#include <atomic>
#include <string>

#include "pager_object.h"
#include "winreg.h"

namespace {

class LibraryModule final : public pager::Module {
  public:
    void add_ref() override { ++references; }
    void release() override { --references; }
    std::atomic<int> references{0};
};
LibraryModule module;

std::u16string key() {
    OLECHAR text[40];
    StringFromGUID2(CLSID_Pager, text, 40);
    return u"CLSID\\" + std::u16string(text, text + 38);
}

LSTATUS set(const std::u16string& path, const char16_t* name, const std::u16string& value) {
    HKEY opened;
    LSTATUS status = RegCreateKeyExW(HKEY_CLASSES_ROOT, path.c_str(), 0, nullptr, 0, KEY_WRITE, nullptr, &opened, nullptr);
    if (status != ERROR_SUCCESS) return status;
    status = RegSetValueExW(opened, name, 0, REG_SZ, reinterpret_cast<const BYTE*>(value.c_str()),
                            static_cast<DWORD>((value.size() + 1) * sizeof(char16_t)));
    RegCloseKey(opened);
    return status;
}

}  // namespace

STDAPI DllGetClassObject(REFCLSID clsid, REFIID iid, LPVOID* object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (clsid != CLSID_Pager) return CLASS_E_CLASSNOTAVAILABLE;
    auto factory = odc::ComPtr<pager::PagerFactory>::attach(new pager::PagerFactory(module));
    return factory->QueryInterface(iid, object);
}

STDAPI DllCanUnloadNow(void) { return module.references == 0 ? S_OK : S_FALSE; }

STDAPI DllRegisterServer(void) {
    Dl_info own;
    if (!dladdr(reinterpret_cast<void*>(&DllGetClassObject), &own)) return E_UNEXPECTED;
    const std::string file = own.dli_fname;
    LSTATUS status = set(key(), nullptr, u"Pager");
    if (status == ERROR_SUCCESS) status = set(key() + u"\\InprocServer32", nullptr, std::u16string(file.begin(), file.end()));
    if (status == ERROR_SUCCESS) status = set(key() + u"\\InprocServer32", u"ThreadingModel", u"Both");
    return HRESULT_FROM_WIN32(status);
}

STDAPI DllUnregisterServer(void) { return HRESULT_FROM_WIN32(RegDeleteTreeW(HKEY_CLASSES_ROOT, key().c_str())); }
