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

/// All openers of one kind share the first byte of its group.
class FileLocks final : public ShareLocks {
  public:
    explicit FileLocks(int fd) : fd_(fd) {}
    ~FileLocks() override { set(F_UNLCK, compound_file::kRangeLockOffset, 256); }

    /// The gate is a lock on the whole file, which a descriptor that cannot write may take too.
    Result<> promise_all(const Sharing& wanted) {
        if (!try_for_a_while([&] { return ::flock(fd_, LOCK_EX | LOCK_NB) == 0; })) return fail(STG_E_SHAREVIOLATION, "another opener never ends");
        const bool done = promise(wanted, [&](LockGroup group) { return taken(first_byte(group), 1); },
                                  [&](LockGroup group) { return set(F_RDLCK, first_byte(group), 1); });
        ::flock(fd_, LOCK_UN);
        if (!done) return fail(STG_E_SHAREVIOLATION, "the file is open in a mode that excludes this one");
        return {};
    }

    bool others_present() override { return taken(first_byte(LockGroup::reads), 1) || taken(first_byte(LockGroup::writes), 1); }
    Result<> begin_commit(std::uint32_t milliseconds) override {
        if (taken(first_byte(LockGroup::priority), 1)) return fail(STG_E_LOCKVIOLATION, "open in priority mode");
        return begin(F_WRLCK, milliseconds);
    }
    Result<> begin_look() override { return begin(F_RDLCK, kPatience); }
    void end_commit() override { set(F_UNLCK, first_byte(LockGroup::commit), 1); }

  private:
    Result<> begin(short type, std::uint32_t milliseconds) {
        if (!try_for_a_while([&] { return set(type, first_byte(LockGroup::commit), 1); }, milliseconds))
            return fail(STG_E_LOCKVIOLATION, "another commit never ends");
        return {};
    }
    bool taken(std::uint64_t first, std::uint64_t count) const {
        struct flock lock = region(F_WRLCK, first, count);
        return ::fcntl(fd_, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    }
    bool set(short type, std::uint64_t first, std::uint64_t count) const {
        struct flock lock = region(type, first, count);
        return ::fcntl(fd_, F_OFD_SETLK, &lock) == 0;
    }

    int fd_;
};

}  // namespace

Result<std::unique_ptr<ShareLocks>> lock_file(int fd, const Sharing& wanted) {
    auto locks = std::make_unique<FileLocks>(fd);
    ODC_TRY(locks->promise_all(wanted));
    return std::unique_ptr<ShareLocks>(std::move(locks));
}

}  // namespace odc::storage
