#include "com/marshal.h"

#include "base/log.h"
#include "com/apartment.h"
#include "com/export_table.h"
#include "com/import_table.h"
#include "com/proxy_manager.h"
#include "com/memory_stream.h"
#include "com/process_endpoint.h"
#include "com/release_queue.h"

namespace odc::com {
namespace {

constexpr Guid kStdMarshal = {0x00000017, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr std::size_t kMaxObjref = std::size_t{64} << 20;

/// `handler`: GUID_NULL for the plain form.
void write_standard(ByteWriter& out, const Guid& iid, const orpc::StdObjRef& std, const Guid& handler, std::span<const std::uint8_t> resolver) {
    const bool handled = handler != GUID_NULL;
    out.u32(orpc::kObjrefSignature);
    out.u32(handled ? orpc::kObjrefHandler : orpc::kObjrefStandard);
    out.guid(iid);
    std.write(out);
    if (handled) out.guid(handler);
    out.bytes(resolver);
}

/// The DUALSTRINGARRAY of references that stay in the process: none at all (behaviour 38).
constexpr std::uint8_t kNoResolver[4] = {};

Result<> marshal_own(ByteWriter& out, Apartment& here, const Guid& iid, IUnknown* object, DWORD destination, void* context, DWORD flags) {
    const bool leaves = destination != MSHCTX_INPROC && destination != MSHCTX_CROSSCTX;
    std::span<const std::uint8_t> resolver = kNoResolver;
    if (leaves) resolver = ODC_TRY(ProcessEndpoint::started_for(here))->resolver_packet();
    const Guid handler = handler_class_of(object, destination, context);
    // Another thread may give the last reference of the export back between two of these steps. Then the object gets a new export: each
    // turn of this loop means that somebody else has ended one meanwhile.
    for (;;) {
        const auto entry = ODC_TRY(here.exports().find_or_make(object));
        auto made = entry->interface_stub(iid);
        if (!made) {
            const bool ended = !entry->connected();
            entry->disconnect_if_unused();
            if (ended && made.error().code() == RPC_E_DISCONNECTED) continue;
            return std::move(made.error());
        }
        const auto& stub = *made;
        orpc::StdObjRef std{0, 0, here.oxid(), entry->oid(), stub->ipid()};
        if (flags & MSHLFLAGS_NOPING) std.flags |= orpc::kSorfNoPing;
        const DWORD kind = flags & (MSHLFLAGS_TABLESTRONG | MSHLFLAGS_TABLEWEAK);
        if (kind == MSHLFLAGS_TABLESTRONG) {
            std.flags |= kSorfTableStrong;
            if (!entry->lock_external()) continue;
        } else if (kind == MSHLFLAGS_TABLEWEAK) {
            std.flags |= kSorfTableWeak;
            if (!entry->add_weak()) continue;
        } else {
            std.public_refs = kMarshaledRefs;
            if (!entry->add_refs(*stub, kMarshaledRefs, 0)) continue;
        }
        if (leaves) entry->set_left_process();
        write_standard(out, iid, std, handler, resolver);
        return {};
    }
}

/// The DUALSTRINGARRAY beside a proxy's STDOBJREF.
Result<std::span<const std::uint8_t>> resolver_beside(ProxyManager& manager, DWORD destination) {
    const Exporter& exporter = manager.exporter();
    if (!exporter.in_process()) return std::span<const std::uint8_t>(exporter.resolver_packet);
    // The object lives in another apartment of this process.
    if (destination == MSHCTX_INPROC || destination == MSHCTX_CROSSCTX) return std::span<const std::uint8_t>(kNoResolver);
    const auto* endpoint = ODC_TRY(ProcessEndpoint::started_for(*exporter.apartment));
    if (auto entry = exporter.apartment->exports().find(manager.oid())) entry->set_left_process();
    return endpoint->resolver_packet();
}

/// Table packets carry no references: a strong one holds the proxy as long as the table has it, a weak one nothing (behaviour 52).
Result<> marshal_proxy(ByteWriter& out, ProxyManager& manager, const Guid& iid, DWORD destination, DWORD flags) {
    const auto resolver = ODC_TRY(resolver_beside(manager, destination));
    const DWORD kind = flags & (MSHLFLAGS_TABLESTRONG | MSHLFLAGS_TABLEWEAK);
    auto std = ODC_TRY(manager.share(iid, kind == MSHLFLAGS_NORMAL ? kMarshaledRefs : 0));
    if (!manager.pings()) std.flags |= orpc::kSorfNoPing;
    if (kind == MSHLFLAGS_TABLESTRONG) {
        std.flags |= kSorfTableStrong | kSorfOfProxy;
        manager.apartment().imports().keep_for_table_packet(manager);
    } else if (kind == MSHLFLAGS_TABLEWEAK) {
        std.flags |= kSorfTableWeak | kSorfOfProxy;
    }
    write_standard(out, iid, std, manager.handler_class(), resolver);
    return {};
}

Result<> marshal_custom(ByteWriter& out, IMarshal& marshal, const Guid& iid, IUnknown* object, DWORD destination, void* context,
                        DWORD flags) {
    CLSID clsid;
    if (const HRESULT hr = marshal.GetUnmarshalClass(iid, object, destination, context, flags, &clsid); FAILED(hr)) return fail(hr);
    auto stream = ComPtr<MemoryStream>::attach(new MemoryStream);
    if (const HRESULT hr = marshal.MarshalInterface(stream.get(), iid, object, destination, context, flags); FAILED(hr)) return fail(hr);
    if (clsid == kStdMarshal) {  // the object wrote a whole OBJREF itself (behaviour 56)
        out.bytes(stream->bytes());
        return {};
    }
    orpc::ObjRef ref{iid, orpc::CustomRef{clsid, stream->bytes()}};
    ref.write(out);
    return {};
}

/// The DUALSTRINGARRAY at the front of `in` as bytes, unparsed but for its size.
Result<std::span<const std::uint8_t>> take_resolver(ByteReader& in, std::span<const std::uint8_t> whole) {
    const std::size_t start = in.position();
    const std::size_t units = in.u16();
    const std::size_t security_offset = in.u16();
    in.skip(units * 2);
    ODC_TRY(in.finish(RPC_E_INVALID_OBJREF, "OBJREF's resolver bindings"));
    const auto taken = whole.subspan(start, in.position() - start);
    // The rest is checked by whoever needs them; most references name an exporter that is known.
    if (units != 0 && (security_offset > units || taken[taken.size() - 2] != 0 || taken[taken.size() - 1] != 0))
        return fail(RPC_E_INVALID_OBJREF, "OBJREF's resolver bindings have no terminator, or a wrong offset");
    return taken;
}

/// Unmarshals in the apartment that the object lives in: the object itself.
Result<void*> unmarshal_home(InterfaceStub& stub, const orpc::StdObjRef& std, const Guid& iid) {
    Export& entry = *stub.owner();
    void* object = nullptr;
    const auto identity = entry.identity();
    const HRESULT hr = identity ? identity->QueryInterface(iid, &object) : CO_E_OBJNOTCONNECTED;
    if (std.public_refs) entry.release_refs(stub, std.public_refs, 0);  // consumed in any case (behaviour 42)
    if (FAILED(hr)) return fail(hr);
    return object;
}

/// `handler`: the class that shall speak for the object in this process, or GUID_NULL.
Result<void*> unmarshal_standard(const orpc::StdObjRef& std, const Guid& handler, const Guid& objref_iid, const Guid& iid,
                                 std::span<const std::uint8_t> resolver) {
    Apartment* here = ODC_TRY(require_apartment());
    if (orpc::process_tag_of(std.oxid) == process_tag()) {
        const auto stub = ExportTable::find_stub(std.ipid);
        if (!stub || !stub->owner()) return fail(std.public_refs ? CO_E_OBJNOTCONNECTED : CO_E_OBJNOTREG);
        if (std.flags & kSorfTableWeak && !stub->owner()->connected()) return fail(CO_E_OBJNOTREG);
        if (&stub->apartment() == here) return unmarshal_home(*stub, std, iid);
    }
    const auto exporter = ODC_TRY(Exporter::resolve(std.oxid, resolver));
    return here->imports().unmarshal(exporter, std, handler, objref_iid, iid);
}

ComPtr<IMarshal> unmarshaler(const Guid& clsid, HRESULT* hr) {
    ComPtr<IMarshal> marshal;
    *hr = CoCreateInstance(clsid, nullptr, CLSCTX_INPROC_SERVER | CLSCTX_INPROC_HANDLER, __uuidof(IMarshal), marshal.put_void());
    return marshal;
}

/// Table packets of proxies: a weak one holds nothing, a strong one the proxy of the apartment that made it.
Result<> release_packet_of_proxy(const orpc::StdObjRef& std, std::span<const std::uint8_t> resolver) {
    if ((std.flags & kSorfTableStrong) == 0) return {};
    if (const auto exporter = Exporter::find(std.oxid, resolver))
        for (const auto& apartment : all_apartments())
            if (apartment->imports().release_table_packet(*exporter, std.oid)) return {};
    return fail(CO_E_OBJNOTCONNECTED, "no proxy of this process is held by such a packet");
}

/// A proxy manager when `object` is one of its interfaces.
ProxyManager* proxy_manager_of(IUnknown* object) {
    void* manager = nullptr;
    return SUCCEEDED(object->QueryInterface(kIidProxyManager, &manager)) ? static_cast<ProxyManager*>(manager) : nullptr;
}

}  // namespace

Result<> marshal_interface(ByteWriter& out, const Guid& iid, IUnknown* object, DWORD destination, void* context, DWORD flags) {
    Apartment* here = ODC_TRY(require_apartment());
    if (ProxyManager* manager = proxy_manager_of(object)) return marshal_proxy(out, *manager, iid, destination, flags);
    ComPtr<IMarshal> marshal;
    if (SUCCEEDED(object->QueryInterface(__uuidof(IMarshal), marshal.put_void())) && marshal)
        return marshal_custom(out, *marshal, iid, object, destination, context, flags);
    return marshal_own(out, *here, iid, object, destination, context, flags);
}

Result<> marshal_standard(ByteWriter& out, const Guid& iid, IUnknown* object, DWORD destination, void* context, DWORD flags) {
    Apartment* here = ODC_TRY(require_apartment());
    if (ProxyManager* manager = proxy_manager_of(object)) return marshal_proxy(out, *manager, iid, destination, flags);
    return marshal_own(out, *here, iid, object, destination, context, flags);
}

Result<ULONG> standard_marshal_size(IUnknown* object, DWORD destination, void* context) {
    Guid handler = GUID_NULL;
    if (ProxyManager* manager = object ? proxy_manager_of(object) : nullptr) handler = manager->handler_class();
    else if (object) handler = handler_class_of(object, destination, context);
    const ULONG fixed = 24 + orpc::StdObjRef::kSize + (handler == GUID_NULL ? 0 : static_cast<ULONG>(sizeof handler));
    if (destination == MSHCTX_INPROC || destination == MSHCTX_CROSSCTX) return fixed + static_cast<ULONG>(sizeof kNoResolver);
    Apartment* here = ODC_TRY(require_apartment());
    return fixed + static_cast<ULONG>(ODC_TRY(ProcessEndpoint::started_for(*here))->resolver_packet().size());
}

Result<void*> unmarshal_interface(ByteReader& in, const Guid& wanted) {
    ODC_TRY(require_apartment());
    const auto whole = in.bytes(in.left());
    ByteReader head(whole);
    const std::uint32_t signature = head.u32();
    const std::uint32_t flags = head.u32();
    const Guid objref_iid = head.guid();
    ODC_TRY(head.finish(STG_E_READFAULT, "OBJREF"));
    if (signature != orpc::kObjrefSignature) return fail(RPC_E_INVALID_OBJREF, "signature is not MEOW");
    const Guid& iid = wanted == GUID_NULL ? objref_iid : wanted;
    if (flags == orpc::kObjrefStandard) {  // the common form, without building its resolver bindings
        const auto std = orpc::StdObjRef::read(head);
        ODC_TRY(head.finish(STG_E_READFAULT, "OBJREF"));
        const auto resolver = ODC_TRY(take_resolver(head, whole));
        return unmarshal_standard(std, GUID_NULL, objref_iid, iid, resolver);
    }
    ByteReader again(whole);
    auto ref = ODC_TRY(orpc::ObjRef::read(again));
    if (const auto* custom = std::get_if<orpc::CustomRef>(&ref.body)) {
        HRESULT hr;
        auto marshal = unmarshaler(custom->clsid, &hr);
        if (!marshal) return fail(hr, "unmarshal class " + to_string(custom->clsid));
        auto stream = ComPtr<MemoryStream>::attach(new MemoryStream(custom->data));
        void* object = nullptr;
        hr = marshal->UnmarshalInterface(stream.get(), iid, &object);
        if (FAILED(hr)) return fail(hr);
        return object;
    }
    ByteWriter resolver;
    ref.resolver()->write(resolver);
    const auto* handled = std::get_if<orpc::HandlerRef>(&ref.body);
    return unmarshal_standard(*ref.standard(), handled ? handled->clsid : GUID_NULL, objref_iid, iid, resolver.data());
}

Result<> release_marshal_data(ByteReader& in) {
    auto ref = orpc::ObjRef::read(in);
    if (!ref) return fail(STG_E_READFAULT, ref.error().text());
    if (const auto* custom = std::get_if<orpc::CustomRef>(&ref->body)) {
        HRESULT hr;
        auto marshal = unmarshaler(custom->clsid, &hr);
        if (!marshal) return fail(hr);
        auto stream = ComPtr<MemoryStream>::attach(new MemoryStream(custom->data));
        if (hr = marshal->ReleaseMarshalData(stream.get()); FAILED(hr)) return fail(hr);
        return {};
    }
    const auto& std = *ref->standard();
    ByteWriter resolver;
    ref->resolver()->write(resolver);
    if (std.flags & kSorfOfProxy) return release_packet_of_proxy(std, resolver.data());
    if (orpc::process_tag_of(std.oxid) == process_tag()) {
        const auto stub = ExportTable::find_stub(std.ipid);
        if (!stub || !stub->owner()) return fail(CO_E_OBJNOTCONNECTED);
        if (std.flags & kSorfTableStrong) stub->owner()->unlock_external(true);
        else if (std.flags & kSorfTableWeak) stub->owner()->release_weak();
        else stub->owner()->release_refs(*stub, std.public_refs, 0);
        return {};
    }
    const auto exporter = ODC_TRY(Exporter::resolve(std.oxid, resolver.data()));
    if (std.public_refs) ReleaseQueue::instance().add(exporter, std.ipid, std.public_refs);
    return {};
}

}  // namespace odc::com

using namespace odc;
using namespace odc::com;

namespace {

/// Runs `body` on the OBJREF at the stream's position and leaves the stream behind it.
HRESULT with_objref(IStream* stream, const std::function<Result<>(ByteReader&)>& body) {
    std::vector<std::uint8_t> bytes;
    if (FAILED(read_ahead(*stream, kMaxObjref, bytes))) return STG_E_READFAULT;
    ByteReader measure(bytes);
    auto parsed = orpc::ObjRef::read(measure);
    if (!parsed) {
        (void)step_back(*stream, bytes.size());
        return measure.failed() || bytes.size() < 24 ? STG_E_READFAULT : parsed.error().code();
    }
    const std::size_t used = measure.position();
    if (const HRESULT hr = step_back(*stream, bytes.size() - used); FAILED(hr)) return hr;
    ByteReader in({bytes.data(), used});
    return body(in).code();
}

}  // namespace

WINOLEAPI CoMarshalInterface(IStream* stream, REFIID iid, IUnknown* object, DWORD destination, LPVOID context, DWORD flags) {
    if (!stream || !object) return E_INVALIDARG;
    return abi([&]() -> Result<> {
        ByteWriter bytes;
        ODC_TRY(marshal_interface(bytes, iid, object, destination, context, flags));
        ULONG put = 0;
        if (const HRESULT hr = stream->Write(bytes.data().data(), static_cast<ULONG>(bytes.size()), &put); FAILED(hr)) return fail(hr);
        return {};
    });
}

WINOLEAPI CoUnmarshalInterface(IStream* stream, REFIID iid, LPVOID* object) {
    if (!stream || !object) return E_INVALIDARG;
    *object = nullptr;
    if (!Apartment::current()) return CO_E_NOTINITIALIZED;
    return abi([&] {
        return with_objref(stream, [&](ByteReader& in) -> Result<> {
            *object = ODC_TRY(unmarshal_interface(in, iid));
            return {};
        });
    });
}

WINOLEAPI CoReleaseMarshalData(IStream* stream) {
    if (!stream) return E_INVALIDARG;
    if (!Apartment::current()) return CO_E_NOTINITIALIZED;
    return abi([&] { return with_objref(stream, [](ByteReader& in) { return release_marshal_data(in); }); });
}

WINOLEAPI CoGetMarshalSizeMax(ULONG* size, REFIID iid, IUnknown* object, DWORD destination, LPVOID context, DWORD flags) {
    if (!size || !object) return E_INVALIDARG;
    return abi([&]() -> Result<> {
        ComPtr<IMarshal> marshal;
        void* manager = nullptr;
        if (FAILED(object->QueryInterface(kIidProxyManager, &manager)) &&
            SUCCEEDED(object->QueryInterface(__uuidof(IMarshal), marshal.put_void())) && marshal) {
            CLSID clsid;
            if (const HRESULT hr = marshal->GetUnmarshalClass(iid, object, destination, context, flags, &clsid); FAILED(hr)) return fail(hr);
            DWORD data = 0;
            if (const HRESULT hr = marshal->GetMarshalSizeMax(iid, object, destination, context, flags, &data); FAILED(hr)) return fail(hr);
            *size = clsid == kStdMarshal ? data : 24 + 24 + data;  // OBJREF header, class id and sizes (behaviour 56)
            return {};
        }
        *size = ODC_TRY(standard_marshal_size(object, destination, context));
        return {};
    });
}

WINOLEAPI CoMarshalHresult(IStream* stream, HRESULT hr) {
    return stream ? stream->Write(&hr, sizeof hr, nullptr) : E_INVALIDARG;
}

WINOLEAPI CoUnmarshalHresult(IStream* stream, HRESULT* hr) {
    if (!stream || !hr) return E_INVALIDARG;
    ULONG got = 0;
    const HRESULT read = stream->Read(hr, sizeof *hr, &got);
    return FAILED(read) ? read : got == sizeof *hr ? S_OK : STG_E_READFAULT;
}

WINOLEAPI CoMarshalInterThreadInterfaceInStream(REFIID iid, IUnknown* object, IStream** stream) {
    if (!object || !stream) return E_INVALIDARG;
    *stream = nullptr;
    auto memory = ComPtr<MemoryStream>::attach(new MemoryStream);
    const HRESULT hr = CoMarshalInterface(memory.get(), iid, object, MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL);
    if (FAILED(hr)) return hr;
    LARGE_INTEGER start{};
    memory->Seek(start, STREAM_SEEK_SET, nullptr);
    *stream = static_cast<IStream*>(memory.detach());
    return S_OK;
}

WINOLEAPI CoGetInterfaceAndReleaseStream(IStream* stream, REFIID iid, LPVOID* object) {
    if (!stream) return E_INVALIDARG;
    const HRESULT hr = CoUnmarshalInterface(stream, iid, object);
    stream->Release();
    return hr;
}

WINOLEAPI CoDisconnectObject(IUnknown* object, DWORD) {
    if (!object) return E_INVALIDARG;
    Apartment* here = Apartment::current();
    if (!here) return CO_E_NOTINITIALIZED;
    if (const auto entry = here->exports().find(object)) entry->disconnect();
    return S_OK;
}

WINOLEAPI CoLockObjectExternal(IUnknown* object, BOOL lock, BOOL lastUnlockReleases) {
    if (!object) return E_INVALIDARG;
    Apartment* here = Apartment::current();
    if (!here) return CO_E_NOTINITIALIZED;
    return abi([&]() -> Result<> {
        if (lock) {
            while (!ODC_TRY(here->exports().find_or_make(object))->lock_external()) {}
        } else if (const auto entry = here->exports().find(object)) {
            entry->unlock_external(lastUnlockReleases != 0);
        }
        return {};
    });
}

WINOLEAPI_(BOOL) CoIsHandlerConnected(IUnknown* object) {
    void* manager = nullptr;
    if (!object || FAILED(object->QueryInterface(kIidProxyManager, &manager))) return TRUE;  // an object is connected to itself
    return static_cast<ProxyManager*>(manager)->connected();
}
