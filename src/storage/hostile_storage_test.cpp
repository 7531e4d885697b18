// Files that mean harm, through the interfaces: an error, and not one byte written to what failed its checks.
#include <algorithm>
#include <cstring>

#include "storage/property_fixture.h"

namespace odc::storage {
namespace {

/// Bytes in memory that count what is written to them.
class WitnessBytes final : public implements<ILockBytes> {
  public:
    explicit WitnessBytes(std::vector<std::uint8_t> held) : bytes(std::move(held)) {}
    std::vector<std::uint8_t> bytes;
    int changes = 0;

    HRESULT STDMETHODCALLTYPE ReadAt(ULARGE_INTEGER offset, void* to, ULONG size, ULONG* got) override {
        const std::uint64_t at = std::min<std::uint64_t>(offset.QuadPart, bytes.size());
        const auto count = static_cast<ULONG>(std::min<std::uint64_t>(size, bytes.size() - at));
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), count, static_cast<std::uint8_t*>(to));
        if (got) *got = count;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE WriteAt(ULARGE_INTEGER offset, const void* from, ULONG size, ULONG* put) override {
        ++changes;
        if (offset.QuadPart + size > bytes.size()) bytes.resize(offset.QuadPart + size);
        std::copy_n(static_cast<const std::uint8_t*>(from), size, bytes.begin() + static_cast<std::ptrdiff_t>(offset.QuadPart));
        if (put) *put = size;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Flush() override { return S_OK; }
    HRESULT STDMETHODCALLTYPE SetSize(ULARGE_INTEGER size) override {
        ++changes;
        bytes.resize(size.QuadPart);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE LockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE UnlockRegion(ULARGE_INTEGER, ULARGE_INTEGER, DWORD) override { return STG_E_INVALIDFUNCTION; }
    HRESULT STDMETHODCALLTYPE Stat(STATSTG* stat, DWORD) override {
        *stat = {};
        stat->type = STGTY_LOCKBYTES;
        stat->cbSize.QuadPart = bytes.size();
        return S_OK;
    }
};

const DWORD kModes[] = {kFull, STGM_READWRITE | STGM_SHARE_EXCLUSIVE | STGM_TRANSACTED};

/// Looks at everything; whatever fails is not asked again.
void look_around(IStorage* storage, int depth = 0) {
    ComPtr<IEnumSTATSTG> elements;
    if (depth > 20 || FAILED(storage->EnumElements(0, nullptr, 0, elements.put()))) return;
    STATSTG stat{};
    for (int i = 0; i < 100 && elements->Next(1, &stat, nullptr) == S_OK; ++i) {
        ComPtr<IStorage> below;
        ComPtr<IStream> stream;
        char buffer[700];
        if (stat.type == STGTY_STORAGE) {
            if (storage->OpenStorage(stat.pwcsName, nullptr, kRead, nullptr, 0, below.put()) == S_OK) look_around(below.get(), depth + 1);
        } else if (storage->OpenStream(stat.pwcsName, nullptr, kRead, 0, stream.put()) == S_OK) {
            ULONG got = 1;
            for (int piece = 0; piece < 100 && stream->Read(buffer, sizeof buffer, &got) == S_OK && got > 0; ++piece) continue;
        }
        CoTaskMemFree(stat.pwcsName);
    }
    ComPtr<IPropertySetStorage> sets;
    ComPtr<IPropertyStorage> set;
    if (SUCCEEDED(storage->QueryInterface(IID_PPV_ARGS(sets.put())))) (void)sets->Open(kFormat, kRead, set.put());
}

class HostileStorage : public Properties {
  protected:
    /// A small file with a stream of each size class, a storage and a property set.
    std::vector<std::uint8_t> sample() {
        auto bytes = ComPtr<WitnessBytes>::attach(new WitnessBytes({}));
        ComPtr<IStorage> storage, below;
        EXPECT_EQ(StgCreateDocfileOnILockBytes(bytes.get(), kFull | STGM_CREATE, 0, storage.put()), S_OK);
        for (const ULONG size : {100u, 4200u}) {
            ComPtr<IStream> stream;
            EXPECT_EQ(storage->CreateStream(size == 100 ? OLESTR("short") : OLESTR("long"), kFull, 0, 0, stream.put()), S_OK);
            EXPECT_EQ(stream->Write(std::string(size, 's').data(), size, nullptr), S_OK);
        }
        EXPECT_EQ(storage->CreateStorage(OLESTR("below"), kFull, 0, 0, below.put()), S_OK);
        below.reset();
        ComPtr<IPropertySetStorage> sets;
        ComPtr<IPropertyStorage> set;
        EXPECT_EQ(storage->QueryInterface(IID_PPV_ARGS(sets.put())), S_OK);
        EXPECT_EQ(sets->Create(kFormat, nullptr, 0, kFull, set.put()), S_OK);
        EXPECT_EQ(write(set.get(), by_name(OLESTR("name")), 5), S_OK);
        EXPECT_EQ(set->Commit(STGC_DEFAULT), S_OK);
        set.reset();
        sets.reset();
        EXPECT_EQ(storage->Commit(STGC_DEFAULT), S_OK);
        storage.reset();
        return bytes->bytes;
    }
    /// Opens for writing in each mode, looks at everything, lets go: nothing may have been written. Whether it opened.
    bool opens_untouched(const std::vector<std::uint8_t>& file) {
        bool opened = false;
        for (const DWORD mode : kModes) {
            auto bytes = ComPtr<WitnessBytes>::attach(new WitnessBytes(file));
            {
                ComPtr<IStorage> storage;
                const HRESULT hr = StgOpenStorageOnILockBytes(bytes.get(), nullptr, mode, nullptr, 0, storage.put());
                if (SUCCEEDED(hr)) look_around(storage.get());
                else EXPECT_EQ(HRESULT_FACILITY(hr), FACILITY_STORAGE) << std::hex << hr;
                opened = opened || SUCCEEDED(hr);
            }
            EXPECT_EQ(bytes->changes, 0);
        }
        return opened;
    }
};

TEST_F(HostileStorage, TruncationAtEveryByteIsAnErrorAndWritesNothing) {
    const auto file = sample();
    ASSERT_TRUE(opens_untouched(file));
    for (std::size_t size = 0; size + 1 < file.size(); ++size)
        ASSERT_FALSE(opens_untouched({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)})) << size;
}

TEST_F(HostileStorage, ABentByteIsAnErrorOrHarmlessAndWritesNothing) {
    const auto file = sample();
    std::size_t refused = 0;
    for (std::size_t at = 0; at < file.size(); ++at)
        for (const int value : {0x00, 0x7F, 0xFF}) {
            if (at % 7 && value != 0xFF) continue;
            auto bent = file;
            bent[at] = static_cast<std::uint8_t>(value);
            refused += bent != file && !opens_untouched(bent);
        }
    EXPECT_GT(refused, 100u);
}

TEST_F(HostileStorage, AChainThatGoesInACircleIsRefused) {
    const auto file = sample();
    const auto number_at = [&](std::size_t at) { return static_cast<std::uint32_t>(file[at] | file[at + 1] << 8 | file[at + 2] << 16) | std::uint32_t{file[at + 3]} << 24; };
    const std::size_t fat = 512 + number_at(76) * std::size_t{512};  // the first sector that the header lists
    int chained = 0;
    for (std::size_t entry = 0; entry < 128; ++entry) {
        if (number_at(fat + entry * 4) >= 0xFFFFFFFA) continue;
        ++chained;
        auto bent = file;
        bent[fat + entry * 4] = static_cast<std::uint8_t>(entry);
        EXPECT_FALSE(opens_untouched(bent)) << entry;
    }
    EXPECT_GT(chained, 5);
}

TEST_F(HostileStorage, APropertySetThatIsNoneStaysAsItIs) {
    WCHAR name[CCH_MAX_PROPSTG_NAME + 1];
    ASSERT_EQ(FmtIdToPropStgName(&kFormat, name), S_OK);
    {
        auto set = create();
        ASSERT_EQ(write(set.get(), by_name(OLESTR("name")), 5), S_OK);
        ASSERT_EQ(write_text(set.get(), by_id(7), "text"), S_OK);
        ASSERT_EQ(set->Commit(STGC_DEFAULT), S_OK);
    }
    const auto good = bytes_of(name);
    const auto try_set = [&](const std::vector<std::uint8_t>& bytes) {
        ComPtr<IStream> stream;
        EXPECT_EQ(storage_->OpenStream(name, nullptr, kFull, 0, stream.put()), S_OK);
        ULARGE_INTEGER size{};
        size.QuadPart = bytes.size();
        EXPECT_EQ(stream->SetSize(size), S_OK);
        if (!bytes.empty()) {
            EXPECT_EQ(stream->Write(bytes.data(), static_cast<ULONG>(bytes.size()), nullptr), S_OK);
        }
        stream.reset();
        ComPtr<IPropertyStorage> set;
        const HRESULT hr = sets_->Open(kFormat, kFull, set.put());
        set.reset();
        EXPECT_EQ(bytes_of(name), bytes);
        return hr;
    };
    EXPECT_EQ(try_set(good), S_OK);
    for (std::size_t size = 0; size + 3 < good.size(); ++size)
        EXPECT_EQ(try_set({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}), STG_E_INVALIDHEADER) << size;
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto bent = good;
        bent[at] ^= 0xFF;
        const HRESULT hr = try_set(bent);
        EXPECT_TRUE(hr == S_OK || hr == STG_E_INVALIDHEADER || hr == STG_E_FILENOTFOUND) << at << ": " << std::hex << hr;
    }
}

}  // namespace
}  // namespace odc::storage
