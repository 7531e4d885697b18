#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "registry/test_registry.h"
#include "tools/class_command.h"
#include "tools/reg_command.h"
#include "tools/regsvr_command.h"

namespace odc::tools {
namespace {

struct Outcome {
    int status;
    std::string out, error;
};

class DcomTest : public registry::TestRegistry {
  protected:
    void SetUp() override {
        TestRegistry::SetUp();
        registry::Registry::set_current(shared());
    }
    void TearDown() override {
        registry::Registry::set_current(nullptr);
        TestRegistry::TearDown();
    }

    static Outcome run(int (*command)(std::vector<std::string>), std::vector<std::string> args) {
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        const int status = command(std::move(args));
        std::fflush(stdout);
        auto error = ::testing::internal::GetCapturedStderr();
        return {status, ::testing::internal::GetCapturedStdout(), std::move(error)};
    }
    static Outcome reg(std::vector<std::string> args) { return run(reg_command, std::move(args)); }
};

TEST_F(DcomTest, AddsAndPrintsEveryType) {
    EXPECT_EQ(reg({"add", "HKLM\\Software\\T", "-d", "text"}).status, 0);
    EXPECT_EQ(reg({"add", "HKLM\\Software\\T", "-v", "dword", "-t", "reg_dword", "-d", "0x10"}).status, 0);
    EXPECT_EQ(reg({"add", "HKLM\\Software\\T", "-v", "qword", "-t", "REG_QWORD", "-d", "17"}).status, 0);
    EXPECT_EQ(reg({"add", "HKLM\\Software\\T", "-v", "multi", "-t", "REG_MULTI_SZ", "-d", "a", "-d", "b"}).status, 0);
    EXPECT_EQ(reg({"add", "HKLM\\Software\\T", "-v", "binary", "-t", "REG_BINARY", "-d", "00ffAB"}).status, 0);
    EXPECT_EQ(reg({"add", "HKLM\\Software\\T\\Below"}).status, 0);
    EXPECT_EQ(reg({"query", "HKLM\\Software\\T"}).out,
              "HKEY_LOCAL_MACHINE\\Software\\T\n"
              "    (Default)    REG_SZ    text\n"
              "    binary    REG_BINARY    00FFAB\n"
              "    dword    REG_DWORD    0x10\n"
              "    multi    REG_MULTI_SZ    a\\0b\n"
              "    qword    REG_QWORD    0x11\n"
              "HKEY_LOCAL_MACHINE\\Software\\T\\Below\n");
}

TEST_F(DcomTest, SaysWhatIsWrong) {
    EXPECT_EQ(reg({}).status, 2);
    EXPECT_EQ(reg({"add"}).status, 2);
    EXPECT_EQ(reg({"query", "HKLM\\nothing"}).error, "dcom reg: no registry key HKEY_LOCAL_MACHINE\\nothing (0x80070002)\n");
    EXPECT_EQ(reg({"query", "HKXX"}).status, 1);
    EXPECT_EQ(reg({"add", "HKLM\\a", "-t", "REG_DWORD", "-d", "4294967296"}).error,
              "dcom reg: '4294967296' is no REG_DWORD (0x8007000D)\n");
    EXPECT_EQ(reg({"delete", "HKLM"}).status, 1);
    EXPECT_EQ(reg({"import", (folder() / "none.reg").string()}).status, 1);
}

TEST_F(DcomTest, ExportsAndImports) {
    const auto file = (folder() / "x.reg").string();
    EXPECT_EQ(reg({"add", "HKCU\\T", "-v", "ü", "-d", "日本"}).status, 0);
    EXPECT_EQ(reg({"export", "HKCU\\T", file}).status, 0);
    EXPECT_EQ(reg({"export", "HKCU\\T", "-f", "4"}).status, 1) << "no place in Windows-1252";
    EXPECT_EQ(reg({"delete", "HKCU\\T", "-v", "ü"}).status, 0);
    EXPECT_EQ(reg({"delete", "HKCU\\T"}).status, 0);
    EXPECT_EQ(reg({"import", file}).status, 0);
    EXPECT_EQ(reg({"query", "HKCU\\T", "-v", "Ü"}).out, "HKEY_CURRENT_USER\\T\n    ü    REG_SZ    日本\n");
    std::ofstream(file) << "REGEDIT4\n[HKCU\\U]\n@=\"x\"\noops\n";
    EXPECT_EQ(reg({"import", file}).error, "dcom reg: " + file + ": line 4: expected [key], \"name\"= or @= (0x8007000D)\n");
    EXPECT_EQ(reg({"query", "HKCU\\U"}).status, 1) << "nothing of a bad file is applied";
}

TEST_F(DcomTest, PrintsClasses) {
    const std::string clsid = "{6B29FC40-CA47-1067-B31D-00DD010662DA}";
    EXPECT_EQ(run(class_command, {"Pager.Pager"}).error, "dcom class: ProgID 'Pager.Pager' is not registered (0x800401F3)\n");
    EXPECT_EQ(reg({"add", "HKCR\\Pager.Pager\\CLSID", "-d", clsid}).status, 0);
    EXPECT_EQ(reg({"add", "HKCR\\CLSID\\" + clsid, "-d", "Pager"}).status, 0);
    EXPECT_EQ(reg({"add", "HKCR\\CLSID\\" + clsid, "-v", "RemoteServerName", "-d", "lola"}).status, 0);
    EXPECT_EQ(run(class_command, {"Pager.Pager"}).out, clsid + "  Pager\n  remote server      lola\n");
}

TEST_F(DcomTest, RegsvrNeedsALibraryThatRegistersItself) {
    EXPECT_EQ(run(regsvr_command, {"/nowhere/lib.so"}).error, "dcom regsvr: no such file: /nowhere/lib.so (0x80070002)\n");
    const auto file = folder() / "not-a-library";
    std::ofstream(file) << "text";
    EXPECT_EQ(run(regsvr_command, {file.string()}).status, 1);
    EXPECT_EQ(run(regsvr_command, {"-u"}).status, 2);
}

}  // namespace
}  // namespace odc::tools
