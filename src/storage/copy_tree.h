// Copies within and between trees, without objects.
#pragma once

#include "storage/tree.h"

namespace odc::storage {

/// Everything below `from`, and its class, state bits and times, comes into `to`, which has no children.
Result<> copy_tree(Tree& source, EntryId from, Tree& target, EntryId to);
Result<> remove_children(Tree& tree, EntryId storage);

}  // namespace odc::storage
