#include "compound_file/compound_file.h"

#include <algorithm>

namespace odc::compound_file {

CompoundFile::CompoundFile(std::unique_ptr<ByteStorage> bytes, Version version, std::size_t cache_bytes)
    : bytes_(std::move(bytes)),
      cache_(*bytes_, sector_shift(version), cache_bytes >> sector_shift(version)),
      space_(cache_, version),
      directory_(space_, cache_, version),
      mini_(space_, cache_) {
    header_.version = version;
}

CompoundFile::~CompoundFile() = default;

Result<std::unique_ptr<CompoundFile>> CompoundFile::create(std::unique_ptr<ByteStorage> bytes, const CreateOptions& options) {
    if (!options.keep_bytes) ODC_TRY(bytes->resize(0));
    std::unique_ptr<CompoundFile> file(new CompoundFile(std::move(bytes), options.version, options.cache_bytes));
    file->writable_ = true;
    file->overwrite_ = options.overwrite;
    ODC_TRY(file->cache_.refresh_extent());
    const std::uint64_t kept = file->cache_.extent();
    const std::uint64_t kept_sectors = file->sectors(kept);
    if (kept_sectors >= kMaxSector) return fail(STG_E_DOCFILETOOLARGE, "no room behind the bytes that are there");
    if (kept_sectors > 1) file->space_.format_behind(static_cast<Sector>(kept_sectors - 1));
    else file->space_.format();
    file->committed_extent_ = kept;
    file->others_look_ = options.others_look;
    file->mini_.format();
    ODC_TRY(file->directory_.format());
    file->changed_ = true;
    if (options.write_at_once && !options.keep_bytes) ODC_TRY(file->commit());
    file->count_transactions_ = options.count_transactions;
    return file;
}

Result<std::unique_ptr<CompoundFile>> CompoundFile::open(std::unique_ptr<ByteStorage> bytes, const OpenOptions& options) {
    const auto size = ODC_TRY(bytes->size());
    if (size < kHeaderSize) return fail(STG_E_INVALIDHEADER, "shorter than a header");
    std::uint8_t raw[kHeaderSize];
    ODC_TRY(bytes->read_at(0, raw));
    const auto header = ODC_TRY(parse_header(raw));
    std::unique_ptr<CompoundFile> file(new CompoundFile(std::move(bytes), header.version, options.cache_bytes));
    file->writable_ = options.writable;
    file->overwrite_ = options.overwrite;
    file->count_transactions_ = options.count_transactions;
    file->header_ = header;
    file->others_look_ = options.others_look;
    ODC_TRY(file->load());
    if (size <= options.check_at_once) {
        auto found = ODC_TRY(audit(*file->bytes_, {.most_findings = 1}));
        if (const Finding* error = found.report.first_error())
            return fail(STG_E_DOCFILECORRUPT, error->where + ": " + error->what);
        if (options.writable) file->prepare(found);
        else file->directory_.set_unsound(std::move(found.unsound));
    }
    return file;
}

void CompoundFile::prepare(Audit& found) {
    space_.prepare(std::move(found.used));
    if (others_look()) space_.hold_free();
    directory_.set_unsound(std::move(found.unsound));
}

Result<> CompoundFile::load() {
    cache_.clear();
    maps_.clear();
    ODC_TRY(cache_.refresh_extent());
    committed_extent_ = cache_.extent();
    ODC_TRY(space_.open(header_));
    ODC_TRY(directory_.open(header_.first_directory));
    const auto root = ODC_TRY(directory_.load(kRoot));
    return mini_.open(header_.first_mini_fat, root.start, root.size);
}

Result<> CompoundFile::refresh_extent() {
    ODC_TRY(cache_.refresh_extent());
    committed_extent_ = cache_.extent();
    return {};
}

Result<std::uint32_t> CompoundFile::transaction_on_disk() {
    std::uint8_t raw[kHeaderSize];
    ODC_TRY(bytes_->read_at(0, raw));
    return ODC_TRY(parse_header(raw)).transaction;
}

Result<> CompoundFile::begin_change() {
    if (!writable_) return fail(STG_E_ACCESSDENIED, "opened for reading");
    if (broken_) return fail(STG_E_WRITEFAULT, "a change failed half-way; only a revert is possible");
    if (!space_.prepared()) {
        auto found = ODC_TRY(audit(*bytes_, {.most_findings = 1}));
        if (const Finding* error = found.report.first_error())
            return fail(STG_E_DOCFILECORRUPT, error->where + ": " + error->what);
        prepare(found);
    }
    changed_ = true;
    return {};
}

Result<Entry> CompoundFile::stream_entry(EntryId id) {
    auto entry = ODC_TRY(directory_.load(id));
    if (!entry.is_stream()) return fail(STG_E_INVALIDFUNCTION, "not a stream");
    return entry;
}

Result<Entry> CompoundFile::storage_entry(EntryId id) {
    auto entry = ODC_TRY(directory_.load(id));
    if (!entry.is_storage()) return fail(STG_E_INVALIDFUNCTION, "not a storage");
    return entry;
}

Result<EntryId> CompoundFile::find(EntryId storage, std::u16string_view name) {
    ODC_TRY(storage_entry(storage));
    return directory_.find(storage, name);
}

Result<std::vector<EntryId>> CompoundFile::children(EntryId storage) {
    ODC_TRY(storage_entry(storage));
    return directory_.children(storage);
}

Result<EntryId> CompoundFile::successor(EntryId storage, std::u16string_view name) {
    ODC_TRY(storage_entry(storage));
    return directory_.successor(storage, name);
}

Result<EntryId> CompoundFile::create(EntryId storage, std::u16string_view name, Entry entry) {
    ODC_TRY(validate_name(name));
    ODC_TRY(storage_entry(storage));
    ODC_TRY(begin_change());
    if (ODC_TRY(directory_.find(storage, name)) != kNoEntry) return fail(STG_E_FILEALREADYEXISTS, "the name exists");
    entry.set_name(name);
    return change([&] { return directory_.insert(storage, entry); });
}

Result<EntryId> CompoundFile::create_stream(EntryId storage, std::u16string_view name) {
    Entry entry;
    entry.type = EntryType::stream;
    entry.start = kEndOfChain;
    return create(storage, name, entry);
}

Result<EntryId> CompoundFile::create_storage(EntryId storage, std::u16string_view name, FileTime now) {
    Entry entry;
    entry.type = EntryType::storage;
    entry.created = entry.modified = now;
    return create(storage, name, entry);
}

Result<std::pair<EntryId, Entry>> CompoundFile::existing(EntryId storage, std::u16string_view name) {
    ODC_TRY(storage_entry(storage));
    if (!writable_) return fail(STG_E_ACCESSDENIED, "opened for reading");
    const auto id = ODC_TRY(directory_.find(storage, name));
    if (id == kNoEntry) return fail(STG_E_FILENOTFOUND, "no such element");
    auto entry = ODC_TRY(directory_.load(id));
    return std::pair{id, entry};
}

Result<> CompoundFile::remove(EntryId storage, std::u16string_view name) {
    const auto [id, entry] = ODC_TRY(existing(storage, name));
    return change([&, id = id]() -> Result<> {
        ODC_TRY(directory_.detach(storage, id));
        std::vector<EntryId> doomed{id};
        for (std::size_t i = 0; i < doomed.size(); ++i) {
            const auto one = ODC_TRY(directory_.load(doomed[i]));
            if (one.is_stream()) {
                ODC_TRY(free_content(one));
            } else {
                const auto below = ODC_TRY(directory_.children(doomed[i]));
                doomed.insert(doomed.end(), below.begin(), below.end());
            }
        }
        for (const EntryId one : doomed) {
            maps_.erase(number(one));
            ODC_TRY(directory_.release(one));
        }
        return {};
    });
}

Result<> CompoundFile::rename(EntryId storage, std::u16string_view name, std::u16string_view new_name) {
    return move(storage, name, storage, new_name);
}

Result<> CompoundFile::move(EntryId storage, std::u16string_view name, EntryId target, std::u16string_view new_name) {
    ODC_TRY(validate_name(new_name));
    ODC_TRY(storage_entry(target));
    const auto [id, entry] = ODC_TRY(existing(storage, name));
    const auto taken = ODC_TRY(directory_.find(target, new_name));
    if (taken != kNoEntry && taken != id) return fail(STG_E_FILEALREADYEXISTS, "the new name exists");
    if (entry.is_storage() && target != storage) {
        std::vector<EntryId> below{id};
        for (std::size_t i = 0; i < below.size(); ++i) {
            if (below[i] == target) return fail(STG_E_ACCESSDENIED, "a storage cannot move into itself");
            if (!ODC_TRY(directory_.load(below[i])).is_storage()) continue;
            const auto more = ODC_TRY(directory_.children(below[i]));
            below.insert(below.end(), more.begin(), more.end());
        }
    }
    return change([&, id = id]() -> Result<> {
        ODC_TRY(directory_.detach(storage, id));
        auto renamed = ODC_TRY(directory_.load(id));
        renamed.set_name(new_name);
        ODC_TRY(directory_.store(id, renamed));
        return directory_.attach(target, id);
    });
}

Result<> CompoundFile::set_class_id(EntryId storage, const Guid& class_id) {
    auto entry = ODC_TRY(storage_entry(storage));
    entry.class_id = class_id;
    return change([&] { return directory_.store(storage, entry); });
}

Result<> CompoundFile::set_state_bits(EntryId storage, std::uint32_t bits, std::uint32_t mask) {
    auto entry = ODC_TRY(storage_entry(storage));
    entry.state_bits = (entry.state_bits & ~mask) | (bits & mask);
    return change([&] { return directory_.store(storage, entry); });
}

Result<> CompoundFile::set_times(EntryId storage, std::optional<FileTime> created, std::optional<FileTime> modified) {
    auto entry = ODC_TRY(storage_entry(storage));
    if (created && storage != kRoot) entry.created = *created;
    if (modified) entry.modified = *modified;
    return change([&] { return directory_.store(storage, entry); });
}

Result<> CompoundFile::commit(const CommitOptions& options) {
    if (!changed_) return {};
    ODC_TRY(begin_change());
    ODC_TRY(commit_once(options));
    // What was freed becomes usable only now; when the file's own tables are all that lies at its end, they move into it.
    for (int round = 0; round < 3 && ODC_TRY(make_end_free()); ++round) ODC_TRY(commit_once(options));
    space_.reserve_twins();
    changed_ = false;
    counted_ = false;
    return {};
}

/// Whether one more commit makes the file shorter.
Result<bool> CompoundFile::make_end_free() {
    if (ODC_TRY(space_.can_shrink())) return true;
    const Sector limit = space_.packed_end();
    const Sector last = space_.last_used();
    if (limit == kFreeSector || !(space_.keeps_tables_at(last) || directory_.reaches(last) || mini_.reaches(last))) return false;
    return change([&]() -> Result<bool> {
        ODC_TRY(directory_.sink(limit));
        ODC_TRY(mini_.sink(limit));
        ODC_TRY(space_.sink(limit));
        return true;
    });
}

Result<> CompoundFile::commit_once(const CommitOptions& options) {
    auto prepared = change([&]() -> Result<> {
        ODC_TRY(mini_.trim());
        auto root = ODC_TRY(directory_.load(kRoot));
        if (root.start != mini_.first_stream_sector() || root.size != mini_.stream_size()) {
            root.start = mini_.first_stream_sector();
            root.size = mini_.stream_size();
            ODC_TRY(directory_.store(kRoot, root));
        }
        if (count_transactions_ && !counted_) {
            ++header_.transaction;
            counted_ = true;
        }
        header_.minor_version = 0x3E;
        header_.first_directory = directory_.first_sector();
        header_.directory_sectors = version() == Version::v4 ? directory_.sector_count() : 0;
        header_.first_mini_fat = mini_.first_fat_sector();
        header_.mini_fat_sectors = mini_.fat_sector_count();
        return space_.finish(header_);
    });
    if (!prepared) return prepared;
    ODC_TRY(cache_.flush());
    const std::uint64_t whole = cache_.offset(space_.count());
    if (cache_.extent() < whole) ODC_TRY(cache_.set_extent(whole));
    if (options.durable) ODC_TRY(bytes_->sync());
    std::uint8_t raw[kHeaderSize];
    write_header(header_, raw);
    ODC_TRY(bytes_->write_at(0, raw));  // the moment at which the old file becomes the new one
    if (options.durable) ODC_TRY(bytes_->sync());
    space_.committed(others_look());
    ODC_TRY(cache_.set_extent(std::min(cache_.extent(), cache_.offset(space_.count()))));
    committed_extent_ = cache_.extent();
    return {};
}

Result<> CompoundFile::revert() {
    cache_.clear();
    maps_.clear();
    ODC_TRY(cache_.refresh_extent());
    // What was written and not committed lies behind the committed end, as far as there was no room before it.
    if (writable_ && changed_ && cache_.extent() > committed_extent_) ODC_TRY(cache_.set_extent(committed_extent_));
    else committed_extent_ = cache_.extent();
    std::uint8_t raw[kHeaderSize];
    ODC_TRY(bytes_->read_at(0, raw));
    header_ = ODC_TRY(parse_header(raw));
    ODC_TRY(space_.revert(header_));
    ODC_TRY(directory_.open(header_.first_directory));
    const auto root = ODC_TRY(directory_.load(kRoot));
    ODC_TRY(mini_.open(header_.first_mini_fat, root.start, root.size));
    changed_ = broken_ = counted_ = false;
    return {};
}

Result<> CompoundFile::consolidate(const CommitOptions& options) {
    ODC_TRY(begin_change());
    space_.drop_twins();
    if (space_.holds_any()) ODC_TRY(commit_once(options));  // free, when nobody looks any more
    // Each round frees what it moved only with its commit, and the tables that it changes need places too.
    for (int round = 0; round < 8 && !space_.holds_any(); ++round) {
        const auto limit = static_cast<Sector>(space_.count() - space_.free_sectors());
        if (space_.last_used() < limit) break;
        const auto sunk = change([&]() -> Result<> {
            ODC_TRY(space_.sink(limit));  // first: what follows would move FAT sectors to wherever is near
            ODC_TRY(directory_.sink(limit));
            ODC_TRY(mini_.sink(limit));
            return sink_streams(limit);
        });
        if (!sunk) return sunk;
        ODC_TRY(commit_once(options));
    }
    return commit(options);
}

/// Moves every sector of a stream at or above `limit` to the lowest free place.
Result<> CompoundFile::sink_streams(Sector limit) {
    maps_.clear();
    for (std::uint32_t i = 0; i < directory_.capacity(); ++i) {
        auto entry = ODC_TRY(directory_.load(EntryId{i}));
        if (!entry.is_stream() || entry.is_mini()) continue;
        Sector previous = kEndOfChain;
        for (Sector at = entry.start; at != kEndOfChain;) {
            if (at < limit) {
                const auto run = ODC_TRY(space_.run(at, limit - at));
                previous = run.first + run.count - 1;
                at = run.next;
                continue;
            }
            const Sector next = ODC_TRY(space_.next(at));
            if (!space_.is_fresh(at)) {
                at = ODC_TRY(space_.replace(at, previous, SectorSpace::Content::sinks));
                if (previous == kEndOfChain) {
                    entry.start = at;
                    ODC_TRY(directory_.store(EntryId{i}, entry));
                }
            }
            previous = at;
            at = next;
        }
    }
    return {};
}

Result<> copy_storage(CompoundFile& source, EntryId from, CompoundFile& target, EntryId to) {
    std::vector<std::pair<EntryId, EntryId>> storages{{from, to}};
    std::vector<std::uint8_t> buffer(std::size_t{256} << 10);
    for (std::size_t i = 0; i < storages.size(); ++i) {
        const auto [old_id, new_id] = storages[i];
        const auto storage = ODC_TRY(source.stat(old_id));
        ODC_TRY(target.set_class_id(new_id, storage.class_id));
        ODC_TRY(target.set_state_bits(new_id, storage.state_bits, 0xFFFFFFFF));
        ODC_TRY(target.set_times(new_id, storage.created, storage.modified));
        for (const EntryId child : ODC_TRY(source.children(old_id))) {
            const auto entry = ODC_TRY(source.stat(child));
            if (entry.is_storage()) {
                storages.emplace_back(child, ODC_TRY(target.create_storage(new_id, entry.name())));
                continue;
            }
            const auto copy = ODC_TRY(target.create_stream(new_id, entry.name()));
            if (entry.size >= kMiniCutoff) ODC_TRY(target.resize(copy, entry.size));
            for (std::uint64_t at = 0; at < entry.size;) {
                const auto n = ODC_TRY(source.read(child, at, buffer));
                ODC_TRY(target.write(copy, at, {buffer.data(), n}));
                at += n;
            }
        }
    }
    return {};
}

}  // namespace odc::compound_file
