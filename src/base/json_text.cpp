#include "base/json_text.h"

namespace odc {

std::string quoted_json(std::string_view text) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) out += std::string("\\u00") + kDigits[c >> 4] + kDigits[c & 0xF];
                else out += c;
        }
    }
    return out + "\"";
}

}  // namespace odc
