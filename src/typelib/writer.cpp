#include "typelib/writer.h"

#include <algorithm>
#include <unordered_map>

#include "typelib/cycles.h"
#include "typelib/tables.h"
#include "typelib/text.h"

namespace odc::typelib {
namespace {

using namespace format;

// Beside the length of a name: what kind of thing has it.
constexpr std::uint32_t kTypeName = 0x3800, kModuleName = 0x2800, kGlobalMemberName = 0x3000, kFieldName = 0x1000, kMemberName = 0;

constexpr Guid kDispatchId{0x00020400, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

/// A reference out of the model, or a type nested past all reason, makes the file unwritable.
class Check {
  public:
    explicit Check(const Library& library) : library_(library) {}
    bool reference(TypeRef ref) const { return ref.index < (ref.imported ? library_.imports.size() : library_.types.size()); }
    bool type(const TypeDesc& type, int depth = 0) const {
        const bool nested = type.vt == kVtPtr || type.vt == kVtSafeArray || type.vt == kVtCArray;
        if (depth > 60 || type.element.size() != (nested ? 1u : 0u)) return false;
        if (type.vt == kVtCArray && (type.bounds.empty() || type.bounds.size() > 64)) return false;
        return nested ? this->type(type.element[0], depth + 1) : type.vt != kVtUserDefined || reference(type.ref);
    }
    Result<> all() const {
        for (const auto& imported : library_.imports)
            if (imported.library >= library_.imported_libraries.size()) return bad("an import of no library");
        for (const auto& t : library_.types) {
            if (t.functions.size() + t.variables.size() > 0xffff || t.implements.size() > 0xffff) return bad(t.name + " has too many members");
            if ((t.kind == TypeKind::alias) != t.alias.has_value()) return bad(t.name + " is an alias of nothing, or no alias");
            if (t.alias && !type(*t.alias)) return bad(t.name);
            for (const auto& i : t.implements)
                if (!reference(i.type)) return bad(t.name);
            for (const auto& v : t.variables)
                if (!type(v.type)) return bad(t.name + "." + v.name);
            for (const auto& f : t.functions) {
                if (f.parameters.size() > 2000 || !type(f.result)) return bad(t.name + "." + f.name);
                for (const auto& p : f.parameters)
                    if (!type(p.type)) return bad(t.name + "." + f.name);
            }
        }
        return {};
    }

  private:
    static Error bad(const std::string& what) { return fail(E_INVALIDARG, what + " cannot be written into a type library"); }
    const Library& library_;
};

class Writer {
  public:
    explicit Writer(const Library& library)
        : library_(library), code_page_(ansi_code_page(library.text_lcid)), names_(code_page_, library.text_lcid), strings_(code_page_),
          values_(code_page_, guids_) {}

    Result<std::vector<std::uint8_t>> run() {
        ODC_TRY(Check(library_).all());
        ODC_TRY(refuse_cycles(library_));
        const auto name = names_.add(library_.name, kNone, 0);
        const auto id = guids_.add(library_.id, 0xfffffffe);
        const auto helpfile = strings_.add(library_.helpfile), helpstring = strings_.add(library_.doc.helpstring);
        const auto help_dll = library_.help_dll ? strings_.add(*library_.help_dll) : kNone;
        const auto custom = values_.add_list(library_.custom);
        write_imports();
        inherited_.resize(library_.types.size());
        // A name that a type and a member share must be the type's: oleaut32 finds types of the library through their names.
        for (std::uint32_t i = 0; i < library_.types.size(); ++i) type_name(i);
        for (std::uint32_t i = 0; i < library_.types.size(); ++i) write_type(i);
        if (names_.failed()) return fail(E_INVALIDARG, "a name has more than 255 characters");
        if (strings_.failed()) return fail(E_INVALIDARG, "a help string has more than 65535 characters");
        if (values_.failed()) return fail(E_INVALIDARG, "a value is of a type that type libraries have no form for");

        ByteWriter out;
        out.u32(kMagic);
        out.u32(kVersion);
        out.u32(id);
        out.u32(library_.text_lcid);
        out.u32(library_.lcid);
        out.u32(static_cast<std::uint32_t>(library_.system) | kHasFixedFlags | (helpfile != kNone ? kHasHelpfile : 0) |
                (library_.help_dll ? kHasHelpDll : 0));
        out.u16(library_.major);
        out.u16(library_.minor);
        out.u32(library_.flags);
        out.u32(static_cast<std::uint32_t>(library_.types.size()));
        out.u32(helpstring);
        out.u32(library_.doc.helpstringcontext);
        out.u32(library_.doc.helpcontext);
        out.u32(names_.count());
        out.u32(names_.characters());
        out.u32(name);
        out.u32(helpfile);
        out.u32(custom);
        out.u32(0x20);  // buckets of GUIDs
        out.u32(0x80);  // buckets of names
        out.u32(dispatch_reference());
        out.u32(static_cast<std::uint32_t>(library_.imports.size()));
        if (library_.help_dll) out.u32(help_dll);
        for (std::uint32_t i = 0; i < library_.types.size(); ++i) out.u32(i * kTypeInfoSize);
        write_segments(out);
        return out.take();
    }

  private:
    void write_segments(ByteWriter& out) {
        const std::vector<std::uint8_t> none;
        const auto guid_hash = guids_.hash_table(), name_hash = names_.hash_table();
        const std::pair<Segment, const std::vector<std::uint8_t>*> order[] = {
            {kTypeInfos, &infos_.data()}, {kGuidHash, &guid_hash}, {kGuids, &guids_.data()}, {kReferences, &references_.data()},
            {kImportInfos, &import_infos_.data()}, {kImportFiles, &import_files_.data()}, {kNameHash, &name_hash}, {kNames, &names_.data()},
            {kStrings, &strings_.data()}, {kTypeDescs, &types_.types()}, {kArrayDescs, &types_.arrays()}, {kCustomValues, &values_.values()},
            {kCustomLists, &values_.lists()}};
        const auto directory = out.size();
        for (int i = 0; i < kSegmentCount; ++i) {
            out.u32(kNone);
            out.u32(0);
            out.u32(kNone);
            out.u32(0xf);
        }
        std::size_t infos_at = 0;
        for (const auto& [segment, data] : order) {
            if (segment == kTypeInfos) infos_at = out.size();
            if (data->empty()) continue;
            out.patch_u32(directory + 16 * segment, static_cast<std::uint32_t>(out.size()));
            out.patch_u32(directory + 16 * segment + 4, static_cast<std::uint32_t>(data->size()));
            out.bytes(*data);
        }
        // Where the members of each type stand is known only now.
        const auto members_at = static_cast<std::uint32_t>(out.size());
        for (std::size_t i = 0; i < member_offsets_.size(); ++i) out.patch_u32(infos_at + i * kTypeInfoSize + 4, members_at + member_offsets_[i]);
        out.bytes(members_.data());
    }

    void write_imports() {
        std::vector<std::uint32_t> files;
        for (const auto& imported : library_.imported_libraries) {
            const auto at = import_files_.size();
            files.push_back(static_cast<std::uint32_t>(at));
            const auto name = to_ansi(imported.file.substr(0, 0x3fff), code_page_);
            import_files_.u32(guids_.add(imported.id, static_cast<std::uint32_t>(at) | 2));
            import_files_.u32(imported.lcid);
            import_files_.u16(imported.major);
            import_files_.u16(imported.minor);
            import_files_.u16(static_cast<std::uint16_t>(name.size() << 2 | 1));
            import_files_.bytes(name);
            while (import_files_.size() % 4) import_files_.u8('W');
        }
        for (std::uint32_t i = 0; i < library_.imports.size(); ++i) {
            const auto& type = library_.imports[i];
            const auto* id = std::get_if<Guid>(&type.which);
            import_infos_.u32(static_cast<std::uint32_t>(type.kind) << 24 | (id ? kImportByGuid : 0) | (i & 0xffff));
            import_infos_.u32(files[type.library]);
            import_infos_.u32(id ? guids_.add(*id, i * kImportInfoSize | kRefImported) : std::get<std::uint32_t>(type.which));
        }
    }

    bool is_dispatch(TypeRef ref) const {
        if (!ref.imported) return library_.types[ref.index].guid == kDispatchId;
        const auto* id = std::get_if<Guid>(&library_.imports[ref.index].which);
        return id && *id == kDispatchId;
    }

    /// The IDispatch that dispatch interfaces have as their base without saying so.
    std::uint32_t dispatch_reference() const {
        for (const auto& type : library_.types)
            if (type.kind == TypeKind::dispatch && !type.implements.empty() && is_dispatch(type.implements[0].type))
                return encoded_reference(type.implements[0].type);
        for (std::uint32_t i = 0; i < library_.imports.size(); ++i)
            if (is_dispatch({i, true})) return encoded_reference({i, true});
        return kNone;
    }

    struct Inherited {
        bool known = false;
        std::uint16_t interfaces = 0, functions = 0;
    };

    /// How many bases a type has, and how many methods they have. No ring is left by the time this runs; chains may be long.
    Inherited inherited(std::uint32_t index) {
        std::vector<std::uint32_t> chain;
        for (auto at = index; !inherited_[at].known;) {
            chain.push_back(at);
            const auto& type = library_.types[at];
            const bool has_local_base = !type.implements.empty() && !type.implements[0].type.imported;
            if (!has_local_base) break;
            at = type.implements[0].type.index;
        }
        for (; !chain.empty(); chain.pop_back()) {
            const auto& type = library_.types[chain.back()];
            auto& result = inherited_[chain.back()];
            result.known = true;
            if (type.implements.empty()) continue;
            const auto base = type.implements[0].type;
            if (base.imported) {
                result.interfaces = type.inherited_interfaces;
                result.functions = type.inherited_functions;
            } else {
                result.interfaces = static_cast<std::uint16_t>(inherited_[base.index].interfaces + 1);
                result.functions = static_cast<std::uint16_t>(inherited_[base.index].functions + library_.types[base.index].functions.size());
            }
        }
        return inherited_[index];
    }

    std::uint32_t type_name(std::uint32_t index) {
        const auto& type = library_.types[index];
        return names_.add(type.name, index * kTypeInfoSize, type.kind == TypeKind::module ? kModuleName : kTypeName);
    }

    void write_type(std::uint32_t index) {
        const auto& type = library_.types[index];
        const auto self = index * kTypeInfoSize;
        const bool is_dual = type.flags & kTypeDual;
        const std::uint32_t align = type.alignment;
        infos_.u32(static_cast<std::uint32_t>(type.kind) | (is_dual ? 0x10 : 0) | 0x20 | align << 6 | align << 11 | index << 16);
        member_offsets_.push_back(static_cast<std::uint32_t>(members_.size()));
        const auto name = type_name(index);
        infos_.u32(0);  // the members' offset, later
        infos_.u32(0);
        infos_.u32(kNone);
        infos_.u32(3);
        infos_.u32(0);
        infos_.u16(static_cast<std::uint16_t>(type.functions.size()));
        infos_.u16(static_cast<std::uint16_t>(type.variables.size()));
        infos_.zeros(16);
        infos_.u32(type.guid ? guids_.add(*type.guid, self) : kNone);
        infos_.u32(type.flags);
        infos_.u32(name);
        infos_.u16(type.major);
        infos_.u16(type.minor);
        infos_.u32(strings_.add(type.doc.helpstring));
        infos_.u32(type.doc.helpstringcontext);
        infos_.u32(type.doc.helpcontext);
        infos_.u32(values_.add_list(type.custom));
        infos_.u16(static_cast<std::uint16_t>(type.implements.size()));
        infos_.u16(type.vtable_size);
        infos_.u32(type.size);
        std::uint32_t data = kNone, more = 0;
        switch (type.kind) {
            case TypeKind::alias: data = types_.add(*type.alias); break;
            case TypeKind::module: data = strings_.add(type.dll_name); break;
            case TypeKind::coclass: data = write_references(type); break;
            case TypeKind::interface:
            case TypeKind::dispatch: {
                // A dispatch interface that is nothing else has IDispatch as its base without saying so.
                const bool plain = type.kind == TypeKind::dispatch && !is_dual && !type.implements.empty() && is_dispatch(type.implements[0].type);
                if (type.implements.empty() || plain) break;
                data = encoded_reference(type.implements[0].type);
                const auto bases = inherited(index);
                more = static_cast<std::uint32_t>(bases.functions) << 16 | bases.interfaces;
                break;
            }
            default: break;
        }
        infos_.u32(data);
        infos_.u32(more);
        infos_.u32(0);
        infos_.u32(kNone);
        if (type.functions.size() + type.variables.size() > 0) write_members(type, self);
    }

    std::uint32_t write_references(const TypeInfo& type) {
        const auto first = static_cast<std::uint32_t>(references_.size());
        for (std::size_t i = 0; i < type.implements.size(); ++i) {
            const auto& implemented = type.implements[i];
            references_.u32(encoded_reference(implemented.type));
            references_.u32(implemented.flags);
            references_.u32(values_.add_list(implemented.custom));
            references_.u32(i + 1 < type.implements.size() ? static_cast<std::uint32_t>(references_.size() + 4) : kNone);
        }
        return type.implements.empty() ? kNone : first;
    }

    void write_members(const TypeInfo& type, std::uint32_t self) {
        ByteWriter records, offsets;
        std::vector<std::uint32_t> names;
        const auto next = same_id(type.functions);
        const auto pointer = library_.pointer_size();
        for (std::size_t i = 0; i < type.functions.size(); ++i) {
            const auto& f = type.functions[i];
            offsets.u32(static_cast<std::uint32_t>(records.size()));
            names.push_back(names_.add(f.name, self, type.kind == TypeKind::module ? kGlobalMemberName : kMemberName));
            const auto vtable = f.kind == FuncKind::dispatch ? i * pointer : f.vtable_offset;
            write_function(records, f, i, static_cast<std::uint16_t>(vtable), next[i]);
        }
        for (std::size_t i = 0; i < type.variables.size(); ++i) {
            const auto& v = type.variables[i];
            const bool is_field = type.kind == TypeKind::record || type.kind == TypeKind::union_;
            const bool is_global = type.kind == TypeKind::enumeration || type.kind == TypeKind::module;
            offsets.u32(static_cast<std::uint32_t>(records.size()));
            names.push_back(names_.add(v.name, self, is_field ? kFieldName : is_global ? kGlobalMemberName : kMemberName));
            write_variable(records, v, type.functions.size() + i);
        }
        members_.u32(static_cast<std::uint32_t>(records.size()));
        members_.bytes(records.data());
        for (const auto& f : type.functions) members_.u32(static_cast<std::uint32_t>(f.memid));
        for (const auto& v : type.variables) members_.u32(static_cast<std::uint32_t>(v.memid));
        for (const auto name : names) members_.u32(name);
        members_.bytes(offsets.data());
    }

    /// For each function the next one with the same id, in a ring: get and put of a property find each other so.
    static std::vector<std::size_t> same_id(const std::vector<Function>& functions) {
        std::vector<std::size_t> next(functions.size());
        std::unordered_map<std::int32_t, std::pair<std::size_t, std::size_t>> seen;  // first and last so far
        for (std::size_t i = 0; i < functions.size(); ++i) {
            const auto [found, is_new] = seen.try_emplace(functions[i].memid, i, i);
            if (!is_new) {
                next[found->second.second] = i;
                found->second.second = i;
            }
            next[i] = found->second.first;
        }
        return next;
    }

    void write_function(ByteWriter& out, const Function& f, std::size_t index, std::uint16_t vtable, std::size_t next) {
        const auto at = out.size();
        bool has_defaults = false, has_parameter_custom = false;
        std::uint32_t special = 0, memory = 0x34 + memory_size(f.result);
        std::vector<std::uint32_t> names;
        for (const auto& p : f.parameters) {
            names.push_back(p.name.empty() ? kNone : names_.add(p.name, kNone, 0));
            has_defaults |= p.default_value.has_value();
            has_parameter_custom |= !p.custom.empty();
            special += (p.flags & kParamLcid ? 1 : 0) + (p.flags & kParamRetval ? 1 : 0);
            memory += 16 + memory_size(p.type) + (p.default_value ? 24 : 0);
        }
        const bool has_custom = !f.custom.empty() || has_parameter_custom;
        const auto* ordinal = std::get_if<std::uint16_t>(&f.entry);
        const auto* entry = std::get_if<std::string>(&f.entry);
        out.u32(static_cast<std::uint32_t>(index) << 16);
        out.u32(types_.add(f.result));
        out.u32(f.flags);
        out.u16(vtable);
        out.u16(static_cast<std::uint16_t>(memory));
        out.u32(static_cast<std::uint32_t>(f.kind) | static_cast<std::uint32_t>(f.invoke & 0xf) << 3 | (has_custom ? kFuncHasCustom : 0) |
                static_cast<std::uint32_t>(f.convention) << 8 | (has_defaults ? kFuncHasDefaults : 0) | (ordinal ? kFuncEntryIsOrdinal : 0) |
                std::min(special, 3u) * kFuncSpecialParameter | static_cast<std::uint32_t>(next) << 16);
        out.u16(static_cast<std::uint16_t>(f.parameters.size()));
        out.u16(static_cast<std::uint16_t>(f.optional_count));
        // What need not be there ends where nothing more is to be said.
        const auto helpstring = strings_.add(f.doc.helpstring);
        std::size_t extras = f.doc.helpcontext ? 1 : 0;
        if (helpstring != kNone) extras = 2;
        if (ordinal || entry) extras = 3;
        if (f.doc.helpstringcontext) extras = 6;
        if (has_custom) extras = 7;
        if (has_parameter_custom) extras = 7 + f.parameters.size();
        for (std::size_t i = 0; i < extras; ++i) {
            switch (i) {
                case 0: out.u32(f.doc.helpcontext); break;
                case 1: out.u32(helpstring); break;
                case 2: out.u32(ordinal ? *ordinal : entry ? strings_.add(*entry) : kNone); break;
                case 5: out.u32(f.doc.helpstringcontext); break;
                case 6: out.u32(values_.add_list(f.custom)); break;
                default: out.u32(i < 7 ? kNone : values_.add_list(f.parameters[i - 7].custom));
            }
        }
        if (has_defaults)
            for (const auto& p : f.parameters) out.u32(p.default_value ? values_.add(*p.default_value) : kNone);
        for (std::size_t i = 0; i < f.parameters.size(); ++i) {
            out.u32(types_.add(f.parameters[i].type));
            out.u32(names[i]);
            out.u32(f.parameters[i].flags);
        }
        out.patch_u16(at, static_cast<std::uint16_t>(out.size() - at));
    }

    void write_variable(ByteWriter& out, const Variable& v, std::size_t index) {
        const auto at = out.size();
        const bool is_constant = v.kind == VarKind::constant;
        out.u32(static_cast<std::uint32_t>(index) << 16);
        out.u32(types_.add(v.type));
        out.u32(v.flags);
        out.u16(static_cast<std::uint16_t>(v.kind));
        out.u16(static_cast<std::uint16_t>(0x24 + memory_size(v.type) + (is_constant ? 16 : 0)));
        out.u32(is_constant ? values_.add(v.value.value_or(Value{})) : v.offset);
        const auto helpstring = strings_.add(v.doc.helpstring);
        std::size_t extras = v.doc.helpcontext ? 1 : 0;
        if (helpstring != kNone) extras = 2;
        if (!v.custom.empty()) extras = 4;
        if (v.doc.helpstringcontext) extras = 5;
        const std::uint32_t extra[] = {v.doc.helpcontext, helpstring, kNone, extras >= 4 ? values_.add_list(v.custom) : kNone, v.doc.helpstringcontext};
        for (std::size_t i = 0; i < extras; ++i) out.u32(extra[i]);
        out.patch_u16(at, static_cast<std::uint16_t>(out.size() - at));
    }

    const Library& library_;
    std::uint16_t code_page_;
    NameTable names_;
    GuidTable guids_;
    StringTable strings_;
    ValueTable values_;
    TypeTable types_;
    ByteWriter infos_, import_infos_, import_files_, references_, members_;
    std::vector<std::uint32_t> member_offsets_;
    std::vector<Inherited> inherited_;
};

}  // namespace

Result<std::vector<std::uint8_t>> serialize(const Library& library) { return Writer(library).run(); }

}  // namespace odc::typelib
