// Any bytes are activation properties or refused; what is read can be written, and is read the same again.
#include <cstdlib>

#include "orpc/activation_properties.h"

using namespace odc::orpc;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (auto request = read_activation_request({data, size})) {
        const auto bytes = write_activation_request(*request);
        if (!bytes) std::abort();
        const auto again = read_activation_request(*bytes);
        if (!again) std::abort();
        if (request->client_context.empty()) request->client_context = again->client_context;
        // Without a file or storage no InstanceInfoData is written.
        if (!request->file_name && request->storage.empty()) request->file_mode = 0;
        if (*again != *request) std::abort();
    }
    if (const auto reply = read_activation_reply({data, size})) {
        const auto bytes = write_activation_reply(*reply);
        if (!bytes || !read_activation_reply(*bytes)) std::abort();
    }
    return 0;
}
