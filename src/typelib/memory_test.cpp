// What reading costs is bounded by the size of the file, whatever the file says. Counted, not timed.
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include "typelib/format.h"
#include "typelib/reader.h"
#include "typelib/test_library.h"
#include "typelib/writer.h"

namespace {
std::atomic<std::size_t> now{0}, most{0};
}  // namespace

void* operator new(std::size_t size) {
    void* made = std::malloc(size);
    if (!made) throw std::bad_alloc();
    const auto held = now += ::malloc_usable_size(made);
    if (held > most) most = held;
    return made;
}
void operator delete(void* block) noexcept {
    if (block) now -= ::malloc_usable_size(block);
    std::free(block);
}
void operator delete(void* block, std::size_t) noexcept { operator delete(block); }

namespace odc::typelib {
namespace {

using namespace format;

/// The most that was held while the file was read, beyond what was held before.
std::size_t cost_of(const std::vector<std::uint8_t>& file, bool readable) {
    const std::size_t before = now;
    most = before;
    const auto library = parse(file);
    EXPECT_EQ(bool(library), readable);
    return most - before;
}

/// Vectors hold up to three times what is in them while they grow.
std::size_t bound(const std::vector<std::uint8_t>& file) { return 3 * (64 * file.size() + 65536) + 65536; }

TEST(TypelibMemory, AnOrdinaryLibraryCostsLessThanTheBound) {
    const auto file = *serialize(library_of_everything());
    EXPECT_LT(cost_of(file, true), bound(file));
}

TEST(TypelibMemory, TypesThatShareTheirMembersCostNoMoreThanTheBound) {
    Library library;
    library.types.resize(1000);
    auto& first = library.types[0];
    for (int i = 0; i < 1000; ++i) {
        Variable field;
        field.name = std::string(200, 'a') + std::to_string(i);
        field.doc.helpstring = std::string(1000, 'b');
        first.variables.push_back(field);
    }
    first.kind = TypeKind::record;
    auto file = *serialize(library);
    const auto at = kHeaderSize + 4 * 1000;
    std::uint32_t infos;
    std::memcpy(&infos, file.data() + at, 4);
    for (std::uint32_t i = 1; i < 1000; ++i) {
        std::memcpy(file.data() + infos + i * kTypeInfoSize, file.data() + infos, 8);              // kind and members
        std::memcpy(file.data() + infos + i * kTypeInfoSize + 0x18, file.data() + infos + 0x18, 4);  // their number
    }
    EXPECT_LT(cost_of(file, false), bound(file));
}

TEST(TypelibMemory, ParametersThatShareAListCostNoMoreThanTheBound) {
    Library library;
    TypeInfo type;
    Function function;
    Parameter parameter;
    parameter.name = std::string(255, 'n');
    parameter.default_value = Value{kVtBstr, 0, std::string(60000, 'v')};
    parameter.type = TypeDesc::simple(kVtBstr);
    for (int i = 0; i < 40; ++i) parameter.type = TypeDesc::of(kVtPtr, parameter.type);
    for (std::uint32_t i = 0; i < 1000; ++i) parameter.custom.push_back({guid_number(i), {kVtBstr, 0, std::string(100, 'c')}});
    function.parameters.assign(2000, parameter);
    for (std::size_t i = 1; i < 2000; ++i) function.parameters[i].custom.clear();
    type.functions.push_back(function);
    library.types.push_back(type);
    const auto file = *serialize(library);
    EXPECT_LT(cost_of(file, false), bound(file));
}

TEST(TypelibMemory, CountsAndLengthsOfFourGigabytesCostNothing) {
    const auto whole = *serialize(library_of_everything());
    for (std::size_t at = 0; at + 4 <= whole.size(); at += 4) {
        auto file = whole;
        std::memset(file.data() + at, 0x7f, 4);
        const std::size_t before = now;
        most = before;
        (void)parse(file);
        EXPECT_LT(most - before, bound(file)) << at;
    }
}

}  // namespace
}  // namespace odc::typelib
