#include "typelib/reader.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <unordered_map>

#include "base/bytes.h"
#include "base/guid.h"
#include "typelib/cycles.h"
#include "typelib/format.h"
#include "typelib/text.h"

namespace odc::typelib {
namespace {

using namespace format;
using Bytes = std::span<const std::uint8_t>;

constexpr std::uintmax_t kMaxFileSize = std::uintmax_t{1} << 30;
constexpr int kMaxTypeDepth = 64;
constexpr std::uint32_t kMaxDimensions = 64;

std::uint32_t u32_at(Bytes bytes, std::size_t at) {
    std::uint32_t v;
    std::memcpy(&v, bytes.data() + at, sizeof v);
    return from_little(v);
}
std::uint16_t u16_at(Bytes bytes, std::size_t at) {
    std::uint16_t v;
    std::memcpy(&v, bytes.data() + at, sizeof v);
    return from_little(v);
}

Error damaged(std::string what) { return fail(TYPE_E_INVDATAREAD, std::move(what)); }

/// The value as a VARIANT of this type holds it.
std::uint64_t extended(std::uint16_t vt, std::uint64_t bits) {
    switch (vt) {
        case kVtI1: return static_cast<std::uint64_t>(static_cast<std::int8_t>(bits));
        case kVtI2: case kVtBool: return static_cast<std::uint64_t>(static_cast<std::int16_t>(bits));
        case kVtI4: case kVtInt: case kVtError: case kVtHresult: return static_cast<std::uint64_t>(static_cast<std::int32_t>(bits));
        case kVtUi1: return static_cast<std::uint8_t>(bits);
        case kVtUi2: return static_cast<std::uint16_t>(bits);
        default: return bits;
    }
}

class Reader {
  public:
    explicit Reader(Bytes file) : file_(file), budget_(64 * file.size() + 65536) {}

    Result<Library> read() {
        ODC_TRY(read_header());
        ODC_TRY(read_imports());
        const auto infos = segments_[kTypeInfos];
        for (std::uint32_t i = 0; i < type_count_; ++i) library_.types.push_back(ODC_TRY(read_type(infos.subspan(i * kTypeInfoSize, kTypeInfoSize))));
        ODC_TRY(refuse_cycles(library_));
        return std::move(library_);
    }

  private:
    /// Everything decoded costs the memory that it takes, so that records which share one long chain cannot make a small file dear.
    Result<> spend(std::size_t cost) {
        if (cost > budget_) return damaged("records share more than a library of this size can mean");
        budget_ -= cost;
        return {};
    }

    Result<> read_header() {
        if (file_.size() < kHeaderSize) return damaged("shorter than its header");
        ByteReader in(file_);
        in.skip(8);
        const auto id = in.u32();
        library_.text_lcid = in.u32();
        library_.lcid = in.u32();
        const auto flags = in.u32();
        library_.system = static_cast<SysKind>(flags & 3);
        library_.major = in.u16();
        library_.minor = in.u16();
        library_.flags = static_cast<std::uint16_t>(in.u32());
        type_count_ = in.u32();
        const auto helpstring = in.u32();
        library_.doc.helpstringcontext = in.u32();
        library_.doc.helpcontext = in.u32();
        in.skip(8);
        const auto name = in.u32(), helpfile = in.u32(), custom = in.u32();
        in.skip(8);
        dispatch_ = in.u32();
        in.skip(4);
        const auto help_dll = flags & kHasHelpDll ? in.u32() : kNone;
        code_page_ = ansi_code_page(library_.text_lcid);
        if (type_count_ > in.left() / (4 + kTypeInfoSize)) return damaged("more types than the file can hold");
        in.skip(type_count_ * std::size_t{4});
        for (auto& segment : segments_) {
            const auto offset = in.u32(), length = in.u32();
            in.skip(8);
            if (in.failed()) return damaged("the directory of tables is cut off");
            if (length == 0 || offset == kNone) continue;
            if (offset > file_.size() || length > file_.size() - offset) return damaged("a table reaches past the end of the file");
            segment = file_.subspan(offset, length);
        }
        if (segments_[kTypeInfos].size() < std::size_t{type_count_} * kTypeInfoSize) return damaged("the table of types is cut off");
        if (id != kNone) library_.id = ODC_TRY(guid(id));
        library_.name = ODC_TRY(this->name(name));
        library_.doc.helpstring = ODC_TRY(string(helpstring));
        library_.helpfile = ODC_TRY(string(helpfile));
        if (help_dll != kNone) library_.help_dll = ODC_TRY(string(help_dll));
        library_.custom = ODC_TRY(this->custom(custom));
        return {};
    }

    Result<> read_imports() {
        const auto files = segments_[kImportFiles];
        std::map<std::uint32_t, std::uint32_t> index_of;
        for (std::size_t at = 0; at + 14 <= files.size();) {
            ImportedLibrary library;
            library.id = ODC_TRY(guid(u32_at(files, at)));
            library.lcid = u32_at(files, at + 4);
            library.major = u16_at(files, at + 8);
            library.minor = u16_at(files, at + 10);
            const std::size_t length = u16_at(files, at + 12) >> 2;
            if (length > files.size() - at - 14) return damaged("the name of an imported library is cut off");
            library.file = from_ansi(files.subspan(at + 14, length), code_page_);
            index_of[static_cast<std::uint32_t>(at)] = static_cast<std::uint32_t>(library_.imported_libraries.size());
            library_.imported_libraries.push_back(std::move(library));
            at = (at + 14 + length + 3) & ~std::size_t{3};
        }
        const auto infos = segments_[kImportInfos];
        for (std::size_t at = 0; at + kImportInfoSize <= infos.size(); at += kImportInfoSize) {
            const auto flags = u32_at(infos, at), which = u32_at(infos, at + 8);
            const auto library = index_of.find(u32_at(infos, at + 4));
            if (library == index_of.end()) return damaged("an imported type is of no imported library");
            ImportedType type;
            type.library = library->second;
            type.kind = static_cast<TypeKind>(flags >> 24 & 7);
            if (flags & kImportByGuid) type.which = ODC_TRY(guid(which));
            else type.which = which;
            library_.imports.push_back(std::move(type));
        }
        return {};
    }

    Result<TypeInfo> read_type(Bytes record) {
        TypeInfo type;
        const auto kind = u32_at(record, 0);
        if ((kind & 0xf) > 7) return damaged("unknown kind of type");
        type.kind = static_cast<TypeKind>(kind & 0xf);
        type.alignment = static_cast<std::uint8_t>(kind >> 11 & 0x1f);
        const auto members = u32_at(record, 0x04);
        const auto functions = u16_at(record, 0x18), variables = u16_at(record, 0x1a);
        if (const auto id = u32_at(record, 0x2c); id != kNone) type.guid = ODC_TRY(guid(id));
        type.flags = static_cast<std::uint16_t>(u32_at(record, 0x30));
        type.name = ODC_TRY(name(u32_at(record, 0x34)));
        type.major = u16_at(record, 0x38);
        type.minor = u16_at(record, 0x3a);
        type.doc.helpstring = ODC_TRY(string(u32_at(record, 0x3c)));
        type.doc.helpstringcontext = u32_at(record, 0x40);
        type.doc.helpcontext = u32_at(record, 0x44);
        type.custom = ODC_TRY(custom(u32_at(record, 0x48)));
        const auto implements = u16_at(record, 0x4c);
        type.vtable_size = u16_at(record, 0x4e);
        type.size = u32_at(record, 0x50);
        const auto data = u32_at(record, 0x54);
        type.inherited_interfaces = u16_at(record, 0x58);
        type.inherited_functions = u16_at(record, 0x5a);
        switch (type.kind) {
            case TypeKind::coclass: ODC_TRY(read_coclass(type, data, implements)); break;
            case TypeKind::alias: type.alias = ODC_TRY(type_desc(data)); break;
            case TypeKind::module: type.dll_name = ODC_TRY(string(data)); break;
            case TypeKind::interface:
            case TypeKind::dispatch: {
                const auto base = data == kNone && type.kind == TypeKind::dispatch && implements > 0 ? dispatch_ : data;
                if (base != kNone) type.implements.push_back({ODC_TRY(reference(base)), 0, {}});
                break;
            }
            default: break;
        }
        if (functions + variables > 0) ODC_TRY(read_members(type, members, functions, variables));
        return type;
    }

    Result<> read_coclass(TypeInfo& type, std::uint32_t at, std::uint32_t count) {
        const auto table = segments_[kReferences];
        for (std::uint32_t i = 0; i < count; ++i) {
            if (at % 4 != 0 || at > table.size() || table.size() - at < kReferenceSize) return damaged("a coclass implements what is not there");
            ODC_TRY(spend(sizeof(ImplType)));
            ImplType implemented;
            implemented.type = ODC_TRY(reference(u32_at(table, at)));
            implemented.flags = static_cast<std::uint16_t>(u32_at(table, at + 4));
            implemented.custom = ODC_TRY(custom(u32_at(table, at + 8)));
            type.implements.push_back(std::move(implemented));
            at = u32_at(table, at + 12);
        }
        return {};
    }

    Result<> read_members(TypeInfo& type, std::uint32_t at, std::uint32_t functions, std::uint32_t variables) {
        if (at > file_.size() || file_.size() - at < 4) return damaged("members past the end of the file");
        const auto length = u32_at(file_, at);
        const std::size_t count = functions + variables;
        auto rest = file_.subspan(at + 4);
        if (length > rest.size() || (rest.size() - length) / 12 < count) return damaged("members are cut off");
        const auto records = rest.first(length), ids = rest.subspan(length), names = ids.subspan(count * 4);
        ODC_TRY(spend(functions * sizeof(Function) + variables * sizeof(Variable)));
        std::size_t position = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (records.size() - position < 4) return damaged("a member is cut off");
            const std::size_t size = u16_at(records, position);
            if (size > records.size() - position) return damaged("a member is cut off");
            const auto record = records.subspan(position, size);
            position += size;
            const auto id = static_cast<std::int32_t>(u32_at(ids, i * 4));
            const auto name_at = u32_at(names, i * 4);
            if (i < functions) type.functions.push_back(ODC_TRY(read_function(record, id, name_at)));
            else type.variables.push_back(ODC_TRY(read_variable(record, id, name_at)));
        }
        return {};
    }

    Result<Function> read_function(Bytes record, std::int32_t id, std::uint32_t name_at) {
        constexpr std::size_t kFixed = 0x18;
        if (record.size() < kFixed) return damaged("a function's record is too short");
        Function function;
        function.memid = id;
        function.name = ODC_TRY(name(name_at));
        function.result = ODC_TRY(type_desc(u32_at(record, 0x04)));
        function.flags = static_cast<std::uint16_t>(u32_at(record, 0x08));
        function.vtable_offset = u16_at(record, 0x0c) & 0xfffe;
        const auto packed = u32_at(record, 0x10);
        const std::size_t count = u16_at(record, 0x14);
        function.kind = static_cast<FuncKind>(packed & 7);
        function.invoke = static_cast<std::uint8_t>(packed >> 3 & 0xf);
        if (function.kind == FuncKind::dispatch) function.vtable_offset = 0;  // some compilers number them; they have no method table
        function.convention = static_cast<CallConv>(packed >> 8 & 0xf);
        function.optional_count = static_cast<std::int16_t>(u16_at(record, 0x16));
        if ((packed & 7) > 4) return damaged("unknown kind of function");
        const bool defaults = packed & kFuncHasDefaults;
        const std::size_t tail = count * 12 + (defaults ? count * 4 : 0);
        if (tail > record.size() - kFixed) return damaged("a function's parameters are cut off");
        const auto extra = record.subspan(kFixed, record.size() - kFixed - tail);
        const auto extra_at = [&](std::size_t i, std::uint32_t otherwise) { return (i + 1) * 4 <= extra.size() ? u32_at(extra, i * 4) : otherwise; };
        function.doc.helpcontext = extra_at(0, 0);
        function.doc.helpstring = ODC_TRY(string(extra_at(1, kNone)));
        const auto entry = extra_at(2, kNone);
        if (packed & kFuncEntryIsOrdinal) function.entry = static_cast<std::uint16_t>(entry);
        else if (entry != kNone) function.entry = ODC_TRY(string(entry));
        function.doc.helpstringcontext = extra_at(5, 0);
        if (packed & kFuncHasCustom) function.custom = ODC_TRY(custom(extra_at(6, kNone)));
        ODC_TRY(spend(count * sizeof(Parameter)));
        const auto values = record.subspan(record.size() - tail), parameters = record.subspan(record.size() - count * 12);
        for (std::size_t i = 0; i < count; ++i) {
            Parameter parameter;
            parameter.type = ODC_TRY(type_desc(u32_at(parameters, i * 12)));
            parameter.name = ODC_TRY(name(u32_at(parameters, i * 12 + 4)));
            parameter.flags = static_cast<std::uint16_t>(u32_at(parameters, i * 12 + 8));
            parameter.custom = ODC_TRY(custom(extra_at(7 + i, kNone)));
            if (defaults)
                if (const auto at = u32_at(values, i * 4); at != kNone) parameter.default_value = ODC_TRY(value(at));
            function.parameters.push_back(std::move(parameter));
        }
        return function;
    }

    Result<Variable> read_variable(Bytes record, std::int32_t id, std::uint32_t name_at) {
        constexpr std::size_t kFixed = 0x14;
        if (record.size() < kFixed) return damaged("a variable's record is too short");
        Variable variable;
        variable.memid = id;
        variable.name = ODC_TRY(name(name_at));
        variable.type = ODC_TRY(type_desc(u32_at(record, 0x04)));
        variable.flags = static_cast<std::uint16_t>(u32_at(record, 0x08));
        const auto kind = record[0x0c];
        if (kind > 3) return damaged("unknown kind of variable");
        variable.kind = static_cast<VarKind>(kind);
        const auto where = u32_at(record, 0x10);
        if (variable.kind == VarKind::constant) variable.value = ODC_TRY(value(where));
        else variable.offset = where;
        const auto extra_at = [&](std::size_t i, std::uint32_t otherwise) {
            return kFixed + (i + 1) * 4 <= record.size() ? u32_at(record, kFixed + i * 4) : otherwise;
        };
        const auto helpcontext = extra_at(0, 0);
        variable.doc.helpcontext = helpcontext == kNone ? 0 : helpcontext;
        variable.doc.helpstring = ODC_TRY(string(extra_at(1, kNone)));
        variable.custom = ODC_TRY(custom(extra_at(3, kNone)));
        variable.doc.helpstringcontext = extra_at(4, 0);
        return variable;
    }

    Result<TypeRef> reference(std::uint32_t ref) {
        const auto at = ref & ~kRefMask;
        if ((ref & kRefMask) == kRefLocal && at % kTypeInfoSize == 0 && at / kTypeInfoSize < type_count_) return TypeRef{at / kTypeInfoSize, false};
        if ((ref & kRefMask) == kRefImported && at % kImportInfoSize == 0 && at / kImportInfoSize < library_.imports.size())
            return TypeRef{at / kImportInfoSize, true};
        return damaged("a reference to a type that is not there");
    }

    Result<TypeDesc> type_desc(std::uint32_t encoded, int depth = 0) {
        ODC_TRY(spend(sizeof(TypeDesc)));
        if (depth > kMaxTypeDepth) return damaged("a type is nested too deep, or in itself");
        if (encoded & 0x80000000) {
            const auto vt = static_cast<std::uint16_t>(encoded & 0xffff);
            if (vt == kVtPtr || vt == kVtSafeArray || vt == kVtCArray || vt == kVtUserDefined) return damaged("a type that is made of another one stands without it");
            return TypeDesc::simple(vt);
        }
        const auto table = segments_[kTypeDescs];
        if (encoded > table.size() || table.size() - encoded < kTypeDescSize) return damaged("a type past the end of its table");
        const auto detail = u32_at(table, encoded + 4);
        TypeDesc type;
        type.vt = u16_at(table, encoded);
        switch (type.vt) {
            case kVtPtr:
            case kVtSafeArray: type.element.push_back(ODC_TRY(type_desc(detail, depth + 1))); break;
            case kVtUserDefined: type.ref = ODC_TRY(reference(detail)); break;
            case kVtCArray: {
                const auto arrays = segments_[kArrayDescs];
                if (detail > arrays.size() || arrays.size() - detail < 8) return damaged("an array past the end of its table");
                const std::uint32_t dimensions = u16_at(arrays, detail + 4);
                if (dimensions > kMaxDimensions || (arrays.size() - detail - 8) / 8 < dimensions) return damaged("an array has too many dimensions");
                ODC_TRY(spend(dimensions * sizeof(ArrayBound)));
                for (std::uint32_t i = 0; i < dimensions; ++i)
                    type.bounds.push_back({u32_at(arrays, detail + 8 + i * 8), static_cast<std::int32_t>(u32_at(arrays, detail + 12 + i * 8))});
                type.element.push_back(ODC_TRY(type_desc(u32_at(arrays, detail), depth + 1)));
                break;
            }
            default: break;
        }
        return type;
    }

    Result<Guid> guid(std::uint32_t at) {
        const auto table = segments_[kGuids];
        if (at > table.size() || table.size() - at < kGuidSize) return damaged("a GUID past the end of its table");
        return ByteReader(table.subspan(at, 16)).guid();
    }

    Result<std::string> name(std::uint32_t at) {
        if (at == kNone) return std::string();
        const auto table = segments_[kNames];
        if (at > table.size() || table.size() - at < 12) return damaged("a name past the end of its table");
        const std::size_t length = table[at + 8];
        if (length > table.size() - at - 12) return damaged("a name is cut off");
        ODC_TRY(spend(3 * length + 1));  // as UTF-8
        return from_ansi(table.subspan(at + 12, length), code_page_);
    }

    Result<std::string> string(std::uint32_t at) {
        if (at == kNone) return std::string();
        const auto table = segments_[kStrings];
        if (at > table.size() || table.size() - at < 2) return damaged("a string past the end of its table");
        const std::size_t length = u16_at(table, at);
        if (length > table.size() - at - 2) return damaged("a string is cut off");
        ODC_TRY(spend(3 * length + 1));  // as UTF-8
        return from_ansi(table.subspan(at + 2, length), code_page_);
    }

    Result<Value> value(std::uint32_t at) {
        ODC_TRY(spend(sizeof(Value)));
        Value value;
        if (at & kInline) {
            value.vt = static_cast<std::uint16_t>(at >> 26 & 0x1f);
            value.bits = extended(value.vt, at & kInlineMask);
            return value;
        }
        const auto table = segments_[kCustomValues];
        if (at > table.size() || table.size() - at < 2) return damaged("a value past the end of its table");
        ByteReader in(table.subspan(at));
        value.vt = in.u16();
        switch (value.vt) {
            case kVtEmpty: case kVtNull: break;
            case kVtBstr: {
                const auto length = in.u32();
                if (length == kNone) break;
                if (length > in.left()) return damaged("a value's text is cut off");
                ODC_TRY(spend(3 * std::size_t{length}));
                value.text = from_ansi(in.bytes(length), code_page_);
                break;
            }
            case kVtR8: case kVtCy: case kVtDate: case kVtI8: case kVtUi8: value.bits = in.u64(); break;
            case kVtI1: case kVtUi1: case kVtI2: case kVtUi2: case kVtBool: case kVtI4: case kVtUi4: case kVtInt: case kVtUint: case kVtR4:
            case kVtError: case kVtHresult: case kVtDispatch: case kVtUnknown:
                value.bits = extended(value.vt, in.u32());
                break;
            default: return damaged("a value of a type that values cannot have");
        }
        ODC_TRY(in.finish(TYPE_E_INVDATAREAD, "a value is cut off"));
        return value;
    }

    Result<std::vector<CustomData>> custom(std::uint32_t at) {
        std::vector<CustomData> list;
        const auto table = segments_[kCustomLists];
        while (at != kNone) {
            if (at > table.size() || table.size() - at < kCustomListSize) return damaged("custom data past the end of their table");
            if (list.size() * kCustomListSize > table.size()) return damaged("a list of custom data leads back to itself");
            ODC_TRY(spend(sizeof(CustomData)));
            CustomData data;
            data.id = ODC_TRY(guid(u32_at(table, at)));
            data.value = ODC_TRY(value(u32_at(table, at + 4)));
            list.push_back(std::move(data));
            at = u32_at(table, at + 8);
        }
        std::reverse(list.begin(), list.end());  // new ones are put in front of the chain
        return list;
    }

    Bytes file_;
    std::size_t budget_;
    Library library_;
    Bytes segments_[kSegmentCount];
    std::uint32_t type_count_ = 0;
    std::uint32_t dispatch_ = kNone;
    std::uint16_t code_page_ = 1252;
};

}  // namespace

Result<Library> parse(std::span<const std::uint8_t> file, std::uint32_t resource) {
    if (file.size() >= 2 && file[0] == 'M' && file[1] == 'Z') file = ODC_TRY(typelib_resource(file, resource));
    if (file.size() < 4) return damaged("shorter than any type library");
    const auto magic = u32_at(file, 0);
    if (magic == kSltgMagic) return fail(TYPE_E_UNSUPFORMAT, "this library has the older SLTG format, which is not supported");
    if (magic != kMagic) return fail(TYPE_E_UNSUPFORMAT, "not a type library");
    return Reader(file).read();
}

Result<Library> load(const std::string& path) {
    // The path may come out of another library: a device or a pipe would have no end.
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return fail(TYPE_E_CANTLOADLIBRARY, path + " is no file");
    const auto size = std::filesystem::file_size(path, error);
    if (error || size > kMaxFileSize) return fail(TYPE_E_CANTLOADLIBRARY, path + " has no size that a library can have");
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(TYPE_E_CANTLOADLIBRARY, "cannot open " + path);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (in.gcount() != static_cast<std::streamsize>(size)) return fail(TYPE_E_CANTLOADLIBRARY, "cannot read " + path);
    auto library = parse(bytes);
    if (!library) return std::move(library.error()).in(path);
    return library;
}

void resolve_names(Library& library, const LibraryFinder& find) {
    std::vector<const Library*> found;
    std::unordered_map<const Library*, std::unordered_map<Guid, std::uint32_t, GuidHash>> by_id;
    for (const auto& imported : library.imported_libraries) {
        const auto* other = found.emplace_back(find(imported));
        if (!other) continue;
        auto& ids = by_id[other];
        if (!ids.empty()) continue;  // the same library under another name
        for (std::uint32_t i = 0; i < other->types.size(); ++i)
            if (other->types[i].guid) ids.try_emplace(*other->types[i].guid, i);
    }
    for (auto& type : library.imports) {
        const auto* other = type.library < found.size() ? found[type.library] : nullptr;
        if (!other) continue;
        if (const auto* index = std::get_if<std::uint32_t>(&type.which)) {
            if (*index < other->types.size()) type.name = other->types[*index].name;
        } else if (const auto known = by_id[other].find(std::get<Guid>(type.which)); known != by_id[other].end()) {
            type.name = other->types[known->second].name;
        }
    }
}

}  // namespace odc::typelib
