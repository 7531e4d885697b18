#include "com/export_table.h"

#include "base/log.h"
#include "com/apartment.h"
#include "com/ipid_table.h"
#include "com/ping_client.h"
#include "com/proxy_registry.h"
#include "com/interface_codec.h"
#include "com/stub_channel.h"
#include "opendcom/com/stub.h"

namespace odc::com {
namespace {

std::atomic<std::uint64_t> export_count{0};
std::atomic<std::uint32_t> last_object_number{0};

std::chrono::steady_clock::rep now_ticks() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

}  // namespace

// InterfaceStub ---------------------------------------------------------------------------------------------------------

InterfaceStub::~InterfaceStub() {
    if (buffer_) buffer_->Disconnect();
}

bool InterfaceStub::has_method(std::uint16_t opnum) const {
    return info_ ? opnum < info_->methods.size() && info_->methods[opnum] != nullptr : opnum >= 3;
}

void InterfaceStub::drop() {
    if (buffer_) buffer_->Disconnect();
    buffer_.reset();
    object_.reset();
}

void InterfaceStub::let_go() {
    let_go_ = true;
    if (running_ == 0) drop();
}

HRESULT InterfaceStub::invoke(std::uint16_t opnum, ndr::ServerFrame& frame, DWORD destination, ServedCallObject** left) {
    if (!owner_ || !apartment_->is_single_threaded()) return invoke_object(opnum, frame, destination, left);
    if (let_go_) return RPC_E_DISCONNECTED;
    struct Running {
        InterfaceStub& stub;
        explicit Running(InterfaceStub& in) : stub(in) { ++stub.running_; }
        ~Running() {
            if (--stub.running_ == 0 && stub.let_go_) stub.drop();
        }
    };
    const Running running(*this);
    return invoke_object(opnum, frame, destination, left);
}

HRESULT InterfaceStub::invoke_object(std::uint16_t opnum, ndr::ServerFrame& frame, DWORD destination, ServedCallObject** left) {
    if (!has_method(opnum)) return HRESULT_FROM_WIN32(RPC_S_PROCNUM_OUT_OF_RANGE);
    auto& codec = codec_for(destination);
    frame.request.set_objects(&codec);
    frame.response.set_objects(&codec);
    if (info_) {
        StubCall call(frame, left);
        return info_->methods[opnum](object_.get(), call);
    }
    return invoke_foreign_stub(*buffer_.get(), iid_, opnum, frame, destination);
}

// Export ----------------------------------------------------------------------------------------------------------------

Export::Export(Apartment& apartment, orpc::Oid oid, ComPtr<IUnknown> identity)
    : apartment_(apartment), oid_(oid), identity_(std::move(identity)), external_(identity_.as<IExternalConnection>()), key_(identity_.get()),
      last_call_(now_ticks()) {
    export_count.fetch_add(1, std::memory_order_relaxed);
}

Export::~Export() { export_count.fetch_sub(1, std::memory_order_relaxed); }

ComPtr<IUnknown> Export::identity() {
    Lock lock(mutex_);
    return identity_;
}

ComPtr<IExternalConnection> Export::external() {
    Lock lock(mutex_);
    return external_;
}

Ref<InterfaceStub> Export::known_stub(const Guid& iid) {
    Lock lock(mutex_);
    for (const auto& stub : stubs_)
        if (stub->iid() == iid) return stub;
    return {};
}

Result<Ref<InterfaceStub>> Export::interface_stub(const Guid& iid) {
    if (auto known = known_stub(iid)) return known;
    auto made = Ref<InterfaceStub>::adopt(new InterfaceStub(Ref<Export>::share(this), apartment_, iid));
    const auto object = identity();
    if (!object) return fail(RPC_E_DISCONNECTED);
    if (iid == __uuidof(IUnknown)) {
        made->object_ = object;
    } else {
        if (const HRESULT hr = object->QueryInterface(iid, made->object_.put_void()); FAILED(hr)) return fail(hr);
        auto source = ODC_TRY(ProxyRegistry::instance().find(iid));
        if (source.info) made->info_ = source.info;
        else if (const HRESULT hr = source.factory->CreateStub(iid, made->object_.get(), made->buffer_.put()); FAILED(hr)) return fail(hr);
    }
    static constexpr InterfaceInfo kNoMethods{};
    if (!made->info_ && !made->buffer_) made->info_ = &kNoMethods;
    Lock lock(mutex_);
    for (const auto& stub : stubs_)
        if (stub->iid() == iid) return stub;  // another thread of the apartment was faster
    if (!connected()) return fail(RPC_E_DISCONNECTED);
    made->ipid_ = IpidTable::instance().insert(made.get(), apartment_.number());
    stubs_.push_back(made);
    return made;
}

std::uint64_t Export::strong_count() {
    std::uint64_t total = locks_;
    for (const auto& stub : stubs_) total += std::uint64_t{stub->public_refs_} + stub->private_refs_;
    return total;
}

bool Export::add_refs(InterfaceStub& stub, std::uint32_t public_refs, std::uint32_t private_refs) {
    std::uint64_t before;
    {
        Lock lock(mutex_);
        if (!connected()) return false;
        before = strong_count();
        stub.public_refs_ += public_refs;
        stub.private_refs_ += private_refs;
    }
    if (before == 0) connection_added();
    return true;
}

void Export::release_refs(InterfaceStub& stub, std::uint32_t public_refs, std::uint32_t private_refs) {
    std::uint64_t before, after;
    {
        Lock lock(mutex_);
        before = strong_count();
        stub.public_refs_ -= std::min(stub.public_refs_, public_refs);
        stub.private_refs_ -= std::min(stub.private_refs_, private_refs);
        after = strong_count();
    }
    if (before == 0 || after != 0) return;
    const auto watcher = external();
    if (watcher) watcher->ReleaseConnection(EXTCONN_STRONG, 0, TRUE);
    // Behaviour 44: the table keeps an object that watches its connections itself.
    disconnect_when(watcher ? When::unused : When::unreferenced);
}

void Export::connection_added() {
    if (const auto watcher = external()) watcher->AddConnection(EXTCONN_STRONG, 0);
}

bool Export::lock_external() {
    std::uint64_t before;
    {
        Lock lock(mutex_);
        if (!connected()) return false;
        before = strong_count();
        ++locks_;
    }
    if (before == 0) connection_added();
    return true;
}

void Export::unlock_external(bool last_unlock_releases) {
    {
        Lock lock(mutex_);
        if (locks_ == 0) return;
        --locks_;
        if (strong_count() != 0) return;
    }
    if (const auto watcher = external()) watcher->ReleaseConnection(EXTCONN_STRONG, 0, last_unlock_releases);
    disconnect_when(When::unused);
}

bool Export::add_weak() {
    Lock lock(mutex_);
    if (!connected()) return false;
    ++weak_;
    return true;
}

void Export::release_weak() {
    {
        Lock lock(mutex_);
        if (weak_ == 0) return;
        --weak_;
        if (weak_ != 0 || strong_count() != 0) return;
    }
    disconnect_when(When::unused);
}

bool Export::has_remote_refs() {
    Lock lock(mutex_);
    for (const auto& stub : stubs_)
        if (stub->public_refs_ + stub->private_refs_ != 0) return true;
    return false;
}

void Export::set_left_process() {
    if (!left_process_.exchange(true, std::memory_order_relaxed)) PingClient::instance().changed();
}

std::chrono::steady_clock::duration Export::idle_time() const {
    return std::chrono::steady_clock::duration(now_ticks() - last_call_.load(std::memory_order_relaxed));
}

void Export::disconnect_when(When when) {
    auto self = Ref<Export>::share(this);
    std::vector<Ref<InterfaceStub>> stubs;
    ComPtr<IUnknown> identity;
    ComPtr<IExternalConnection> external;
    {
        Lock lock(mutex_);
        if (when != When::always && (strong_count() != 0 || (when == When::unused && weak_ != 0))) return;
        if (!connected_.exchange(false)) return;
        stubs.swap(stubs_);
        identity = std::move(identity_);
        external = std::move(external_);
    }
    for (const auto& stub : stubs) IpidTable::instance().erase(stub->ipid(), stub->iid());
    apartment_.exports().remove(*this);
    // The object's own Release runs where the object lives, and without any lock of ours. A thread whose call was served by a stub may
    // hold it longer than this, so that it has to let go of the object here.
    if (apartment_.is_current() || !apartment_.is_single_threaded()) {
        EnterApartment enter(&apartment_);
        if (apartment_.is_single_threaded())
            for (const auto& stub : stubs) stub->let_go();
        stubs.clear();
        external.reset();
        identity.reset();
        return;
    }
    apartment_.post([self, held = std::move(stubs), external = std::move(external), identity = std::move(identity)]() mutable {
        for (const auto& stub : held) stub->let_go();
        held.clear();
        external.reset();
        identity.reset();
    });
}

Result<Ref<InterfaceStub>> make_free_stub(Apartment& apartment, const Guid& iid, ComPtr<IUnknown> object) {
    auto made = Ref<InterfaceStub>::adopt(new InterfaceStub({}, apartment, iid));
    if (const HRESULT hr = object->QueryInterface(iid, made->object_.put_void()); FAILED(hr)) return fail(hr);
    made->info_ = ODC_TRY(ProxyRegistry::instance().find(iid)).info;
    made->ipid_ = IpidTable::instance().insert(made.get(), apartment.number());
    return made;
}

// ExportTable -----------------------------------------------------------------------------------------------------------

Ref<Export> ExportTable::find(IUnknown* object) {
    ComPtr<IUnknown> identity;
    if (FAILED(object->QueryInterface(__uuidof(IUnknown), identity.put_void()))) return {};
    Lock lock(mutex_);
    const auto found = by_identity_.find(identity.get());
    return found == by_identity_.end() ? Ref<Export>() : found->second;
}

Ref<Export> ExportTable::find(orpc::Oid oid) {
    Lock lock(mutex_);
    const auto found = by_oid_.find(static_cast<std::uint64_t>(oid));
    return found == by_oid_.end() ? Ref<Export>() : Ref<Export>::share(found->second);
}

Result<Ref<Export>> ExportTable::find_or_make(IUnknown* object) {
    ComPtr<IUnknown> identity;
    if (const HRESULT hr = object->QueryInterface(__uuidof(IUnknown), identity.put_void()); FAILED(hr)) return fail(hr);
    {
        Lock lock(mutex_);
        // One that is ending may still be here; the object gets a new export then.
        if (const auto found = by_identity_.find(identity.get()); found != by_identity_.end() && found->second->connected()) return found->second;
    }
    if (!apartment_.alive()) return fail(CO_E_OBJNOTCONNECTED);
    IUnknown* key = identity.get();
    auto made = Ref<Export>::adopt(new Export(apartment_, orpc::make_oid(process_tag(), ++last_object_number), std::move(identity)));
    Ref<Export> ending;  // released after the lock
    Lock lock(mutex_);
    auto& entry = by_identity_[key];
    if (entry && entry->connected()) return entry;
    ending = std::move(entry);
    entry = made;
    by_oid_[static_cast<std::uint64_t>(made->oid())] = made.get();
    return made;
}

void ExportTable::remove(Export& gone) {
    Ref<Export> dropped;  // released after the lock
    Lock lock(mutex_);
    by_oid_.erase(static_cast<std::uint64_t>(gone.oid()));
    if (const auto found = by_identity_.find(gone.key_); found != by_identity_.end() && found->second.get() == &gone) {
        dropped = found->second;
        by_identity_.erase(found);
    }
}

std::vector<Ref<Export>> ExportTable::all() {
    std::vector<Ref<Export>> exports;
    Lock lock(mutex_);
    for (const auto& [identity, entry] : by_identity_) exports.push_back(entry);
    return exports;
}

void ExportTable::disconnect_all() {
    for (const auto& entry : all()) entry->disconnect();
}

Ref<InterfaceStub> ExportTable::find_stub(const orpc::Ipid& ipid) { return IpidTable::instance().find(ipid); }
std::uint64_t ExportTable::count() { return export_count.load(std::memory_order_relaxed); }
bool ExportTable::serves(const Guid& iid) { return IpidTable::instance().serves(iid); }

std::vector<Ref<Export>> ExportTable::everything() {
    std::vector<Ref<Export>> exports;
    for (const auto& apartment : all_apartments())
        for (auto& entry : apartment->exports().all()) exports.push_back(std::move(entry));
    return exports;
}

}  // namespace odc::com
