// Comfort for C++ users of Automation: a VARIANT that clears itself.
#pragma once

#include <concepts>

#include "opendcom/bstr.h"
#include "opendcom/com_ptr.h"

namespace odc {

/// Owns a VARIANT. Made from numbers by their C++ type: bool is VT_BOOL, std::int32_t VT_I4, double VT_R8 and so on.
class Variant {
  public:
    Variant() { VariantInit(&value_); }
    template <class T>
        requires std::integral<T> || std::floating_point<T>
    explicit Variant(T number) : Variant() {
        if constexpr (std::same_as<T, bool>) {
            value_.vt = VT_BOOL;
            value_.boolVal = number ? VARIANT_TRUE : VARIANT_FALSE;
        } else if constexpr (std::same_as<T, float>) {
            value_.vt = VT_R4;
            value_.fltVal = number;
        } else if constexpr (std::floating_point<T>) {
            value_.vt = VT_R8;
            value_.dblVal = static_cast<double>(number);
        } else {
            constexpr VARTYPE types[] = {VT_UI1, VT_I1, VT_UI2, VT_I2, VT_UI4, VT_I4, VT_UI8, VT_I8};
            constexpr int power = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
            value_.vt = types[2 * power + std::is_signed_v<T>];
            value_.llVal = static_cast<LONGLONG>(number);
        }
    }
    explicit Variant(std::u16string_view text) : Variant(Bstr(text)) {}
    explicit Variant(Bstr text) : Variant() {
        value_.vt = VT_BSTR;
        value_.bstrVal = text.detach();
    }
    explicit Variant(ComPtr<IDispatch> object) : Variant() {
        value_.vt = VT_DISPATCH;
        value_.pdispVal = object.detach();
    }
    static Variant attach(const VARIANT& value) {
        Variant owner;
        owner.value_ = value;
        return owner;
    }
    /// A deep copy. Errors: those of VariantCopy.
    static Result<Variant> copy(const VARIANT& value) {
        Variant made;
        if (const HRESULT hr = VariantCopy(&made.value_, &value); FAILED(hr)) return fail(hr);
        return made;
    }
    Variant(const Variant&) = delete;  // a copy can fail: `copy`
    Variant(Variant&& other) noexcept : value_(other.detach()) {}
    Variant& operator=(Variant other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~Variant() { VariantClear(&value_); }

    VARTYPE type() const { return value_.vt; }
    const VARIANT& get() const { return value_; }
    VARIANT detach() {
        const VARIANT value = value_;
        VariantInit(&value_);
        return value;
    }
    /// Where a function puts an [out] VARIANT; gives up what was held.
    VARIANT* put() {
        VariantClear(&value_);
        return &value_;
    }
    /// Where a function finds and replaces an [in, out] VARIANT.
    VARIANT* in_out() { return &value_; }
    /// The same value as another type. Errors: those of VariantChangeType.
    Result<Variant> as(VARTYPE vt) const {
        Variant made;
        if (const HRESULT hr = VariantChangeType(&made.value_, &value_, 0, vt); FAILED(hr)) return fail(hr);
        return made;
    }

  private:
    VARIANT value_;
};

}  // namespace odc
