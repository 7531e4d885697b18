#include "opendcom/rpc/string_binding.h"

#include "base/guid.h"

namespace odc::rpc {
namespace {

constexpr std::string_view kSpecial = "@:[],=\\";

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (kSpecial.find(c) != std::string_view::npos) result += '\\';
        result += c;
    }
    return result;
}

/// An IPv6 address has colons of its own, which nobody escapes.
std::string escaped_host(std::string_view host) { return host.find(':') == std::string_view::npos ? escaped(host) : std::string(host); }

/// Takes pieces off the front of a text, up to one of some characters that are not escaped.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}
    bool contains(char wanted) const {
        for (std::size_t i = at_; i < text_.size(); ++i) {
            if (text_[i] == '\\') ++i;
            else if (text_[i] == wanted) return true;
        }
        return false;
    }
    std::string until(std::string_view ends) {
        std::string piece;
        for (; at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos; ++at_) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
            piece += text_[at_];
        }
        return piece;
    }
    bool take(char wanted) {
        if (at_ >= text_.size() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    bool done() const { return at_ == text_.size(); }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
};

Error bad(std::string_view text, const char* why) { return fail_win32(RPC_S_INVALID_STRING_BINDING, std::string(text) + ": " + why); }

}  // namespace

Result<StringBinding> StringBinding::parse(std::string_view text) {
    StringBinding binding;
    Scanner in(text);
    if (in.contains('@')) {
        const std::string object = in.until("@");
        in.take('@');
        binding.object = parse_guid(object);
        if (!binding.object) return fail_win32(RPC_S_INVALID_STRING_UUID, object);
    }
    const std::string protocol = in.until(":");
    if (!in.take(':')) return bad(text, "no protocol sequence");
    if (protocol == "ncacn_ip_tcp") binding.endpoint.protocol = Endpoint::Protocol::ncacn_ip_tcp;
    else if (protocol == "ncalrpc") binding.endpoint.protocol = Endpoint::Protocol::ncalrpc;
    else return fail_win32(RPC_S_PROTSEQ_NOT_SUPPORTED, "protocol sequence " + protocol);
    binding.endpoint.host = in.until("[");
    if (!in.take('[')) return binding;
    while (!in.take(']')) {
        std::string name = in.until("=,]");
        if (in.take('=')) {
            std::string value = in.until(",]");
            if (name == "endpoint") binding.endpoint.endpoint = std::move(value);
            else binding.options.emplace_back(std::move(name), std::move(value));
        } else if (!name.empty()) {
            if (!binding.endpoint.endpoint.empty()) return bad(text, "two endpoints");
            binding.endpoint.endpoint = std::move(name);
        }
        if (!in.take(',') && in.done()) return bad(text, "no closing bracket");
    }
    if (!in.done()) return bad(text, "something behind the closing bracket");
    return binding;
}

std::string StringBinding::to_string() const {
    std::string text = object ? to_bare_string(*object) + "@" : "";
    text += endpoint.protocol == Endpoint::Protocol::ncalrpc ? "ncalrpc:" : "ncacn_ip_tcp:";
    text += escaped_host(endpoint.host);
    if (endpoint.endpoint.empty() && options.empty()) return text;
    text += '[' + escaped(endpoint.endpoint);
    for (const auto& [name, value] : options) text += ',' + escaped(name) + '=' + escaped(value);
    return text + ']';
}

}  // namespace odc::rpc
