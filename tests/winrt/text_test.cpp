// The Windows…String functions against the text that combase under Wine agrees with, and what no table shows.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "../judges/winrt/texts.h"
#include "opendcom/hstring.h"

namespace odc {
namespace {

TEST(Hstrings, AnswerWhatIsKept) {
    std::vector<std::string> lines;
    texts::each_call([&](const std::string& line) { lines.push_back(line); });
    if (const char* path = std::getenv("ODC_WRITE_TEXTS")) {
        std::ofstream out(path);
        for (const auto& one : lines) out << one << '\n';
    }
    std::ifstream kept(ODC_TEXTS);
    ASSERT_TRUE(kept.is_open());
    std::vector<std::string> expected;
    for (std::string one; std::getline(kept, one);)
        if (one.empty() || one[0] != '#') expected.push_back(one);
    ASSERT_EQ(lines.size(), expected.size());
    for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i], expected[i]);
}

TEST(Hstrings, EveryOccurrenceIsReplacedFromTheFront) {
    struct Row {
        std::u16string_view text, old, with, made;
    };
    for (const Row& row : {Row{u"abab", u"ab", u"c", u"cc"}, {u"aaa", u"aa", u"b", u"ba"}, {u"abc", u"", u"x", u"?"}, {u"abc", u"b", u"", u"ac"},
                           {u"abc", u"abc", u"", u""}, {u"abc", u"d", u"x", u"abc"}, {u"", u"a", u"b", u""}, {u"a", u"a", u"aa", u"aa"}}) {
        const Hstring text(row.text), old(row.old), with(row.with);
        Hstring made;
        const HRESULT hr = WindowsReplaceString(text.get(), old.get(), with.get(), made.put());
        EXPECT_EQ(hr, row.old.empty() ? E_INVALIDARG : S_OK);
        if (FAILED(hr)) continue;
        EXPECT_EQ(made.view(), row.made);
        EXPECT_EQ(made.get() == text.get(), row.made == row.text) << "nothing changed: the same text";
    }
}

TEST(Hstrings, AreOneTextForAllThreads) {
    const Hstring text(u"shared");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 10000; ++n) {
                const Hstring mine(text);
                ASSERT_EQ(mine.get(), text.get()) << "duplicates are the same block";
            }
        });
    for (auto& one : threads) one.join();
    EXPECT_EQ(text.view(), u"shared");
}

TEST(Hstrings, AreNotMadeOfMoreThanFits) {
    // Nothing of the source is looked at.
    static constexpr WCHAR kOne[2] = {};
    HSTRING text = nullptr;
    EXPECT_EQ(WindowsCreateString(kOne, 0xFFFFFFFF, &text), MEM_E_INVALID_SIZE);
    EXPECT_EQ(text, nullptr);
    WCHAR* units = nullptr;
    HSTRING_BUFFER buffer = nullptr;
    EXPECT_EQ(WindowsPreallocateStringBuffer(0x7FFFFFFF, &units, &buffer), MEM_E_INVALID_SIZE);
    EXPECT_EQ(buffer, nullptr);
}

TEST(Hstrings, AFinishedTextIsNoBuffer) {
    WCHAR* units = nullptr;
    HSTRING_BUFFER buffer = nullptr;
    ASSERT_EQ(WindowsPreallocateStringBuffer(2, &units, &buffer), S_OK);
    EXPECT_EQ(units[0], 0) << "whoever promotes it without writing gets zeros, and nobody's memory";
    Hstring text;
    ASSERT_EQ(WindowsPromoteStringBuffer(buffer, text.put()), S_OK);
    HSTRING again = nullptr;
    EXPECT_EQ(WindowsPromoteStringBuffer(buffer, &again), E_INVALIDARG);
    EXPECT_EQ(WindowsDeleteStringBuffer(buffer), E_INVALIDARG);
    EXPECT_EQ(WindowsGetStringLen(text.get()), 2u);
}

}  // namespace
}  // namespace odc
