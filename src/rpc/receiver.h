// The bytes of one connection as PDUs. Reads ahead, so that a small PDU costs one system call; the fragments of a large
// message are scattered straight into the memory where it is put together.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "rpc/pdu.h"

namespace odc::rpc {

/// The stub data of one message while its fragments arrive, aligned to 8. Grows with what was received, never by what a
/// peer announces.
class Message {
  public:
    Message() = default;
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;
    ~Message();

    void begin(std::size_t limit) {
        size_ = charged_ = 0;
        limit_ = limit;
    }
    /// Begins with bytes that have been counted before, which may lie in this message.
    void begin_with(std::span<const std::uint8_t> bytes, std::size_t limit);
    std::span<std::uint8_t> data() { return {bytes_, size_}; }
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    /// Counts a fragment of `payload` bytes against the limit; tiny ones weigh more than they carry. False: too much.
    bool charge(std::size_t payload) {
        charged_ += payload < kLeastCharge ? kLeastCharge : payload;
        return charged_ <= limit_;
    }
    bool fits(std::size_t payload) const { return charged_ + payload <= limit_; }
    /// Room for `n` bytes behind the data, of which `advance` then makes some part of it.
    std::uint8_t* room(std::size_t n);
    void advance(std::size_t n) { size_ += n; }
    void append(std::span<const std::uint8_t> bytes);
    /// Gives memory back that one giant message made it take.
    void trim(std::size_t keep);

  private:
    static constexpr std::size_t kLeastCharge = 64;
    std::uint8_t* bytes_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    std::uint64_t charged_ = 0;
    std::uint64_t limit_ = 0;
};

class Receiver {
  public:
    enum class Event : std::uint8_t {
        pdu,        ///< `pdu` is whole and valid until the next call
        fragment,   ///< the headers of a fragment (or of a large whole) are here, its payload to be taken with `take_payload`
        complete,   ///< from take_payload: the last fragment is in the message
        more,       ///< from take_payload: the payload is in the message, others follow
        too_large,  ///< from take_payload: the message went over its limit
        timeout,    ///< SO_RCVTIMEO passed or a signal came; nothing is lost
        closed,     ///< by the peer, or an error
        violation,  ///< not RPC: `flaw` says why
    };

    Receiver() = default;
    Receiver(const Receiver&) = delete;
    Receiver& operator=(const Receiver&) = delete;

    /// The next PDU. The payload of a fragment has to be taken before.
    Event next(int fd);
    /// Puts the current fragment's payload into `into`, and those of following fragments of the same message as far as
    /// they are what the first one makes expect.
    Event take_payload(int fd, Message& into);
    /// take_payload has to be called (again, after a timeout) before next.
    bool in_payload() const { return in_payload_; }
    /// True when next may return without reading from the socket.
    bool has_unread() const { return at_ != end_; }

    const PduHeader& header() const { return header_; }
    /// The whole PDU, or a fragment's headers (`request_header_size` bytes).
    std::span<std::uint8_t> pdu() { return {buffer_.get() + start_, pdu_size_}; }
    const char* flaw() const { return flaw_; }
    std::uint32_t packets() const { return packets_; }
    std::size_t capacity() const { return capacity_; }
    /// The peer may send fragments up to this size.
    void set_max_fragment(std::size_t size) { max_fragment_ = size; }
    /// False: what is not there yet is a `timeout` at once.
    void set_blocking(bool blocking) { blocking_ = blocking; }
    /// Takes over what `other` has read but not consumed. For the thread that goes on reading its connection.
    void take_unread(Receiver& other);
    /// Gives the buffer back, if nothing is in it.
    void trim();

  private:
    Event fill(int fd, std::size_t wanted);
    Event scatter(int fd, Message& into);
    bool headers_are_predicted(const std::uint8_t* at, std::size_t frag_length) const;
    Event violation(const char* why) {
        flaw_ = why;
        return Event::violation;
    }
    void make_capacity(std::size_t wanted);

    static constexpr std::size_t kInitialBuffer = 8192;
    std::unique_ptr<std::uint8_t[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t at_ = 0;     // first byte not consumed
    std::size_t end_ = 0;    // behind the last byte received
    std::size_t start_ = 0;  // of the current PDU
    std::size_t pdu_size_ = 0;
    std::size_t max_fragment_ = kMaxFragment;
    PduHeader header_;
    bool blocking_ = true;
    const char* flaw_ = "";
    std::uint32_t packets_ = 0;
    // The fragment being taken:
    bool in_payload_ = false;
    std::size_t payload_left_ = 0;
    std::size_t expected_ = 0;  // payload bytes of later fragments, as alloc_hint promised; only a guess
    std::size_t fragment_headers_ = 0;
    std::uint8_t fixed_[kObjectRequestHeaderSize];  // headers of the message's first fragment
};

}  // namespace odc::rpc
