// SNB on the wire: the structure RemSNB of objidl.idl, value and bytes in both directions.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/utf16.h"
#include "objbase.h"
#include "opendcom/ndr/generated.h"
#include "opendcom/ndr/reader.h"
#include "opendcom/ndr/writer.h"

extern "C" const odc::ndr::UserType SNB_wire;

namespace odc::test {
namespace {

constexpr const char* kTwoNames = R"(
    05 00 00 00     // conformance: ulCntChar
    02 00 00 00     // ulCntStr
    05 00 00 00     // ulCntChar
    61 00 00 00     // "a"
    62 00 63 00 00 00  // "bc"
)";
constexpr const char* kNoNames = "00 00 00 00 00 00 00 00 00 00 00 00";

std::string written(SNB names) {
    ndr::Writer out;
    out.begin(0);
    SNB_wire.write(out, &names);
    std::vector<std::uint8_t> bytes(out.own_bytes());
    EXPECT_FALSE(out.failed());
    std::copy_n(out.base(), bytes.size(), bytes.begin());
    return hex(bytes);
}

/// "a,bc" of the names read; "failed", or "null".
std::string read(std::vector<std::uint8_t> bytes, bool swaps = false) {
    std::vector<std::uint64_t> aligned(bytes.size() / 8 + 1);
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::uint8_t*>(aligned.data()));
    ndr::Arena arena;
    ndr::Reader in;
    in.begin({reinterpret_cast<std::uint8_t*>(aligned.data()), bytes.size()}, swaps, ndr::Syntax::ndr20, arena);
    SNB names = nullptr;
    SNB_wire.read(in, &names);
    if (in.failed()) {
        in.abandon();
        return "failed";
    }
    in.end();
    if (!names) return "null";
    std::string all;
    for (SNB name = names; *name; ++name) all += (all.empty() ? "" : ",") + to_utf8_z(*name);
    SNB_wire.release(&names);
    return all;
}

TEST(NamesOnTheWire, AreTheStructureOfTheIdl) {
    LPOLESTR two[] = {const_cast<LPOLESTR>(OLESTR("a")), const_cast<LPOLESTR>(OLESTR("bc")), nullptr};
    LPOLESTR none[] = {nullptr};
    EXPECT_EQ(written(two), hex(annotated_bytes(kTwoNames)));
    EXPECT_EQ(written(none), kNoNames);
    EXPECT_EQ(written(nullptr), kNoNames);
    EXPECT_EQ(read(annotated_bytes(kTwoNames)), "a,bc");
    EXPECT_EQ(read(annotated_bytes(kNoNames)), "null");
    EXPECT_EQ(read(annotated_bytes("00 00 00 03 00 00 00 02 00 00 00 03 00 61 00 00 00 00"), true), "a,") << "big-endian, the second one empty";
}

TEST(NamesOnTheWire, CountsThatLieAreRefused) {
    const auto good = annotated_bytes(kTwoNames);
    for (std::size_t size = 0; size < good.size(); ++size) EXPECT_EQ(read({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}), "failed") << size;
    const auto bent = [&](std::size_t at, std::uint8_t value) {
        auto bytes = good;
        bytes[at] = value;
        return read(bytes);
    };
    EXPECT_EQ(bent(0, 4), "failed") << "conformance and count differ";
    EXPECT_EQ(bent(3, 0x40), "failed") << "more than there is";
    EXPECT_EQ(bent(4, 1), "failed") << "more names than it says";
    EXPECT_EQ(bent(4, 3), "failed") << "fewer names than it says";
    EXPECT_EQ(bent(7, 0xFF), "failed");
    EXPECT_EQ(bent(4, 0), "failed") << "characters of no name";
    EXPECT_EQ(bent(20, 1), "failed") << "the last one does not end";
}

}  // namespace
}  // namespace odc::test
