// What a character can be to the preprocessor and the lexer: a table, since every character of every file is asked.
#pragma once

#include <array>
#include <cstdint>

namespace odc::midl {

enum CharacterClass : std::uint8_t { kNameStart = 1, kDigit = 2, kBlank = 4, kQuote = 8, kLineEnd = 16, kSlash = 32, kBackslash = 64, kHash = 128 };

constexpr std::array<std::uint8_t, 256> character_classes() {
    std::array<std::uint8_t, 256> all{};
    for (unsigned c = 'a'; c <= 'z'; ++c) all[c] = all[c - 'a' + 'A'] = kNameStart;
    for (const unsigned char c : {'_', '$'}) all[c] = kNameStart;
    for (unsigned c = '0'; c <= '9'; ++c) all[c] = kDigit;
    for (const unsigned char c : {' ', '\t', '\r', '\f', '\v'}) all[c] = kBlank;
    for (const unsigned char c : {'"', '\''}) all[c] = kQuote;
    all[static_cast<unsigned char>('\n')] = kLineEnd;
    all[static_cast<unsigned char>('/')] = kSlash;
    all[static_cast<unsigned char>('\\')] = kBackslash;
    all[static_cast<unsigned char>('#')] = kHash;
    return all;
}
inline constexpr auto kCharacterClasses = character_classes();

constexpr bool is_one_of(char c, unsigned classes) { return (kCharacterClasses[static_cast<unsigned char>(c)] & classes) != 0; }
constexpr bool starts_name(char c) { return is_one_of(c, kNameStart); }
constexpr bool in_name(char c) { return is_one_of(c, kNameStart | kDigit); }
constexpr bool is_blank(char c) { return is_one_of(c, kBlank); }

}  // namespace odc::midl
