#include "storage/document.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>

namespace odc::storage {

using compound_file::EntryId;
using compound_file::FileTime;

std::shared_ptr<Opening> Opening::find(EntryId child) {
    std::erase_if(below, [](const auto& one) { return one.expired(); });
    for (const auto& weak : below)
        if (auto one = weak.lock(); one && one->id == child && !one->reverted) return one;
    return nullptr;
}

std::shared_ptr<Opening> Opening::add(EntryId child, DWORD child_mode) {
    auto one = std::make_shared<Opening>();
    one->id = child;
    one->mode = child_mode;
    below.push_back(one);
    return one;
}

void Opening::revert_below() {
    for (const auto& weak : below)
        if (auto one = weak.lock()) {
            one->reverted = true;
            one->revert_below();
        }
    below.clear();
}

Document::~Document() {
    if (!file || !file->changed()) return;
    if (transacted) (void)file->revert();
    else (void)file->commit();
}

FILETIME to_filetime(FileTime time) {
    FILETIME result{};
    result.dwLowDateTime = static_cast<DWORD>(time);
    result.dwHighDateTime = static_cast<DWORD>(time >> 32);
    return result;
}
FileTime from_filetime(const FILETIME& time) { return std::uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime; }

FileTime now() {
    using namespace std::chrono;
    return 116444736000000000 + static_cast<FileTime>(duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count()) / 100;
}

LPOLESTR task_string(std::u16string_view text) {
    auto* copy = static_cast<LPOLESTR>(CoTaskMemAlloc((text.size() + 1) * sizeof(OLECHAR)));
    if (!copy) return nullptr;
    std::memcpy(copy, text.data(), text.size() * sizeof(OLECHAR));
    copy[text.size()] = 0;
    return copy;
}

std::u16string_view view(const OLECHAR* text) {
    const auto* units = reinterpret_cast<const char16_t*>(text);
    return units ? std::u16string_view(units) : std::u16string_view();
}

}  // namespace odc::storage
