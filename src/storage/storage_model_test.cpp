// The same random operations on our storages and on a model of them in memory: every answer and everything that can be seen must
// agree, in all modes of roots, through nested transactions, and after the file was opened again.
#include <cstdlib>
#include <random>
#include <source_location>

#include "storage/model_node.h"
#include "storage/storage_fixture.h"

namespace odc::storage {
namespace {

using model::Node;
using NodePtr = std::shared_ptr<Node>;

const OLECHAR* units(const std::u16string& text) { return reinterpret_cast<const OLECHAR*>(text.c_str()); }

struct OpenStorage;
using StoragePtr = std::shared_ptr<OpenStorage>;
struct OpenStream {
    ComPtr<IStream> object;
    NodePtr node;
    StoragePtr above;
    bool writes = true;
    bool reads = true;
    bool reverted = false;
    std::uint64_t at = 0;
};
struct OpenStorage {
    ComPtr<IStorage> object;
    NodePtr node;  ///< what it sees: its own copy in transacted mode
    NodePtr base;  ///< transacted: what a commit changes
    StoragePtr above;
    bool writes = true;   ///< opened for writing
    bool reverted = false;
    bool may_change() const { return writes || base; }
};

class Player : public StorageTest {
  public:
    void TestBody() override {}
    void start(unsigned seed) {
        SetUp();
        random_.seed(seed);
        STGOPTIONS options{1, 0, seed % 2 ? 512u : 4096u, nullptr};
        ComPtr<IStorage> made;
        ASSERT_EQ(StgCreateStorageEx(path(), kFull, STGFMT_DOCFILE, 0, &options, nullptr, IID_IStorage, made.put_void()), S_OK);
    }
    void play(int operations) {
        for (done_ = 0; done_ < operations && !HasFailure(); ++done_) {
            if (!root_) open_root();
            if (!HasFatalFailure()) step();
        }
        if (root_) close_root();
        open_root();
        compare_all();
        close_root();
        TearDown();
    }

  private:
    std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
    bool one_in(std::size_t n) { return pick(n) == 0; }
    std::u16string name() { return to_utf16((one_in(2) ? "Name" : "nAME") + std::to_string(pick(14))); }

    void expect(HRESULT got, HRESULT wanted, std::source_location where = std::source_location::current()) {
        EXPECT_EQ(got, wanted) << "line " << where.line() << ", operation " << done_ << ", root mode " << std::hex << mode_;
    }

    // ---- roots
    void open_root() {
        constexpr DWORD rw = STGM_READWRITE, t = STGM_TRANSACTED;
        const DWORD modes[] = {kFull, kFull | t, rw | t | STGM_SHARE_DENY_WRITE, rw | t | STGM_SHARE_DENY_NONE, rw | t | STGM_SHARE_DENY_NONE | STGM_NOSNAPSHOT,
                               kFull | t | STGM_NOSCRATCH, rw | t | STGM_SHARE_DENY_READ, rw | STGM_SHARE_DENY_WRITE | STGM_DIRECT_SWMR,
                               kRead, kRead | t, kFull | STGM_SIMPLE};
        mode_ = modes[pick(std::size(modes))];
        auto opened = std::make_shared<OpenStorage>();
        ASSERT_EQ(StgOpenStorage(path(), nullptr, mode_, nullptr, 0, opened->object.put()), S_OK) << std::hex << mode_;
        transacted_ = (mode_ & t) != 0;
        simple_ = (mode_ & STGM_SIMPLE) != 0;
        changed_ = false;
        opened->writes = (mode_ & 3) != STGM_READ;
        opened->node = transacted_ ? disk_->copy() : disk_;
        if (mode_ & STGM_DIRECT_SWMR) {
            ComPtr<IDirectWriterLock> lock;
            ASSERT_EQ(opened->object->QueryInterface(IID_IDirectWriterLock, lock.put_void()), S_OK);
            ASSERT_EQ(lock->WaitForWriteAccess(1000), S_OK);
        }
        root_ = opened;
        storages_ = {opened};
        streams_.clear();
    }
    void close_root() {
        if (simple_) pad_streams();
        streams_.clear();
        while (!storages_.empty()) storages_.pop_back();
        root_.reset();
    }

    /// In simple mode streams have at least 4096 bytes once the file was written.
    void pad_streams() {
        if (!changed_) return;
        for (const auto& [child_name, child] : disk_->children)
            if (child->is_stream && child->bytes.size() < 4096) child->bytes.resize(4096);
        changed_ = false;
    }

    // ---- what is open
    bool is_open(const NodePtr& node) {
        for (const auto& one : storages_)
            if (!one->reverted && (one->base ? one->base == node : one->node == node) && one != root_) return true;
        for (const auto& one : streams_)
            if (!one.reverted && one.node == node) return true;
        return false;
    }
    void revert_below(const StoragePtr& storage) {
        for (auto& one : streams_)
            if (one.above == storage) one.reverted = true;
        for (const auto& one : storages_)
            if (one->above == storage && !one->reverted) {
                one->reverted = true;
                revert_below(one);
            }
    }
    void revert_openings_of(const NodePtr& node) {
        for (auto& one : streams_)
            if (one.node == node) one.reverted = true;
        for (const auto& one : storages_)
            if (!one->reverted && (one->base ? one->base == node : one->node == node)) {
                one->reverted = true;
                revert_below(one);
            }
    }

    /// Objects that are reverted answer nothing else; a few uses of each will do.
    void drop_reverted() {
        std::erase_if(streams_, [](const OpenStream& one) { return one.reverted; });
        std::erase_if(storages_, [](const StoragePtr& one) { return one->reverted; });
    }

    void step() {
        if (one_in(12)) drop_reverted();
        const auto storage = storages_[pick(storages_.size())];
        switch (pick(30)) {
            case 0:
            case 1:
            case 2: return create_stream(storage);
            case 3:
            case 4: return create_storage(storage);
            case 5:
            case 6:
            case 7: return open_stream(storage);
            case 8:
            case 9:
            case 10: return open_storage(storage);
            case 11: return destroy(storage);
            case 12: return rename(storage);
            case 13: return set_values(storage);
            case 14: return commit(storage);
            case 15: return one_in(3) ? revert(storage) : void();
            case 16: return close_something();
            case 17: return one_in(40) ? close_root() : void();
            case 18: return one_in(20) ? compare_all() : void();
            case 19: return one_in(3) ? copy(storage) : void();
            default: return streams_.empty() ? void() : stream_step(streams_[pick(streams_.size())]);
        }
    }

    // ---- storages
    void create_stream(const StoragePtr& storage) {
        const auto wanted = name();
        const bool replace = one_in(4);
        ComPtr<IStream> made;
        const HRESULT hr = storage->object->CreateStream(units(wanted), kFull | (replace ? STGM_CREATE : 0), 0, 0, made.put());
        if (simple_ && replace) return expect(hr, STG_E_INVALIDFLAG);
        auto& children = storage->node->children;
        const auto known = children.find(wanted);
        if (storage->reverted) return expect(hr, STG_E_REVERTED);
        if (!storage->may_change()) return expect(hr, STG_E_ACCESSDENIED);
        if (known != children.end()) {
            if (!replace) return expect(hr, STG_E_FILEALREADYEXISTS);
            revert_openings_of(known->second);
            children.erase(known);
        }
        ASSERT_EQ(hr, S_OK);
        auto node = std::make_shared<Node>();
        node->is_stream = true;
        changed_ = true;
        children[wanted] = node;
        streams_.push_back({made, node, storage});
    }

    void create_storage(const StoragePtr& storage) {
        const auto wanted = name();
        const bool transacted = one_in(2);
        ComPtr<IStorage> made;
        const HRESULT hr = storage->object->CreateStorage(units(wanted), kFull | (transacted ? STGM_TRANSACTED : 0), 0, 0, made.put());
        if (simple_) return expect(hr, STG_E_INVALIDFUNCTION);
        if (storage->reverted) return expect(hr, STG_E_REVERTED);
        if (storage->node->children.contains(wanted)) return expect(hr, STG_E_FILEALREADYEXISTS);
        if (!storage->may_change()) return expect(hr, STG_E_ACCESSDENIED);
        ASSERT_EQ(hr, S_OK);
        auto node = std::make_shared<Node>();
        storage->node->children[wanted] = node;
        remember(made, node, storage, transacted, true);
    }

    void remember(ComPtr<IStorage> object, const NodePtr& node, const StoragePtr& above, bool transacted, bool writes) {
        auto opened = std::make_shared<OpenStorage>();
        opened->object = std::move(object);
        opened->node = transacted ? node->copy() : node;
        if (transacted) opened->base = node;
        opened->above = above;
        opened->writes = writes;
        storages_.push_back(opened);
    }

    void open_storage(const StoragePtr& storage) {
        const auto wanted = name();
        const bool transacted = one_in(2), writes = !one_in(5);
        ComPtr<IStorage> opened;
        const DWORD mode = (writes ? STGM_READWRITE : STGM_READ) | STGM_SHARE_EXCLUSIVE | (transacted ? STGM_TRANSACTED : 0);
        const HRESULT hr = storage->object->OpenStorage(units(wanted), nullptr, mode, nullptr, 0, opened.put());
        if (simple_) return expect(hr, STG_E_INVALIDFUNCTION);
        if (storage->reverted) return expect(hr, STG_E_REVERTED);
        if (writes && !storage->may_change()) return expect(hr, STG_E_ACCESSDENIED);
        const auto known = storage->node->children.find(wanted);
        if (known == storage->node->children.end() || known->second->is_stream) return expect(hr, STG_E_FILENOTFOUND);
        if (is_open(known->second)) return expect(hr, STG_E_ACCESSDENIED);
        ASSERT_EQ(hr, S_OK);
        remember(opened, known->second, storage, transacted, writes);
    }

    void open_stream(const StoragePtr& storage) {
        const auto wanted = name();
        const DWORD access = static_cast<DWORD>(pick(3));
        ComPtr<IStream> opened;
        const HRESULT hr = storage->object->OpenStream(units(wanted), nullptr, access | STGM_SHARE_EXCLUSIVE, 0, opened.put());
        if (storage->reverted) return expect(hr, STG_E_REVERTED);
        if (access != STGM_READ && !storage->may_change()) return expect(hr, STG_E_ACCESSDENIED);
        const auto known = storage->node->children.find(wanted);
        if (known == storage->node->children.end() || !known->second->is_stream) return expect(hr, STG_E_FILENOTFOUND);
        if (is_open(known->second)) return expect(hr, STG_E_ACCESSDENIED);
        ASSERT_EQ(hr, S_OK);
        streams_.push_back({opened, known->second, storage, access != STGM_READ, access != STGM_WRITE});
    }

    void destroy(const StoragePtr& storage) {
        const auto wanted = name();
        const HRESULT hr = storage->object->DestroyElement(units(wanted));
        if (storage->reverted) return expect(hr, STG_E_REVERTED);
        if (!storage->may_change()) return expect(hr, STG_E_ACCESSDENIED);
        const auto known = storage->node->children.find(wanted);
        if (known == storage->node->children.end()) return expect(hr, STG_E_FILENOTFOUND);
        ASSERT_EQ(hr, S_OK);
        changed_ = true;
        revert_openings_of(known->second);
        storage->node->children.erase(known);
    }

    void rename(const StoragePtr& storage) {
        const auto from = name(), to = name();
        const HRESULT hr = storage->object->RenameElement(units(from), units(to));
        if (storage->reverted) return expect(hr, STG_E_REVERTED);
        if (!storage->may_change()) return expect(hr, STG_E_ACCESSDENIED);
        auto& children = storage->node->children;
        const auto known = children.find(from);
        if (known == children.end()) return expect(hr, STG_E_FILENOTFOUND);
        if (is_open(known->second)) return expect(hr, STG_E_ACCESSDENIED);
        if (const auto taken = children.find(to); taken != children.end() && taken != known) return expect(hr, STG_E_FILEALREADYEXISTS);
        ASSERT_EQ(hr, S_OK);
        changed_ = true;
        const auto node = known->second;
        children.erase(known);
        children[to] = node;
    }

    void set_values(const StoragePtr& storage) {
        const HRESULT wanted = storage->reverted ? STG_E_REVERTED : storage->may_change() ? S_OK : STG_E_ACCESSDENIED;
        const auto value = static_cast<DWORD>(random_());
        const bool before = changed_;
        changed_ = changed_ || wanted == S_OK;
        switch (pick(3)) {
            case 0: {
                const auto mask = static_cast<DWORD>(random_());
                ASSERT_EQ(storage->object->SetStateBits(value, mask), wanted);
                if (wanted == S_OK) storage->node->state_bits = (storage->node->state_bits & ~mask) | (value & mask);
                break;
            }
            case 1: {
                CLSID class_id{};
                class_id.Data1 = value;
                ASSERT_EQ(storage->object->SetClass(class_id), wanted);
                if (wanted == S_OK) storage->node->class_part = value;
                break;
            }
            default: {
                const auto child = name();
                // What a storage above sets shows through a transaction that has not set it; the model's copies do not do that.
                if (const auto open = storage->node->children.find(child); open != storage->node->children.end() && is_open(open->second)) return;
                const FILETIME created{value | 1, 5}, modified{value | 3, 6};
                const HRESULT hr = storage->object->SetElementTimes(units(child), &created, nullptr, &modified);
                const auto known = storage->node->children.find(child);
                if (wanted == S_OK && (known == storage->node->children.end() || known->second->is_stream)) {
                    changed_ = before;
                    return expect(hr, known == storage->node->children.end() ? STG_E_FILENOTFOUND : S_OK);
                }
                ASSERT_EQ(hr, wanted);
                if (wanted != S_OK) break;
                NodePtr target = known->second;
                target->created = created.dwLowDateTime;
                target->modified = modified.dwLowDateTime;
            }
        }
    }

    void commit(const StoragePtr& storage) {
        const bool is_root = storage == root_;
        const HRESULT hr = storage->object->Commit(STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE | (is_root && one_in(10) ? STGC_CONSOLIDATE : 0));
        if (storage->reverted) return expect(hr, STG_E_REVERTED);
        if (!storage->writes) return expect(hr, STG_E_ACCESSDENIED);
        ASSERT_TRUE(hr == S_OK || hr == STG_S_CANNOTCONSOLIDATE) << std::hex << hr;
        if (storage->base) storage->base->become(*storage->node);
        if (is_root && simple_) pad_streams();
        if (is_root && transacted_) disk_->become(*storage->node);
    }

    void revert(const StoragePtr& storage) {
        const HRESULT hr = storage->object->Revert();
        if (storage->reverted) return expect(hr, STG_E_REVERTED);
        ASSERT_EQ(hr, S_OK);
        const NodePtr before = storage->base ? storage->base : storage == root_ && transacted_ ? disk_ : nullptr;
        if (!before) return;
        revert_below(storage);
        storage->node->become(*before);
    }

    void close_something() {
        if (!streams_.empty() && one_in(2)) {
            streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(pick(streams_.size())));
            return;
        }
        const auto chosen = storages_[pick(storages_.size())];
        if (chosen == root_) return;
        if (!chosen->reverted) revert_below(chosen);
        std::erase(storages_, chosen);
        for (const auto& one : storages_) ASSERT_TRUE(one != chosen);
        chosen->reverted = true;
        chosen->object.reset();
    }

    /// Copies one element, within the storage or into another one, through MoveElementTo.
    void copy(const StoragePtr& storage) {
        const auto target = storages_[pick(storages_.size())];
        const auto from = name(), to = name();
        if (simple_ || storage->reverted || target->reverted || !target->may_change() || !storage->node->children.contains(from) || target->node->children.contains(to)) return;
        const auto node = storage->node->children[from];
        if (has_open(node) || is_within(target, node)) return;
        ASSERT_EQ(storage->object->MoveElementTo(units(from), target->object.get(), units(to), STGMOVE_COPY), S_OK);
        changed_ = true;
        auto twin = node->copy();
        forget_times(*twin);
        target->node->children[to] = twin;
    }
    bool has_open(const NodePtr& node) {
        if (is_open(node)) return true;
        for (const auto& [child_name, child] : node->children)
            if (has_open(child)) return true;
        return false;
    }
    bool is_within(StoragePtr storage, const NodePtr& node) {
        for (; storage; storage = storage->above)
            if (storage->node == node || storage->base == node) return true;
        return false;
    }
    static void forget_times(Node& node) {
        node.created = node.modified = 0;
        for (auto& [child_name, child] : node.children) forget_times(*child);
    }

    // ---- streams
    std::size_t size() {
        switch (pick(10)) {
            case 0: return pick(30000);
            case 1: return 4090 + pick(12);
            default: return pick(700);
        }
    }
    void stream_step(OpenStream& stream) {
        std::string& bytes = stream.node->bytes;
        switch (pick(6)) {
            case 0: {
                LARGE_INTEGER move;
                move.QuadPart = static_cast<LONGLONG>(pick(bytes.size() + 200));
                ASSERT_EQ(stream.object->Seek(move, STREAM_SEEK_SET, nullptr), stream.reverted ? STG_E_REVERTED : S_OK);
                if (!stream.reverted) stream.at = static_cast<std::uint64_t>(move.QuadPart);
                break;
            }
            case 1: {
                ULARGE_INTEGER wanted;
                wanted.QuadPart = size();
                const HRESULT hr = stream.object->SetSize(wanted);
                if (stream.reverted) return expect(hr, STG_E_REVERTED);
                if (!stream.writes) return expect(hr, STG_E_ACCESSDENIED);
                ASSERT_EQ(hr, S_OK);
                changed_ = changed_ || bytes.size() != wanted.QuadPart;
                bytes.resize(wanted.QuadPart);
                break;
            }
            case 2:
            case 3: {
                std::string got(size() + 1, '?');
                ULONG n = 0;
                const HRESULT hr = stream.object->Read(got.data(), static_cast<ULONG>(got.size()), &n);
                if (stream.reverted) return expect(hr, STG_E_REVERTED);
                if (!stream.reads) return expect(hr, STG_E_ACCESSDENIED);
                ASSERT_EQ(hr, S_OK);
                const bool whole = n == got.size();
                got.resize(n);
                ASSERT_EQ(got, stream.at < bytes.size() ? bytes.substr(stream.at, n) : std::string());
                ASSERT_TRUE(whole || n == 0 || stream.at + n == bytes.size());
                stream.at += n;
                break;
            }
            default: {
                std::string data(size(), static_cast<char>('a' + pick(26)));
                for (std::size_t i = 0; i < data.size(); i += 61) data[i] = static_cast<char>(random_());
                if (stream.at + data.size() > 60000) break;
                ULONG n = 0;
                const HRESULT hr = stream.object->Write(data.data(), static_cast<ULONG>(data.size()), &n);
                if (stream.reverted) return expect(hr, STG_E_REVERTED);
                if (!stream.writes) return expect(hr, STG_E_ACCESSDENIED);
                ASSERT_EQ(hr, S_OK);
                ASSERT_EQ(n, data.size());
                if (data.empty()) break;
                changed_ = true;
                if (bytes.size() < stream.at + n) bytes.resize(stream.at + n);
                bytes.replace(stream.at, n, data);
                stream.at += n;
            }
        }
    }

    // ---- comparing
    void compare_all() {
        for (const auto& one : storages_) {
            if (one->reverted) continue;
            compare(one->object.get(), *one->node);
            if (HasFailure()) return;
        }
        for (const auto& one : streams_) {
            STATSTG stat{};
            const HRESULT hr = one.object->Stat(&stat, STATFLAG_NONAME);
            if (one.reverted) {
                ASSERT_EQ(hr, STG_E_REVERTED);
                continue;
            }
            ASSERT_EQ(hr, S_OK);
            ASSERT_EQ(stat.cbSize.QuadPart, one.node->bytes.size());
        }
    }
    void compare(IStorage* storage, const Node& node) {
        STATSTG stat{};
        ASSERT_EQ(storage->Stat(&stat, STATFLAG_NONAME), S_OK);
        ASSERT_EQ(stat.grfStateBits, node.state_bits);
        ASSERT_EQ(stat.clsid.Data1, node.class_part);
        ComPtr<IEnumSTATSTG> elements;
        ASSERT_EQ(storage->EnumElements(0, nullptr, 0, elements.put()), S_OK);
        auto expected = node.children.begin();
        while (elements->Next(1, &stat, nullptr) == S_OK) {
            const std::u16string found(reinterpret_cast<const char16_t*>(stat.pwcsName));
            CoTaskMemFree(stat.pwcsName);
            ASSERT_TRUE(expected != node.children.end());
            ASSERT_EQ(to_utf8(found), to_utf8(expected->first));
            const Node& child = *expected->second;
            ASSERT_EQ(stat.type == STGTY_STREAM, child.is_stream);
            if (child.is_stream) {
                ASSERT_EQ(stat.cbSize.QuadPart, child.bytes.size()) << to_utf8(found);
            } else {
                ASSERT_EQ(stat.grfStateBits, child.state_bits);
                ASSERT_EQ(stat.clsid.Data1, child.class_part);
                ASSERT_TRUE(!child.created || stat.ctime.dwLowDateTime == child.created);
                ASSERT_TRUE(!child.modified || stat.mtime.dwLowDateTime == child.modified);
            }
            if (!is_open(expected->second)) {
                if (child.is_stream) {
                    ASSERT_EQ(content(StorageTest::open_stream(storage, units(found), kRead).get()), child.bytes);
                } else if (!simple_) {
                    compare(StorageTest::open_child(storage, units(found), kRead).get(), child);
                }
            }
            if (HasFatalFailure()) return;
            ++expected;
        }
        ASSERT_TRUE(expected == node.children.end());
    }

    std::mt19937 random_;
    NodePtr disk_ = std::make_shared<Node>();
    StoragePtr root_;
    DWORD mode_ = 0;
    bool transacted_ = false;
    bool simple_ = false;
    bool changed_ = false;  ///< in a simple session, since the last write
    int done_ = 0;
    std::vector<StoragePtr> storages_;
    std::vector<OpenStream> streams_;
};

/// 100,000 in all; ODC_MODEL_OPERATIONS asks for more.
int operations() {
    const char* text = std::getenv("ODC_MODEL_OPERATIONS");
    return text ? std::atoi(text) : 25000;
}

class StorageModel : public testing::TestWithParam<unsigned> {};
TEST_P(StorageModel, AgreesWithTheStorage) {
    Player player;
    player.start(GetParam());
    player.play(operations());
}
INSTANTIATE_TEST_SUITE_P(Seeds, StorageModel, testing::Values(1u, 2u, 3u, 4u));

}  // namespace
}  // namespace odc::storage
