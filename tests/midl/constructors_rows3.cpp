// Rows of the conformance table: arrays of context handles, which are parameters only. A client's stub writes the request, a server's stub
// reads it and answers with the same contexts; request and response have the same bytes.
#include <algorithm>
#include <array>

#include "constructors.h"
#include "constructors_rows.h"
#include "opendcom/rpc/context.h"
#include "rpc/context_table.h"

namespace odc::test {
namespace {

constexpr auto k64 = ndr::Syntax::ndr64;
constexpr Guid kOtherId{0x10111213, 0x1415, 0x1617, {0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f}};

/// Keeps what a client's stub would send.
class Recorder final : public rpc::Association {
  public:
    explicit Recorder(ndr::Syntax syntax) : syntax_(syntax) {}
    const rpc::Endpoint& endpoint() const override { return endpoint_; }
    void close() override {}
    bool broken() const override { return false; }
    Bytes sent;

  protected:
    Result<> invoke(rpc::ClientCall& call) override {
        ndr::Writer& out = call.request();
        sent.assign(out.base() + out.headroom(), out.base() + out.own_bytes());
        return fail_win32(RPC_S_CALL_FAILED, "only recorded");
    }
    Result<> begin(rpc::ClientCall& call) override { return invoke(call); }
    Result<> finish(rpc::ClientCall&) override { return {}; }
    void cancel(rpc::ClientCall&) override {}
    ndr::Syntax syntax_of(const rpc::SyntaxId&) override { return syntax_; }

  private:
    const ndr::Syntax syntax_;
    rpc::Endpoint endpoint_;
};

/// Calls `method` with contexts that have the ids of the table, or the null context for the nil id.
template <class Method>
HRESULT write_request(Bytes& bytes, ndr::Syntax syntax, std::array<Guid, 2> ids, Method method) {
    const auto recorder = std::make_shared<Recorder>(syntax);
    PSESSION sessions[2] = {};
    for (std::size_t i = 0; i < 2; ++i) sessions[i] = rpc::accept_context(*recorder, nullptr, {0, ids[i]});
    Constructors_client client{rpc::Binding(recorder)};
    const HRESULT why = method(client, sessions);
    for (auto*& session : sessions) rpc::destroy_client_context(session);
    bytes = recorder->sent;
    return why == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED) ? S_OK : why;
}

class SessionServer final : public Constructors_server {
  public:
    error_status_t Open(rpc::ServerCall&, PSESSION* session) override { return *session = &kept[opened++], 0; }
    error_status_t Feed(rpc::ServerCall&, PSESSION, ShortPipe) override { return 0; }
    void RenewTwo(rpc::ServerCall&, PSESSION sessions[2]) override { look(sessions); }
    void RenewAll(rpc::ServerCall&, PSESSION sessions[]) override { look(sessions); }
    void RenewRows(rpc::ServerCall&, PSESSION sessions[][2]) override { look(sessions[0]); }

    int kept[2] = {}, opened = 0;
    bool right = true;

  private:
    /// The first is always the table's first; the second may be null.
    void look(PSESSION* sessions) { right = sessions[0] == &kept[0] && (!sessions[1] || sessions[1] == &kept[1]); }
};

class SessionCall final : public rpc::ServerCall {
  public:
    explicit SessionCall(rpc::ContextTable& table) : table_(table) {
        interface_ = Constructors_id;
        frame_ = &made_;
    }
    ~SessionCall() override { made_.finish(); }
    void begin(const Bytes& bytes, bool swap, ndr::Syntax syntax) {
        storage_.assign(bytes.size() / 8 + 1, 0);
        if (!bytes.empty()) std::memcpy(storage_.data(), bytes.data(), bytes.size());
        made_.request.begin({reinterpret_cast<std::uint8_t*>(storage_.data()), bytes.size()}, swap, syntax, made_.arena);
        made_.response.begin(0, syntax);
    }
    const rpc::Peer& peer() const override { return peer_; }
    bool cancelled() const override { return false; }
    rpc::ContextTable* contexts() override { return &table_; }

  private:
    rpc::ContextTable& table_;
    std::vector<std::uint64_t> storage_;
    ndr::ServerFrame made_;
    rpc::Peer peer_;
};

/// A GUID in the other byte order.
Bytes swapped(Bytes bytes) {
    std::reverse(bytes.begin(), bytes.begin() + 4);
    std::swap(bytes[4], bytes[5]);
    std::swap(bytes[6], bytes[7]);
    return bytes;
}

Bytes id_bytes(const Guid& id, bool swap) {
    ndr::Writer out;
    out.begin(0);
    out.guid(id);
    Bytes bytes(out.base(), out.base() + 16);
    return swap ? swapped(std::move(bytes)) : bytes;
}

void replace(Bytes& bytes, const Bytes& from, const Bytes& to) {
    for (auto at = bytes.begin(); (at = std::search(at, bytes.end(), from.begin(), from.end())) != bytes.end(); at += 16)
        std::copy(to.begin(), to.end(), at);
}

/// A server that has a context for each of the two ids gets the bytes as request. It names its contexts itself, so that the ids are
/// exchanged for its own on the way in, and back on the way out.
template <std::size_t Opnum>
std::optional<Bytes> answered(const Bytes& bytes, bool swap, ndr::Syntax syntax) {
    SessionServer server;
    rpc::ContextTable table(2);  // ends what is left in it through the server
    void* const implementation = static_cast<Constructors_server*>(&server);
    Bytes own[2], request = bytes;
    const Guid ids[2] = {kNumberedIid, kOtherId};
    for (int i = 0; i < 2; ++i) {
        SessionCall opening(table);
        opening.begin({}, false, ndr::Syntax::ndr20);
        if (Constructors_spec.methods[0](implementation, opening) != 0) return std::nullopt;
        const auto* handle = opening.response().base();
        own[i].assign(handle + 4, handle + 20);
        replace(request, id_bytes(ids[i], swap), swap ? swapped(own[i]) : own[i]);
    }
    SessionCall call(table);
    call.begin(request, swap, syntax);
    if (Constructors_spec.methods[Opnum](implementation, call) != 0 || !server.right || call.request().left() != 0) return std::nullopt;
    Bytes response(call.response().base(), call.response().base() + call.response().own_bytes());
    for (int i = 0; i < 2; ++i) replace(response, own[i], id_bytes(ids[i], false));
    return response;
}

constexpr std::string_view kBoth = "00 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  00 00 00 00  13 12 11 10 15 14 17 16 18 19 1a 1b 1c 1d 1e 1f";

}  // namespace

std::vector<Row> context_array_rows() {
    const std::array<Guid, 2> both{kNumberedIid, kOtherId}, one{kNumberedIid, Guid{}};
    const auto two = [](Constructors_client& client, PSESSION* sessions) { return client.RenewTwo(sessions).code(); };
    const auto all = [](Constructors_client& client, PSESSION* sessions) { return client.RenewAll(sessions).code(); };
    const auto rows = [](Constructors_client& client, PSESSION* sessions) { return client.RenewRows(reinterpret_cast<PSESSION(*)[2]>(sessions)).code(); };
    return {
        {"RenewTwo", "context_handle, fixed array", [=](Bytes& bytes, ndr::Syntax syntax) { return write_request(bytes, syntax, both, two); }, answered<2>,
         kBoth, "00 00 00 00  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  00 00 00 00  10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f", kBoth,
         {{"a handle that the server never gave", "00 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  00 00 00 00  13 12 11 10 15 14 17 16 18 19 1a 1b 1c 1d 1e 20"},
          {"attributes", "00 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  01 00 00 00  13 12 11 10 15 14 17 16 18 19 1a 1b 1c 1d 1e 1f"}}},
        {"RenewAll", "context_handle, conformant array, size_is", [=](Bytes& bytes, ndr::Syntax syntax) { return write_request(bytes, syntax, one, all); },
         answered<3>,
         "02 00 00 00  00 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  00 00 00 00  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 // null",
         "00 00 00 02  00 00 00 00  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  00 00 00 00  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
         "02 00 00 00 00 00 00 00  00 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  00 00 00 00  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
         {{"another count", "01 00 00 00  00 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f"},
          {"more than there is", "ff ff ff 7f  00 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f"},
          {"a count with high bits", "02 00 00 00 01 00 00 00  00 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  00 00 00 00  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", k64}}},
        {"RenewRows", "context_handle, conformant array, multidimensional array", [=](Bytes& bytes, ndr::Syntax syntax) { return write_request(bytes, syntax, both, rows); },
         answered<4>,
         "01 00 00 00  00 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  00 00 00 00  13 12 11 10 15 14 17 16 18 19 1a 1b 1c 1d 1e 1f",
         "00 00 00 01  00 00 00 00  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  00 00 00 00  10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f",
         "01 00 00 00 00 00 00 00  00 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  00 00 00 00  13 12 11 10 15 14 17 16 18 19 1a 1b 1c 1d 1e 1f",
         {{"two rows for one", "02 00 00 00  00 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  00 00 00 00  13 12 11 10 15 14 17 16 18 19 1a 1b 1c 1d 1e 1f"}}},
    };
}

}  // namespace odc::test
