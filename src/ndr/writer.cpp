#include "opendcom/ndr/writer.h"

#include <algorithm>
#include <new>
#include <utility>

namespace odc::ndr {

Writer::~Writer() { std::free(begin_); }

void Writer::begin(std::size_t headroom, Syntax syntax, InterfaceCodec* objects) {
    headroom_ = headroom;
    at_ = begin_;
    if (static_cast<std::size_t>(end_ - begin_) < headroom) grow(headroom);
    at_ = begin_ + headroom;
    external_bytes_ = external_count_ = 0;
    last_referent_ = 0x00020000 - 4;
    nesting_ = 0;
    error_ = S_OK;
    syntax_ = syntax;
    objects_ = objects;
    if (full_pointers_) full_pointers_->clear();
}

void Writer::full_reference(const void* pointer) {
    if (!pointer) return referent(0);
    if (!full_pointers_) full_pointers_ = std::make_unique<std::unordered_map<const void*, Full>>();
    // Ids of full pointers count from one, as Windows' do.
    const auto id = static_cast<std::uint32_t>(full_pointers_->size() + 1);
    referent(full_pointers_->try_emplace(pointer, Full{id, false}).first->second.id);
}

bool Writer::full_pointee(const void* pointer) {
    return pointer && !std::exchange(full_pointers_->at(pointer).written, true);
}

void Writer::reference(const void* data, std::size_t size) {
    externals_[external_count_++] = {own_bytes(), static_cast<const std::uint8_t*>(data), size};
    external_bytes_ += size;
}

void Writer::drop_front(std::size_t n) {
    std::uint8_t* const first = begin_ + headroom_;
    std::memmove(first, first + n, position() - n);
    at_ -= n;
}

void Writer::grow(std::size_t needed) {
    const std::size_t used = own_bytes();
    const std::size_t capacity = std::max<std::size_t>({1024, used + needed, used * 2});
    auto* moved = static_cast<std::uint8_t*>(std::realloc(begin_, capacity));
    if (!moved) throw std::bad_alloc();
    begin_ = moved;
    at_ = moved + used;
    end_ = moved + capacity;
}

void Writer::trim(std::size_t keep) {
    if (static_cast<std::size_t>(end_ - begin_) <= keep) return;
    std::free(begin_);
    begin_ = at_ = end_ = nullptr;
}

}  // namespace odc::ndr
