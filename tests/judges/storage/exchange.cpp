// Writes a file with known content, or tells what is in one. Built against OpenDCOM and, by mingw-w64, against Windows' headers.
//     exchange write PATH direct|transacted|simple VERSION CONTENT
//     exchange describe PATH       streams, storages and simple property sets
//     exchange nested PATH         the non-simple set that description.cpp writes, without IPropertySetStorage: its storage is opened by
//                                  name, and its properties with StgOpenPropStg from CONTENTS
//     exchange change PATH         adds, replaces and removes elements of a file that another program wrote
#include <windows.h>

#include <objbase.h>
#include <ole2.h>
#include <propidl.h>

#include <cstdio>
#include <string>

#include "../../storage/description.h"
#include "opendcom/com_ptr.h"

namespace {

using odc::ComPtr;
using odc::test::Content;
using Text = std::basic_string<OLECHAR>;

constexpr DWORD kFull = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
constexpr DWORD kRead = STGM_READ | STGM_SHARE_EXCLUSIVE;
constexpr FMTID kNested = {0x7F3A9B11, 0x1C2D, 0x4E5F, {1, 2, 3, 4, 5, 6, 7, 8}};

int failed(const char* what, HRESULT hr) { return std::printf("%s: %08x\n", what, static_cast<unsigned>(hr)), 1; }

void print(const std::u16string& text) {
    // UTF-8 of the basic plane, the same on both systems.
    for (const char16_t unit : text) {
        if (unit < 0x80) std::putchar(unit);
        else if (unit < 0x800) std::putchar(0xC0 | unit >> 6), std::putchar(0x80 | (unit & 0x3F));
        else std::putchar(0xE0 | unit >> 12), std::putchar(0x80 | (unit >> 6 & 0x3F)), std::putchar(0x80 | (unit & 0x3F));
    }
}

int write(const Text& path, const Text& mode, const Text& version, const Text& content) {
    DWORD flags = STGM_CREATE | kFull;
    if (mode == OLESTR("transacted")) flags |= STGM_TRANSACTED;
    if (mode == OLESTR("simple")) flags = STGM_SIMPLE | STGM_CREATE | kFull;
    STGOPTIONS options{};
    options.usVersion = 1;
    options.ulSectorSize = version == OLESTR("4") ? 4096 : 512;
    ComPtr<IStorage> storage;
    HRESULT hr = version == OLESTR("4") ? StgCreateStorageEx(path.c_str(), flags, STGFMT_DOCFILE, 0, &options, nullptr, IID_IStorage, storage.put_void())
                                        : StgCreateDocfile(path.c_str(), flags, 0, storage.put());
    if (FAILED(hr)) return failed("create", hr);
    const auto parts = content == OLESTR("everything") ? Content::everything : content == OLESTR("streams") ? Content::streams : Content::known_to_wine;
    hr = odc::test::fill(*storage, parts);
    return FAILED(hr) ? failed("fill", hr) : 0;
}

int describe(const Text& path) {
    ComPtr<IStorage> storage;
    const HRESULT hr = StgOpenStorage(path.c_str(), nullptr, kRead, nullptr, 0, storage.put());
    if (FAILED(hr)) return failed("open", hr);
    print(odc::test::describe(*storage));
    return 0;
}

int nested(const Text& path) {
    ComPtr<IStorage> storage, set_storage;
    HRESULT hr = StgOpenStorage(path.c_str(), nullptr, kRead, nullptr, 0, storage.put());
    if (FAILED(hr)) return failed("open", hr);
    OLECHAR name[32];
    if (FAILED(hr = FmtIdToPropStgName(&kNested, name))) return failed("name", hr);
    if (FAILED(hr = storage->OpenStorage(name, nullptr, kRead, nullptr, 0, set_storage.put()))) return failed("storage of the set", hr);
    ComPtr<IStream> contents, element;
    if (FAILED(hr = set_storage->OpenStream(OLESTR("CONTENTS"), nullptr, kRead, 0, contents.put()))) return failed("CONTENTS", hr);
    ComPtr<IPropertyStorage> set;
    if (FAILED(hr = StgOpenPropStg(contents.get(), kNested, PROPSETFLAG_DEFAULT, 0, set.put()))) return failed("set", hr);
    PROPSPEC spec{};
    spec.ulKind = PRSPEC_PROPID;
    spec.propid = 5;
    PROPVARIANT value;
    if (FAILED(hr = set->ReadMultiple(1, &spec, &value))) return failed("read", hr);
    std::printf("property 5: vt %u value %d\n", value.vt, static_cast<int>(value.lVal));
    const PROPID ids[] = {2, 3};
    LPOLESTR names[2] = {};
    if (FAILED(hr = set->ReadPropertyNames(2, ids, names))) return failed("names", hr);
    for (const LPOLESTR one : names) print(one ? std::u16string(reinterpret_cast<const char16_t*>(one)) + u"\n" : u"(null)\n");
    set.reset();
    contents.reset();
    // The elements beside CONTENTS.
    ComPtr<IEnumSTATSTG> elements;
    if (FAILED(hr = set_storage->EnumElements(0, nullptr, 0, elements.put()))) return failed("elements", hr);
    STATSTG stat{};
    while (elements->Next(1, &stat, nullptr) == S_OK) {
        print(std::u16string(reinterpret_cast<const char16_t*>(stat.pwcsName)));
        std::printf(" type %u size %u\n", static_cast<unsigned>(stat.type), stat.pwcsName[0] == 'p' ? static_cast<unsigned>(stat.cbSize.QuadPart) : 0);
        CoTaskMemFree(stat.pwcsName);
    }
    return 0;
}

int change(const Text& path) {
    ComPtr<IStorage> storage;
    HRESULT hr = StgOpenStorage(path.c_str(), nullptr, kFull, nullptr, 0, storage.put());
    if (FAILED(hr)) return failed("open", hr);
    ComPtr<IStream> stream;
    if (FAILED(hr = storage->CreateStream(OLESTR("added"), kFull, 0, 0, stream.put()))) return failed("create", hr);
    for (int i = 0; i < 3000; ++i)
        if (FAILED(hr = stream->Write("added by another", 16, nullptr))) return failed("write", hr);
    stream.reset();
    if (FAILED(hr = storage->OpenStream(OLESTR("large"), nullptr, kFull, 0, stream.put()))) return failed("large", hr);
    ULARGE_INTEGER size{};
    size.QuadPart = 1000;  // to where short streams are
    if (FAILED(hr = stream->SetSize(size))) return failed("size", hr);
    stream.reset();
    if (FAILED(hr = storage->DestroyElement(OLESTR("none")))) return failed("destroy", hr);
    // As long as the old name: Wine 8 keeps the length.
    if (FAILED(hr = storage->RenameElement(OLESTR("small"), OLESTR("other")))) return failed("rename", hr);
    hr = storage->Commit(STGC_DEFAULT);
    return FAILED(hr) ? failed("commit", hr) : 0;
}

int run(int count, const Text* words) {
    CoInitialize(nullptr);
    const Text what = count > 1 ? words[0] : Text();
    const int status = what == OLESTR("write") && count == 5 ? write(words[1], words[2], words[3], words[4])
                       : what == OLESTR("describe") && count == 2 ? describe(words[1])
                       : what == OLESTR("nested") && count == 2   ? nested(words[1])
                       : what == OLESTR("change") && count == 2   ? change(words[1])
                                                                  : 2;
    CoUninitialize();
    return status;
}

}  // namespace

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
int wmain(int argc, wchar_t** argv) {
    _setmode(1, _O_BINARY);
    Text words[8];
    for (int i = 1; i < argc && i < 8; ++i) words[i - 1] = argv[i];
    return run(argc - 1, words);
}
#else
#include <filesystem>
int main(int argc, char** argv) {
    Text words[8];
    for (int i = 1; i < argc && i < 8; ++i) {
        const auto word = std::filesystem::path(argv[i]).u16string();
        words[i - 1].assign(reinterpret_cast<const OLECHAR*>(word.data()), word.size());
    }
    return run(argc - 1, words);
}
#endif
