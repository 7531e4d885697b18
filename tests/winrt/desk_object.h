// The objects of desk.idl: a notebook of entries, and a view on its titles.
#pragma once

#include <unistd.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "desk.h"
#include "opendcom/hstring.h"
#include "opendcom/inspectable.h"

namespace odc::test {

using ABI::Desk::Entry;
using ABI::Desk::INotebook;
using ABI::Windows::Foundation::IStringable;
using Texts = __FIVector_1_HSTRING;
using TextIterable = __FIIterable_1_HSTRING;
using WrittenHandler = __FITypedEventHandler_2_Desk__CNotebook_HSTRING;

inline HRESULT give(const Hstring& text, HSTRING* to) { return WindowsDuplicateString(text.get(), to); }

/// A vector that is its own; what it does not need answers E_NOTIMPL.
class TextVector final : public inspectable<Texts> {
  public:
    explicit TextVector(std::vector<Hstring> texts) : texts_(std::move(texts)) {}
    HRESULT STDMETHODCALLTYPE GetAt(UINT32 index, HSTRING* item) override {
        *item = nullptr;
        return index < texts_.size() ? give(texts_[index], item) : E_BOUNDS;
    }
    HRESULT STDMETHODCALLTYPE get_Size(UINT32* size) override {
        *size = static_cast<UINT32>(texts_.size());
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetView(__FIVectorView_1_HSTRING** view) override {
        *view = nullptr;
        return E_NOTIMPL;
    }
    HRESULT STDMETHODCALLTYPE IndexOf(HSTRING value, UINT32* index, boolean* found) override {
        *found = 0;
        for (*index = 0; *index < texts_.size(); ++*index) {
            INT32 order = 1;
            WindowsCompareStringOrdinal(value, texts_[*index].get(), &order);
            if (order == 0) {
                *found = 1;
                return S_OK;
            }
        }
        *index = 0;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SetAt(UINT32 index, HSTRING item) override {
        if (index >= texts_.size()) return E_BOUNDS;
        texts_[index] = Hstring::copy(item);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE InsertAt(UINT32, HSTRING) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE RemoveAt(UINT32) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Append(HSTRING item) override {
        texts_.push_back(Hstring::copy(item));
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE RemoveAtEnd() override {
        if (texts_.empty()) return E_BOUNDS;
        texts_.pop_back();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Clear() override {
        texts_.clear();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetMany(UINT32 startIndex, UINT32 capacity, HSTRING* items, UINT32* actual) override {
        if (startIndex > texts_.size()) return E_BOUNDS;
        for (*actual = 0; *actual < capacity && startIndex + *actual < texts_.size(); ++*actual) give(texts_[startIndex + *actual], &items[*actual]);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE ReplaceAll(UINT32 count, HSTRING* items) override {
        texts_.clear();
        for (UINT32 i = 0; i < count; ++i) texts_.push_back(Hstring::copy(items[i]));
        return S_OK;
    }

  private:
    std::vector<Hstring> texts_;
};

class Notebook final : public inspectable<INotebook, IStringable> {
  public:
    explicit Notebook(void (*gone)() = [] {}) : gone_(gone) {}
    ~Notebook() override { gone_(); }

    HRESULT STDMETHODCALLTYPE get_Owner(HSTRING* value) override { return give(owner_, value); }
    HRESULT STDMETHODCALLTYPE put_Owner(HSTRING value) override {
        owner_ = Hstring::copy(value);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Exchange(HSTRING* text) override {
        const HSTRING given = *text;
        *text = exchanged_.detach();
        exchanged_ = Hstring::attach(given);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Write(Entry entry) override {
        std::vector<ComPtr<WrittenHandler>> handlers;
        {
            const std::lock_guard lock(mutex_);
            entries_.push_back({entry.Page, Hstring::copy(entry.Title), entry.Colour});
            for (const auto& [token, handler] : handlers_) handlers.push_back(handler);
        }
        for (const auto& handler : handlers)
            if (const HRESULT hr = handler->Invoke(this, entry.Title); FAILED(hr)) return hr;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Find(HSTRING title, Entry* entry) override {
        *entry = {};
        const auto wanted = Hstring::copy(title);
        for (const auto& one : entries_)
            if (one.title == wanted.view()) return one.give(*entry);
        return E_BOUNDS;
    }
    HRESULT STDMETHODCALLTYPE Join(UINT32 count, HSTRING* parts, HSTRING* whole) override {
        Hstring text;
        for (UINT32 i = 0; i < count; ++i) {
            Hstring longer;
            if (const HRESULT hr = WindowsConcatString(text.get(), parts[i], longer.put()); FAILED(hr)) return hr;
            text = std::move(longer);
        }
        *whole = text.detach();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Fill(UINT32 capacity, HSTRING* titles, UINT32* count) override {
        for (*count = 0; *count < capacity && *count < entries_.size(); ++*count) give(entries_[*count].title, &titles[*count]);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE All(UINT32* count, Entry** entries) override {
        *count = static_cast<UINT32>(entries_.size());
        *entries = static_cast<Entry*>(CoTaskMemAlloc((entries_.size() + 1) * sizeof(Entry)));
        if (!*entries) return E_OUTOFMEMORY;
        for (UINT32 i = 0; i < *count; ++i) entries_[i].give((*entries)[i]);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Visit(ABI::Desk::IVisitor* visitor, UINT32* visited) override {
        *visited = 0;
        if (!visitor) return E_INVALIDARG;
        for (const auto& one : entries_) {
            boolean go_on = 0;
            ++*visited;
            if (const HRESULT hr = visitor->Invoke(one.page, one.title.get(), &go_on); FAILED(hr)) return hr;
            if (!go_on) break;
        }
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE get_Titles(Texts** value) override {
        std::vector<Hstring> texts;
        for (const auto& one : entries_) texts.push_back(one.title);
        *value = new TextVector(std::move(texts));
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE add_Written(WrittenHandler* handler, EventRegistrationToken* token) override {
        const std::lock_guard lock(mutex_);
        token->value = ++last_token_;
        handlers_[last_token_] = ComPtr<WrittenHandler>::share(handler);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE remove_Written(EventRegistrationToken token) override {
        const std::lock_guard lock(mutex_);
        handlers_.erase(token.value);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Process(INT32* id) override {
        *id = static_cast<INT32>(::getpid());
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE ToString(HSTRING* value) override {
        const std::u16string text = u"notebook with " + std::u16string(1, static_cast<char16_t>(u'0' + entries_.size() % 10));
        *value = Hstring(text).detach();
        return S_OK;
    }

  protected:
    std::u16string_view runtime_class() const override { return u"Desk.Notebook"; }

  private:
    struct Written {
        INT32 page;
        Hstring title;
        ABI::Desk::Colour colour;
        HRESULT give(Entry& to) const {
            to = {page, nullptr, colour};
            return WindowsDuplicateString(title.get(), &to.Title);
        }
    };
    void (*gone_)();
    std::mutex mutex_;
    std::vector<Written> entries_;
    Hstring owner_, exchanged_;
    std::map<INT64, ComPtr<WrittenHandler>> handlers_;
    INT64 last_token_ = 0;
};

}  // namespace odc::test
