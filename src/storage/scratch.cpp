#include "storage/scratch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace odc::storage {

using compound_file::FileBytes;

Result<std::unique_ptr<FileBytes>> open_nameless_file() {
    const char* folder = std::getenv("TMPDIR");
    std::string path = folder && *folder ? folder : "/tmp";
    UniqueFd fd(::open(path.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!fd) {  // some file systems have no O_TMPFILE
        path += "/odc_XXXXXX";
        fd.reset(::mkostemp(path.data(), O_CLOEXEC));
        if (fd) ::unlink(path.c_str());
    }
    if (!fd) return fail(errno == EMFILE || errno == ENFILE ? STG_E_TOOMANYOPENFILES : STG_E_ACCESSDENIED, path + ": " + std::strerror(errno));
    return std::make_unique<FileBytes>(std::move(fd));
}

Result<> Scratch::make_room(std::uint64_t slots) {
    if (in_file_ || slots * kSlot <= kInMemory) return {};
    auto file = ODC_TRY(open_nameless_file());
    ODC_TRY(file->write_at(0, static_cast<compound_file::MemoryBytes&>(*bytes_).bytes()));
    bytes_ = std::move(file);
    in_file_ = true;
    return {};
}

Result<Scratch::Run> Scratch::take(std::uint64_t most) {
    if (!free_.empty()) {
        const auto lowest = free_.begin();
        const Run run{lowest->first, std::min(most, lowest->second)};
        const std::uint64_t left = lowest->second - run.count;
        free_.erase(lowest);
        if (left > 0) free_.emplace(run.first + run.count, left);
        free_slots_ -= run.count;
        return run;
    }
    ODC_TRY(make_room(end_ + most));
    const Run run{end_, most};
    ODC_TRY(bytes_->resize((end_ + most) * kSlot));
    end_ += most;
    return run;
}

void Scratch::give_back(Run run) {
    if (run.count == 0) return;
    free_slots_ += run.count;
    auto next = free_.lower_bound(run.first);
    if (next != free_.begin()) {
        const auto before = std::prev(next);
        if (before->first + before->second == run.first) {
            run = {before->first, before->second + run.count};
            free_.erase(before);
        }
    }
    if (next != free_.end() && run.first + run.count == next->first) {
        run.count += next->second;
        next = free_.erase(next);
    }
    if (run.first + run.count == end_) {
        // A file that cannot become shorter now does so the next time.
        if (bytes_->resize(run.first * kSlot)) {
            end_ = run.first;
            free_slots_ -= run.count;
            return;
        }
    }
    free_.emplace(run.first, run.count);
}

}  // namespace odc::storage
