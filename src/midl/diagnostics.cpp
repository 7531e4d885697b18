#include "midl/diagnostics.h"

#include <fmt/format.h>

#include <fstream>
#include <map>

namespace odc::midl {
namespace {

struct Known {
    Severity severity;
    const char* text;
};

const std::map<unsigned, Known>& table() {
    static const std::map<unsigned, Known> known = {
#define ODC_MESSAGE(number, name, severity, text) {number, {Severity::severity, text}},
#include "midl/messages.inc"
#undef ODC_MESSAGE
    };
    return known;
}

std::string fill_in(std::string_view text, const std::vector<std::string>& arguments) {
    std::string out;
    std::size_t next = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '{' && i + 1 < text.size() && text[i + 1] == '}') {
            if (next < arguments.size()) out += arguments[next++];
            ++i;
        } else {
            out += text[i];
        }
    }
    return out;
}

/// The lines of source files, each file read once.
class Lines {
  public:
    std::string line(const std::string& path, std::uint32_t number) {
        const auto [entry, fresh] = files_.try_emplace(path);
        if (fresh) read(path, entry->second);
        return number == 0 || number > entry->second.size() ? std::string() : entry->second[number - 1];
    }

  private:
    static void read(const std::string& path, std::vector<std::string>& lines) {
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);) {
            if (!line.empty() && line.back() == '\r') line.pop_back();
            lines.push_back(std::move(line));
        }
    }
    std::map<std::string, std::vector<std::string>> files_;
};

}  // namespace

std::uint32_t Diagnostics::add_file(std::string path) {
    for (std::size_t i = 0; i < files_.size(); ++i) {
        if (files_[i] == path) return static_cast<std::uint32_t>(i);
    }
    files_.push_back(std::move(path));
    return static_cast<std::uint32_t>(files_.size() - 1);
}

void Diagnostics::report(Message message, Place place, std::vector<std::string> arguments) {
    add(message, table().at(static_cast<unsigned>(message)).severity, place, arguments);
}

void Diagnostics::warn(Message message, Place place, std::vector<std::string> arguments) { add(message, Severity::warning, place, arguments); }

void Diagnostics::add(Message message, Severity severity, Place place, const std::vector<std::string>& arguments) {
    const auto& known = table().at(static_cast<unsigned>(message));
    last_shown_ = false;
    if (severity == Severity::warning) {
        if (silent_.contains(std::to_string(static_cast<unsigned>(message)))) return;
        if (warnings_are_errors_) severity = Severity::error;
        else if (!show_warnings_) return;
    }
    std::string text = fill_in(known.text, arguments);
    // Client and server stubs find the same mistake; it is said once.
    const auto key = fmt::format("{}:{}:{}:{}:{}", static_cast<unsigned>(message), place.file, place.line, place.column, text);
    if (severity == Severity::error) ++errors_;
    if (!said_.insert(key).second) return;
    entries_.push_back({severity, static_cast<unsigned>(message), place, std::move(text)});
    last_shown_ = true;
}

std::string Diagnostics::first_error() const {
    for (const auto& entry : entries_)
        if (entry.severity == Severity::error) return fmt::format("MIDL{}: {}", entry.number, entry.text);
    return {};
}

bool Diagnostics::has(Message message) const {
    for (const auto& entry : entries_)
        if (entry.number == static_cast<unsigned>(message)) return true;
    return false;
}

void Diagnostics::note(Place place, std::string text) {
    if (last_shown_) entries_.push_back({Severity::note, 0, place, std::move(text)});
}

std::string Diagnostics::text() const {
    static constexpr std::size_t kWidest = 160;
    Lines lines;
    std::string out;
    for (const auto& entry : entries_) {
        if (entry.place.line) out += fmt::format("{}:{}:{}: ", files_[entry.place.file], entry.place.line, entry.place.column);
        else out += fmt::format("{}: ", files_[entry.place.file]);
        switch (entry.severity) {
            case Severity::note: out += "note: "; break;
            case Severity::warning: out += fmt::format("warning MIDL{}: ", entry.number); break;
            case Severity::error: out += fmt::format("error MIDL{}: ", entry.number); break;
        }
        out += entry.text + "\n";
        if (!entry.place.line) continue;
        const std::string line = lines.line(files_[entry.place.file], entry.place.line);
        const std::size_t column = entry.place.column ? entry.place.column - 1 : 0;
        if (line.empty() || line.size() > kWidest || column > line.size()) continue;
        std::string caret = line.substr(0, column);
        for (char& c : caret) c = c == '\t' ? '\t' : ' ';
        out += "    " + line + "\n    " + caret + "^\n";
    }
    return out;
}

}  // namespace odc::midl
