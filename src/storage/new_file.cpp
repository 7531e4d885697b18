#include "storage/new_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/utf16.h"

namespace odc::storage {

namespace {

Error open_error(const std::string& path) {
    const std::string text = path + ": " + std::strerror(errno);
    switch (errno) {
        case EEXIST: return fail(STG_E_FILEALREADYEXISTS, text);
        case ENOENT:
        case ENOTDIR: return fail(STG_E_PATHNOTFOUND, text);
        case EMFILE:
        case ENFILE: return fail(STG_E_TOOMANYOPENFILES, text);
        default: return fail(STG_E_ACCESSDENIED, text);
    }
}

}  // namespace

Result<NewFile> make_file(const OLECHAR* name, DWORD mode) {
    NewFile made;
    if (name) {
        made.path = to_utf8(std::u16string_view(reinterpret_cast<const char16_t*>(name)));
        const int exclusive = mode & (STGM_CREATE | STGM_CONVERT) ? 0 : O_EXCL;
        made.fd.reset(::open(made.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | exclusive, 0666));
    } else {
        const char* folder = std::getenv("TMPDIR");
        made.path = std::string(folder && *folder ? folder : "/tmp") + "/odc_XXXXXX";
        made.fd.reset(::mkostemp(made.path.data(), O_CLOEXEC));
    }
    if (!made.fd) return open_error(made.path);
    struct stat status {};
    if (::fstat(made.fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return fail(STG_E_ACCESSDENIED, made.path + ": not a regular file");
    return made;
}

}  // namespace odc::storage
