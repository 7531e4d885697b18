#include "midl/lexer.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace odc::midl {
namespace {

constexpr std::size_t kMaxIdentifier = 1024;

bool starts_identifier(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }
bool in_identifier(char c) { return starts_identifier(c) || std::isdigit(static_cast<unsigned char>(c)); }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

class Lexer {
  public:
    Lexer(std::string_view text, Diagnostics& diagnostics) : text_(text), diagnostics_(diagnostics) {}

    Tokens run() {
        tokens_.list.reserve(text_.size() / 8 + 16);
        for (;;) {
            skip_space();
            Token token;
            token.place = place();
            token.offset = at_;
            token.doc = std::move(doc_);
            doc_.clear();
            if (at_ >= text_.size()) {
                tokens_.list.push_back(std::move(token));
                return std::move(tokens_);
            }
            if (read(token)) {
                token.spelling = text_.substr(token.offset, at_ - token.offset);
                tokens_.list.push_back(std::move(token));
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
            const char c = peek();
            if (c == '\n') {
                newline();
            } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
                ++at_;
            } else if (c == '#' && at_ == line_start_) {
                line_marker();
            } else if (c == '/' && peek(1) == '*') {
                block_comment();
            } else if (c == '/' && peek(1) == '/') {
                const auto end = std::min(text_.find('\n', at_), text_.size());
                const auto comment = text_.substr(at_, end - at_);
                if (comment.starts_with("///") && !comment.starts_with("////") && !comment.starts_with("///<")) doc_ += (doc_.empty() ? "" : "\n") + std::string(comment);
                at_ = end;
            } else {
                return;
            }
        }
    }

    void block_comment() {
        const Place begin = place();
        const std::size_t start = at_;
        at_ += 2;
        while (at_ < text_.size() && !(peek() == '*' && peek(1) == '/')) {
            if (peek() == '\n') newline();
            else ++at_;
        }
        if (at_ >= text_.size()) {
            diagnostics_.report(Message::unclosed_comment, begin);
            return;
        }
        at_ += 2;
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
            token.offset = static_cast<std::size_t>(line.data() - text_.data());
            token.spelling = line;
            tokens_.list.push_back(std::move(token));
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
        const char c = peek();
        if (starts_identifier(c) && !((c == 'L') && (peek(1) == '"' || peek(1) == '\''))) {
            while (in_identifier(peek())) ++at_;
            token.kind = Token::Kind::identifier;
            if (at_ - token.offset > kMaxIdentifier) {
                diagnostics_.report(Message::identifier_too_long, token.place,
                                    {std::to_string(at_ - token.offset), std::to_string(kMaxIdentifier)});
                return false;
            }
            return true;
        }
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
            while (in_identifier(peek()) || (peek() == '.' && peek(1) != '.')) {
                // 1e-5, but not the UUID 0e-…: an exponent's sign only belongs to a decimal number with digits behind it.
                ++at_;
            }
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
        static constexpr std::string_view kPairs[] = {"<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "->", "::"};
        if (text_.substr(at_).starts_with("...")) {
            at_ += 3;
            return true;
        }
        for (const auto pair : kPairs) {
            if (text_.substr(at_).starts_with(pair)) {
                at_ += 2;
                return true;
            }
        }
        ++at_;
        if (std::string_view("{}[]()<>;:,.=*&|^~!+-/%?").find(c) == std::string_view::npos) {
            diagnostics_.report(Message::unknown_character, token.place,
                                {std::isprint(static_cast<unsigned char>(c)) ? std::string("'") + c + "'"
                                                                            : "number " + std::to_string(static_cast<unsigned char>(c))});
            return false;
        }
        return true;
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
