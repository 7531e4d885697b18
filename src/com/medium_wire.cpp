// STGMEDIUM, ASYNC_STGMEDIUM and FLAG_STGMEDIUM on the wire (userSTGMEDIUM and userFLAG_STGMEDIUM of objidl.idl): global memory as its bytes, a file
// as its name, streams and storages by reference, as MS-DCOM 2.2.14 has interface pointers. Pictures and metafiles do not travel.
#include <atomic>
#include <new>

#include "com/medium.h"
#include "com/wire_context.h"
#include "combaseapi.h"
#include "winbase.h"

namespace odc::com {
namespace {

/// pUnkForRelease of a medium that was received: receivers leave the memory of one that has a provider alone, so its end frees the copy.
class MediumKeeper final : public IUnknown {
  public:
    MediumKeeper(HGLOBAL memory, IUnknown* provider) : memory_(memory), provider_(provider) {}
    MediumKeeper(const MediumKeeper&) = delete;
    MediumKeeper& operator=(const MediumKeeper&) = delete;

    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        if (!object) return E_POINTER;
        *object = nullptr;
        if (iid != IID_IUnknown) return E_NOINTERFACE;
        *object = static_cast<IUnknown*>(this);
        AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
    ULONG STDMETHODCALLTYPE Release() override {
        const ULONG left = --references_;
        if (left == 0) delete this;
        return left;
    }

    /// For a call that failed: the reader ends the memory and the provider itself.
    static void forget(void* keeper) {
        auto* self = static_cast<MediumKeeper*>(keeper);
        self->memory_ = nullptr;
        self->provider_ = nullptr;
        delete self;
    }

  private:
    ~MediumKeeper() {
        GlobalFree(memory_);
        if (provider_) provider_->Release();
    }

    std::atomic<ULONG> references_{1};
    HGLOBAL memory_;
    IUnknown* provider_;
};

/// Errors: DV_E_TYMED for pictures, metafiles and what is no medium.
void write_medium(ndr::Writer& out, const STGMEDIUM& medium) {
    switch (medium.tymed) {
        case TYMED_NULL: case TYMED_HGLOBAL: case TYMED_FILE: case TYMED_ISTREAM: case TYMED_ISTORAGE: break;
        default: return out.fail(DV_E_TYMED);
    }
    align_as_pointer(out);
    out.u32(medium.tymed);
    if (out.ndr64()) out.align(8);
    // Both pointers come before what either points to.
    const bool follows = medium.tymed != TYMED_NULL && out.unique(medium.hGlobal);
    const bool provided = out.unique(medium.pUnkForRelease);
    if (follows && medium.tymed == TYMED_HGLOBAL) write_global(out, medium.hGlobal);
    else if (follows && medium.tymed == TYMED_FILE) out.string(medium.lpszFileName);
    else if (follows && medium.tymed == TYMED_ISTREAM) out.object(IID_IStream, medium.pstm);
    else if (follows) out.object(IID_IStorage, medium.pstg);
    if (provided) out.object(IID_IUnknown, medium.pUnkForRelease);
}

void keep(ndr::Reader& in, STGMEDIUM& made) {
    auto* keeper = new (std::nothrow) MediumKeeper(made.hGlobal, made.pUnkForRelease);
    if (!keeper) return in.fail_now();
    in.own(keeper, MediumKeeper::forget);
    made.pUnkForRelease = keeper;
}

STGMEDIUM read_medium(ndr::Reader& in) {
    align_as_pointer(in);
    STGMEDIUM made{};
    made.tymed = in.u32();
    if (in.ndr64()) in.align(8);
    const bool follows = made.tymed != TYMED_NULL && in.unique();
    const bool provided = in.unique();
    switch (made.tymed) {
        case TYMED_NULL: break;
        case TYMED_HGLOBAL: if (follows) made.hGlobal = read_global(in); break;
        case TYMED_FILE: if (follows) made.lpszFileName = in.string<OLECHAR>(true); break;
        case TYMED_ISTREAM: if (follows) made.pstm = static_cast<IStream*>(in.object(IID_IStream)); break;
        case TYMED_ISTORAGE: if (follows) made.pstg = static_cast<IStorage*>(in.object(IID_IStorage)); break;
        // The others may come with nothing in them.
        case TYMED_GDI: case TYMED_MFPICT: case TYMED_ENHMF: in.require(!follows); break;
        default: in.fail_now();
    }
    if (provided) made.pUnkForRelease = static_cast<IUnknown*>(in.object(IID_IUnknown));
    if (provided && !in.failed() && made.tymed == TYMED_HGLOBAL) keep(in, made);
    return in.failed() ? STGMEDIUM{} : made;
}

void write_flagged(ndr::Writer& out, const FLAG_STGMEDIUM& value) {
    align_as_pointer(out);
    out.i32(value.ContextFlags);
    out.i32(value.fPassOwnership);
    write_medium(out, value.Stgmed);
}

FLAG_STGMEDIUM read_flagged(ndr::Reader& in) {
    align_as_pointer(in);
    FLAG_STGMEDIUM made{};
    made.ContextFlags = in.i32();
    made.fPassOwnership = in.i32();
    made.Stgmed = read_medium(in);
    return in.failed() ? FLAG_STGMEDIUM{} : made;
}

constexpr ndr::UserType kMedium = {
    [](ndr::Writer& out, const void* value) { write_medium(out, value_as<STGMEDIUM>(value)); },
    [](ndr::Reader& in, void* value) { value_as<STGMEDIUM>(value) = read_medium(in); },
    [](void* value) { release_medium(value_as<STGMEDIUM>(value), File::keep); },
};

}  // namespace
}  // namespace odc::com

using odc::com::value_as;

extern "C" {
extern ODC_API const odc::ndr::UserType STGMEDIUM_wire, ASYNC_STGMEDIUM_wire, FLAG_STGMEDIUM_wire;
const odc::ndr::UserType STGMEDIUM_wire = odc::com::kMedium;
const odc::ndr::UserType ASYNC_STGMEDIUM_wire = odc::com::kMedium;
const odc::ndr::UserType FLAG_STGMEDIUM_wire = {
    [](odc::ndr::Writer& out, const void* value) { odc::com::write_flagged(out, value_as<FLAG_STGMEDIUM>(value)); },
    [](odc::ndr::Reader& in, void* value) { value_as<FLAG_STGMEDIUM>(value) = odc::com::read_flagged(in); },
    [](void* value) { odc::com::release_medium(value_as<FLAG_STGMEDIUM>(value).Stgmed, odc::com::File::keep); },
};
}
