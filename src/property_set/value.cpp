#include "property_set/value.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace odc::property_set {

namespace {

struct Named {
    Type type;
    std::string_view name;
};
constexpr Named kNames[] = {
    {0, "VT_EMPTY"},          {1, "VT_NULL"},           {2, "VT_I2"},           {3, "VT_I4"},
    {4, "VT_R4"},             {5, "VT_R8"},             {6, "VT_CY"},           {7, "VT_DATE"},
    {8, "VT_BSTR"},           {10, "VT_ERROR"},         {11, "VT_BOOL"},        {12, "VT_VARIANT"},
    {14, "VT_DECIMAL"},       {16, "VT_I1"},            {17, "VT_UI1"},         {18, "VT_UI2"},
    {19, "VT_UI4"},           {20, "VT_I8"},            {21, "VT_UI8"},         {22, "VT_INT"},
    {23, "VT_UINT"},          {30, "VT_LPSTR"},         {31, "VT_LPWSTR"},      {64, "VT_FILETIME"},
    {65, "VT_BLOB"},          {66, "VT_STREAM"},        {67, "VT_STORAGE"},     {68, "VT_STREAMED_OBJECT"},
    {69, "VT_STORED_OBJECT"}, {70, "VT_BLOB_OBJECT"},   {71, "VT_CF"},          {72, "VT_CLSID"},
    {73, "VT_VERSIONED_STREAM"},
};

bool equal(const Guid& a, const Guid& b) { return std::memcmp(&a, &b, sizeof(Guid)) == 0; }

}  // namespace

bool VersionedStream::operator==(const VersionedStream& other) const { return equal(version, other.version) && name == other.name; }

bool Value::operator==(const Value& other) const {
    if (type != other.type || dimensions != other.dimensions || data.index() != other.data.index()) return false;
    return std::visit(
        [&](const auto& mine) {
            using T = std::decay_t<decltype(mine)>;
            const auto& theirs = std::get<T>(other.data);
            if constexpr (std::is_same_v<T, Guid>) return equal(mine, theirs);
            else if constexpr (std::is_same_v<T, std::vector<Guid>>)
                return mine.size() == theirs.size() && std::equal(mine.begin(), mine.end(), theirs.begin(), equal);
            else return mine == theirs;
        },
        data);
}

std::string type_name(Type value) {
    std::string name;
    if (value & type::kVector) name += "VT_VECTOR|";
    if (value & type::kArray) name += "VT_ARRAY|";
    const Type scalar = value & static_cast<Type>(~(type::kVector | type::kArray));
    for (const Named& known : kNames)
        if (known.type == scalar) return name.append(known.name);
    return name.append(fmt::format("VT_{:#06x}", scalar));
}

bool parse_type_name(std::string_view name, Type& value) {
    value = type::kEmpty;
    Type flags = 0;
    for (const auto& [prefix, flag] : {std::pair<std::string_view, Type>{"VT_VECTOR|", type::kVector}, {"VT_ARRAY|", type::kArray}})
        if (name.starts_with(prefix)) {
            name.remove_prefix(prefix.size());
            flags |= flag;
        }
    for (const Named& known : kNames)
        if (known.name == name || known.name.substr(3) == name) {
            value = known.type | flags;
            return true;
        }
    return false;
}

}  // namespace odc::property_set
