// The last semantic step: rules that need the whole program.
#include <algorithm>

#include "midl/attributes.h"
#include "midl/emit.h"
#include "midl/model.h"

namespace odc::midl {

bool check_rules(Model& model, Diagnostics& diagnostics) {
    const unsigned before = diagnostics.errors();
    for (const auto* interface : own_interfaces(model)) {
        const bool needs_id = !interface->is_local() && (interface->is_object() || !interface->functions.empty());
        if (needs_id && !interface->has_id && !interface->attributes.has(AttributeKind::uuid))
            diagnostics.report(Message::missing_uuid, interface->place, {interface->name});
        const bool remote = interface->attributes.has(AttributeKind::object) && !interface->is_local();
        for (const auto* function : interface->functions) {
            if (!remote || function->attributes.has(AttributeKind::local)) continue;
            if (interface->name == "IUnknown") continue;
            const Type* result = function->result;
            bool hresult = false;
            for (int i = 0; result && result->kind == Type::Kind::named && i < 100; ++i) {
                if (result->name == "HRESULT" || result->name == "SCODE") hresult = true;
                result = result->alias ? result->alias->type : nullptr;
            }
            if (!hresult) diagnostics.report(Message::not_hresult, function->place, {function->name});
            for (const auto& parameter : function->parameters) {
                if (!parameter.attributes.has(AttributeKind::in) && !parameter.attributes.has(AttributeKind::out))
                    diagnostics.report(Message::direction_missing, parameter.place, {parameter.name});
            }
        }
    }
    return diagnostics.errors() == before;
}

}  // namespace odc::midl
