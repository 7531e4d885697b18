#include "opendcom/ndr/writer.h"

#include <gtest/gtest.h>

#include <vector>

namespace odc::ndr {
namespace {

TEST(NdrWriter, KeepsHeadroomFree) {
    Writer out;
    out.begin(40);
    out.u32(0x01020304);
    EXPECT_EQ(out.headroom(), 40u);
    EXPECT_EQ(out.position(), 4u);
    EXPECT_EQ(out.own_bytes(), 44u);
    EXPECT_EQ(out.base()[40], 0x04);
}

TEST(NdrWriter, ReferencesLargeArrays) {
    const std::vector<std::uint8_t> small(Writer::kReferenceFrom - 1, 1), large(Writer::kReferenceFrom, 2);
    Writer out;
    out.begin(24);
    out.bytes(small.data(), small.size());
    EXPECT_TRUE(out.externals().empty());
    out.bytes(large.data(), large.size());
    ASSERT_EQ(out.externals().size(), 1u);
    EXPECT_EQ(out.externals()[0].data, large.data());
    EXPECT_EQ(out.externals()[0].at, 24 + small.size());
    out.u32(7);  // aligned for the whole message, not for the own buffer
    EXPECT_EQ(out.position(), small.size() + large.size() + 1 + 4);
    for (std::size_t i = 1; i < Writer::kMaxExternals; ++i) out.bytes(large.data(), large.size());
    EXPECT_EQ(out.externals().size(), Writer::kMaxExternals);
    const std::size_t own = out.own_bytes();
    out.bytes(large.data(), large.size());
    EXPECT_EQ(out.own_bytes(), own + large.size()) << "one more is copied";
}

TEST(NdrWriter, RemembersItsFirstFailure) {
    Writer out;
    out.begin(24);
    EXPECT_FALSE(out.ref(nullptr));
    EXPECT_EQ(out.error(), HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER));
    out.enum16(70000);
    EXPECT_EQ(out.error(), HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER));
    out.begin(24);
    EXPECT_FALSE(out.failed());
    out.enum16(-0x8001);
    EXPECT_EQ(out.error(), HRESULT_FROM_WIN32(RPC_X_ENUM_VALUE_OUT_OF_RANGE));
    out.begin(24);
    out.count(std::size_t{1} << 32);
    EXPECT_EQ(out.error(), HRESULT_FROM_WIN32(RPC_X_INVALID_BOUND));
    out.begin(24);
    out.interface_pointer(Guid{}, &out);
    EXPECT_EQ(out.error(), E_NOINTERFACE);
}

TEST(NdrWriter, BoundsNesting) {
    Writer out;
    out.begin(24);
    for (unsigned i = 0; i < kMaxNesting; ++i) out.enter();
    EXPECT_FALSE(out.failed());
    out.enter();
    EXPECT_TRUE(out.failed());
    EXPECT_TRUE(out.too_deep());
}

TEST(NdrWriter, GrowsAndGivesBack) {
    Writer out;
    out.begin(40);
    for (std::uint32_t i = 0; i < 100000; ++i) out.u32(i);
    std::uint32_t value;
    std::memcpy(&value, out.base() + 40 + 4 * 99999, 4);
    EXPECT_EQ(value, 99999u);
    out.patch_u32(0, 42);
    std::memcpy(&value, out.base() + 40, 4);
    EXPECT_EQ(value, 42u);
    out.trim(1000);
    out.begin(40);
    out.u32(1);
    EXPECT_EQ(out.position(), 4u);
}

TEST(NdrWriter, ForgetsWhatWasSent) {
    Writer out;
    out.begin(40);
    for (std::uint32_t i = 0; i < 7; ++i) out.u32(i);
    out.drop_front(16);
    EXPECT_EQ(out.position(), 12u);
    out.u64(7);
    EXPECT_EQ(out.position(), 24u) << "aligned as before";
    std::uint32_t first;
    std::memcpy(&first, out.base() + 40, 4);
    EXPECT_EQ(first, 4u);
}

}  // namespace
}  // namespace odc::ndr
