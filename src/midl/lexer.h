// Turns preprocessed text into tokens. Line markers give places, documentation comments stay with the token they precede.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "midl/diagnostics.h"

namespace odc::midl {

struct Token {
    enum class Kind : std::uint8_t { end, identifier, number, text, wide_text, character, punctuation, pragma };
    Kind kind = Kind::end;
    Place place;
    std::size_t offset = 0;     ///< where it starts in the preprocessed text
    std::string_view spelling;  ///< as in the source; texts with their quotes; pragmas without `#pragma`
    std::string doc;            ///< the documentation comment in front of it
};

struct Tokens {
    std::vector<Token> list;             ///< ends with an `end` token
    std::vector<std::string> files;      ///< every file that line markers name, for dependency files
};

/// `text` must outlive the tokens.
Tokens lex(std::string_view text, Diagnostics& diagnostics);

/// The characters that a quoted text stands for (C escapes; wide texts as UTF-8).
std::string unquote(std::string_view spelling);

}  // namespace odc::midl
