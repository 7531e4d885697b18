// The part of the C preprocessor that IDL files use, in this process: an IDL file imports dozens of others, and starting `cpp` even once
// takes as long as everything else. What goes beyond it (variadic macros, numbers without sign in conditions, __LINE__ and kin, words
// that go over a line's end, errors of any kind) is left to `cpp`, whose answer and whose messages then count.
// Conditions are in preprocess_condition.h, macros in preprocess_macros.h.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace odc::midl {

/// Texts of files by path, read once per run.
class FileTexts {
  public:
    /// Null when the file cannot be read.
    const std::string* read(const std::string& path);
    /// From now on the file is this text, whatever is on the disk.
    void hold(const std::string& path, std::string text) { texts_[path] = std::make_unique<std::string>(std::move(text)); }

  private:
    std::unordered_map<std::string, std::unique_ptr<std::string>> texts_;
};

struct PreprocessInput {
    std::string path;
    std::vector<std::string> include_folders;
    std::vector<std::string> macros;  ///< "-DNAME=VALUE" and "-UNAME", in order
    std::size_t most = 0;             ///< bytes of output
};

enum class PreprocessOutcome { done, needs_cpp, too_much };

/// Appends to `text`: macros expanded, comments kept, a line marker wherever the file changes, every line at its number.
PreprocessOutcome preprocess(const PreprocessInput& input, FileTexts& files, std::string& text);

}  // namespace odc::midl
