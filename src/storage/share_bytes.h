// The lock bytes of a file, each group kLockers long; who finds a byte of a group locked by another knows that there is one.
#pragma once

#include <time.h>

#include <cstdint>

#include "compound_file/format.h"
#include "storage/share_locks.h"

namespace odc::storage {

inline constexpr std::uint64_t kLockers = 20;  ///< most openers of one kind, where one byte is one opener

enum class LockGroup : std::uint64_t {
    gate = 0,           ///< one byte: who looks at the others' promises and makes its own
    commit = 1,         ///< one byte: who commits, or looks at the header for the first time
    reads = 0x10,
    writes = 0x30,
    denies_read = 0x50,
    denies_write = 0x70,
    priority = 0x90,
    no_snapshot = 0xB0,
};
constexpr std::uint64_t first_byte(LockGroup group) { return compound_file::kRangeLockOffset + static_cast<std::uint64_t>(group); }

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
           (!wanted.priority || take(LockGroup::priority)) && (!wanted.no_snapshot || take(LockGroup::no_snapshot));
}

}  // namespace odc::storage
