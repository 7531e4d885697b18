// The bytes of a document, which may change their place while the document is open.
#pragma once

#include "compound_file/byte_storage.h"

namespace odc::storage {

class RootBytes final : public compound_file::ByteStorage {
  public:
    Result<> read_at(std::uint64_t offset, std::span<std::uint8_t> into) override { return inner_->read_at(offset, into); }
    Result<> write_at(std::uint64_t offset, std::span<const std::uint8_t> from) override { return inner_->write_at(offset, from); }
    Result<std::uint64_t> size() override { return inner_->size(); }
    Result<> resize(std::uint64_t size) override { return inner_->resize(size); }
    Result<> sync() override { return inner_->sync(); }

    void lie_in(std::unique_ptr<compound_file::ByteStorage> inner) { inner_ = std::move(inner); }

  private:
    std::unique_ptr<compound_file::ByteStorage> inner_;
};

}  // namespace odc::storage
