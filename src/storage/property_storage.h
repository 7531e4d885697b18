// The IPropertyStorage of one property set.
#pragma once

#include <optional>
#include <set>

#include "base/mutex.h"
#include "opendcom/com_ptr.h"
#include "property_set/property_set.h"

namespace odc::storage {

/// What an IPropertyStorage was opened with. `mode`: STGM_; `flags`: PROPSETFLAG_.
struct PropertySetOptions {
    Guid format{};
    DWORD mode = 0;
    DWORD flags = 0;
    bool can_write() const { return (mode & 3) != STGM_READ; }
    bool can_read() const { return (mode & 3) != STGM_WRITE; }
};

/// Values are kept in memory from Open to Commit; Revert reads them anew. Streams and storages among the values are elements beside
/// them and as direct or transacted as the storage that holds them; elements that a property no longer needs go with Commit, those
/// that were made since go with Revert or the last release.
/// Any thread may call; a Commit or Revert while another one is under way fails with STG_E_INUSE.
class PropertyStorage final : public implements<IPropertyStorage> {
  public:
    /// An empty set, written at once. Exactly one of `stream` and `storage` is there; a storage holds a non-simple set.
    static Result<ComPtr<IPropertyStorage>> create(ComPtr<IStream> stream, ComPtr<IStorage> storage, const PropertySetOptions& options,
                                                   const Guid& class_id);
    /// Errors: STG_E_INVALIDHEADER; STG_E_FILENOTFOUND when the stream has another set.
    static Result<ComPtr<IPropertyStorage>> open(ComPtr<IStream> stream, ComPtr<IStorage> storage, const PropertySetOptions& options);
    /// Adds an empty set of user-defined properties to the document summary information in `stream`, or empties the one that is there.
    static Result<ComPtr<IPropertyStorage>> create_section(ComPtr<IStream> stream, const PropertySetOptions& options);
    /// Takes the user-defined properties out of the stream. Errors: STG_E_FILENOTFOUND when there are none.
    static Result<> delete_section(IStream& stream);

    HRESULT STDMETHODCALLTYPE ReadMultiple(ULONG count, const PROPSPEC specs[], PROPVARIANT values[]) override;
    HRESULT STDMETHODCALLTYPE WriteMultiple(ULONG count, const PROPSPEC specs[], const PROPVARIANT values[], PROPID first_named) override;
    HRESULT STDMETHODCALLTYPE DeleteMultiple(ULONG count, const PROPSPEC specs[]) override;
    HRESULT STDMETHODCALLTYPE ReadPropertyNames(ULONG count, const PROPID ids[], LPOLESTR names[]) override;
    HRESULT STDMETHODCALLTYPE WritePropertyNames(ULONG count, const PROPID ids[], const LPOLESTR names[]) override;
    HRESULT STDMETHODCALLTYPE DeletePropertyNames(ULONG count, const PROPID ids[]) override;
    HRESULT STDMETHODCALLTYPE Commit(DWORD flags) override;
    HRESULT STDMETHODCALLTYPE Revert() override;
    HRESULT STDMETHODCALLTYPE Enum(IEnumSTATPROPSTG** properties) override;
    HRESULT STDMETHODCALLTYPE SetTimes(const FILETIME* created, const FILETIME* accessed, const FILETIME* modified) override;
    HRESULT STDMETHODCALLTYPE SetClass(REFCLSID class_id) override;
    HRESULT STDMETHODCALLTYPE Stat(STATPROPSETSTG* stat) override;

  private:
    struct Change;
    PropertyStorage(ComPtr<IStream> stream, ComPtr<IStorage> storage, const PropertySetOptions& options)
        : options_(options), stream_(std::move(stream)), storage_(std::move(storage)) {}
    ~PropertyStorage() override;

    property_set::PropertySet& set() ODC_REQUIRES(mutex_) { return *sets_.find(options_.format); }
    Result<> load() ODC_EXCLUDES(mutex_);
    Result<> flush() ODC_EXCLUDES(mutex_);
    Result<> revert() ODC_EXCLUDES(mutex_);
    /// What a writing method does at its end: writes at once what is not buffered.
    HRESULT changed() ODC_EXCLUDES(mutex_);
    /// Runs `body` unless another thread does the same: the one place that reads and writes the set's bytes.
    template <class Body>
    Result<> alone(Body&& body) ODC_EXCLUDES(mutex_);

    Result<std::optional<property_set::PropertyId>> id_of(const PROPSPEC& spec) ODC_REQUIRES(mutex_);
    std::optional<property_set::Value> find(property_set::PropertyId id) ODC_REQUIRES(mutex_);
    Result<> read(const PROPSPEC& spec, PROPVARIANT& value, bool& found) ODC_EXCLUDES(mutex_);
    Result<> open_element(const property_set::Value& value, PROPVARIANT& result) ODC_EXCLUDES(mutex_);
    Result<> plan(const PROPSPEC& spec, const PROPVARIANT& value, PROPID first_named, bool& still_empty, Change& change) ODC_REQUIRES(mutex_);
    Result<> write_element(property_set::PropertyId id, const PROPVARIANT& from) ODC_EXCLUDES(mutex_);
    Result<> apply(Change& change) ODC_REQUIRES(mutex_);
    /// The element of a property that is to be another value, or none, goes with the next Commit.
    void abandon_element(property_set::PropertyId id) ODC_REQUIRES(mutex_);

    const PropertySetOptions options_;
    const ComPtr<IStream> stream_;    ///< of a simple set
    const ComPtr<IStorage> storage_;  ///< of a non-simple one
    Mutex mutex_;
    property_set::PropertySetStream sets_ ODC_GUARDED_BY(mutex_);
    bool dirty_ ODC_GUARDED_BY(mutex_) = false;
    bool busy_ ODC_GUARDED_BY(mutex_) = false;
    std::set<std::u16string> abandoned_ ODC_GUARDED_BY(mutex_);  ///< elements that go with the next Commit
    std::set<std::u16string> fresh_ ODC_GUARDED_BY(mutex_);      ///< elements made since the last one
};

}  // namespace odc::storage
