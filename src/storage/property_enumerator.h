// IEnumSTATPROPSTG and IEnumSTATPROPSETSTG: over what was there when they were asked for.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "opendcom/com_ptr.h"
#include "storage/document.h"

namespace odc::storage {

struct PropertyItem {
    std::u16string name;
    PROPID id;
    VARTYPE vt;
};
inline bool fill(const PropertyItem& item, STATPROPSTG& element) {
    element.propid = item.id;
    element.vt = item.vt;
    return item.name.empty() || (element.lpwstrName = task_string(item.name));
}
inline void drop(STATPROPSTG& element) {
    CoTaskMemFree(element.lpwstrName);
    element = {};
}
inline bool fill(const STATPROPSETSTG& item, STATPROPSETSTG& element) {
    element = item;
    return true;
}
inline void drop(STATPROPSETSTG&) {}

/// `Item` becomes an `Element` by `bool fill(const Item&, Element&)`, which fails for want of memory, and is taken back by `drop`.
template <class Interface, class Element, class Item>
class SnapshotEnumerator final : public implements<Interface> {
  public:
    using Items = std::vector<Item>;
    explicit SnapshotEnumerator(std::shared_ptr<const Items> items, std::size_t at = 0) : items_(std::move(items)), at_(at) {}

    HRESULT STDMETHODCALLTYPE Next(ULONG count, Element* elements, ULONG* fetched) override {
        if (fetched) *fetched = 0;
        if ((count && !elements) || (count != 1 && !fetched)) return E_INVALIDARG;
        const std::size_t from = at_.load();
        const auto here = static_cast<ULONG>(std::min<std::size_t>(count, items_->size() - from));
        for (ULONG i = 0; i < here; ++i) {
            elements[i] = {};
            if (fill((*items_)[from + i], elements[i])) continue;
            for (ULONG k = 0; k < i; ++k) drop(elements[k]);
            return E_OUTOFMEMORY;
        }
        at_ = from + here;
        if (fetched) *fetched = here;
        return here == count ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE Skip(ULONG count) override {
        const std::size_t from = at_.load();
        const std::size_t here = std::min<std::size_t>(count, items_->size() - from);
        at_ = from + here;
        return here == count ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE Reset() override {
        at_ = 0;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Clone(Interface** twin) override {
        if (!twin) return E_INVALIDARG;
        *twin = nullptr;
        return abi([&]() -> HRESULT {
            *twin = new SnapshotEnumerator(items_, at_.load());
            return S_OK;
        });
    }

  private:
    const std::shared_ptr<const Items> items_;
    std::atomic<std::size_t> at_;
};

using PropertyEnumerator = SnapshotEnumerator<IEnumSTATPROPSTG, STATPROPSTG, PropertyItem>;
using PropertySetEnumerator = SnapshotEnumerator<IEnumSTATPROPSETSTG, STATPROPSETSTG, STATPROPSETSTG>;

}  // namespace odc::storage
