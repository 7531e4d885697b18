// Nodes of one kind, many in a block: they never move, and more may be added while others are walked over.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <new>
#include <vector>

namespace odc::midl {

template <class T>
class Pool {
    static constexpr std::size_t kBlock = std::max<std::size_t>(1, 8192 / sizeof(T));
    struct Room {
        alignas(T) std::byte bytes[sizeof(T)];
    };

    template <class Node>
    class Iterator {
      public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = Node;
        using difference_type = std::ptrdiff_t;
        using pointer = Node*;
        using reference = Node&;

        Iterator() = default;
        Iterator(const Pool& pool, std::size_t at) : pool_(&pool), at_(at) {}
        Node& operator*() const { return *pool_->node(at_); }
        Node* operator->() const { return pool_->node(at_); }
        Iterator& operator++() {
            ++at_;
            return *this;
        }
        Iterator operator++(int) { return Iterator(*pool_, at_++); }
        bool operator==(const Iterator& other) const { return at_ == other.at_; }

      private:
        const Pool* pool_ = nullptr;
        std::size_t at_ = 0;
    };

  public:
    Pool() = default;
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool() {
        for (std::size_t i = 0; i < size_; ++i) node(i)->~T();
    }

    T& emplace_back() {
        if (size_ % kBlock == 0) blocks_.emplace_back(new Room[kBlock]);  // not cleared: nodes are made one by one
        T* made = new (&blocks_.back()[size_ % kBlock]) T();
        ++size_;
        return *made;
    }
    bool empty() const { return size_ == 0; }

    auto begin() { return Iterator<T>(*this, 0); }
    auto end() { return Iterator<T>(*this, size_); }
    auto begin() const { return Iterator<const T>(*this, 0); }
    auto end() const { return Iterator<const T>(*this, size_); }

  private:
    T* node(std::size_t at) const { return std::launder(reinterpret_cast<T*>(&blocks_[at / kBlock][at % kBlock])); }

    std::vector<std::unique_ptr<Room[]>> blocks_;
    std::size_t size_ = 0;
};

}  // namespace odc::midl
