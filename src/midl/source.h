// Source files: found in the search path, read through the system's C preprocessor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "midl/diagnostics.h"
#include "midl/preprocess.h"

namespace odc::midl {

/// How the preprocessor is called.
struct PreprocessorOptions {
    std::vector<std::string> include_folders;
    std::vector<std::string> macros;  ///< "-DNAME=VALUE" and "-UNAME", in order
    std::string command = "cpp";
    bool always_command = false;  ///< also for what this process can preprocess itself
    bool enabled = true;
    bool beside_importing = true;      ///< search imported files beside the importing one first
    std::vector<std::string> options;  ///< for the command
};

class Source {
  public:
    Source(PreprocessorOptions options, Diagnostics& diagnostics) : options_(std::move(options)), diagnostics_(diagnostics) {}
    /// The path under which an imported file can be read: beside the importing file, then in the include folders.
    std::optional<std::string> find(const std::string& name, const std::string& importing_file) const;
    /// The preprocessed text with line markers and comments. Reports failures at `place`.
    std::optional<std::string> read(const std::string& path, Place place);
    /// Every file that was read, in the order of reading, without doubles.
    const std::vector<std::string>& files_read() const { return files_read_; }
    void add_file_read(const std::string& path);

  private:
    PreprocessorOptions options_;
    Diagnostics& diagnostics_;
    FileTexts texts_;
    std::vector<std::string> files_read_;
};

}  // namespace odc::midl
