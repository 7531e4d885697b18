// What the compiler says to people: numbered messages with a place, the source line and a caret.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace odc::midl {

/// A position in a source file, as the preprocessor's line markers give it. Line and column count from 1; 0 is unknown.
struct Place {
    std::uint32_t file = 0;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

/// Every message has a number that is never reused; texts are in the one table of diagnostics.cpp.
enum class Message : std::uint16_t {
#define ODC_MESSAGE(number, name, severity, text) name = number,
#include "midl/messages.inc"
#undef ODC_MESSAGE
};

enum class Severity : std::uint8_t { note, warning, error };

/// Collects the messages of one run. Printing happens at once or not at all, so that their order is that of the files.
class Diagnostics {
  public:
    /// Returns the number under which `Place::file` names this file.
    std::uint32_t add_file(std::string path);
    const std::string& path(std::uint32_t file) const { return files_[file]; }
    /// `{}` in the message's text is replaced by the arguments, in order.
    void report(Message message, Place place, std::vector<std::string> arguments = {});
    /// The same as a warning, where the mode forgives what the table calls an error.
    void warn(Message message, Place place, std::vector<std::string> arguments = {});
    /// Says where the other place of the last message is.
    void note(Place place, std::string text);

    /// `MIDL4002: text` of the first error, or "".
    std::string first_error() const;
    bool has(Message message) const;
    bool failed() const { return errors_ != 0; }
    unsigned errors() const { return errors_; }
    void treat_warnings_as_errors(bool on) { warnings_are_errors_ = on; }
    void show_warnings(bool on) { show_warnings_ = on; }
    /// No warning with this number (`midl_pragma warning(disable: …)`); numbers of other compilers mean nothing here.
    void silence(const std::string& number) { silent_.insert(number); }
    /// `path:line:column: error MIDL2001: text`, the source line and a caret, for every message.
    std::string text() const;

  private:
    void add(Message message, Severity severity, Place place, const std::vector<std::string>& arguments);
    struct Entry {
        Severity severity;
        unsigned number;
        Place place;
        std::string text;
    };
    std::vector<std::string> files_{"<command line>"};
    std::vector<Entry> entries_;
    std::set<std::string> said_;
    std::set<std::string> silent_;
    unsigned errors_ = 0;
    bool warnings_are_errors_ = false;
    bool show_warnings_ = true;
    bool last_shown_ = false;  ///< notes belong to it
};

}  // namespace odc::midl
