// The endpoint map of a host: which interfaces of which programs can be reached where (C706 2.2.3, 3.1.21, appendix O).
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/guid.h"
#include "base/mutex.h"
#include "opendcom/base/result.h"
#include "scm/tower.h"

namespace odc::scm {

/// One element: an interface of one server, with or without an object, over one protocol.
struct MapEntry {
    Guid object{};            ///< nil: any object
    Tower tower;
    std::string annotation;   ///< fewer than kMaxAnnotation bytes
    std::int32_t owner = 0;   ///< process that inserted it; 0: the daemon itself
    bool same_element(const MapEntry& other) const { return object == other.object && tower == other.tower; }
};
inline constexpr std::size_t kMaxAnnotation = 64;  ///< ept_max_annotation_size, with the terminator
inline constexpr std::size_t kMaxEntries = 16384;
inline constexpr std::size_t kMaxEntriesPerOwner = 1024;

/// MS-RPCE 2.2.1.2.4.
enum class Inquiry : std::uint32_t { all = 0, by_interface = 1, by_object = 2, by_both = 3 };
enum class VersionOption : std::uint32_t { all = 1, compatible = 2, exact = 3, major_only = 4, up_to = 5 };

struct MapQuery {
    Inquiry inquiry = Inquiry::all;
    Guid object{};
    rpc::SyntaxId interface;
    VersionOption version = VersionOption::all;
    bool matches(const MapEntry& entry) const;
};

/// May be used from any thread.
class EndpointMap {
  public:
    /// Adds an element. `replace`: elements of the same interface, object and protocols go first (C706, ept_insert).
    /// The same element again replaces its annotation. Errors: EPT_S_CANT_PERFORM_OP over a quota.
    Result<> insert(MapEntry entry, bool replace) ODC_EXCLUDES(mutex_);
    /// Errors: EPT_S_NOT_REGISTERED. Only its owner may take an element away (`owner` 0: anybody's).
    Result<> remove(const Guid& object, const Tower& tower, std::int32_t owner) ODC_EXCLUDES(mutex_);
    /// Takes away everything that the process inserted.
    void remove_owner(std::int32_t owner) ODC_EXCLUDES(mutex_);

    /// The elements that match now; what is inserted later is not seen.
    std::vector<MapEntry> lookup(const MapQuery& query) const ODC_EXCLUDES(mutex_);
    /// Towers that serve `wanted`'s interface (same major version, at least its minor one, same transfer syntax) over the same
    /// protocols, for `object`: those registered for just this object first, then those for any. Without duplicates.
    std::vector<Tower> map(const Guid& object, const Tower& wanted) const ODC_EXCLUDES(mutex_);
    std::size_t size() const ODC_EXCLUDES(mutex_);

  private:
    mutable Mutex mutex_;
    std::vector<MapEntry> entries_ ODC_GUARDED_BY(mutex_);
};

/// What an ept_lookup_handle_t stands for: the rest of a search. Handles belong to the association that got them; there is
/// no wire event when that ends, so the oldest searches are dropped when there are too many.
template <class Element>
class Searches {
  public:
    static constexpr std::size_t kMax = 256;

    /// Keeps the rest of a search and names it.
    Guid keep(std::vector<Element> rest, std::uint32_t association) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        if (searches_.size() >= kMax) searches_.pop_front();
        searches_.push_back({new_guid(), association, std::move(rest)});
        return searches_.back().handle;
    }
    /// Takes the search out of the table; nothing when the handle is not (or no longer) one of this association.
    std::optional<std::vector<Element>> take(const Guid& handle, std::uint32_t association) ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        for (auto it = searches_.begin(); it != searches_.end(); ++it) {
            if (it->handle != handle || it->association != association) continue;
            auto rest = std::move(it->rest);
            searches_.erase(it);
            return rest;
        }
        return std::nullopt;
    }
    std::size_t size() const ODC_EXCLUDES(mutex_) {
        Lock lock(mutex_);
        return searches_.size();
    }

  private:
    struct Search {
        Guid handle;
        std::uint32_t association;
        std::vector<Element> rest;
    };
    mutable Mutex mutex_;
    std::list<Search> searches_ ODC_GUARDED_BY(mutex_);
};

}  // namespace odc::scm
