#include "midl/preprocess.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>

namespace odc::midl {
namespace {

constexpr int kMaxIncludes = 190;
constexpr int kMaxExpansions = 200;

bool starts_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }
bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'; }

struct Word {
    enum class Kind : std::uint8_t { name, number, quoted, space, other } kind = Kind::other;
    std::string text;
    bool frozen = false;  ///< a macro's own name inside its expansion
};
using Words = std::vector<Word>;

struct Macro {
    bool takes_arguments = false;
    std::vector<std::string> parameters;
    Words body;
};

/// Thrown where the system's preprocessor has to do it; caught in preprocess().
struct NeedsCpp {};
struct TooMuch {};

struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
};
using Macros = std::unordered_map<std::string, Macro, TextHash, std::equal_to<>>;

/// One word at `at`; comments count as space when `comments` says so.
Word word_at(std::string_view text, std::size_t& at) {
    const std::size_t start = at;
    const char c = text[at];
    Word word;
    if (starts_name(c) && !(c == 'L' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\''))) {
        while (at < text.size() && in_name(text[at])) ++at;
        word.kind = Word::Kind::name;
    } else if (std::isdigit(static_cast<unsigned char>(c)) || (c == '.' && at + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[at + 1])))) {
        while (at < text.size() && (in_name(text[at]) || text[at] == '.' ||
                                    ((text[at] == '+' || text[at] == '-') && std::string_view("eEpP").find(text[at - 1]) != std::string_view::npos)))
            ++at;
        word.kind = Word::Kind::number;
    } else if (c == '"' || c == '\'' || c == 'L') {
        if (c == 'L') ++at;
        const char quote = text[at++];
        while (at < text.size() && text[at] != quote && text[at] != '\n') at += text[at] == '\\' && at + 1 < text.size() ? 2 : 1;
        if (at >= text.size() || text[at] != quote) throw NeedsCpp();
        ++at;
        word.kind = Word::Kind::quoted;
    } else if (is_blank(c) || c == '\n') {
        while (at < text.size() && (is_blank(text[at]) || text[at] == '\n')) ++at;
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

class Preprocessor {
  public:
    Preprocessor(const PreprocessInput& input, FileTexts& files, std::string& out) : input_(input), files_(files), out_(out) {
        define("__midl", "801");
        for (const auto* name : {"__STDC__", "__STDC_HOSTED__"}) define(name, "1");
        define("__STDC_VERSION__", "201710L");
        for (const auto& given : input.macros) {
            const auto equals = given.find('=');
            const std::string name = given.substr(2, equals == std::string::npos ? equals : equals - 2);
            if (given.starts_with("-U")) macros_.erase(name);
            else if (std::all_of(name.begin(), name.end(), in_name)) define(name, equals == std::string::npos ? "1" : given.substr(equals + 1));
            else throw NeedsCpp();
        }
    }

    void file(const std::string& path, bool included) {
        if (++depth_ > kMaxIncludes) throw NeedsCpp();
        const std::string* text = files_.read(path);
        if (!text) throw NeedsCpp();
        if (!once_.contains(path)) {
            out_ += "# 1 \"" + path + "\"" + (included ? " 1" : "") + "\n";
            scan(*text, path);
        }
        --depth_;
    }

  private:
    struct Branch {
        bool taken = false;    ///< some part of this #if was active
        bool outside = false;  ///< the text around it is active
        bool has_else = false;
    };

    void define(const std::string& name, std::string_view value) { macros_[name] = Macro{false, {}, words_of(value)}; }

    void emit(std::string_view text) {
        if (out_.size() + text.size() > input_.most) throw TooMuch();
        out_ += text;
    }

    void scan(const std::string& text, const std::string& path) {
        std::vector<Branch> branches;
        bool active = true;
        std::size_t at = 0;
        std::uint32_t line = 1;
        bool line_start = true;
        while (at < text.size()) {
            if (line_start) {
                std::size_t first = at;
                while (first < text.size() && is_blank(text[first])) ++first;
                if (first < text.size() && text[first] == '#') {
                    at = first + 1;
                    directive(text, at, line, path, branches, active);
                    continue;
                }
                line_start = false;
            }
            const char c = text[at];
            if (c == '\n') {
                emit("\n");
                ++at, ++line;
                line_start = true;
            } else if (c == '/' && at + 1 < text.size() && (text[at + 1] == '*' || text[at + 1] == '/')) {
                const std::size_t start = at;
                skip_comment(text, at, line);
                const auto comment = std::string_view(text).substr(start, at - start);
                if (active) emit(comment);
                else emit(std::string(static_cast<std::size_t>(std::count(comment.begin(), comment.end(), '\n')), '\n'));
            } else if (c == '\\' && at + 1 < text.size() && (text[at + 1] == '\n' || text[at + 1] == '\r')) {
                throw NeedsCpp();
            } else if (!active) {
                if (c == '"' || c == '\'') {
                    ++at;
                    while (at < text.size() && text[at] != c && text[at] != '\n') at += text[at] == '\\' && at + 1 < text.size() && text[at + 1] != '\n' ? 2 : 1;
                    if (at < text.size() && text[at] == c) ++at;
                } else {
                    ++at;
                }
            } else if (starts_name(c) || c == '"' || c == '\'' || std::isdigit(static_cast<unsigned char>(c))) {
                active_word(text, at, line);
            } else {
                emit(std::string_view(text).substr(at++, 1));
            }
        }
        if (!branches.empty()) throw NeedsCpp();
        if (!line_start) emit("\n");
    }

    static void skip_comment(const std::string& text, std::size_t& at, std::uint32_t& line) {
        if (text[at + 1] == '/') {
            at = std::min(text.find('\n', at), text.size());
            if (at > 0 && text[at - 1] == '\\') throw NeedsCpp();
            return;
        }
        const auto end = text.find("*/", at + 2);
        if (end == std::string::npos) throw NeedsCpp();
        line += static_cast<std::uint32_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
        at = end + 2;
    }

    void active_word(const std::string& text, std::size_t& at, std::uint32_t& line) {
        const std::size_t start = at;
        if (starts_name(text[at]) && !(text[at] == 'L' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\''))) {
            while (at < text.size() && in_name(text[at])) ++at;
            const auto name = std::string_view(text).substr(start, at - start);
            const auto found = macros_.find(name);
            if (found == macros_.end()) {
                if (name.starts_with("__") && is_magic(name)) throw NeedsCpp();
                return emit(name);
            }
            expand_in_text(text, at, line, found->first, found->second);
            return;
        }
        (void)word_at(text, at);
        emit(std::string_view(text).substr(start, at - start));
    }

    static bool is_magic(std::string_view name) {
        return name == "__FILE__" || name == "__LINE__" || name == "__DATE__" || name == "__TIME__" || name == "__COUNTER__" ||
               name == "__INCLUDE_LEVEL__" || name == "__BASE_FILE__" || name == "__TIMESTAMP__";
    }

    // The invocation may go over several lines; the lines it takes are made up for behind it.
    void expand_in_text(const std::string& text, std::size_t& at, std::uint32_t& line, const std::string& name, const Macro& macro) {
        Words source{{Word::Kind::name, name, false}};
        std::size_t lines = 0;
        if (macro.takes_arguments) {
            std::size_t look = at;
            std::size_t crossed = 0;
            while (look < text.size() && (is_blank(text[look]) || text[look] == '\n')) crossed += text[look++] == '\n';
            if (look >= text.size() || text[look] != '(') {
                if (look + 1 < text.size() && text[look] == '/') throw NeedsCpp();  // a comment may hide the parenthesis
                return emit(name);
            }
            int open = 0;
            lines = crossed;
            for (;;) {
                if (look >= text.size() || text[look] == '#') throw NeedsCpp();
                if (text[look] == '/' && look + 1 < text.size() && (text[look + 1] == '*' || text[look + 1] == '/')) {
                    std::uint32_t skipped = 0;
                    skip_comment(text, look, skipped);
                    lines += skipped;
                    source.push_back({Word::Kind::space, " ", false});
                    continue;
                }
                Word word = word_at(text, look);
                if (word.kind == Word::Kind::space) {
                    lines += static_cast<std::size_t>(std::count(word.text.begin(), word.text.end(), '\n'));
                    word.text = " ";
                }
                if (word.text == "(") ++open;
                if (word.text == ")") --open;
                source.push_back(std::move(word));
                if (open == 0) break;
            }
            at = look;
        }
        const Words made = expand(source, 0);
        if (!made.empty()) {
            // A macro name that gets its arguments from the text behind the expansion.
            auto last = made.rbegin();
            while (last != made.rend() && last->kind == Word::Kind::space) ++last;
            if (last != made.rend() && last->kind == Word::Kind::name && !last->frozen) {
                const auto found = macros_.find(last->text);
                if (found != macros_.end() && found->second.takes_arguments) throw NeedsCpp();
            }
        }
        // Words must not grow together with what stands around them.
        if (!out_.empty() && in_name(out_.back()) && !made.empty() && in_name(made.front().text.front())) emit(" ");
        for (const auto& word : made) emit(word.text);
        if (at < text.size() && in_name(text[at])) emit(" ");
        line += static_cast<std::uint32_t>(lines);
        emit(std::string(lines, '\n'));
    }

    Words expand(const Words& source, int depth) {
        if (depth > kMaxExpansions) throw NeedsCpp();
        Words out;
        for (std::size_t i = 0; i < source.size(); ++i) {
            const Word& word = source[i];
            const auto found = word.kind == Word::Kind::name && !word.frozen ? macros_.find(word.text) : macros_.end();
            if (found == macros_.end()) {
                if (word.kind == Word::Kind::name && word.text.starts_with("__") && is_magic(word.text)) throw NeedsCpp();
                out.push_back(word);
                continue;
            }
            const Macro& macro = found->second;
            Words body = macro.body;
            if (macro.takes_arguments) {
                std::size_t open = i + 1;
                while (open < source.size() && source[open].kind == Word::Kind::space) ++open;
                if (open >= source.size() || source[open].text != "(") {
                    if (open >= source.size() && depth > 0) throw NeedsCpp();
                    out.push_back(word);
                    continue;
                }
                std::vector<Words> arguments(1);
                int nested = 0;
                std::size_t end = open;
                for (;; ++end) {
                    if (end >= source.size()) throw NeedsCpp();
                    const auto& text = source[end].text;
                    if (text == "(" && nested++ == 0) continue;
                    if (text == ")" && --nested == 0) break;
                    if (text == "," && nested == 1) arguments.emplace_back();
                    else arguments.back().push_back(source[end]);
                }
                if (macro.parameters.empty() && arguments.size() == 1) arguments.clear();
                if (arguments.size() != macro.parameters.size()) throw NeedsCpp();
                for (auto& argument : arguments) {
                    while (!argument.empty() && argument.back().kind == Word::Kind::space) argument.pop_back();
                    while (!argument.empty() && argument.front().kind == Word::Kind::space) argument.erase(argument.begin());
                    argument = expand(argument, depth + 1);
                }
                Words filled;
                for (const auto& part : body) {
                    const auto parameter = part.kind == Word::Kind::name ? std::find(macro.parameters.begin(), macro.parameters.end(), part.text)
                                                                         : macro.parameters.end();
                    if (parameter == macro.parameters.end()) filled.push_back(part);
                    else for (const auto& one : arguments[static_cast<std::size_t>(parameter - macro.parameters.begin())]) filled.push_back(one);
                    if ((expanded_ += 1) > input_.most) throw TooMuch();
                }
                body = std::move(filled);
                i = end;
            }
            expanded_ += body.size() + 1;
            if (expanded_ > input_.most / 8) throw TooMuch();
            for (auto& part : body)
                if (part.text == word.text) part.frozen = true;
            // The macro is out of reach while its own expansion is read again.
            const std::string name = word.text;
            const bool was_hidden = hidden_.contains(name);
            if (was_hidden) {
                out.push_back(word);
                out.back().frozen = true;
                continue;
            }
            hidden_.insert(name);
            Words again;
            try {
                again = expand(body, depth + 1);
            } catch (...) {
                hidden_.erase(name);
                throw;
            }
            hidden_.erase(name);
            for (auto& part : again) out.push_back(std::move(part));
        }
        return out;
    }

    // A directive's own text in one line: continuations joined, comments as spaces.
    static std::string logical_line(const std::string& text, std::size_t& at, std::size_t& lines) {
        std::string out;
        while (at < text.size() && text[at] != '\n') {
            if (text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '\n' || (text[at + 1] == '\r' && at + 2 < text.size() && text[at + 2] == '\n'))) {
                at += text[at + 1] == '\r' ? 3 : 2;
                ++lines;
            } else if (text[at] == '/' && at + 1 < text.size() && (text[at + 1] == '*' || text[at + 1] == '/')) {
                std::uint32_t crossed = 0;
                skip_comment(text, at, crossed);
                lines += crossed;
                out += ' ';
            } else if (text[at] == '"' || text[at] == '\'') {
                const std::size_t start = at;
                const char quote = text[at++];
                while (at < text.size() && text[at] != quote && text[at] != '\n') at += text[at] == '\\' && at + 1 < text.size() && text[at + 1] != '\n' ? 2 : 1;
                if (at < text.size() && text[at] == quote) ++at;
                out += text.substr(start, at - start);
            } else {
                out += text[at] == '\r' ? ' ' : text[at];
                ++at;
            }
        }
        if (at < text.size()) {
            ++at;
            ++lines;
        }
        while (!out.empty() && is_blank(out.back())) out.pop_back();
        return out;
    }

    static std::string name_of(std::string_view& rest) {
        while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
        std::size_t n = 0;
        while (n < rest.size() && in_name(rest[n])) ++n;
        std::string name(rest.substr(0, n));
        rest.remove_prefix(n);
        return name;
    }

    void directive(const std::string& text, std::size_t& at, std::uint32_t& line, const std::string& path, std::vector<Branch>& branches, bool& active) {
        std::size_t lines = 0;
        const std::size_t from = at;
        const std::string whole = logical_line(text, at, lines);
        std::string_view rest = whole;
        const std::string word = name_of(rest);
        while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
        const auto begin_branch = [&](bool holds) {
            branches.push_back({holds && active, active, false});
            active = active && holds;
        };
        if (word == "ifdef" || word == "ifndef") {
            const std::string name = name_of(rest);
            if (name.empty()) throw NeedsCpp();
            begin_branch(macros_.contains(name) == (word == "ifdef"));
        } else if (word == "if") {
            begin_branch(active && condition(rest));
        } else if (word == "elif") {
            if (branches.empty() || branches.back().has_else) throw NeedsCpp();
            auto& branch = branches.back();
            active = branch.outside && !branch.taken && condition(rest);
            branch.taken = branch.taken || active;
        } else if (word == "else") {
            if (branches.empty() || branches.back().has_else) throw NeedsCpp();
            auto& branch = branches.back();
            active = branch.outside && !branch.taken;
            branch.taken = branch.has_else = true;
        } else if (word == "endif") {
            if (branches.empty()) throw NeedsCpp();
            active = branches.back().outside;
            branches.pop_back();
        } else if (!active || word.empty()) {
            // nothing to do
        } else if (word == "define") {
            definition(rest);
        } else if (word == "undef") {
            macros_.erase(name_of(rest));
        } else if (word == "include" || word == "import") {
            if (word == "import") throw NeedsCpp();
            include(rest, path);
            line += static_cast<std::uint32_t>(lines);
            emit("# " + std::to_string(line) + " \"" + path + "\" 2\n");
            return;
        } else if (word == "pragma") {
            if (rest == "once") {
                once_.insert(path);
            } else {
                const auto end = text.find('\n', from);
                emit("#" + text.substr(from, end == std::string::npos ? end : end - from));
            }
        } else {
            throw NeedsCpp();  // error, line, warning, and what is not known
        }
        line += static_cast<std::uint32_t>(lines);
        emit(std::string(lines, '\n'));
    }

    void definition(std::string_view rest) {
        const std::string name = name_of(rest);
        if (name.empty() || name == "defined") throw NeedsCpp();
        Macro macro;
        if (!rest.empty() && rest.front() == '(') {
            macro.takes_arguments = true;
            rest.remove_prefix(1);
            for (;;) {
                const std::string parameter = name_of(rest);
                while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
                if (!parameter.empty()) macro.parameters.push_back(parameter);
                if (rest.empty() || (rest.front() != ',' && rest.front() != ')') || (parameter.empty() && rest.front() == ',')) throw NeedsCpp();
                const bool last = rest.front() == ')';
                rest.remove_prefix(1);
                if (last) break;
            }
        }
        while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
        macro.body = words_of(rest);
        // A lone # without arguments is text; with arguments it is the operator.
        for (const auto& word : macro.body)
            if (word.text == "#" || (word.kind == Word::Kind::name && word.text == "_Pragma")) throw NeedsCpp();
        macros_[name] = std::move(macro);
    }

    void include(std::string_view rest, const std::string& path) {
        if (rest.size() < 3 || (rest.front() != '"' && rest.front() != '<')) throw NeedsCpp();
        const char close = rest.front() == '"' ? '"' : '>';
        const auto end = rest.find(close, 1);
        if (end == std::string_view::npos) throw NeedsCpp();
        const std::string name(rest.substr(1, end - 1));
        std::vector<std::string> places;
        if (name.starts_with('/')) {
            places.push_back(name);
        } else {
            const auto slash = path.rfind('/');
            if (close == '"') places.push_back(slash == std::string::npos ? name : path.substr(0, slash + 1) + name);
            for (const auto& folder : input_.include_folders) places.push_back(folder + "/" + name);
        }
        for (const auto& place : places) {
            if (!files_.read(place)) continue;
            file(place, true);
            return;
        }
        throw NeedsCpp();
    }

    // --- conditions ---
    bool condition(std::string_view text) {
        Words plain;
        const Words given = words_of(text);
        for (std::size_t i = 0; i < given.size(); ++i) {
            if (given[i].text.starts_with("__has_")) throw NeedsCpp();
            if (given[i].text != "defined") {
                plain.push_back(given[i]);
                continue;
            }
            std::size_t at = i + 1;
            const auto skip = [&] { while (at < given.size() && given[at].kind == Word::Kind::space) ++at; };
            skip();
            const bool open = at < given.size() && given[at].text == "(";
            if (open) ++at, skip();
            if (at >= given.size() || given[at].kind != Word::Kind::name) throw NeedsCpp();
            plain.push_back({Word::Kind::number, macros_.contains(given[at].text) ? "1" : "0", false});
            if (open) {
                ++at, skip();
                if (at >= given.size() || given[at].text != ")") throw NeedsCpp();
            }
            i = at;
        }
        condition_.clear();
        for (auto& word : expand(plain, 0)) {
            if (word.kind != Word::Kind::space) condition_.push_back(std::move(word));
        }
        at_ = 0;
        const auto value = choice(0);
        if (at_ != condition_.size()) throw NeedsCpp();
        return value != 0;
    }
    bool sign(std::string_view text) {
        for (std::size_t i = 0; i < text.size(); ++i)
            if (at_ + i >= condition_.size() || condition_[at_ + i].text.size() != 1 || condition_[at_ + i].text[0] != text[i]) return false;
        at_ += text.size();
        return true;
    }
    std::int64_t choice(int depth) {
        if (depth > 100) throw NeedsCpp();
        const auto value = level(0, depth);
        if (!sign("?")) return value;
        const auto yes = choice(depth + 1);
        if (!sign(":")) throw NeedsCpp();
        const auto no = choice(depth + 1);
        return value ? yes : no;
    }
    std::int64_t level(int n, int depth) {
        static const std::vector<std::vector<std::string_view>> kLevels = {{"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<=", ">=", "<", ">"},
                                                                           {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"}};
        if (n == static_cast<int>(kLevels.size())) return single(depth);
        auto left = level(n + 1, depth);
        for (;;) {
            std::string_view found;
            for (const auto op : kLevels[static_cast<std::size_t>(n)]) {
                if (!found.empty() || !sign(op)) continue;
                // `|` must not take half of `||`, nor `<` half of `<<`.
                if (op.size() == 1 && at_ < condition_.size() && std::string_view("|&<>").find(op[0]) != std::string_view::npos && condition_[at_].text == op) {
                    --at_;
                    continue;
                }
                found = op;
            }
            if (found.empty()) return left;
            const auto right = level(n + 1, depth);
            const auto a = static_cast<std::uint64_t>(left), b = static_cast<std::uint64_t>(right);
            if (found == "||") left = left || right;
            else if (found == "&&") left = left && right;
            else if (found == "|") left |= right;
            else if (found == "^") left ^= right;
            else if (found == "&") left &= right;
            else if (found == "==") left = left == right;
            else if (found == "!=") left = left != right;
            else if (found == "<=") left = left <= right;
            else if (found == ">=") left = left >= right;
            else if (found == "<") left = left < right;
            else if (found == ">") left = left > right;
            else if (found == "<<") left = b < 64 ? static_cast<std::int64_t>(a << b) : 0;
            else if (found == ">>") left = b < 64 ? left >> b : 0;
            else if (found == "+") left = static_cast<std::int64_t>(a + b);
            else if (found == "-") left = static_cast<std::int64_t>(a - b);
            else if (found == "*") left = static_cast<std::int64_t>(a * b);
            else if (right == 0 || right == -1) throw NeedsCpp();
            else left = found == "/" ? left / right : left % right;
        }
    }
    std::int64_t single(int depth) {
        if (depth > 100 || at_ >= condition_.size()) throw NeedsCpp();
        if (sign("!")) return !single(depth + 1);
        if (sign("-")) return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(single(depth + 1)));
        if (sign("+")) return single(depth + 1);
        if (sign("~")) return ~single(depth + 1);
        if (sign("(")) {
            const auto value = choice(depth + 1);
            if (!sign(")")) throw NeedsCpp();
            return value;
        }
        const Word& word = condition_[at_++];
        if (word.kind == Word::Kind::name) return 0;
        if (word.kind != Word::Kind::number) throw NeedsCpp();
        std::string_view digits = word.text;
        while (!digits.empty() && std::string_view("uUlL").find(digits.back()) != std::string_view::npos) digits.remove_suffix(1);
        int radix = 10;
        if (digits.starts_with("0x") || digits.starts_with("0X")) {
            radix = 16;
            digits.remove_prefix(2);
        } else if (digits.size() > 1 && digits[0] == '0') {
            radix = 8;
        }
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, radix);
        if (error != std::errc{} || end != digits.data() + digits.size()) throw NeedsCpp();
        return static_cast<std::int64_t>(value);
    }

    const PreprocessInput& input_;
    FileTexts& files_;
    std::string& out_;
    Macros macros_;
    std::set<std::string> hidden_;
    std::set<std::string> once_;
    Words condition_;
    std::size_t at_ = 0;
    std::size_t expanded_ = 0;
    int depth_ = 0;
};

}  // namespace

const std::string* FileTexts::read(const std::string& path) {
    const auto [entry, added] = texts_.try_emplace(path);
    if (!added) return entry->second.get();
    struct stat about {};
    if (stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return nullptr;
    std::ifstream file(path, std::ios::binary);
    if (!file) return nullptr;
    auto text = std::make_unique<std::string>(static_cast<std::size_t>(about.st_size), '\0');
    file.read(text->data(), about.st_size);
    text->resize(static_cast<std::size_t>(file.gcount()));
    entry->second = std::move(text);
    return entry->second.get();
}

PreprocessOutcome preprocess(const PreprocessInput& input, FileTexts& files, std::string& text) {
    const std::size_t before = text.size();
    try {
        Preprocessor(input, files, text).file(input.path, false);
        return PreprocessOutcome::done;
    } catch (const NeedsCpp&) {
        text.resize(before);
        return PreprocessOutcome::needs_cpp;
    } catch (const TooMuch&) {
        return PreprocessOutcome::too_much;
    }
}

}  // namespace odc::midl
