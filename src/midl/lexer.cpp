#include "midl/lexer.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include "midl/characters.h"

namespace odc::midl {
namespace {

constexpr std::size_t kMaxIdentifier = 1024;

bool is_digit(char c) { return is_one_of(c, kDigit); }

class Lexer {
  public:
    Lexer(std::string_view text, Diagnostics& diagnostics) : text_(text), diagnostics_(diagnostics) {}

    Tokens run() {
        tokens_.list.reserve(text_.size() / 4 + 16);  // more than there will be: what is not used is not touched either
        for (;;) {
            skip_space();
            Token token;
            token.place = place();
            if (!doc_.empty()) {
                token.doc = static_cast<std::uint32_t>(tokens_.docs.size());
                tokens_.docs.push_back(std::exchange(doc_, {}));
            }
            if (at_ >= text_.size()) {
                tokens_.list.push_back(token);
                return std::move(tokens_);
            }
            const std::size_t start = at_;
            if (read(token)) {
                token.spelling = text_.substr(start, at_ - start);
                tokens_.list.push_back(token);
            }
        }
    }

  private:
    Place place() const { return {file_, line_, static_cast<std::uint32_t>(at_ - line_start_ + 1)}; }
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    void newline() {
        ++at_;
        ++line_;
        line_start_ = at_;
    }

    void skip_space() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (is_blank(c)) {
                ++at_;
            } else if (c == '\n') {
                newline();
            } else if (c == '/') {
                if (peek(1) == '*') block_comment();
                else if (peek(1) == '/') line_comment();
                else return;
            } else if (c == '#' && at_ == line_start_) {
                line_marker();
            } else {
                return;
            }
        }
    }

    void line_comment() {
        const auto end = std::min(text_.find('\n', at_), text_.size());
        const auto comment = text_.substr(at_, end - at_);
        if (comment.starts_with("///") && !comment.starts_with("////") && !comment.starts_with("///<")) {
            if (!doc_.empty()) doc_ += '\n';
            doc_ += comment;
        }
        at_ = end;
    }

    void block_comment() {
        const Place begin = place();
        const std::size_t start = at_;
        const auto close = text_.find("*/", at_ + 2);
        const auto end = close == std::string_view::npos ? text_.size() : close + 2;
        for (auto line = text_.find('\n', at_); line < end; line = text_.find('\n', at_)) {
            at_ = line;
            newline();
        }
        at_ = end;
        if (close == std::string_view::npos) {
            diagnostics_.report(Message::unclosed_comment, begin);
            return;
        }
        const auto comment = text_.substr(start, at_ - start);
        if (comment.size() > 5 && comment.starts_with("/**") && comment[3] != '*' && comment[3] != '<') doc_ = comment;
    }

    // # 12 "file.idl" 1   or   #line 12 "file.idl"; other directives (#pragma) are skipped.
    void line_marker() {
        const auto end = std::min(text_.find('\n', at_), text_.size());
        std::string_view line = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end;
        const auto skip = [&] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
        skip();
        if (line.starts_with("pragma")) {
            line.remove_prefix(6);
            skip();
            while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
            if (!line.starts_with("midl_echo") && !line.starts_with("pack") && !line.starts_with("winrt")) return;
            Token token;
            token.kind = Token::Kind::pragma;
            token.place = {file_, line_, 1};
            token.spelling = line;
            tokens_.list.push_back(token);
            return;
        }
        if (line.starts_with("line")) line.remove_prefix(4);
        skip();
        std::uint32_t number = 0;
        const auto [rest, error] = std::from_chars(line.data(), line.data() + line.size(), number);
        if (error != std::errc{}) return;
        line.remove_prefix(static_cast<std::size_t>(rest - line.data()));
        const auto open = line.find('"');
        const auto close = line.rfind('"');
        if (open != std::string_view::npos && close > open) {
            const std::string path = unquote(line.substr(open, close - open + 1));
            if (!path.starts_with('<')) {
                file_ = diagnostics_.add_file(path);
                if (std::find(tokens_.files.begin(), tokens_.files.end(), path) == tokens_.files.end()) tokens_.files.push_back(path);
            }
        }
        if (at_ < text_.size()) newline();
        line_ = number;
    }

    bool read(Token& token) {
        const std::size_t start = at_;
        const char c = text_[at_];
        if (starts_name(c) && !(c == 'L' && (peek(1) == '"' || peek(1) == '\''))) {
            while (at_ < text_.size() && in_name(text_[at_])) ++at_;
            token.kind = Token::Kind::identifier;
            if (at_ - start <= kMaxIdentifier) return true;
            diagnostics_.report(Message::identifier_too_long, token.place, {std::to_string(at_ - start), std::to_string(kMaxIdentifier)});
            return false;
        }
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
            // 1e-5, but not the UUID 0e-…: an exponent's sign only belongs to a decimal number with digits behind it.
            while (at_ < text_.size() && (in_name(text_[at_]) || (text_[at_] == '.' && peek(1) != '.'))) ++at_;
            token.kind = Token::Kind::number;
            return true;
        }
        if (c == '"' || (c == 'L' && peek(1) == '"')) {
            token.kind = c == 'L' ? Token::Kind::wide_text : Token::Kind::text;
            return quoted(token, '"');
        }
        if (c == '\'' || c == 'L') {
            token.kind = Token::Kind::character;
            return quoted(token, '\'');
        }
        token.kind = Token::Kind::punctuation;
        return punctuation(token);
    }

    bool punctuation(const Token& token) {
        const char c = text_[at_], after = peek(1);
        switch (c) {
            case '(': case ')': case '[': case ']': case '{': case '}': case ',': case ';': ++at_; return true;
            case '.': at_ += after == '.' && peek(2) == '.' ? 3 : 1; return true;
            case '<': case '>': at_ += after == c || after == '=' ? 2 : 1; return true;
            case '=': case '!': at_ += after == '=' ? 2 : 1; return true;
            case '&': case '|': case ':': at_ += after == c ? 2 : 1; return true;
            case '-': at_ += after == '>' ? 2 : 1; return true;
            case '*': case '^': case '~': case '+': case '/': case '%': case '?': ++at_; return true;
            default: break;
        }
        ++at_;
        const auto number = static_cast<unsigned char>(c);
        diagnostics_.report(Message::unknown_character, token.place,
                            {std::isprint(number) ? std::string("'") + c + "'" : "number " + std::to_string(number)});
        return false;
    }

    bool quoted(Token& token, char quote) {
        if (peek() == 'L') ++at_;
        ++at_;
        while (at_ < text_.size() && peek() != quote && peek() != '\n') {
            if (peek() == '\\' && peek(1) != '\0' && peek(1) != '\n') ++at_;
            ++at_;
        }
        if (peek() != quote) {
            diagnostics_.report(Message::unclosed_text, token.place);
            return false;
        }
        ++at_;
        return true;
    }

    std::string_view text_;
    Diagnostics& diagnostics_;
    Tokens tokens_;
    std::string doc_;
    std::size_t at_ = 0;
    std::size_t line_start_ = 0;
    std::uint32_t line_ = 1;
    std::uint32_t file_ = 0;
};

}  // namespace

Tokens lex(std::string_view text, Diagnostics& diagnostics) { return Lexer(text, diagnostics).run(); }

std::string unquote(std::string_view spelling) {
    std::string out;
    if (!spelling.empty() && spelling.front() == 'L') spelling.remove_prefix(1);
    if (spelling.size() >= 2) spelling = spelling.substr(1, spelling.size() - 2);
    for (std::size_t i = 0; i < spelling.size(); ++i) {
        if (spelling[i] != '\\' || i + 1 == spelling.size()) {
            out += spelling[i];
            continue;
        }
        const char c = spelling[++i];
        const auto digits = [&](unsigned base, std::size_t most) {
            unsigned value = 0;
            std::size_t n = 0;
            while (n < most && i < spelling.size()) {
                const char d = spelling[i];
                const unsigned v = is_digit(d) ? static_cast<unsigned>(d - '0')
                                   : std::isxdigit(static_cast<unsigned char>(d))
                                       ? static_cast<unsigned>(std::tolower(d) - 'a' + 10)
                                       : 99u;
                if (v >= base) break;
                value = value * base + v;
                ++i, ++n;
            }
            --i;
            out += static_cast<char>(value);
        };
        switch (c) {
            case 'n': out += '\n'; break;
            case 't': out += '\t'; break;
            case 'r': out += '\r'; break;
            case 'a': out += '\a'; break;
            case 'b': out += '\b'; break;
            case 'f': out += '\f'; break;
            case 'v': out += '\v'; break;
            case 'x': ++i; digits(16, 2); break;
            case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': digits(8, 3); break;
            default: out += c;
        }
    }
    return out;
}

}  // namespace odc::midl
