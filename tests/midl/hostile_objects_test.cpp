// Proxies and stubs of objects under messages that lie: what is not there is never handed over, and no reference is lost or given back twice
// (checked behind each message).
#include <gtest/gtest.h>

#include "hostile_object.h"
#include "lies.h"

namespace odc::test {
namespace {

TEST(HostileObjects, StubsTakeOrRefuseAnything) {
    std::size_t taken = 0, refused = 0;
    for (std::size_t opnum = 0; opnum < methods_to_call(); ++opnum)
        for_all_lies([&](const Bytes& message, bool swap, ndr::Syntax syntax) { ++(serve_object(opnum, message, swap, syntax) >= 0 ? taken : refused); }, 15);
    EXPECT_GT(taken, 0u);
    EXPECT_GT(refused, taken);
}

TEST(HostileObjects, ProxiesTakeOrRefuseAnything) {
    std::size_t taken = 0, refused = 0;
    for (std::size_t number = 0; number < methods_to_call(); ++number)
        for_all_lies([&](const Bytes& message, bool swap, ndr::Syntax syntax) { ++(read_object_answer(number, message, swap, syntax) ? taken : refused); });
    EXPECT_GT(taken, 0u);
    EXPECT_GT(refused, taken);
}

}  // namespace
}  // namespace odc::test
