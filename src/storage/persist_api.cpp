// Objects that save themselves into storages and streams and are made again from them; times of files.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/utf16.h"
#include "ole2.h"
#include "opendcom/com_ptr.h"
#include "storage/document.h"

namespace odc::storage {
namespace {

timespec to_timespec(const FILETIME* time) {
    constexpr std::uint64_t kUnixEpoch = 116444736000000000;
    if (!time) return {0, UTIME_OMIT};
    const auto ticks = static_cast<std::int64_t>(from_filetime(*time) - kUnixEpoch);
    const std::int64_t seconds = ticks >= 0 ? ticks / 10000000 : -((9999999 - ticks) / 10000000);
    return {seconds, (ticks - seconds * 10000000) * 100};
}

}  // namespace
}  // namespace odc::storage

using namespace odc;
using namespace odc::storage;

WINOLEAPI OleSave(IPersistStorage* object, IStorage* storage, BOOL sameAsLoad) {
    if (!object || !storage) return E_INVALIDARG;
    CLSID class_id{};
    HRESULT hr = object->GetClassID(&class_id);
    if (SUCCEEDED(hr)) hr = WriteClassStg(storage, class_id);
    if (SUCCEEDED(hr)) hr = object->Save(storage, sameAsLoad);
    return SUCCEEDED(hr) ? storage->Commit(STGC_DEFAULT) : hr;
}

WINOLEAPI OleSaveToStream(IPersistStream* object, IStream* stream) {
    if (!object || !stream) return E_INVALIDARG;
    CLSID class_id{};
    HRESULT hr = object->GetClassID(&class_id);
    if (SUCCEEDED(hr)) hr = WriteClassStm(stream, class_id);
    return SUCCEEDED(hr) ? object->Save(stream, TRUE) : hr;
}

WINOLEAPI OleLoadFromStream(IStream* stream, REFIID iid, LPVOID* object) {
    if (!object) return E_INVALIDARG;
    *object = nullptr;
    if (!stream) return E_INVALIDARG;
    CLSID class_id{};
    HRESULT hr = ReadClassStm(stream, &class_id);
    if (FAILED(hr)) return hr;
    ComPtr<IPersistStream> made;
    hr = CoCreateInstance(class_id, nullptr, CLSCTX_SERVER | CLSCTX_INPROC_HANDLER, IID_IPersistStream, made.put_void());
    if (SUCCEEDED(hr)) hr = made->Load(stream);
    return SUCCEEDED(hr) ? made->QueryInterface(iid, object) : hr;
}

WINOLEAPI StgSetTimes(const WCHAR* name, const FILETIME* created, const FILETIME* accessed, const FILETIME* modified) {
    (void)created;  // no call of this system sets when a file was made
    if (!name) return STG_E_INVALIDNAME;
    return abi([&]() -> HRESULT {
        const timespec times[2] = {to_timespec(accessed), to_timespec(modified)};
        if (::utimensat(AT_FDCWD, to_utf8(view(name)).c_str(), times, 0) == 0) return S_OK;
        return errno == ENOENT ? STG_E_FILENOTFOUND : errno == ENOTDIR ? STG_E_PATHNOTFOUND : STG_E_ACCESSDENIED;
    });
}
