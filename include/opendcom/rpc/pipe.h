// Pipes of raw RPC (C706 4.2.14, 5.1.4, 14.3.10; NDR64: MS-RPCE 2.2.5.3.4.5) for generated stubs. A pipe is sent in chunks while it is
// filled and read while it arrives: neither end holds more of it than a window. Input pipes come last in a request, output pipes
// first in a response; a server drains all of its input pipes, in their order, before it fills the output pipes, in theirs.
#pragma once

#include <algorithm>
#include <type_traits>

#include "opendcom/rpc/client.h"

namespace odc::rpc {

inline constexpr std::size_t kPipeChunkBytes = 16384;  ///< what a client's alloc is asked for, and what a chunk has at most

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

/// Writes `n` elements in chunks. `write(elements, n)` writes the elements of one; `sent()` sends what is there, and is false when it cannot.
template <class T, class Write, class Send>
bool write_chunks(ndr::Writer& out, const T* elements, std::size_t n, Write write, Send sent) {
    constexpr std::size_t kMost = std::max<std::size_t>(kPipeChunkBytes / sizeof(T), 1);
    const Copying copying(out);
    do {
        const std::size_t some = std::min(n, kMost);
        begin_chunk(out, some);
        if (some) write(elements, some);
        end_chunk(out, some);
        if (out.failed() || !sent()) return false;
        elements += some;
        n -= some;
    } while (n != 0);
    return true;
}

/// Client, [in]: pulls from the program until it gives no more, or until `sent` is false.
template <class T, class Pipe, class Write, class Send>
void send_pipe(ndr::Writer& out, Pipe& pipe, Write write, Send sent) {
    if (!sent()) return;  // what came before could not be sent
    for (;;) {
        T* elements = nullptr;
        ULONG bytes = 0, n = 0;
        pipe.alloc(pipe.state, static_cast<ULONG>(std::max(kPipeChunkBytes, sizeof(T))), &elements, &bytes);
        if (!elements || bytes < sizeof(T)) return out.fail(E_OUTOFMEMORY);
        const auto room = static_cast<ULONG>(bytes / sizeof(T));
        pipe.pull(pipe.state, elements, room, &n);
        if (n > room) return out.fail(HRESULT_FROM_WIN32(RPC_X_PIPE_DISCIPLINE_ERROR));
        if (!write_chunks(out, elements, n, write, sent) || n == 0) return;
    }
}

/// Takes the elements of one pipe out of a message that may still be arriving. `read(to, n)` reads n elements, of which each has at
/// least `least` bytes; `check(n)` fails the reader when a chunk may not have n elements.
template <class T, class Read, class Check>
class PipeInput {
  public:
    PipeInput(ndr::Reader& in, std::size_t least, Read read, Check check) : in_(in), least_(least), read_(read), check_(check) {}

    /// Up to `room` elements; waits for the first one only. 0 at the end of the pipe, and once the reader has failed.
    std::size_t take(T* to, std::size_t room) {
        in_.read_nothing_in_place();
        std::size_t n = 0;
        while (n < room && !ended_) {
            if (left_ == 0) {
                if (n != 0 && in_.left() < kMostBetweenChunks) break;
                if (!next_chunk()) return n;
            }
            std::size_t some = std::min({room - n, static_cast<std::size_t>(left_), in_.left() / least_});
            if (some == 0) {
                if (n != 0) break;
                some = 1;
            }
            read_(to + n, some);
            if (in_.failed()) return n;
            left_ -= some;
            n += some;
        }
        return n;
    }
    bool ended() const { return ended_; }

  private:
    /// The negated count of one chunk, the count of the next, and gaps in front of them.
    static constexpr std::size_t kMostBetweenChunks = 24;
    std::uint64_t count() { return in_.ndr64() ? in_.u64() : in_.u32(); }

    bool next_chunk() {
        if (chunk_ != 0) end_chunk();
        chunk_ = left_ = count();
        in_.require(chunk_ <= 0xFFFFFFFFu);
        if (chunk_ != 0) {
            check_(static_cast<std::size_t>(chunk_));
        } else {
            end_chunk();
            ended_ = !in_.failed();
        }
        if (in_.failed()) chunk_ = left_ = 0;
        return left_ != 0;
    }
    void end_chunk() {
        if (in_.ndr64()) in_.require(in_.u64() == 0 - chunk_);
    }

    ndr::Reader& in_;
    const std::size_t least_;
    Read read_;
    Check check_;
    std::uint64_t chunk_ = 0;  // its count, and how much of it is to come
    std::uint64_t left_ = 0;
    bool ended_ = false;
};

/// `check` where chunks of every size may come.
struct AnySize {
    void operator()(std::size_t) const {}
};
template <class T, class Read, class Check = AnySize>
PipeInput<T, Read, Check> pipe_input(ndr::Reader& in, std::size_t least, Read read, Check check = {}) {
    return {in, least, read, check};
}

/// Client, [out]: hands what arrives to the program's push, and at the end a push of nothing.
template <class T, class Pipe, class Read, class Check>
void deliver_pipe(ndr::Reader& in, Pipe& pipe, PipeInput<T, Read, Check> input) {
    constexpr std::size_t kRoom = std::max<std::size_t>(kPipeChunkBytes / sizeof(T), 1);
    T* const elements = in.arena<T>(kRoom);
    if (!elements) return;
    while (const std::size_t n = input.take(elements, kRoom)) pipe.push(pipe.state, elements, static_cast<ULONG>(n));
    if (input.ended()) pipe.push(pipe.state, nullptr, 0);
}

/// Which of a method's pipes is used now.
class PipeOrder {
  public:
    explicit PipeOrder(ServerCall& call) : call_(call) {}
    ServerCall& call() { return call_; }
    unsigned add_input() { return inputs_++; }
    unsigned add_output() { return outputs_++; }

    /// Throw the fault of a method that uses its pipes in another order.
    void check_pull(unsigned number) const {
        if (number != drained_) throw FaultRaised(number < drained_ ? kFaultPipeEmpty : kFaultPipeOrder);
    }
    void check_push(unsigned number) const {
        if (number < filled_) throw FaultRaised(kFaultPipeClosed);
        if (drained_ < inputs_ || number > filled_) throw FaultRaised(kFaultPipeOrder);
    }
    void drained() {
        if (++drained_ == inputs_) call_.end_input();
    }
    void filled() { ++filled_; }
    /// After the method: 0, or the fault of one that left a pipe before its end.
    std::uint32_t ended() const { return drained_ < inputs_ || filled_ < outputs_ ? std::uint32_t{kFaultPipeDiscipline} : 0; }

  private:
    ServerCall& call_;
    unsigned inputs_ = 0, outputs_ = 0;
    unsigned drained_ = 0, filled_ = 0;
};

/// In the place of the direction that a pipe does not have.
struct NoPipe {};

/// Server: what stands behind the pipe structure that a method gets. `Input` is a PipeInput of T, `Write` writes n elements.
template <class T, class Input, class Write>
class ServedPipe {
    static constexpr bool kInput = !std::is_same_v<Input, NoPipe>;
    static constexpr bool kOutput = !std::is_same_v<Write, NoPipe>;

  public:
    ServedPipe(PipeOrder& order, Input input, Write write) : order_(order), input_(input), write_(write) {
        if constexpr (kInput) number_in_ = order.add_input();
        if constexpr (kOutput) number_out_ = order.add_output();
    }
    ServedPipe(const ServedPipe&) = delete;
    ServedPipe& operator=(const ServedPipe&) = delete;

    template <class Pipe>
    void bind(Pipe& pipe) {
        pipe.pull = [](char* state, T* elements, ULONG room, ULONG* n) { *n = self(state).pull(elements, room); };
        pipe.push = [](char* state, T* elements, ULONG n) { self(state).push(elements, n); };
        pipe.alloc = [](char* state, ULONG bytes, T** elements, ULONG* got) { self(state).alloc(bytes, *elements, *got); };
        pipe.state = reinterpret_cast<char*>(this);
    }

  private:
    static ServedPipe& self(char* state) { return *reinterpret_cast<ServedPipe*>(state); }

    ULONG pull([[maybe_unused]] T* elements, [[maybe_unused]] ULONG room) {
        if constexpr (kInput) {
            order_.check_pull(number_in_);
            if (room == 0) return 0;
            const std::size_t n = input_.take(elements, room);
            ServerCall& call = order_.call();
            if (n == 0 && !input_.ended()) throw FaultRaised(call.cancelled() ? kFaultCancel : kFaultNdr);
            if (n == 0) order_.drained();
            return static_cast<ULONG>(n);
        } else {
            throw FaultRaised(kFaultPipeDiscipline);
        }
    }
    void push([[maybe_unused]] const T* elements, [[maybe_unused]] ULONG n) {
        if constexpr (kOutput) {
            order_.check_push(number_out_);
            ServerCall& call = order_.call();
            const bool sent = write_chunks(call.response(), elements, n, write_, [&call] { return call.send_part(); });
            if (!sent) throw FaultRaised(call.response().failed() ? kFaultNdr : kFaultCancel);
            if (n == 0) order_.filled();
        } else {
            throw FaultRaised(kFaultPipeDiscipline);
        }
    }
    /// One block, which the next alloc gives again: the memory of a call that pipes for long must not grow.
    void alloc(ULONG bytes, T*& elements, ULONG& got) {
        if (bytes > block_bytes_ || !block_) {
            block_ = static_cast<T*>(order_.call().frame().arena.allocate(bytes));
            block_bytes_ = bytes;
        }
        elements = block_;
        got = block_bytes_;
    }

    PipeOrder& order_;
    [[no_unique_address]] Input input_;
    [[no_unique_address]] Write write_;
    unsigned number_in_ = 0;
    unsigned number_out_ = 0;
    T* block_ = nullptr;
    ULONG block_bytes_ = 0;
};

}  // namespace odc::rpc
