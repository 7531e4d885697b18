#include "tools/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/json_text.h"
#include "base/utf16.h"

namespace odc::tools {

namespace {

constexpr int kDeepest = 64;

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Result<Json> document() {
        auto value = ODC_TRY(this->value(0));
        skip_space();
        if (at_ != text_.size()) return wrong("text behind the value");
        return value;
    }

  private:
    Error wrong(const char* what) const {
        const auto before = text_.substr(0, at_);
        const auto line = std::count(before.begin(), before.end(), '\n') + 1;
        const auto newline = before.rfind('\n');
        const auto column = at_ - (newline == before.npos ? 0 : newline + 1) + 1;
        return fail(E_INVALIDARG, fmt::format("JSON, line {}, column {}: {}", line, column, what));
    }
    void skip_space() {
        while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    }
    bool take(char c) {
        skip_space();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool take_word(std::string_view word) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    Result<Json> value(int depth) {
        if (depth > kDeepest) return wrong("nested too deeply");
        skip_space();
        if (take('{')) return object(depth);
        if (take('[')) return array(depth);
        if (take('"')) return Json{ODC_TRY(string())};
        if (take_word("true")) return Json{true};
        if (take_word("false")) return Json{false};
        if (take_word("null")) return Json{nullptr};
        return number();
    }
    Result<Json> object(int depth) {
        JsonObject members;
        if (take('}')) return Json{std::move(members)};
        do {
            if (!take('"')) return wrong("expected a name");
            auto key = ODC_TRY(string());
            if (!take(':')) return wrong("expected ':'");
            auto held = ODC_TRY(value(depth + 1));
            members.emplace_back(std::move(key), std::move(held));
        } while (take(','));
        if (!take('}')) return wrong("expected ',' or '}'");
        return Json{std::move(members)};
    }
    Result<Json> array(int depth) {
        JsonArray elements;
        if (take(']')) return Json{std::move(elements)};
        do elements.push_back(ODC_TRY(value(depth + 1)));
        while (take(','));
        if (!take(']')) return wrong("expected ',' or ']'");
        return Json{std::move(elements)};
    }
    Result<Json> number() {
        const auto start = at_;
        while (at_ < text_.size() && std::string_view("+-.0123456789eE").find(text_[at_]) != std::string_view::npos) ++at_;
        std::string digits(text_.substr(start, at_ - start));
        double parsed = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), parsed);
        if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) {
            at_ = start;
            return wrong("expected a value");
        }
        return Json{JsonNumber{std::move(digits)}};
    }
    Result<std::string> string() {
        std::string out;
        while (at_ < text_.size() && text_[at_] != '"') {
            if (static_cast<unsigned char>(text_[at_]) < 0x20) return wrong("control character in a string");
            if (text_[at_] != '\\') {
                out += text_[at_++];
                continue;
            }
            if (++at_ >= text_.size()) break;
            const char c = text_[at_++];
            switch (c) {
                case 'n': out += '\n'; break;
                case 't': out += '\t'; break;
                case 'r': out += '\r'; break;
                case 'b': out += '\b'; break;
                case 'f': out += '\f'; break;
                case '"': case '\\': case '/': out += c; break;
                case 'u': {
                    std::u16string units;
                    do {
                        unsigned unit = 0;
                        const auto hex = text_.substr(at_, 4);
                        const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), unit, 16);
                        if (error != std::errc() || end != hex.data() + 4) return wrong("expected four hexadecimal digits");
                        at_ += 4;
                        units += static_cast<char16_t>(unit);
                    } while (take_word("\\u"));
                    out += to_utf8(units);
                    break;
                }
                default: return wrong("unknown escape");
            }
        }
        if (at_ >= text_.size()) return wrong("a string without end");
        ++at_;
        return out;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

bool is_scalar(const Json& json) { return !json.as<JsonArray>() && !json.as<JsonObject>(); }

void dump_value(std::string& out, const Json& json, std::size_t indent) {
    const auto line = [&](std::size_t by) { out.append(1, '\n').append(by, ' '); };
    if (const auto* elements = json.as<JsonArray>()) {
        const bool flat = std::all_of(elements->begin(), elements->end(), is_scalar);
        out += '[';
        for (std::size_t i = 0; i < elements->size(); ++i) {
            if (i > 0) out += flat ? ", " : ",";
            if (!flat) line(indent + 2);
            dump_value(out, (*elements)[i], indent + 2);
        }
        if (!flat) line(indent);
        out += ']';
    } else if (const auto* members = json.as<JsonObject>()) {
        out += '{';
        for (std::size_t i = 0; i < members->size(); ++i) {
            if (i > 0) out += ',';
            line(indent + 2);
            out += quoted_json((*members)[i].first);
            out += ": ";
            dump_value(out, (*members)[i].second, indent + 2);
        }
        if (!members->empty()) line(indent);
        out += '}';
    } else if (const auto* text = json.as<std::string>()) {
        out += quoted_json(*text);
    } else if (const auto* number = json.as<JsonNumber>()) {
        out += number->digits;
    } else if (const auto* truth = json.as<bool>()) {
        out += *truth ? "true" : "false";
    } else {
        out += "null";
    }
}

}  // namespace

const Json* Json::find(std::string_view key) const {
    const auto* members = as<JsonObject>();
    if (!members) return nullptr;
    for (const auto& [name, value] : *members)
        if (name == key) return &value;
    return nullptr;
}

std::string Json::string_or(std::string_view key, std::string fallback) const {
    const Json* found = find(key);
    const auto* text = found ? found->as<std::string>() : nullptr;
    return text ? *text : fallback;
}

Result<Json> Json::parse(std::string_view text) { return Parser(text).document(); }

std::string Json::dump() const {
    std::string out;
    dump_value(out, *this, 0);
    return out;
}

}  // namespace odc::tools
