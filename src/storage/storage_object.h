// The IStorage of a storage in a compound file.
#pragma once

#include "opendcom/com_ptr.h"
#include "storage/document.h"
#include "storage/element_modes.h"
#include "storage/property_sets.h"
#include "storage/root_parts.h"

namespace odc::storage {

/// Children are opened through their parent, exclusively; when the last reference to a storage goes, what is open below it
/// becomes STG_E_REVERTED. A storage in transacted mode, at any level, has changes of its own that Commit gives to the storage
/// above (the root's: to the file); changes of a storage in direct mode belong at once to the storage above.
class StorageObject final : public implements<IStorage> {
  public:
    StorageObject(std::shared_ptr<Document> document, std::shared_ptr<Opening> opening)
        : document_(std::move(document)), opening_(std::move(opening)) {}
    ~StorageObject() override;

    HRESULT STDMETHODCALLTYPE CreateStream(const OLECHAR* name, DWORD mode, DWORD reserved1, DWORD reserved2, IStream** stream) override;
    HRESULT STDMETHODCALLTYPE OpenStream(const OLECHAR* name, void* reserved1, DWORD mode, DWORD reserved2, IStream** stream) override;
    HRESULT STDMETHODCALLTYPE CreateStorage(const OLECHAR* name, DWORD mode, DWORD reserved1, DWORD reserved2,
                                            IStorage** storage) override;
    HRESULT STDMETHODCALLTYPE OpenStorage(const OLECHAR* name, IStorage* priority, DWORD mode, SNB exclude, DWORD reserved,
                                          IStorage** storage) override;
    HRESULT STDMETHODCALLTYPE CopyTo(DWORD excluded_count, const IID* excluded, SNB exclude, IStorage* target) override;
    HRESULT STDMETHODCALLTYPE MoveElementTo(const OLECHAR* name, IStorage* target, const OLECHAR* new_name, DWORD flags) override;
    HRESULT STDMETHODCALLTYPE Commit(DWORD flags) override;
    HRESULT STDMETHODCALLTYPE Revert() override;
    HRESULT STDMETHODCALLTYPE EnumElements(DWORD reserved1, void* reserved2, DWORD reserved3, IEnumSTATSTG** elements) override;
    HRESULT STDMETHODCALLTYPE DestroyElement(const OLECHAR* name) override;
    HRESULT STDMETHODCALLTYPE RenameElement(const OLECHAR* name, const OLECHAR* new_name) override;
    HRESULT STDMETHODCALLTYPE SetElementTimes(const OLECHAR* name, const FILETIME* created, const FILETIME* accessed,
                                              const FILETIME* modified) override;
    HRESULT STDMETHODCALLTYPE SetClass(REFCLSID class_id) override;
    HRESULT STDMETHODCALLTYPE SetStateBits(DWORD bits, DWORD mask) override;
    HRESULT STDMETHODCALLTYPE Stat(STATSTG* stat, DWORD flags) override;

    // IRootStorage and IDirectWriterLock, of roots only.
    HRESULT switch_to_file(const OLECHAR* path);
    HRESULT wait_for_write_access(DWORD milliseconds);
    HRESULT release_write_access();
    HRESULT have_write_access();
    /// Ends a root in priority mode for good and says where its file is. STG_E_INVALIDPARAMETER for any other storage.
    HRESULT end_priority(std::u16string& path);

    /// The next element behind `name`, for the enumerator. S_FALSE behind the last one.
    HRESULT stat_after(std::u16string& name, STATSTG& stat);

  private:
    using Kind = ElementKind;
    HRESULT create(const OLECHAR* name, DWORD mode, Kind kind, std::shared_ptr<Opening>& opened);
    HRESULT open(const OLECHAR* name, DWORD mode, Kind kind, std::shared_ptr<Opening>& opened);
    HRESULT destroy(std::u16string_view name) ODC_REQUIRES(document_->mutex);
    struct Exclusions;
    struct Source;
    HRESULT copy_children(const Source& from, IStorage* target);
    HRESULT copy_element(const Source& from, IStorage* target, const OLECHAR* new_name);
    HRESULT copy_stream(EntryId from, IStream* target);
    bool holds(IStorage* target);
    bool is_root() const { return opening_->is_root; }

    void* query_more(REFIID iid) override;

    const std::shared_ptr<Document> document_;
    const std::shared_ptr<Opening> opening_;
    PropertySets property_sets_{*this};
    RootStorage root_storage_{*this};
    DirectWriterLock writer_lock_{*this};
};

}  // namespace odc::storage
