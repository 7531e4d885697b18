// How a function of OpenDCOM says that it failed: a value with an HRESULT and a sentence for the log.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "opendcom/base/sdk_types.h"

namespace odc {

/// What went wrong. `code` is always a failure HRESULT (MS-ERREF 2.1); `text` is for people, may be empty.
class [[nodiscard]] Error {
  public:
    Error(HRESULT code, std::string text) : code_(code), text_(std::move(text)) {}
    HRESULT code() const { return code_; }
    const std::string& text() const { return text_; }
    /// The same code with `where: ` before the text.
    Error in(const std::string& where) && {
        text_ = text_.empty() ? where : where + ": " + text_;
        return std::move(*this);
    }

  private:
    HRESULT code_;
    std::string text_;
};

inline Error fail(HRESULT code, std::string text = {}) { return Error(code, std::move(text)); }
/// A Win32 or RPC_S_ status as an Error (0x8007xxxx).
inline Error fail_win32(long status, std::string text = {}) { return Error(HRESULT_FROM_WIN32(status), std::move(text)); }

template <class T = void>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
    explicit operator bool() const { return state_.index() == 0; }
    bool ok() const { return state_.index() == 0; }
    T& operator*() { return std::get<0>(state_); }
    const T& operator*() const { return std::get<0>(state_); }
    T* operator->() { return &std::get<0>(state_); }
    const T* operator->() const { return &std::get<0>(state_); }
    T take() { return std::move(std::get<0>(state_)); }
    Error& error() { return std::get<1>(state_); }
    const Error& error() const { return std::get<1>(state_); }
    /// S_OK, or the failure's code.
    HRESULT code() const { return ok() ? S_OK : error().code(); }

  private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : state_(std::move(error)) {}
    explicit operator bool() const { return state_.index() == 0; }
    bool ok() const { return state_.index() == 0; }
    void take() const {}
    Error& error() { return std::get<1>(state_); }
    const Error& error() const { return std::get<1>(state_); }
    HRESULT code() const { return ok() ? S_OK : error().code(); }

  private:
    std::variant<std::monostate, Error> state_;
};

}  // namespace odc

/// The value of a Result, or the enclosing function's return with its Error.
#define ODC_TRY(...)                                                         \
    __extension__({                                                          \
        auto odc_result_ = (__VA_ARGS__);                                    \
        if (!odc_result_) [[unlikely]] return std::move(odc_result_.error()); \
        odc_result_.take();                                                  \
    })
