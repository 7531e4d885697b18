// The tables of an MSFT file under construction. Each gives the offset of an entry, and makes the entry when it is new.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/guid.h"
#include "typelib/format.h"
#include "typelib/model.h"

namespace odc::typelib {

/// Names, found by hash; case does not count.
class NameTable {
  public:
    NameTable(std::uint16_t code_page, std::uint32_t lcid);
    /// `owner` is the offset of the type that has the name, kNone for parameters. Over 255 bytes: kNone, and `failed`.
    std::uint32_t add(const std::string& name, std::uint32_t owner, std::uint32_t flags);
    const std::vector<std::uint8_t>& data() const { return out_.data(); }
    std::vector<std::uint8_t> hash_table() const;
    std::uint32_t count() const { return static_cast<std::uint32_t>(known_.size()); }
    std::uint32_t characters() const { return characters_; }
    bool failed() const { return failed_; }

  private:
    std::uint16_t code_page_;
    std::uint32_t lcid_;
    ByteWriter out_;
    std::map<std::string, std::uint32_t> known_;
    std::array<std::uint32_t, 128> buckets_;
    std::uint32_t characters_ = 0;
    bool failed_ = false;
};

class GuidTable {
  public:
    GuidTable();
    /// `reference` says whose GUID it is; the first one that is not kNone stays.
    std::uint32_t add(const Guid& id, std::uint32_t reference);
    const std::vector<std::uint8_t>& data() const { return out_.data(); }
    std::vector<std::uint8_t> hash_table() const;

  private:
    ByteWriter out_;
    std::map<Guid, std::uint32_t, GuidLess> known_;
    std::array<std::uint32_t, 32> buckets_;
};

class StringTable {
  public:
    explicit StringTable(std::uint16_t code_page) : code_page_(code_page) {}
    /// "" is kNone: the format has no empty help strings.
    std::uint32_t add(const std::string& text);
    const std::vector<std::uint8_t>& data() const { return out_.data(); }
    bool failed() const { return failed_; }

  private:
    std::uint16_t code_page_;
    ByteWriter out_;
    std::map<std::string, std::uint32_t> known_;
    bool failed_ = false;
};

/// Values of constants, defaults and custom data, and the lists that tie custom data to their GUIDs.
class ValueTable {
  public:
    ValueTable(std::uint16_t code_page, GuidTable& guids) : code_page_(code_page), guids_(guids) {}
    /// What stands in the place of a value: the value itself where it fits, or its offset.
    std::uint32_t add(const Value& value);
    std::uint32_t add_list(const std::vector<CustomData>& list);
    const std::vector<std::uint8_t>& values() const { return values_.data(); }
    const std::vector<std::uint8_t>& lists() const { return lists_.data(); }
    bool failed() const { return failed_; }

  private:
    std::uint16_t code_page_;
    GuidTable& guids_;
    ByteWriter values_, lists_;
    std::map<std::string, std::uint32_t> known_;
    bool failed_ = false;
};

/// Type descriptions, and the dimensions of arrays.
class TypeTable {
  public:
    std::uint32_t add(const TypeDesc& type);
    const std::vector<std::uint8_t>& types() const { return types_.data(); }
    const std::vector<std::uint8_t>& arrays() const { return arrays_.data(); }

  private:
    /// The word beside a type that tells its readers what is at the bottom of it.
    std::uint16_t hint(std::uint32_t encoded) const;
    ByteWriter types_, arrays_;
    std::map<std::uint64_t, std::uint32_t> known_types_;
    std::map<std::string, std::uint32_t> known_arrays_;
};

/// The number that names a type in the file.
std::uint32_t encoded_reference(TypeRef ref);
/// Bytes that a reader needs in memory for a description: what the records say about their own size.
std::uint32_t memory_size(const TypeDesc& type);

}  // namespace odc::typelib
