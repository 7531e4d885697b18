// Comfort for C++ users of COM: `ComPtr`, which owns a reference, and `implements`, which writes IUnknown.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "opendcom/base/result.h"
#include "objbase.h"

namespace odc {

/// Owns one reference. How it is taken is in the name of the call: `attach` takes over a reference that exists,
/// `share` takes one more.
template <class T>
class ComPtr {
  public:
    ComPtr() = default;
    ComPtr(std::nullptr_t) {}
    static ComPtr attach(T* pointer) {
        ComPtr owner;
        owner.pointer_ = pointer;
        return owner;
    }
    static ComPtr share(T* pointer) {
        if (pointer) pointer->AddRef();
        return attach(pointer);
    }
    ComPtr(const ComPtr& other) : pointer_(other.pointer_) {
        if (pointer_) pointer_->AddRef();
    }
    ComPtr(ComPtr&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
    template <class U>
        requires std::is_base_of_v<T, U>
    ComPtr(ComPtr<U>&& other) noexcept : pointer_(other.detach()) {}
    ComPtr& operator=(ComPtr other) noexcept {
        std::swap(pointer_, other.pointer_);
        return *this;
    }
    ~ComPtr() { reset(); }

    T* get() const { return pointer_; }
    T* operator->() const { return pointer_; }
    T& operator*() const { return *pointer_; }
    explicit operator bool() const { return pointer_ != nullptr; }
    T* detach() { return std::exchange(pointer_, nullptr); }
    void reset() {
        if (T* old = std::exchange(pointer_, nullptr)) old->Release();
    }
    /// Where a function puts an [out] interface pointer; gives up what was held.
    T** put() {
        reset();
        return &pointer_;
    }
    void** put_void() { return reinterpret_cast<void**>(put()); }

    template <class U>
    Result<ComPtr<U>> query() const {
        ComPtr<U> other;
        if (!pointer_) return fail(E_POINTER);
        if (const HRESULT hr = pointer_->QueryInterface(__uuidof(U), other.put_void()); FAILED(hr)) return fail(hr);
        return other;
    }
    /// The same without a reason: null when the object does not have it.
    template <class U>
    ComPtr<U> as() const {
        ComPtr<U> other;
        if (pointer_ && FAILED(pointer_->QueryInterface(__uuidof(U), other.put_void()))) return nullptr;
        return other;
    }
    template <class U>
    friend bool operator==(const ComPtr& a, const ComPtr<U>& b) {
        return a.get() == b.get();
    }

  private:
    T* pointer_ = nullptr;
};

namespace detail {
/// Stands for an interface of `implements` that another one of the list derives from.
template <class Interface>
struct Covered {};
/// Whether one of All derives from Interface.
template <class Interface, class... All>
inline constexpr bool is_covered = ((std::is_base_of_v<Interface, All> && !std::is_same_v<Interface, All>) || ...);
template <class Interface, class... All>
using Inherited = std::conditional_t<is_covered<Interface, All...>, Covered<Interface>, Interface>;
}  // namespace detail

/// `class Pager final : public odc::implements<IPager, IPagerAdmin>` has IUnknown, starts with one reference and deletes itself
/// with the last. Identity (QueryInterface for IUnknown) is the first interface. The list may also name bases of its interfaces, which
/// QueryInterface shall answer too: `implements<IStream, ISequentialStream>`.
template <class First, class... Rest>
class implements : public First, public detail::Inherited<Rest, First, Rest...>... {
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        if (!object) return E_POINTER;
        *object = nullptr;
        if (iid == __uuidof(IUnknown)) *object = static_cast<First*>(this);
        else if (!(try_one<First>(iid, object) || (try_one<Rest>(iid, object) || ...))) *object = query_more(iid);
        if (!*object) return E_NOINTERFACE;
        this->AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
    ULONG STDMETHODCALLTYPE Release() override {
        const ULONG left = --references_;
        if (left == 0) delete this;
        return left;
    }

  protected:
    implements() = default;
    virtual ~implements() = default;
    implements(const implements&) = delete;
    implements& operator=(const implements&) = delete;
    /// An interface pointer without a reference for interfaces that the list does not name, or null.
    virtual void* query_more(REFIID) { return nullptr; }

  private:
    template <class I>
    bool try_one(REFIID iid, void** object) {
        if (iid != __uuidof(I)) return false;
        if constexpr (detail::is_covered<I, First, Rest...>) *object = through<I, First, Rest...>();
        else *object = static_cast<I*>(this);
        return true;
    }
    /// The base I of the first interface in the list that has it.
    template <class I, class Candidate, class... More>
    I* through() {
        if constexpr (std::is_base_of_v<I, Candidate> && !std::is_same_v<I, Candidate> && !detail::is_covered<Candidate, First, Rest...>)
            return static_cast<I*>(static_cast<Candidate*>(this));
        else return through<I, More...>();
    }
    std::atomic<ULONG> references_{1};
};

/// Runs `body`, which returns HRESULT or Result<>, and turns a C++ exception into E_OUTOFMEMORY or E_UNEXPECTED: the one guarded body of
/// a method table slot.
template <class Body>
HRESULT abi(Body&& body) noexcept {
    try {
        if constexpr (std::is_same_v<decltype(body()), HRESULT>) return body();
        else return body().code();
    } catch (const std::bad_alloc&) {
        return E_OUTOFMEMORY;
    } catch (...) {
        return E_UNEXPECTED;
    }
}

}  // namespace odc
