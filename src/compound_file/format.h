// The records of a compound file as they lie on disk: header and directory entry. Little-endian.
// Spec: MS-CFB 2.1 (sector numbers), 2.2 (header), 2.6.1 (directory entry).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "opendcom/base/result.h"

namespace odc::compound_file {

using Sector = std::uint32_t;
inline constexpr Sector kMaxSector = 0xFFFFFFFA;  ///< MAXREGSECT; usable numbers are below it
inline constexpr Sector kDifatSector = 0xFFFFFFFC;
inline constexpr Sector kFatSector = 0xFFFFFFFD;
inline constexpr Sector kEndOfChain = 0xFFFFFFFE;
inline constexpr Sector kFreeSector = 0xFFFFFFFF;

/// A directory entry's index, "stream ID" in MS-CFB. Stays the same while the entry exists.
enum class EntryId : std::uint32_t {};
inline constexpr EntryId kRoot{0};
inline constexpr EntryId kNoEntry{0xFFFFFFFF};
constexpr std::uint32_t number(EntryId id) { return static_cast<std::uint32_t>(id); }

inline constexpr unsigned kMiniShift = 6;
inline constexpr std::uint32_t kMiniSize = 1u << kMiniShift;
inline constexpr std::uint32_t kMiniCutoff = 4096;  ///< bytes; streams below lie in the mini stream
inline constexpr std::size_t kHeaderSize = 512;
inline constexpr std::size_t kHeaderDifat = 109;
inline constexpr std::size_t kEntrySize = 128;
inline constexpr std::size_t kMaxName = 31;  ///< UTF-16 units, without the terminator
/// First byte of the region that is reserved for byte-range locks (MS-CFB 2.8).
inline constexpr std::uint64_t kRangeLockOffset = 0x7FFFFF00;

enum class Version : std::uint16_t {
    v3 = 3,  ///< 512-byte sectors, at most 2 GB
    v4 = 4,  ///< 4096-byte sectors, at most about 16 TB
};
constexpr unsigned sector_shift(Version version) { return version == Version::v3 ? 9 : 12; }

struct Header {
    Version version = Version::v3;
    std::uint16_t minor_version = 0x003E;
    std::uint32_t directory_sectors = 0;  ///< 0 in version 3
    std::uint32_t fat_sectors = 0;
    Sector first_directory = kEndOfChain;
    std::uint32_t transaction = 0;
    Sector first_mini_fat = kEndOfChain;
    std::uint32_t mini_fat_sectors = 0;
    Sector first_difat = kEndOfChain;
    std::uint32_t difat_sectors = 0;
    std::array<Sector, kHeaderDifat> difat{};

    unsigned shift() const { return sector_shift(version); }
    std::uint32_t sector_size() const { return 1u << shift(); }
};

/// Errors: STG_E_INVALIDHEADER when the signature is not that of a compound file; STG_E_OLDFORMAT for the signature of
/// the format's beta; STG_E_DOCFILECORRUPT for a field that no version allows.
Result<Header> parse_header(std::span<const std::uint8_t, kHeaderSize> bytes);
void write_header(const Header& header, std::span<std::uint8_t, kHeaderSize> bytes);
/// The first eight bytes are D0 CF 11 E0 A1 B1 1A E1.
bool has_signature(std::span<const std::uint8_t> bytes);

enum class EntryType : std::uint8_t { free = 0, storage = 1, stream = 2, root = 5 };

/// 100-nanosecond intervals since 1601-01-01 UTC; 0: not recorded.
using FileTime = std::uint64_t;

struct Entry {
    std::array<char16_t, 32> name_units{};
    std::uint8_t name_length = 0;  ///< units, without the terminator
    EntryType type = EntryType::free;
    bool red = false;
    EntryId left = kNoEntry;
    EntryId right = kNoEntry;
    EntryId child = kNoEntry;
    Guid class_id{};
    std::uint32_t state_bits = 0;
    FileTime created = 0;
    FileTime modified = 0;
    Sector start = 0;  ///< stream: first sector or mini sector; root: of the mini stream
    std::uint64_t size = 0;

    std::u16string_view name() const { return {name_units.data(), name_length}; }
    void set_name(std::u16string_view name);  ///< at most kMaxName units
    bool is_storage() const { return type == EntryType::storage || type == EntryType::root; }
    bool is_stream() const { return type == EntryType::stream; }
    bool is_mini() const { return size < kMiniCutoff; }
};

/// Takes what older writers leave behind: any bytes after the name, and the high half of the size in version 3.
/// Errors: STG_E_DOCFILECORRUPT for an unknown type or a name length that is odd or too long.
Result<Entry> parse_entry(std::span<const std::uint8_t, kEntrySize> bytes, Version version);
void write_entry(const Entry& entry, std::span<std::uint8_t, kEntrySize> bytes);

}  // namespace odc::compound_file
