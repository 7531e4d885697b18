#include "property_set/code_page.h"

#include <iconv.h>

#include <cerrno>
#include <cstring>

namespace odc::property_set {

namespace {

/// The name that iconv knows a code page by; empty for an unknown one.
std::string charset(std::uint16_t code_page) {
    switch (code_page) {
        case 1200: return "UTF-16LE";
        case 1201: return "UTF-16BE";
        case 65000: return "UTF-7";
        case 65001: return "UTF-8";
        case 437: case 737: case 775: case 850: case 852: case 855: case 856: case 857: case 858: case 860: case 861: case 862:
        case 863: case 864: case 865: case 866: case 869: case 874: case 922: case 932: case 936: case 949: case 1046:
        case 1250: case 1251: case 1252: case 1253: case 1254: case 1255: case 1256: case 1257: case 1258:
            return "CP" + std::to_string(code_page);
        case 950: return "BIG5";
        case 1361: return "JOHAB";
        case 10000: return "MACINTOSH";
        case 10007: return "MAC-CYRILLIC";
        case 10029: return "MAC-CENTRALEUROPE";
        case 20127: return "ASCII";
        case 20866: return "KOI8-R";
        case 21866: return "KOI8-U";
        case 20932: case 51932: return "EUC-JP";
        case 20936: case 51936: return "EUC-CN";
        case 51949: return "EUC-KR";
        case 52936: return "HZ";
        case 54936: return "GB18030";
        case 50220: case 50221: case 50222: return "ISO-2022-JP";
        case 50225: return "ISO-2022-KR";
        case 0: return "CP1252";
        default:
            if (code_page >= 28591 && code_page <= 28599) return "ISO-8859-" + std::to_string(code_page - 28590);
            if (code_page == 28603 || code_page == 28605) return "ISO-8859-" + std::to_string(code_page - 28590);
            return "";
    }
}

class Converter {
  public:
    Converter(const char* to, const char* from) : cd_(::iconv_open(to, from)) {}
    ~Converter() {
        if (good()) ::iconv_close(cd_);
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    bool good() const { return cd_ != reinterpret_cast<iconv_t>(-1); }

    /// `unit` bytes of input give way to `substitute` where they have no counterpart.
    std::vector<std::uint8_t> run(std::span<const std::uint8_t> from, std::size_t unit, std::span<const std::uint8_t> substitute) {
        std::vector<std::uint8_t> out(from.size() * 2 + 16);
        std::size_t used = 0;
        char* in = const_cast<char*>(reinterpret_cast<const char*>(from.data()));
        std::size_t left = from.size();
        const auto step = [&](char** input, std::size_t* input_left) {
            char* to = reinterpret_cast<char*>(out.data() + used);
            std::size_t room = out.size() - used;
            const auto result = ::iconv(cd_, input, input_left, &to, &room);
            used = out.size() - room;
            return result;
        };
        while (left > 0 && step(&in, &left) == static_cast<std::size_t>(-1)) {
            if (out.size() - used < substitute.size() + 16) out.resize(out.size() * 2 + 64);
            if (errno == E2BIG) continue;
            std::memcpy(out.data() + used, substitute.data(), substitute.size());
            used += substitute.size();
            const std::size_t skip = std::min(unit, left);
            in += skip;
            left -= skip;
        }
        if (out.size() - used < 16) out.resize(out.size() + 16);
        step(nullptr, nullptr);
        out.resize(used);
        return out;
    }

  private:
    iconv_t cd_;
};

std::vector<std::uint8_t> little_endian(std::u16string_view text) {
    std::vector<std::uint8_t> bytes;
    bytes.reserve(text.size() * 2);
    for (const char16_t unit : text) {
        bytes.push_back(static_cast<std::uint8_t>(unit));
        bytes.push_back(static_cast<std::uint8_t>(unit >> 8));
    }
    return bytes;
}

std::u16string from_little_endian(std::span<const std::uint8_t> bytes) {
    std::u16string text(bytes.size() / 2, u'\0');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8);
    return text;
}

Error unknown(std::uint16_t code_page) { return fail(STG_E_INVALIDHEADER, "code page " + std::to_string(code_page) + " is unknown"); }

}  // namespace

bool is_known_code_page(std::uint16_t code_page) { return !charset(code_page).empty(); }

Result<std::u16string> decode(std::span<const std::uint8_t> bytes, std::uint16_t code_page) {
    if (code_page == kUtf16CodePage) return from_little_endian(bytes);
    const std::string name = charset(code_page);
    if (name.empty()) return unknown(code_page);
    Converter converter("UTF-16LE", name.c_str());
    if (!converter.good()) return unknown(code_page);
    const std::uint8_t substitute[] = {0xFD, 0xFF};
    return from_little_endian(converter.run(bytes, 1, substitute));
}

Result<std::vector<std::uint8_t>> encode(std::u16string_view text, std::uint16_t code_page) {
    if (code_page == kUtf16CodePage) return little_endian(text);
    const std::string name = charset(code_page);
    if (name.empty()) return unknown(code_page);
    Converter converter(name.c_str(), "UTF-16LE");
    if (!converter.good()) return unknown(code_page);
    const std::uint8_t substitute[] = {'?'};
    return converter.run(little_endian(text), 2, substitute);
}

}  // namespace odc::property_set
