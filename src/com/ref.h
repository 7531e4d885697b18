// Reference counting for the runtime's own structures (interfaces have ComPtr).
#pragma once

#include <atomic>
#include <utility>

namespace odc::com {

/// Starts with one reference; `Ref<T>::adopt` takes it.
template <class T>
class RefCounted {
  public:
    void add_ref() const { references_.fetch_add(1, std::memory_order_relaxed); }
    /// More than one owner, at this moment.
    bool shared() const { return references_.load(std::memory_order_acquire) > 1; }
    void release() const {
        if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete static_cast<const T*>(this);
    }

  protected:
    ~RefCounted() = default;

  private:
    mutable std::atomic<unsigned> references_{1};
};

template <class T>
class Ref {
  public:
    Ref() = default;
    static Ref adopt(T* pointer) {
        Ref ref;
        ref.pointer_ = pointer;
        return ref;
    }
    static Ref share(T* pointer) {
        if (pointer) pointer->add_ref();
        return adopt(pointer);
    }
    Ref(const Ref& other) : pointer_(other.pointer_) {
        if (pointer_) pointer_->add_ref();
    }
    Ref(Ref&& other) noexcept : pointer_(std::exchange(other.pointer_, nullptr)) {}
    Ref& operator=(Ref other) noexcept {
        std::swap(pointer_, other.pointer_);
        return *this;
    }
    ~Ref() {
        if (pointer_) pointer_->release();
    }
    T* get() const { return pointer_; }
    T* operator->() const { return pointer_; }
    T& operator*() const { return *pointer_; }
    explicit operator bool() const { return pointer_ != nullptr; }
    friend bool operator==(const Ref& a, const Ref& b) { return a.pointer_ == b.pointer_; }

  private:
    T* pointer_ = nullptr;
};

}  // namespace odc::com
