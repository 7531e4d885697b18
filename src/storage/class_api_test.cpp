// User types, conversion marks, classes of files, objects that save themselves.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

#include "base/bytes.h"
#include "base/utf16.h"
#include "ole2.h"
#include "opendcom/com_ptr.h"
#include "registry/test_registry.h"
#include "storage/compobj_stream.h"
#include "storage/document.h"
#include "windows.h"

namespace odc::storage {
namespace {

constexpr DWORD kFull = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
constexpr CLSID kClass = {0x12345678, 0x0001, 0x0002, {1, 2, 3, 4, 5, 6, 7, 8}};
constexpr CLSID kOther = {0x87654321, 0x0001, 0x0002, {1, 2, 3, 4, 5, 6, 7, 8}};

LPOLESTR units(const std::u16string& text) { return reinterpret_cast<LPOLESTR>(const_cast<char16_t*>(text.c_str())); }

ComPtr<IStorage> storage_in_memory() {
    ComPtr<ILockBytes> bytes;
    EXPECT_EQ(CreateILockBytesOnHGlobal(nullptr, TRUE, bytes.put()), S_OK);
    ComPtr<IStorage> storage;
    EXPECT_EQ(StgCreateDocfileOnILockBytes(bytes.get(), kFull | STGM_CREATE, 0, storage.put()), S_OK);
    return storage;
}
void put(IStorage* storage, const OLECHAR* name, std::span<const std::uint8_t> bytes) {
    ComPtr<IStream> stream;
    ASSERT_EQ(storage->CreateStream(name, kFull | STGM_CREATE, 0, 0, stream.put()), S_OK);
    ASSERT_EQ(stream->Write(bytes.data(), static_cast<ULONG>(bytes.size()), nullptr), S_OK);
}
std::vector<std::uint8_t> get(IStorage* storage, const OLECHAR* name) {
    ComPtr<IStream> stream;
    EXPECT_EQ(storage->OpenStream(name, nullptr, kFull, 0, stream.put()), S_OK);
    std::vector<std::uint8_t> bytes(1000);
    ULONG got = 0;
    EXPECT_EQ(stream->Read(bytes.data(), 1000, &got), S_OK);
    bytes.resize(got);
    return bytes;
}

class ClassApi : public registry::TestRegistry {
  protected:
    void SetUp() override {
        TestRegistry::SetUp();
        registry::Registry::set_current(shared());
    }
    void TearDown() override {
        registry::Registry::set_current(nullptr);
        TestRegistry::TearDown();
    }
    void set(const std::string& key, const std::string& text) {
        ASSERT_TRUE(registry().set_value(*registry::KeyPath::parse(key), registry::Value::text("", text)));
    }
    std::string put_file(const std::string& name, std::string_view content) {
        const auto path = (folder() / name).string();
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }
    HRESULT class_of(const std::string& path, CLSID& class_id) { return GetClassFile(units(to_utf16(path)), &class_id); }
};

TEST_F(ClassApi, TheUserTypeIsReadBack) {
    auto storage = storage_in_memory();
    const std::u16string user_type = u"Ein Pager \u0416";
    const auto format = static_cast<CLIPFORMAT>(RegisterClipboardFormatW(OLESTR("Pager Format")));
    EXPECT_GE(format, 0xC000);
    EXPECT_EQ(RegisterClipboardFormatW(OLESTR("PAGER format")), format);
    ASSERT_EQ(WriteFmtUserTypeStg(storage.get(), format, units(user_type)), S_OK);
    CLIPFORMAT read_format = 0;
    LPOLESTR read_type = nullptr;
    ASSERT_EQ(ReadFmtUserTypeStg(storage.get(), &read_format, &read_type), S_OK);
    EXPECT_EQ(read_format, format);
    EXPECT_EQ(view(read_type), user_type);
    CoTaskMemFree(read_type);
    ASSERT_EQ(WriteFmtUserTypeStg(storage.get(), 13, nullptr), S_OK) << "standard formats are numbers";
    ASSERT_EQ(ReadFmtUserTypeStg(storage.get(), &read_format, nullptr), S_OK);
    EXPECT_EQ(read_format, 13);
    EXPECT_EQ(ReadFmtUserTypeStg(storage_in_memory().get(), &read_format, &read_type), STG_E_FILENOTFOUND);
    EXPECT_EQ(read_type, nullptr);
    EXPECT_EQ(WriteFmtUserTypeStg(nullptr, 1, units(user_type)), E_INVALIDARG);
}

TEST_F(ClassApi, CompObjIsWrittenAsTheSpecificationSays) {
    auto storage = storage_in_memory();
    ASSERT_EQ(WriteClassStg(storage.get(), kClass), S_OK);
    set("HKCR\\CLSID\\{12345678-0001-0002-0102-030405060708}\\ProgID", "Pg.1");
    ASSERT_EQ(WriteFmtUserTypeStg(storage.get(), 1, units(u"Pg")), S_OK);
    EXPECT_EQ(hex(get(storage.get(), OLESTR("\1CompObj"))), hex(annotated_bytes(R"(
        01 00 fe ff 03 0a 00 00 ff ff ff ff                 // what Windows has in front
        78 56 34 12 01 00 02 00 01 02 03 04 05 06 07 08     // class
        03 00 00 00 50 67 00                                // AnsiUserType "Pg"
        ff ff ff ff 01 00 00 00                             // AnsiClipboardFormat: CF_TEXT
        05 00 00 00 50 67 2e 31 00                          // Reserved1: the ProgID
        f4 39 b2 71                                         // UnicodeMarker
        06 00 00 00 50 00 67 00 00 00                       // UnicodeUserType, length in bytes
        ff ff ff ff 01 00 00 00                             // UnicodeClipboardFormat
        00 00 00 00                                         // Reserved2
    )")));
}

TEST(CompObjStream, BytesThatEndEarlyAreRefusedOrDoWithoutUnicode) {
    const auto whole = *write_compobj({kClass, u"a type", 0, "Pg.1"});
    std::size_t refused = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto read = read_compobj({whole.data(), size});
        if (read) EXPECT_EQ(read->user_type, u"a type") << size;
        else ++refused;
    }
    EXPECT_EQ(refused, 28u + 4 + 7 + 4);  // header, user type, format
    // Lengths that lie.
    auto bytes = whole;
    for (std::size_t i = 28; i < 32; ++i) bytes[i] = 0xFF;
    EXPECT_EQ(read_compobj(bytes).code(), STG_E_READFAULT);
    bytes = whole;
    bytes[39] = 0x91;
    bytes[40] = 0x01;
    EXPECT_EQ(read_compobj(bytes).code(), STG_E_INVALIDHEADER) << "a format's name of 401 characters";
}

TEST_F(ClassApi, TheConversionMarkIsSetAndTakenAway) {
    EXPECT_EQ(GetConvertStg(nullptr), E_INVALIDARG);
    EXPECT_EQ(SetConvertStg(nullptr, TRUE), E_INVALIDARG);
    auto storage = storage_in_memory();
    EXPECT_EQ(GetConvertStg(storage.get()), STG_E_FILENOTFOUND);
    ASSERT_EQ(SetConvertStg(storage.get(), TRUE), S_OK);
    EXPECT_EQ(GetConvertStg(storage.get()), S_OK);
    EXPECT_EQ(hex(get(storage.get(), OLESTR("\1Ole"))), "01 00 00 02 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00");
    ASSERT_EQ(SetConvertStg(storage.get(), FALSE), S_OK);
    EXPECT_EQ(GetConvertStg(storage.get()), S_FALSE);
    const std::uint8_t other[] = {1, 0, 0, 2, 1, 0x10, 0, 0, 9, 9};
    put(storage.get(), OLESTR("\1Ole"), other);
    ASSERT_EQ(SetConvertStg(storage.get(), TRUE), S_OK);
    EXPECT_EQ(hex(get(storage.get(), OLESTR("\1Ole"))), "01 00 00 02 05 10 00 00 09 09") << "what else is there stays";
    put(storage.get(), OLESTR("\1Ole"), std::vector<std::uint8_t>{2, 0, 0, 2, 0, 0, 0, 0});
    EXPECT_EQ(GetConvertStg(storage.get()), DV_E_CLIPFORMAT);
    EXPECT_EQ(SetConvertStg(storage.get(), TRUE), DV_E_CLIPFORMAT);
    put(storage.get(), OLESTR("\1Ole"), std::vector<std::uint8_t>{1, 0, 0, 2, 0, 0});
    EXPECT_EQ(GetConvertStg(storage.get()), STG_E_READFAULT);
}

TEST_F(ClassApi, ClassesInStreamsAndStorages) {
    ComPtr<IStream> stream;
    ASSERT_EQ(CreateStreamOnHGlobal(nullptr, TRUE, stream.put()), S_OK);
    CLSID class_id = kOther;
    EXPECT_EQ(ReadClassStm(stream.get(), &class_id), STG_E_READFAULT);
    EXPECT_TRUE(class_id == CLSID{});
    EXPECT_EQ(WriteClassStm(stream.get(), kClass), S_OK);
    EXPECT_EQ(stream->Seek({}, STREAM_SEEK_SET, nullptr), S_OK);
    EXPECT_EQ(ReadClassStm(stream.get(), &class_id), S_OK);
    EXPECT_TRUE(class_id == kClass);
    EXPECT_EQ(ReadClassStm(nullptr, &class_id), E_INVALIDARG);
    EXPECT_EQ(WriteClassStm(nullptr, kClass), E_INVALIDARG);
    auto storage = storage_in_memory();
    EXPECT_EQ(ReadClassStg(storage.get(), &class_id), S_OK);
    EXPECT_TRUE(class_id == CLSID{});
    EXPECT_EQ(WriteClassStg(storage.get(), kClass), S_OK);
    EXPECT_EQ(ReadClassStg(storage.get(), &class_id), S_OK);
    EXPECT_TRUE(class_id == kClass);
}

TEST_F(ClassApi, TheClassOfAFileIsTheOneInItsStorage) {
    const auto path = (folder() / "doc.pgr").string();
    ComPtr<IStorage> storage;
    ASSERT_EQ(StgCreateDocfile(units(to_utf16(path)), kFull | STGM_CREATE, 0, storage.put()), S_OK);
    ASSERT_EQ(WriteClassStg(storage.get(), kClass), S_OK);
    ASSERT_EQ(storage->Commit(STGC_DEFAULT), S_OK);
    CLSID class_id{};
    EXPECT_EQ(class_of(path, class_id), S_OK) << "also while it is open";
    EXPECT_TRUE(class_id == kClass);
    // Without a class inside, the extension decides.
    ASSERT_EQ(WriteClassStg(storage.get(), CLSID{}), S_OK);
    storage.reset();
    EXPECT_EQ(class_of(path, class_id), MK_E_INVALIDEXTENSION);
    EXPECT_TRUE(class_id == CLSID{});
    set("HKCR\\.pgr", "Pager.Document");
    EXPECT_EQ(class_of(path, class_id), MK_E_INVALIDEXTENSION) << "a ProgID that nobody knows";
    set("HKCR\\Pager.Document\\CLSID", "{87654321-0001-0002-0102-030405060708}");
    EXPECT_EQ(class_of(path, class_id), S_OK);
    EXPECT_TRUE(class_id == kOther);
}

TEST_F(ClassApi, TheClassOfAFileByItsPattern) {
    const std::string key = "HKCR\\FileType\\{12345678-0001-0002-0102-030405060708}\\";
    const auto is_ours = [&](std::string_view content) {
        CLSID class_id{};
        const HRESULT hr = class_of(put_file("file", content), class_id);
        EXPECT_TRUE(hr == S_OK || hr == MK_E_INVALIDEXTENSION) << hr;
        return hr == S_OK && class_id == kClass;
    };
    EXPECT_FALSE(is_ours("ABCD")) << "no patterns at all";
    set(key + "0", "0, 4, FFFFFFFF, 41424344");
    set(key + "1", "-2,2,,0D0A");
    set(key + "2", "3,1,F0,50");
    EXPECT_TRUE(is_ours("ABCDE"));
    EXPECT_FALSE(is_ours("ABC"));
    EXPECT_TRUE(is_ours("xyz\r\n")) << "from the end, mask left out";
    EXPECT_FALSE(is_ours("\n"));
    EXPECT_TRUE(is_ours("...S")) << "masked";
    EXPECT_FALSE(is_ours("...s"));
    EXPECT_FALSE(is_ours(""));
    // What is no pattern is passed over.
    for (const char* broken : {"", "0", "0,4", "0,4,FFFFFFFF", "0,4,FFFFFFFF,4142434", "x,1,FF,41", "0,0,,", "0,-1,FF,41", "0,1,GG,41", "0,999999999999,FF,41",
                               "9223372036854775807,1,FF,41", "-9223372036854775808,1,FF,41", "99999999999999999999,1,FF,41"}) {
        set(key + "0", broken);
        EXPECT_FALSE(is_ours("ABCDE")) << broken;
    }
}

TEST_F(ClassApi, AFileThatCannotBeOpenedHasNoClass) {
    CLSID class_id{};
    EXPECT_EQ(class_of((folder() / "missing").string(), class_id), MK_E_CANTOPENFILE);
    EXPECT_EQ(GetClassFile(nullptr, &class_id), MK_E_CANTOPENFILE);
    EXPECT_EQ(GetClassFile(OLESTR("x"), nullptr), E_INVALIDARG);
}

/// Saves a number, and remembers what was asked of it.
class Note final : public implements<IPersistStream, IPersist, IPersistStorage> {
  public:
    std::uint32_t number = 0;
    HRESULT save_result = S_OK;
    std::string calls;

    HRESULT STDMETHODCALLTYPE GetClassID(CLSID* class_id) override {
        *class_id = kClass;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE IsDirty() override { return S_FALSE; }
    HRESULT STDMETHODCALLTYPE Load(IStream* stream) override {
        ULONG got = 0;
        return FAILED(stream->Read(&number, 4, &got)) || got != 4 ? STG_E_READFAULT : S_OK;
    }
    HRESULT STDMETHODCALLTYPE Save(IStream* stream, BOOL clear) override {
        calls += clear ? "save and clear;" : "save;";
        return FAILED(save_result) ? save_result : stream->Write(&number, 4, nullptr);
    }
    HRESULT STDMETHODCALLTYPE GetSizeMax(ULARGE_INTEGER* size) override {
        size->QuadPart = 4;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE InitNew(IStorage*) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE Load(IStorage*) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE Save(IStorage* storage, BOOL same) override {
        calls += same ? "save same;" : "save other;";
        if (FAILED(save_result)) return save_result;
        ComPtr<IStream> stream;
        const HRESULT hr = storage->CreateStream(OLESTR("note"), kFull | STGM_CREATE, 0, 0, stream.put());
        return FAILED(hr) ? hr : stream->Write(&number, 4, nullptr);
    }
    HRESULT STDMETHODCALLTYPE SaveCompleted(IStorage*) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE HandsOffStorage() override { return S_OK; }
};

class NoteFactory final : public implements<IClassFactory> {
  public:
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown*, REFIID iid, void** object) override {
        auto made = ComPtr<Note>::attach(new Note);
        return made->QueryInterface(iid, object);
    }
    HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }
};

TEST_F(ClassApi, AnObjectIsSavedToAStreamAndMadeAgain) {
    ASSERT_EQ(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
    {
        auto factory = ComPtr<NoteFactory>::attach(new NoteFactory);
        DWORD cookie = 0;
        ASSERT_EQ(CoRegisterClassObject(kClass, factory.get(), CLSCTX_INPROC_SERVER, REGCLS_MULTIPLEUSE, &cookie), S_OK);
        auto note = ComPtr<Note>::attach(new Note);
        note->number = 1998;
        ComPtr<IStream> stream;
        ASSERT_EQ(CreateStreamOnHGlobal(nullptr, TRUE, stream.put()), S_OK);
        ASSERT_EQ(OleSaveToStream(note.get(), stream.get()), S_OK);
        EXPECT_EQ(note->calls, "save and clear;");
        ASSERT_EQ(stream->Seek({}, STREAM_SEEK_SET, nullptr), S_OK);
        ComPtr<IPersistStream> made;
        ASSERT_EQ(OleLoadFromStream(stream.get(), IID_IPersistStream, made.put_void()), S_OK);
        EXPECT_EQ(static_cast<Note*>(made.get())->number, 1998u);
        // A state that is too short.
        ULARGE_INTEGER size{};
        size.QuadPart = 18;
        stream->SetSize(size);
        stream->Seek({}, STREAM_SEEK_SET, nullptr);
        EXPECT_EQ(OleLoadFromStream(stream.get(), IID_IPersistStream, made.put_void()), STG_E_READFAULT);
        EXPECT_FALSE(made);
        EXPECT_EQ(OleLoadFromStream(nullptr, IID_IPersistStream, made.put_void()), E_INVALIDARG);
        EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
        stream->Seek({}, STREAM_SEEK_SET, nullptr);
        EXPECT_EQ(OleLoadFromStream(stream.get(), IID_IPersistStream, made.put_void()), REGDB_E_CLASSNOTREG);
        note->save_result = E_ABORT;
        EXPECT_EQ(OleSaveToStream(note.get(), stream.get()), E_ABORT);
    }
    CoUninitialize();
}

TEST_F(ClassApi, OleSaveWritesTheClassAndCommits) {
    const auto path = to_utf16((folder() / "saved").string());
    ComPtr<IStorage> storage;
    ASSERT_EQ(StgCreateDocfile(units(path), kFull | STGM_CREATE | STGM_TRANSACTED, 0, storage.put()), S_OK);
    auto note = ComPtr<Note>::attach(new Note);
    note->save_result = E_ABORT;
    EXPECT_EQ(OleSave(note.get(), storage.get(), FALSE), E_ABORT);
    note->save_result = S_OK;
    ASSERT_EQ(OleSave(note.get(), storage.get(), TRUE), S_OK);
    EXPECT_EQ(note->calls, "save other;save same;");
    storage.reset();
    ASSERT_EQ(StgOpenStorage(units(path), nullptr, kFull, nullptr, 0, storage.put()), S_OK);
    CLSID class_id{};
    EXPECT_EQ(ReadClassStg(storage.get(), &class_id), S_OK);
    EXPECT_TRUE(class_id == kClass);
    EXPECT_EQ(get(storage.get(), OLESTR("note")).size(), 4u);
    EXPECT_EQ(OleSave(nullptr, storage.get(), TRUE), E_INVALIDARG);
}

}  // namespace
}  // namespace odc::storage
