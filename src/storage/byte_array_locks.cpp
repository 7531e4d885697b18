// ShareLocks of an ILockBytes, by its LockRegion: each opener holds one byte of each group that applies to it.
#include <map>

#include "opendcom/com_ptr.h"
#include "storage/share_bytes.h"
#include "storage/share_locks.h"

namespace odc::storage {

namespace {

class ByteArrayLocks final : public ShareLocks {
  public:
    explicit ByteArrayLocks(ILockBytes* bytes) : bytes_(ComPtr<ILockBytes>::share(bytes)) {}
    ~ByteArrayLocks() override {
        for (const auto& [group, byte] : mine_) unlock(byte, 1);
    }

    /// S_FALSE: no locks here.
    HRESULT promise_all(const Sharing& wanted) {
        HRESULT hr = S_OK;
        const bool entered = try_for_a_while([&] {
            hr = lock(first_byte(LockGroup::gate), 1);
            return !is_busy(hr);
        });
        if (!entered) return STG_E_SHAREVIOLATION;
        if (hr == STG_E_INVALIDFUNCTION) return S_FALSE;
        if (FAILED(hr)) return hr;
        const bool done = promise(
            wanted, [&](LockGroup group) { return taken(group, hr); }, [&](LockGroup group) { return take(group, hr); });
        unlock(first_byte(LockGroup::gate), 1);
        return done ? S_OK : FAILED(hr) && !is_busy(hr) ? hr : STG_E_SHAREVIOLATION;
    }

    bool others_present() override {
        HRESULT hr = S_OK;
        return taken(LockGroup::reads, hr) || taken(LockGroup::writes, hr);
    }
    Result<> begin_commit(std::uint32_t milliseconds) override {
        HRESULT hr = S_OK;
        if (taken(LockGroup::keeps_from_commit, hr)) return fail(STG_E_LOCKVIOLATION, "open in priority mode");
        return begin(kCommitBytes, milliseconds);
    }
    Result<> begin_look() override { return begin(1, kPatience); }
    void end_commit() override { unlock(first_byte(LockGroup::commit), commit_bytes_); }

  private:
    Result<> begin(std::uint64_t count, std::uint32_t milliseconds) {
        HRESULT hr = S_OK;
        if (!try_for_a_while([&] { return !is_busy(hr = lock(first_byte(LockGroup::commit), count)); }, milliseconds))
            return fail(STG_E_LOCKVIOLATION, "another commit never ends");
        if (FAILED(hr)) return fail(hr, "ILockBytes::LockRegion");
        commit_bytes_ = count;
        return {};
    }
    static bool is_busy(HRESULT hr) {
        return hr == STG_E_LOCKVIOLATION || hr == STG_E_ACCESSDENIED || hr == STG_E_SHAREVIOLATION;
    }
    static ULARGE_INTEGER large(std::uint64_t value) {
        ULARGE_INTEGER result;
        result.QuadPart = value;
        return result;
    }
    HRESULT lock(std::uint64_t first, std::uint64_t count) {
        return bytes_->LockRegion(large(first), large(count), LOCK_ONLYONCE);
    }
    void unlock(std::uint64_t first, std::uint64_t count) {
        (void)bytes_->UnlockRegion(large(first), large(count), LOCK_ONLYONCE);
    }
    bool range_taken(std::uint64_t first, std::uint64_t end, HRESULT& hr) {
        if (first == end) return false;
        hr = lock(first, end - first);
        if (FAILED(hr)) return true;
        unlock(first, end - first);
        return false;
    }
    bool taken(LockGroup group, HRESULT& hr) {
        const std::uint64_t first = first_byte(group), end = first + bytes_of(group);
        const auto own = mine_.find(group);
        if (own == mine_.end()) return range_taken(first, end, hr);
        return range_taken(first, own->second, hr) || range_taken(own->second + 1, end, hr);
    }
    bool take(LockGroup group, HRESULT& hr) {
        for (std::uint64_t byte = first_byte(group); byte < first_byte(group) + bytes_of(group); ++byte) {
            hr = lock(byte, 1);
            if (SUCCEEDED(hr)) {
                mine_.emplace(group, byte);
                return true;
            }
            if (!is_busy(hr)) return false;
        }
        return false;
    }

    const ComPtr<ILockBytes> bytes_;
    std::map<LockGroup, std::uint64_t> mine_;
    std::uint64_t commit_bytes_ = 0;
};

}  // namespace

Result<std::unique_ptr<ShareLocks>> lock_bytes(ILockBytes* bytes, const Sharing& wanted) {
    auto locks = std::make_unique<ByteArrayLocks>(bytes);
    const HRESULT hr = locks->promise_all(wanted);
    if (FAILED(hr)) return fail(hr, "ILockBytes::LockRegion");
    if (hr == S_FALSE) return std::unique_ptr<ShareLocks>();
    return std::unique_ptr<ShareLocks>(std::move(locks));
}

}  // namespace odc::storage
