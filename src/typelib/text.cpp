#include "typelib/text.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace odc::typelib {
namespace {

struct HashTable {
    std::uint16_t high;
    std::array<std::uint8_t, 8> languages;
    std::array<std::uint8_t, 256> addend;
};

#define ODC_LANGUAGES(...) {__VA_ARGS__}
#define ODC_HASH_TABLE(high, languages, ...) {high, languages, {__VA_ARGS__}},
constexpr HashTable kHashTables[] = {
#include "typelib/name_hash.inc"
};
#undef ODC_HASH_TABLE
#undef ODC_LANGUAGES

constexpr bool is_ascii(std::uint8_t c) { return c < 0x80; }

class Converter {
  public:
    Converter(const std::string& to, const std::string& from) : handle_(::iconv_open(to.c_str(), from.c_str())) {}
    ~Converter() {
        if (good()) ::iconv_close(handle_);
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    bool good() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

    /// `unit` says how much input one unconvertible character takes.
    template <class Unit>
    std::string run(std::string_view in, std::string_view substitute, Unit unit) {
        std::string out;
        char* from = const_cast<char*>(in.data());
        std::size_t left = in.size();
        while (left > 0) {
            char buffer[256];
            char* to = buffer;
            std::size_t room = sizeof buffer;
            const auto converted = ::iconv(handle_, &from, &left, &to, &room);
            const int why = errno;
            out.append(buffer, static_cast<std::size_t>(to - buffer));
            if (converted == static_cast<std::size_t>(-1) && why != E2BIG) {
                const auto step = std::min(left, unit(std::string_view(from, left)));
                out += substitute;
                from += step;
                left -= step;
            }
        }
        return out;
    }

  private:
    iconv_t handle_;
};

std::size_t utf8_length(std::string_view text) {
    std::size_t n = 1;
    while (n < text.size() && (static_cast<std::uint8_t>(text[n]) & 0xc0) == 0x80) ++n;
    return n;
}

}  // namespace

std::uint16_t ansi_code_page(std::uint32_t lcid) {
    switch (lcid & 0x3ff) {  // the primary language, MS-LCID 2.1
        case 0x11: return 932;
        case 0x12: return 949;
        case 0x04: return lcid == 0x0404 || lcid == 0x0c04 || lcid == 0x1404 ? 950 : 936;
        case 0x1e: return 874;
        case 0x05: case 0x0e: case 0x15: case 0x18: case 0x1b: case 0x1c: case 0x24: return 1250;
        case 0x1a: return lcid == 0x0c1a || lcid == 0x1c1a ? 1251 : 1250;
        case 0x19: case 0x02: case 0x22: case 0x23: case 0x2f: case 0x3f: case 0x40: case 0x44: case 0x50: return 1251;
        case 0x08: return 1253;
        case 0x1f: case 0x2c: return lcid == 0x082c ? 1251 : 1254;
        case 0x0d: return 1255;
        case 0x01: case 0x20: case 0x29: return 1256;
        case 0x25: case 0x26: case 0x27: return 1257;
        case 0x2a: return 1258;
        default: return 1252;
    }
}

std::string from_ansi(std::span<const std::uint8_t> bytes, std::uint16_t code_page) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (std::all_of(bytes.begin(), bytes.end(), is_ascii)) return std::string(text);
    Converter converter("UTF-8", "CP" + std::to_string(code_page));
    if (!converter.good()) return std::string(bytes.size(), '?');
    return converter.run(text, "\xef\xbf\xbd", [](std::string_view) { return std::size_t{1}; });
}

std::vector<std::uint8_t> to_ansi(std::string_view utf8, std::uint16_t code_page) {
    std::string out(utf8);
    if (!std::all_of(utf8.begin(), utf8.end(), [](char c) { return is_ascii(static_cast<std::uint8_t>(c)); })) {
        Converter converter("CP" + std::to_string(code_page), "UTF-8");
        out = converter.good() ? converter.run(utf8, "?", utf8_length) : std::string(utf8.size(), '?');
    }
    return {out.begin(), out.end()};
}

std::uint32_t name_hash(std::span<const std::uint8_t> ansi_name, std::uint32_t lcid) {
    const auto language = static_cast<std::uint8_t>(std::min<std::uint32_t>(lcid & 0x3ff, 0xff));
    const HashTable* table = &kHashTables[0];
    for (const auto& t : kHashTables)
        if (language != 0 && std::find(t.languages.begin(), t.languages.end(), language) != t.languages.end()) table = &t;
    std::uint32_t hash = 0x0deadbee;
    for (const auto c : ansi_name) hash = hash * 37 + table->addend[c];
    return static_cast<std::uint32_t>(table->high) << 16 | (hash % 65599 & 0xffff);
}

}  // namespace odc::typelib
