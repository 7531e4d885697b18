#include "orpc/objref.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    odc::ByteReader in({data, size});
    auto ref = odc::orpc::ObjRef::read(in);
    if (ref) {
        odc::ByteWriter out;
        ref->write(out);
    }
    return 0;
}
