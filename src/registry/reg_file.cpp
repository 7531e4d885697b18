#include "registry/reg_file.h"

#include <fmt/format.h>

#include <charconv>

#include "base/utf16.h"
#include "registry/reg_encoding.h"

namespace odc::registry {
namespace {

constexpr std::string_view kVersion5 = "Windows Registry Editor Version 5.00";
constexpr std::string_view kRegedit4 = "REGEDIT4";
constexpr std::string_view kRegedit = "REGEDIT";

std::string_view trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(" \t");
    if (from == text.npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_one_byte_text(std::uint32_t type) {
    return type == static_cast<std::uint32_t>(ValueType::sz) || type == static_cast<std::uint32_t>(ValueType::expand_sz) ||
           type == static_cast<std::uint32_t>(ValueType::multi_sz);
}

/// Reads line by line; `line_` is where an error is reported.
class Parser {
  public:
    explicit Parser(std::string text) : text_(std::move(text)), rest_(text_) {}

    Result<std::vector<Change>> parse() {
        ODC_TRY(header());
        while (next_line()) ODC_TRY(header_ == Header::regedit ? old_line() : line());
        return std::move(changes_);
    }

  private:
    enum class Header { regedit, regedit4, version5 };

    Error bad(const std::string& what) const {
        return fail_win32(ERROR_INVALID_DATA, fmt::format("line {}: {}", line_number_, what));
    }

    /// Moves to the next line; its end may be \n, \r\n or \r.
    bool next_line() {
        if (rest_.empty()) return false;
        const auto end = rest_.find_first_of("\r\n");
        line_ = rest_.substr(0, end);
        if (end == rest_.npos) {
            rest_ = {};
        } else {
            const bool pair = rest_[end] == '\r' && end + 1 < rest_.size() && rest_[end + 1] == '\n';
            rest_.remove_prefix(end + (pair ? 2 : 1));
        }
        ++line_number_;
        return true;
    }

    Result<> header() {
        while (next_line()) {
            const auto text = trimmed(line_);
            if (text.empty()) continue;
            if (text == kVersion5)
                header_ = Header::version5;
            else if (text == kRegedit4)
                header_ = Header::regedit4;
            else if (text == kRegedit)
                header_ = Header::regedit;
            else
                break;
            return {};
        }
        if (line_number_ == 0) line_number_ = 1;
        return bad("expected 'Windows Registry Editor Version 5.00' or 'REGEDIT4'");
    }

    /// `HKEY_CLASSES_ROOT\Key = default value`
    Result<> old_line() {
        const auto text = trimmed(line_);
        if (text.empty() || text.front() == ';' || !text.starts_with("HKEY_")) return {};  // anything else was a comment then
        const auto equals = text.find('=');
        auto key = KeyPath::parse(trimmed(text.substr(0, equals)));
        if (!key) return bad(key.error().text());
        if (equals == text.npos)
            changes_.push_back(CreateKey{key.take()});
        else
            changes_.push_back(SetValue{key.take(), Value::text("", trimmed(text.substr(equals + 1)))});
        return {};
    }

    Result<> line() {
        line_ = trimmed(line_);
        if (line_.empty() || line_.front() == ';') return {};
        if (line_.front() == '[') return key_line();
        if (line_.front() != '@' && line_.front() != '"') return bad("expected [key], \"name\"= or @=");
        return value_line();
    }

    Result<> key_line() {
        const auto end = line_.rfind(']');
        if (end == line_.npos) return bad("the ']' of the key is missing");
        auto text = line_.substr(1, end - 1);
        const bool gone = text.starts_with('-');
        if (gone) text.remove_prefix(1);
        auto key = KeyPath::parse(text);
        if (!key) return bad(key.error().text());
        key_.reset();
        if (gone) {
            if (key->names.empty()) return bad("a registry root cannot be deleted");
            changes_.push_back(DeleteKey{key.take()});
            deleted_ = true;
        } else {
            key_ = key.take();
            deleted_ = false;
            changes_.push_back(CreateKey{*key_});
        }
        return {};
    }

    Result<> value_line() {
        std::string name;
        if (line_.front() == '@')
            line_.remove_prefix(1);
        else
            name = ODC_TRY(quoted());
        line_ = trimmed(line_);
        if (!line_.starts_with('=')) return bad("expected '=' after the value's name");
        line_ = trimmed(line_.substr(1));
        if (!key_) return bad(deleted_ ? "a value under a deleted key" : "a value before the first key");
        if (line_ == "-") {
            changes_.push_back(DeleteValue{*key_, std::move(name)});
            return {};
        }
        auto value = ODC_TRY(data());
        value.name = std::move(name);
        if (value.name.size() > kMaxValueName && to_utf16(value.name).size() > kMaxValueName)
            return bad("value name longer than 16383 characters");
        if (value.data.size() > kMaxValueSize) return bad("value larger than 1 MiB");
        changes_.push_back(SetValue{*key_, std::move(value)});
        return {};
    }

    Result<Value> data() {
        if (line_.starts_with('"')) {
            const auto text = ODC_TRY(quoted());
            ODC_TRY(nothing_but_comment());
            return Value::text("", text);
        }
        const auto colon = line_.find(':');
        const auto kind = line_.substr(0, colon);
        if (colon == line_.npos) return bad("expected \"text\", dword:, hex: or hex(type):");
        line_.remove_prefix(colon + 1);
        if (equal_ignoring_case(kind, "dword")) return dword();
        if (equal_ignoring_case(kind, "hex")) return hex(static_cast<std::uint32_t>(ValueType::binary));
        if (kind.size() > 5 && equal_ignoring_case(kind.substr(0, 4), "hex(") && kind.back() == ')') {
            const auto number = kind.substr(4, kind.size() - 5);
            std::uint32_t type = 0;
            const auto parsed = std::from_chars(number.data(), number.data() + number.size(), type, 16);
            if (parsed.ec == std::errc() && parsed.ptr == number.data() + number.size()) return hex(type);
        }
        return bad("expected \"text\", dword:, hex: or hex(type):");
    }

    Result<Value> dword() {
        const auto comment = line_.find(';');
        const auto digits = trimmed(line_.substr(0, comment));
        std::uint32_t number = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
        if (digits.empty() || digits.size() > 8 || parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size())
            return bad("expected one to eight hexadecimal digits after dword:");
        return Value::dword("", number);
    }

    /// `25,00,\` and the lines that follow.
    Result<Value> hex(std::uint32_t type) {
        Value value;
        value.type = static_cast<ValueType>(type);
        for (;;) {
            auto text = trimmed(line_.substr(0, line_.find(';')));
            const bool more = text.ends_with('\\');
            if (more) text.remove_suffix(1);
            ODC_TRY(hex_bytes(text, value.data));
            if (!more) break;
            if (!next_line()) break;  // a file that ends in a continuation: as if the backslash were not there
        }
        if (header_ == Header::regedit4 && is_one_byte_text(type)) value.data = widened(value.data);
        return value;
    }

    Result<> hex_bytes(std::string_view text, std::vector<std::uint8_t>& out) {
        text = trimmed(text);
        while (!text.empty()) {
            const auto comma = text.find(',');
            const auto digits = trimmed(text.substr(0, comma));
            const int high = digits.empty() ? -1 : hex_digit(digits[0]);
            const int low = digits.size() == 2 ? hex_digit(digits[1]) : 0;
            if (high < 0 || low < 0 || digits.size() > 2) return bad("expected bytes in hexadecimal, separated by commas");
            out.push_back(static_cast<std::uint8_t>(digits.size() == 2 ? high << 4 | low : high));
            if (out.size() > kMaxValueSize) return bad("value larger than 1 MiB");
            if (comma == text.npos) break;
            text = trimmed(text.substr(comma + 1));
        }
        return {};
    }

    static std::vector<std::uint8_t> widened(const std::vector<std::uint8_t>& bytes) {
        const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        const auto wide = to_utf16le(from_windows_1252(text));
        return {wide.begin(), wide.end()};
    }

    /// Reads from the opening to the closing quote, over line ends if need be; leaves line_ behind it.
    Result<std::string> quoted() {
        const int first = line_number_;
        std::string text;
        line_.remove_prefix(1);
        for (;;) {
            while (!line_.empty()) {
                const char c = line_.front();
                line_.remove_prefix(1);
                if (c == '"') return text;
                if (c != '\\') {
                    text.push_back(c);
                    continue;
                }
                if (line_.empty()) return bad("a backslash at the end of a line of text: write \\\\");
                const char escaped = line_.front();
                line_.remove_prefix(1);
                if (escaped == '\\' || escaped == '"')
                    text.push_back(escaped);
                else if (escaped == 'n')
                    text.push_back('\n');
                else if (escaped == 'r')
                    text.push_back('\r');
                else
                    return bad(fmt::format("unknown escape \\{}: write \\\\ for a backslash", escaped));
            }
            if (text.size() > kMaxValueSize || !next_line()) {
                line_number_ = first;
                return bad("the closing quote is missing");
            }
            text.push_back('\n');
        }
    }

    Result<> nothing_but_comment() {
        line_ = trimmed(line_);
        if (!line_.empty() && line_.front() != ';') return bad("something follows the closing quote (write \\\" for a quote)");
        return {};
    }

    const std::string text_;
    std::string_view rest_;
    std::string_view line_;
    int line_number_ = 0;
    Header header_ = Header::version5;
    std::optional<KeyPath> key_;
    bool deleted_ = false;
    std::vector<Change> changes_;
};

std::string escaped(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '\\' || c == '"') out.push_back('\\');
        if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else
            out.push_back(c);
    }
    return out + "\"";
}

/// As UTF-8 with \r\n; the encoding of the file comes last.
class Writer {
  public:
    explicit Writer(RegFormat format) : format_(format) {}

    Result<std::string> write(const KeyPath& top, const KeyTree& tree) {
        text_ = std::string(format_ == RegFormat::regedit4 ? kRegedit4 : kVersion5) + "\r\n";
        ODC_TRY(key(top.to_string(), tree));
        if (format_ == RegFormat::version5_utf8) return std::move(text_);
        if (format_ == RegFormat::version5) return "\xFF\xFE" + to_utf16le(text_);
        auto bytes = to_windows_1252(text_);
        if (!bytes)
            return fail_win32(ERROR_INVALID_DATA, "REGEDIT4 cannot hold characters outside of Windows-1252: use version 5");
        return std::move(*bytes);
    }

  private:
    Result<> key(const std::string& path, const KeyTree& tree) {
        if (path.find_first_of("\r\n") != path.npos)
            return fail_win32(ERROR_INVALID_DATA, "a .reg file cannot hold a line end in a key's name");
        text_ += "\r\n[" + path + "]\r\n";
        for (const auto& value : tree.values) ODC_TRY(write_value(value));
        for (const auto& below : tree.keys) ODC_TRY(key(path + "\\" + below.name, below));
        return {};
    }

    Result<> write_value(const Value& value) {
        auto line = value.name.empty() ? std::string("@") : escaped(value.name);
        line += '=';
        if (value.type == ValueType::sz && Value::text(value.name, value.as_text()) == value &&
            value.as_text().find_first_of("\r\n") == std::string::npos) {
            text_ += line + escaped(value.as_text()) + "\r\n";
            return {};
        }
        if (const auto number = value.as_dword(); number && value.type == ValueType::dword) {
            text_ += line + fmt::format("dword:{:08x}\r\n", *number);
            return {};
        }
        line += value.type == ValueType::binary ? "hex:" : fmt::format("hex({:x}):", static_cast<std::uint32_t>(value.type));
        const auto bytes = ODC_TRY(bytes_of(value));
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (line.size() > 76) {  // where Windows breaks the line too
                text_ += line + "\\\r\n";
                line = "  ";
            }
            line += fmt::format("{:02x}", bytes[i]);
            if (i + 1 < bytes.size()) line += ',';
        }
        text_ += line + "\r\n";
        return {};
    }

    Result<std::vector<std::uint8_t>> bytes_of(const Value& value) const {
        if (format_ != RegFormat::regedit4 || !is_one_byte_text(static_cast<std::uint32_t>(value.type))) return value.data;
        std::u16string units;
        for (std::size_t i = 0; i + 1 < value.data.size(); i += 2)
            units.push_back(static_cast<char16_t>(value.data[i] | value.data[i + 1] << 8));
        const auto bytes = to_windows_1252(to_utf8(units));
        if (!bytes) return fail_win32(ERROR_INVALID_DATA, "REGEDIT4 cannot hold the value '" + value.name + "': use version 5");
        return std::vector<std::uint8_t>(bytes->begin(), bytes->end());
    }

    const RegFormat format_;
    std::string text_;
};

}  // namespace

Result<std::vector<Change>> parse_reg_file(std::span<const std::uint8_t> bytes) {
    return Parser(decode_text_file(bytes)).parse();
}

Result<std::string> write_reg_file(const KeyPath& top, const KeyTree& tree, RegFormat format) {
    return Writer(format).write(top, tree);
}

}  // namespace odc::registry
