// Comfort for C++ users of the Windows Runtime's types: an HSTRING that deletes itself.
#pragma once

#include <string_view>
#include <utility>

#include "winstring.h"

namespace odc {

/// Owns one reference to a text, which may be null: the empty text. How it is taken is in the name of the call, as with Bstr.
class Hstring {
  public:
    Hstring() = default;
    /// A copy; also of zeros in it. Empty when there is no memory.
    explicit Hstring(std::u16string_view text) {
        (void)WindowsCreateString(reinterpret_cast<const WCHAR*>(text.data()), static_cast<UINT32>(text.size()), &text_);
    }
    static Hstring attach(HSTRING text) {
        Hstring owner;
        owner.text_ = text;
        return owner;
    }
    /// The same text as somebody else's.
    static Hstring copy(HSTRING text) {
        Hstring owner;
        (void)WindowsDuplicateString(text, &owner.text_);
        return owner;
    }
    Hstring(const Hstring& other) : Hstring(copy(other.text_)) {}
    Hstring(Hstring&& other) noexcept : text_(other.detach()) {}
    Hstring& operator=(Hstring other) noexcept {
        std::swap(text_, other.text_);
        return *this;
    }
    ~Hstring() { WindowsDeleteString(text_); }

    HSTRING get() const { return text_; }
    HSTRING detach() { return std::exchange(text_, nullptr); }
    /// Where a function puts an [out] HSTRING; gives up what was held.
    HSTRING* put() {
        WindowsDeleteString(detach());
        return &text_;
    }
    /// Where a function finds and replaces an [in, out] HSTRING.
    HSTRING* in_out() { return &text_; }
    /// Good as long as the text is.
    std::u16string_view view() const {
        UINT32 length = 0;
        const WCHAR* units = WindowsGetStringRawBuffer(text_, &length);
        return {reinterpret_cast<const char16_t*>(units), length};
    }
    bool empty() const { return !text_; }
    friend bool operator==(const Hstring& a, std::u16string_view b) { return a.view() == b; }

  private:
    HSTRING text_ = nullptr;
};

}  // namespace odc
