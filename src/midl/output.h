// Text under construction, and files that are written only when their content changed.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "midl/diagnostics.h"

namespace odc::midl {

class Output {
  public:
    /// One line at the present indentation; an empty line has none.
    template <class... Arguments>
    void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        format_line(format, fmt::make_format_args(arguments...));
    }
    void text_line(std::string_view text) {
        if (!text.empty()) text_.append(static_cast<std::size_t>(indent_) * 4, ' ').append(text);
        text_ += '\n';
    }
    void blank() { text_ += '\n'; }
    /// Lines that already have their indentation.
    void raw(std::string_view text) { text_ += text; }
    /// Lines at the present indentation.
    void lines(std::string_view text) {
        for (std::size_t at = 0, end; at < text.size(); at = end + 1) {
            end = text.find('\n', at);
            text_line(text.substr(at, end - at));
        }
    }
    /// A line that ends with '{' and what follows indented, until `close`.
    template <class... Arguments>
    void open(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
        format_line(format, fmt::make_format_args(arguments...));
        ++indent_;
    }
    void close(std::string_view with = "}") {
        --indent_;
        text_line(with);
    }
    void indent() { ++indent_; }
    void outdent() { --indent_; }
    const std::string& text() const { return text_; }
    /// What is there, and goes.
    std::string take() { return std::exchange(text_, {}); }
    bool empty() const { return text_.empty(); }
    std::size_t size() const { return text_.size(); }
    /// Lines at the present indentation, in front of what was written since the size was `at`.
    void insert_lines(std::size_t at, const std::vector<std::string>& lines) {
        std::string inserted;
        for (const auto& line : lines) inserted.append(static_cast<std::size_t>(indent_) * 4, ' ').append(line) += '\n';
        text_.insert(at, inserted);
    }

  private:
    void format_line(fmt::string_view format, fmt::format_args arguments) {
        const auto start = text_.size();
        text_.append(static_cast<std::size_t>(indent_) * 4, ' ');
        const auto indented = text_.size();
        fmt::vformat_to(std::back_inserter(text_), format, arguments);
        if (text_.size() == indented) text_.resize(start);
        text_ += '\n';
    }

    std::string text_;
    int indent_ = 0;
};

/// A text in pieces: one piece would be there twice while it grows, and texts may be large.
using Pieces = std::vector<std::string>;

/// Leaves a file with this content alone, so that nothing that depends on it is built again.
bool write_if_changed(const std::string& path, const Pieces& pieces, Diagnostics& diagnostics);
inline bool write_if_changed(const std::string& path, std::string text, Diagnostics& diagnostics) {
    return write_if_changed(path, Pieces{std::move(text)}, diagnostics);
}

}  // namespace odc::midl
