// Turns preprocessed text into tokens. Line markers give places, documentation comments stay with the token they precede.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "midl/diagnostics.h"

namespace odc::midl {

struct Token {
    enum class Kind : std::uint8_t { end, identifier, number, text, wide_text, character, punctuation, pragma };
    Kind kind = Kind::end;
    std::uint32_t doc = 0;      ///< the documentation comment in front of it, as an index into Tokens::docs
    Place place;
    std::string_view spelling;  ///< as in the source; texts with their quotes; pragmas without `#pragma`
};

struct Tokens {
    std::vector<Token> list;             ///< ends with an `end` token
    std::vector<std::string> docs{""};   ///< the first one is that of tokens without
    std::vector<std::string> files;      ///< every file that line markers name, for dependency files
};

/// Whether both are the same; the length of what is looked for is known to the compiler, which makes it one comparison of a number.
template <std::size_t Size>
[[gnu::always_inline]] inline bool same(std::string_view text, const char (&word)[Size]) {
    return text.size() == Size - 1 && std::memcmp(text.data(), word, Size - 1) == 0;
}

/// `text` must outlive the tokens.
Tokens lex(std::string_view text, Diagnostics& diagnostics);

/// The characters that a quoted text stands for (C escapes; wide texts as UTF-8).
std::string unquote(std::string_view spelling);

}  // namespace odc::midl
