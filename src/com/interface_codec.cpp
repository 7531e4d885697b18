#include "com/interface_codec.h"

#include "com/marshal.h"
#include "objbase.h"

namespace odc::com {
namespace {

class ObjrefCodec final : public ndr::InterfaceCodec {
  public:
    explicit ObjrefCodec(DWORD destination) : destination_(destination) {}

    void write(ndr::Writer& out, const Guid& iid, void* object) override {
        // Marshaling can make calls of its own (custom marshalers), so each depth has its own scratch memory.
        static thread_local std::vector<ByteWriter> scratch;
        static thread_local std::size_t depth = 0;
        if (scratch.size() <= depth) scratch.resize(depth + 1);
        ByteWriter bytes = std::move(scratch[depth]);
        bytes.clear();
        ++depth;
        const auto done = marshal_interface(bytes, iid, static_cast<IUnknown*>(object), destination_, nullptr, MSHLFLAGS_NORMAL);
        --depth;
        if (done) {
            out.count(bytes.size());
            out.u32(static_cast<std::uint32_t>(bytes.size()));
            out.copy(bytes.data().data(), bytes.size());
        } else {
            out.fail(done.error().code());
        }
        scratch[depth] = std::move(bytes);
    }

    void* read(ndr::Reader& in, const Guid& iid) override {
        const std::size_t size = in.count(1);
        in.require(in.u32() == size);
        const std::uint8_t* bytes = in.view(size);
        if (in.failed()) return nullptr;
        ByteReader objref({bytes, size});
        auto object = unmarshal_interface(objref, iid);
        if (!object) {
            in.fail_now();
            return nullptr;
        }
        return *object;
    }

    void release(void* object) override { static_cast<IUnknown*>(object)->Release(); }

  private:
    DWORD destination_;
};

}  // namespace

ndr::InterfaceCodec& codec_for(DWORD destination) {
    static ObjrefCodec inproc(MSHCTX_INPROC), local(MSHCTX_LOCAL), remote(MSHCTX_DIFFERENTMACHINE);
    switch (destination) {
        case MSHCTX_INPROC:
        case MSHCTX_CROSSCTX:
            return inproc;
        case MSHCTX_DIFFERENTMACHINE:
            return remote;
        default:
            return local;
    }
}

}  // namespace odc::com
