// Room for what is not committed yet: in memory while it is little, in a temporary file when it is not.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "compound_file/byte_storage.h"

namespace odc::storage {

/// A temporary file that no folder names and that goes when it is closed. Errors: STG_E_ACCESSDENIED, STG_E_TOOMANYOPENFILES.
Result<std::unique_ptr<compound_file::FileBytes>> open_nameless_file();

/// Numbered slots of kSlot bytes. One thread at a time.
class Scratch {
  public:
    static constexpr std::uint64_t kSlot = 4096;
    /// Bytes of slots that stay in memory; the first slot beyond moves everything into a file.
    static constexpr std::uint64_t kInMemory = std::uint64_t{1} << 20;

    struct Run {
        std::uint64_t first;
        std::uint64_t count;
    };
    /// Between one and `most` consecutive slots, their content undefined.
    Result<Run> take(std::uint64_t most);
    void give_back(Run run);
    /// `offset` counts bytes from the start of slot 0.
    Result<> read(std::uint64_t offset, std::span<std::uint8_t> into) { return bytes_->read_at(offset, into); }
    Result<> write(std::uint64_t offset, std::span<const std::uint8_t> from) { return bytes_->write_at(offset, from); }

    std::uint64_t slots_in_use() const { return end_ - free_slots_; }
    bool is_in_memory() const { return !in_file_; }

  private:
    Result<> make_room(std::uint64_t slots);

    std::unique_ptr<compound_file::ByteStorage> bytes_ = std::make_unique<compound_file::MemoryBytes>();
    bool in_file_ = false;
    std::uint64_t end_ = 0;                         ///< slots that exist
    std::uint64_t free_slots_ = 0;
    std::map<std::uint64_t, std::uint64_t> free_;   ///< first slot -> count, neighbours joined
};

}  // namespace odc::storage
