// Any bytes at all: parsing ends and stays inside; what it gives can be written and read again.
#include <cstdlib>

#include "property_set/property_set.h"

using namespace odc::property_set;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto stream = PropertySetStream::parse({data, size});
    if (!stream) return 0;
    const auto bytes = stream->serialize();
    if (!bytes) return 0;
    const auto again = PropertySetStream::parse(*bytes);
    if (!again || again->sets.size() != stream->sets.size()) std::abort();
    for (std::size_t i = 0; i < stream->sets.size(); ++i)
        if (again->sets[i].ids() != stream->sets[i].ids()) std::abort();
    auto changed = *stream;
    for (PropertySet& set : changed.sets) (void)set.set_code_page(65001);
    const auto other = changed.serialize();
    if (other && !PropertySetStream::parse(*other)) std::abort();
    return 0;
}
