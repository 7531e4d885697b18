#include "compound_file/format.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"

namespace odc::compound_file {

namespace {

constexpr std::uint8_t kSignature[8] = {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1};
constexpr std::uint8_t kBetaSignature[8] = {0x0E, 0x11, 0xFC, 0x0D, 0xD0, 0xCF, 0x11, 0xE0};

template <class T>
T load(const std::uint8_t* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return from_little(value);
}
template <class T>
void store(std::uint8_t* at, T value) {
    value = from_little(value);
    std::memcpy(at, &value, sizeof value);
}

Guid load_guid(const std::uint8_t* at) {
    Guid guid{};
    guid.Data1 = load<std::uint32_t>(at);
    guid.Data2 = load<std::uint16_t>(at + 4);
    guid.Data3 = load<std::uint16_t>(at + 6);
    std::memcpy(guid.Data4, at + 8, 8);
    return guid;
}
void store_guid(std::uint8_t* at, const Guid& guid) {
    store<std::uint32_t>(at, guid.Data1);
    store<std::uint16_t>(at + 4, guid.Data2);
    store<std::uint16_t>(at + 6, guid.Data3);
    std::memcpy(at + 8, guid.Data4, 8);
}

}  // namespace

bool has_signature(std::span<const std::uint8_t> bytes) {
    return bytes.size() >= 8 && std::memcmp(bytes.data(), kSignature, 8) == 0;
}

Result<Header> parse_header(std::span<const std::uint8_t, kHeaderSize> bytes) {
    const std::uint8_t* p = bytes.data();
    if (!has_signature(bytes)) {
        if (std::memcmp(p, kBetaSignature, 8) == 0) return fail(STG_E_OLDFORMAT, "written by a beta of the format");
        return fail(STG_E_INVALIDHEADER, "no compound file signature");
    }
    Header header;
    header.minor_version = load<std::uint16_t>(p + 24);
    const auto major = load<std::uint16_t>(p + 26);
    if (major != 3 && major != 4)
        return fail(STG_E_DOCFILECORRUPT, "header: major version " + std::to_string(major) + " is neither 3 nor 4");
    header.version = static_cast<Version>(major);
    if (load<std::uint16_t>(p + 28) != 0xFFFE) return fail(STG_E_DOCFILECORRUPT, "header: byte order mark is not FFFE");
    const auto shift = load<std::uint16_t>(p + 30);
    if (shift != header.shift())
        return fail(STG_E_DOCFILECORRUPT, "header: sector shift " + std::to_string(shift) + " does not fit the version");
    if (load<std::uint16_t>(p + 32) != kMiniShift) return fail(STG_E_DOCFILECORRUPT, "header: mini sector shift is not 6");
    header.directory_sectors = load<std::uint32_t>(p + 40);
    header.fat_sectors = load<std::uint32_t>(p + 44);
    header.first_directory = load<std::uint32_t>(p + 48);
    header.transaction = load<std::uint32_t>(p + 52);
    if (load<std::uint32_t>(p + 56) != kMiniCutoff)
        return fail(STG_E_DOCFILECORRUPT, "header: mini stream cutoff is not 4096");
    header.first_mini_fat = load<std::uint32_t>(p + 60);
    header.mini_fat_sectors = load<std::uint32_t>(p + 64);
    header.first_difat = load<std::uint32_t>(p + 68);
    header.difat_sectors = load<std::uint32_t>(p + 72);
    for (std::size_t i = 0; i < kHeaderDifat; ++i) header.difat[i] = load<std::uint32_t>(p + 76 + 4 * i);
    return header;
}

void write_header(const Header& header, std::span<std::uint8_t, kHeaderSize> bytes) {
    std::uint8_t* p = bytes.data();
    std::memset(p, 0, kHeaderSize);
    std::memcpy(p, kSignature, 8);
    store<std::uint16_t>(p + 24, header.minor_version);
    store<std::uint16_t>(p + 26, static_cast<std::uint16_t>(header.version));
    store<std::uint16_t>(p + 28, 0xFFFE);
    store<std::uint16_t>(p + 30, static_cast<std::uint16_t>(header.shift()));
    store<std::uint16_t>(p + 32, kMiniShift);
    store<std::uint32_t>(p + 40, header.directory_sectors);
    store<std::uint32_t>(p + 44, header.fat_sectors);
    store<std::uint32_t>(p + 48, header.first_directory);
    store<std::uint32_t>(p + 52, header.transaction);
    store<std::uint32_t>(p + 56, kMiniCutoff);
    store<std::uint32_t>(p + 60, header.first_mini_fat);
    store<std::uint32_t>(p + 64, header.mini_fat_sectors);
    store<std::uint32_t>(p + 68, header.first_difat);
    store<std::uint32_t>(p + 72, header.difat_sectors);
    for (std::size_t i = 0; i < kHeaderDifat; ++i) store<std::uint32_t>(p + 76 + 4 * i, header.difat[i]);
}

void Entry::set_name(std::u16string_view name) {
    name_units.fill(0);
    name_length = static_cast<std::uint8_t>(std::min(name.size(), kMaxName));
    std::copy_n(name.data(), name_length, name_units.data());
}

Result<Entry> parse_entry(std::span<const std::uint8_t, kEntrySize> bytes, Version version) {
    const std::uint8_t* p = bytes.data();
    Entry entry;
    const auto type = p[66];
    if (type != 0 && type != 1 && type != 2 && type != 5)
        return fail(STG_E_DOCFILECORRUPT, "object type " + std::to_string(type) + " is unknown");
    entry.type = static_cast<EntryType>(type);
    if (entry.type == EntryType::free) return entry;
    const auto length = load<std::uint16_t>(p + 64);
    if (length > 64 || length % 2 != 0 || length < 2)
        return fail(STG_E_DOCFILECORRUPT, "name length " + std::to_string(length) + " is impossible");
    entry.name_length = static_cast<std::uint8_t>(length / 2 - 1);
    for (std::size_t i = 0; i < entry.name_length; ++i) entry.name_units[i] = load<char16_t>(p + 2 * i);
    entry.red = p[67] == 0;
    entry.left = EntryId{load<std::uint32_t>(p + 68)};
    entry.right = EntryId{load<std::uint32_t>(p + 72)};
    entry.child = EntryId{load<std::uint32_t>(p + 76)};
    entry.class_id = load_guid(p + 80);
    entry.state_bits = load<std::uint32_t>(p + 96);
    entry.created = load<std::uint64_t>(p + 100);
    entry.modified = load<std::uint64_t>(p + 108);
    entry.start = load<std::uint32_t>(p + 116);
    entry.size = load<std::uint64_t>(p + 120);
    if (version == Version::v3) entry.size &= 0xFFFFFFFF;
    if (entry.type == EntryType::storage) entry.size = 0;
    return entry;
}

void write_entry(const Entry& entry, std::span<std::uint8_t, kEntrySize> bytes) {
    std::uint8_t* p = bytes.data();
    std::memset(p, 0, kEntrySize);
    store<std::uint32_t>(p + 68, number(entry.left));
    store<std::uint32_t>(p + 72, number(entry.right));
    store<std::uint32_t>(p + 76, number(entry.child));
    if (entry.type == EntryType::free) return;
    for (std::size_t i = 0; i < entry.name_length; ++i) store<char16_t>(p + 2 * i, entry.name_units[i]);
    store<std::uint16_t>(p + 64, static_cast<std::uint16_t>(2 * (entry.name_length + 1)));
    p[66] = static_cast<std::uint8_t>(entry.type);
    p[67] = entry.red ? 0 : 1;
    store_guid(p + 80, entry.class_id);
    store<std::uint32_t>(p + 96, entry.state_bits);
    store<std::uint64_t>(p + 100, entry.created);
    store<std::uint64_t>(p + 108, entry.modified);
    store<std::uint32_t>(p + 116, entry.start);
    store<std::uint64_t>(p + 120, entry.size);
}

}  // namespace odc::compound_file
