#include "storage/document.h"

#include <chrono>
#include <cstring>
#include <string>

namespace odc::storage {

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
