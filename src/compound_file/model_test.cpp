// Random operations on a compound file and on a plain model of it in memory; both must always agree.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <random>

#include "base/utf16.h"
#include "compound_file/compound_file.h"

namespace odc::compound_file {
namespace {

struct Node {
    bool is_stream = false;
    std::vector<std::uint8_t> bytes;
    std::map<std::u16string, std::shared_ptr<Node>> children;  // names in upper case ASCII only
    std::uint32_t state_bits = 0;

    std::shared_ptr<Node> copy() const {
        auto twin = std::make_shared<Node>(*this);
        for (auto& [name, child] : twin->children) child = child->copy();
        return twin;
    }
};

class Player {
  public:
    Player(Version version, Overwrite overwrite, unsigned seed) : random_(seed), overwrite_(overwrite) {
        file_ = CompoundFile::create(std::make_unique<BorrowedBytes>(bytes_),
                                     {.version = version, .overwrite = overwrite, .cache_bytes = 32768})
                    .take();
    }

    void play(int operations) {
        for (int i = 0; i < operations && !testing::Test::HasFailure(); ++i) step(i);
        ASSERT_TRUE(file_->commit());
        committed_ = root_->copy();
        reopen();
        compare(kRoot, *root_);
    }

  private:
    std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
    std::u16string name() { return to_utf16(fmt::format("N{}", pick(40) * 7919)); }

    std::pair<EntryId, Node*> any_storage() {
        EntryId id = kRoot;
        Node* node = root_.get();
        for (std::size_t depth = pick(4); depth > 0; --depth) {
            std::vector<std::u16string> storages;
            for (const auto& [name, child] : node->children)
                if (!child->is_stream) storages.push_back(name);
            if (storages.empty()) break;
            const auto& chosen = storages[pick(storages.size())];
            id = file_->find(id, chosen).take();
            node = node->children[chosen].get();
        }
        return {id, node};
    }

    std::vector<std::uint8_t> noise(std::size_t size) {
        std::vector<std::uint8_t> bytes(size);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_());
        return bytes;
    }
    std::size_t size() {
        switch (pick(8)) {
            case 0: return pick(20000);
            case 1: return 4090 + pick(12);
            case 2: return 512 * pick(20);
            default: return pick(900);
        }
    }

    void step(int i) {
        const auto [id, node] = any_storage();
        const auto child_name = name();
        const auto known = node->children.find(child_name);
        const bool exists = known != node->children.end();
        switch (pick(20)) {
            case 0:
            case 1:
            case 2: {
                const auto made = file_->create_stream(id, child_name);
                ASSERT_EQ(made.code(), exists ? STG_E_FILEALREADYEXISTS : S_OK);
                if (exists) break;
                node->children[child_name] = std::make_shared<Node>();
                node->children[child_name]->is_stream = true;
                break;
            }
            case 3: {
                if (node->children.size() > 20) break;
                const auto made = file_->create_storage(id, child_name);
                ASSERT_EQ(made.code(), exists ? STG_E_FILEALREADYEXISTS : S_OK);
                if (!exists) node->children[child_name] = std::make_shared<Node>();
                break;
            }
            case 4:
            case 5: {
                ASSERT_EQ(file_->remove(id, child_name).code(), exists ? S_OK : STG_E_FILENOTFOUND);
                if (exists) node->children.erase(known);
                break;
            }
            case 6: {
                const auto other = name();
                const bool taken = node->children.contains(other) && other != child_name;
                const auto done = file_->rename(id, child_name, other);
                ASSERT_EQ(done.code(), !exists ? STG_E_FILENOTFOUND : taken ? STG_E_FILEALREADYEXISTS : S_OK);
                if (exists && !taken && other != child_name) {
                    auto moved = known->second;
                    node->children.erase(known);
                    node->children[other] = moved;
                }
                break;
            }
            case 7: {
                node->state_bits = static_cast<std::uint32_t>(random_());
                ASSERT_TRUE(file_->set_state_bits(id, node->state_bits, 0xFFFFFFFF));
                break;
            }
            case 8: {
                if (pick(10) != 0) break;
                ASSERT_TRUE(file_->commit());
                committed_ = root_->copy();
                break;
            }
            case 9: {
                if (pick(40) != 0) break;
                ASSERT_TRUE(file_->commit());
                committed_ = root_->copy();
                reopen();
                if (i % 7 == 0) compare(kRoot, *root_);
                break;
            }
            case 10: {
                if (overwrite_ == Overwrite::in_place || pick(60) != 0) break;
                ASSERT_TRUE(file_->revert());
                root_ = committed_->copy();
                compare(kRoot, *root_);
                break;
            }
            default: stream_step(id, *node); break;
        }
    }

    void stream_step(EntryId storage, Node& node) {
        std::vector<std::u16string> streams;
        for (const auto& [name, child] : node.children)
            if (child->is_stream) streams.push_back(name);
        if (streams.empty()) return;
        const auto& chosen = streams[pick(streams.size())];
        const EntryId id = file_->find(storage, chosen).take();
        ASSERT_NE(id, kNoEntry);
        auto& bytes = node.children[chosen]->bytes;
        switch (pick(6)) {
            case 0: {
                const auto length = size();
                ASSERT_TRUE(file_->resize(id, length));
                bytes.resize(length);
                break;
            }
            case 1:
            case 2: {
                std::vector<std::uint8_t> got(size() + 1);
                const std::size_t offset = pick(bytes.size() + 100);
                const auto count = file_->read(id, offset, got).take();
                ASSERT_EQ(count, offset >= bytes.size() ? 0 : std::min(got.size(), bytes.size() - offset));
                ASSERT_TRUE(std::equal(got.begin(), got.begin() + static_cast<std::ptrdiff_t>(count),
                                       bytes.begin() + static_cast<std::ptrdiff_t>(std::min(offset, bytes.size()))));
                break;
            }
            default: {
                const auto data = noise(size());
                const std::size_t offset = pick(4) == 0 ? pick(bytes.size() + 3000) : bytes.size();
                if (offset + data.size() > 60000) break;
                ASSERT_TRUE(file_->write(id, offset, data));
                if (data.empty()) break;
                if (bytes.size() < offset + data.size()) bytes.resize(offset + data.size());
                std::copy(data.begin(), data.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
            }
        }
    }

    void reopen() {
        file_.reset();
        const auto report = check(bytes_);
        for (const auto& finding : report->findings) ADD_FAILURE() << finding.where << ": " << finding.what;
        auto opened = CompoundFile::open(std::make_unique<BorrowedBytes>(bytes_),
                                         {.writable = true, .overwrite = overwrite_, .cache_bytes = 32768,
                                          .check_at_once = pick(2) == 0 ? 0u : 1u << 30});
        ASSERT_TRUE(opened) << opened.error().text();
        file_ = opened.take();
    }

    void compare(EntryId id, const Node& node) {
        const auto entry = file_->stat(id).take();
        if (node.is_stream) {
            ASSERT_EQ(entry.size, node.bytes.size());
            std::vector<std::uint8_t> got(entry.size);
            ASSERT_EQ(file_->read(id, 0, got).take(), got.size());
            ASSERT_EQ(got, node.bytes);
            return;
        }
        ASSERT_EQ(entry.state_bits, node.state_bits);
        const auto children = file_->children(id).take();
        ASSERT_EQ(children.size(), node.children.size());
        for (const auto child : children) {
            const auto name = std::u16string(file_->stat(child).take().name());
            ASSERT_TRUE(node.children.contains(name));
            compare(child, *node.children.at(name));
        }
    }

    std::mt19937 random_;
    Overwrite overwrite_;
    MemoryBytes bytes_;
    std::unique_ptr<CompoundFile> file_;
    std::shared_ptr<Node> root_ = std::make_shared<Node>();
    std::shared_ptr<Node> committed_ = std::make_shared<Node>();
};

/// 100,000 in all; ODC_MODEL_OPERATIONS asks for more.
int operations() {
    const char* text = std::getenv("ODC_MODEL_OPERATIONS");
    return text ? std::atoi(text) : 25000;
}

TEST(CompoundFileModel, VersionThreeAgreesWithTheModel) { Player(Version::v3, Overwrite::copy, 1).play(operations()); }
TEST(CompoundFileModel, VersionFourAgreesWithTheModel) { Player(Version::v4, Overwrite::copy, 2).play(operations()); }
TEST(CompoundFileModel, VersionThreeInPlaceAgreesWithTheModel) { Player(Version::v3, Overwrite::in_place, 3).play(operations()); }
TEST(CompoundFileModel, VersionFourInPlaceAgreesWithTheModel) { Player(Version::v4, Overwrite::in_place, 4).play(operations()); }

}  // namespace
}  // namespace odc::compound_file
