// Sources for widl hold methods that have no wire form (pointers to void, unions without discriminant). MIDL refuses them; in that mode
// each is said, and compiled as if it were [local].
#include <set>

#include "midl/emit.h"
#include "midl/emit_call.h"

namespace odc::midl {
namespace {

void visit(Model& model, const Interface* interface, std::set<const Interface*>& seen, Diagnostics& diagnostics) {
    if (!interface || !seen.insert(interface).second) return;
    visit(model, interface->base, seen, diagnostics);
    if (!interface->is_object() || interface->is_local() || interface->is_dispinterface || interface->name == "IUnknown") return;
    for (auto* function : interface->functions) {
        if (function->attributes.has(AttributeKind::local)) continue;
        Diagnostics found;
        Layout layout(model, found);
        (void)lay_out_call(layout, *function, *interface, found);
        if (!found.failed()) continue;
        diagnostics.report(Message::method_stays_local, function->place, {function->name, found.first_error()});
        for (auto* other : interface->functions)
            if (other->call_as == function) other->call_as = nullptr;
        if (!function->is_remote_form) function->attributes.list.push_back({AttributeKind::local, function->place, {}, {}, nullptr});
    }
    auto& functions = const_cast<Interface*>(interface)->functions;
    std::erase_if(functions, [&](const Function* function) {
        if (!function->is_remote_form) return false;
        for (const auto* other : functions)
            if (other->call_as == function) return false;
        return true;
    });
}

}  // namespace

void make_unsendable_local(Model& model, Diagnostics& diagnostics) {
    std::set<const Interface*> seen;
    for (const auto* interface : own_interfaces(model)) visit(model, interface, seen, diagnostics);
}

}  // namespace odc::midl
