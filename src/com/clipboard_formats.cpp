// Names of clipboard formats. There is no clipboard here: the numbers live in this process, and what leaves it carries the name.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/utf16.h"
#include "opendcom/com_ptr.h"
#include "registry/key_path.h"
#include "winuser.h"

namespace odc::com {
namespace {

constexpr UINT kFirst = 0xC000;
constexpr std::size_t kMost = 0x4000;
constexpr std::size_t kLongest = 255;

/// The form in which two names of the same format are equal.
std::string folded(std::u16string_view name) { return registry::fold_name(to_utf8(name)); }

class Formats {
  public:
    UINT number(std::u16string_view name) {
        if (name.empty() || name.size() > kLongest) return 0;
        Lock lock(mutex_);
        const auto known = numbers_.find(folded(name));
        if (known != numbers_.end()) return known->second;
        if (names_.size() == kMost) return 0;
        names_.emplace_back(name);
        const UINT made = kFirst + static_cast<UINT>(names_.size() - 1);
        numbers_.emplace(folded(name), made);
        return made;
    }
    std::u16string name(UINT number) {
        Lock lock(mutex_);
        return number >= kFirst && number - kFirst < names_.size() ? names_[number - kFirst] : std::u16string();
    }

  private:
    Mutex mutex_;
    std::vector<std::u16string> names_ ODC_GUARDED_BY(mutex_);
    std::map<std::string, UINT> numbers_ ODC_GUARDED_BY(mutex_);
};

Formats& formats() {
    static Formats all;
    return all;
}

}  // namespace
}  // namespace odc::com

WINOLEAPI_(UINT) RegisterClipboardFormatW(LPCWSTR name) {
    if (!name) return 0;
    UINT number = 0;
    (void)odc::abi([&]() -> HRESULT {
        number = odc::com::formats().number(reinterpret_cast<const char16_t*>(name));
        return S_OK;
    });
    return number;
}

WINOLEAPI_(INT) GetClipboardFormatNameW(UINT format, LPWSTR name, INT characters) {
    if (!name || characters <= 0) return 0;
    INT count = 0;
    (void)odc::abi([&]() -> HRESULT {
        const auto known = odc::com::formats().name(format);
        count = std::min(characters - 1, static_cast<INT>(known.size()));
        std::copy_n(known.begin(), count, name);
        name[count] = 0;
        return S_OK;
    });
    return count;
}
