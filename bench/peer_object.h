// The object that the calls benchmark calls.
#pragma once

#include <cstring>

#include "opendcom/com_ptr.h"
#include "peer.h"

namespace calls {

class Adder final : public odc::implements<IAdder> {
  public:
    HRESULT STDMETHODCALLTYPE Add(LONG a, LONG b, LONG* sum) override {
        *sum = a + b;
        return S_OK;
    }
};

inline LPOLESTR copy_text(const OLECHAR* text) {
    std::size_t n = 0;
    while (text[n++]) {}
    auto* copy = static_cast<LPOLESTR>(CoTaskMemAlloc(n * sizeof(OLECHAR)));
    std::memcpy(copy, text, n * sizeof(OLECHAR));
    return copy;
}

/// `agile`: any apartment of the process may call it directly (it aggregates the free-threaded marshaler).
class PeerObject final : public odc::implements<IPeer, IAdder> {
  public:
    explicit PeerObject(bool agile) {
        if (agile) CoCreateFreeThreadedMarshaler(static_cast<IPeer*>(this), marshaler_.put());
    }
    HRESULT STDMETHODCALLTYPE Add(LONG a, LONG b, LONG* sum) override {
        *sum = a + b;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Echo(ULONG count, const BYTE* data, ULONG* backCount, BYTE** back) override {
        *back = static_cast<BYTE*>(CoTaskMemAlloc(count));
        if (!*back) return E_OUTOFMEMORY;
        std::memcpy(*back, data, count);
        *backCount = count;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE EchoItems(ULONG count, const Item* items, ULONG* backCount, Item** back) override {
        auto* copies = static_cast<Item*>(CoTaskMemAlloc(count * sizeof(Item)));
        if (!copies) return E_OUTOFMEMORY;
        for (ULONG i = 0; i < count; ++i) {
            copies[i] = items[i];
            copies[i].name = items[i].name ? copy_text(items[i].name) : nullptr;
        }
        *back = copies;
        *backCount = count;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Create(IAdder** adder) override {
        *adder = new Adder;
        return S_OK;
    }

  protected:
    void* query_more(REFIID iid) override {
        // The base counts a reference on us for what is returned; the marshaler's IMarshal counts on us as well.
        if (!marshaler_ || iid != IID_IMarshal) return nullptr;
        void* marshal = nullptr;
        if (FAILED(marshaler_->QueryInterface(iid, &marshal))) return nullptr;
        static_cast<IUnknown*>(marshal)->Release();
        return marshal;
    }

  private:
    odc::ComPtr<IUnknown> marshaler_;
};

}  // namespace calls
