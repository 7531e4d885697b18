// A server that reads all that it is given, and calls whose messages come from nowhere: stubs must hand over nothing that is not there.
#pragma once

#include <cstring>
#include <span>
#include <vector>

#include "constructors_t.h"
#include "hostile_calls.h"
#include "opendcom/ndr/generated.h"
#include "opendcom/rpc/callback.h"
#include "rpc/context_table.h"

namespace odc::test {

/// Writing a value reads all of it.
template <class T>
error_status_t read_through(const T* value) {
    if (!value) return 1;
    ndr::Writer out;
    out.begin(0);
    out.set_gather(false);
    ndr_write(out, *value);
    return static_cast<error_status_t>(out.own_bytes());
}
template <class T>
error_status_t read_numbers(const T* values, long long n) {
    error_status_t sum = 0;
    for (long long i = 0; i < n; ++i) sum += static_cast<error_status_t>(values[i]);
    return sum;
}
template <class T>
error_status_t read_text(const T* text) {
    error_status_t sum = 0;
    for (; text && *text; ++text) sum += static_cast<error_status_t>(*text);
    return sum;
}

class HostileServer final : public Hostile_server {
    using Call = rpc::ServerCall;

  public:
#define ODC_STRUCTURE(T)                                                                        \
    error_status_t Take##T(Call&, T* value) override { return read_through(value); }            \
    error_status_t Change##T(Call&, T* value) override { return read_through(value); }
#define ODC_TAIL(T) \
    error_status_t Take##T(Call&, T* value, T* maybe) override { return read_through(value) + read_through(maybe); }
#include "hostile_structures.inc"
#undef ODC_STRUCTURE
#undef ODC_TAIL

    error_status_t Before(Call&, ULONG n, const LONG* values) override { return read_numbers(values, n); }
    error_status_t Behind(Call&, const Label16* values, SHORT n) override {
        error_status_t sum = 0;
        for (SHORT i = 0; i < n; ++i) sum += read_text(values[i].name);
        return sum;
    }
    error_status_t Pointed(Call&, LONG* n, SHORT* values, SHORT* last, byte* more) override {
        return (values && n ? read_numbers(values, *n) : 0) + (last ? read_numbers(more, *last + 1LL) : 0);
    }
    error_status_t InMember(Call&, Point* point, SHORT* values) override { return point ? read_numbers(values, point->y) : 0; }
    error_status_t Computed(Call&, LONG a, LONG b, byte* values, SHORT* others, byte* both) override {
        const auto sum = static_cast<long long>(a) + b;
        return (b != 0 ? read_numbers(values, a / b) + read_numbers(others, a % b) : 0) + read_numbers(both, sum * 2);
    }
    error_status_t Part(Call&, LONG room, LONG, LONG, LONG* values) override { return read_numbers(values, room); }
    error_status_t PartBehind(Call&, LONG* values, LONG room, LONG) override { return values ? read_numbers(values, room) : 0; }
    error_status_t Grown(Call&, ULONG* n, LONG** values) override { return *values ? read_numbers(*values, *n) : 0; }
    error_status_t Filled(Call&, LONG room, LONG* used, Point* values) override {
        for (LONG i = 0; i < room; ++i) values[i] = {1, i};
        *used = room;
        made_room = true;
        return 0;
    }
    error_status_t Written(Call&, LONG room, WCHAR* text) override {
        for (LONG i = 0; i + 1 < room; ++i) text[i] = u'x';  // as far as room says
        return 0;
    }
    error_status_t Replaced(Call&, WCHAR** text, unsigned char* same) override { return read_text(*text) + read_text(same); }
    error_status_t Switched(Call&, Choice16* choice, SHORT which) override {
        Chosen16 chosen{which, *choice, 0};
        return read_through(&chosen);
    }
    error_status_t Rows(Call&, LONG n, SHORT rows[][3], SHORT fixed[2][3]) override {
        return read_numbers(ndr::open_end(rows[0]), n * 3LL) + read_numbers(ndr::open_end(fixed[0]), 6);
    }
    error_status_t TextsIn(Call&, LONG n, unsigned char** texts) override {
        error_status_t sum = 0;
        for (LONG i = 0; i < n; ++i) sum += read_text(texts[i]);
        return sum;
    }
    error_status_t Aliased(Call&, LONG* a, LONG* b, unsigned char* c) override {
        return (a ? static_cast<error_status_t>(*a) : 0) + (b ? static_cast<error_status_t>(*b) : 0) + read_text(c);
    }
    error_status_t References2(Call&, LONG n, LONG** values) override {
        error_status_t sum = 0;
        for (LONG i = 0; i < n; ++i) sum += static_cast<error_status_t>(*values[i]);
        return sum;
    }
    error_status_t Fed(Call&, LONG, ShortPipe values, ShortPipe few) override {
        SHORT some[7];
        for (ShortPipe* each : {&values, &few}) {
            ULONG n = 1;
            while (n != 0) each->pull(each->state, some, 7, &n);
        }
        return 0;
    }
    error_status_t Announced(Call&, LONG n, WideRoom* values) override {
        error_status_t sum = 0;
        for (LONG i = 0; i < n; ++i) sum += read_through(&values[i]);
        return sum;
    }
    error_status_t Contexts(Call&, LONG* n, PSESSION sessions[], PSESSION pairs[2][2]) override {
        error_status_t sum = 0;
        for (LONG i = 0; i < *n; ++i) sum += sessions[i] != nullptr;
        for (int i = 0; i < 4; ++i) sum += pairs[i / 2][i % 2] != nullptr;
        ++*n;  // more than there is: the stub must not believe it
        return sum;
    }

    bool made_room = false;  ///< `Filled` ran
};

/// A request that nobody sent; what its method calls back gets `answer`.
class MadeUpCall final : public rpc::ServerCall {
  public:
    MadeUpCall(std::span<const std::uint8_t> message, bool swap, ndr::Syntax syntax) : message_(message), swap_(swap), bytes_(message.size() / 8 + 1) {
        if (!message.empty()) std::memcpy(bytes_.data(), message.data(), message.size());
        frame_ = &made_;
        made_.request.begin({reinterpret_cast<std::uint8_t*>(bytes_.data()), message.size()}, swap, syntax, made_.arena);
        made_.response.begin(0, syntax);
    }
    ~MadeUpCall() override { made_.finish(); }
    const rpc::Peer& peer() const override { return peer_; }
    bool cancelled() const override { return false; }
    rpc::ContextTable* contexts() override { return &contexts_; }
    Result<> call_back(rpc::Callback& callback) override {
        callback.answer(message_, swap_);
        return {};
    }

  private:
    std::span<const std::uint8_t> message_;
    bool swap_;
    std::vector<std::uint64_t> bytes_;
    ndr::ServerFrame made_;
    rpc::Peer peer_;
    rpc::ContextTable contexts_{4};
};

/// Runs the server's stub for `opnum` on the message; its fault status, or 0.
inline std::uint32_t serve(std::size_t opnum, std::span<const std::uint8_t> message, bool swap, ndr::Syntax syntax) {
    MadeUpCall call(message, swap, syntax);
    HostileServer server;
    try {
        return Hostile_spec.methods[opnum](static_cast<Hostile_server*>(&server), call);
    } catch (const rpc::FaultRaised& raised) {
        return raised.status();
    }
}

/// A stub of the client reads the message as its answer; true when it took it. What it gave is read through and freed.
bool read_answer(std::size_t number, std::span<const std::uint8_t> message, bool swap, ndr::Syntax syntax);

}  // namespace odc::test
