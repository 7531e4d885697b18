// Work in proportion to the source: what is allocated for half a megabyte of IDL, doubled, is what a megabyte takes. Copying all text for
// each part of it, which is how a compiler gets slow, allocates that text each time. Counted by taking the allocator's place.
#include "base/sanitizers.h"
#ifndef ODC_SANITIZED
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include "midl/compiler.h"

namespace {
std::atomic<std::size_t> allocated{0};
}

extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);

void* malloc(std::size_t n) {
    allocated.fetch_add(n, std::memory_order_relaxed);
    return __libc_malloc(n);
}
void* calloc(std::size_t n, std::size_t size) {
    allocated.fetch_add(n * size, std::memory_order_relaxed);
    return __libc_calloc(n, size);
}
void* realloc(void* block, std::size_t n) {
    allocated.fetch_add(n, std::memory_order_relaxed);
    return __libc_realloc(block, n);
}
}

namespace odc::midl {
namespace {

using Part = std::function<std::string(std::size_t)>;

constexpr const char* kBase = "typedef long HRESULT; [local, object, uuid(00000000-0000-0000-C000-000000000046)] interface IUnknown "
                              "{ HRESULT QueryInterface(); long AddRef(); long Release(); }\n";

std::string structure(std::size_t i) {
    const std::string n = std::to_string(i), before = i ? "S" + std::to_string(i - 1) : "long";
    return "typedef struct S" + n + " { long a; [string, unique] wchar_t *b; " + before + " *c; } S" + n + ";\n";
}

std::string interface(std::size_t i) {
    const std::string n = std::to_string(i);
    return "[object, uuid(" + std::to_string(10000000 + i) + "-1996-11d0-a001-00aa00000001)] interface I" + n +
           " : IUnknown { HRESULT A([in] long n, [in, size_is(n)] long *a); HRESULT B([in] long p, [out] long *r); }\n";
}

std::string constant(std::size_t i) {
    const std::string n = std::to_string(i), before = i ? "C" + std::to_string(i - 1) : "0";
    return "const long C" + n + " = " + before + " + 1;\ntypedef enum E" + n + " { e" + n + " = C" + n + " } E" + n + ";\n";
}

std::string wrong(std::size_t i) { return "typedef unknown" + std::to_string(i) + " T" + std::to_string(i) + ";\n"; }

/// Bytes allocated while that many of the parts are compiled.
std::size_t cost(const Part& part, std::size_t parts, bool good = true) {
    char name[] = "/tmp/odc_midl_scale_XXXXXX";
    const std::filesystem::path folder = mkdtemp(name);
    CompileOptions options;
    options.input = folder / "a.idl";
    options.out_folder = folder;
    {
        std::ofstream file(options.input);
        file << kBase;
        for (std::size_t i = 0; i < parts; ++i) file << part(i);
    }
    Diagnostics diagnostics;
    const std::size_t before = allocated;
    EXPECT_EQ(compile(options, diagnostics), good) << diagnostics.first_error();
    (void)diagnostics.text();
    const std::size_t after = allocated;
    std::filesystem::remove_all(folder);
    return after - before;
}

void expect_in_proportion(const Part& part, std::size_t half_a_megabyte, bool good = true) {
    const std::size_t half = cost(part, half_a_megabyte, good), whole = cost(part, 2 * half_a_megabyte, good);
    EXPECT_LT(static_cast<double>(whole) / static_cast<double>(half), 2.3) << half << " bytes, then " << whole;
}

TEST(CompilerScale, StructuresCostInProportion) { expect_in_proportion(structure, 6800); }
TEST(CompilerScale, InterfacesCostInProportion) { expect_in_proportion(interface, 2800); }
TEST(CompilerScale, ConstantsThatBuildOnEachOtherCostInProportion) { expect_in_proportion(constant, 8000); }
TEST(CompilerScale, MistakesCostInProportion) { expect_in_proportion(wrong, 4000, false); }

}  // namespace
}  // namespace odc::midl
#endif
