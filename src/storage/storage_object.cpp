#include "storage/storage_object.h"

#include <algorithm>

#include "storage/element_enumerator.h"
#include "storage/element_modes.h"
#include "storage/stream_object.h"

namespace odc::storage {

namespace {

void fill(STATSTG& stat, const compound_file::Entry& entry) {
    stat.type = entry.is_stream() ? STGTY_STREAM : STGTY_STORAGE;
    if (entry.is_stream()) stat.cbSize.QuadPart = entry.size;
    else stat.clsid = entry.class_id;
    stat.grfStateBits = entry.is_stream() ? 0 : entry.state_bits;
    stat.ctime = to_filetime(entry.created);
    stat.mtime = to_filetime(entry.modified);
}

}  // namespace

HRESULT make_storage(std::shared_ptr<Document> document, std::shared_ptr<Opening> opening, IStorage** storage) {
    *storage = new StorageObject(std::move(document), std::move(opening));
    return S_OK;
}

StorageObject::~StorageObject() {
    Lock lock(document_->mutex);
    opening_->revert_below();
    opening_->transaction.reset();
}

HRESULT StorageObject::destroy(std::u16string_view name) {
    const auto id = opening_->tree->find(opening_->id, name);
    if (!id) return id.code();
    if (*id == kNoEntry) return STG_E_FILENOTFOUND;
    if (const auto open = opening_->find(*id)) open->revert();
    return opening_->tree->remove(opening_->id, name).code();
}

HRESULT StorageObject::create(const OLECHAR* name, DWORD mode, Kind kind, std::shared_ptr<Opening>& opened) {
    if (!name) return STG_E_INVALIDNAME;
    if (const HRESULT hr = check_element_mode(mode, kind, true); FAILED(hr)) return hr;
    if (document_->kind == RootKind::simple && kind == Kind::storage) return STG_E_INVALIDFUNCTION;
    if (document_->kind == RootKind::simple && mode & STGM_CREATE) return STG_E_INVALIDFLAG;
    Lock lock(document_->mutex);
    if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
    const auto wanted = view(name);
    if (const auto valid = compound_file::validate_name(wanted); !valid) return valid.code();
    const auto known = opening_->tree->find(opening_->id, wanted);
    if (!known) return known.code();
    if (*known != kNoEntry && kind == Kind::storage && !(mode & STGM_CREATE)) return STG_E_FILEALREADYEXISTS;
    if (const HRESULT hr = document_->enter_for_writing(*opening_); FAILED(hr)) return hr;
    if (*known != kNoEntry) {
        if (!(mode & STGM_CREATE)) return STG_E_FILEALREADYEXISTS;
        if (const HRESULT hr = destroy(wanted); FAILED(hr)) return hr;
    }
    const auto id = kind == Kind::stream ? opening_->tree->create_stream(opening_->id, wanted)
                                         : opening_->tree->create_storage(opening_->id, wanted, now());
    if (!id) return id.code();
    opened = opening_->add(*id, wanted, mode & ~DWORD{STGM_CREATE}, document_->scratch);
    opened->is_storage = kind == Kind::storage;
    return S_OK;
}

HRESULT StorageObject::open(const OLECHAR* name, DWORD mode, Kind kind, std::shared_ptr<Opening>& opened) {
    if (!name) return STG_E_INVALIDNAME;
    if (const HRESULT hr = check_element_mode(mode, kind, false); FAILED(hr)) return hr;
    if (document_->kind == RootKind::simple && kind == Kind::storage) return STG_E_INVALIDFUNCTION;
    Lock lock(document_->mutex);
    if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
    if ((mode & 3) != STGM_READ && !opening_->can_write()) return STG_E_ACCESSDENIED;
    const auto id = opening_->tree->find(opening_->id, view(name));
    if (!id) return id.code();
    if (*id == kNoEntry) return STG_E_FILENOTFOUND;
    const auto entry = opening_->tree->stat(*id);
    if (!entry) return entry.code();
    if (entry->is_stream() != (kind == Kind::stream)) return STG_E_FILENOTFOUND;
    if (opening_->find(*id)) return STG_E_ACCESSDENIED;
    opened = opening_->add(*id, view(name), mode, document_->scratch);
    opened->is_storage = kind == Kind::storage;
    return S_OK;
}

HRESULT StorageObject::CreateStream(const OLECHAR* name, DWORD mode, DWORD reserved1, DWORD reserved2, IStream** stream) {
    if (!stream) return STG_E_INVALIDPOINTER;
    *stream = nullptr;
    if (reserved1 || reserved2) return STG_E_INVALIDPARAMETER;
    return abi([&]() -> HRESULT {
        std::shared_ptr<Opening> opened;
        if (const HRESULT hr = create(name, mode, Kind::stream, opened); FAILED(hr)) return hr;
        *stream = new StreamObject(document_, std::move(opened));
        return S_OK;
    });
}

HRESULT StorageObject::OpenStream(const OLECHAR* name, void* reserved1, DWORD mode, DWORD reserved2, IStream** stream) {
    if (!stream) return STG_E_INVALIDPOINTER;
    *stream = nullptr;
    if (reserved1 || reserved2) return STG_E_INVALIDPARAMETER;
    return abi([&]() -> HRESULT {
        std::shared_ptr<Opening> opened;
        if (const HRESULT hr = open(name, mode, Kind::stream, opened); FAILED(hr)) return hr;
        *stream = new StreamObject(document_, std::move(opened));
        return S_OK;
    });
}

HRESULT StorageObject::CreateStorage(const OLECHAR* name, DWORD mode, DWORD reserved1, DWORD reserved2, IStorage** storage) {
    if (!storage) return STG_E_INVALIDPOINTER;
    *storage = nullptr;
    if (reserved1 || reserved2) return STG_E_INVALIDPARAMETER;
    return abi([&]() -> HRESULT {
        std::shared_ptr<Opening> opened;
        if (const HRESULT hr = create(name, mode, Kind::storage, opened); FAILED(hr)) return hr;
        return make_storage(document_, std::move(opened), storage);
    });
}

HRESULT StorageObject::OpenStorage(const OLECHAR* name, IStorage* priority, DWORD mode, SNB exclude, DWORD reserved, IStorage** storage) {
    if (!storage) return STG_E_INVALIDPOINTER;
    *storage = nullptr;
    if (priority || exclude || reserved) return STG_E_INVALIDPARAMETER;
    return abi([&]() -> HRESULT {
        std::shared_ptr<Opening> opened;
        if (const HRESULT hr = open(name, mode, Kind::storage, opened); FAILED(hr)) return hr;
        return make_storage(document_, std::move(opened), storage);
    });
}

HRESULT StorageObject::Commit(DWORD flags) {
    if (flags & ~DWORD{STGC_OVERWRITE | STGC_ONLYIFCURRENT | STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE | STGC_CONSOLIDATE})
        return STG_E_INVALIDFLAG;
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
        if (!opening_->can_commit()) return STG_E_ACCESSDENIED;
        return document_->commit(*opening_, flags);
    });
}

HRESULT StorageObject::Revert() {
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
        return document_->revert(*opening_);
    });
}

HRESULT StorageObject::EnumElements(DWORD reserved1, void* reserved2, DWORD reserved3, IEnumSTATSTG** elements) {
    if (!elements) return STG_E_INVALIDPOINTER;
    *elements = nullptr;
    if (reserved1 || reserved2 || reserved3) return STG_E_INVALIDPARAMETER;
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
        *elements = new ElementEnumerator(ComPtr<StorageObject>::share(this), {});
        return S_OK;
    });
}

HRESULT StorageObject::stat_after(std::u16string& name, STATSTG& stat) {
    stat = {};
    Lock lock(document_->mutex);
    if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
    const auto entry = opening_->tree->entry_after(opening_->id, name);
    if (!entry) return entry.code();
    if (!*entry) return S_FALSE;
    if (!(stat.pwcsName = task_string((*entry)->name()))) return STG_E_INSUFFICIENTMEMORY;
    fill(stat, **entry);
    name = (*entry)->name();
    return S_OK;
}

HRESULT StorageObject::DestroyElement(const OLECHAR* name) {
    if (!name) return STG_E_INVALIDNAME;
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter_for_writing(*opening_); FAILED(hr)) return hr;
        return destroy(view(name));
    });
}

HRESULT StorageObject::RenameElement(const OLECHAR* name, const OLECHAR* new_name) {
    if (!name || !new_name) return STG_E_INVALIDNAME;
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter_for_writing(*opening_); FAILED(hr)) return hr;
        const auto id = opening_->tree->find(opening_->id, view(name));
        if (!id) return id.code();
        if (*id == kNoEntry) return STG_E_FILENOTFOUND;
        if (opening_->find(*id)) return STG_E_ACCESSDENIED;
        return opening_->tree->rename(opening_->id, view(name), view(new_name)).code();
    });
}

HRESULT StorageObject::SetElementTimes(const OLECHAR* name, const FILETIME* created, const FILETIME*, const FILETIME* modified) {
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter_for_writing(*opening_); FAILED(hr)) return hr;
        EntryId target = opening_->id;
        if (name) {
            const auto id = opening_->tree->find(opening_->id, view(name));
            if (!id) return id.code();
            if (*id == kNoEntry) return STG_E_FILENOTFOUND;
            target = *id;
        }
        const auto entry = opening_->tree->stat(target);
        if (!entry) return entry.code();
        if (entry->is_stream()) return S_OK;  // streams keep no times (MS-CFB 2.6.1)
        const auto time = [](const FILETIME* given) { return given ? std::optional(from_filetime(*given)) : std::nullopt; };
        return opening_->tree->set_times(target, time(created), time(modified)).code();
    });
}

HRESULT StorageObject::SetClass(REFCLSID class_id) {
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter_for_writing(*opening_); FAILED(hr)) return hr;
        return opening_->tree->set_class_id(opening_->id, class_id).code();
    });
}

HRESULT StorageObject::SetStateBits(DWORD bits, DWORD mask) {
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter_for_writing(*opening_); FAILED(hr)) return hr;
        return opening_->tree->set_state_bits(opening_->id, bits, mask).code();
    });
}

HRESULT StorageObject::Stat(STATSTG* stat, DWORD flags) {
    if (!stat) return STG_E_INVALIDPOINTER;
    *stat = {};
    if (flags & ~DWORD{STATFLAG_NONAME}) return STG_E_INVALIDFLAG;
    return abi([&]() -> HRESULT {
        Lock lock(document_->mutex);
        if (const HRESULT hr = document_->enter(*opening_); FAILED(hr)) return hr;
        const auto entry = opening_->tree->stat(opening_->id);
        if (!entry) return entry.code();
        const std::u16string_view name = is_root() ? std::u16string_view(document_->name) : entry->name();
        if (!(flags & STATFLAG_NONAME) && !(is_root() && document_->on_lock_bytes) && !(stat->pwcsName = task_string(name)))
            return STG_E_INSUFFICIENTMEMORY;
        fill(*stat, *entry);
        stat->grfMode = opening_->mode;
        return S_OK;
    });
}

}  // namespace odc::storage
