#include "registry/class_records.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <unordered_map>

#include "base/log.h"
#include "base/utf16.h"

namespace odc::registry {
namespace {

constexpr std::size_t kMaxRemembered = 4096;
constexpr int kMaxTreatAsSteps = 16;

const KeyPath kClasses{Root::classes_root, {}};

KeyPath class_key(const char* family, const Guid& id) { return {Root::classes_root, {family, to_string(id)}}; }

std::string text_of(const KeyTree* tree, std::string_view value_name = {}) {
    const Value* value = tree ? tree->value(value_name) : nullptr;
    return value ? value->as_expanded_text() : std::string();
}

std::optional<Guid> guid_of(const KeyTree* tree, std::string_view value_name = {}) {
    return parse_guid(text_of(tree, value_name));
}

bool is_yes(const KeyTree* tree, std::string_view value_name = {}) { return equal_ignoring_case(text_of(tree, value_name), "Y"); }

std::optional<std::vector<std::uint8_t>> bytes_of(const KeyTree& tree, std::string_view value_name) {
    const Value* value = tree.value(value_name);
    if (!value) return std::nullopt;
    return value->data;
}

ThreadingModel threading_model_of(const KeyTree* tree, const Guid& clsid) {
    const auto text = text_of(tree, "ThreadingModel");
    if (text.empty() || equal_ignoring_case(text, "Single")) return ThreadingModel::single;
    if (equal_ignoring_case(text, "Apartment")) return ThreadingModel::apartment;
    if (equal_ignoring_case(text, "Free")) return ThreadingModel::free;
    if (equal_ignoring_case(text, "Both")) return ThreadingModel::both;
    if (equal_ignoring_case(text, "Neutral")) return ThreadingModel::neutral;
    log::warning("registry", "class {} has the unknown ThreadingModel '{}', taken as single", to_string(clsid), text);
    return ThreadingModel::single;
}

/// A path may stand in quotes.
std::string path_of(std::string text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
    return text;
}

bool is_missing(HRESULT code) { return code == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND); }

/// "No such key" becomes the answer that COM gives; what the file did wrong becomes REGDB_E_READREGDB, and is logged.
Error answer(const Error& error, HRESULT when_missing, const std::string& what) {
    if (is_missing(error.code())) return fail(when_missing, what + " is not registered");
    log::error("registry", "{}: {} ({:#010x})", what, error.text(), static_cast<std::uint32_t>(error.code()));
    return fail(REGDB_E_READREGDB, what + ": " + error.text());
}

struct Version {
    unsigned major = 0, minor = 0;
};

/// "1.a": two hexadecimal numbers.
std::optional<Version> parse_version(std::string_view text) {
    Version version;
    const char* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, version.major, 16);
    if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.') return std::nullopt;
    const auto second = std::from_chars(first.ptr + 1, end, version.minor, 16);
    if (second.ec != std::errc() || second.ptr != end) return std::nullopt;
    return version;
}

/// The file registered for one language of one version.
std::string file_for_language(const KeyTree& version, std::uint32_t lcid) {
    for (const std::uint32_t language : {lcid, lcid & 0x3FF, 0u}) {
        const KeyTree* key = version.key(fmt::format("{:x}", language));
        if (!key) continue;
        // Libraries registered by our own tools, then those that a .reg file brought from Windows.
        for (const char* platform : {"linux64", "win64", "win32"})
            if (auto path = path_of(text_of(key->key(platform))); !path.empty()) return path;
    }
    return {};
}

}  // namespace

std::string_view to_string(ThreadingModel model) {
    switch (model) {
        case ThreadingModel::single:
            return "Single";
        case ThreadingModel::apartment:
            return "Apartment";
        case ThreadingModel::free:
            return "Free";
        case ThreadingModel::both:
            return "Both";
        case ThreadingModel::neutral:
            return "Neutral";
    }
    return {};
}

struct ClassRecords::Cache {
    template <class Record>
    using ByGuid = std::unordered_map<Guid, Result<std::shared_ptr<const Record>>, GuidHash>;
    template <class Record>
    using ByText = std::map<std::string, Result<std::shared_ptr<const Record>>, std::less<>>;

    Mutex mutex;
    std::optional<ChangeStamp> stamp ODC_GUARDED_BY(mutex);
    ByGuid<ClassRecord> classes ODC_GUARDED_BY(mutex);
    ByGuid<InterfaceRecord> interfaces ODC_GUARDED_BY(mutex);
    ByGuid<AppRecord> apps ODC_GUARDED_BY(mutex);
    ByText<Guid> prog_ids ODC_GUARDED_BY(mutex);
    ByText<std::string> files ODC_GUARDED_BY(mutex);
    ByText<std::string> hosts ODC_GUARDED_BY(mutex);

    void forget() ODC_REQUIRES(mutex) {
        classes.clear();
        interfaces.clear();
        apps.clear();
        prog_ids.clear();
        files.clear();
        hosts.clear();
    }
};

ClassRecords::ClassRecords(std::shared_ptr<Registry> registry) : registry_(std::move(registry)), cache_(new Cache) {}
ClassRecords::~ClassRecords() = default;

template <class Memory, class Question, class Load>
auto ClassRecords::remembered(Memory Cache::*memory, const Question& question, Load load) const {
    using Answer = typename Memory::mapped_type;
    const auto stamp = registry_->change_stamp();
    if (stamp) {
        Lock lock(cache_->mutex);
        if (cache_->stamp == stamp) {
            const auto& known = (*cache_).*memory;
            if (const auto at = known.find(question); at != known.end()) return at->second;
        }
    }
    auto loaded = load();
    using Record = std::remove_reference_t<decltype(*loaded)>;
    Answer found = loaded ? Answer(std::make_shared<const Record>(loaded.take())) : Answer(std::move(loaded.error()));
    if (stamp && found.code() != REGDB_E_READREGDB) {
        Lock lock(cache_->mutex);
        auto& known = (*cache_).*memory;
        if (cache_->stamp != stamp || known.size() >= kMaxRemembered) cache_->forget();
        cache_->stamp = stamp;
        known.insert_or_assign(typename Memory::key_type(question), found);
    }
    return found;
}

Result<std::optional<std::string>> ClassRecords::text(const KeyPath& parent, std::string_view below,
                                                      std::string_view value) const {
    const auto key = ODC_TRY(parent.child(below));
    const auto found = ODC_TRY(registry_->value(key, value));
    if (!found) return std::optional<std::string>();
    return std::optional<std::string>(found->as_expanded_text());
}

Result<ClassRecord> ClassRecords::load_class(const Guid& clsid) const {
    auto tree = registry_->tree(class_key("CLSID", clsid), 1);
    if (!tree) return answer(tree.error(), REGDB_E_CLASSNOTREG, "class " + to_string(clsid));
    const KeyTree* inproc = tree->key("InprocServer32");
    const KeyTree* handler = tree->key("InprocHandler32");
    const KeyTree* local = tree->key("LocalServer32");
    ClassRecord record;
    record.clsid = clsid;
    record.name = text_of(&*tree);
    record.inproc_server = path_of(text_of(inproc));
    record.threading_model = threading_model_of(inproc, clsid);
    record.inproc_handler = path_of(text_of(handler));
    record.handler_threading_model = threading_model_of(handler, clsid);
    record.local_server = text_of(local);
    record.server_executable = path_of(text_of(local, "ServerExecutable"));
    record.local_service = text_of(tree->key("LocalService"));
    record.service_parameters = text_of(&*tree, "ServiceParameters");
    record.remote_server_name = text_of(&*tree, "RemoteServerName");
    if (record.remote_server_name.empty()) record.remote_server_name = text_of(tree->key("RemoteServerName"));
    record.run_as = text_of(tree->key("RunAs"));
    record.activate_at_storage = is_yes(tree->key("ActivateAtStorage"));
    record.prog_id = text_of(tree->key("ProgID"));
    record.version_independent_prog_id = text_of(tree->key("VersionIndependentProgID"));
    record.treat_as = guid_of(tree->key("TreatAs"));
    record.auto_convert_to = guid_of(tree->key("AutoConvertTo"));
    record.type_library = guid_of(tree->key("TypeLib"));
    record.app_id = guid_of(&*tree, "AppID");
    if (!record.app_id) return record;
    if (auto app = find_app(*record.app_id)) {
        record.app = **app;
        if (record.local_service.empty()) record.local_service = record.app->local_service;
        if (record.service_parameters.empty()) record.service_parameters = record.app->service_parameters;
        if (record.remote_server_name.empty()) record.remote_server_name = record.app->remote_server_name;
        if (!record.app->run_as.empty()) record.run_as = record.app->run_as;
        record.activate_at_storage |= record.app->activate_at_storage;
    } else if (app.code() != REGDB_E_CLASSNOTREG) {
        return std::move(app.error());
    }
    return record;
}

Result<AppRecord> ClassRecords::load_app(const Guid& app_id) const {
    auto tree = registry_->tree(class_key("AppID", app_id), 0);
    if (!tree) return answer(tree.error(), REGDB_E_CLASSNOTREG, "application " + to_string(app_id));
    const KeyTree* values = &*tree;
    AppRecord record;
    record.app_id = app_id;
    record.name = text_of(values);
    record.remote_server_name = text_of(values, "RemoteServerName");
    record.local_service = text_of(values, "LocalService");
    record.service_parameters = text_of(values, "ServiceParameters");
    record.run_as = text_of(values, "RunAs");
    record.has_dll_surrogate = values->value("DllSurrogate") != nullptr;
    record.dll_surrogate = text_of(values, "DllSurrogate");
    record.activate_at_storage = is_yes(values, "ActivateAtStorage");
    if (const Value* level = values->value("AuthenticationLevel")) record.authentication_level = level->as_dword();
    record.launch_permission = bytes_of(*tree, "LaunchPermission");
    record.access_permission = bytes_of(*tree, "AccessPermission");
    return record;
}

Result<InterfaceRecord> ClassRecords::load_interface(const Guid& iid) const {
    auto tree = registry_->tree(class_key("Interface", iid), 1);
    if (!tree) return answer(tree.error(), REGDB_E_IIDNOTREG, "interface " + to_string(iid));
    InterfaceRecord record;
    record.iid = iid;
    record.name = text_of(&*tree);
    record.proxy_stub = guid_of(tree->key("ProxyStubClsid32"));
    if (!record.proxy_stub) record.proxy_stub = guid_of(tree->key("ProxyStubClsid"));
    record.synchronous = guid_of(tree->key("SynchronousInterface"));
    record.type_library = guid_of(tree->key("TypeLib"));
    record.type_library_version = text_of(tree->key("TypeLib"), "Version");
    const auto count = text_of(tree->key("NumMethods"));
    std::from_chars(count.data(), count.data() + count.size(), record.method_count);
    return record;
}

Result<std::shared_ptr<const ClassRecord>> ClassRecords::find_class(const Guid& clsid) const {
    return remembered(&Cache::classes, clsid, [&] { return load_class(clsid); });
}

Result<std::shared_ptr<const InterfaceRecord>> ClassRecords::find_interface(const Guid& iid) const {
    return remembered(&Cache::interfaces, iid, [&] { return load_interface(iid); });
}

Result<std::shared_ptr<const AppRecord>> ClassRecords::find_app(const Guid& app_id) const {
    return remembered(&Cache::apps, app_id, [&] { return load_app(app_id); });
}

Result<Guid> ClassRecords::treat_as(const Guid& clsid) const {
    Guid at = clsid;
    for (int step = 0; step < kMaxTreatAsSteps; ++step) {
        const auto record = find_class(at);
        if (!record && record.code() != REGDB_E_CLASSNOTREG) return record.error();
        if (!record || !(*record)->treat_as || *(*record)->treat_as == at) return at;
        at = *(*record)->treat_as;
    }
    log::warning("registry", "TreatAs of class {} goes on after {} steps, ignored", to_string(clsid), kMaxTreatAsSteps);
    return clsid;
}

Result<Guid> ClassRecords::clsid_of_prog_id(std::string_view prog_id) const {
    auto found = remembered(&Cache::prog_ids, prog_id, [&]() -> Result<Guid> {
        const std::string what = "ProgID '" + std::string(prog_id) + "'";
        if (prog_id.empty() || prog_id.find('\\') != prog_id.npos) return fail(CO_E_CLASSSTRING, what + " is no ProgID");
        std::string at(prog_id);
        for (int step = 0; step < 2; ++step) {  // the second is CurVer's
            const auto key = kClasses.child(at);
            if (!key) return fail(CO_E_CLASSSTRING, what + " is no ProgID");
            auto tree = registry_->tree(*key, 1);
            if (!tree) return answer(tree.error(), CO_E_CLASSSTRING, what);
            if (const auto clsid = guid_of(tree->key("CLSID"))) return *clsid;
            at = text_of(tree->key("CurVer"));
            if (at.empty()) break;
        }
        return fail(CO_E_CLASSSTRING, what + " names no class");
    });
    if (!found) return std::move(found.error());
    return **found;
}

Result<std::string> ClassRecords::prog_id_of_clsid(const Guid& clsid) const {
    const auto record = ODC_TRY(find_class(clsid));
    if (record->prog_id.empty()) return fail(REGDB_E_CLASSNOTREG, "class " + to_string(clsid) + " has no ProgID");
    return record->prog_id;
}

Result<std::string> ClassRecords::load_type_library_path(const Guid& library, unsigned major, unsigned minor,
                                                         std::uint32_t lcid) const {
    const auto what = fmt::format("type library {} {:x}.{:x}", to_string(library), major, minor);
    auto tree = registry_->tree(class_key("TypeLib", library), 3);
    if (!tree) return answer(tree.error(), TYPE_E_LIBNOTREGISTERED, what);
    const KeyTree* best = nullptr;
    unsigned best_minor = 0;
    for (const auto& key : tree->keys) {
        const auto version = parse_version(key.name);
        if (!version || version->major != major || version->minor < minor) continue;
        const bool exact = version->minor == minor;
        if (exact || !best || version->minor > best_minor) {
            best = &key;
            best_minor = version->minor;
        }
        if (exact) break;
    }
    auto path = best ? file_for_language(*best, lcid) : std::string();
    if (path.empty()) return fail(TYPE_E_LIBNOTREGISTERED, what + " is not registered");
    return path;
}

Result<std::string> ClassRecords::type_library_path(const Guid& library, unsigned major, unsigned minor,
                                                    std::uint32_t lcid) const {
    auto found = remembered(&Cache::files, fmt::format("{} {} {} {}", to_string(library), major, minor, lcid),
                            [&] { return load_type_library_path(library, major, minor, lcid); });
    if (!found) return std::move(found.error());
    return **found;
}

std::optional<std::string> ClassRecords::host_address(std::string_view name) const {
    static const KeyPath kHosts{Root::local_machine, {"SOFTWARE", "OpenDCOM", "Hosts"}};
    const auto found = remembered(&Cache::hosts, name, [&]() -> Result<std::string> {
        auto address = text(kHosts, {}, name);
        if (!address) return answer(address.error(), E_FAIL, "host " + std::string(name));
        if (!*address || (*address)->empty()) return fail(E_FAIL, "not listed");
        return **address;
    });
    // The default value of the key is no host.
    if (!found || name.empty()) return std::nullopt;
    return **found;
}

namespace {

Result<std::shared_ptr<const ClassRecords>> current_records() {
    struct Current {
        Mutex mutex;
        std::shared_ptr<Registry> registry ODC_GUARDED_BY(mutex);
        std::shared_ptr<const ClassRecords> records ODC_GUARDED_BY(mutex);
    };
    static auto* current = new Current;  // never destroyed: threads may ask while the process ends
    auto registry = Registry::current();
    if (!registry) return fail(REGDB_E_READREGDB, registry.error().text());
    Lock lock(current->mutex);
    if (current->registry != *registry) {
        current->registry = *registry;
        current->records = std::make_shared<const ClassRecords>(*registry);
    }
    return current->records;
}

}  // namespace

Result<std::shared_ptr<const ClassRecord>> find_class(const Guid& clsid) {
    return ODC_TRY(current_records())
    ->find_class(clsid);
}
Result<std::shared_ptr<const InterfaceRecord>> find_interface(const Guid& iid) {
    return ODC_TRY(current_records())
    ->find_interface(iid);
}
Result<Guid> treat_as(const Guid& clsid) {
    return ODC_TRY(current_records())
    ->treat_as(clsid);
}
Result<Guid> clsid_of_prog_id(std::string_view prog_id) {
    return ODC_TRY(current_records())
    ->clsid_of_prog_id(prog_id);
}
Result<std::string> prog_id_of_clsid(const Guid& clsid) {
    return ODC_TRY(current_records())
    ->prog_id_of_clsid(clsid);
}
std::optional<std::string> host_address(std::string_view name) {
    const auto records = current_records();
    return records ? (*records)->host_address(name) : std::nullopt;
}

}  // namespace odc::registry
