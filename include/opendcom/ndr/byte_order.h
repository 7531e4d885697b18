// For types whose byte order is not the message's: those of Automation are little-endian on every wire (MS-OAUT 2.2.23.1, 2.2.29.1, 2.2.30).
#pragma once

#include "opendcom/ndr/reader.h"

namespace odc::ndr {

/// What is read in this scope is little-endian, whatever the message says.
class LittleEndian {
  public:
    explicit LittleEndian(Reader& in) : in_(in), message_swaps_(in.set_swaps(false)) {}
    ~LittleEndian() { in_.set_swaps(message_swaps_); }
    LittleEndian(const LittleEndian&) = delete;
    LittleEndian& operator=(const LittleEndian&) = delete;
    bool message_swaps() const { return message_swaps_; }
    /// Reads what has the message's order in between, such as interface pointers.
    template <class Read>
    auto as_the_message(Read read) {
        in_.set_swaps(message_swaps_);
        auto value = read();
        in_.set_swaps(false);
        return value;
    }

  private:
    Reader& in_;
    const bool message_swaps_;
};

}  // namespace odc::ndr
