#include "base/bytes.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>

namespace odc {

Guid ByteReader::guid() {
    Guid g;
    g.Data1 = u32();
    g.Data2 = u16();
    g.Data3 = u16();
    for (auto& byte : g.Data4) byte = u8();
    return g;
}

std::span<const std::uint8_t> ByteReader::bytes(std::size_t size) {
    if (failed_ || left() < size) {
        failed_ = true;
        return {};
    }
    const auto view = bytes_.subspan(at_, size);
    at_ += size;
    return view;
}

std::size_t ByteReader::count(std::size_t element) {
    const std::size_t n = u32();
    if (element != 0 && n > left() / element) {
        failed_ = true;
        return 0;
    }
    return n;
}

Result<> ByteReader::finish(HRESULT code, const char* what) const {
    if (failed_) return fail(code, std::string(what) + " ends too early");
    return {};
}

void ByteWriter::guid(const Guid& v) {
    u32(v.Data1);
    u16(v.Data2);
    u16(v.Data3);
    bytes(v.Data4);
}

void ByteWriter::patch_u32(std::size_t at, std::uint32_t v) {
    v = from_little(v);
    std::memcpy(out_.data() + at, &v, sizeof v);
}

void ByteWriter::patch_u16(std::size_t at, std::uint16_t v) {
    v = from_little(v);
    std::memcpy(out_.data() + at, &v, sizeof v);
}

std::vector<std::uint8_t> annotated_bytes(std::string_view text) {
    std::vector<std::uint8_t> out;
    const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
    for (std::size_t i = 0; i < text.size();) {
        if (text.substr(i, 2) == "//") {
            i = std::min(text.find('\n', i), text.size());
        } else if (std::isspace(static_cast<unsigned char>(text[i]))) {
            ++i;
        } else if (i + 1 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i])) &&
                   std::isxdigit(static_cast<unsigned char>(text[i + 1]))) {
            out.push_back(static_cast<std::uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
            i += 2;
        } else {
            std::fprintf(stderr, "annotated_bytes: not a byte at %zu\n", i);
            std::abort();
        }
    }
    return out;
}

std::string hex(std::span<const std::uint8_t> bytes) {
    std::string out;
    char text[4];
    for (const auto byte : bytes) {
        std::snprintf(text, sizeof text, out.empty() ? "%02x" : " %02x", byte);
        out += text;
    }
    return out;
}

}  // namespace odc
