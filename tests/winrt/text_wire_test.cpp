// HSTRING as bytes, as hstring.idl and MS-OAUT 2.2.23.2 describe them, and bytes that must be refused.
#include <gtest/gtest.h>

#include "../midl/wire_bytes.h"
#include "opendcom/hstring.h"
#include "opendcom/ndr/generated.h"

extern "C" const odc::ndr::UserType HSTRING_wire;

namespace odc {
namespace {

using ndr::Syntax;
using Bytes = std::vector<std::uint8_t>;

Bytes written(HSTRING text, Syntax syntax = Syntax::ndr20) {
    ndr::Writer out;
    out.begin(0, syntax);
    HSTRING_wire.write(out, &text);
    EXPECT_EQ(out.error(), S_OK);
    return {out.base(), out.base() + out.own_bytes()};
}

/// The text, and whether the bytes were good.
std::pair<Hstring, bool> read(const Bytes& bytes, Syntax syntax = Syntax::ndr20, bool swap = false) {
    std::vector<std::uint64_t> storage(bytes.size() / 8 + 1);
    auto* at = reinterpret_cast<std::uint8_t*>(storage.data());
    if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
    ndr::Arena arena;
    ndr::Reader in;
    in.begin({at, bytes.size()}, swap, syntax, arena);
    HSTRING text = nullptr;
    HSTRING_wire.read(in, &text);
    const bool good = !in.failed();
    if (good) {
        in.end();
        return {Hstring::attach(text), true};
    }
    EXPECT_EQ(text, nullptr);
    in.abandon();
    return {Hstring(), false};
}

struct Row {
    std::u16string_view text;
    const char* ndr20;
    const char* ndr64;
};
const Row kRows[] = {
    {u"", "00 00 00 00  00 00 00 00  00 00 00 00", "00 00 00 00 00 00 00 00  00 00 00 00  00 00 00 00"},
    {u"a\u20ac", R"(02 00 00 00   // size of the array
                    04 00 00 00   // length in bytes
                    02 00 00 00   // length in units
                    61 00 ac 20)",
     "02 00 00 00 00 00 00 00  04 00 00 00  02 00 00 00  61 00 ac 20"},
    {std::u16string_view(u"\0", 1), "01 00 00 00  02 00 00 00  01 00 00 00  00 00", "01 00 00 00 00 00 00 00  02 00 00 00  01 00 00 00  00 00"},
};

TEST(HstringWire, BytesAreThoseOfItsTable) {
    for (const auto& row : kRows) {
        const Hstring text(row.text);
        EXPECT_EQ(test::hex(written(text.get())), test::hex(test::bytes_of(row.ndr20)));
        EXPECT_EQ(test::hex(written(text.get(), Syntax::ndr64)), test::hex(test::bytes_of(row.ndr64)));
        for (const bool swap : {false, true}) {  // little-endian whatever the message says, as BSTR
            const auto [back, good] = read(test::bytes_of(row.ndr20), Syntax::ndr20, swap);
            EXPECT_TRUE(good);
            EXPECT_EQ(back.view(), row.text);
        }
        EXPECT_EQ(read(test::bytes_of(row.ndr64), Syntax::ndr64).first.view(), row.text);
    }
}

TEST(HstringWire, ANullBstrIsTheEmptyText) {
    const auto [text, good] = read(test::bytes_of("00 00 00 00  ff ff ff ff  00 00 00 00"));
    EXPECT_TRUE(good);
    EXPECT_TRUE(text.empty());
}

TEST(HstringWire, WhatDoesNotFitTogetherIsRefused) {
    for (const char* bytes : {
             "",
             "01 00 00 00",
             "01 00 00 00  02 00 00 00  01 00 00 00",               // the unit is missing
             "02 00 00 00  04 00 00 00  01 00 00 00  61 00 62 00",  // two lengths
             "02 00 00 00  03 00 00 00  02 00 00 00  61 00 62 00",  // half a unit
             "02 00 00 00  06 00 00 00  02 00 00 00  61 00 62 00",
             "01 00 00 00  ff ff ff ff  01 00 00 00  61 00",        // null with a unit
             "ff ff ff ff  fe ff ff ff  ff ff ff ff  61 00",
             "00 00 00 80  00 00 00 00  00 00 00 80",
         })
        EXPECT_FALSE(read(test::bytes_of(bytes)).second) << bytes;
}

}  // namespace
}  // namespace odc
