// The lock bytes of a file, in groups; who finds a byte of a group locked by another knows that there is such an opener.
#pragma once

#include <time.h>

#include <cstdint>

#include "compound_file/format.h"
#include "storage/share_locks.h"

namespace odc::storage {

/// Offsets in the region; where the length of a group is not one, each opener holds a byte of it. The groups are those that
/// Windows' and Wine's storages use (found by watching the LockRegion calls of Wine's; behaviours 98), so openers of all three
/// keep their promises to each other.
enum class LockGroup : std::uint64_t {
    priority = 0x58,
    no_snapshot = 0x6C,
    commit = 0x80,             ///< one byte: who looks at the header for the first time; a committer holds kCommitBytes from here
    keeps_from_commit = 0x81,  ///< the second byte of an opener in priority mode
    gate = 0x92,               ///< one byte: who looks at the others' promises and makes its own
    reads = 0x93,
    writes = 0xA7,
    denies_read = 0xBB,
    denies_write = 0xCF,
};
inline constexpr std::uint64_t kCommitBytes = 0x13;  ///< the gate included: nobody comes in while a commit is written
constexpr std::uint64_t first_byte(LockGroup group) {
    return compound_file::kRangeLockOffset + static_cast<std::uint64_t>(group);
}
/// The most openers of one kind, where one byte is one opener.
constexpr std::uint64_t bytes_of(LockGroup group) { return group == LockGroup::keeps_from_commit ? 17 : 20; }

/// Tries at least once, until `attempt` says yes or the time has passed (UINT32_MAX: never).
template <class Attempt>
bool try_for_a_while(Attempt attempt, std::uint32_t milliseconds = kPatience) {
    for (std::uint32_t waited = 0;; waited += waited < UINT32_MAX - 1) {
        if (attempt()) return true;
        if (waited >= milliseconds) return false;
        const timespec pause{0, 1000000};
        ::nanosleep(&pause, nullptr);
    }
}

/// The part that both kinds of locks share: `test` says whether another holds a byte of a group, `take` holds one.
template <class Test, class Take>
bool promise(const Sharing& wanted, Test test, Take take) {
    if (wanted.reads && test(LockGroup::denies_read)) return false;
    if (wanted.writes && test(LockGroup::denies_write)) return false;
    if (wanted.denies_read && test(LockGroup::reads)) return false;
    if (wanted.denies_write && test(LockGroup::writes)) return false;
    if (!wanted.no_snapshot && test(LockGroup::no_snapshot)) return false;
    return (!wanted.reads || take(LockGroup::reads)) && (!wanted.writes || take(LockGroup::writes)) &&
           (!wanted.denies_read || take(LockGroup::denies_read)) && (!wanted.denies_write || take(LockGroup::denies_write)) &&
           (!wanted.priority || (take(LockGroup::priority) && take(LockGroup::keeps_from_commit))) &&
           (!wanted.no_snapshot || take(LockGroup::no_snapshot));
}

}  // namespace odc::storage
