// ShareLocks of a file: locks of its open file description, which end with it, also when the process is killed.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "storage/share_bytes.h"
#include "storage/share_locks.h"

namespace odc::storage {

namespace {

struct flock region(short type, std::uint64_t first, std::uint64_t count) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(first);
    lock.l_len = static_cast<off_t>(count);
    return lock;
}

/// Who can write holds a byte of its own in each of its groups, so there are at most 20 of a kind; readers share one. Only the
/// former keep Wine's readers out, whose descriptors cannot ask for more than a shared lock.
class FileLocks final : public ShareLocks {
  public:
    explicit FileLocks(int fd) : fd_(fd) {
        const int flags = ::fcntl(fd, F_GETFL);
        alone_ = flags >= 0 && (flags & O_ACCMODE) == O_RDONLY ? F_RDLCK : F_WRLCK;
    }
    ~FileLocks() override { set(F_UNLCK, compound_file::kRangeLockOffset, 256); }

    /// Two descriptors that cannot write may both hold the byte of the gate, so a lock on the whole file, which anyone may take,
    /// is the gate for all who take it; the byte is that of other implementations.
    Result<> promise_all(const Sharing& wanted) {
        if (!try_for_a_while([&] { return ::flock(fd_, LOCK_EX | LOCK_NB) == 0; }))
            return fail(STG_E_SHAREVIOLATION, "another opener never ends");
        const bool entered = try_for_a_while([&] { return set(alone_, first_byte(LockGroup::gate), 1); });
        const bool done =
            entered && promise(
                           wanted, [&](LockGroup group) { return taken(group); }, [&](LockGroup group) { return take(group); });
        if (entered) set(F_UNLCK, first_byte(LockGroup::gate), 1);
        ::flock(fd_, LOCK_UN);
        if (!done) return fail(STG_E_SHAREVIOLATION, "the file is open in a mode that excludes this one");
        return {};
    }

    bool others_present() override { return taken(LockGroup::reads) || taken(LockGroup::writes); }
    Result<> begin_commit(std::uint32_t milliseconds) override {
        if (taken(LockGroup::keeps_from_commit)) return fail(STG_E_LOCKVIOLATION, "open in priority mode");
        return begin(F_WRLCK, kCommitBytes, milliseconds);
    }
    Result<> begin_look() override { return begin(F_RDLCK, 1, kPatience); }
    void end_commit() override { set(F_UNLCK, first_byte(LockGroup::commit), commit_bytes_); }

  private:
    Result<> begin(short type, std::uint64_t count, std::uint32_t milliseconds) {
        if (!try_for_a_while([&] { return set(type, first_byte(LockGroup::commit), count); }, milliseconds))
            return fail(STG_E_LOCKVIOLATION, "another commit never ends");
        commit_bytes_ = count;
        return {};
    }
    bool taken(LockGroup group) const {
        struct flock lock = region(F_WRLCK, first_byte(group), bytes_of(group));
        return ::fcntl(fd_, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    }
    bool take(LockGroup group) const {
        for (std::uint64_t i = 0; i < bytes_of(group); ++i)
            if (set(alone_, first_byte(group) + i, 1)) return true;
        return false;
    }
    bool set(short type, std::uint64_t first, std::uint64_t count) const {
        struct flock lock = region(type, first, count);
        return ::fcntl(fd_, F_OFD_SETLK, &lock) == 0;
    }

    int fd_;
    short alone_ = F_WRLCK;  ///< the strongest lock that the descriptor may take
    std::uint64_t commit_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<ShareLocks>> lock_file(int fd, const Sharing& wanted) {
    auto locks = std::make_unique<FileLocks>(fd);
    ODC_TRY(locks->promise_all(wanted));
    return std::unique_ptr<ShareLocks>(std::move(locks));
}

}  // namespace odc::storage
