// Any bytes at all: reading ends, in time linear in their number; what was read can be printed, written, and read again as the same.
#include <cstdlib>

#include "typelib/dump.h"
#include "typelib/idl.h"
#include "typelib/reader.h"
#include "typelib/writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto library = odc::typelib::parse({data, size});
    if (!library) return 0;
    (void)odc::typelib::to_idl(*library);
    const auto text = odc::typelib::dump(*library);
    const auto bytes = odc::typelib::serialize(*library);
    if (!bytes) return 0;  // a file may hold what only a reader can bear
    const auto again = odc::typelib::parse(*bytes);
    if (!again) std::abort();
    if (again->types.size() != library->types.size()) std::abort();
    return text.empty();
}
