#include "opendcom/ndr/reader.h"

#include <new>

namespace odc::ndr {

void Reader::begin(std::span<std::uint8_t> stub_data, bool swap_bytes, Syntax syntax, Arena& arena, InterfaceCodec* objects) {
    begin_ = at_ = stub_data.data();
    end_ = begin_ + stub_data.size();
    arena_ = &arena;
    objects_ = objects;
    block_at_ = block_end_ = nullptr;
    nesting_ = 0;
    failed_ = false;
    swap_ = swap_bytes;
    syntax_ = syntax;
    in_place_ = true;
    spare_ = kSpare + kSparePerByte * stub_data.size();
    end();
}

void Reader::end() {
    source_ = nullptr;
    task_blocks_.clear();
    interfaces_.clear();
    owned_.clear();
    if (full_pointers_) full_pointers_->clear();
}

Guid Reader::guid() {
    Guid v{};
    v.Data1 = u32();
    v.Data2 = u16();
    v.Data3 = u16();
    copy(v.Data4, sizeof v.Data4);
    return v;
}

bool Reader::refill(std::size_t n) {
    if (!source_ || failed_) return false;
    // From the last multiple of 8 on, so that what is aligned stays so.
    const std::size_t read = position() & 7;
    const std::size_t before = left() + read;
    const std::span<std::uint8_t> data = source_->more({at_ - read, before}, n + read, in_place_);
    begin_ = data.data();
    at_ = begin_ + read;
    end_ = begin_ + data.size();
    spare_ += kSparePerByte * (data.size() - before);
    return left() >= n;
}

void Reader::copy(void* to, std::size_t size) {
    if (left() < size && !refill(size)) {
        if (size) std::memset(to, 0, size);
        return fail_now();
    }
    if (size) std::memcpy(to, at_, size);
    at_ += size;
}

std::uint8_t* Reader::view(std::size_t size) {
    if (failed_ || (left() < size && !refill(size))) {
        fail_now();
        return nullptr;
    }
    auto* at = at_;
    at_ += size;
    return at;
}

bool Reader::known_full(std::uint32_t id) const { return full_pointers_ && full_pointers_->contains(id); }

void* Reader::alias_of_full(std::uint32_t id, const void* type) const {
    const auto found = full_pointers_->find(id);
    return found != full_pointers_->end() && found->second.type == type ? found->second.pointee : nullptr;
}

void Reader::bind_full(std::uint32_t id, void* pointee, const void* type) {
    if (!full_pointers_) full_pointers_ = std::make_unique<std::unordered_map<std::uint32_t, Full>>();
    (*full_pointers_)[id] = {pointee, type};
}

void* Reader::task_block(std::size_t bytes) {
    if (block_end_) {
        const std::size_t gap = (0 - reinterpret_cast<std::uintptr_t>(block_at_)) & 7;
        if (static_cast<std::size_t>(block_end_ - block_at_) < gap || static_cast<std::size_t>(block_end_ - block_at_) - gap < bytes) {
            fail_now();
            return nullptr;
        }
        std::uint8_t* const taken = block_at_ + gap;
        block_at_ = taken + bytes;
        if (bytes) std::memset(taken, 0, bytes);
        return taken;
    }
    void* block = task_memory().allocate(bytes ? bytes : 1);
    if (!block) {
        fail_now();
        return nullptr;
    }
    std::memset(block, 0, bytes);
    task_blocks_.push_back(block);
    return block;
}

void* Reader::object(const Guid& iid) {
    if (failed_) return nullptr;
    if (!objects_) {
        fail_now();
        return nullptr;
    }
    void* object = objects_->read(*this, iid);
    if (object) interfaces_.push_back(object);
    return object;
}

void Reader::abandon() {
    for (const Owned& owned : owned_) owned.end(owned.value);
    for (void* block : task_blocks_) task_memory().release(block);
    for (void* object : interfaces_) objects_->release(object);
    end();
}

}  // namespace odc::ndr
