// What openers of one file, in this process and in others, promise each other: locks on bytes of the region that the format
// reserves for them.
// Spec: MS-CFB 2.8 (the region; share_bytes.h says what each byte means).
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "coml2api.h"
#include "opendcom/base/result.h"
#include "storage/root_modes.h"

namespace odc::storage {

inline constexpr std::uint32_t kPatience = 10000;  ///< milliseconds that commits of others may take

/// Held from the opening of a root to its end. One thread at a time.
class ShareLocks {
  public:
    virtual ~ShareLocks() = default;
    /// Whether anyone else has the file open.
    virtual bool others_present() = 0;
    /// Nobody else commits, or reads the header for the first time, until `end_commit`. Errors: STG_E_LOCKVIOLATION when someone has the
    /// file open in priority mode, or does not let go in time.
    virtual Result<> begin_commit(std::uint32_t milliseconds = kPatience) = 0;
    /// The same for a reader of the header: several at a time, but no committer.
    virtual Result<> begin_look() = 0;
    virtual void end_commit() = 0;
};

/// Locks of the open file description `fd`, which must outlive them. Errors: STG_E_SHAREVIOLATION.
Result<std::unique_ptr<ShareLocks>> lock_file(int fd, const Sharing& wanted);
/// Null when `bytes` does not support locks. Errors: STG_E_SHAREVIOLATION, and what LockRegion fails with otherwise.
Result<std::unique_ptr<ShareLocks>> lock_bytes(ILockBytes* bytes, const Sharing& wanted);

/// Ends a commit or a look when it goes.
class CommitLock {
  public:
    explicit CommitLock(ShareLocks* locks) : locks_(locks) {}
    CommitLock(CommitLock&& other) noexcept : locks_(std::exchange(other.locks_, nullptr)) {}
    CommitLock& operator=(CommitLock&&) = delete;
    ~CommitLock() {
        if (locks_) locks_->end_commit();
    }

  private:
    ShareLocks* locks_;
};

}  // namespace odc::storage
