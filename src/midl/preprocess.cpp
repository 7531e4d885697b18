#include "midl/preprocess.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <string_view>

#include "midl/preprocess_condition.h"

namespace odc::midl {
namespace {

constexpr int kMaxIncludes = 190;

std::size_t lines_in(std::string_view text) { return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')); }

bool continues_line(std::string_view text, std::size_t at) {
    if (text[at] != '\\' || at + 1 >= text.size()) return false;
    return text[at + 1] == '\n' || (text[at + 1] == '\r' && at + 2 < text.size() && text[at + 2] == '\n');
}

bool starts_comment(std::string_view text, std::size_t at) {
    return text[at] == '/' && at + 1 < text.size() && (text[at + 1] == '*' || text[at + 1] == '/');
}

std::size_t behind_comment(std::string_view text, std::size_t at) {
    if (text[at + 1] == '/') {
        const auto end = std::min(text.find('\n', at), text.size());
        if (text[end - 1] == '\\' || (text[end - 1] == '\r' && text[end - 2] == '\\')) throw NeedsCpp();
        return end;
    }
    const auto end = text.find("*/", at + 2);
    if (end == std::string_view::npos) throw NeedsCpp();
    return end + 2;
}

class Preprocessor {
  public:
    Preprocessor(const PreprocessInput& input, FileTexts& files, std::string& out)
        : input_(input), files_(files), out_(out), macros_(texts_, input.most / 8) {
        macros_.define("__midl", "801");
        for (const auto* name : {"__STDC__", "__STDC_HOSTED__"}) macros_.define(name, "1");
        macros_.define("__STDC_VERSION__", "201710L");
        for (const auto& word : input.macros) {
            const auto given = std::string_view(word).substr(2);
            const auto equals = given.find('=');
            const auto name = given.substr(0, equals);
            if (name.empty() || !starts_name(name.front()) || !std::all_of(name.begin(), name.end(), in_name)) throw NeedsCpp();
            if (word.starts_with("-U")) macros_.remove(name);
            else macros_.define(name, equals == std::string_view::npos ? "1" : given.substr(equals + 1));
        }
    }

    void file(const std::string& path, bool included) {
        if (++depth_ > kMaxIncludes) throw NeedsCpp();
        const std::string* text = files_.read(path);
        if (!text) throw NeedsCpp();
        if (!once_.contains(path)) {
            emit("# 1 \"" + path + "\"" + (included ? " 1" : "") + "\n");
            out_.reserve(out_.size() + std::min(text->size() + 256, input_.most));
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

    /// Where a file is being read.
    struct Position {
        std::string_view text;
        const std::string& path;
        std::size_t at = 0;
        std::size_t copied = 0;       ///< active text up to here is in the output
        std::uint32_t line = 1;
        bool active = true;
        std::vector<Branch> branches = {};
    };

    void emit(std::string_view text) {
        if (out_.size() + text.size() > input_.most) throw TooMuch();
        out_ += text;
    }
    void emit_lines(std::size_t n) {
        if (out_.size() + n > input_.most) throw TooMuch();
        out_.append(n, '\n');
    }
    void copy_up_to(Position& p, std::size_t end) {
        emit(p.text.substr(p.copied, end - p.copied));
        p.copied = end;
    }

    void scan(std::string_view text, const std::string& path) {
        Position p{text, path};
        while (p.at < text.size()) {
            std::size_t first = p.at;
            while (first < text.size() && is_blank(text[first])) ++first;
            if (first < text.size() && text[first] == '#') {
                p.at = first + 1;
                directive(p);
                p.copied = p.at;
            } else if (p.active) {
                active_line(p);
            } else {
                inactive_line(p);
            }
        }
        if (!p.branches.empty()) throw NeedsCpp();
    }

    /// Up to the line's end, or what hides it: comments and macros' arguments may span lines.
    void active_line(Position& p) {
        const auto text = p.text;
        while (p.at < text.size()) {
            const char c = text[p.at];
            const auto kind = kCharacterClasses[static_cast<unsigned char>(c)];
            if (kind == 0 || kind == kBlank) {
                ++p.at;
            } else if (kind == kNameStart && !starts_wide(text, p.at)) {
                name(p);
            } else if (kind == kLineEnd) {
                ++p.at, ++p.line;
                if (p.at < text.size() && is_one_of(text[p.at], kBlank | kHash)) return copy_before_directive(p);
            } else if (kind == kSlash && starts_comment(text, p.at)) {
                const std::size_t end = behind_comment(text, p.at);
                p.line += static_cast<std::uint32_t>(lines_in(text.substr(p.at, end - p.at)));
                p.at = end;
            } else if (kind == kBackslash && continues_line(text, p.at)) {
                continued_line(p);
            } else if (kind == kSlash || kind == kBackslash) {
                ++p.at;
            } else if (kind == kHash) {
                throw NeedsCpp();  // a directive behind a comment, or a mistake
            } else {
                (void)word_at(text, p.at);  // numbers and quoted texts, whole
            }
        }
        copy_up_to(p, p.at);
        if (!text.ends_with('\n')) emit("\n");
    }

    /// At the start of a line: what was read goes out if a directive may follow, which looks at the output's lines.
    void copy_before_directive(Position& p) {
        const auto first = p.text.find_first_not_of(" \t\r\f\v", p.at);
        if (first != std::string_view::npos && p.text[first] == '#') copy_up_to(p, p.at);
    }

    void inactive_line(Position& p) {
        const auto text = p.text;
        while (p.at < text.size()) {
            const char c = text[p.at];
            if (c == '\n') {
                ++p.at, ++p.line;
                emit_lines(1);
                break;
            }
            if (starts_comment(text, p.at)) {
                const std::size_t end = behind_comment(text, p.at);
                const auto lines = lines_in(text.substr(p.at, end - p.at));
                emit_lines(lines);
                p.line += static_cast<std::uint32_t>(lines);
                p.at = end;
            } else if (continues_line(text, p.at)) {
                throw NeedsCpp();
            } else if (is_one_of(c, kQuote)) {
                for (++p.at; p.at < text.size() && text[p.at] != c && text[p.at] != '\n'; ++p.at)
                    if (text[p.at] == '\\' && p.at + 1 < text.size() && text[p.at + 1] != '\n') ++p.at;
                if (p.at < text.size() && text[p.at] == c) ++p.at;
            } else {
                ++p.at;
            }
        }
        p.copied = p.at;
    }

    /// A backslash at the line's end, between words. To what reads the words, the next line may as well be one of its own.
    void continued_line(Position& p) {
        const std::size_t behind = p.at + (p.text[p.at + 1] == '\r' ? 3 : 2);
        const bool between = (p.at == 0 || is_blank(p.text[p.at - 1])) || behind >= p.text.size() || is_blank(p.text[behind]);
        if (!between) throw NeedsCpp();
        copy_up_to(p, p.at);
        emit_lines(1);
        p.at = p.copied = behind;
        ++p.line;
    }

    void name(Position& p) {
        const std::size_t start = p.at;
        while (p.at < p.text.size() && in_name(p.text[p.at])) ++p.at;
        const auto word = p.text.substr(start, p.at - start);
        const Macro* macro = macros_.find(word);
        if (!macro) return;
        const std::size_t behind = p.at;
        source_.assign(1, {Word::Kind::name, false, -1, word});
        std::size_t lines = 0;
        if (macro->takes_arguments && !arguments(p, source_, lines)) {
            p.at = behind;
            return;
        }
        copy_up_to(p, start);
        p.copied = p.at;
        made_.clear();
        macros_.expand(source_, made_);
        put(made_, p);
        p.line += static_cast<std::uint32_t>(lines);
        emit_lines(lines);
    }

    /// Reads an invocation's arguments, which may go over several lines; false when there are none.
    bool arguments(Position& p, Words& source, std::size_t& lines) {
        const auto text = p.text;
        std::size_t look = p.at;
        while (look < text.size() && is_one_of(text[look], kBlank | kLineEnd)) lines += text[look++] == '\n';
        if (look >= text.size() || text[look] != '(') {
            if (look + 1 < text.size() && (text[look] == '/' || text[look] == '\\')) throw NeedsCpp();  // may hide the parenthesis
            return false;
        }
        int open = 0;
        do {
            if (look >= text.size() || text[look] == '#' || text[look] == '\\') throw NeedsCpp();
            Word word{Word::Kind::space, false, -1, " "};
            if (starts_comment(text, look)) {
                const std::size_t end = behind_comment(text, look);
                lines += lines_in(text.substr(look, end - look));
                look = end;
            } else {
                word = word_at(text, look);
                if (word.kind == Word::Kind::space) {
                    lines += lines_in(word.text);
                    word.text = " ";
                }
                if (word.text == "(") ++open;
                if (word.text == ")") --open;
            }
            source.push_back(word);
        } while (open > 0);
        p.at = look;
        return true;
    }

    void put(const Words& made, const Position& p) {
        // A macro name that gets its arguments from the text behind the expansion.
        const auto last = std::find_if(made.rbegin(), made.rend(), [](const Word& word) { return word.kind != Word::Kind::space; });
        if (last != made.rend() && last->kind == Word::Kind::name && !last->frozen) {
            const auto* macro = macros_.find(last->text);
            if (macro && macro->takes_arguments) throw NeedsCpp();
        }
        // Words must not grow together with what stands around them.
        for (const auto& word : made) {
            if (!out_.empty() && in_name(out_.back()) && in_name(word.text.front())) emit(" ");
            emit(word.text);
        }
        if (p.at < p.text.size() && in_name(p.text[p.at])) emit(" ");
    }

    /// A directive's own text in one line: continuations joined, comments as spaces. Moves behind its end.
    std::string_view logical_line(Position& p, std::size_t& lines) {
        const auto text = p.text;
        std::size_t& at = p.at;
        const auto end = text.find_first_of("\n\\\r/", at);
        if (end == std::string_view::npos || text[end] == '\n') {  // as it stands
            const auto line = text.substr(at, end - at);
            at = std::min(end, text.size());
            if (at < text.size()) ++at, ++lines;
            return line.substr(0, line.find_last_not_of(" \t\f\v") + 1);
        }
        std::string out;
        while (at < text.size() && text[at] != '\n') {
            if (continues_line(text, at)) {
                at += text[at + 1] == '\r' ? 3 : 2;
                ++lines;
            } else if (starts_comment(text, at)) {
                const std::size_t behind = behind_comment(text, at);
                lines += lines_in(text.substr(at, behind - at));
                at = behind;
                out += ' ';
            } else if (is_one_of(text[at], kQuote)) {
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
        return texts_.keep(std::move(out));
    }

    static std::string_view name_at_start(std::string_view& rest) {
        const auto skip = [&] { rest.remove_prefix(std::min(rest.find_first_not_of(" \t\f\v"), rest.size())); };
        skip();
        const auto end = std::find_if_not(rest.begin(), rest.end(), in_name);
        const auto name = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
        rest.remove_prefix(name.size());
        skip();
        return name;
    }

    void directive(Position& p) {
        std::size_t lines = 0;
        const std::size_t from = p.at;
        const auto whole = logical_line(p, lines);
        auto rest = whole;
        const auto word = name_at_start(rest);
        if (condition(p, word, rest) || !p.active || whole.empty()) {
            // nothing more to do
        } else if (word == "define") {
            macros_.define(rest);
        } else if (word == "undef") {
            macros_.remove(name_at_start(rest));
        } else if (word == "include") {
            include(rest, p.path);
            p.line += static_cast<std::uint32_t>(lines);
            return emit("# " + std::to_string(p.line) + " \"" + p.path + "\" 2\n");
        } else if (word == "pragma" && rest == "once") {
            once_.insert(p.path);
        } else if (word == "pragma") {
            emit("#");
            emit(p.text.substr(from, p.text.find('\n', from) - from));
        } else {
            throw NeedsCpp();  // import, error, line, warning, and what is not known
        }
        p.line += static_cast<std::uint32_t>(lines);
        emit_lines(lines);
    }

    /// False when the directive is no condition.
    bool condition(Position& p, std::string_view word, std::string_view rest) {
        if (word == "ifdef" || word == "ifndef" || word == "if") {
            bool holds = false;
            if (word == "if") {
                holds = p.active && condition_holds(rest, macros_);
            } else {
                const auto name = name_at_start(rest);
                if (name.empty()) throw NeedsCpp();
                holds = macros_.contains(name) == (word == "ifdef");
            }
            p.branches.push_back({holds && p.active, p.active, false});
            p.active = p.active && holds;
            return true;
        }
        if (word != "elif" && word != "else" && word != "endif") return false;
        if (p.branches.empty()) throw NeedsCpp();
        auto& branch = p.branches.back();
        if (word == "endif") {
            p.active = branch.outside;
            p.branches.pop_back();
            return true;
        }
        if (branch.has_else) throw NeedsCpp();
        const bool is_else = word == "else";
        p.active = branch.outside && !branch.taken && (is_else || condition_holds(rest, macros_));
        branch.taken = branch.taken || is_else || p.active;
        branch.has_else = is_else;
        return true;
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
            return file(place, true);
        }
        throw NeedsCpp();
    }

    const PreprocessInput& input_;
    FileTexts& files_;
    std::string& out_;
    MadeTexts texts_;
    Macros macros_;
    std::set<std::string> once_;
    Words source_, made_;  ///< of one macro in the text, kept for their memory
    int depth_ = 0;
};

/// Null when it is no regular file, or cannot be read.
std::unique_ptr<std::string> text_of(const std::string& path) {
    struct stat about {};
    if (stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode)) return nullptr;  // opening a pipe would wait
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return nullptr;
    auto text = std::make_unique<std::string>(static_cast<std::size_t>(about.st_size), '\0');
    std::size_t filled = 0;
    while (filled < text->size()) {
        const ssize_t got = ::read(file, text->data() + filled, text->size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        filled += static_cast<std::size_t>(got);
    }
    close(file);
    text->resize(filled);
    return text;
}

}  // namespace

const std::string* FileTexts::read(const std::string& path) {
    const auto [entry, added] = texts_.try_emplace(path);
    if (added) entry->second = text_of(path);
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
