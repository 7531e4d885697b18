// GUIDs, CLSIDs, IIDs and ProgIDs as text.
#include <cstring>

#include "base/guid.h"
#include "base/utf16.h"
#include "objbase.h"
#include "opendcom/com_ptr.h"
#include "registry/class_records.h"

namespace {

constexpr int kGuidLength = 38;  // with braces

std::size_t length(LPCOLESTR text) {
    std::size_t n = 0;
    while (text[n]) ++n;
    return n;
}

HRESULT to_task_string(const std::string& text, LPOLESTR* out) {
    const auto units = odc::to_utf16(text);
    auto* copy = static_cast<LPOLESTR>(CoTaskMemAlloc((units.size() + 1) * sizeof(OLECHAR)));
    if (!copy) return E_OUTOFMEMORY;
    std::memcpy(copy, units.c_str(), (units.size() + 1) * sizeof(OLECHAR));
    *out = copy;
    return S_OK;
}

/// Fills `guid` field by field and stops at the first character that does not fit: what was read before stays (behaviour 31).
bool scan_guid(LPCOLESTR text, GUID* guid) {
    *guid = GUID_NULL;
    const auto digits = [&](int at, int count, std::uint32_t* value) {
        std::uint32_t v = 0;
        for (int i = 0; i < count; ++i) {
            const OLECHAR c = text[at + i];
            if (c >= '0' && c <= '9') v = v << 4 | static_cast<std::uint32_t>(c - '0');
            else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') v = v << 4 | static_cast<std::uint32_t>((c | 0x20) - 'a' + 10);
            else return false;
        }
        *value = v;
        return true;
    };
    std::uint32_t v;
    if (text[0] != '{' || !digits(1, 8, &v)) return false;
    guid->Data1 = v;
    if (text[9] != '-' || !digits(10, 4, &v)) return false;
    guid->Data2 = static_cast<std::uint16_t>(v);
    if (text[14] != '-' || !digits(15, 4, &v)) return false;
    guid->Data3 = static_cast<std::uint16_t>(v);
    if (text[19] != '-') return false;
    constexpr int kPlaces[8] = {20, 22, 25, 27, 29, 31, 33, 35};
    for (int i = 0; i < 8; ++i) {
        if (i == 2 && text[24] != '-') return false;
        if (!digits(kPlaces[i], 2, &v)) return false;
        guid->Data4[i] = static_cast<std::uint8_t>(v);
    }
    return text[37] == '}' && text[38] == 0;
}

}  // namespace

WINOLEAPI CoCreateGuid(GUID* guid) {
    if (!guid) return E_INVALIDARG;
    *guid = odc::new_guid();
    return S_OK;
}

WINOLEAPI_(int) StringFromGUID2(REFGUID guid, LPOLESTR text, int characters) {
    if (!text || characters < kGuidLength + 1) return 0;
    const auto units = odc::to_utf16(odc::to_string(guid));
    std::memcpy(text, units.c_str(), (kGuidLength + 1) * sizeof(OLECHAR));
    return kGuidLength + 1;
}

WINOLEAPI StringFromCLSID(REFCLSID clsid, LPOLESTR* text) { return text ? to_task_string(odc::to_string(clsid), text) : E_INVALIDARG; }
WINOLEAPI StringFromIID(REFIID iid, LPOLESTR* text) { return StringFromCLSID(iid, text); }

WINOLEAPI CLSIDFromString(LPCOLESTR text, CLSID* clsid) {
    if (!clsid) return E_INVALIDARG;
    if (!text) {
        *clsid = CLSID_NULL;
        return S_OK;
    }
    if (text[0] != '{') return CLSIDFromProgID(text, clsid);
    return scan_guid(text, clsid) ? S_OK : CO_E_CLASSSTRING;
}

WINOLEAPI IIDFromString(LPCOLESTR text, IID* iid) {
    if (!iid) return E_INVALIDARG;
    if (!text) {
        *iid = IID_NULL;
        return S_OK;
    }
    if (length(text) != kGuidLength) return E_INVALIDARG;
    return scan_guid(text, iid) ? S_OK : CO_E_IIDSTRING;
}

WINOLEAPI CLSIDFromProgID(LPCOLESTR progId, CLSID* clsid) {
    if (!progId || !clsid) return E_INVALIDARG;
    *clsid = CLSID_NULL;
    return odc::abi([&]() -> odc::Result<> {
        *clsid = ODC_TRY(odc::registry::clsid_of_prog_id(odc::to_utf8_z(progId)));
        return {};
    });
}

WINOLEAPI ProgIDFromCLSID(REFCLSID clsid, LPOLESTR* progId) {
    if (!progId) return E_INVALIDARG;
    *progId = nullptr;
    return odc::abi([&]() -> HRESULT {
        const auto found = odc::registry::prog_id_of_clsid(clsid);
        return found ? to_task_string(*found, progId) : found.code();
    });
}
