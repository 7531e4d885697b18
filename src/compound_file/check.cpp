#include "compound_file/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/utf16.h"
#include "compound_file/name.h"

namespace odc::compound_file {

namespace {

Sector load32(const std::uint8_t* at) {
    Sector value;
    std::memcpy(&value, at, 4);
    return from_little(value);
}

std::string printable(std::u16string_view name) {
    std::u16string shown;
    for (const char16_t unit : name) {
        if (unit >= 0x20 && unit != 0x7F) shown += unit;
        else shown += to_utf16(fmt::format("\\x{:02x}", static_cast<unsigned>(unit)));
    }
    return to_utf8(shown);
}

/// One pass over a file. Each step leaves what the next one needs; a step that finds its ground rotten ends the pass.
class Checker {
  public:
    Checker(ByteStorage& bytes, const CheckOptions& options, Audit& audit)
        : bytes_(bytes), options_(options), audit_(audit), report_(audit.report) {}

    Result<> run() {
        report_.file_bytes = ODC_TRY(bytes_.size());
        if (!ODC_TRY(read_header()) || !ODC_TRY(read_fat()) || !ODC_TRY(read_directory())) return {};
        report_.readable = true;
        ODC_TRY(read_mini());
        walk_tree();
        find_lost();
        return {};
    }

  private:
    void error(std::string where, std::string what) { add(Severity::error, std::move(where), std::move(what)); }
    void note(std::string where, std::string what) { add(Severity::note, std::move(where), std::move(what)); }
    void add(Severity severity, std::string where, std::string what) {
        std::uint64_t& count = severity == Severity::error ? report_.errors : report_.notes;
        ++count;
        // The first error is kept however many notes came before it.
        const bool room = report_.findings.size() < options_.most_findings;
        if (room || (severity == Severity::error && count == 1))
            report_.findings.push_back({severity, std::move(where), std::move(what)});
    }
    /// A writer that trusted a FAT which calls one of its own sectors free would hand that sector out.
    void check_mark(Sector sector, Sector mark, const char* what) {
        if (fat_[sector] != mark) add(fat_[sector] == kFreeSector ? Severity::error : Severity::note, at(sector), what);
    }
    std::string at(Sector sector) const {
        return fmt::format("sector {} at byte {}", sector, (std::uint64_t{sector} + 1) << shift_);
    }

    Result<bool> read_header();
    Result<bool> read_fat();
    Result<bool> read_difat(std::vector<Sector>& places);
    Result<bool> read_directory();
    Result<> read_mini();
    void walk_tree();
    void walk_storage(std::uint32_t storage, const std::string& path, std::vector<std::pair<std::uint32_t, std::string>>& below);
    void check_stream(std::uint32_t id, const Entry& entry, const std::string& where);
    void check_entry(std::uint32_t id, const Entry& entry, const std::string& where);
    void find_lost();
    Result<> read_sectors(const std::vector<Sector>& chain, std::vector<std::uint8_t>& into);
    std::vector<Sector> chain(Sector first, const std::string& where, std::uint64_t expected, bool keep, bool exact);
    std::span<const std::uint8_t, kEntrySize> raw(std::uint32_t id) const {
        return std::span<const std::uint8_t, kEntrySize>(directory_.data() + std::size_t{id} * kEntrySize, kEntrySize);
    }

    static constexpr std::uint64_t kAnyLength = UINT64_MAX;
    ByteStorage& bytes_;
    const CheckOptions& options_;
    Audit& audit_;
    CheckReport& report_;
    Header header_;
    unsigned shift_ = 9;
    Sector count_ = 0;             ///< whole sectors in the file
    std::vector<Sector> fat_;      ///< entries below count_
    Bitmap owned_;                 ///< sectors that something refers to
    std::vector<std::uint8_t> directory_;
    std::uint32_t entries_ = 0;
    Bitmap reached_;               ///< entries that are in some tree
    std::vector<Sector> mini_fat_;
    std::uint64_t mini_count_ = 0;
    Bitmap mini_owned_;
};

Result<bool> Checker::read_header() {
    std::uint8_t raw[kHeaderSize] = {};
    if (report_.file_bytes < kHeaderSize) {
        error("header", fmt::format("the file has {} bytes, a header has 512", report_.file_bytes));
        return false;
    }
    ODC_TRY(bytes_.read_at(0, raw));
    auto parsed = parse_header(raw);
    if (!parsed) {
        error("header", parsed.error().text());
        return false;
    }
    header_ = *parsed;
    report_.version = header_.version;
    shift_ = header_.shift();
    const auto nonzero = [](std::span<const std::uint8_t> part) { return std::any_of(part.begin(), part.end(), [](auto b) { return b != 0; }); };
    if (nonzero({raw + 8, 16})) note("header", "the class id at byte 8 is not zero");
    if (header_.minor_version != 0x3E) note("header", fmt::format("minor version is {:#x}, not 0x3e", header_.minor_version));
    if (nonzero({raw + 34, 6})) note("header", "reserved bytes at 34 are not zero");
    if (header_.version == Version::v3 && header_.directory_sectors != 0)
        note("header", "the number of directory sectors is not 0 in version 3");
    if (report_.file_bytes & ((1u << shift_) - 1)) note("file", "the size is not a whole number of sectors");
    const std::uint64_t whole = report_.file_bytes >> shift_;
    count_ = static_cast<Sector>(std::min<std::uint64_t>(whole > 0 ? whole - 1 : 0, kMaxSector));
    report_.sectors = count_;
    owned_ = Bitmap(count_);
    return true;
}

Result<bool> Checker::read_difat(std::vector<Sector>& places) {
    const std::uint32_t per = (1u << shift_) / 4;
    const auto accept = [&](Sector sector, const char* what) {
        if (sector >= count_) error("DIFAT", fmt::format("{} {} lies outside the file", what, sector));
        else if (owned_.test_and_set(sector)) error("DIFAT", fmt::format("{} {} is listed twice", what, sector));
        else return true;
        return false;
    };
    if (header_.fat_sectors == 0 || header_.fat_sectors > count_) {
        error("header", fmt::format("{} FAT sectors in a file of {} sectors", header_.fat_sectors, count_));
        return false;
    }
    for (std::size_t i = 0; i < kHeaderDifat; ++i) {
        if (places.size() < header_.fat_sectors) {
            if (!accept(header_.difat[i], "FAT sector")) return false;
            places.push_back(header_.difat[i]);
        } else if (header_.difat[i] != kFreeSector) {
            note("header", fmt::format("DIFAT entry {} is in use beyond the number of FAT sectors", i));
        }
    }
    std::vector<std::uint8_t> page(std::size_t{1} << shift_);
    Sector next = header_.first_difat;
    std::uint32_t seen = 0;
    for (; next < kMaxSector && seen <= header_.difat_sectors; ++seen) {
        if (!accept(next, "DIFAT sector")) return false;
        audit_.used.set(next);  // what the FAT says of it is looked at later
        ODC_TRY(bytes_.read_at((std::uint64_t{next} + 1) << shift_, page));
        for (std::uint32_t i = 0; i + 1 < per && places.size() < header_.fat_sectors; ++i) {
            const Sector place = load32(page.data() + 4 * i);
            if (!accept(place, "FAT sector")) return false;
            places.push_back(place);
        }
        next = load32(page.data() + 4 * (per - 1));
    }
    if (seen != header_.difat_sectors) {
        error("DIFAT", fmt::format("{} sectors where the header says {}", seen, header_.difat_sectors));
        return false;
    }
    if (places.size() < header_.fat_sectors) {
        error("DIFAT", fmt::format("lists {} FAT sectors where the header says {}", places.size(), header_.fat_sectors));
        return false;
    }
    return true;
}

Result<bool> Checker::read_fat() {
    std::vector<Sector> places;
    if (!ODC_TRY(read_difat(places))) return false;
    const Bitmap difat = std::move(audit_.used);
    audit_.used = Bitmap(count_);
    const std::uint32_t per = (1u << shift_) / 4;
    fat_.assign(count_, kFreeSector);
    std::vector<std::uint8_t> page(std::size_t{1} << shift_);
    for (std::size_t k = 0; k < places.size(); ++k) {
        ODC_TRY(bytes_.read_at((std::uint64_t{places[k]} + 1) << shift_, page));
        for (std::uint32_t i = 0; i < per; ++i) {
            const std::uint64_t sector = std::uint64_t{k} * per + i;
            const Sector value = load32(page.data() + 4 * i);
            if (value == kFreeSector) continue;
            if (sector >= count_) {
                error("FAT", fmt::format("sector {} is in use, and lies behind the end of the file", sector));
                return false;
            }
            fat_[sector] = value;
            audit_.used.set(sector);
        }
    }
    report_.free_sectors = count_ - audit_.used.count();
    for (const Sector place : places)
        check_mark(place, kFatSector, "is a FAT sector, and not marked as one");
    for (Sector s = 0; s < count_; ++s)
        if (difat.test(s)) check_mark(s, kDifatSector, "is a DIFAT sector, and not marked as one");
    return true;
}

/// Follows a chain and marks what it meets. `expected` sectors at least; `exact`: more of them are a note.
std::vector<Sector> Checker::chain(Sector first, const std::string& where, std::uint64_t expected, bool keep, bool exact) {
    std::vector<Sector> kept;
    std::uint64_t length = 0;
    Sector before = kEndOfChain;
    for (Sector s = first; s != kEndOfChain; s = fat_[s]) {
        if (s >= count_) {
            error(where, before == kEndOfChain ? fmt::format("starts at sector {:#x}, which does not exist", s)
                                               : fmt::format("{} links to {:#x}, which is no sector of a chain", at(before), s));
            break;
        }
        if (fat_[s] == kFreeSector) {
            error(where, at(s) + " of its chain is marked free");
            break;
        }
        if (owned_.test_and_set(s)) {
            error(where, at(s) + " belongs to two chains, or to one in a circle");
            break;
        }
        if (header_.version == Version::v4 && s == (kRangeLockOffset >> 12) - 1) error(where, at(s) + " is reserved for range locks");
        if (before != kEndOfChain && s != before + 1) ++report_.fragments;
        ++length;
        if (keep) kept.push_back(s);
        before = s;
    }
    if (expected != kAnyLength) {
        if (length < expected) error(where, fmt::format("its chain has {} sectors, its size needs {}", length, expected));
        else if (length > expected && exact) note(where, fmt::format("its chain has {} sectors, its size needs {}", length, expected));
    }
    return kept;
}

Result<> Checker::read_sectors(const std::vector<Sector>& chain, std::vector<std::uint8_t>& into) {
    into.resize(chain.size() << shift_);
    for (std::size_t i = 0; i < chain.size();) {
        std::size_t n = 1;
        while (i + n < chain.size() && chain[i + n] == chain[i] + n) ++n;
        ODC_TRY(bytes_.read_at((std::uint64_t{chain[i]} + 1) << shift_, {into.data() + (i << shift_), n << shift_}));
        i += n;
    }
    return {};
}

Result<bool> Checker::read_directory() {
    const std::uint64_t expected = header_.version == Version::v4 && header_.directory_sectors != 0 ? header_.directory_sectors : kAnyLength;
    const auto errors_before = report_.errors;
    const auto sectors = chain(header_.first_directory, "directory", kAnyLength, true, false);
    if (expected != kAnyLength && sectors.size() != expected)
        note("header", fmt::format("{} directory sectors, where the header says {}", sectors.size(), expected));
    if (sectors.empty()) {
        if (report_.errors == errors_before) error("directory", "is empty");
        return false;
    }
    ODC_TRY(read_sectors(sectors, directory_));
    entries_ = static_cast<std::uint32_t>(directory_.size() / kEntrySize);
    reached_ = Bitmap(entries_);
    return true;
}

Result<> Checker::read_mini() {
    const auto fat_chain = chain(header_.first_mini_fat < kMaxSector ? header_.first_mini_fat : kEndOfChain, "mini FAT",
                                 kAnyLength, true, false);
    if (fat_chain.size() != header_.mini_fat_sectors)
        note("header", fmt::format("{} mini FAT sectors, where the header says {}", fat_chain.size(), header_.mini_fat_sectors));
    std::vector<std::uint8_t> raw_fat;
    ODC_TRY(read_sectors(fat_chain, raw_fat));
    mini_fat_.resize(raw_fat.size() / 4);
    for (std::size_t i = 0; i < mini_fat_.size(); ++i) mini_fat_[i] = load32(raw_fat.data() + 4 * i);
    const auto root = parse_entry(raw(0), header_.version);
    if (!root) return {};
    std::uint64_t stream_sectors = 0;
    if (root->size > 0)
        stream_sectors = chain(root->start, "mini stream", (root->size + (1u << shift_) - 1) >> shift_, true, true).size();
    mini_count_ = std::min<std::uint64_t>({(root->size + kMiniSize - 1) >> kMiniShift, mini_fat_.size(),
                                           stream_sectors << (shift_ - kMiniShift)});
    mini_owned_ = Bitmap(mini_count_);
    for (std::uint64_t i = mini_count_; i < mini_fat_.size(); ++i)
        if (mini_fat_[i] != kFreeSector) {
            note("mini FAT", fmt::format("mini sector {} is in use, and lies behind the mini stream", i));
            break;
        }
    return {};
}

void Checker::check_entry(std::uint32_t id, const Entry& entry, const std::string& where) {
    const std::uint8_t* p = raw(id).data();
    if (entry.name().empty()) note(where, "has no name");
    for (const char16_t unit : entry.name())
        if (unit == u'/' || unit == u'\\' || unit == u':' || unit == u'!' || unit == 0) {
            note(where, "has an illegal character in its name");
            break;
        }
    if (p[67] > 1) note(where, fmt::format("colour flag is {}", p[67]));
    if (entry.is_stream()) {
        if (entry.created != 0 || entry.modified != 0) note(where, "is a stream with times");
        if (entry.child != kNoEntry) note(where, "is a stream with children");
        if (header_.version == Version::v3 && load32(p + 124) != 0) note(where, "the high half of its size is not zero in version 3");
    } else if (entry.type == EntryType::storage) {
        if (load32(p + 120) != 0 || load32(p + 124) != 0) note(where, "is a storage with a size");
    }
}

void Checker::check_stream(std::uint32_t id, const Entry& entry, const std::string& where) {
    (void)id;
    ++report_.streams;
    report_.stream_bytes += entry.size;
    if (entry.size == 0) {
        if (entry.start < kMaxSector && entry.start != 0) note(where, "is empty, and starts at a sector");
        return;
    }
    if (!entry.is_mini()) {
        const std::uint64_t needed = (entry.size >> shift_) + ((entry.size & ((1u << shift_) - 1)) != 0);
        chain(entry.start, where, needed, false, true);
        return;
    }
    const std::uint64_t needed = (entry.size + kMiniSize - 1) >> kMiniShift;
    std::uint64_t length = 0;
    for (Sector m = entry.start; m != kEndOfChain; m = mini_fat_[m]) {
        if (m >= mini_count_) return error(where, fmt::format("mini sector {:#x} lies outside the mini stream", m));
        if (mini_fat_[m] == kFreeSector) return error(where, fmt::format("mini sector {} of its chain is marked free", m));
        if (mini_owned_.test_and_set(m))
            return error(where, fmt::format("mini sector {} belongs to two chains, or to one in a circle", m));
        ++length;
    }
    if (length < needed) error(where, fmt::format("its chain has {} mini sectors, its size needs {}", length, needed));
    else if (length > needed) error(where, fmt::format("its chain has {} mini sectors, its size needs only {}", length, needed));
}

void Checker::walk_tree() {
    const auto root = parse_entry(raw(0), header_.version);
    if (!root || root->type != EntryType::root) return error("entry 0", "is not the root storage");
    if (root->name() != u"Root Entry") note("entry 0 /", "is not named \"Root Entry\"");
    if (root->created != 0) note("entry 0 /", "the root has a creation time");
    reached_.set(0);
    std::vector<std::pair<std::uint32_t, std::string>> storages{{0, ""}};
    while (!storages.empty()) {
        const auto [id, path] = std::move(storages.back());
        storages.pop_back();
        walk_storage(id, path, storages);
    }
    for (std::uint32_t id = 0; id < entries_; ++id) {
        if (reached_.test(id)) continue;
        const auto entry = parse_entry(raw(id), header_.version);
        if (!entry) note(fmt::format("entry {}", id), "is in no storage, and " + entry.error().text());
        else if (entry->type != EntryType::free) note(fmt::format("entry {} {}", id, printable(entry->name())), "is in no storage");
    }
}

void Checker::walk_storage(std::uint32_t storage, const std::string& path,
                           std::vector<std::pair<std::uint32_t, std::string>>& below) {
    struct Frame {
        std::uint32_t id;
        unsigned black;
        bool parent_red;
        bool left_done;
    };
    const auto top = parse_entry(raw(storage), header_.version);
    const std::string own = fmt::format("entry {} {}", storage, path.empty() ? "/" : path);
    std::vector<Frame> stack;
    int black_height = -1;
    bool balanced = true;
    bool ordered = true;
    std::u16string before;
    bool any = false;
    const auto push = [&](EntryId id, bool parent_red, unsigned black) {
        if (id == kNoEntry) {
            if (black_height < 0) black_height = static_cast<int>(black);
            else if (black_height != static_cast<int>(black)) balanced = false;
            return;
        }
        if (number(id) >= entries_) return error(own, fmt::format("its tree refers to entry {:#x}, which does not exist", number(id)));
        if (reached_.test_and_set(number(id)))
            return error(own, fmt::format("its tree refers to entry {}, which is in a tree already", number(id)));
        stack.push_back({number(id), black, parent_red, false});
    };
    push(top->child, true, 0);
    while (!stack.empty()) {
        const Frame frame = stack.back();
        stack.pop_back();
        const auto entry = parse_entry(raw(frame.id), header_.version);
        if (!entry) {
            error(fmt::format("entry {} in {}", frame.id, path), entry.error().text());
            continue;
        }
        if (!frame.left_done) {
            if (entry->red && frame.parent_red) balanced = false;
            stack.push_back({frame.id, frame.black, frame.parent_red, true});
            push(entry->left, entry->red, frame.black + !entry->red);
            continue;
        }
        if (any) {
            const auto order = compare_names(before, entry->name());
            if (order > 0) ordered = false;
            if (order == 0) error(own, "has two children named " + printable(entry->name()));
        }
        before = entry->name();
        any = true;
        const std::string full = path + "/" + printable(entry->name());
        const std::string where = fmt::format("entry {} {}", frame.id, full);
        check_entry(frame.id, *entry, where);
        if (entry->is_stream()) {
            check_stream(frame.id, *entry, where);
        } else if (entry->type == EntryType::storage) {
            ++report_.storages;
            // A path is told in findings only, so a hostile depth costs no more than its entries.
            below.emplace_back(frame.id, full.size() < 400 ? full : "..." + full.substr(full.size() - 200));
        } else {
            error(where, "is in a tree, and neither stream nor storage");
        }
        push(entry->right, entry->red, frame.black + !entry->red);
    }
    if (!ordered) note(own, "its tree is out of order");
    if (!balanced) note(own, "its tree breaks the rules of red-black trees");
    if (!ordered || !balanced) audit_.unsound.insert(storage);
}

void Checker::find_lost() {
    const Sector lock = header_.version == Version::v4 ? static_cast<Sector>((kRangeLockOffset >> 12) - 1) : kFreeSector;
    Sector first = kFreeSector;
    for (Sector s = 0; s < count_; ++s) {
        if (fat_[s] == kFreeSector || owned_.test(s) || s == lock) continue;
        if (report_.lost_sectors++ == 0) first = s;
    }
    if (report_.lost_sectors > 0)
        note(at(first), fmt::format("is marked used, and nothing refers to it ({} such sectors)", report_.lost_sectors));
    if (lock < count_ && fat_[lock] == kFreeSector && std::uint64_t{count_} > std::uint64_t{lock} + 1 && audit_.used.end() > lock)
        note(at(lock), "the range lock sector is not marked as used");
}

}  // namespace

const Finding* CheckReport::first_error() const {
    for (const Finding& finding : findings)
        if (finding.severity == Severity::error) return &finding;
    return nullptr;
}

Result<Audit> audit(ByteStorage& bytes, const CheckOptions& options) {
    Audit result;
    ODC_TRY(Checker(bytes, options, result).run());
    return result;
}

Result<CheckReport> check(ByteStorage& bytes, const CheckOptions& options) {
    auto found = ODC_TRY(audit(bytes, options));
    return std::move(found.report);
}

}  // namespace odc::compound_file
