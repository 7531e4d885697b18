#include "rpc/sender.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace odc::rpc {
namespace {

constexpr std::size_t kFragmentsAtOnce = 96;

void write_header(std::uint8_t* to, const Outgoing& what, std::uint8_t flags, std::size_t headers, std::size_t payload,
                  std::size_t remaining) {
    PduHeader header;
    header.type = what.type;
    header.flags = static_cast<std::uint8_t>(flags | (what.object ? kObjectUuid : 0));
    header.frag_length = static_cast<std::uint16_t>(headers + payload);
    header.call_id = what.call_id;
    std::memcpy(to, &header, sizeof header);
    const auto hint = static_cast<std::uint32_t>(std::min<std::size_t>(remaining, 0xFFFFFFFFu));
    std::memcpy(to + 16, &hint, 4);
    std::memcpy(to + 20, &what.context_id, 2);
    std::memcpy(to + 22, &what.opnum, 2);
    if (what.object) std::memcpy(to + 24, what.object, sizeof(Guid));
}

/// Sends all of `pieces`; `anything` tells whether something of the message has gone out before.
Sent send_pieces(int fd, iovec* pieces, std::size_t count, bool anything) {
    while (count > 0) {
        msghdr message{};
        message.msg_iov = pieces;
        message.msg_iovlen = count;
        const ssize_t put = ::sendmsg(fd, &message, MSG_NOSIGNAL);
        if (put < 0) {
            if (errno == EINTR) continue;
            return anything ? Sent::partly : Sent::nothing;
        }
        anything = true;
        auto left = static_cast<std::size_t>(put);
        while (count > 0 && left >= pieces->iov_len) {
            left -= pieces->iov_len;
            ++pieces;
            --count;
        }
        if (count > 0) {
            pieces->iov_base = static_cast<std::uint8_t*>(pieces->iov_base) + left;
            pieces->iov_len -= left;
        }
    }
    return Sent::all;
}

/// Walks the writer's bytes in wire order: own buffer and externals interleaved.
class Pieces {
  public:
    explicit Pieces(ndr::Writer& arguments) : base_(arguments.base()), own_end_(arguments.own_bytes()),
                                              at_(arguments.headroom()), externals_(arguments.externals()) {}
    /// Appends views of the next `n` bytes to `out`; returns how many pieces.
    std::size_t take(std::size_t n, iovec* out) {
        std::size_t count = 0;
        while (n > 0) {
            if (next_ < externals_.size() && at_ == externals_[next_].at) {
                const auto& external = externals_[next_];
                const std::size_t part = std::min(n, external.size - inside_);
                out[count++] = {const_cast<std::uint8_t*>(external.data) + inside_, part};
                inside_ += part;
                n -= part;
                if (inside_ == external.size) {
                    ++next_;
                    inside_ = 0;
                }
                continue;
            }
            const std::size_t until = next_ < externals_.size() ? externals_[next_].at : own_end_;
            const std::size_t part = std::min(n, until - at_);
            out[count++] = {base_ + at_, part};
            at_ += part;
            n -= part;
        }
        return count;
    }

  private:
    std::uint8_t* base_;
    std::size_t own_end_;
    std::size_t at_;
    std::span<const ndr::Writer::External> externals_;
    std::size_t next_ = 0;
    std::size_t inside_ = 0;
};

Sent send_fragments(int fd, const Outgoing& what, ndr::Writer& arguments, std::size_t headers, std::size_t max_payload) {
    // Each fragment: its header, and pieces of the arguments: one more for every border between buffer and external.
    std::uint8_t fixed[kFragmentsAtOnce][kObjectRequestHeaderSize];
    iovec pieces[2 * kFragmentsAtOnce + 2 * ndr::Writer::kMaxExternals + 2];
    Pieces rest(arguments);
    std::size_t left = what.last ? arguments.position() : whole_fragments(arguments.position(), max_payload);
    const std::size_t behind = arguments.position() - left;
    std::uint8_t first = what.first ? kFirstFrag : 0;
    bool anything = false;
    while (left > 0) {
        std::size_t count = 0;
        for (std::size_t i = 0; i < kFragmentsAtOnce && left > 0; ++i) {
            const std::size_t payload = std::min(left, max_payload);
            const std::uint8_t flags = static_cast<std::uint8_t>(first | (payload == left && what.last ? kLastFrag : 0));
            write_header(fixed[i], what, flags, headers, payload, left + behind);
            pieces[count++] = {fixed[i], headers};
            count += rest.take(payload, pieces + count);
            left -= payload;
            if (first) first = 0;
        }
        if (const Sent sent = send_pieces(fd, pieces, count, anything); sent != Sent::all) return sent;
        anything = true;
    }
    if (!what.last) arguments.drop_front(arguments.position() - behind);
    return Sent::all;
}

}  // namespace

Sent send_bytes(int fd, std::span<const std::uint8_t> bytes) {
    const std::uint8_t* at = bytes.data();
    std::size_t left = bytes.size();
    while (left > 0) {
        const ssize_t put = ::send(fd, at, left, MSG_NOSIGNAL);
        if (put < 0) {
            if (errno == EINTR) continue;
            return left == bytes.size() ? Sent::nothing : Sent::partly;
        }
        at += put;
        left -= static_cast<std::size_t>(put);
    }
    return Sent::all;
}

Sent send_message(int fd, const Outgoing& what, ndr::Writer& arguments, std::size_t max_fragment) {
    const std::size_t headers = what.object ? kObjectRequestHeaderSize : kRequestHeaderSize;
    const std::size_t size = arguments.position();
    if (headers + size <= max_fragment && what.last) [[likely]] {
        std::uint8_t* start = arguments.base() + arguments.headroom() - headers;
        write_header(start, what, what.first ? kWhole : std::uint8_t{kLastFrag}, headers, size, size);
        if (arguments.externals().empty()) [[likely]] return send_bytes(fd, {start, headers + size});
        iovec pieces[2 + 2 * ndr::Writer::kMaxExternals];
        pieces[0] = {start, headers};
        Pieces rest(arguments);
        const std::size_t count = rest.take(size, pieces + 1);
        return send_pieces(fd, pieces, 1 + count, false);
    }
    return send_fragments(fd, what, arguments, headers, (max_fragment - headers) & ~std::size_t{7});
}

}  // namespace odc::rpc
