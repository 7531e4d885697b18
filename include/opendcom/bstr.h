// Comfort for C++ users of Automation: a BSTR that frees itself.
#pragma once

#include <string_view>
#include <utility>

#include "oleauto.h"

namespace odc {

/// Owns one BSTR, which may be null. How it is taken is in the name of the call, as with ComPtr.
class Bstr {
  public:
    Bstr() = default;
    /// A copy; also of zeros in it. Null when there is no memory.
    explicit Bstr(std::u16string_view text)
        : text_(SysAllocStringLen(reinterpret_cast<const OLECHAR*>(text.data() ? text.data() : u""), static_cast<UINT>(text.size()))) {}
    static Bstr attach(BSTR text) {
        Bstr owner;
        owner.text_ = text;
        return owner;
    }
    /// A copy of somebody else's, byte for byte; null stays null.
    static Bstr copy(BSTR text) {
        return attach(text ? SysAllocStringByteLen(reinterpret_cast<LPCSTR>(text), SysStringByteLen(text)) : nullptr);
    }
    Bstr(const Bstr& other) : Bstr(copy(other.text_)) {}
    Bstr(Bstr&& other) noexcept : text_(other.detach()) {}
    Bstr& operator=(Bstr other) noexcept {
        std::swap(text_, other.text_);
        return *this;
    }
    ~Bstr() { SysFreeString(text_); }

    BSTR get() const { return text_; }
    BSTR detach() { return std::exchange(text_, nullptr); }
    /// Where a function puts an [out] BSTR; gives up what was held.
    BSTR* put() {
        SysFreeString(detach());
        return &text_;
    }
    /// Where a function finds and replaces an [in, out] BSTR.
    BSTR* in_out() { return &text_; }
    std::u16string_view view() const { return {reinterpret_cast<const char16_t*>(text_), SysStringLen(text_)}; }
    explicit operator bool() const { return text_ != nullptr; }
    friend bool operator==(const Bstr& a, std::u16string_view b) { return a.view() == b; }

  private:
    BSTR text_ = nullptr;
};

}  // namespace odc
