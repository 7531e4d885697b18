// The seam below a compound file: an array of bytes that can be read, written and resized at any place.
// Files, memory, an ILockBytes and the fault-injecting storage of the tests all fit here.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "opendcom/base/result.h"

namespace odc::compound_file {

/// All offsets and sizes are bytes. One thread at a time.
class ByteStorage {
  public:
    virtual ~ByteStorage() = default;
    /// Fills all of `into`. Errors: STG_E_READFAULT, also when fewer bytes are left.
    virtual Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) = 0;
    /// Writes all of `from`; grows the storage when it ends past the end (a gap reads as zeros).
    /// Errors: STG_E_WRITEFAULT, STG_E_MEDIUMFULL, STG_E_ACCESSDENIED.
    virtual Result<> write_at(std::uint64_t offset, std::span<const std::uint8_t> from) = 0;
    virtual Result<std::uint64_t> size() = 0;
    virtual Result<> resize(std::uint64_t size) = 0;
    /// Returns when everything written before is safe against a power cut.
    virtual Result<> sync() = 0;
};

/// An open file.
class FileBytes : public ByteStorage {
  public:
    enum class Mode {
        read,        ///< must exist
        read_write,  ///< must exist
        create,      ///< made, or emptied
        create_new,  ///< must not exist
    };
    /// Errors: STG_E_FILENOTFOUND, STG_E_PATHNOTFOUND, STG_E_ACCESSDENIED, STG_E_FILEALREADYEXISTS.
    static Result<std::unique_ptr<FileBytes>> open(const std::string& path, Mode mode);
    explicit FileBytes(UniqueFd fd) : fd_(std::move(fd)) {}

    Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override;
    Result<> write_at(std::uint64_t offset, std::span<const std::uint8_t> from) override;
    Result<std::uint64_t> size() override;
    Result<> resize(std::uint64_t size) override;
    Result<> sync() override;
    int fd() const { return fd_.get(); }

  private:
    UniqueFd fd_;
};

/// Bytes in memory.
class MemoryBytes : public ByteStorage {
  public:
    MemoryBytes() = default;
    explicit MemoryBytes(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

    Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override;
    Result<> write_at(std::uint64_t offset, std::span<const std::uint8_t> from) override;
    Result<std::uint64_t> size() override { return std::uint64_t{bytes_.size()}; }
    Result<> resize(std::uint64_t size) override;
    Result<> sync() override { return {}; }
    const std::vector<std::uint8_t>& bytes() const { return bytes_; }
    std::vector<std::uint8_t>& bytes() { return bytes_; }

  private:
    std::vector<std::uint8_t> bytes_;
};

/// Borrows another storage, so that a compound file can own a view of bytes that outlive it.
class BorrowedBytes : public ByteStorage {
  public:
    explicit BorrowedBytes(ByteStorage& bytes) : bytes_(bytes) {}
    Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override { return bytes_.read_at(offset, into); }
    Result<> write_at(std::uint64_t offset, std::span<const std::uint8_t> from) override {
        return bytes_.write_at(offset, from);
    }
    Result<std::uint64_t> size() override { return bytes_.size(); }
    Result<> resize(std::uint64_t size) override { return bytes_.resize(size); }
    Result<> sync() override { return bytes_.sync(); }

  private:
    ByteStorage& bytes_;
};

/// Passes on to another storage until `allowed` changes (writes and resizes) were made; each later one fails and
/// changes nothing, as for a process that was killed at that write. Counts changes and bytes.
class FaultyBytes : public ByteStorage {
  public:
    explicit FaultyBytes(ByteStorage& bytes, std::uint64_t allowed = UINT64_MAX) : bytes_(bytes), allowed_(allowed) {}
    Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override;
    Result<> write_at(std::uint64_t offset, std::span<const std::uint8_t> from) override;
    Result<std::uint64_t> size() override { return bytes_.size(); }
    Result<> resize(std::uint64_t size) override;
    Result<> sync() override;

    void allow(std::uint64_t changes) {
        allowed_ = changes;
        changes_ = 0;
        bytes_written_ = 0;
    }
    std::uint64_t changes() const { return changes_; }
    std::uint64_t bytes_written() const { return bytes_written_; }
    std::uint64_t bytes_read() const { return bytes_read_; }

  private:
    ByteStorage& bytes_;
    std::uint64_t allowed_;
    std::uint64_t changes_ = 0;
    std::uint64_t bytes_written_ = 0;
    std::uint64_t bytes_read_ = 0;
};

}  // namespace odc::compound_file
