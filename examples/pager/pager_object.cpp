#include <initguid.h>  // CLSID_Pager is defined here

#include "pager_object.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace pager {
namespace {

std::u16string to_string(LPCOLESTR text) {
    std::u16string out;
    while (*text) out += static_cast<char16_t>(*text++);
    return out;
}

/// A copy that the caller frees with CoTaskMemFree.
LPOLESTR to_task_memory(const std::u16string& text) {
    const std::size_t bytes = (text.size() + 1) * sizeof(OLECHAR);
    auto* copy = static_cast<LPOLESTR>(CoTaskMemAlloc(bytes));
    if (copy) std::memcpy(copy, text.c_str(), bytes);
    return copy;
}

}  // namespace

HRESULT PagerObject::SendPage(LPCOLESTR text, PagePriority priority, ULONG callbackCount, const ULONG* callbacks, LONG* pending, LONG* id) {
    if (!text || !pending || !id) return E_POINTER;
    odc::ComPtr<IPagerEvents> sink;
    {
        std::lock_guard lock(mutex_);
        *id = static_cast<LONG>(pages_.size()) + 1;
        pages_[*id] = {priority, to_string(text), {callbacks, callbacks + callbackCount}};
        *pending = static_cast<LONG>(pages_.size());
        sink = sink_;
    }
    if (sink) return sink->OnPage(*id, text);  // outside the lock: the sink may call back
    return S_OK;
}

HRESULT PagerObject::GetPage(LONG id, Page** page) {
    if (!page) return E_POINTER;
    *page = nullptr;
    std::lock_guard lock(mutex_);
    const auto found = pages_.find(id);
    if (found == pages_.end()) return HRESULT_FROM_WIN32(ERROR_NOT_FOUND);
    const Stored& stored = found->second;
    auto* copy = static_cast<Page*>(CoTaskMemAlloc(sizeof(Page) + stored.callbacks.size() * sizeof(ULONG)));
    if (!copy) return E_OUTOFMEMORY;
    copy->id = id;
    copy->priority = stored.priority;
    copy->text = to_task_memory(stored.text);
    copy->callbackCount = static_cast<ULONG>(stored.callbacks.size());
    std::copy(stored.callbacks.begin(), stored.callbacks.end(), copy->callbacks);
    *page = copy;
    return S_OK;
}

HRESULT PagerObject::Display(LPOLESTR* text) {
    if (!text || !*text) return E_POINTER;
    std::u16string shown = to_string(*text);
    {
        std::lock_guard lock(mutex_);
        for (const auto& [id, stored] : pages_) shown += u" | " + stored.text;
    }
    for (auto& c : shown)
        if (c >= u'a' && c <= u'z') c = static_cast<char16_t>(c - 32);
    LPOLESTR replaced = to_task_memory(shown);
    if (!replaced) return E_OUTOFMEMORY;
    CoTaskMemFree(*text);  // [in, out]: the old text is ours to replace
    *text = replaced;
    return S_OK;
}

HRESULT PagerObject::SetSink(IPagerEvents* sink) {
    std::lock_guard lock(mutex_);
    sink_ = odc::ComPtr<IPagerEvents>::share(sink);
    return S_OK;
}

HRESULT PagerObject::Where(LONG* process, LPOLESTR* host) {
    if (!process || !host) return E_POINTER;
    *process = static_cast<LONG>(::getpid());
    char name[256] = {};
    if (const char* named = std::getenv("PAGER_HOST")) std::strncpy(name, named, sizeof name - 1);
    else ::gethostname(name, sizeof name - 1);
    *host = to_task_memory(std::u16string(name, name + std::strlen(name)));
    return *host ? S_OK : E_OUTOFMEMORY;
}

HRESULT PagerObject::Rent(IPager** pager) {
    if (!pager) return E_POINTER;
    *pager = new PagerObject(module_);
    return S_OK;
}

HRESULT PagerFactory::CreateInstance(IUnknown* outer, REFIID iid, void** object) {
    if (!object) return E_POINTER;
    *object = nullptr;
    if (outer) return CLASS_E_NOAGGREGATION;
    auto made = odc::ComPtr<PagerObject>::attach(new PagerObject(module_));
    return made->QueryInterface(iid, object);
}

HRESULT PagerFactory::LockServer(BOOL lock) {
    if (lock) module_.add_ref();
    else module_.release();
    return S_OK;
}

}  // namespace pager
