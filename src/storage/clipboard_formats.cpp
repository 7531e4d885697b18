// Names of clipboard formats. There is no clipboard here: the numbers live in this process, and what leaves it carries the name.
#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "compound_file/name.h"
#include "opendcom/com_ptr.h"
#include "storage/document.h"
#include "winuser.h"

namespace odc::storage {
namespace {

constexpr UINT kFirst = 0xC000;
constexpr std::size_t kMost = 0x4000;
constexpr std::size_t kLongest = 255;

struct SameName {
    bool operator()(const std::u16string& a, const std::u16string& b) const { return compound_file::compare_names(a, b) < 0; }
};

class Formats {
  public:
    UINT number(std::u16string_view name) {
        if (name.empty() || name.size() > kLongest) return 0;
        Lock lock(mutex_);
        const auto known = numbers_.find(std::u16string(name));
        if (known != numbers_.end()) return known->second;
        if (names_.size() == kMost) return 0;
        names_.emplace_back(name);
        const UINT made = kFirst + static_cast<UINT>(names_.size() - 1);
        numbers_.emplace(name, made);
        return made;
    }
    std::u16string name(UINT number) {
        Lock lock(mutex_);
        return number >= kFirst && number - kFirst < names_.size() ? names_[number - kFirst] : std::u16string();
    }

  private:
    Mutex mutex_;
    std::vector<std::u16string> names_ ODC_GUARDED_BY(mutex_);
    std::map<std::u16string, UINT, SameName> numbers_ ODC_GUARDED_BY(mutex_);
};

Formats& formats() {
    static Formats all;
    return all;
}

}  // namespace
}  // namespace odc::storage

WINOLEAPI_(UINT) RegisterClipboardFormatW(LPCWSTR name) {
    if (!name) return 0;
    UINT number = 0;
    (void)odc::abi([&]() -> HRESULT {
        number = odc::storage::formats().number(odc::storage::view(name));
        return S_OK;
    });
    return number;
}

WINOLEAPI_(INT) GetClipboardFormatNameW(UINT format, LPWSTR name, INT characters) {
    if (!name || characters <= 0) return 0;
    INT count = 0;
    (void)odc::abi([&]() -> HRESULT {
        const auto known = odc::storage::formats().name(format);
        count = std::min(characters - 1, static_cast<INT>(known.size()));
        std::copy_n(known.begin(), count, name);
        name[count] = 0;
        return S_OK;
    });
    return count;
}
