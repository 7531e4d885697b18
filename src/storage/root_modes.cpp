#include "storage/root_modes.h"

namespace odc::storage {

namespace {

constexpr DWORD kKnown = 0x3 | kShareMask | STGM_CREATE | STGM_CONVERT | STGM_TRANSACTED | STGM_SIMPLE | STGM_PRIORITY | STGM_DELETEONRELEASE |
                         STGM_NOSCRATCH | STGM_NOSNAPSHOT | STGM_DIRECT_SWMR;

/// A mode of its own kind and the flags that may stand beside it, access and sharing apart.
bool has_only(DWORD mode, DWORD allowed) { return (mode & ~(0x3 | kShareMask | allowed)) == 0; }

HRESULT check_simple(DWORD mode, bool creating) {
    if (!has_only(mode, STGM_SIMPLE | STGM_CREATE)) return STG_E_INVALIDFLAG;
    if ((mode & kShareMask) != STGM_SHARE_EXCLUSIVE) return STG_E_INVALIDFLAG;
    const DWORD access = mode & 3;
    return access == STGM_READWRITE || (!creating && access == STGM_READ) ? S_OK : STG_E_INVALIDFLAG;
}

HRESULT check_swmr(DWORD mode, bool creating) {
    if (!has_only(mode, STGM_DIRECT_SWMR | STGM_CREATE)) return STG_E_INVALIDFLAG;
    const DWORD access = mode & 3;
    const DWORD share = mode & kShareMask;
    if (access == STGM_READWRITE && share == STGM_SHARE_DENY_WRITE) return S_OK;
    return !creating && access == STGM_READ && share == STGM_SHARE_DENY_NONE ? S_OK : STG_E_INVALIDFLAG;
}

HRESULT check_direct(DWORD mode, bool creating) {
    if (mode & (STGM_NOSCRATCH | STGM_NOSNAPSHOT)) return STG_E_INVALIDFLAG;
    const DWORD access = mode & 3;
    const DWORD share = mode & kShareMask;
    if (creating) return access == STGM_READWRITE && share == STGM_SHARE_EXCLUSIVE ? S_OK : STG_E_INVALIDFLAG;
    if (share == STGM_SHARE_EXCLUSIVE) return S_OK;
    return share == STGM_SHARE_DENY_WRITE && access == STGM_READ ? S_OK : STG_E_INVALIDFLAG;
}

HRESULT check_transacted(DWORD mode, bool creating) {
    const DWORD share = mode & kShareMask;
    if (creating && (mode & 3) == STGM_READ) return STG_E_INVALIDFLAG;
    if (mode & STGM_NOSNAPSHOT && (share == STGM_SHARE_EXCLUSIVE || share == STGM_SHARE_DENY_WRITE)) return STG_E_INVALIDFLAG;
    return S_OK;
}

}  // namespace

HRESULT check_root_mode(DWORD mode, bool creating) {
    if (mode & ~kKnown || (mode & 3) == 3 || (mode & kShareMask) > STGM_SHARE_DENY_NONE) return STG_E_INVALIDFLAG;
    if (!creating && mode & (STGM_CREATE | STGM_CONVERT | STGM_DELETEONRELEASE)) return STG_E_INVALIDFLAG;
    if (mode & STGM_CONVERT && mode & (STGM_CREATE | STGM_DELETEONRELEASE)) return STG_E_INVALIDFLAG;
    if (mode & STGM_PRIORITY) return !creating && (mode & 3) == STGM_READ && has_only(mode, STGM_PRIORITY) ? S_OK : STG_E_INVALIDFLAG;
    if (mode & STGM_SIMPLE) return check_simple(mode, creating);
    if (mode & STGM_DIRECT_SWMR) return check_swmr(mode, creating);
    return mode & STGM_TRANSACTED ? check_transacted(mode, creating) : check_direct(mode, creating);
}

Sharing sharing_of(DWORD mode) {
    const DWORD share = mode & kShareMask;
    Sharing wanted;
    wanted.reads = (mode & 3) != STGM_WRITE;
    wanted.writes = (mode & 3) != STGM_READ;
    wanted.denies_read = share == STGM_SHARE_EXCLUSIVE || share == STGM_SHARE_DENY_READ;
    wanted.denies_write = share == STGM_SHARE_EXCLUSIVE || share == STGM_SHARE_DENY_WRITE;
    wanted.priority = (mode & STGM_PRIORITY) != 0;
    wanted.no_snapshot = (mode & STGM_NOSNAPSHOT) != 0;
    return wanted;
}

}  // namespace odc::storage
