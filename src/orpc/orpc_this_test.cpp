#include "orpc/orpc_this.h"

#include <gtest/gtest.h>

namespace odc::orpc {
namespace {

struct Message {
    explicit Message(std::vector<std::uint8_t> sent) : bytes(std::move(sent)) { in.begin(bytes, false, ndr::Syntax::ndr20, arena); }
    ~Message() { in.end(); }
    std::vector<std::uint8_t> bytes;
    ndr::Arena arena;
    ndr::Reader in;
};

std::vector<std::uint8_t> written(const std::vector<Extension>& extensions) {
    ndr::Writer out;
    out.begin(0);
    write_orpc_this(out, {kComVersion, 0, {1, 2, 3, {4}}}, extensions);
    return {out.base(), out.base() + out.own_bytes()};
}

const Guid kOne = {1, 1, 1, {1}}, kTwo = {2, 2, 2, {2}};

TEST(OrpcThis, ExtensionsComeBackAsTheyWentAndLeaveArgumentsAligned) {
    for (std::size_t size = 1; size <= 17; ++size)
        for (std::size_t count = 0; count <= 3; ++count) {
            std::vector<Extension> sent;
            for (std::size_t i = 0; i < count; ++i) sent.push_back({i % 2 ? kTwo : kOne, std::vector<std::uint8_t>(size, static_cast<std::uint8_t>(i + 1))});
            Message message(written(sent));
            EXPECT_EQ(message.bytes.size() % 8, 0u);
            std::vector<Extension> got;
            const auto head = read_orpc_this(message.in, &got);
            EXPECT_FALSE(message.in.failed());
            EXPECT_EQ(message.in.left(), 0u);
            EXPECT_EQ(head.causality, (Guid{1, 2, 3, {4}}));
            ASSERT_EQ(got.size(), sent.size());
            for (std::size_t i = 0; i < count; ++i) {
                EXPECT_EQ(got[i].id, sent[i].id);
                EXPECT_EQ(got[i].data, sent[i].data);
            }
        }
}

TEST(OrpcThis, UnknownExtensionsAreReadPast) {
    Message message(written({{kOne, {1, 2, 3}}}));
    (void)read_orpc_this(message.in);
    EXPECT_FALSE(message.in.failed());
    EXPECT_EQ(message.in.left(), 0u);
}

TEST(OrpcThis, WireFormIsTheSpecifications) {
    const std::vector<std::uint8_t> expected = {
        5, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0,                  // version, flags, reserved1
        1, 0, 0, 0, 2, 0, 3, 0, 4, 0, 0, 0, 0, 0, 0, 0,      // cid
        0, 0, 2, 0,                                          // extensions: referent
        1, 0, 0, 0, 0, 0, 0, 0,                              // size, reserved
        4, 0, 2, 0,                                          // extent: referent
        2, 0, 0, 0, 8, 0, 2, 0, 0, 0, 0, 0,                  // (size + 1) & ~1 places: one and none
        8, 0, 0, 0,                                          // (size + 7) & ~7 bytes
        1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0,      // id
        3, 0, 0, 0, 0xAA, 0xBB, 0xCC, 0, 0, 0, 0, 0,         // size, data
    };
    EXPECT_EQ(written({{kOne, {0xAA, 0xBB, 0xCC}}}), expected);
}

TEST(OrpcThis, LyingSizesAndCutMessagesFail) {
    const auto whole = written({{kOne, {1, 2, 3}}, {kTwo, {4}}});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        Message cut({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
        std::vector<Extension> got;
        (void)read_orpc_this(cut.in, &got);
        EXPECT_TRUE(cut.in.failed()) << size;
    }
    auto lying = written({{kOne, {0xAA, 0xBB, 0xCC}}});
    lying[76] = 9;  // more than the padded size says
    Message message(lying);
    std::vector<Extension> got;
    (void)read_orpc_this(message.in, &got);
    EXPECT_TRUE(message.in.failed());
    EXPECT_TRUE(got.empty());
}

}  // namespace
}  // namespace odc::orpc
