// The types of libraries that importlib names: known to the program without a definition in IDL.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/guid.h"
#include "midl/model.h"
#include "typelib/library_path.h"

namespace odc::midl {

class ImportedTypes {
  public:
    explicit ImportedTypes(std::vector<std::string> folders) : path_(std::move(folders)) {}

    struct Source {
        const typelib::Library* library;
        std::string file;  ///< as importlib names it
        bool is_own;       ///< named by the file being compiled, not by a library statement of an imported file
    };
    /// A type: index into `sources` and index in that library.
    struct Found {
        std::uint32_t source, type;
    };

    /// Reads what the importlib statements of all files name. Failures are reported at the statement.
    void load(Model& model, Diagnostics& diagnostics);
    const std::vector<Source>& sources() const { return sources_; }
    const typelib::TypeInfo& type(Found found) const { return sources_[found.source].library->types[found.type]; }
    /// A type that the library under construction may refer to.
    std::optional<Found> find(const std::string& name) const { return own(find_any(name)); }
    std::optional<Found> find(const Guid& id) const;
    /// A type of the libraries that imported files name too.
    std::optional<Found> find_any(const std::string& name) const;
    const std::vector<std::string>& files_read() const { return path_.files_read(); }

    /// Makes the names that only an imported library knows known to the model, so that binding finds them: interfaces, coclasses, and
    /// types as typedefs. In a program with a library statement the types of Automation (BSTR, VARIANT, IDispatch, …) need no definition
    /// at all, as with mktyplib.
    void declare_missing(Model& model) const;

  private:
    void declare(Model& model, const std::string& name) const;
    std::optional<Found> own(std::optional<Found> found) const { return found && sources_[found->source].is_own ? found : std::nullopt; }

    typelib::LibraryPath path_;
    std::vector<Source> sources_;
    std::unordered_map<std::string, Found> names_;
    std::unordered_map<Guid, Found, GuidHash> ids_;
};

}  // namespace odc::midl
