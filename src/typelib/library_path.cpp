#include "typelib/library_path.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>

#include "base/beside_program.h"

namespace odc::typelib {
std::vector<std::string> system_folders() {
    std::vector<std::string> folders;
    if (const char* list = std::getenv("OPENDCOM_TYPELIB_PATH")) {
        const std::string text = list;
        for (std::size_t at = 0; at <= text.size();) {
            const auto end = std::min(text.find(':', at), text.size());
            if (end > at) folders.push_back(text.substr(at, end - at));
            at = end + 1;
        }
    }
    if (auto folder = beside_program("share/opendcom/typelib"); !folder.empty()) folders.push_back(std::move(folder));
    return folders;
}

std::string LibraryPath::find(const std::string& name) const {
    const auto readable = [](const std::string& path) { return ::access(path.c_str(), R_OK) == 0; };
    std::vector<std::string> names{name};
    std::string plain = name;
    std::replace(plain.begin(), plain.end(), '\\', '/');
    std::string lower = plain;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const auto& n : {plain, lower, lower.substr(lower.rfind('/') + 1)})
        if (std::find(names.begin(), names.end(), n) == names.end()) names.push_back(n);
    if (lower.find('.', lower.rfind('/') + 1) == std::string::npos)
        for (std::size_t i = 0, n = names.size(); i < n; ++i) names.push_back(names[i] + ".tlb");
    if (name.starts_with('/') && readable(name)) return name;
    for (const auto& folder : folders_)
        for (const auto& n : names)
            if (const auto path = folder + "/" + n; readable(path)) return path;
    return {};
}

Result<const Library*> LibraryPath::load(const std::string& name) {
    const auto path = find(name);
    if (path.empty()) return fail(TYPE_E_CANTLOADLIBRARY, "no folder has " + name);
    std::error_code error;
    auto& slot = loaded_[std::filesystem::weakly_canonical(path, error).string()];  // a file has many names
    if (!slot) {
        files_read_.push_back(path);
        slot = std::make_unique<Library>(ODC_TRY(typelib::load(path)));
    }
    return static_cast<const Library*>(slot.get());
}

LibraryFinder LibraryPath::finder() {
    return [this](const ImportedLibrary& wanted) -> const Library* {
        const auto library = load(wanted.file);
        return library && (*library)->id == wanted.id ? *library : nullptr;
    };
}

}  // namespace odc::typelib
