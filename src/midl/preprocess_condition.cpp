#include "midl/preprocess_condition.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace odc::midl {
namespace {

class Condition {
  public:
    Condition(std::string_view text, Macros& macros) {
        Words plain;
        const Words given = words_of(text);
        for (std::size_t i = 0; i < given.size(); ++i) {
            if (given[i].text.starts_with("__has_")) throw NeedsCpp();
            if (given[i].text == "defined") plain.push_back({Word::Kind::number, false, -1, defined(given, i, macros) ? "1" : "0"});
            else plain.push_back(given[i]);
        }
        Words expanded;
        macros.expand(plain, expanded);
        for (const auto& word : expanded)
            if (word.kind != Word::Kind::space) words_.push_back(word);
    }
    bool holds() {
        const auto value = choice(0);
        if (at_ != words_.size()) throw NeedsCpp();
        return value != 0;
    }

  private:
    /// `defined NAME` or `defined(NAME)`; `at` moves to its last word.
    static bool defined(const Words& given, std::size_t& at, Macros& macros) {
        const auto next = [&] {
            do {
                if (++at >= given.size()) throw NeedsCpp();
            } while (given[at].kind == Word::Kind::space);
        };
        next();
        const bool open = given[at].text == "(";
        if (open) next();
        if (given[at].kind != Word::Kind::name) throw NeedsCpp();
        const bool known = macros.contains(given[at].text);
        if (open) {
            next();
            if (given[at].text != ")") throw NeedsCpp();
        }
        return known;
    }

    bool sign(std::string_view text) {
        for (std::size_t i = 0; i < text.size(); ++i)
            if (at_ + i >= words_.size() || words_[at_ + i].text.size() != 1 || words_[at_ + i].text[0] != text[i]) return false;
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
        static constexpr std::array<std::array<std::string_view, 4>, 10> kLevels = {
            {{"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"}}};
        if (n == static_cast<int>(kLevels.size())) return single(depth);
        auto left = level(n + 1, depth);
        for (;;) {
            std::string_view found;
            for (const auto op : kLevels[static_cast<std::size_t>(n)]) {
                if (op.empty() || !found.empty() || !sign(op)) continue;
                // `|` must not take half of `||`, nor `<` half of `<<`.
                if (op.size() == 1 && at_ < words_.size() && std::string_view("|&<>").find(op[0]) != std::string_view::npos && words_[at_].text == op) {
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
        if (depth > 100 || at_ >= words_.size()) throw NeedsCpp();
        if (sign("!")) return !single(depth + 1);
        if (sign("-")) return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(single(depth + 1)));
        if (sign("+")) return single(depth + 1);
        if (sign("~")) return ~single(depth + 1);
        if (sign("(")) {
            const auto value = choice(depth + 1);
            if (!sign(")")) throw NeedsCpp();
            return value;
        }
        const Word& word = words_[at_++];
        if (word.kind == Word::Kind::name) return 0;
        if (word.kind != Word::Kind::number) throw NeedsCpp();
        std::string_view digits = word.text;
        while (!digits.empty() && (digits.back() == 'l' || digits.back() == 'L')) digits.remove_suffix(1);
        int radix = 10;
        if (digits.starts_with("0x") || digits.starts_with("0X")) {
            radix = 16;
            digits.remove_prefix(2);
        } else if (digits.size() > 1 && digits[0] == '0') {
            radix = 8;
        }
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, radix);
        // Numbers without sign, which make the whole expression one, are left to cpp.
        if (error != std::errc{} || end != digits.data() + digits.size() || value > INT64_MAX) throw NeedsCpp();
        return static_cast<std::int64_t>(value);
    }

    Words words_;
    std::size_t at_ = 0;
};

}  // namespace

bool condition_holds(std::string_view text, Macros& macros) { return Condition(text, macros).holds(); }

}  // namespace odc::midl
