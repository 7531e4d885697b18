// Any bytes at all as \1CompObj: reading ends and stays inside; what it gives can be written and read again.
#include <cstdlib>

#include "storage/compobj_stream.h"

using namespace odc::storage;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto object = read_compobj({data, size});
    if (!object) return 0;
    const auto bytes = write_compobj(*object);
    if (!bytes) return 0;
    const auto again = read_compobj(*bytes);
    if (!again || again->user_type != object->user_type) std::abort();
    return 0;
}
