// What a storage holds, as text: the same function describes the client's view and the server's.
#pragma once

#include <cstdint>
#include <string>

#include "objbase.h"

namespace odc::test {

/// Elements in the storage's order with class, state, size, a checksum of what streams hold, and the property sets with all values. HRESULTs of
/// failures stand in the text.
std::u16string describe(IStorage& storage);

/// Streams, a storage with class and state bits below, and property sets: summary information, a simple set with a name for each type of
/// value, a non-simple one with a stream and a storage in it, and user-defined properties. S_OK, or what failed first.
enum class Content {
    everything,
    known_to_wine,  ///< without non-simple sets, user-defined properties, and the types that Wine 8 does not write, or (VT_CF) writes with a wrong size
    streams,        ///< of the storage itself alone, each large enough for simple mode
};
HRESULT fill(IStorage& storage, Content content = Content::everything);

}  // namespace odc::test
