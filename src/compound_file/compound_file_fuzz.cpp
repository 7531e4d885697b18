// Any bytes at all: reading ends and stays inside, a file that passes its checks can be changed and stays sound.
#include <cstdlib>

#include "compound_file/compound_file.h"

using namespace odc::compound_file;

namespace {

void read_everything(CompoundFile& file) {
    std::vector<EntryId> storages{kRoot};
    std::vector<std::uint8_t> buffer(5000);
    std::size_t budget = 1000;
    for (std::size_t i = 0; i < storages.size() && budget > 0; ++i) {
        const auto children = file.children(storages[i]);
        if (!children) continue;
        for (const EntryId id : *children) {
            if (budget-- == 1) return;
            const auto entry = file.stat(id);
            if (!entry) continue;
            (void)file.find(storages[i], entry->name());
            if (entry->is_storage()) {
                storages.push_back(id);
                continue;
            }
            for (const std::uint64_t at : {std::uint64_t{0}, entry->size / 2, entry->size - 1}) (void)file.read(id, at, buffer);
        }
    }
}

void change_everything(CompoundFile& file) {
    const std::vector<std::uint8_t> bytes(6000, 0x5A);
    (void)file.write(kRoot, 0, bytes);
    if (const auto id = file.create_stream(kRoot, u"fuzz")) (void)file.write(*id, 10, bytes);
    const auto children = file.children(kRoot);
    if (!children) return;
    for (const EntryId id : *children) {
        const auto entry = file.stat(id);
        if (!entry) continue;
        const std::u16string name(entry->name());
        if (number(id) % 3 == 0) (void)file.remove(kRoot, name);
        else if (entry->is_stream()) (void)file.resize(id, entry->size < 100000 ? entry->size * 2 + 1 : entry->size / 2);
        else (void)file.rename(kRoot, name, u"renamed");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    MemoryBytes bytes({data, data + size});
    (void)check(bytes);
    for (const std::uint64_t at_once : {0u, 1u << 30}) {
        auto file = CompoundFile::open(std::make_unique<BorrowedBytes>(bytes), {.check_at_once = at_once});
        if (file) read_everything(**file);
    }
    auto file = CompoundFile::open(std::make_unique<BorrowedBytes>(bytes), {.writable = true, .check_at_once = size % 2 ? 0u : 1u << 30});
    if (!file) return 0;
    change_everything(**file);
    const bool changed = (*file)->changed();
    if (!(*file)->commit()) return 0;
    if (!changed) {  // a file that failed its checks stays as it was
        if (bytes.bytes() != std::vector<std::uint8_t>(data, data + size)) std::abort();
        return 0;
    }
    const auto report = check(bytes);
    if (!report || !report->sound()) std::abort();
    return 0;
}
