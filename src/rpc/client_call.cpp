#include "rpc/association.h"
#include "rpc/client_stream.h"

namespace odc::rpc {
namespace {

/// Frames that threads keep: one per level of nesting is in use at a time.
constexpr unsigned kKeptFrames = 8;
constexpr std::size_t kKeptBytes = std::size_t{4} << 20;

template <class Frame>
struct FrameStack {
    Frame* top = nullptr;
    unsigned size = 0;
    ~FrameStack() {
        while (Frame* frame = top) {
            top = frame->next_free;
            delete frame;
        }
    }
    Frame* take() {
        if (!top) return new Frame;
        Frame* frame = top;
        top = frame->next_free;
        --size;
        return frame;
    }
    void give(Frame* frame) {
        if (size >= kKeptFrames) {
            delete frame;
            return;
        }
        frame->next_free = top;
        top = frame;
        ++size;
    }
};

template <class Frame>
FrameStack<Frame>& free_frames() {
    thread_local FrameStack<Frame> frames;
    return frames;
}

}  // namespace

ClientCall::ClientCall(Association& association, const SyntaxId& interface, std::uint16_t opnum)
    : association_(association), interface_(interface), opnum_(opnum), frame_(free_frames<Frame>().take()) {
    frame_->syntax = association.syntax_of(interface);
    frame_->codec = nullptr;
    frame_->request.begin(kHeadroom, frame_->syntax);
}

ClientCall::~ClientCall() {
    if (stream_) [[unlikely]] {
        association_.leave_reply(*this);
        frame_->request.set_gather(true);
    }
    frame_->reply.end();
    frame_->arena.reset();
    frame_->message.trim(kKeptBytes);
    frame_->request.trim(kKeptBytes);
    free_frames<Frame>().give(frame_);
}

void ClientCall::set_interface_codec(ndr::InterfaceCodec* codec) {
    frame_->codec = codec;
    frame_->request.begin(kHeadroom, frame_->syntax, codec);
}

ndr::Writer& ClientCall::request() { return frame_->request; }
ndr::Reader& ClientCall::reply() { return frame_->reply; }

Result<> ClientCall::invoke() {
    if (!stream_) [[likely]] fault_status_ = 0;  // otherwise the request may have met a fault before it was out
    auto result = association_.invoke(*this);
    if (!result) return result;
    frame_->reply.begin(frame_->message.data(), frame_->swapped, frame_->syntax, frame_->arena, frame_->codec);
    if (stream_) [[unlikely]] frame_->reply.set_source(stream_.get());
    return result;
}

void ClientCall::set_pipes(bool output) {
    stream_ = std::make_unique<ClientStream>(*this, output);
    frame_->request.set_gather(false);
}

bool ClientCall::send_part() { return association_.send_part(*this); }
Result<> ClientCall::finish_reply() { return association_.finish_reply(*this); }

Result<> ClientCall::begin(CallDone& done) {
    fault_status_ = 0;
    done_ = &done;
    return association_.begin(*this);
}

Result<> ClientCall::finish() {
    auto result = association_.finish(*this);
    if (result) frame_->reply.begin(frame_->message.data(), frame_->swapped, frame_->syntax, frame_->arena, frame_->codec);
    return result;
}

void ClientCall::cancel() { association_.cancel(*this); }
bool ClientCall::give_up() { return association_.give_up(*this); }

}  // namespace odc::rpc
