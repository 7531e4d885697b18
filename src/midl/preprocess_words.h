// What preprocess.h works on: the words of a line or a macro. Their texts are those of files, or made up and kept by `MadeTexts`.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "midl/characters.h"

namespace odc::midl {

/// Thrown where the system's preprocessor has to do it; caught in preprocess().
struct NeedsCpp {};
/// Thrown where the output would be larger than allowed.
struct TooMuch {};

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
