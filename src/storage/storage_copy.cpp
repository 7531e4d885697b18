// The part of StorageObject that copies elements into other storages, of whatever kind.
#include "storage/storage_object.h"

namespace odc::storage {

namespace {

const OLECHAR* units(const std::u16string& text) { return reinterpret_cast<const OLECHAR*>(text.c_str()); }
constexpr DWORD kAlone = STGM_SHARE_EXCLUSIVE;

}  // namespace

/// What a CopyTo leaves out, at its first level only.
struct StorageObject::Exclusions {
    bool streams = false;
    bool storages = false;
    SNB names = nullptr;

    bool has(const Entry& entry) const {
        if (entry.is_stream() ? streams : storages) return true;
        for (SNB name = names; name && *name; ++name)
            if (compound_file::compare_names(view(*name), entry.name()) == 0) return true;
        return false;
    }
};

/// Whether `target` is this storage or one that was opened below it.
bool StorageObject::holds(IStorage* target) {
    StorageObject* ours = nullptr;
    if (FAILED(target->QueryInterface(kOurStorage, reinterpret_cast<void**>(&ours)))) return false;
    const auto owner = ComPtr<StorageObject>::attach(ours);
    if (owner->document_ != document_) return false;
    Lock lock(document_->mutex);
    return owner->opening_->lies_in(*opening_);
}

HRESULT StorageObject::copy_stream(EntryId from, IStream* target) {
    std::vector<std::uint8_t> buffer(std::size_t{256} << 10);
    for (std::uint64_t at = 0;;) {
        std::size_t n = 0;
        {
            Lock lock(document_->mutex);
            if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
            const auto got = opening_->tree->read(from, at, buffer);
            if (!got) return got.code();
            n = *got;
        }
        if (n == 0) return S_OK;
        ULONG put = 0;
        if (const HRESULT hr = target->Write(buffer.data(), static_cast<ULONG>(n), &put); FAILED(hr)) return hr;
        if (put != n) return STG_E_MEDIUMFULL;
        at += n;
    }
}

/// An element and all below it, as it was before the first copy was made: the target may lie in the source without our
/// knowing (behind a proxy), and a copy must not meet what it has made itself.
struct StorageObject::Source {
    EntryId id = kNoEntry;
    std::u16string name;
    bool is_storage = true;
    Guid class_id{};
    std::uint32_t state_bits = 0;
    std::vector<Source> children;

    static Result<Source> look(Tree& tree, EntryId id, const Exclusions& excluded) {
        const auto entry = ODC_TRY(tree.stat(id));
        Source source{id, std::u16string(entry.name()), entry.is_storage(), entry.class_id, entry.state_bits, {}};
        std::u16string at;
        while (source.is_storage) {
            const auto child = ODC_TRY(tree.entry_after(id, at));
            if (!child) break;
            at = child->name();
            if (excluded.has(*child)) continue;
            const auto child_id = ODC_TRY(tree.find(id, at));
            source.children.push_back(ODC_TRY(look(tree, child_id, {})));
        }
        return source;
    }
};

/// The element is read from the tree, so it does not matter whether somebody has it open. No lock is held in calls of the target.
HRESULT StorageObject::copy_element(const Source& from, IStorage* target, const OLECHAR* new_name) {
    if (!from.is_storage) {
        ComPtr<IStream> to;
        const HRESULT hr = target->CreateStream(new_name, STGM_CREATE | STGM_WRITE | kAlone, 0, 0, to.put());
        return FAILED(hr) ? hr : copy_stream(from.id, to.get());
    }
    ComPtr<IStorage> to;
    HRESULT hr = target->CreateStorage(new_name, STGM_READWRITE | kAlone, 0, 0, to.put());
    if (hr == STG_E_FILEALREADYEXISTS) hr = target->OpenStorage(new_name, nullptr, STGM_READWRITE | kAlone, nullptr, 0, to.put());
    return FAILED(hr) ? hr : copy_children(from, to.get());
}

HRESULT StorageObject::copy_children(const Source& from, IStorage* target) {
    HRESULT hr = target->SetClass(from.class_id);
    if (SUCCEEDED(hr)) hr = target->SetStateBits(from.state_bits, 0xFFFFFFFF);
    for (const Source& child : from.children) {
        if (FAILED(hr)) break;
        hr = copy_element(child, target, units(child.name));
    }
    return hr;
}

/// Elements that are there already are merged: streams replaced, storages filled up. Errors also: STG_E_ACCESSDENIED when the
/// target lies in this storage.
HRESULT StorageObject::CopyTo(DWORD excluded_count, const IID* excluded, SNB exclude, IStorage* target) {
    if (!target || (excluded_count && !excluded)) return STG_E_INVALIDPOINTER;
    return abi([&]() -> HRESULT {
        if (holds(target)) return STG_E_ACCESSDENIED;
        Exclusions left_out{.names = exclude};
        for (DWORD i = 0; i < excluded_count; ++i) {
            left_out.streams = left_out.streams || excluded[i] == IID_IStream;
            left_out.storages = left_out.storages || excluded[i] == IID_IStorage;
        }
        Result<Source> source(Source{});
        {
            Lock lock(document_->mutex);
            if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
            source = Source::look(*opening_->tree, opening_->id, left_out);
        }
        return source ? copy_children(*source, target) : source.code();
    });
}

/// The element may not be open, since it goes away or is read as its storage sees it. Errors also: STG_E_ACCESSDENIED when it would come to lie
/// in itself.
HRESULT StorageObject::MoveElementTo(const OLECHAR* name, IStorage* target, const OLECHAR* new_name, DWORD flags) {
    if (!target) return STG_E_INVALIDPOINTER;
    if (!name || !new_name) return STG_E_INVALIDNAME;
    if (flags != STGMOVE_MOVE && flags != STGMOVE_COPY) return STG_E_INVALIDFLAG;
    return abi([&]() -> HRESULT {
        Result<Source> source(Source{});
        {
            Lock lock(document_->mutex);
            if (const HRESULT hr = flags == STGMOVE_MOVE ? document_->enter_for_writing(*opening_) : document_->enter(*opening_); FAILED(hr)) return hr;
            const auto found = opening_->tree->find(opening_->id, view(name));
            if (!found) return found.code();
            if (*found == kNoEntry) return STG_E_FILENOTFOUND;
            if (opening_->find(*found)) return STG_E_ACCESSDENIED;
            source = Source::look(*opening_->tree, *found, {});
            if (!source) return source.code();
        }
        if (target == static_cast<IStorage*>(this)) {
            if (compound_file::compare_names(view(name), view(new_name)) == 0) return STG_E_ACCESSDENIED;
            if (flags == STGMOVE_MOVE) return RenameElement(name, new_name);
        }
        const HRESULT hr = copy_element(*source, target, new_name);
        return FAILED(hr) || flags == STGMOVE_COPY ? hr : DestroyElement(name);
    });
}

}  // namespace odc::storage
