// The preprocessor in this process beside the system's: the same words on the same lines.
#include "midl/preprocess.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "midl/lexer.h"
#include "midl/source.h"

namespace odc::midl {
namespace {

struct Row {
    const char* name;
    const char* text;
    bool here = true;  ///< whether this process does it, or leaves it to cpp
};

constexpr Row kRows[] = {
    {"macros", "#define A b\n#define C A A\nC x A\n#undef A\nA C\n"},
    {"arguments", "#define F(x, y) y x\nF(1, 2) F ( (1,2) , ) F\n"},
    {"arguments_over_lines", "#define F(x, y) y x\nF(1,\n  /* here\n too */ 2) a\nb\n"},
    {"macros_in_arguments", "#define A 1\n#define F(x) [x]\nF(A F(A)) F(F)(2)\n", false},
    {"own_name", "#define A A + B\n#define B A\nA B\n"},
    {"hidden_macro_with_arguments", "#define F(x) x + F(x)\nF(1)\n", true},
    {"paste", "#define HANDLE_OF(name) typedef [wire_marshal(wire##name)] void *name\nHANDLE_OF(HWND);\n"},
    {"paste_of_names_and_numbers", "#define J(x, y) x ## y z##x\n#define A 9\nJ(A, 1) J(1, A) J(0x, ff)\n"},
    {"paste_with_nothing", "#define J(x, y) a x##y b x##y##x c\nJ(,) J(1,) J(,2) J(,3 4)\n"},
    {"paste_of_several_words", "#define J(x, y) x##y\nJ(a b, c d) J((a), b)\n", false},
    {"paste_makes_a_macro", "#define AB found\n#define J(x, y) x##y\nJ(A, B)\n"},
    {"paste_without_arguments", "#define P a ## b\nP\n"},
    {"paste_in_a_chain", "#define J(a, b, c) a##b##c\nJ(x, y, z) J(, y, z) J(x, , z) J(x, y, )\n"},
    {"paste_of_an_operator", "#define L(x) x ## <\nL(<)\n", false},
    {"paste_at_the_end", "#define P a ##\nb\n", false},
    {"text_of_an_argument", "#define T(x) #x # x\n#define A 1\nT(A) T( a  b ) T(\"q\\n\") T('\"') T()\n"},
    {"text_operator_without_parameter", "#define T(x) #y\nb\n", false},
    {"hash_without_arguments", "#define H #x\na\n"},
    {"text_pasted", "#define W(x) L ## #x\nW(a)\n"},
    {"variadic", "#define V(...) f(__VA_ARGS__)\nV(1, 2)\n", false},
    {"conditions", "#if defined(A) || defined B\n1\n#elif 2 * 3 == 6 && !(1 > 2)\n2\n#else\n3\n#endif\n4\n"},
    {"nested_conditions", "#ifdef A\n#if 1\n1\n#else\n2\n#endif\n#else\n#ifndef A\n3\n#endif\n#endif\n"},
    {"condition_with_macros", "#define V(a, b) ((a) << 8 | (b))\n#if V(1, 2) >= 0x102 ? 1 : 0\nyes\n#endif\n"},
    {"condition_without_sign", "#if -1 > 0u\nyes\n#endif\n", false},
    {"division_by_zero", "#if 1 / 0\n#endif\nx\n", false},
    {"other_branch_is_not_read", "#if 0\nit's \" /* not\n closed? */\n#error no\n#endif\nx\n"},
    {"continued_directive", "#define A 1 \\\n 2 \\\n 3\nA\nb\n"},
    {"continued_line", "a \\\n  b, \\\nc\nd\n"},
    {"word_over_two_lines", "a\\\nb\nc\n", false},
    {"text_over_two_lines", "\"a\\\nb\"\nc\n", false},
    {"comment_over_two_lines", "a // b \\\n c\nd\n", false},
    {"comments", "a /* A\n B */ b // c\n/** doc */ d\n"},
    {"directive_behind_a_comment", "/* c */ #define A 1\nA\n", false},
    {"numbers_are_no_names", "#define e5 x\n#define A b\n1e5 0xA 1A .5e5 a.A\n"},
    {"texts_hide_macros", "#define A b\n\"A\" 'A' L\"A\" L'A' \"\\\"A\" A\n"},
    {"no_growing_together", "#define E\n#define I(x) x\nI(a)I(b) aE I(1)2 I(a)E I(b)\n"},
    {"empty_macros", "#define E\nE\nE x E\n#define F()\nF() y F ()\n"},
    {"redefined", "#define A 1\n#define A 2\nA\n"},
    {"line", "__LINE__\n", false},
    {"no_line_end", "#define A b\nA"},
    {"no_line_end_behind_a_directive", "a\n#define A b"},
    {"blank_lines", "\n\n  \n a\n\t#define A b\n\n  A\n"},
    {"carriage_returns", "#define A b\r\n#ifdef A\r\nA\r\n#endif\r\nc \\\r\n d\r\ne\r\n"},
    {"unclosed_branch", "#if 1\na\n", false},
    {"else_twice", "#if 1\n#else\n#else\n#endif\n", false},
    {"pragma", "a\n#pragma pack(push, 1)\nb\n"},
    {"included", "a\n#include \"part.h\"\nPART b\n#include <part.h>\nc\n"},
    {"included_once", "#include \"once.h\"\n#include \"once.h\"\nONCE\n"},
    {"not_found", "#include \"nowhere.h\"\n", false},
    {"message", "#error no\n", false},
};

class PreprocessorBesideCpp : public testing::TestWithParam<Row> {
  protected:
    void SetUp() override {
        char name[] = "/tmp/odc_preprocess_XXXXXX";
        folder_ = mkdtemp(name);
        write("part.h", "#define PART p\nx\n");
        write("once.h", "#pragma once\n#define ONCE o\ny\n");
        write("a.idl", GetParam().text);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void write(const char* name, const char* text) { std::ofstream(folder_ / name) << text; }

    /// Each word with its place, or why there are none.
    std::vector<std::string> words(bool by_cpp) {
        Diagnostics diagnostics;
        PreprocessorOptions options;
        options.include_folders = {folder_};
        options.always_command = by_cpp;
        Source source(options, diagnostics);
        const auto text = source.read(folder_ / "a.idl", {});
        if (!text) return {"failed"};
        std::vector<std::string> all;
        const Tokens tokens = lex(*text, diagnostics);
        for (const auto& token : tokens.list) {
            if (token.kind == Token::Kind::end) break;
            all.push_back(diagnostics.path(token.place.file) + ":" + std::to_string(token.place.line) + " " + std::string(token.spelling));
        }
        return all;
    }

    std::filesystem::path folder_;
};

TEST_P(PreprocessorBesideCpp, FindsTheSameWords) { EXPECT_EQ(words(false), words(true)); }

TEST_P(PreprocessorBesideCpp, StartsCppOnlyForWhatItLeavesOut) {
    FileTexts files;
    std::string text;
    const auto outcome = preprocess({folder_ / "a.idl", {folder_}, {}, 1 << 20}, files, text);
    EXPECT_EQ(outcome, GetParam().here ? PreprocessOutcome::done : PreprocessOutcome::needs_cpp);
}

INSTANTIATE_TEST_SUITE_P(Rows, PreprocessorBesideCpp, testing::ValuesIn(kRows), [](const auto& row) { return std::string(row.param.name); });

/// What becomes of one file that stands alone.
PreprocessOutcome outcome_of(std::string_view source, std::string& text) {
    char name[] = "/tmp/odc_preprocess_XXXXXX";
    const std::filesystem::path folder = mkdtemp(name);
    std::ofstream(folder / "a.idl") << source;
    FileTexts files;
    const auto outcome = preprocess({folder / "a.idl", {}, {}, 1 << 20}, files, text);
    std::filesystem::remove_all(folder);
    return outcome;
}

// cpp, told to keep comments, keeps them here too; C says that each is one space.
TEST(Preprocessor, TakesCommentsInTextsOfArgumentsForSpaces) {
    std::string text;
    EXPECT_EQ(outcome_of("#define T(x) #x\nT(a /* b */ c)\n", text), PreprocessOutcome::done);
    EXPECT_NE(text.find("\"a c\""), std::string::npos) << text;
}

TEST(Preprocessor, EndsWhereMacrosGrowWithoutBound) {
    std::string source = "#define A0 x x\n";
    for (int i = 1; i < 40; ++i) source += "#define A" + std::to_string(i) + " A" + std::to_string(i - 1) + " A" + std::to_string(i - 1) + "\n";
    for (const std::string use : {"A39\n", "#define J(a) a##a\n#define K(a) J(a)J(a)J(a)J(a)\nK(A39)\nA39\n"}) {
        std::string text;
        EXPECT_EQ(outcome_of(source + use, text), PreprocessOutcome::too_much);
    }
}

}  // namespace
}  // namespace odc::midl
