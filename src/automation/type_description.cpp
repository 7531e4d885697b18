#include "automation/type_description.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "oleauto.h"

namespace odc::automation {
namespace {

constexpr int kMaxDepth = 32;

/// Copies parts; the first failure makes everything null and is remembered.
class Copier {
  public:
    bool failed() const { return failed_; }
    template <class T>
    T* block(std::size_t n = 1) {
        void* made = failed_ ? nullptr : CoTaskMemAlloc(n * sizeof(T) + (n == 0));
        if (!made) {
            failed_ = true;
            return nullptr;
        }
        std::memset(made, 0, n * sizeof(T));
        return static_cast<T*>(made);
    }
    LPOLESTR text(LPCOLESTR from) {
        if (!from) return nullptr;
        std::size_t n = 1;
        while (from[n - 1]) ++n;
        auto* made = block<OLECHAR>(n);
        if (made) std::memcpy(made, from, n * sizeof(OLECHAR));
        return made;
    }
    VARIANT* variant(const VARIANT* from) {
        if (!from) return nullptr;
        auto* made = block<VARIANT>();
        if (made) value(*from, *made);
        return made;
    }
    void value(const VARIANT& from, VARIANT& to) {
        if (FAILED(VariantCopy(&to, &from))) failed_ = true;
    }
    void type(const TYPEDESC& from, TYPEDESC& to, int depth = 0) {
        to.vt = from.vt;
        if (depth > kMaxDepth) failed_ = true;
        if (failed_) return;
        if (from.vt == VT_PTR || from.vt == VT_SAFEARRAY) {
            to.lptdesc = from.lptdesc ? block<TYPEDESC>() : nullptr;
            if (to.lptdesc) type(*from.lptdesc, *to.lptdesc, depth + 1);
        } else if (from.vt == VT_CARRAY) {
            to.lpadesc = from.lpadesc ? array(*from.lpadesc, depth) : nullptr;
        } else if (from.vt == VT_USERDEFINED) {
            to.hreftype = from.hreftype;
        }
    }
    void element(const ELEMDESC& from, ELEMDESC& to) {
        type(from.tdesc, to.tdesc);
        to.paramdesc.wParamFlags = from.paramdesc.wParamFlags;
        if (!(from.paramdesc.wParamFlags & PARAMFLAG_FHASDEFAULT) || !from.paramdesc.pparamdescex) return;
        auto* made = block<PARAMDESCEX>();
        if (!made) return;
        made->cBytes = sizeof *made;
        value(from.paramdesc.pparamdescex->varDefaultValue, made->varDefaultValue);
        to.paramdesc.pparamdescex = made;
    }

  private:
    ARRAYDESC* array(const ARRAYDESC& from, int depth) {
        const std::size_t size = offsetof(ARRAYDESC, rgbounds) + from.cDims * sizeof(SAFEARRAYBOUND);
        auto* made = reinterpret_cast<ARRAYDESC*>(block<std::uint64_t>(std::max(size, sizeof(ARRAYDESC)) / 8 + 1));
        if (!made) return nullptr;
        made->cDims = from.cDims;
        std::memcpy(made->rgbounds, from.rgbounds, from.cDims * sizeof(SAFEARRAYBOUND));
        type(from.tdescElem, made->tdescElem, depth + 1);
        return made;
    }
    bool failed_ = false;
};

void free_type(TYPEDESC& type, int depth = 0) {
    if (depth > kMaxDepth + 64) return;
    if ((type.vt == VT_PTR || type.vt == VT_SAFEARRAY) && type.lptdesc) {
        free_type(*type.lptdesc, depth + 1);
        CoTaskMemFree(type.lptdesc);
    } else if (type.vt == VT_CARRAY && type.lpadesc) {
        free_type(type.lpadesc->tdescElem, depth + 1);
        CoTaskMemFree(type.lpadesc);
    }
}

void free_element(ELEMDESC& element) {
    free_type(element.tdesc);
    if (auto* more = element.paramdesc.pparamdescex) {
        VariantClear(&more->varDefaultValue);
        CoTaskMemFree(more);
    }
}

template <class T>
T* finish(const Copier& copier, T* made) {
    if (!copier.failed()) return made;
    free_description(made);
    return nullptr;
}

}  // namespace

TYPEATTR* copy_description(const TYPEATTR& from) {
    Copier copier;
    auto* made = copier.block<TYPEATTR>();
    if (!made) return nullptr;
    *made = from;
    made->tdescAlias = {};
    made->lpstrSchema = copier.text(from.lpstrSchema);
    made->idldescType.dwReserved = 0;
    copier.type(from.tdescAlias, made->tdescAlias);
    return finish(copier, made);
}
FUNCDESC* copy_description(const FUNCDESC& from) {
    Copier copier;
    auto* made = copier.block<FUNCDESC>();
    if (!made) return nullptr;
    *made = from;
    made->lprgscode = nullptr;
    made->lprgelemdescParam = nullptr;
    made->elemdescFunc = {};
    const auto codes = static_cast<std::size_t>(std::max<SHORT>(from.cScodes, 0));
    const auto parameters = static_cast<std::size_t>(std::max<SHORT>(from.cParams, 0));
    if (codes && from.lprgscode) {
        made->lprgscode = copier.block<SCODE>(codes);
        if (made->lprgscode) std::memcpy(made->lprgscode, from.lprgscode, codes * sizeof(SCODE));
    } else {
        made->cScodes = 0;
    }
    if (parameters && from.lprgelemdescParam) made->lprgelemdescParam = copier.block<ELEMDESC>(parameters);
    made->cParams = made->lprgelemdescParam ? from.cParams : SHORT{0};
    for (std::size_t i = 0; made->lprgelemdescParam && i < parameters; ++i) copier.element(from.lprgelemdescParam[i], made->lprgelemdescParam[i]);
    copier.element(from.elemdescFunc, made->elemdescFunc);
    return finish(copier, made);
}
VARDESC* copy_description(const VARDESC& from) {
    Copier copier;
    auto* made = copier.block<VARDESC>();
    if (!made) return nullptr;
    *made = from;
    made->elemdescVar = {};
    made->lpstrSchema = copier.text(from.lpstrSchema);
    if (from.varkind == VAR_CONST) made->lpvarValue = copier.variant(from.lpvarValue);
    copier.element(from.elemdescVar, made->elemdescVar);
    return finish(copier, made);
}
TLIBATTR* copy_description(const TLIBATTR& from) {
    Copier copier;
    auto* made = copier.block<TLIBATTR>();
    if (made) *made = from;
    return made;
}

void free_description(TYPEATTR* attributes) {
    if (!attributes) return;
    CoTaskMemFree(attributes->lpstrSchema);
    free_type(attributes->tdescAlias);
    CoTaskMemFree(attributes);
}
void free_description(FUNCDESC* function) {
    if (!function) return;
    CoTaskMemFree(function->lprgscode);
    for (SHORT i = 0; function->lprgelemdescParam && i < function->cParams; ++i) free_element(function->lprgelemdescParam[i]);
    CoTaskMemFree(function->lprgelemdescParam);
    free_element(function->elemdescFunc);
    CoTaskMemFree(function);
}
void free_description(VARDESC* variable) {
    if (!variable) return;
    CoTaskMemFree(variable->lpstrSchema);
    if (variable->varkind == VAR_CONST && variable->lpvarValue) {
        VariantClear(variable->lpvarValue);
        CoTaskMemFree(variable->lpvarValue);
    }
    free_element(variable->elemdescVar);
    CoTaskMemFree(variable);
}
void free_description(TLIBATTR* attributes) { CoTaskMemFree(attributes); }

}  // namespace odc::automation
