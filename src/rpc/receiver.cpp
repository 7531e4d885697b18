#include "rpc/receiver.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

namespace odc::rpc {
namespace {
/// Fragments that one system call takes at most.
constexpr std::size_t kFragmentsAhead = 64;
/// A message's memory grows by at least this, and otherwise doubles.
constexpr std::size_t kMessageStep = 128 * 1024;

/// One of several fragments, or too large for reading ahead: its payload goes straight where the message is put together.
bool is_message_part(const PduHeader& header, std::size_t read_ahead) {
    return (header.type == PduType::request || header.type == PduType::response) &&
           ((header.flags & kWhole) != kWhole || header.frag_length > read_ahead) && header.auth_length == 0;
}

/// readv of what is there.
ssize_t recv_now(int fd, iovec* pieces, int count) {
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = static_cast<std::size_t>(count);
    return ::recvmsg(fd, &message, MSG_DONTWAIT);
}

}  // namespace

Message::~Message() { std::free(bytes_); }

std::uint8_t* Message::room(std::size_t n) {
    if (capacity_ - size_ < n) {
        const std::size_t wanted = std::max(size_ + n, std::min(size_ * 2, size_ + n + (std::size_t{1} << 24)));
        auto* moved = static_cast<std::uint8_t*>(std::realloc(bytes_, wanted));
        if (!moved) throw std::bad_alloc();
        bytes_ = moved;
        capacity_ = wanted;
    }
    return bytes_ + size_;
}

void Message::append(std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) return;
    std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
}

void Message::begin_with(std::span<const std::uint8_t> bytes, std::size_t limit) {
    begin(limit);
    if (bytes.empty()) return;
    std::memmove(room(bytes.size()), bytes.data(), bytes.size());
    size_ = charged_ = bytes.size();
}

void Message::trim(std::size_t keep) {
    size_ = 0;
    if (capacity_ <= keep) return;
    std::free(bytes_);
    bytes_ = nullptr;
    capacity_ = 0;
}

void Receiver::make_capacity(std::size_t wanted) {
    // Stub data has to be aligned to 8 in memory, so PDUs have to start at a multiple of 8.
    const std::size_t unread = end_ - at_;
    if (wanted > capacity_) {
        const std::size_t capacity = std::max(wanted, kInitialBuffer);
        auto larger = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
        if (unread) std::memcpy(larger.get(), buffer_.get() + at_, unread);
        buffer_ = std::move(larger);
        capacity_ = capacity;
    } else if (at_ != 0) {
        std::memmove(buffer_.get(), buffer_.get() + at_, unread);
    }
    at_ = 0;
    end_ = unread;
}

Receiver::Event Receiver::fill(int fd, std::size_t wanted) {
    while (end_ - at_ < wanted) {
        if (at_ == end_) at_ = end_ = 0;
        if (capacity_ - at_ < wanted) make_capacity(wanted);
        const ssize_t got = ::recv(fd, buffer_.get() + end_, capacity_ - end_, blocking_ ? 0 : MSG_DONTWAIT);
        if (got == 0) return Event::closed;
        if (got < 0) {
            if (errno == EINTR) continue;
            return errno == EAGAIN || errno == EWOULDBLOCK ? Event::timeout : Event::closed;
        }
        end_ += static_cast<std::size_t>(got);
    }
    return Event::pdu;
}

Receiver::Event Receiver::next(int fd) {
    if ((at_ & 7) != 0) make_capacity(0);
    if (const Event event = fill(fd, kPduHeaderSize); event != Event::pdu) return event;
    header_ = read_header(buffer_.get() + at_);
    if (header_.version != 5 || header_.version_minor > 1) {
        // Only the common header can be trusted: whoever reads it answers with a bind_nak or ends the connection.
        start_ = at_;
        pdu_size_ = kPduHeaderSize;
        return violation("protocol version is not 5");
    }
    if (const char* flaw = header_flaw(header_)) return violation(flaw);
    if (header_.frag_length > max_fragment_) return violation("frag_length is more than was negotiated");
    const bool part = is_message_part(header_, kInitialBuffer);
    const std::size_t headers =
        header_.type == PduType::request || header_.type == PduType::response ? request_header_size(header_) : kPduHeaderSize;
    if (header_.frag_length < headers) return violation("frag_length is below the header of its type");
    const std::size_t wanted = part ? headers : header_.frag_length;
    if (const Event event = fill(fd, wanted); event != Event::pdu) return event;
    start_ = at_;
    pdu_size_ = wanted;
    at_ += wanted;
    ++packets_;
    if (!part) return Event::pdu;
    in_payload_ = true;
    payload_left_ = header_.frag_length - headers;
    fragment_headers_ = headers;
    std::memcpy(fixed_, buffer_.get() + start_, headers);
    const std::size_t hint = read_response_header(header_, fixed_).alloc_hint;
    expected_ = hint > payload_left_ ? hint - payload_left_ : 0;
    return Event::fragment;
}

Receiver::Event Receiver::take_payload(int fd, Message& into) {
    for (;;) {
        const std::size_t here = std::min(payload_left_, end_ - at_);
        if (!into.fits(payload_left_)) return Event::too_large;
        if (here) {
            into.append({buffer_.get() + at_, here});
            at_ += here;
            payload_left_ -= here;
        }
        if (payload_left_ == 0) {
            in_payload_ = false;
            const std::size_t payload = header_.frag_length - fragment_headers_;
            if (payload == 0 && !header_.has(kLastFrag)) return violation("fragment without payload");
            if (!into.charge(payload)) return Event::too_large;
            return header_.has(kLastFrag) ? Event::complete : Event::more;
        }
        if (const Event event = scatter(fd, into); event != Event::more) return event;
    }
}

bool Receiver::headers_are_predicted(const std::uint8_t* at, std::size_t frag_length) const {
    const PduHeader next = read_header(at);
    constexpr std::uint8_t kCompared = static_cast<std::uint8_t>(~(kLastFrag | kFirstFrag));
    if (next.frag_length != frag_length || next.auth_length != 0 || next.has(kFirstFrag)) return false;
    if ((next.flags & kCompared) != (header_.flags & kCompared)) return false;
    // Everything else is the same but for alloc_hint: version, type, representation, call id, context, opnum, object.
    return std::memcmp(at, fixed_, 3) == 0 && std::memcmp(at + 4, fixed_ + 4, 4) == 0 &&
           std::memcmp(at + 12, fixed_ + 12, 4) == 0 &&
           std::memcmp(at + 20, fixed_ + 20, fragment_headers_ - 20) == 0;
}

// One readv for the rest of this payload and the fragments that alloc_hint makes expect. The buffer is empty here. What
// turns out not to be as expected is put into the buffer, in the order in which it came.
Receiver::Event Receiver::scatter(int fd, Message& into) {
    std::uint8_t headers[kFragmentsAhead][kObjectRequestHeaderSize];
    std::size_t payloads[kFragmentsAhead];
    iovec pieces[1 + 2 * kFragmentsAhead];
    const std::size_t full = header_.frag_length - fragment_headers_;
    // An honest peer's message; a guess that is too large only costs memory of the order of what has arrived.
    std::size_t ahead = header_.has(kLastFrag) ? 0 : std::min(expected_, std::max(into.size() + payload_left_, kMessageStep));
    std::size_t fragments = 0, planned = 0;
    while (fragments < kFragmentsAhead && planned < ahead) {
        const std::size_t payload = std::min(full, expected_ - planned);
        if (!into.fits(payload_left_ + planned + payload)) break;
        payloads[fragments++] = payload;
        planned += payload;
    }
    std::uint8_t* to = into.room(payload_left_ + planned);
    int count = 0;
    pieces[count++] = {to, payload_left_};
    std::size_t place = payload_left_;
    for (std::size_t i = 0; i < fragments; ++i) {
        pieces[count++] = {headers[i], fragment_headers_};
        pieces[count++] = {to + place, payloads[i]};
        place += payloads[i];
    }
    ssize_t got;
    do {
        got = !blocking_ ? recv_now(fd, pieces, count) : count == 1 ? ::recv(fd, to, payload_left_, 0) : ::readv(fd, pieces, count);
    } while (got < 0 && errno == EINTR);
    if (got == 0) return Event::closed;
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Event::timeout : Event::closed;

    auto left = static_cast<std::size_t>(got);
    const std::size_t mine = std::min(left, payload_left_);
    into.advance(mine);
    payload_left_ -= mine;
    left -= mine;
    for (std::size_t i = 0; left > 0; ++i) {
        const std::size_t frag_length = fragment_headers_ + payloads[i];
        const bool last = expected_ <= payloads[i];
        if (left >= fragment_headers_ && headers_are_predicted(headers[i], frag_length) &&
            ((headers[i][3] & kLastFrag) != 0) == last) {
            // The previous fragment is done (its payload is complete, or nothing of this one would be here).
            if (!into.charge(header_.frag_length - fragment_headers_)) return Event::too_large;
            header_ = read_header(headers[i]);
            ++packets_;
            payload_left_ = payloads[i];
            expected_ -= payloads[i];
            left -= fragment_headers_;
            const std::size_t part = std::min(left, payload_left_);
            into.advance(part);
            payload_left_ -= part;
            left -= part;
            continue;
        }
        make_capacity(left);
        for (; left > 0; ++i) {
            const std::size_t header_part = std::min(left, fragment_headers_);
            std::memcpy(buffer_.get() + end_, headers[i], header_part);
            end_ += header_part;
            left -= header_part;
            const std::size_t part = std::min(left, payloads[i]);
            std::memcpy(buffer_.get() + end_, pieces[2 + 2 * i].iov_base, part);
            end_ += part;
            left -= part;
        }
        break;
    }
    return Event::more;
}

void Receiver::take_unread(Receiver& other) {
    at_ = end_ = 0;
    const std::size_t unread = other.end_ - other.at_;
    make_capacity(unread);
    if (unread) std::memcpy(buffer_.get(), other.buffer_.get() + other.at_, unread);
    end_ = unread;
    other.at_ = other.end_ = 0;
    max_fragment_ = other.max_fragment_;
    packets_ = other.packets_;
    in_payload_ = false;
}

void Receiver::trim() {
    if (has_unread() || in_payload_) return;
    buffer_.reset();
    capacity_ = at_ = end_ = start_ = pdu_size_ = 0;
}

}  // namespace odc::rpc
