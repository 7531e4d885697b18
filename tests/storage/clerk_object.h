// The server's object of the tests: an IClerk that counts itself with COM.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "clerk.h"
#include "description.h"
#include "oleauto.h"
#include "opendcom/com_ptr.h"

namespace odc::test {

class Clerk final : public implements<IClerk> {
  public:
    explicit Clerk(void (*gone)() = [] {}) : gone_(gone) {}
    ~Clerk() override { gone_(); }

    HRESULT STDMETHODCALLTYPE Process(LONG* process) override {
        *process = static_cast<LONG>(::getpid());
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE LendStorage(const OLECHAR* path, DWORD mode, IStorage** storage) override {
        return mode & STGM_CREATE ? StgCreateDocfile(path, mode, 0, storage) : StgOpenStorage(path, nullptr, mode, nullptr, 0, storage);
    }
    HRESULT STDMETHODCALLTYPE LendBytes(ILockBytes** bytes) override { return CreateILockBytesOnHGlobal(nullptr, TRUE, bytes); }
    HRESULT STDMETHODCALLTYPE Fill(IStorage* storage) override { return fill(*storage); }
    HRESULT STDMETHODCALLTYPE Describe(IStorage* storage, LPOLESTR* text) override {
        const auto description = describe(*storage);
        *text = static_cast<LPOLESTR>(CoTaskMemAlloc((description.size() + 1) * sizeof(OLECHAR)));
        if (!*text) return E_OUTOFMEMORY;
        std::copy_n(description.c_str(), description.size() + 1, *text);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Provoke(IStorage* storage, ULONG* count, HRESULT** results) override;
    HRESULT STDMETHODCALLTYPE IsSame(IUnknown* first, IUnknown* second, BOOL* same) override {
        ComPtr<IUnknown> a, b;
        if (FAILED(first->QueryInterface(IID_PPV_ARGS(a.put()))) || FAILED(second->QueryInterface(IID_PPV_ARGS(b.put())))) return E_UNEXPECTED;
        *same = a == b;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Copy(IStream* from, IStream* to, ULARGE_INTEGER size, ULARGE_INTEGER* read, ULARGE_INTEGER* written) override {
        return from->CopyTo(to, size, read, written);
    }
    HRESULT STDMETHODCALLTYPE LendOver(ILockBytes* bytes, IStorage** storage) override {
        return StgCreateDocfileOnILockBytes(bytes, STGM_CREATE | STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, storage);
    }
    HRESULT STDMETHODCALLTYPE FillBytes(ILockBytes* bytes) override {
        ComPtr<IStorage> storage;
        const HRESULT hr = StgCreateDocfileOnILockBytes(bytes, STGM_CREATE | STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, storage.put());
        return FAILED(hr) ? hr : fill(*storage);
    }

  private:
    void (*const gone_)();
};

/// What must fail, in an order that the tests know.
inline std::vector<HRESULT> provoke(IStorage& storage) {
    constexpr DWORD kFull = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
    std::vector<HRESULT> codes;
    ComPtr<IStream> stream, again;
    ComPtr<IStorage> below;
    codes.push_back(storage.OpenStream(OLESTR("missing"), nullptr, kFull, 0, stream.put()));
    codes.push_back(storage.OpenStorage(OLESTR("missing"), nullptr, kFull, nullptr, 0, below.put()));
    codes.push_back(storage.CreateStream(OLESTR("small"), kFull, 0, 0, stream.put()));
    codes.push_back(storage.CreateStream(OLESTR("a name that is longer than a storage takes"), kFull, 0, 0, stream.put()));
    codes.push_back(storage.CreateStream(OLESTR("new"), STGM_READWRITE | STGM_SHARE_DENY_NONE, 0, 0, stream.put()));
    codes.push_back(storage.DestroyElement(OLESTR("missing")));
    codes.push_back(storage.RenameElement(OLESTR("missing"), OLESTR("other")));
    codes.push_back(storage.OpenStream(OLESTR("small"), nullptr, kFull, 0, stream.put()));
    codes.push_back(storage.OpenStream(OLESTR("small"), nullptr, kFull, 0, again.put()));
    LARGE_INTEGER back{};
    back.QuadPart = -1;
    codes.push_back(stream ? stream->Seek(back, STREAM_SEEK_SET, nullptr) : E_UNEXPECTED);
    codes.push_back(storage.DestroyElement(OLESTR("small")));
    char byte = 0;
    codes.push_back(stream ? stream->Read(&byte, 1, nullptr) : E_UNEXPECTED);
    ComPtr<IPropertySetStorage> sets;
    ComPtr<IPropertyStorage> set;
    codes.push_back(storage.QueryInterface(IID_PPV_ARGS(sets.put())));
    codes.push_back(sets ? sets->Open(IID_IUnknown, kFull, set.put()) : E_UNEXPECTED);
    codes.push_back(sets ? sets->Create(IID_IUnknown, nullptr, 0, STGM_READ | STGM_SHARE_EXCLUSIVE, set.put()) : E_UNEXPECTED);
    return codes;
}

inline HRESULT Clerk::Provoke(IStorage* storage, ULONG* count, HRESULT** results) {
    const auto codes = provoke(*storage);
    *results = static_cast<HRESULT*>(CoTaskMemAlloc(codes.size() * sizeof(HRESULT)));
    if (!*results) return E_OUTOFMEMORY;
    std::copy(codes.begin(), codes.end(), *results);
    *count = static_cast<ULONG>(codes.size());
    return S_OK;
}

}  // namespace odc::test
