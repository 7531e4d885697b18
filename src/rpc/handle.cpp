#include "opendcom/rpc/handle.h"

#include "base/mutex.h"

namespace odc::rpc {
namespace {

struct AutoBinding {
    Mutex mutex;
    std::shared_ptr<const BindingSource> source ODC_GUARDED_BY(mutex);
};

AutoBinding& automatic() {
    static AutoBinding one;
    return one;
}

}  // namespace

void set_auto_binding(BindingSource source) {
    auto kept = source ? std::make_shared<const BindingSource>(std::move(source)) : nullptr;
    Lock lock(automatic().mutex);
    automatic().source = std::move(kept);
}

Binding auto_binding(const SyntaxId& interface_id) {
    std::shared_ptr<const BindingSource> source;
    {
        Lock lock(automatic().mutex);
        source = automatic().source;
    }
    return source ? (*source)(interface_id) : Binding();
}

CallFailed::CallFailed(const Error& why) : std::runtime_error(why.text()), code_(why.code()) {}
CallFailed::~CallFailed() = default;

void throw_failure(const Error& why) { throw CallFailed(why); }

}  // namespace odc::rpc
