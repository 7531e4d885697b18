// Which modes the elements below a root may be opened in.
#pragma once

#include "coml2api.h"

namespace odc::storage {

enum class ElementKind { stream, storage };

inline constexpr DWORD kShareMask = 0x70;

/// STG_E_INVALIDFLAG for what no element may ask for; STG_E_INVALIDFUNCTION for what the compound file implementation does not offer
/// below the root: streams in transacted mode, priority mode, deletion on release.
inline HRESULT check_element_mode(DWORD mode, ElementKind kind, bool creating) {
    constexpr DWORD kKnown = 0x3 | kShareMask | STGM_CREATE | STGM_TRANSACTED | STGM_PRIORITY | STGM_DELETEONRELEASE;
    if (mode & ~kKnown || (mode & 3) == 3 || (!creating && mode & STGM_CREATE)) return STG_E_INVALIDFLAG;
    if ((mode & kShareMask) != STGM_SHARE_EXCLUSIVE) return STG_E_INVALIDFLAG;
    if (mode & (STGM_PRIORITY | STGM_DELETEONRELEASE)) return STG_E_INVALIDFUNCTION;
    if (kind == ElementKind::stream && mode & STGM_TRANSACTED) return STG_E_INVALIDFUNCTION;
    return S_OK;
}

}  // namespace odc::storage
