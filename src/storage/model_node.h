// A plain model of a storage in memory, for tests that compare it with the real thing.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compound_file/name.h"
#include "objbase.h"

namespace odc::storage::model {

struct Node;
struct NameOrder {
    bool operator()(const std::u16string& a, const std::u16string& b) const { return compound_file::compare_names(a, b) < 0; }
};
using Children = std::map<std::u16string, std::shared_ptr<Node>, NameOrder>;

struct Node {
    bool is_stream = false;
    std::string bytes;
    Children children;
    DWORD state_bits = 0;
    DWORD class_part = 0;  ///< Data1 of the class id
    DWORD created = 0;     ///< low half; 0: whatever the clock said
    DWORD modified = 0;

    std::shared_ptr<Node> copy() const {
        auto twin = std::make_shared<Node>(*this);
        for (auto& [name, child] : twin->children) child = child->copy();
        return twin;
    }
    /// This node, with the content of another one.
    void become(const Node& other) { *this = *other.copy(); }
};

}  // namespace odc::storage::model
