// Macros of the preprocessor in preprocess.h: their definitions, and what an invocation becomes (C11 6.10.3).
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

#include "midl/preprocess_words.h"

namespace odc::midl {

struct Macro {
    bool takes_arguments = false;
    std::size_t parameters = 0;
    Words body;
    bool stands_as_is = true;  ///< the body, without parameters and operators
    bool hidden = false;       ///< while its own expansion is read again
};

class Macros {
  public:
    /// `most` bounds what one run expands to. `texts` holds the bodies' and expansions' texts.
    Macros(MadeTexts& texts, std::size_t most) : texts_(texts), most_(most) {}

    /// What stands behind `#define`; its text must live as long as the table.
    void define(std::string_view definition);
    void define(std::string_view name, std::string_view value);
    void remove(std::string_view name);
    /// Null when the name is no macro. Throws NeedsCpp for a name that stands for its place, such as __LINE__.
    Macro* find(std::string_view name);
    bool contains(std::string_view name) { return find(name) != nullptr; }
    /// With every macro in it expanded.
    void expand(const Words& source, Words& into) { expand(source, into, 0); }

  private:
    struct Invocation;
    void expand(const Words& source, Words& into, int depth);
    bool read_arguments(const Words& source, std::size_t& at, const Macro& macro, int depth, Invocation& invocation);
    Words substitute(const Macro& macro, Invocation& invocation, int depth);
    void paste(Words& left, const Words& right);
    Word as_text(const Words& argument);
    void count(std::size_t n) {
        if ((expanded_ += n) > most_) throw TooMuch();
    }

    MadeTexts& texts_;
    std::size_t most_;
    std::size_t expanded_ = 0;
    std::unordered_map<std::string_view, Macro> macros_;
    std::array<std::uint64_t, 256> lengths_{};  ///< by first character: the lengths (modulo 64) of all names ever defined
};

}  // namespace odc::midl
