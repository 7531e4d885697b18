// Libraries that name other libraries, whatever those are.
#include "typelib/library_path.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "typelib/dump.h"
#include "typelib/test_library.h"
#include "typelib/writer.h"

namespace odc::typelib {
namespace {

class LibraryPathTest : public testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/odc-library-path-XXXXXX";
        ASSERT_NE(::mkdtemp(name), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, const Library& library) {
        const auto bytes = *serialize(library);
        std::ofstream out(folder_ + "/" + name, std::ios::binary);
        out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    }

    /// A library with one interface, and one alias of the type with `imported_type` of a library in `file`.
    static Library library(std::uint32_t id, const std::string& file, std::uint32_t imported_library, std::uint32_t imported_type) {
        Library made;
        made.name = "L" + std::to_string(id);
        made.id = guid_number(id);
        made.imported_libraries = {{guid_number(imported_library), 0, 1, 0, file}};
        made.imports.push_back({0, TypeKind::alias, guid_number(imported_type), ""});
        TypeInfo alias;
        alias.kind = TypeKind::alias;
        alias.name = "A" + std::to_string(id);
        alias.guid = guid_number(id + 1000);
        alias.alias = TypeDesc::user({0, true});
        made.types.push_back(alias);
        return made;
    }

    std::string folder_;
};

TEST_F(LibraryPathTest, LibrariesThatImportEachOtherAreReadAndNamed) {
    write("a.tlb", library(1, "b.tlb", 2, 1002));
    write("b.tlb", library(2, "a.tlb", 1, 1001));
    write("self.tlb", library(3, "self.tlb", 3, 1003));
    LibraryPath path({folder_});
    for (const auto& [file, text] : {std::pair{"a.tlb", "A2"}, {"b.tlb", "A1"}, {"self.tlb", "A3"}}) {
        auto read = *typelib::load(folder_ + "/" + file);
        resolve_names(read, path.finder());
        EXPECT_EQ(read.imports[0].name, text);
        const auto owner = read.imported_libraries[0].id == read.id ? std::string() : to_string(read.imported_libraries[0].id) + "!";
        EXPECT_NE(dump(read).find("alias " + owner + text), std::string::npos) << dump(read);
    }
}

TEST_F(LibraryPathTest, AFileIsLoadedOnceWhateverItIsCalled) {
    write("a.tlb", library(1, "b.tlb", 2, 1002));
    LibraryPath path({folder_});
    const auto first = path.load("a.tlb");
    ASSERT_TRUE(first);
    for (const auto& name : {"./a.tlb", "././a.tlb", "A.TLB", "a", "C:\\windows\\A.tlb", ".//a.tlb"}) {
        const auto again = path.load(name);
        ASSERT_TRUE(again) << name;
        EXPECT_EQ(*again, *first) << name;
    }
    EXPECT_EQ(path.files_read().size(), 1u);
}

TEST_F(LibraryPathTest, WhatHasNoEndIsNoLibrary) {
    ASSERT_EQ(::mkfifo((folder_ + "/pipe.tlb").c_str(), 0600), 0);
    std::filesystem::create_directory(folder_ + "/folder.tlb");
    LibraryPath path({folder_});
    for (const auto& name : {"/dev/zero", "pipe.tlb", "folder.tlb", "../../../../../../dev/zero"})
        EXPECT_EQ(path.load(name).code(), TYPE_E_CANTLOADLIBRARY) << name;
    auto bomb = library(1, "/dev/zero", 2, 1002);
    resolve_names(bomb, path.finder());
    EXPECT_EQ(bomb.imports[0].name, "");
}

TEST_F(LibraryPathTest, AnotherLibraryUnderTheNameIsNotTakenForIt) {
    write("a.tlb", library(1, "b.tlb", 2, 1002));
    write("b.tlb", library(7, "b.tlb", 7, 1007));
    LibraryPath path({folder_});
    auto read = *typelib::load(folder_ + "/a.tlb");
    resolve_names(read, path.finder());
    EXPECT_EQ(read.imports[0].name, "");
}

}  // namespace
}  // namespace odc::typelib
