#include "midl/preprocess_words.h"

namespace odc::midl {

Word word_at(std::string_view text, std::size_t& at) {
    const std::size_t start = at;
    const char c = text[at];
    Word word;
    if (starts_name(c) && !starts_wide(text, at)) {
        while (at < text.size() && in_name(text[at])) ++at;
        word.kind = Word::Kind::name;
    } else if (is_one_of(c, kDigit) || (c == '.' && at + 1 < text.size() && is_one_of(text[at + 1], kDigit))) {
        while (at < text.size() && (in_name(text[at]) || text[at] == '.' ||
                                    ((text[at] == '+' || text[at] == '-') && std::string_view("eEpP").find(text[at - 1]) != std::string_view::npos)))
            ++at;
        word.kind = Word::Kind::number;
    } else if (is_one_of(c, kQuote) || c == 'L') {
        if (c == 'L') ++at;
        const char quote = text[at++];
        while (at < text.size() && text[at] != quote && text[at] != '\n') {
            if (text[at] == '\\' && at + 1 < text.size() && text[++at] == '\n') throw NeedsCpp();
            ++at;
        }
        if (at >= text.size() || text[at] != quote) throw NeedsCpp();
        ++at;
        word.kind = Word::Kind::quoted;
    } else if (is_one_of(c, kBlank | kLineEnd)) {
        while (at < text.size() && is_one_of(text[at], kBlank | kLineEnd)) ++at;
        word.kind = Word::Kind::space;
    } else {
        ++at;
    }
    word.text = text.substr(start, at - start);
    return word;
}

Words words_of(std::string_view text) {
    Words words;
    for (std::size_t at = 0; at < text.size();) words.push_back(word_at(text, at));
    return words;
}

}  // namespace odc::midl
