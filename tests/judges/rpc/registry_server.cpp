// A registry in memory behind stubs of raw RPC, for clients that others wrote.
//   rpc_registry <string binding>   prints READY and the binding it got; ends with its standard input and says how many keys were left open
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "opendcom/rpc/context.h"
#include "registry.h"

namespace {

constexpr error_status_t kNotFound = 2, kNoMore = 259, kMoreData = 234, kNotSupported = 50;

struct Node {
    struct Value {
        ULONG type = 0;
        std::u16string name;
        std::vector<byte> data;
    };
    std::map<std::u16string, std::shared_ptr<Node>> keys;
    std::vector<Value> values;
};
using NodePtr = std::shared_ptr<Node>;

std::u16string text_of(const CountedText& text) {
    std::u16string made(text.Buffer ? reinterpret_cast<const char16_t*>(text.Buffer) : u"", text.Buffer ? text.Length / 2 : 0);
    while (!made.empty() && made.back() == 0) made.pop_back();
    return made;
}

/// With its terminator, in memory of the call.
CountedText given(odc::rpc::ServerCall& call, const std::u16string& text) {
    const std::size_t bytes = (text.size() + 1) * sizeof(WCHAR);
    auto* buffer = static_cast<WCHAR*>(call.frame().arena.allocate(bytes));
    std::memcpy(buffer, text.c_str(), bytes);
    return {static_cast<USHORT>(bytes), static_cast<USHORT>(bytes), buffer};
}

class Served final : public Registry_server {
    using Call = odc::rpc::ServerCall;
    using CountedTextPtr = CountedText*;

  public:
    int open_keys() const { return open_; }

    error_status_t OpenClassesRoot(Call&, ServerName, ULONG, Key* key) override { return open(u"classes", key); }
    error_status_t OpenCurrentUser(Call&, ServerName, ULONG, Key* key) override { return open(u"user", key); }
    error_status_t OpenLocalMachine(Call&, ServerName, ULONG, Key* key) override { return open(u"machine", key); }
    error_status_t OpenPerformanceData(Call&, ServerName, ULONG, Key*) override { return kNotSupported; }
    error_status_t OpenUsers(Call&, ServerName, ULONG, Key* key) override { return open(u"users", key); }
    error_status_t CloseKey(Call&, Key* key) override {
        Key_rundown(*key);
        *key = nullptr;
        return 0;
    }
    void Key_rundown(Key key) override {
        delete static_cast<NodePtr*>(key);
        --open_;
    }
    error_status_t CreateKey(Call&, Key key, CountedText* name, CountedText*, ULONG, ULONG, SecurityAttributes*, Key* created, ULONG* disposition) override {
        const std::lock_guard lock(mutex_);
        NodePtr at = node(key);
        bool made = false;
        std::u16string rest = text_of(*name);
        while (!rest.empty()) {
            const auto slash = std::min(rest.find(u'\\'), rest.size());
            auto& next = at->keys[rest.substr(0, slash)];
            made = !next;
            if (made) next = std::make_shared<Node>();
            at = next;
            rest.erase(0, slash + 1);
        }
        if (disposition) *disposition = made ? 1 : 2;
        return hand_out(at, created);
    }
    error_status_t DeleteKey(Call&, Key key, CountedText* name) override {
        const std::lock_guard lock(mutex_);
        return node(key)->keys.erase(text_of(*name)) == 1 ? 0 : kNotFound;
    }
    error_status_t DeleteValue(Call&, Key key, CountedText* name) override {
        const std::lock_guard lock(mutex_);
        auto& values = node(key)->values;
        return std::erase_if(values, [&](const auto& value) { return value.name == text_of(*name); }) == 1 ? 0 : kNotFound;
    }
    error_status_t EnumKey(Call& call, Key key, ULONG index, CountedText* room, CountedText* name, CountedText*, CountedText** kind, Time* written) override {
        const std::lock_guard lock(mutex_);
        *kind = nullptr;
        if (written) *written = {1, 2};
        const auto& keys = node(key)->keys;
        if (index >= keys.size()) return kNoMore;
        const auto& found = std::next(keys.begin(), static_cast<std::ptrdiff_t>(index))->first;
        if (room->MaximumLength < (found.size() + 1) * 2) return kMoreData;
        *name = given(call, found);
        return 0;
    }
    error_status_t EnumValue(Call& call, Key key, ULONG index, CountedText*, CountedText* name, ULONG* type, byte* data, ULONG* room, ULONG* used) override {
        const std::lock_guard lock(mutex_);
        const auto& values = node(key)->values;
        if (index >= values.size()) return none(room, used, kNoMore);
        *name = given(call, values[index].name);
        return give(values[index], type, data, room, used);
    }
    error_status_t FlushKey(Call&, Key) override { return 0; }
    error_status_t GetKeySecurity(Call& call, Key, ULONG, Security* room, Security* security) override {
        security->descriptor = static_cast<byte*>(call.frame().arena.allocate(20));
        std::memset(security->descriptor, 0x5D, 20);
        security->room = room->room;
        security->used = 20;
        if (room->room < 20) return security->used = 0, 122;
        return security->room = 20, 0;
    }
    error_status_t LoadKey(Call&, Key, CountedText*, CountedText*) override { return kNotSupported; }
    void NotUsed(Call&) override { throw odc::rpc::FaultRaised(odc::rpc::kFaultOpRange); }
    error_status_t OpenKey(Call&, Key key, CountedText* name, ULONG, ULONG, Key* opened) override {
        const std::lock_guard lock(mutex_);
        NodePtr at = node(key);
        std::u16string rest = text_of(*name);
        while (!rest.empty()) {
            const auto slash = std::min(rest.find(u'\\'), rest.size());
            const auto found = at->keys.find(rest.substr(0, slash));
            if (found == at->keys.end()) return kNotFound;
            at = found->second;
            rest.erase(0, slash + 1);
        }
        return hand_out(at, opened);
    }
    error_status_t QueryInfoKey(Call& call, Key key, CountedText*, CountedText* kind, ULONG* keys, ULONG* longest_key, ULONG* longest_kind, ULONG* values,
                                ULONG* longest_name, ULONG* longest_value, ULONG* security, Time* written) override {
        const std::lock_guard lock(mutex_);
        const Node& at = *node(key);
        *kind = given(call, u"");
        *keys = static_cast<ULONG>(at.keys.size());
        *values = static_cast<ULONG>(at.values.size());
        *longest_key = *longest_kind = *longest_name = *longest_value = 0;
        for (const auto& [name, child] : at.keys) *longest_key = std::max(*longest_key, static_cast<ULONG>(name.size() * 2));
        for (const auto& value : at.values) {
            *longest_name = std::max(*longest_name, static_cast<ULONG>(value.name.size() * 2));
            *longest_value = std::max(*longest_value, static_cast<ULONG>(value.data.size()));
        }
        *security = 20;
        *written = {0xD53E8000, 0x019DB1DE};  // 1970
        return 0;
    }
    error_status_t QueryValue(Call&, Key key, CountedText* name, ULONG* type, byte* data, ULONG* room, ULONG* used) override {
        const std::lock_guard lock(mutex_);
        for (const auto& value : node(key)->values)
            if (value.name == text_of(*name)) return give(value, type, data, room, used);
        return none(room, used, kNotFound);
    }
    error_status_t ReplaceKey(Call&, Key, CountedText*, CountedText*, CountedText*) override { return kNotSupported; }
    error_status_t RestoreKey(Call&, Key, CountedText*, ULONG) override { return kNotSupported; }
    error_status_t SaveKey(Call&, Key, CountedText*, SecurityAttributes*) override { return kNotSupported; }
    error_status_t SetKeySecurity(Call&, Key, ULONG, Security*) override { return kNotSupported; }
    error_status_t SetValue(Call&, Key key, CountedText* name, ULONG type, byte* data, ULONG size) override {
        const std::lock_guard lock(mutex_);
        auto& values = node(key)->values;
        const auto wanted = text_of(*name);
        std::erase_if(values, [&](const auto& value) { return value.name == wanted; });
        values.push_back({type, wanted, {data, data + size}});
        return 0;
    }

  private:
    static NodePtr& node(Key key) { return *static_cast<NodePtr*>(key); }
    error_status_t open(const std::u16string& root, Key* key) {
        const std::lock_guard lock(mutex_);
        auto& at = roots_[root];
        if (!at) at = std::make_shared<Node>();
        return hand_out(at, key);
    }
    error_status_t hand_out(const NodePtr& at, Key* key) {
        ++open_;
        *key = new NodePtr(at);
        return 0;
    }
    static error_status_t none(ULONG* room, ULONG* used, error_status_t status) {
        (void)room;
        if (used) *used = 0;
        return status;
    }
    /// As much as the caller has room for; otherwise how much it needs, and nothing.
    static error_status_t give(const Node::Value& value, ULONG* type, byte* data, ULONG* room, ULONG* used) {
        if (type) *type = value.type;
        const auto size = static_cast<ULONG>(value.data.size());
        const bool fits = data && room && *room >= size;
        if (fits && size) std::memcpy(data, value.data.data(), size);
        if (room) *room = size;
        if (used) *used = fits ? size : 0;
        return fits || !data ? 0 : kMoreData;
    }

    std::mutex mutex_;
    std::map<std::u16string, NodePtr> roots_;
    std::atomic<int> open_{0};
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    auto at = odc::rpc::Endpoint::parse(argv[1]);
    if (!at) return 2;
    Served served;
    {
        odc::rpc::Server server;
        server.serve(Registry_spec, static_cast<Registry_server*>(&served));
        auto endpoint = server.listen(*at);
        if (!endpoint) return 1;
        std::printf("READY %s\n", endpoint->to_string().c_str());
        std::fflush(stdout);
        while (std::getchar() != EOF) {
        }
        server.stop();
    }
    std::printf("OPEN %d\n", served.open_keys());
    return 0;
}
