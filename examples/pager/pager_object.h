// The pager itself: one class, used in-process (libpager.so) and by the server program (pager-server).
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "opendcom/com_ptr.h"
#include "pager.h"

namespace pager {

/// Keeps the module alive while objects or locks exist; what happens with the last one is the module's business
/// (a library may be unloaded, a server ends).
class Module {
  public:
    virtual ~Module() = default;
    virtual void add_ref() = 0;
    virtual void release() = 0;
};

class PagerObject final : public odc::implements<IPager, IPagerAdmin, IPagerPool> {
  public:
    explicit PagerObject(Module& module) : module_(module) { module_.add_ref(); }
    ~PagerObject() override { module_.release(); }

    HRESULT STDMETHODCALLTYPE SendPage(LPCOLESTR text, PagePriority priority, ULONG callbackCount, const ULONG* callbacks, LONG* pending,
                                       LONG* id) override;
    HRESULT STDMETHODCALLTYPE GetPage(LONG id, Page** page) override;
    HRESULT STDMETHODCALLTYPE Display(LPOLESTR* text) override;
    HRESULT STDMETHODCALLTYPE SetSink(IPagerEvents* sink) override;
    HRESULT STDMETHODCALLTYPE Where(LONG* process, LPOLESTR* host) override;
    HRESULT STDMETHODCALLTYPE Rent(IPager** pager) override;

  private:
    struct Stored {
        PagePriority priority;
        std::u16string text;
        std::vector<ULONG> callbacks;
    };
    Module& module_;
    std::mutex mutex_;
    std::map<LONG, Stored> pages_;
    odc::ComPtr<IPagerEvents> sink_;
};

/// IClassFactory for the pager.
class PagerFactory final : public odc::implements<IClassFactory> {
  public:
    explicit PagerFactory(Module& module) : module_(module) {}
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override;
    HRESULT STDMETHODCALLTYPE LockServer(BOOL lock) override;

  private:
    Module& module_;
};

}  // namespace pager
