#include "midl/preprocess_macros.h"

#include <algorithm>

namespace odc::midl {
namespace {

constexpr int kMaxExpansions = 200;
constexpr std::size_t kMaxParameters = 127;

bool is_magic(std::string_view name) {
    return name == "__FILE__" || name == "__LINE__" || name == "__DATE__" || name == "__TIME__" || name == "__COUNTER__" ||
           name == "__INCLUDE_LEVEL__" || name == "__BASE_FILE__" || name == "__TIMESTAMP__";
}

void skip_blanks(std::string_view& rest) {
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
}

std::string_view name_at_start(std::string_view& rest) {
    skip_blanks(rest);
    std::size_t n = 0;
    while (n < rest.size() && in_name(rest[n])) ++n;
    const auto name = rest.substr(0, n);
    rest.remove_prefix(n);
    return name;
}

/// What stands between a macro's name and its body: the parameters' names.
std::vector<std::string_view> parameters_of(std::string_view& rest) {
    std::vector<std::string_view> names;
    rest.remove_prefix(1);
    for (;;) {
        const auto name = name_at_start(rest);
        skip_blanks(rest);
        if (!name.empty()) names.push_back(name);
        const bool ends = !rest.empty() && rest.front() == ')';
        const bool goes_on = !rest.empty() && rest.front() == ',' && !name.empty();
        if ((!ends && !goes_on) || names.size() > kMaxParameters) throw NeedsCpp();  // also: variadic ones
        rest.remove_prefix(1);
        if (ends) return names;
    }
}

std::size_t behind_spaces(const Words& words, std::size_t at) {
    while (at < words.size() && words[at].kind == Word::Kind::space) ++at;
    return at;
}

/// Finds parameters and operators in a body, and leaves out the blanks around ##.
Words body_of(std::string_view text, bool takes_arguments, const std::vector<std::string_view>& parameters) {
    Words body;
    Words words = words_of(text);
    for (std::size_t i = 0; i < words.size(); ++i) {
        Word word = words[i];
        if (word.kind == Word::Kind::name) {
            if (word.text == "_Pragma" || word.text == "__VA_ARGS__") throw NeedsCpp();
            const auto found = std::find(parameters.begin(), parameters.end(), word.text);
            if (found != parameters.end()) word.parameter = static_cast<std::int16_t>(found - parameters.begin());
        } else if (word.text == "#" && i + 1 < words.size() && words[i + 1].text == "#") {
            while (!body.empty() && body.back().kind == Word::Kind::space) body.pop_back();
            word.kind = Word::Kind::paste;
            i = behind_spaces(words, i + 2);
            if (body.empty() || i >= words.size()) throw NeedsCpp();  // an error, which cpp words
            body.push_back(word);
            --i;
            continue;
        } else if (word.text == "#" && takes_arguments) {
            word.kind = Word::Kind::make_text;
            const auto operand = behind_spaces(words, i + 1);
            const bool good = operand < words.size() && std::find(parameters.begin(), parameters.end(), words[operand].text) != parameters.end();
            if (!good) throw NeedsCpp();
        }
        body.push_back(word);
    }
    return body;
}

bool stands_as_is(const Words& body) {
    return std::all_of(body.begin(), body.end(), [](const Word& word) {
        return word.parameter < 0 && word.kind != Word::Kind::paste && word.kind != Word::Kind::make_text;
    });
}

void trim(Words& words) {
    while (!words.empty() && words.back().kind == Word::Kind::space) words.pop_back();
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(behind_spaces(words, 0)));
}

}  // namespace

void Macros::define(std::string_view name, std::string_view value) {
    auto& macro = macros_[name];
    macro = Macro{};
    macro.body = body_of(value, false, {});
    macro.stands_as_is = stands_as_is(macro.body);
    lengths_[static_cast<unsigned char>(name.front())] |= std::uint64_t{1} << (name.size() % 64);
}

void Macros::define(std::string_view rest) {
    const auto name = name_at_start(rest);
    if (name.empty() || !starts_name(name.front()) || name == "defined") throw NeedsCpp();
    Macro macro;
    std::vector<std::string_view> parameters;
    if (!rest.empty() && rest.front() == '(') {
        macro.takes_arguments = true;
        parameters = parameters_of(rest);
        macro.parameters = parameters.size();
    }
    skip_blanks(rest);
    macro.body = body_of(rest, macro.takes_arguments, parameters);
    macro.stands_as_is = stands_as_is(macro.body);
    macros_[name] = std::move(macro);
    lengths_[static_cast<unsigned char>(name.front())] |= std::uint64_t{1} << (name.size() % 64);
}

void Macros::remove(std::string_view name) { macros_.erase(name); }

Macro* Macros::find(std::string_view name) {
    if (name.empty()) return nullptr;
    if (lengths_[static_cast<unsigned char>(name.front())] >> (name.size() % 64) & 1) {
        if (const auto found = macros_.find(name); found != macros_.end()) return &found->second;
    }
    if (name.starts_with("__") && is_magic(name)) throw NeedsCpp();
    return nullptr;
}

/// The arguments of one invocation: as they stand, and expanded as soon as that is asked for.
struct Macros::Invocation {
    std::vector<Words> given;
    std::vector<Words> expanded;
    std::vector<bool> is_expanded;
};

Word Macros::as_text(const Words& argument) {
    std::string text = "\"";
    for (const auto& word : argument) {
        if (word.kind == Word::Kind::space) {
            if (text.back() != ' ') text += ' ';  // a comment is a space beside others
            continue;
        }
        for (const char c : word.text) {
            if (word.kind == Word::Kind::quoted && (c == '"' || c == '\\')) text += '\\';
            text += c;
        }
        if (word.text == "\\") throw NeedsCpp();  // may hide the closing quote
    }
    text += '"';
    count(text.size());
    return {Word::Kind::quoted, false, -1, texts_.keep(std::move(text))};
}

/// The last word on the left and the first one on the right become one. Neither side is empty.
void Macros::paste(Words& left, const Words& right) {
    std::string text(left.back().text);
    text += right.front().text;
    count(text.size());
    const auto kept = texts_.keep(std::move(text));
    std::size_t at = 0;
    const Word made = word_at(kept, at);
    if (at != kept.size()) throw NeedsCpp();  // no one word: an error, or an operator of several characters
    left.back() = made;
    left.insert(left.end(), right.begin() + 1, right.end());
}

Words Macros::substitute(const Macro& macro, Invocation& invocation, int depth) {
    Words filled;
    bool pasting = false, left_empty = false;
    const auto& body = macro.body;
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (body[i].kind == Word::Kind::paste) {
            pasting = true;
            continue;
        }
        Words operand;
        const bool before_paste = i + 1 < body.size() && body[i + 1].kind == Word::Kind::paste;
        if (body[i].kind == Word::Kind::make_text) {
            i = behind_spaces(body, i + 1);
            operand.push_back(as_text(invocation.given[static_cast<std::size_t>(body[i].parameter)]));
        } else if (body[i].parameter < 0) {
            operand.push_back(body[i]);
        } else {
            const auto number = static_cast<std::size_t>(body[i].parameter);
            if (pasting || before_paste) {
                operand = invocation.given[number];
            } else {
                if (!invocation.is_expanded[number]) {
                    expand(invocation.given[number], invocation.expanded[number], depth + 1);
                    invocation.is_expanded[number] = true;
                }
                operand = invocation.expanded[number];
            }
        }
        count(operand.size());
        if (pasting && !left_empty && !operand.empty() && !filled.empty()) paste(filled, operand);
        else filled.insert(filled.end(), operand.begin(), operand.end());
        left_empty = operand.empty() && (!pasting || left_empty);
        pasting = false;
    }
    return filled;
}

/// False when no parenthesis follows, so that the name is none of a macro. `at` moves to the closing one.
bool Macros::read_arguments(const Words& source, std::size_t& at, const Macro& macro, int depth, Invocation& invocation) {
    const std::size_t open = behind_spaces(source, at + 1);
    if (open >= source.size() || source[open].text != "(") {
        if (open >= source.size() && depth > 0) throw NeedsCpp();
        return false;
    }
    auto& given = invocation.given;
    given.resize(1);
    int nested = 0;
    std::size_t end = open;
    for (;; ++end) {
        if (end >= source.size()) throw NeedsCpp();
        const auto& text = source[end].text;
        if (text == "(" && nested++ == 0) continue;
        if (text == ")" && --nested == 0) break;
        if (text == "," && nested == 1) given.emplace_back();
        else given.back().push_back(source[end]);
    }
    for (auto& argument : given) trim(argument);
    if (macro.parameters == 0 && given.size() == 1 && given[0].empty()) given.clear();
    if (given.size() != macro.parameters) throw NeedsCpp();
    invocation.expanded.resize(given.size());
    invocation.is_expanded.resize(given.size());
    at = end;
    return true;
}

void Macros::expand(const Words& source, Words& into, int depth) {
    if (depth > kMaxExpansions) throw NeedsCpp();
    for (std::size_t i = 0; i < source.size(); ++i) {
        const Word& word = source[i];
        Macro* macro = word.kind == Word::Kind::name && !word.frozen ? find(word.text) : nullptr;
        Invocation invocation;
        if (!macro || macro->hidden || (macro->takes_arguments && !read_arguments(source, i, *macro, depth, invocation))) {
            into.push_back(word);
            into.back().frozen = word.frozen || (macro && macro->hidden);
            continue;
        }
        count(macro->body.size() + 1);
        // The macro is out of reach while its own expansion is read again.
        struct Hiding {
            bool& hidden;
            explicit Hiding(bool& flag) : hidden(flag) { hidden = true; }
            ~Hiding() { hidden = false; }
        };
        if (macro->stands_as_is) {
            const Hiding hiding(macro->hidden);
            expand(macro->body, into, depth + 1);
        } else {
            const Words filled = substitute(*macro, invocation, depth);
            const Hiding hiding(macro->hidden);
            expand(filled, into, depth + 1);
        }
    }
}

}  // namespace odc::midl
