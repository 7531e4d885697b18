// Any octets are a tower or refused; what is a tower comes back the same.
#include <cstdlib>

#include "scm/tower.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto tower = odc::scm::decode({data, size});
    if (!tower) return 0;
    (void)tower->endpoint();
    const auto again = odc::scm::encode(*tower);
    if (!std::equal(again.begin(), again.end(), data, data + size)) std::abort();
    return 0;
}
