// BSTR, VARIANT and SAFEARRAY as bytes: the kept text that Wine's oleaut32 agrees with, the code that MIDL writes for the same structures, both
// byte orders of messages, NDR64, and bytes that must be refused.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "../judges/automation/values.h"
#include "../midl/wire_bytes.h"
#include "automation/wire.h"
#include "oleauto.h"
#include "witness_t.h"

extern "C" const odc::ndr::UserType BSTR_wire, VARIANT_wire, LPSAFEARRAY_wire, EXCEPINFO_wire;

namespace odc {
namespace {

using automation::WireReader;
using ndr::Syntax;
using test::bytes_of;
using test::hex;
using Bytes = std::vector<std::uint8_t>;

template <class Write>
Bytes written(Write write, Syntax syntax = Syntax::ndr20, HRESULT expected = S_OK) {
    ndr::Writer out;
    out.begin(0, syntax);
    write(out);
    EXPECT_EQ(out.error(), expected);
    return {out.base(), out.base() + out.own_bytes()};
}
Bytes variant_bytes(const VARIANT& value, Syntax syntax = Syntax::ndr20) {
    return written([&](ndr::Writer& out) { VARIANT_wire.write(out, &value); }, syntax);
}

/// A message that is read in place, and what was read from it.
class Message {
  public:
    explicit Message(const Bytes& bytes, Syntax syntax = Syntax::ndr20, bool swap = false) : storage_(bytes.size() / 8 + 1) {
        auto* at = reinterpret_cast<std::uint8_t*>(storage_.data());
        if (!bytes.empty()) std::memcpy(at, bytes.data(), bytes.size());
        in_.begin({at, bytes.size()}, swap, syntax, arena_);
    }
    ~Message() { in_.abandon(); }
    ndr::Reader& in() { return in_; }
    VARIANT variant() {
        VARIANT value{};
        VARIANT_wire.read(in_, &value);
        return value;
    }

  private:
    std::vector<std::uint64_t> storage_;
    ndr::Arena arena_;
    ndr::Reader in_;
};

/// "kind name @offset: bytes", bytes of referents as **. Those are found by writing twice: the second time other referents were given before.
template <class Write>
std::string line(const std::string& name, unsigned offset, Write write) {
    const auto begin = [&](ndr::Writer& out) {
        for (unsigned i = 0; i < offset; ++i) out.u8(0);
        write(out);
    };
    const auto bytes = written(begin);
    const auto later = written([&](ndr::Writer& out) {
        for (int i = 0; i < 16; ++i) out.unique(&out);  // 64 bytes
        begin(out);
    });
    EXPECT_EQ(later.size(), bytes.size() + 64);
    std::string text = name + " @" + std::to_string(offset) + ":";
    char two[4];
    for (std::size_t at = offset; at < bytes.size(); ++at) {
        const std::size_t word = at & ~std::size_t{3};
        const bool referent = word + 4 <= bytes.size() && std::memcmp(&bytes[word], &later[word + 64], 4) != 0;
        std::snprintf(two, sizeof two, " %02x", bytes[at]);
        text += referent ? " **" : two;
    }
    return text;
}

std::vector<std::string> our_lines() {
    std::vector<std::string> lines;
    const auto add = [&](const std::string& name, unsigned offset, auto write) { lines.push_back(line(name, offset, write)); };
    each_value([&](const char* name, VARIANT& value) {
        for (unsigned offset : {0u, 4u})
            add(std::string("variant ") + name, offset, [&](ndr::Writer& out) { VARIANT_wire.write(out, &value); });
    });
    each_text([&](const char* name, BSTR text) {
        for (unsigned offset = 0; offset < 4; ++offset)
            add(std::string("bstr ") + name, offset, [&](ndr::Writer& out) { BSTR_wire.write(out, &text); });
    });
    each_value([&](const char* name, VARIANT& value) {
        if ((value.vt & (VT_ARRAY | VT_BYREF)) == VT_ARRAY)
            for (unsigned offset : {0u, 4u})
                add(std::string("array ") + name, offset, [&](ndr::Writer& out) { LPSAFEARRAY_wire.write(out, &value.parray); });
    });
    return lines;
}

TEST(AutomationWire, GivesTheBytesThatAreKept) {
    const auto lines = our_lines();
    if (const char* path = std::getenv("ODC_WRITE_WIRE_TEXT")) {
        std::ofstream out(path);
        for (const auto& one : lines) out << one << '\n';
    }
    std::ifstream kept(ODC_WIRE_TEXT);
    ASSERT_TRUE(kept.is_open());
    std::vector<std::string> expected;
    for (std::string one; std::getline(kept, one);)
        if (!one.empty() && one[0] != '#') expected.push_back(one);
    ASSERT_EQ(lines.size(), expected.size());
    for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i], expected[i]);
}

TEST(AutomationWire, ReadsBackWhatItWrote) {
    for (const Syntax syntax : {Syntax::ndr20, Syntax::ndr64}) {
        each_value([&](const char* name, VARIANT& value) {
            const auto bytes = variant_bytes(value, syntax);
            for (const bool swap : {false, true}) {  // little-endian all the same
                Message message(bytes, syntax, swap);
                VARIANT read = message.variant();
                ASSERT_FALSE(message.in().failed()) << name;
                EXPECT_EQ(message.in().left(), 0u) << name;
                EXPECT_EQ(message.in().swaps(), swap);
                EXPECT_EQ(read.vt, value.vt) << name;
                EXPECT_EQ(hex(variant_bytes(read, syntax)), hex(bytes)) << name;
                message.in().end();
                VARIANT_wire.release(&read);
                EXPECT_EQ(read.vt, VT_EMPTY);
            }
        });
        each_text([&](const char* name, BSTR text) {
            const auto bytes = written([&](ndr::Writer& out) { BSTR_wire.write(out, &text); }, syntax);
            Message message(bytes, syntax, true);
            BSTR read = nullptr;
            BSTR_wire.read(message.in(), &read);
            ASSERT_FALSE(message.in().failed()) << name;
            EXPECT_EQ(read == nullptr, text == nullptr);
            EXPECT_EQ(SysStringByteLen(read), SysStringByteLen(text));
            EXPECT_TRUE(!text || std::memcmp(read, text, SysStringByteLen(text) + 2) == 0);
        });
    }
}

TEST(AutomationWire, EveryBeginningIsRefused) {
    for (const Syntax syntax : {Syntax::ndr20, Syntax::ndr64}) {
        each_value([&](const char* name, VARIANT& value) {
            const auto bytes = variant_bytes(value, syntax);
            for (std::size_t n = 0; n < bytes.size(); ++n) {
                if (std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(n), bytes.end(), [](auto b) { return b == 0; }) && syntax == Syntax::ndr64)
                    continue;  // nothing but the gap at its end is missing
                Message message({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)}, syntax);
                const VARIANT read = message.variant();
                EXPECT_TRUE(message.in().failed()) << name << ": " << n << " of " << bytes.size();
                EXPECT_EQ(read.vt, VT_EMPTY);
            }
        });
    }
}

// The witness --------------------------------------------------------------------------------------------------------------

/// Reads the bytes with MIDL's code and writes them again with it.
template <class Witness>
Bytes through_witness(const Bytes& bytes, Syntax syntax) {
    Message message(bytes, syntax);
    Witness witness{};
    ndr_read(message.in(), witness, false);
    EXPECT_EQ(message.in().left(), 0u);
    EXPECT_FALSE(message.in().failed());
    if (message.in().failed()) return {};
    return written([&](ndr::Writer& out) { ndr_write(out, witness); }, syntax);
}

TEST(AutomationWire, TheCompilersCodeReadsAndWritesTheSame) {
    for (const Syntax syntax : {Syntax::ndr20, Syntax::ndr64}) {
        each_value([&](const char* name, VARIANT& value) {
            SCOPED_TRACE(name);
            if ((value.vt & VT_ARRAY) == 0) {  // arrays have an arm of their own, which the description's switch_is(vt) does not name
                const auto bytes = written(
                    [&](ndr::Writer& out) {
                        out.unique(&value);
                        VARIANT_wire.write(out, &value);
                    },
                    syntax);
                auto again = through_witness<VariantWitness>(bytes, syntax);
                EXPECT_EQ(hex(again), hex(bytes));
            } else if (!(value.vt & VT_BYREF) && std::strcmp(name, "variant[4]") != 0) {
                const auto bytes = written(
                    [&](ndr::Writer& out) {
                        out.unique(&value);
                        LPSAFEARRAY_wire.write(out, &value.parray);
                    },
                    syntax);
                EXPECT_EQ(hex(through_witness<ArrayWitness>(bytes, syntax)), hex(bytes));
            }
        });
        EXCEPINFO info{};
        info.wCode = 1001;
        info.bstrSource = SysAllocString(u"source");
        info.dwHelpContext = 7;
        info.scode = E_FAIL;
        const auto bytes = written([&](ndr::Writer& out) { EXCEPINFO_wire.write(out, &info); }, syntax);
        EXPECT_EQ(hex(through_witness<ExceptionWitness>(bytes, syntax)), hex(bytes));
        Message message(bytes, syntax);
        EXCEPINFO read{};
        EXCEPINFO_wire.read(message.in(), &read);
        EXPECT_EQ(read.wCode, 1001);
        EXPECT_EQ(SysStringLen(read.bstrSource), 6u);
        EXPECT_EQ(read.bstrDescription, nullptr);
        EXPECT_EQ(read.scode, E_FAIL);
        SysFreeString(info.bstrSource);
    }
}

// Bytes explained ----------------------------------------------------------------------------------------------------------

TEST(AutomationWire, ATextIsCountsAndWords) {
    BSTR text = SysAllocString(u"ab");
    EXPECT_EQ(hex(written([&](ndr::Writer& out) { BSTR_wire.write(out, &text); })),
              hex(bytes_of("02 00 00 00 // maximum count\n 04 00 00 00 // cBytes\n 02 00 00 00 // clSize\n 61 00 62 00")));
    EXPECT_EQ(hex(written([&](ndr::Writer& out) { BSTR_wire.write(out, &text); }, Syntax::ndr64)),
              hex(bytes_of("02 00 00 00 00 00 00 00 // maximum count\n 04 00 00 00 02 00 00 00 61 00 62 00")));
    SysFreeString(text);
    text = nullptr;
    EXPECT_EQ(hex(written([&](ndr::Writer& out) { BSTR_wire.write(out, &text); })), hex(bytes_of("00 00 00 00 ff ff ff ff 00 00 00 00")));
}

TEST(AutomationWire, ANumberInNdr64EndsAtAMultipleOfEight) {
    VARIANT value{};
    value.vt = VT_I2;
    value.iVal = 5;
    EXPECT_EQ(hex(variant_bytes(value, Syntax::ndr64)),
              hex(bytes_of("04 00 00 00 // 4 times 8 bytes\n 00 00 00 00 02 00 00 00 00 00 00 00 // vt, reserved\n"
                           "02 00 00 00 00 00 00 00 // the arm, gap\n 05 00 00 00 00 00 00 00")));
}

TEST(AutomationWire, AnArrayOfTextsSendsPointersFirst) {
    SAFEARRAY* array = SafeArrayCreateVector(VT_BSTR, 5, 2);
    static_cast<BSTR*>(array->pvData)[1] = SysAllocString(u"x");
    EXPECT_EQ(hex(written([&](ndr::Writer& out) { LPSAFEARRAY_wire.write(out, &array); })),
              hex(bytes_of("00 00 02 00 // the wireSAFEARRAY\n 01 00 00 00 // maximum count of bounds\n 01 00 80 01 // cDims, fFeatures\n"
                           "04 00 00 00 // cbElements\n 00 00 08 00 // VT_BSTR above the locks\n 08 00 00 00 // SF_BSTR\n"
                           "02 00 00 00 04 00 02 00 // Size, aBstr\n 02 00 00 00 05 00 00 00 // cElements, lLbound\n"
                           "02 00 00 00 // maximum count of texts\n 08 00 02 00 0c 00 02 00\n"
                           "00 00 00 00 ff ff ff ff 00 00 00 00 // null\n 01 00 00 00 02 00 00 00 01 00 00 00 78 00")));
    SafeArrayDestroy(array);
}

// What must be refused -----------------------------------------------------------------------------------------------------

template <class Read>
void refused(std::string_view bytes, Read read) {
    Message message(bytes_of(bytes));
    read(message.in());
    EXPECT_TRUE(message.in().failed()) << bytes;
}
void text_refused(std::string_view bytes) {
    refused(bytes, [](ndr::Reader& in) {
        BSTR text = nullptr;
        BSTR_wire.read(in, &text);
        EXPECT_EQ(text, nullptr);
    });
}
void variant_refused(std::string_view bytes) {
    refused(bytes, [](ndr::Reader& in) {
        VARIANT value{};
        VARIANT_wire.read(in, &value);
        EXPECT_EQ(value.vt, VT_EMPTY);
    });
}
void array_refused(std::string_view bytes) {
    refused(bytes, [](ndr::Reader& in) {
        SAFEARRAY* array = nullptr;
        LPSAFEARRAY_wire.read(in, &array);
        EXPECT_EQ(array, nullptr);
    });
}

TEST(AutomationWire, RefusesTextsThatLie) {
    text_refused("02 00 00 00 03 00 00 00 01 00 00 00 61 00 62 00 // clSize is not the count");
    text_refused("01 00 00 00 04 00 00 00 01 00 00 00 61 00 // four bytes in one word");
    text_refused("02 00 00 00 01 00 00 00 02 00 00 00 61 00 62 00 // one byte in two words");
    text_refused("01 00 00 00 ff ff ff ff 01 00 00 00 61 00 // null with content");
    text_refused("ff ff ff 7f fe ff ff ff ff ff ff 7f 61 00 // more than was received");
    text_refused("00 00 00 00 01 00 00 00 00 00 00 00 // a byte in no word");
}

TEST(AutomationWire, RefusesVariantsThatLie) {
    const std::string good = "03 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 03 00 00 00 07 00 00 00";
    Message fine(bytes_of(good));
    EXPECT_EQ(fine.variant().lVal, 7);
    variant_refused("02 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 03 00 00 00 07 00 00 00 // 16 bytes are too few");
    variant_refused("04 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 03 00 00 00 07 00 00 00 // 32 are not there");
    variant_refused("ff ff ff ff 00 00 00 00 03 00 00 00 00 00 00 00 03 00 00 00 07 00 00 00");
    variant_refused("03 00 00 00 00 00 00 00 03 00 00 00 00 00 00 00 02 00 00 00 07 00 00 00 // the arm is not the type's");
    variant_refused("03 00 00 00 00 00 00 00 0f 00 00 00 00 00 00 00 0f 00 00 00 07 00 00 00 // no such type");
    variant_refused("03 00 00 00 00 00 00 00 0c 00 00 00 00 00 00 00 0c 00 00 00 07 00 00 00 // a variant is not by value in a variant");
    variant_refused("03 00 00 00 00 00 00 00 24 00 00 00 00 00 00 00 24 00 00 00 00 00 00 00 // records need type information");
    variant_refused("03 00 00 00 00 00 00 00 03 10 00 00 00 00 00 00 03 10 00 00 07 00 00 00 // VT_VECTOR");
    variant_refused("03 00 00 00 00 00 00 00 03 40 00 00 00 00 00 00 03 40 00 00 00 00 00 00 // a reference to nothing");
    variant_refused("05 00 00 00 00 00 00 00 0e 00 00 00 00 00 00 00 0e 00 00 00 00 00 00 00 00 00 1d 00 00 00 00 00"
                    "00 00 00 00 00 00 00 00 // scale 29");
}

TEST(AutomationWire, RefusesVariantsInVariantsBeyondTheLimit) {
    // VARIANT -> SAFEARRAY of one VARIANT -> ...; in memory that can be built, on a wire its depth is bounded.
    VARIANT value{};
    for (int i = 0; i < 40; ++i) {
        SAFEARRAY* array = SafeArrayCreateVector(VT_VARIANT, 0, 1);
        *static_cast<VARIANT*>(array->pvData) = value;
        value = {};
        value.vt = VT_ARRAY | VT_VARIANT;
        value.parray = array;
    }
    const auto bytes = written([&](ndr::Writer& out) { VARIANT_wire.write(out, &value); }, Syntax::ndr20, HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA));
    VariantClear(&value);
    // Twelve bytes per level are enough for a hostile chain of references.
    std::string deep;
    for (int i = 0; i < 200; ++i) deep += "ff 00 00 00 00 00 00 00 0c 40 00 00 00 00 00 00 0c 40 00 00 01 00 00 00 01 00 00 00 00 00 00 00";
    variant_refused(deep);
}

TEST(AutomationWire, RefusesArraysThatLie) {
    const std::string head = "00 00 02 00 01 00 00 00 ";
    const std::string good = "01 00 80 00 04 00 00 00 00 00 03 00 03 00 00 00 02 00 00 00 04 00 02 00 02 00 00 00 00 00 00 00 02 00 00 00 01 00 00 00 02 00 00 00";
    Message fine(bytes_of(head + good));
    SAFEARRAY* array = nullptr;
    LPSAFEARRAY_wire.read(fine.in(), &array);
    ASSERT_NE(array, nullptr);
    EXPECT_EQ(static_cast<LONG*>(array->pvData)[1], 2);
    const auto with = [&](std::size_t at, const char* bytes) {
        auto text = good;
        text.replace(at * 3, 2, bytes);
        array_refused(head + text);
    };
    with(0, "02");   // cDims is not the count
    with(4, "08");   // element size
    with(10, "08");  // VT_BSTR in an arm of numbers
    with(10, "0e");  // VT_DECIMAL
    with(10, "00");  // a type is promised
    with(12, "0a");  // SF_ERROR (MS-OAUT 2.2.8)
    with(12, "14");  // SF_I8
    with(3, "02");   // FADF_UNKNOWN beside numbers
    with(2, "e0");   // FADF_RECORD, FADF_HAVEIID
    with(16, "03");  // Size is not what the bounds give
    with(24, "01");  // the bounds are not Size
    with(32, "03");  // the data is not Size
    for (int at = 20; at < 24; ++at) EXPECT_NE(good.substr(static_cast<std::size_t>(at) * 3, 2), "zz");
    array_refused("00 00 02 00 ff ff 00 00 ff ff 80 00 04 00 00 00 00 00 03 00 03 00 00 00 // 65535 dimensions, none there");
    array_refused("00 00 02 00 00 00 00 00 00 00 80 00 04 00 00 00 00 00 03 00 03 00 00 00 00 00 00 00 04 00 02 00 00 00 00 00 // none at all");
    // Two dimensions whose product does not fit 64 bits once multiplied by the size.
    array_refused("00 00 02 00 02 00 00 00 02 00 80 00 04 00 00 00 00 00 03 00 03 00 00 00 00 00 00 00 04 00 02 00"
                  "ff ff ff ff 00 00 00 00 ff ff ff ff 00 00 00 00 00 00 00 00");
}

TEST(AutomationWire, ManyDimensionsAreReadWhenTheyAreThere) {
    SAFEARRAY* array = nullptr;
    ASSERT_EQ(SafeArrayAllocDescriptorEx(VT_UI1, 65535, &array), S_OK);
    for (UINT i = 0; i < 65535; ++i) array->rgsabound[i] = {1, 0};
    ASSERT_EQ(SafeArrayAllocData(array), S_OK);
    Message message(written([&](ndr::Writer& out) { LPSAFEARRAY_wire.write(out, &array); }));
    SAFEARRAY* read = nullptr;
    LPSAFEARRAY_wire.read(message.in(), &read);
    ASSERT_NE(read, nullptr);
    EXPECT_EQ(SafeArrayGetDim(read), 65535u);
    SafeArrayDestroy(array);
}

TEST(AutomationWire, TheArrayOfAVariantMustBeOfItsType) {
    VARIANT value{};
    value.vt = VT_ARRAY | VT_I8;
    value.parray = SafeArrayCreateVector(VT_I8, 0, 2);
    auto bytes = variant_bytes(value);
    bytes[8] = VT_BSTR;  // somebody would take the numbers for pointers
    Message message(bytes);
    EXPECT_EQ(message.variant().vt, VT_EMPTY);
    EXPECT_TRUE(message.in().failed());
    bytes[8] = VT_R8;  // numbers of the same size harm nobody
    Message same(bytes);
    EXPECT_EQ(same.variant().vt, VT_ARRAY | VT_R8);
    VariantClear(&value);
}

TEST(AutomationWire, ValuesWithoutAFormFailTheWriter) {
    const auto fails = [](VARIANT value, HRESULT expected) { written([&](ndr::Writer& out) { VARIANT_wire.write(out, &value); }, Syntax::ndr20, expected); };
    VARIANT value{};
    value.vt = VT_RECORD;
    fails(value, DISP_E_BADVARTYPE);
    value.vt = VT_VARIANT;
    fails(value, DISP_E_BADVARTYPE);
    value.vt = VT_I4 | VT_BYREF;
    fails(value, E_INVALIDARG);
    value.vt = VT_ARRAY | VT_DECIMAL;
    value.parray = SafeArrayCreateVector(VT_DECIMAL, 0, 1);
    fails(value, DISP_E_BADVARTYPE);
    VariantClear(&value);
}

TEST(AutomationWire, ARepliedReferenceGoesWhereTheCallersPoints) {
    LONG number = 1;
    VARIANT before{};
    before.vt = VT_I4 | VT_BYREF;
    before.plVal = &number;
    LONG sent = 42;
    VARIANT reply = before;
    reply.plVal = &sent;
    Message message(variant_bytes(reply));
    VARIANT received = message.variant();
    message.in().end();
    ndr::settle(VARIANT_wire, before, received);
    EXPECT_EQ(number, 42);
    EXPECT_EQ(received.plVal, &number);
    // Another type replaces the variant; the caller's number stays.
    VARIANT text{};
    text.vt = VT_BSTR;
    text.bstrVal = SysAllocString(u"t");
    received = text;
    ndr::settle(VARIANT_wire, before, received);
    EXPECT_EQ(received.vt, VT_BSTR);
    EXPECT_EQ(number, 42);
    VariantClear(&received);
    // Text behind the reference is freed, the new one belongs to the caller.
    BSTR mine = SysAllocString(u"before");
    before.vt = VT_BSTR | VT_BYREF;
    before.pbstrVal = &mine;
    BSTR theirs = SysAllocString(u"after!!");
    reply.vt = VT_BSTR | VT_BYREF;
    reply.pbstrVal = &theirs;
    Message second(variant_bytes(reply));
    received = second.variant();
    second.in().end();
    ndr::settle(VARIANT_wire, before, received);
    EXPECT_EQ(SysStringLen(mine), 7u);
    SysFreeString(mine);
    SysFreeString(theirs);
}

}  // namespace
}  // namespace odc
