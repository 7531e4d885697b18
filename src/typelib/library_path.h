// Where libraries named by importlib are looked for.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "typelib/reader.h"

namespace odc::typelib {

/// Loads libraries by file name and keeps them. A name is looked for as it is and in lower case, in each folder in turn; without
/// an ending also with `.tlb`. Not for several threads at once.
class LibraryPath {
  public:
    explicit LibraryPath(std::vector<std::string> folders) : folders_(std::move(folders)) {}

    /// The path of the file, or "".
    std::string find(const std::string& name) const;
    /// The library, or why it cannot be had (TYPE_E_CANTLOADLIBRARY when no folder has it). Owned by this object.
    Result<const Library*> load(const std::string& name);
    /// `load` for resolve_names: null when it fails, or when the file holds another library than the one asked for.
    LibraryFinder finder();
    /// What `load` has opened.
    const std::vector<std::string>& files_read() const { return files_read_; }

  private:
    std::vector<std::string> folders_;
    std::vector<std::string> files_read_;
    std::unordered_map<std::string, std::unique_ptr<Library>> loaded_;
};

/// Where this installation keeps its own libraries (stdole2.tlb): $OPENDCOM_TYPELIB_PATH, the build tree's and the installed folder.
std::vector<std::string> system_folders();

}  // namespace odc::typelib
