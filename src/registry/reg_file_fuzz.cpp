#include <cstdlib>

#include "registry/reg_file.h"

using namespace odc::registry;

namespace {

/// What was read can be written, and reads back as the same.
void round_trip(const SetValue& change) {
    const KeyTree tree{change.key.names.empty() ? "" : change.key.names.back(), {change.value}, {}};
    const auto text = write_reg_file(change.key, tree, RegFormat::version5);
    if (!text) return;  // a name with a line end
    const auto again = parse_reg_file({reinterpret_cast<const std::uint8_t*>(text->data()), text->size()});
    if (!again || again->size() != 2) std::abort();
    const auto* set = std::get_if<SetValue>(&(*again)[1]);
    if (!set || !(set->value == change.value) || !(set->key == change.key)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto changes = parse_reg_file({data, size});
    if (!changes) return 0;
    for (const auto& change : *changes)
        if (const auto* set = std::get_if<SetValue>(&change)) round_trip(*set);
    return 0;
}
