// What the functions of structured storage answer, as lines of text. The same source is built against OpenDCOM and, by mingw-w64, against Windows'
// headers; both programs must print the same. Usage: facts FOLDER (empty).
#include <windows.h>

#include <objbase.h>
#include <ole2.h>
#include <propidl.h>
#include <shlwapi.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>

#include "opendcom/com_ptr.h"

namespace {

using odc::ComPtr;

constexpr DWORD kFull = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
constexpr DWORD kRead = STGM_READ | STGM_SHARE_EXCLUSIVE;
constexpr CLSID kClass = {0x12345678, 0x0001, 0x0002, {1, 2, 3, 4, 5, 6, 7, 8}};

std::basic_string<OLECHAR> folder;
#ifdef _WIN32
constexpr const OLECHAR* kSeparator = OLESTR("\\");
#else
constexpr const OLECHAR* kSeparator = OLESTR("/");
#endif
std::basic_string<OLECHAR> in_folder(const OLECHAR* name) { return folder + kSeparator + name; }

void say(const char* format, ...) {
    va_list values;
    va_start(values, format);
    std::vprintf(format, values);
    va_end(values);
    std::printf("\n");
    std::fflush(stdout);
}
unsigned code(HRESULT hr) { return static_cast<unsigned>(hr); }
LARGE_INTEGER by(long long distance) {
    LARGE_INTEGER move;
    move.QuadPart = distance;
    return move;
}
ULARGE_INTEGER sized(unsigned long long size) {
    ULARGE_INTEGER value;
    value.QuadPart = size;
    return value;
}

void seek(const char* what, IStream* stream, long long distance, DWORD origin) {
    ULARGE_INTEGER at = sized(0x7777);
    const HRESULT hr = stream->Seek(by(distance), origin, &at);
    say("%s seek %lld from %u: %08x at %llu", what, distance, static_cast<unsigned>(origin), code(hr), static_cast<unsigned long long>(at.QuadPart));
}
void read(const char* what, IStream* stream, ULONG size) {
    char bytes[64] = {};
    ULONG got = 0x77;
    const HRESULT hr = stream->Read(bytes, size, &got);
    if (FAILED(hr)) got = 0;
    say("%s read %u: %08x %u '%.*s'", what, static_cast<unsigned>(size), code(hr), static_cast<unsigned>(got), static_cast<int>(got), bytes);
}
void write(const char* what, IStream* stream, const char* text) {
    ULONG put = 0x77;
    const HRESULT hr = stream->Write(text, static_cast<ULONG>(std::strlen(text)), &put);
    say("%s write '%s': %08x %u", what, text, code(hr), static_cast<unsigned>(put));
}
void show(const char* what, IStream* stream) {
    STATSTG stat{};
    const HRESULT hr = stream->Stat(&stat, STATFLAG_NONAME);
    say("%s stat: %08x type %u size %llu", what, code(hr), static_cast<unsigned>(stat.type), static_cast<unsigned long long>(stat.cbSize.QuadPart));
}

void streams_in_global_memory() {
    ComPtr<IStream> stream, clone;
    say("no result: %08x", code(CreateStreamOnHGlobal(nullptr, TRUE, nullptr)));
    say("create: %08x", code(CreateStreamOnHGlobal(nullptr, TRUE, stream.put())));
    show("empty", stream.get());
    read("empty", stream.get(), 4);
    write("global", stream.get(), "0123456789");
    seek("global", stream.get(), 0, STREAM_SEEK_CUR);
    seek("global", stream.get(), 4, STREAM_SEEK_SET);
    seek("global", stream.get(), -5, STREAM_SEEK_CUR);
    seek("global", stream.get(), -11, STREAM_SEEK_END);
    seek("global", stream.get(), 3, 9);
    seek("global", stream.get(), 0x500000004ll, STREAM_SEEK_SET);
    read("global", stream.get(), 3);
    read("global", stream.get(), 30);
    read("global at its end", stream.get(), 30);
    say("clone: %08x", code(stream->Clone(clone.put())));
    write("clone", clone.get(), "abc");
    show("global", stream.get());
    read("global", stream.get(), 3);
    say("size: %08x", code(stream->SetSize(sized(0x700000005ll))));
    show("clone", clone.get());
    say("commit %08x revert %08x", code(stream->Commit(0)), code(stream->Revert()));
    ULARGE_INTEGER did_read = sized(0x77), did_write = sized(0x77);
    seek("global", stream.get(), 1, STREAM_SEEK_SET);
    seek("clone", clone.get(), 0, STREAM_SEEK_END);
    say("copy: %08x", code(stream->CopyTo(clone.get(), sized(2), &did_read, &did_write)));
    say("copied %llu %llu", static_cast<unsigned long long>(did_read.QuadPart), static_cast<unsigned long long>(did_write.QuadPart));
    show("clone", clone.get());
    HGLOBAL memory = nullptr;
    say("handle: %08x", code(GetHGlobalFromStream(stream.get(), &memory)));
    say("size of the handle: %d", GlobalSize(memory) >= 7);
    ComPtr<ILockBytes> bytes;
    say("bytes: %08x", code(CreateILockBytesOnHGlobal(nullptr, TRUE, bytes.put())));
    ULONG done = 0x77;
    say("write at 5: %08x", code(bytes->WriteAt(sized(5), "xyz", 3, &done)));
    say("written %u", static_cast<unsigned>(done));
    char text[20] = {};
    say("read at 4: %08x", code(bytes->ReadAt(sized(4), text, 20, &done)));
    say("read %u", static_cast<unsigned>(done));
    say("read at 100: %08x", code(bytes->ReadAt(sized(100), text, 20, &done)));
    say("read %u", static_cast<unsigned>(done));
    STATSTG stat{};
    say("stat: %08x", code(bytes->Stat(&stat, STATFLAG_NONAME)));
    say("type %u size %llu", static_cast<unsigned>(stat.type), static_cast<unsigned long long>(stat.cbSize.QuadPart));
    say("flush %08x lock %08x", code(bytes->Flush()), code(bytes->LockRegion(sized(0), sized(1), LOCK_EXCLUSIVE)));
    say("is a storage: %08x", code(StgIsStorageILockBytes(bytes.get())));
}

void memory_blocks() {
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, 0);
    say("nothing: %d flags %04x", memory != nullptr, GlobalFlags(memory));
    memory = GlobalReAlloc(memory, 10, GMEM_MOVEABLE);
    void* address = GlobalLock(memory);
    say("locked: %d %d flags %04x", address != nullptr, address != memory, GlobalFlags(memory));
    say("handle: %d", GlobalHandle(address) == memory);
    say("unlock: %d", GlobalUnlock(memory) != 0);
    say("free: %d", GlobalFree(memory) == nullptr);
    memory = GlobalAlloc(GPTR, 10);
    say("fixed: %d", GlobalLock(memory) == memory);
    say("fixed: %d %d", GlobalUnlock(memory) != 0, GlobalHandle(memory) == memory);
    say("zero: %d", static_cast<char*>(memory)[9]);
    say("free: %d", GlobalFree(memory) == nullptr);
}

void streams_over_files() {
    const auto path = in_folder(OLESTR("stream"));
    ComPtr<IStream> stream;
    say("missing: %08x", code(SHCreateStreamOnFileEx(path.c_str(), STGM_READ, 0, FALSE, nullptr, stream.put())));
    say("create: %08x", code(SHCreateStreamOnFileEx(path.c_str(), STGM_READWRITE | STGM_SHARE_EXCLUSIVE, 0, TRUE, nullptr, stream.put())));
    write("file", stream.get(), "0123456789");
    seek("file", stream.get(), -3, STREAM_SEEK_END);
    read("file", stream.get(), 2);
    read("file at its end", stream.get(), 30);
    read("file behind its end", stream.get(), 30);
    seek("file", stream.get(), 100, STREAM_SEEK_SET);
    seek("file", stream.get(), -200, STREAM_SEEK_CUR);
    read("file far behind", stream.get(), 30);
    show("file", stream.get());
    say("size: %08x", code(stream->SetSize(sized(4))));
    show("file", stream.get());
    say("commit: %08x", code(stream->Commit(0)));
    stream.reset();
    say("there: %08x", code(SHCreateStreamOnFileEx(path.c_str(), STGM_READWRITE, 0, TRUE, nullptr, stream.put())));
    say("transacted: %08x", code(SHCreateStreamOnFileEx(path.c_str(), STGM_TRANSACTED, 0, FALSE, nullptr, stream.put())));
    say("open: %08x", code(SHCreateStreamOnFileW(path.c_str(), STGM_READ, stream.put())));
    read("file", stream.get(), 4);
    stream.reset();
    say("create again: %08x", code(SHCreateStreamOnFileW(path.c_str(), STGM_CREATE | STGM_READWRITE, stream.put())));
    show("file", stream.get());
}

void classes() {
    ComPtr<ILockBytes> bytes;
    ComPtr<IStorage> storage;
    CreateILockBytesOnHGlobal(nullptr, TRUE, bytes.put());
    say("create: %08x", code(StgCreateDocfileOnILockBytes(bytes.get(), kFull | STGM_CREATE, 0, storage.put())));
    say("is a storage: %08x", code(StgIsStorageILockBytes(bytes.get())));
    CLSID class_id = kClass;
    HRESULT hr = ReadClassStg(storage.get(), &class_id);
    say("no class: %08x %d", code(hr), class_id == CLSID{});
    say("set the class: %08x", code(WriteClassStg(storage.get(), kClass)));
    hr = ReadClassStg(storage.get(), &class_id);
    say("class: %08x %d", code(hr), class_id == kClass);
    say("null: %08x %08x %08x", code(WriteClassStg(nullptr, kClass)), code(ReadClassStg(nullptr, &class_id)), code(ReadClassStg(storage.get(), nullptr)));
    say("convert: %08x %08x", code(GetConvertStg(storage.get())), code(GetConvertStg(nullptr)));
    ComPtr<IStream> ole;
    const unsigned char marks[][20] = {{1, 0, 0, 2, 0}, {1, 0, 0, 2, 4}, {1, 0, 0, 2, 1}, {2, 0, 0, 2, 4}};
    for (const auto& mark : marks) {
        storage->CreateStream(OLESTR("\1Ole"), kFull | STGM_CREATE, 0, 0, ole.put());
        ole->Write(mark, 20, nullptr);
        ole.reset();
        say("convert of flags %u version %u: %08x", mark[4], mark[0], code(GetConvertStg(storage.get())));
    }
    storage->CreateStream(OLESTR("\1Ole"), kFull | STGM_CREATE, 0, 0, ole.put());
    ole->Write(marks[0], 6, nullptr);
    ole.reset();
    say("convert of a short stream: %08x", code(GetConvertStg(storage.get())));
    CLIPFORMAT format = 77;
    LPOLESTR user_type = nullptr;
    say("no user type: %08x", code(ReadFmtUserTypeStg(storage.get(), &format, &user_type)));
    const UINT registered = RegisterClipboardFormatW(OLESTR("OpenDCOM facts"));
    say("registered: %d %d", registered >= 0xC000, RegisterClipboardFormatW(OLESTR("opendcom FACTS")) == registered);
    for (const UINT one : {0u, 1u, registered}) {
        say("write user type: %08x", code(WriteFmtUserTypeStg(storage.get(), static_cast<CLIPFORMAT>(one), const_cast<LPOLESTR>(OLESTR("A type")))));
        hr = ReadFmtUserTypeStg(storage.get(), &format, &user_type);
        say("read user type: %08x %d %d", code(hr), format == one, user_type && !std::memcmp(user_type, OLESTR("A type"), 14));
        CoTaskMemFree(user_type);
        user_type = nullptr;
    }
    ComPtr<IStream> stream;
    CreateStreamOnHGlobal(nullptr, TRUE, stream.put());
    say("class in a stream: %08x", code(WriteClassStm(stream.get(), kClass)));
    seek("class", stream.get(), 0, STREAM_SEEK_SET);
    class_id = {};
    hr = ReadClassStm(stream.get(), &class_id);
    say("read: %08x %d", code(hr), class_id == kClass);
    hr = ReadClassStm(stream.get(), &class_id);
    say("read behind: %08x %d", code(hr), class_id == CLSID{});
    say("null: %08x %08x", code(ReadClassStm(nullptr, &class_id)), code(WriteClassStm(nullptr, kClass)));
}

void files() {
    const auto path = in_folder(OLESTR("docfile")), missing = in_folder(OLESTR("missing"));
    ComPtr<IStorage> storage;
    say("is a storage: %08x", code(StgIsStorageFile(missing.c_str())));
    say("null: %08x", code(StgIsStorageFile(nullptr)));
    say("create: %08x", code(StgCreateDocfile(path.c_str(), kFull | STGM_CREATE, 0, storage.put())));
    storage->SetClass(kClass);
    storage.reset();
    say("is a storage: %08x", code(StgIsStorageFile(path.c_str())));
    CLSID class_id{};
    HRESULT hr = GetClassFile(path.c_str(), &class_id);
    say("class of the file: %08x %d", code(hr), class_id == kClass);
    say("class of nothing: %08x", code(GetClassFile(nullptr, &class_id)));
    ComPtr<IPropertySetStorage> sets;
    say("ex: %08x", code(StgOpenStorageEx(path.c_str(), kFull, STGFMT_STORAGE, 0, nullptr, nullptr, IID_IPropertySetStorage, sets.put_void())));
    sets.reset();
    say("ex of any kind: %08x", code(StgOpenStorageEx(path.c_str(), kFull, STGFMT_ANY, 0, nullptr, nullptr, IID_IStorage, storage.put_void())));
    storage.reset();
    say("ex without a name: %08x", code(StgOpenStorageEx(nullptr, kFull, STGFMT_STORAGE, 0, nullptr, nullptr, IID_IStorage, storage.put_void())));
    say("ex of a missing file: %08x", code(StgOpenStorageEx(missing.c_str(), kFull, STGFMT_STORAGE, 0, nullptr, nullptr, IID_IStorage, storage.put_void())));
    say("ex with attributes: %08x", code(StgOpenStorageEx(path.c_str(), kFull, STGFMT_STORAGE, 5, nullptr, nullptr, IID_IStorage, storage.put_void())));
    say("create of a file: %08x", code(StgCreateStorageEx(missing.c_str(), kFull, STGFMT_FILE, 0, nullptr, nullptr, IID_IStorage, storage.put_void())));
    say("create of any kind: %08x", code(StgCreateStorageEx(missing.c_str(), kFull, STGFMT_ANY, 0, nullptr, nullptr, IID_IStorage, storage.put_void())));
}

void elements() {
    ComPtr<IStorage> storage, below, other;
    ComPtr<IStream> stream, again;
    const auto path = in_folder(OLESTR("elements"));
    StgCreateDocfile(path.c_str(), kFull | STGM_CREATE, 0, storage.put());
    say("stream: %08x", code(storage->CreateStream(OLESTR("s"), kFull, 0, 0, stream.put())));
    say("again: %08x", code(storage->CreateStream(OLESTR("s"), kFull, 0, 0, again.put())));
    say("not exclusive: %08x", code(storage->CreateStream(OLESTR("t"), STGM_READWRITE | STGM_SHARE_DENY_NONE, 0, 0, again.put())));
    say("long name: %08x", code(storage->CreateStream(OLESTR("12345678901234567890123456789012"), kFull, 0, 0, again.put())));
    say("no name: %08x", code(storage->CreateStream(nullptr, kFull, 0, 0, again.put())));
    say("no result: %08x", code(storage->CreateStream(OLESTR("t"), kFull, 0, 0, nullptr)));
    say("open twice: %08x", code(storage->OpenStream(OLESTR("s"), nullptr, kFull, 0, again.put())));
    write("element", stream.get(), "0123456789");
    seek("element", stream.get(), -4, STREAM_SEEK_END);
    read("element", stream.get(), 8);
    read("element", stream.get(), 8);
    say("no bytes: %08x", code(stream->Write(nullptr, 1, nullptr)));
    say("rename: %08x", code(storage->RenameElement(OLESTR("s"), OLESTR("t"))));
    say("destroy: %08x", code(storage->DestroyElement(OLESTR("s"))));
    read("destroyed", stream.get(), 1);
    say("destroy again: %08x", code(storage->DestroyElement(OLESTR("s"))));
    stream.reset();
    say("storage: %08x", code(storage->CreateStorage(OLESTR("b"), kFull, 0, 0, below.put())));
    say("state: %08x", code(below->SetStateBits(0x55, 0x0F)));
    STATSTG stat{};
    say("stat: %08x", code(below->Stat(&stat, STATFLAG_NONAME)));
    say("state %u type %u mode %08x", static_cast<unsigned>(stat.grfStateBits), static_cast<unsigned>(stat.type), static_cast<unsigned>(stat.grfMode));
    say("stream of it: %08x", code(storage->OpenStream(OLESTR("b"), nullptr, kFull, 0, stream.put())));
    say("copy to a child: %08x", code(storage->CopyTo(0, nullptr, nullptr, nullptr)));
    ComPtr<IPropertySetStorage> sets;
    ComPtr<IPropertyStorage> set;
    say("sets: %08x", code(below->QueryInterface(IID_IPropertySetStorage, sets.put_void())));
    say("open none: %08x", code(sets->Open(FMTID_SummaryInformation, kFull, set.put())));
    say("create for reading: %08x", code(sets->Create(FMTID_SummaryInformation, nullptr, 0, kRead, set.put())));
    say("create: %08x", code(sets->Create(FMTID_SummaryInformation, nullptr, PROPSETFLAG_ANSI, kFull | STGM_CREATE, set.put())));
    PROPSPEC spec{};
    spec.ulKind = PRSPEC_PROPID;
    spec.propid = 0;
    PROPVARIANT value{};
    value.vt = VT_I4;
    say("write the dictionary: %08x", code(set->WriteMultiple(1, &spec, &value, 2)));
    spec.propid = 4;
    say("read nothing: %08x", code(set->ReadMultiple(1, &spec, &value)));
    value.vt = VT_I4;
    value.lVal = 5;
    say("write: %08x", code(set->WriteMultiple(1, &spec, &value, 2)));
    say("names below 2: %08x", code(set->WriteMultiple(1, &spec, &value, 1)));
    say("no values: %08x", code(set->WriteMultiple(1, &spec, nullptr, 2)));
    say("none at all: %08x", code(set->WriteMultiple(0, nullptr, nullptr, 2)));
    HRESULT hr = set->ReadMultiple(1, &spec, &value);
    say("read: %08x %u %d", code(hr), value.vt, static_cast<int>(value.lVal));
    set.reset();
    say("delete: %08x", code(sets->Delete(FMTID_SummaryInformation)));
    say("delete again: %08x", code(sets->Delete(FMTID_SummaryInformation)));
}

}  // namespace

int run(std::basic_string<OLECHAR> given) {
    folder = std::move(given);
    CoInitialize(nullptr);
    streams_in_global_memory();
    memory_blocks();
    streams_over_files();
    classes();
    files();
    elements();
    CoUninitialize();
    return 0;
}

#ifdef _WIN32
int wmain(int argc, wchar_t** argv) { return argc == 2 ? run(argv[1]) : 2; }
#else
#include <filesystem>
int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const auto given = std::filesystem::path(argv[1]).u16string();
    return run({reinterpret_cast<const OLECHAR*>(given.data()), given.size()});
}
#endif
