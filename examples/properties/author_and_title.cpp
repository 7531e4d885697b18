// The author and the title of any file with summary information: the article's Figure 13.
#include <cstdio>
#include <filesystem>

#include "objbase.h"
#include "opendcom/com_ptr.h"

int main(int argc, char** argv) {
    if (argc != 2) return std::puts("usage: author-and-title FILE"), 2;
    const auto name = std::filesystem::path(argv[1]).u16string();
    odc::ComPtr<IPropertySetStorage> sets;
    odc::ComPtr<IPropertyStorage> summary;
    HRESULT hr = StgOpenStorageEx(reinterpret_cast<LPCOLESTR>(name.c_str()), STGM_READ | STGM_SHARE_DENY_WRITE, STGFMT_ANY, 0, nullptr,
                                  nullptr, IID_IPropertySetStorage, sets.put_void());
    if (SUCCEEDED(hr)) hr = sets->Open(FMTID_SummaryInformation, STGM_READ | STGM_SHARE_EXCLUSIVE, summary.put());
    const PROPSPEC wanted[] = {{PRSPEC_PROPID, {PIDSI_AUTHOR}}, {PRSPEC_PROPID, {PIDSI_TITLE}}};
    PROPVARIANT values[2] = {};
    if (SUCCEEDED(hr)) hr = summary->ReadMultiple(2, wanted, values);
    if (FAILED(hr)) return std::printf("%s: error %08x\n", argv[1], static_cast<unsigned>(hr)), 1;
    std::printf("author: %s\n", values[0].vt == VT_LPSTR ? values[0].pszVal : "-");
    std::printf("title:  %s\n", values[1].vt == VT_LPSTR ? values[1].pszVal : "-");
    FreePropVariantArray(2, values);
}
