// Pipes of raw RPC (C706 4.2.14, 5.1.4, 14.3.10; NDR64: MS-RPCE 2.2.5.3.4.5) for generated stubs. A pipe is sent in chunks; here
// the chunks of one message are gathered: a request goes out when the client's pull has said that there is no more, and a
// client's push is called when the response is there. Input pipes come last in a request, output pipes first in a response.
#pragma once

#include <type_traits>

#include "opendcom/rpc/client.h"

namespace odc::rpc {

inline constexpr std::size_t kPipeChunkBytes = 16384;  ///< what a client's alloc is asked for

/// The count in front of a chunk, and what ends it.
inline void begin_chunk(ndr::Writer& out, std::size_t n) { out.count(n); }
inline void end_chunk(ndr::Writer& out, std::size_t n) {
    if (out.ndr64()) out.u64(0 - static_cast<std::uint64_t>(n));
}

/// Off for a scope: what is written must be copied, since its memory is used again.
class Copying {
  public:
    explicit Copying(ndr::Writer& out) : out_(out), before_(out.gathers()) { out.set_gather(false); }
    ~Copying() { out_.set_gather(before_); }
    Copying(const Copying&) = delete;
    Copying& operator=(const Copying&) = delete;

  private:
    ndr::Writer& out_;
    const bool before_;
};

/// Client, [in]: pulls from the program until it gives no more. `write(elements, n)` writes the elements.
template <class T, class Pipe, class Write>
void send_pipe(ndr::Writer& out, Pipe& pipe, Write write) {
    const Copying copying(out);
    for (;;) {
        T* elements = nullptr;
        ULONG bytes = 0, n = 0;
        pipe.alloc(pipe.state, static_cast<ULONG>(std::max(kPipeChunkBytes, sizeof(T))), &elements, &bytes);
        if (!elements || bytes < sizeof(T)) return out.fail(E_OUTOFMEMORY);
        const auto room = static_cast<ULONG>(bytes / sizeof(T));
        pipe.pull(pipe.state, elements, room, &n);
        if (n > room) return out.fail(HRESULT_FROM_WIN32(RPC_X_PIPE_DISCIPLINE_ERROR));
        begin_chunk(out, n);
        if (n) write(elements, n);
        end_chunk(out, n);
        if (n == 0 || out.failed()) return;
    }
}

/// One chunk into arena memory, or where it was received: null at the end of the pipe and on failure.
template <class T, class Read>
T* receive_chunk(ndr::Reader& in, std::size_t least, std::size_t& n, Read read) {
    n = in.count(least);
    T* elements = n ? read(n) : nullptr;
    if (in.ndr64()) in.require(in.u64() == 0 - static_cast<std::uint64_t>(n));
    return in.failed() ? nullptr : elements;
}

/// Client, [out]: hands the chunks to the program's push, and at the end a push of nothing.
template <class T, class Pipe, class Read>
void deliver_pipe(ndr::Reader& in, Pipe& pipe, std::size_t least, Read read) {
    std::size_t n = 0;
    while (T* elements = receive_chunk<T>(in, least, n, read)) pipe.push(pipe.state, elements, static_cast<ULONG>(n));
    if (!in.failed()) pipe.push(pipe.state, nullptr, 0);
}

/// Which of a method's output pipes is written now: they go out one behind the other.
struct PipeOrder {
    unsigned at = 0;
};

/// Server: what stands behind the pipe structure that a method gets. `T` is the element type, `Write` writes n elements.
template <class T, class Write>
class ServedPipe {
  public:
    ServedPipe(ServerCall& call, Write write) : call_(call), write_(write) {}
    ServedPipe(const ServedPipe&) = delete;
    ServedPipe& operator=(const ServedPipe&) = delete;

    /// Reads all chunks of an [in] pipe, before the method runs.
    template <class Read>
    void receive(std::size_t least, Read read) {
        input_ = true;
        Chunk** last = &first_;
        std::size_t n = 0;
        ndr::Reader& in = call_.request();
        while (T* elements = receive_chunk<T>(in, least, n, read)) {
            auto* chunk = in.arena<Chunk>();
            if (!chunk) return;
            *chunk = {elements, n, nullptr};
            *last = chunk;
            last = &chunk->next;
        }
    }
    /// Makes it the method's `number`th output pipe.
    void sends(PipeOrder& order, unsigned number) { order_ = &order, number_ = number; }

    template <class Pipe>
    void bind(Pipe& pipe) {
        pipe.pull = [](char* state, T* elements, ULONG room, ULONG* n) { self(state).pull(elements, room, *n); };
        pipe.push = [](char* state, T* elements, ULONG n) { self(state).push(elements, n); };
        pipe.alloc = [](char* state, ULONG bytes, T** elements, ULONG* got) { self(state).alloc(bytes, *elements, *got); };
        pipe.state = reinterpret_cast<char*>(this);
    }
    /// After the method: 0, or the fault of one that left its pipe before the end.
    std::uint32_t ended() const {
        return (input_ && !drained_) || (order_ && order_->at <= number_) ? std::uint32_t{kFaultPipeDiscipline} : 0;
    }

  private:
    struct Chunk {
        T* elements;
        std::size_t n;
        Chunk* next;
    };
    static ServedPipe& self(char* state) { return *reinterpret_cast<ServedPipe*>(state); }

    void pull(T* elements, ULONG room, ULONG& n) {
        n = 0;
        if (!input_) throw FaultRaised(kFaultPipeDiscipline);
        if (drained_) throw FaultRaised(kFaultPipeEmpty);
        while (n < room && first_) {
            const std::size_t part = std::min<std::size_t>(room - n, first_->n);
            std::memcpy(static_cast<void*>(elements + n), first_->elements, part * sizeof(T));
            n += static_cast<ULONG>(part);
            first_->elements += part;
            first_->n -= part;
            if (first_->n == 0) first_ = first_->next;
        }
        if (n == 0) drained_ = true;
    }
    void push(const T* elements, ULONG n) {
        if (!order_) throw FaultRaised(kFaultPipeDiscipline);
        if (order_->at > number_) throw FaultRaised(kFaultPipeClosed);
        if (order_->at < number_) throw FaultRaised(kFaultPipeOrder);
        ndr::Writer& out = call_.response();
        const Copying copying(out);
        begin_chunk(out, n);
        if (n) write_(elements, n);
        end_chunk(out, n);
        if (n == 0) ++order_->at;
    }
    void alloc(ULONG bytes, T*& elements, ULONG& got) {
        elements = static_cast<T*>(call_.frame().arena.allocate(bytes));
        got = bytes;
    }

    ServerCall& call_;
    Write write_;
    bool input_ = false;
    bool drained_ = false;
    Chunk* first_ = nullptr;
    PipeOrder* order_ = nullptr;
    unsigned number_ = 0;
};

}  // namespace odc::rpc
