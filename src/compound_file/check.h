// Looks at every structure of a compound file and says what is wrong where. Works on files that cannot be opened.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "compound_file/bitmap.h"
#include "compound_file/byte_storage.h"
#include "compound_file/format.h"

namespace odc::compound_file {

enum class Severity {
    note,   ///< against the letter of the specification, harmless: every reader copes
    error,  ///< reading may give wrong bytes, and writing would make it worse
};

struct Finding {
    Severity severity;
    std::string where;  ///< "header", "FAT", "sector 17 at byte 9216", "entry 5 /Data/Table"
    std::string what;
};

struct CheckReport {
    std::vector<Finding> findings;  ///< at most CheckOptions::most_findings
    std::uint64_t errors = 0;
    std::uint64_t notes = 0;
    bool readable = false;  ///< header, FAT and directory could be read at all
    Version version = Version::v3;
    std::uint64_t file_bytes = 0;
    std::uint64_t sectors = 0;
    std::uint64_t free_sectors = 0;
    std::uint64_t lost_sectors = 0;  ///< marked used, referred to by nothing
    std::uint64_t fragments = 0;     ///< places where a stream's next sector is not the following one
    std::uint64_t storages = 0;      ///< without the root
    std::uint64_t streams = 0;
    std::uint64_t stream_bytes = 0;

    bool sound() const { return errors == 0; }
    const Finding* first_error() const;
};

struct CheckOptions {
    std::size_t most_findings = 1000;
};

/// Time and memory are linear in the file's size (the FAT and the directory are held, streams are not read).
/// Errors: only those of reading `bytes`; whatever is wrong with the file is in the report.
/// Spec: MS-CFB 4.1.
Result<CheckReport> check(ByteStorage& bytes, const CheckOptions& options = {});

/// What a writer needs to know before the first change.
struct Audit {
    CheckReport report;
    Bitmap used;                                ///< sectors whose FAT entry is not free
    std::unordered_set<std::uint32_t> unsound;  ///< storages whose tree is out of order or balance
};
Result<Audit> audit(ByteStorage& bytes, const CheckOptions& options);

}  // namespace odc::compound_file
