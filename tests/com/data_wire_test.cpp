// CLIPFORMAT, HGLOBAL, handles and STGMEDIUM as bytes: NDR in both syntaxes and byte orders, and bytes that must be refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "../midl/wire_bytes.h"
#include "combaseapi.h"
#include "opendcom/ndr/generated.h"
#include "winbase.h"
#include "winuser.h"

extern "C" const odc::ndr::UserType CLIPFORMAT_wire, HGLOBAL_wire, HWND_wire, HDC_wire, HBITMAP_wire, HMETAFILEPICT_wire, STGMEDIUM_wire, FLAG_STGMEDIUM_wire;

namespace odc {
namespace {

using ndr::Syntax;
using test::bytes_of;
using Bytes = std::vector<std::uint8_t>;

Bytes written(const ndr::UserType& type, const void* value, HRESULT expected = S_OK, Syntax syntax = Syntax::ndr20) {
    ndr::Writer out;
    out.begin(0, syntax);
    type.write(out, value);
    EXPECT_EQ(out.error(), expected);
    return {out.base(), out.base() + out.own_bytes()};
}

/// A message that is read in place. What was read from it ends with it, as after a call that failed.
class Message {
  public:
    explicit Message(const Bytes& bytes, Syntax syntax = Syntax::ndr20, bool swap = false) : storage_(bytes.size() / 8 + 1) {
        auto* at = reinterpret_cast<std::uint8_t*>(storage_.data());
        if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
        in_.begin({at, bytes.size()}, swap, syntax, arena_);
    }
    ~Message() { in_.abandon(); }
    template <class T>
    T read(const ndr::UserType& type) {
        T value{};
        type.read(in_, &value);
        return value;
    }
    ndr::Reader& reader() { return in_; }
    bool failed() const { return in_.failed(); }

  private:
    std::vector<std::uint64_t> storage_;
    ndr::Arena arena_;
    ndr::Reader in_;
};

/// Referents are given out anew in each message.
Bytes without_referents(Bytes bytes, std::initializer_list<std::size_t> at, std::size_t width = 4) {
    for (const std::size_t one : at) {
        const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(one);
        EXPECT_NE(std::count(begin, begin + static_cast<std::ptrdiff_t>(width), 0), static_cast<std::ptrdiff_t>(width));
        std::fill_n(begin, width, std::uint8_t{0xEE});
    }
    return bytes;
}

HGLOBAL block_of(const std::string& text) {
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, text.size());
    std::memcpy(GlobalLock(memory), text.data(), text.size());
    GlobalUnlock(memory);
    return memory;
}
std::string text_of(HGLOBAL memory) {
    const std::string text(static_cast<const char*>(GlobalLock(memory)), GlobalSize(memory));
    GlobalUnlock(memory);
    return text;
}

TEST(DataWire, SendsFixedFormatsByNumberAndRegisteredOnesByName) {
    CLIPFORMAT text = 13;
    const auto fixed = bytes_of("57 64 74 48  // WDT_INPROC_CALL\n 0d 00 00 00  // CF_UNICODETEXT");
    EXPECT_EQ(written(CLIPFORMAT_wire, &text), fixed);
    EXPECT_EQ(Message(fixed).read<CLIPFORMAT>(CLIPFORMAT_wire), 13);

    auto made = static_cast<CLIPFORMAT>(RegisterClipboardFormatW(OLESTR("Own")));
    const auto named = bytes_of("57 64 74 52  // WDT_REMOTE_CALL\n ee ee ee ee  // referent\n"
                                "04 00 00 00 00 00 00 00 04 00 00 00  // maximum, offset, actual\n 4f 00 77 00 6e 00 00 00  // \"Own\"");
    EXPECT_EQ(without_referents(written(CLIPFORMAT_wire, &made), {4}), named);
    EXPECT_EQ(Message(named).read<CLIPFORMAT>(CLIPFORMAT_wire), made);
    const auto wide = written(CLIPFORMAT_wire, &made, S_OK, Syntax::ndr64);
    EXPECT_EQ(Message(wide, Syntax::ndr64).read<CLIPFORMAT>(CLIPFORMAT_wire), made);
    CLIPFORMAT unknown = 0xFFF0;
    written(CLIPFORMAT_wire, &unknown, DV_E_CLIPFORMAT);
}

TEST(DataWire, ReadsFormatsOfTheOtherByteOrder) {
    EXPECT_EQ(Message(bytes_of("48 74 64 57 00 00 00 0d"), Syntax::ndr20, true).read<CLIPFORMAT>(CLIPFORMAT_wire), 13);
}

TEST(DataWire, SendsWhatIsInGlobalMemory) {
    HGLOBAL memory = block_of("abc");
    const auto expected = bytes_of("57 64 74 52  // WDT_REMOTE_CALL\n ee ee ee ee  // referent\n 03 00 00 00  // maximum\n"
                                   "ee ee ee ee  // the referent again\n 03 00 00 00  // size\n 61 62 63");
    const auto bytes = written(HGLOBAL_wire, &memory);
    EXPECT_EQ(without_referents(bytes, {4, 12}), expected);
    EXPECT_EQ(std::memcmp(&bytes[4], &bytes[12], 4), 0);
    for (const Syntax syntax : {Syntax::ndr20, Syntax::ndr64}) {
        Message message(written(HGLOBAL_wire, &memory, S_OK, syntax), syntax);
        EXPECT_EQ(text_of(message.read<HGLOBAL>(HGLOBAL_wire)), "abc");
    }
    HGLOBAL nothing = nullptr;
    EXPECT_EQ(written(HGLOBAL_wire, &nothing), bytes_of("57 64 74 52 00 00 00 00"));
    HGLOBAL empty = GlobalAlloc(GMEM_MOVEABLE, 0);
    Message message(written(HGLOBAL_wire, &empty));
    HGLOBAL read = message.read<HGLOBAL>(HGLOBAL_wire);
    EXPECT_NE(read, nullptr);
    EXPECT_EQ(GlobalSize(read), 0u);
    GlobalFree(memory);
    written(HGLOBAL_wire, &memory, E_HANDLE);
    GlobalFree(empty);
}

TEST(DataWire, FreesMemoryOfCallsThatFailLaterOn) {
    HGLOBAL memory = block_of("abc"), read = nullptr;
    {
        Message message(written(HGLOBAL_wire, &memory));
        read = message.read<HGLOBAL>(HGLOBAL_wire);
        EXPECT_EQ(GlobalSize(read), 3u);
    }
    EXPECT_EQ(GlobalFlags(read), UINT{GMEM_INVALID_HANDLE});
    GlobalFree(memory);
}

TEST(DataWire, SendsWindowsAsNumbersAndNoOtherHandles) {
    auto window = reinterpret_cast<HWND>(std::intptr_t{0x1234});
    EXPECT_EQ(written(HWND_wire, &window), bytes_of("57 64 74 48 34 12 00 00"));
    EXPECT_EQ(Message(bytes_of("57 64 74 48 34 12 00 00")).read<HWND>(HWND_wire), window);
    auto large = reinterpret_cast<HWND>(std::intptr_t{0x100000000});
    written(HWND_wire, &large, E_HANDLE);
    void* handle = nullptr;
    EXPECT_EQ(written(HDC_wire, &handle), bytes_of("57 64 74 48 00 00 00 00"));
    EXPECT_EQ(written(HBITMAP_wire, &handle), bytes_of("57 64 74 52 00 00 00 00"));
    handle = &handle;
    for (const auto* type : {&HDC_wire, &HBITMAP_wire, &HMETAFILEPICT_wire}) written(*type, &handle, E_HANDLE);
}

TEST(DataWire, SendsMediaWithTheirPointersFirst) {
    STGMEDIUM medium{};
    EXPECT_EQ(written(STGMEDIUM_wire, &medium), bytes_of("00 00 00 00  // TYMED_NULL\n 00 00 00 00  // pUnkForRelease"));
    medium.tymed = TYMED_HGLOBAL;
    medium.hGlobal = block_of("ab");
    EXPECT_EQ(without_referents(written(STGMEDIUM_wire, &medium), {4, 16, 24}),
              bytes_of("01 00 00 00  // TYMED_HGLOBAL\n ee ee ee ee  // hGlobal\n 00 00 00 00  // pUnkForRelease\n"
                       "57 64 74 52 ee ee ee ee 02 00 00 00 ee ee ee ee 02 00 00 00 61 62"));
    for (const Syntax syntax : {Syntax::ndr20, Syntax::ndr64}) {
        Message message(written(STGMEDIUM_wire, &medium, S_OK, syntax), syntax);
        const auto read = message.read<STGMEDIUM>(STGMEDIUM_wire);
        EXPECT_EQ(read.tymed, DWORD{TYMED_HGLOBAL});
        EXPECT_EQ(text_of(read.hGlobal), "ab");
    }
    GlobalFree(medium.hGlobal);
    OLECHAR name[] = {'/', 'a', 0};
    medium.tymed = TYMED_FILE;
    medium.lpszFileName = name;
    EXPECT_EQ(without_referents(written(STGMEDIUM_wire, &medium), {4}),
              bytes_of("02 00 00 00 ee ee ee ee 00 00 00 00  03 00 00 00 00 00 00 00 03 00 00 00  2f 00 61 00 00 00"));
    FLAG_STGMEDIUM flagged{0, 1, medium};
    for (const Syntax syntax : {Syntax::ndr20, Syntax::ndr64}) {
        Message message(written(FLAG_STGMEDIUM_wire, &flagged, S_OK, syntax), syntax);
        const auto read = message.read<FLAG_STGMEDIUM>(FLAG_STGMEDIUM_wire);
        EXPECT_EQ(read.fPassOwnership, 1);
        ASSERT_EQ(read.Stgmed.tymed, DWORD{TYMED_FILE});
        EXPECT_EQ(std::memcmp(read.Stgmed.lpszFileName, name, sizeof name), 0);
    }
}

TEST(DataWire, SendsNoPicturesAndNoMetafiles) {
    for (const DWORD tymed : {TYMED_GDI, TYMED_MFPICT, TYMED_ENHMF, TYMED(3), TYMED(128)}) {
        STGMEDIUM medium{};
        medium.tymed = tymed;
        written(STGMEDIUM_wire, &medium, DV_E_TYMED);
    }
}

TEST(DataWire, RefusesBytesThatDisagree) {
    const struct {
        const char* what;
        const ndr::UserType& type;
        const char* bytes;
    } table[] = {
        {"a format with neither number nor name", CLIPFORMAT_wire, "00 00 00 00 0d 00 00 00"},
        {"a format beyond 16 bits", CLIPFORMAT_wire, "57 64 74 48 00 00 01 00"},
        {"a null name", CLIPFORMAT_wire, "57 64 74 52 00 00 00 00"},
        {"an empty name", CLIPFORMAT_wire, "57 64 74 52 01 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00 00 00"},
        {"a name without end", CLIPFORMAT_wire, "57 64 74 52 01 00 00 00 01 00 00 00 00 00 00 00 01 00 00 00 41 00"},
        {"memory of another process", HGLOBAL_wire, "57 64 74 48 01 00 00 00"},
        {"its 64-bit form", HGLOBAL_wire, "57 64 74 50 00 00 00 00 01 00 00 00 00 00 00 00"},
        {"memory that is longer than the message", HGLOBAL_wire, "57 64 74 52 01 00 00 00 ff ff ff 7f 00 00 00 00 ff ff ff 7f 61"},
        {"two sizes", HGLOBAL_wire, "57 64 74 52 01 00 00 00 01 00 00 00 00 00 00 00 02 00 00 00 61 62"},
        {"memory cut off", HGLOBAL_wire, "57 64 74 52 01 00 00 00 01 00 00 00"},
        {"a window of no kind", HWND_wire, "01 00 00 00 00 00 00 00"},
        {"half a window", HWND_wire, "57 64 74 48 00 00"},
        {"a picture", HBITMAP_wire, "57 64 74 52 01 00 00 00 00 00 00 00"},
        {"a metafile of another process", HMETAFILEPICT_wire, "57 64 74 48 01 00 00 00"},
        {"a medium that does not exist", STGMEDIUM_wire, "80 00 00 00 00 00 00 00 00 00 00 00"},
        {"two media at once", STGMEDIUM_wire, "03 00 00 00 00 00 00 00 00 00 00 00"},
        {"a medium with a picture", STGMEDIUM_wire, "10 00 00 00 01 00 00 00 00 00 00 00"},
        {"a stream without runtime", STGMEDIUM_wire, "04 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"},
        {"a medium cut off", STGMEDIUM_wire, "01 00 00 00 01 00"},
        {"a flagged medium cut off", FLAG_STGMEDIUM_wire, "00 00 00 00"},
    };
    for (const auto& row : table) {
        Message message(bytes_of(row.bytes));
        std::uint64_t value[8] = {};
        row.type.read(message.reader(), value);
        EXPECT_TRUE(message.failed()) << row.what;
        for (const auto word : value) EXPECT_EQ(word, 0u) << row.what;
    }
}

}  // namespace
}  // namespace odc
