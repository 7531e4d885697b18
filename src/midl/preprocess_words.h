// What preprocess.h works on: the words of a line or a macro. Their texts are those of files, or made up and kept by `MadeTexts`.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace odc::midl {

/// Thrown where the system's preprocessor has to do it; caught in preprocess().
struct NeedsCpp {};
/// Thrown where the output would be larger than allowed.
struct TooMuch {};

enum CharacterClass : std::uint8_t { kNameStart = 1, kDigit = 2, kBlank = 4, kQuote = 8, kLineEnd = 16, kSlash = 32, kBackslash = 64, kHash = 128 };

constexpr std::array<std::uint8_t, 256> character_classes() {
    std::array<std::uint8_t, 256> all{};
    for (unsigned c = 'a'; c <= 'z'; ++c) all[c] = all[c - 'a' + 'A'] = kNameStart;
    for (const unsigned char c : {'_', '$'}) all[c] = kNameStart;
    for (unsigned c = '0'; c <= '9'; ++c) all[c] = kDigit;
    for (const unsigned char c : {' ', '\t', '\r', '\f', '\v'}) all[c] = kBlank;
    for (const unsigned char c : {'"', '\''}) all[c] = kQuote;
    all[static_cast<unsigned char>('\n')] = kLineEnd;
    all[static_cast<unsigned char>('/')] = kSlash;
    all[static_cast<unsigned char>('\\')] = kBackslash;
    all[static_cast<unsigned char>('#')] = kHash;
    return all;
}
inline constexpr auto kCharacterClasses = character_classes();

constexpr bool is_one_of(char c, unsigned classes) { return (kCharacterClasses[static_cast<unsigned char>(c)] & classes) != 0; }
constexpr bool starts_name(char c) { return is_one_of(c, kNameStart); }
constexpr bool in_name(char c) { return is_one_of(c, kNameStart | kDigit); }
constexpr bool is_blank(char c) { return is_one_of(c, kBlank); }

struct Word {
    /// `make_text` and `paste` are the operators # and ## of a macro's body.
    enum class Kind : std::uint8_t { name, number, quoted, space, other, make_text, paste } kind = Kind::other;
    bool frozen = false;          ///< a macro's own name inside its expansion
    std::int16_t parameter = -1;  ///< in a macro's body: which one of its parameters this is
    std::string_view text;
};
using Words = std::vector<Word>;

/// Texts that stand in no file, for as long as the preprocessor works.
class MadeTexts {
  public:
    std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

  private:
    std::deque<std::string> texts_;
};

/// The one word at `at`, which moves behind it; blanks and line ends together are one word.
Word word_at(std::string_view text, std::size_t& at);
Words words_of(std::string_view text);
/// Whether text[at], which starts a name, starts a wide text or character instead.
inline bool starts_wide(std::string_view text, std::size_t at) {
    return text[at] == 'L' && at + 1 < text.size() && is_one_of(text[at + 1], kQuote);
}

}  // namespace odc::midl
