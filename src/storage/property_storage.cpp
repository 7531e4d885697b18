#include "storage/property_storage.h"

#include <algorithm>

#include "storage/document.h"
#include "storage/property_enumerator.h"
#include "storage/property_stream.h"
#include "storage/propvariant_type.h"
#include "storage/propvariant_value.h"

namespace odc::storage {

using namespace property_set;

namespace {

constexpr const OLECHAR* kContents = OLESTR("CONTENTS");

Error refused(const char* text) { return fail(STG_E_INVALIDPARAMETER, text); }
Result<> check(HRESULT hr, const char* what) {
    if (FAILED(hr)) return fail(hr, what);
    return {};
}

const OLECHAR* units(const std::u16string& text) { return reinterpret_cast<const OLECHAR*>(text.c_str()); }

/// MS-OLEPS 2.10.
std::u16string element_name(PropertyId id) {
    std::u16string name = u"prop";
    for (const char digit : std::to_string(id)) name.push_back(static_cast<char16_t>(digit));
    return name;
}

/// The element's name in a value that is a stream or storage.
std::u16string name_in(const Value& value) {
    if (const auto* versioned = std::get_if<VersionedStream>(&value.data)) return versioned->name;
    const auto* name = std::get_if<std::u16string>(&value.data);
    return name ? *name : std::u16string();
}

bool is_written_by_us_alone(PropertyId id) { return id > kLastId && id != kLocaleId; }

}  // namespace

/// One value of WriteMultiple, checked and converted.
struct PropertyStorage::Change {
    enum class Kind { value, code_page, locale, nothing } kind = Kind::value;
    PropertyId id = 0;
    Value value;
    const PROPVARIANT* element = nullptr;  ///< a stream or storage to be copied
    bool named_now = false;                ///< the name is new, and goes again when the call fails
};

// From bytes and back -------------------------------------------------------------------------------------------------------

Result<ComPtr<IPropertyStorage>> PropertyStorage::create(ComPtr<IStream> stream, ComPtr<IStorage> storage, const PropertySetOptions& options,
                                                         const Guid& class_id) {
    auto made = ComPtr<PropertyStorage>::attach(new PropertyStorage(std::move(stream), std::move(storage), options));
    {
        Lock lock(made->mutex_);
        const bool summary = same(options.format, kSummaryInformation) || same(options.format, kDocSummaryInformation) ||
                             same(options.format, kUserDefinedProperties);
        const std::uint16_t code_page = summary || options.flags & PROPSETFLAG_ANSI ? kAnsiCodePage : kUtf16CodePage;
        made->sets_.class_id = class_id;
        if (same(options.format, kUserDefinedProperties)) made->sets_.sets.emplace_back(kDocSummaryInformation, code_page);
        made->sets_.sets.emplace_back(options.format, code_page);
        if (options.flags & PROPSETFLAG_CASE_SENSITIVE) ODC_TRY(made->set().set_case_sensitive(true));
        made->dirty_ = true;
    }
    ODC_TRY(made->flush());
    return ComPtr<IPropertyStorage>(std::move(made));
}

Result<ComPtr<IPropertyStorage>> PropertyStorage::open(ComPtr<IStream> stream, ComPtr<IStorage> storage, const PropertySetOptions& options) {
    auto made = ComPtr<PropertyStorage>::attach(new PropertyStorage(std::move(stream), std::move(storage), options));
    ODC_TRY(made->load());
    return ComPtr<IPropertyStorage>(std::move(made));
}

Result<ComPtr<IPropertyStorage>> PropertyStorage::create_section(ComPtr<IStream> stream, const PropertySetOptions& options) {
    auto made = ComPtr<PropertyStorage>::attach(new PropertyStorage(std::move(stream), nullptr, options));
    auto sets = ODC_TRY(read_property_stream(*made->stream_));
    {
        Lock lock(made->mutex_);
        std::erase_if(sets.sets, [](const PropertySet& one) { return same(one.format_id(), kUserDefinedProperties); });
        if (sets.sets.size() != 1) return fail(STG_E_INVALIDHEADER, "no document summary information to go with");
        sets.sets.emplace_back(kUserDefinedProperties, sets.sets[0].code_page());
        made->sets_ = std::move(sets);
        if (options.flags & PROPSETFLAG_CASE_SENSITIVE) ODC_TRY(made->set().set_case_sensitive(true));
        made->dirty_ = true;
    }
    ODC_TRY(made->flush());
    return ComPtr<IPropertyStorage>(std::move(made));
}

Result<> PropertyStorage::delete_section(IStream& stream) {
    auto sets = ODC_TRY(read_property_stream(stream));
    if (!sets.find(kUserDefinedProperties)) return fail(STG_E_FILENOTFOUND, "no user-defined properties");
    std::erase_if(sets.sets, [](const PropertySet& one) { return same(one.format_id(), kUserDefinedProperties); });
    return write_property_stream(stream, ODC_TRY(sets.serialize()));
}

/// What was never committed is not there for the next one who opens the set.
PropertyStorage::~PropertyStorage() {
    Lock lock(mutex_);
    for (const auto& name : fresh_) (void)storage_->DestroyElement(units(name));
}

Result<> PropertyStorage::load() {
    PropertySetStream sets;
    if (stream_) {
        sets = ODC_TRY(read_property_stream(*stream_));
    } else {
        ComPtr<IStream> contents;
        ODC_TRY(check(storage_->OpenStream(kContents, nullptr, STGM_READ | STGM_SHARE_EXCLUSIVE, 0, contents.put()), "CONTENTS"));
        sets = ODC_TRY(read_property_stream(*contents));
    }
    if (!sets.find(options_.format)) return fail(STG_E_FILENOTFOUND, "the stream holds a property set of another format");
    Lock lock(mutex_);
    sets_ = std::move(sets);
    dirty_ = false;
    return {};
}

Result<> PropertyStorage::flush() {
    std::vector<std::uint8_t> bytes;
    Guid class_id;
    std::set<std::u16string> abandoned, fresh;
    {
        Lock lock(mutex_);
        if (!dirty_ && abandoned_.empty() && fresh_.empty()) return {};
        bytes = ODC_TRY(sets_.serialize());
        class_id = sets_.class_id;
        dirty_ = false;
        abandoned.swap(abandoned_);
        fresh.swap(fresh_);
    }
    const auto write = [&]() -> Result<> {
        if (stream_) return write_property_stream(*stream_, bytes);
        constexpr DWORD kMode = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
        ComPtr<IStream> contents;
        HRESULT hr = storage_->OpenStream(kContents, nullptr, kMode, 0, contents.put());
        if (hr == STG_E_FILENOTFOUND) hr = storage_->CreateStream(kContents, kMode, 0, 0, contents.put());
        ODC_TRY(check(hr, "CONTENTS"));
        ODC_TRY(write_property_stream(*contents, bytes));
        ODC_TRY(check(storage_->SetClass(class_id), "class of a property set"));  // MS-OLEPS 2.22
        for (const auto& name : abandoned) (void)storage_->DestroyElement(units(name));
        return {};
    };
    auto written = write();
    if (!written) {
        Lock lock(mutex_);
        dirty_ = true;
        abandoned_.merge(abandoned);
        fresh_.merge(fresh);
    }
    return written;
}

template <class Body>
Result<> PropertyStorage::alone(Body&& body) {
    {
        Lock lock(mutex_);
        if (busy_) return fail(STG_E_INUSE, "the property set is being written or read");
        busy_ = true;
    }
    auto done = body();
    Lock lock(mutex_);
    busy_ = false;
    return done;
}

HRESULT PropertyStorage::changed() {
    if (!(options_.flags & PROPSETFLAG_UNBUFFERED)) return S_OK;
    return alone([&] { return flush(); }).code();
}

HRESULT PropertyStorage::Commit(DWORD flags) {
    if (flags & ~DWORD{STGC_OVERWRITE | STGC_ONLYIFCURRENT | STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE | STGC_CONSOLIDATE})
        return STG_E_INVALIDFLAG;
    if (!options_.can_write()) return S_OK;
    return abi([&] {
        return alone([&]() -> Result<> {
            ODC_TRY(flush());
            return check(stream_ ? stream_->Commit(flags) : storage_->Commit(flags), "commit of a property set");
        });
    });
}

HRESULT PropertyStorage::Revert() {
    return abi([&] { return alone([&] { return revert(); }); });
}

Result<> PropertyStorage::revert() {
    std::set<std::u16string> fresh;
    {
        Lock lock(mutex_);
        fresh.swap(fresh_);
        abandoned_.clear();
    }
    for (const auto& name : fresh) (void)storage_->DestroyElement(units(name));
    if (storage_ && options_.can_write()) ODC_TRY(check(storage_->Revert(), "revert of a property set"));
    return load();
}

// Values --------------------------------------------------------------------------------------------------------------------

Result<std::optional<PropertyId>> PropertyStorage::id_of(const PROPSPEC& spec) {
    if (spec.ulKind == PRSPEC_PROPID) return std::optional<PropertyId>(spec.propid);
    if (spec.ulKind != PRSPEC_LPWSTR || !spec.lpwstr) return refused("a property is told by number or by name");
    return set().id_of(view(spec.lpwstr));
}

std::optional<Value> PropertyStorage::find(PropertyId id) {
    if (id == kDictionaryId) return std::nullopt;
    if (id == kCodePageId) return Value{type::kI2, std::int64_t{static_cast<std::int16_t>(set().code_page())}, {}};
    const Value* known = set().find(id);
    return known ? std::optional(*known) : std::nullopt;
}

Result<> PropertyStorage::read(const PROPSPEC& spec, PROPVARIANT& result, bool& found) {
    std::optional<Value> value;
    {
        Lock lock(mutex_);
        if (const auto id = ODC_TRY(id_of(spec))) value = find(*id);
    }
    if (!value) return {};
    found = true;
    return is_indirect(value->type) ? open_element(*value, result) : to_propvariant(*value, result);
}

HRESULT PropertyStorage::ReadMultiple(ULONG count, const PROPSPEC specs[], PROPVARIANT values[]) {
    if (count && (!specs || !values)) return E_INVALIDARG;
    for (ULONG i = 0; i < count; ++i) PropVariantInit(&values[i]);
    if (!options_.can_read()) return STG_E_ACCESSDENIED;
    bool found = false;
    const HRESULT hr = abi([&]() -> Result<> {
        for (ULONG i = 0; i < count; ++i) ODC_TRY(read(specs[i], values[i], found));
        return {};
    });
    if (FAILED(hr) && count) FreePropVariantArray(count, values);
    return FAILED(hr) ? hr : found ? S_OK : S_FALSE;
}

Result<> PropertyStorage::open_element(const Value& value, PROPVARIANT& result) {
    if (!storage_) return fail(STG_E_INVALIDHEADER, "a simple property set has no streams or storages");
    const auto name = name_in(value);
    const DWORD mode = (options_.mode & (STGM_TRANSACTED | 3)) | STGM_SHARE_EXCLUSIVE;
    const DWORD stream_mode = mode & ~DWORD{STGM_TRANSACTED};
    if (value.type == VT_VERSIONED_STREAM) {
        ComPtr<IStream> stream;
        ODC_TRY(check(storage_->OpenStream(units(name), nullptr, stream_mode, 0, stream.put()), "stream of a property"));
        auto* versioned = static_cast<VERSIONEDSTREAM*>(CoTaskMemAlloc(sizeof(VERSIONEDSTREAM)));
        if (!versioned) return fail(E_OUTOFMEMORY);
        versioned->guidVersion = std::get<VersionedStream>(value.data).version;
        versioned->pStream = stream.detach();
        result.pVersionedStream = versioned;
    } else if (holds_stream(value.type)) {
        ODC_TRY(check(storage_->OpenStream(units(name), nullptr, stream_mode, 0, &result.pStream), "stream of a property"));
    } else {
        ODC_TRY(check(storage_->OpenStorage(units(name), nullptr, mode, nullptr, 0, &result.pStorage), "storage of a property"));
    }
    result.vt = value.type;
    return {};
}

/// Finds the id, gives one to a new name, converts the value. Nothing but names is changed yet.
Result<> PropertyStorage::plan(const PROPSPEC& spec, const PROPVARIANT& given, PROPID first_named, bool& still_empty, Change& change) {
    if (spec.ulKind == PRSPEC_PROPID && spec.propid == PID_ILLEGAL) {
        change.kind = Change::Kind::nothing;
        return {};
    }
    auto id = ODC_TRY(id_of(spec));
    if (!id) {
        const auto name = view(spec.lpwstr);
        ODC_TRY(set().make_room_for(name));
        id = ODC_TRY(set().id_for(name, first_named));
        change.named_now = true;
    }
    change.id = *id;
    if (*id == kDictionaryId) return refused("the dictionary is written by WritePropertyNames");
    if (is_written_by_us_alone(*id)) return refused("the property is read-only");
    if (*id == kCodePageId) {
        if (given.vt != VT_I2 || !is_known_code_page(static_cast<std::uint16_t>(given.iVal))) return refused("no code page");
        if (!still_empty) return refused("the code page cannot change once there are properties");
        change.kind = Change::Kind::code_page;
        change.value.data = std::int64_t{given.iVal};
        return {};
    }
    if (*id == kLocaleId) {
        if (given.vt != VT_UI4 && given.vt != VT_I4) return refused("no locale");
        change.kind = Change::Kind::locale;
        change.value.data = std::uint64_t{given.ulVal};
        return {};
    }
    still_empty = false;
    change.value = ODC_TRY(to_value(given));
    if (!is_indirect(given.vt)) return set().check(*id, change.value);
    if (!storage_) return fail(STG_E_PROPSETMISMATCHED, "a simple property set holds no streams or storages");
    change.element = &given;
    const auto name = element_name(*id);
    if (auto* versioned = std::get_if<VersionedStream>(&change.value.data)) versioned->name = name;
    else change.value.data = name;
    return {};
}

/// Copies a stream, from where it stands, or a storage into the property's own element. Nothing given: an empty one. The copy is complete
/// before the old element goes, which may be the very stream that is copied.
Result<> PropertyStorage::write_element(PropertyId id, const PROPVARIANT& from) {
    const auto name = element_name(id);
    const auto copy_name = u"~" + name;
    constexpr DWORD kMode = STGM_CREATE | STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
    const auto copy = [&]() -> Result<> {
        if (holds_stream(from.vt)) {
            IStream* source = from.vt == VT_VERSIONED_STREAM ? from.pVersionedStream->pStream : from.pStream;
            ComPtr<IStream> target;
            ODC_TRY(check(storage_->CreateStream(units(copy_name), kMode, 0, 0, target.put()), "stream of a property"));
            ULARGE_INTEGER everything;
            everything.QuadPart = UINT64_MAX;
            return source ? check(source->CopyTo(target.get(), everything, nullptr, nullptr), "copy of a stream") : Result<>();
        }
        ComPtr<IStorage> target;
        ODC_TRY(check(storage_->CreateStorage(units(copy_name), kMode, 0, 0, target.put()), "storage of a property"));
        if (!from.pStorage) return {};
        ODC_TRY(check(from.pStorage->CopyTo(0, nullptr, nullptr, target.get()), "copy of a storage"));
        return check(target->Commit(STGC_DEFAULT), "copy of a storage");
    };
    if (auto copied = copy(); !copied) {
        (void)storage_->DestroyElement(units(copy_name));
        return copied;
    }
    const HRESULT destroyed = storage_->DestroyElement(units(name));
    if (destroyed != STG_E_FILENOTFOUND) ODC_TRY(check(destroyed, "old element of a property"));
    ODC_TRY(check(storage_->RenameElement(units(copy_name), units(name)), "element of a property"));
    Lock lock(mutex_);
    abandoned_.erase(name);
    if (destroyed == STG_E_FILENOTFOUND) fresh_.insert(name);
    return {};
}

void PropertyStorage::abandon_element(PropertyId id) {
    const Value* known = set().find(id);
    // Another name than ours came with the file; what it names may be anything.
    if (known && is_indirect(known->type) && name_in(*known) == element_name(id)) abandoned_.insert(element_name(id));
}

Result<> PropertyStorage::apply(Change& change) {
    dirty_ = true;
    switch (change.kind) {
        case Change::Kind::nothing: break;
        case Change::Kind::code_page: return set().set_code_page(static_cast<std::uint16_t>(std::get<std::int64_t>(change.value.data)));
        case Change::Kind::locale: set().set_locale(static_cast<std::uint32_t>(std::get<std::uint64_t>(change.value.data))); break;
        case Change::Kind::value:
            if (!change.element) abandon_element(change.id);
            ODC_TRY(set().make_room_for(change.value));
            set().put(change.id, std::move(change.value));
            break;
    }
    return {};
}

HRESULT PropertyStorage::WriteMultiple(ULONG count, const PROPSPEC specs[], const PROPVARIANT values[], PROPID first_named) {
    if (count && (!specs || !values)) return E_INVALIDARG;
    if (!options_.can_write()) return STG_E_ACCESSDENIED;
    if (count == 0) return S_OK;
    const HRESULT hr = abi([&]() -> Result<> {
        std::vector<Change> changes(count);
        const auto forget_names = [&]() ODC_REQUIRES(mutex_) {
            for (const Change& change : changes)
                if (change.named_now) set().erase_name(change.id);
        };
        {
            Lock lock(mutex_);
            bool still_empty = !set().has_properties();
            for (ULONG i = 0; i < count; ++i)
                if (auto planned = plan(specs[i], values[i], first_named, still_empty, changes[i]); !planned) {
                    forget_names();
                    return planned;
                }
        }
        for (const Change& change : changes) {
            if (!change.element) continue;
            if (auto written = write_element(change.id, *change.element); !written) {
                Lock lock(mutex_);
                forget_names();
                return written;
            }
        }
        Lock lock(mutex_);
        for (Change& change : changes) ODC_TRY(apply(change));
        return {};
    });
    return FAILED(hr) ? hr : changed();
}

HRESULT PropertyStorage::DeleteMultiple(ULONG count, const PROPSPEC specs[]) {
    if (count && !specs) return E_INVALIDARG;
    if (!options_.can_write()) return STG_E_ACCESSDENIED;
    if (count == 0) return S_OK;
    const HRESULT hr = abi([&]() -> Result<> {
        Lock lock(mutex_);
        std::vector<PropertyId> ids;
        for (ULONG i = 0; i < count; ++i) {
            const auto id = ODC_TRY(id_of(specs[i]));
            if (!id || *id == PID_ILLEGAL) continue;
            if (*id < kFirstId || *id > kLastId) return refused("the property cannot be deleted");
            ids.push_back(*id);
        }
        for (const PropertyId id : ids) {
            abandon_element(id);
            if (set().find(id) || set().names().contains(id)) dirty_ = true;
            set().erase(id);
        }
        return {};
    });
    return FAILED(hr) ? hr : changed();
}

// Names ---------------------------------------------------------------------------------------------------------------------

HRESULT PropertyStorage::ReadPropertyNames(ULONG count, const PROPID ids[], LPOLESTR names[]) {
    if (count && (!ids || !names)) return E_INVALIDARG;
    for (ULONG i = 0; i < count; ++i) names[i] = nullptr;
    if (!options_.can_read()) return STG_E_ACCESSDENIED;
    bool found = false;
    const HRESULT hr = abi([&]() -> Result<> {
        Lock lock(mutex_);
        for (ULONG i = 0; i < count; ++i) {
            const auto known = set().names().find(ids[i]);
            if (known == set().names().end()) continue;
            found = true;
            if (!(names[i] = task_string(known->second))) return fail(STG_E_INSUFFICIENTMEMORY);
        }
        return {};
    });
    if (FAILED(hr))
        for (ULONG i = 0; i < count; ++i) {
            CoTaskMemFree(names[i]);
            names[i] = nullptr;
        }
    return FAILED(hr) ? hr : found ? S_OK : S_FALSE;
}

HRESULT PropertyStorage::WritePropertyNames(ULONG count, const PROPID ids[], const LPOLESTR names[]) {
    if (count && (!ids || !names)) return E_INVALIDARG;
    if (!options_.can_write()) return STG_E_ACCESSDENIED;
    if (count == 0) return S_OK;
    const HRESULT hr = abi([&]() -> Result<> {
        Lock lock(mutex_);
        for (ULONG i = 0; i < count; ++i) {
            if (!names[i]) return refused("a name is missing");
            const auto name = view(names[i]);
            ODC_TRY(set().make_room_for(name));
            ODC_TRY(set().set_name(ids[i], std::u16string(name)));
            dirty_ = true;
        }
        return {};
    });
    return FAILED(hr) ? hr : changed();
}

HRESULT PropertyStorage::DeletePropertyNames(ULONG count, const PROPID ids[]) {
    if (count && !ids) return E_INVALIDARG;
    if (!options_.can_write()) return STG_E_ACCESSDENIED;
    if (count == 0) return S_OK;
    const HRESULT hr = abi([&]() -> Result<> {
        Lock lock(mutex_);
        for (ULONG i = 0; i < count; ++i) {
            if (set().names().contains(ids[i])) dirty_ = true;
            set().erase_name(ids[i]);
        }
        return {};
    });
    return FAILED(hr) ? hr : changed();
}

// The set as a whole --------------------------------------------------------------------------------------------------------

HRESULT PropertyStorage::Enum(IEnumSTATPROPSTG** properties) {
    if (!properties) return E_INVALIDARG;
    *properties = nullptr;
    return abi([&]() -> HRESULT {
        PropertyEnumerator::Items items;
        Lock lock(mutex_);
        for (const PropertyId id : set().ids()) {
            if (id > kLastId) continue;
            const auto name = set().names().find(id);
            items.push_back({name == set().names().end() ? std::u16string() : name->second, id, set().find(id)->type});
        }
        *properties = new PropertyEnumerator(std::make_shared<const PropertyEnumerator::Items>(std::move(items)));
        return S_OK;
    });
}

/// Only storages have times in a compound file.
HRESULT PropertyStorage::SetTimes(const FILETIME* created, const FILETIME* accessed, const FILETIME* modified) {
    if (!options_.can_write()) return STG_E_ACCESSDENIED;
    return storage_ ? storage_->SetElementTimes(nullptr, created, accessed, modified) : S_OK;
}

HRESULT PropertyStorage::SetClass(REFCLSID class_id) {
    if (!options_.can_write()) return STG_E_ACCESSDENIED;
    const HRESULT hr = abi([&]() -> HRESULT {
        Lock lock(mutex_);
        sets_.class_id = class_id;
        dirty_ = true;
        return S_OK;
    });
    return FAILED(hr) ? hr : changed();
}

HRESULT PropertyStorage::Stat(STATPROPSETSTG* stat) {
    if (!stat) return E_INVALIDARG;
    *stat = {};
    return abi([&]() -> HRESULT {
        STATSTG element{};
        if (storage_)
            if (const HRESULT hr = storage_->Stat(&element, STATFLAG_NONAME); FAILED(hr)) return hr;
        Lock lock(mutex_);
        stat->fmtid = options_.format;
        stat->clsid = sets_.class_id;
        stat->grfFlags = (storage_ ? PROPSETFLAG_NONSIMPLE : 0) | (set().code_page() != kUtf16CodePage ? PROPSETFLAG_ANSI : 0) |
                         (set().case_sensitive() ? PROPSETFLAG_CASE_SENSITIVE : 0);
        stat->mtime = element.mtime;
        stat->ctime = element.ctime;
        stat->atime = element.atime;
        stat->dwOSVersion = sets_.system;
        return S_OK;
    });
}

}  // namespace odc::storage
