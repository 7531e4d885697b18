#include <gtest/gtest.h>

#include <cstring>

#include "objbase.h"
#include "opendcom/com_ptr.h"
#include "shlwapi.h"
#include "windows.h"

namespace odc::storage {
namespace {

LARGE_INTEGER by(std::int64_t distance) {
    LARGE_INTEGER move;
    move.QuadPart = distance;
    return move;
}
ULARGE_INTEGER sized(std::uint64_t size) {
    ULARGE_INTEGER value;
    value.QuadPart = size;
    return value;
}
ComPtr<IStream> stream_on(HGLOBAL memory, BOOL frees = TRUE) {
    ComPtr<IStream> stream;
    EXPECT_EQ(CreateStreamOnHGlobal(memory, frees, stream.put()), S_OK);
    return stream;
}
HRESULT write(IStream* stream, std::string_view text) {
    ULONG put = 0;
    const HRESULT hr = stream->Write(text.data(), static_cast<ULONG>(text.size()), &put);
    EXPECT_EQ(put, SUCCEEDED(hr) ? text.size() : 0);
    return hr;
}
std::string read(IStream* stream, ULONG most = 100) {
    std::string text(most, '\0');
    ULONG got = 0;
    EXPECT_EQ(stream->Read(text.data(), most, &got), S_OK);
    text.resize(got);
    return text;
}
std::uint64_t position(IStream* stream) {
    ULARGE_INTEGER at;
    EXPECT_EQ(stream->Seek(by(0), STREAM_SEEK_CUR, &at), S_OK);
    return at.QuadPart;
}
void rewind(IStream* stream) { EXPECT_EQ(stream->Seek(by(0), STREAM_SEEK_SET, nullptr), S_OK); }
std::uint64_t size_of(IStream* stream) {
    STATSTG stat;
    EXPECT_EQ(stream->Stat(&stat, STATFLAG_DEFAULT), S_OK);
    EXPECT_EQ(stat.pwcsName, nullptr);
    EXPECT_EQ(stat.type, DWORD{STGTY_STREAM});
    return stat.cbSize.QuadPart;
}

TEST(GlobalMemory, AFixedBlockIsItsAddress) {
    HGLOBAL memory = GlobalAlloc(GPTR, 100);
    ASSERT_TRUE(memory);
    EXPECT_EQ(GlobalLock(memory), memory);
    EXPECT_TRUE(GlobalUnlock(memory));
    EXPECT_EQ(GlobalSize(memory), 100u);
    EXPECT_EQ(static_cast<char*>(memory)[99], 0);
    EXPECT_EQ(GlobalHandle(memory), memory);
    EXPECT_EQ(GlobalFlags(memory), 0u);
    EXPECT_EQ(GlobalFree(memory), nullptr);
}

TEST(GlobalMemory, AMovableBlockCountsItsLocks) {
    HGLOBAL memory = GlobalAlloc(GHND, 10);
    void* address = GlobalLock(memory);
    ASSERT_TRUE(address);
    EXPECT_NE(address, memory);
    EXPECT_EQ(GlobalLock(memory), address);
    EXPECT_EQ(GlobalFlags(memory) & GMEM_LOCKCOUNT, 2u);
    EXPECT_EQ(GlobalHandle(address), memory);
    EXPECT_TRUE(GlobalUnlock(memory));
    EXPECT_FALSE(GlobalUnlock(memory));
    EXPECT_FALSE(GlobalUnlock(memory));
    EXPECT_EQ(GlobalFree(memory), nullptr);
}

TEST(GlobalMemory, AFreedHandleIsNoHandle) {
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, 10);
    EXPECT_EQ(GlobalFree(memory), nullptr);
    EXPECT_EQ(GlobalFree(memory), memory);
    EXPECT_EQ(GlobalLock(memory), nullptr);
    EXPECT_EQ(GlobalSize(memory), 0u);
    EXPECT_EQ(GlobalFlags(memory), GMEM_INVALID_HANDLE);
    EXPECT_EQ(GlobalReAlloc(memory, 20, GMEM_MOVEABLE), nullptr);
    EXPECT_EQ(GlobalFree(nullptr), nullptr);
}

TEST(GlobalMemory, ReallocationKeepsTheHandleAndTheBytes) {
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, 4);
    std::memcpy(GlobalLock(memory), "abcd", 4);
    GlobalUnlock(memory);
    ASSERT_EQ(GlobalReAlloc(memory, 100000, GMEM_ZEROINIT), memory);
    const auto* bytes = static_cast<const char*>(GlobalLock(memory));
    EXPECT_EQ(std::string_view(bytes, 4), "abcd");
    EXPECT_EQ(bytes[4], 0);
    EXPECT_EQ(bytes[99999], 0);
    EXPECT_EQ(GlobalReAlloc(memory, 1000000, GMEM_ZEROINIT), nullptr) << "a locked block does not move";
    GlobalUnlock(memory);
    EXPECT_EQ(GlobalReAlloc(memory, 2, 0), memory);
    EXPECT_EQ(GlobalReAlloc(memory, 4, GMEM_ZEROINIT), memory);
    EXPECT_EQ(std::string_view(static_cast<const char*>(GlobalLock(memory)), 4), std::string_view("ab\0\0", 4));
    GlobalUnlock(memory);
    EXPECT_EQ(GlobalFree(memory), nullptr);
}

TEST(GlobalMemory, ABlockOfNoBytesHasNoAddressUntilItGrows) {
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, 0);
    ASSERT_TRUE(memory);
    EXPECT_EQ(GlobalLock(memory), nullptr);
    EXPECT_EQ(GlobalFlags(memory), GMEM_DISCARDED);
    ASSERT_EQ(GlobalReAlloc(memory, 8, 0), memory);
    EXPECT_NE(GlobalLock(memory), nullptr);
    GlobalUnlock(memory);
    GlobalFree(memory);
}

TEST(GlobalMemory, AFixedBlockMovesOnlyWhenItMay) {
    HGLOBAL memory = GlobalAlloc(GMEM_FIXED, 8);
    std::memcpy(memory, "12345678", 8);
    EXPECT_EQ(GlobalReAlloc(memory, 1 << 20, 0), nullptr);
    HGLOBAL moved = GlobalReAlloc(memory, 1 << 20, GMEM_MOVEABLE);
    ASSERT_TRUE(moved);
    EXPECT_EQ(GlobalHandle(moved), moved);
    EXPECT_EQ(std::memcmp(moved, "12345678", 8), 0);
    EXPECT_EQ(GlobalFree(moved), nullptr);
}

TEST(GlobalStream, GrowsAndIsReadBack) {
    auto stream = stream_on(nullptr);
    EXPECT_EQ(size_of(stream.get()), 0u);
    EXPECT_EQ(write(stream.get(), "hello"), S_OK);
    EXPECT_EQ(write(stream.get(), " world"), S_OK);
    EXPECT_EQ(size_of(stream.get()), 11u);
    EXPECT_EQ(read(stream.get()), "");
    rewind(stream.get());
    EXPECT_EQ(read(stream.get(), 5), "hello");
    EXPECT_EQ(read(stream.get()), " world");
    HGLOBAL memory = nullptr;
    ASSERT_EQ(GetHGlobalFromStream(stream.get(), &memory), S_OK);
    EXPECT_EQ(std::string_view(static_cast<const char*>(GlobalLock(memory)), GlobalSize(memory)), "hello world");
    GlobalUnlock(memory);
}

TEST(GlobalStream, BytesBetweenTheEndAndAWriteAreZero) {
    auto stream = stream_on(nullptr);
    EXPECT_EQ(stream->Seek(by(3), STREAM_SEEK_SET, nullptr), S_OK);
    EXPECT_EQ(write(stream.get(), "x"), S_OK);
    rewind(stream.get());
    EXPECT_EQ(read(stream.get()), std::string("\0\0\0x", 4));
}

TEST(GlobalStream, SeekIgnoresTheUpperHalfAndKeepsItsPlaceOnErrors) {
    auto stream = stream_on(nullptr);
    write(stream.get(), "0123456789");
    ULARGE_INTEGER at;
    EXPECT_EQ(stream->Seek(by(0x500000004), STREAM_SEEK_SET, &at), S_OK);
    EXPECT_EQ(at.QuadPart, 4u);
    EXPECT_EQ(stream->Seek(by(-5), STREAM_SEEK_CUR, &at), STG_E_SEEKERROR);
    EXPECT_EQ(at.QuadPart, 4u);
    EXPECT_EQ(stream->Seek(by(-11), STREAM_SEEK_END, &at), STG_E_SEEKERROR);
    EXPECT_EQ(stream->Seek(by(1), 7, &at), STG_E_SEEKERROR);
    EXPECT_EQ(position(stream.get()), 4u);
    EXPECT_EQ(stream->Seek(by(5), STREAM_SEEK_END, &at), S_OK) << "behind the end is a place";
    EXPECT_EQ(read(stream.get()), "");
    EXPECT_EQ(stream->SetSize(sized(0x700000003)), S_OK);
    EXPECT_EQ(size_of(stream.get()), 3u);
}

TEST(GlobalStream, ACloneSharesTheMemoryNotThePosition) {
    auto stream = stream_on(nullptr);
    write(stream.get(), "0123");
    ComPtr<IStream> clone;
    ASSERT_EQ(stream->Clone(clone.put()), S_OK);
    EXPECT_EQ(position(clone.get()), 4u);
    EXPECT_EQ(write(stream.get(), std::string(100000, 'x')), S_OK);
    EXPECT_EQ(position(clone.get()), 4u);
    EXPECT_EQ(read(clone.get(), 3), "xxx");
    EXPECT_EQ(size_of(clone.get()), 100004u);
    stream.reset();
    EXPECT_EQ(read(clone.get(), 3), "xxx");
    HGLOBAL memory = nullptr;
    EXPECT_EQ(GetHGlobalFromStream(clone.get(), &memory), S_OK);
}

TEST(GlobalStream, ReleaseFreesTheMemoryOnlyWhenItIsToldTo) {
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, 4);
    stream_on(memory, FALSE).reset();
    EXPECT_EQ(GlobalSize(memory), 4u);
    stream_on(memory, TRUE).reset();
    EXPECT_EQ(GlobalFlags(memory), GMEM_INVALID_HANDLE);
}

TEST(GlobalStream, MemoryThatWasFreedHasNoBytesAndTakesNone) {
    auto stream = stream_on(nullptr, FALSE);
    write(stream.get(), "0123");
    rewind(stream.get());
    HGLOBAL memory = nullptr;
    ASSERT_EQ(GetHGlobalFromStream(stream.get(), &memory), S_OK);
    ASSERT_EQ(GlobalFree(memory), nullptr);
    EXPECT_EQ(read(stream.get()), "");
    EXPECT_EQ(write(stream.get(), "x"), E_OUTOFMEMORY);
    EXPECT_EQ(stream->SetSize(sized(10)), E_OUTOFMEMORY);
}

TEST(GlobalStream, CopyToStopsAtTheEnd) {
    auto from = stream_on(nullptr), to = stream_on(nullptr);
    const std::string text(200000, 'q');
    write(from.get(), text);
    EXPECT_EQ(from->Seek(by(10), STREAM_SEEK_SET, nullptr), S_OK);
    ULARGE_INTEGER did_read, did_write;
    EXPECT_EQ(from->CopyTo(to.get(), sized(UINT64_MAX), &did_read, &did_write), S_OK);
    EXPECT_EQ(did_read.QuadPart, 199990u);
    EXPECT_EQ(did_write.QuadPart, 199990u);
    EXPECT_EQ(size_of(to.get()), 199990u);
    EXPECT_EQ(from->CopyTo(nullptr, sized(1), nullptr, nullptr), STG_E_INVALIDPOINTER);
}

TEST(GlobalStream, WrongArgumentsAreRefused) {
    EXPECT_EQ(CreateStreamOnHGlobal(nullptr, TRUE, nullptr), E_INVALIDARG);
    auto stream = stream_on(nullptr);
    EXPECT_EQ(stream->Read(nullptr, 1, nullptr), STG_E_INVALIDPOINTER);
    EXPECT_EQ(stream->LockRegion(sized(0), sized(1), LOCK_WRITE), STG_E_INVALIDFUNCTION);
    EXPECT_EQ(stream->Commit(STGC_DEFAULT), S_OK);
    EXPECT_EQ(stream->Revert(), S_OK);
    HGLOBAL memory = nullptr;
    EXPECT_EQ(GetHGlobalFromStream(nullptr, &memory), E_INVALIDARG);
    EXPECT_EQ(GetHGlobalFromStream(stream.get(), nullptr), E_INVALIDARG);
    auto other = ComPtr<IStream>::attach(SHCreateMemStream(nullptr, 0));
    EXPECT_EQ(GetHGlobalFromStream(other.get(), &memory), E_INVALIDARG) << "a stream of another kind";
}

TEST(GlobalLockBytes, HoldACompoundFile) {
    ComPtr<ILockBytes> bytes;
    ASSERT_EQ(CreateILockBytesOnHGlobal(nullptr, TRUE, bytes.put()), S_OK);
    EXPECT_EQ(StgIsStorageILockBytes(bytes.get()), S_FALSE);
    constexpr DWORD kFull = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
    ComPtr<IStorage> storage;
    ASSERT_EQ(StgCreateDocfileOnILockBytes(bytes.get(), kFull | STGM_CREATE, 0, storage.put()), S_OK);
    ComPtr<IStream> stream;
    ASSERT_EQ(storage->CreateStream(OLESTR("s"), kFull, 0, 0, stream.put()), S_OK);
    write(stream.get(), "in memory");
    stream.reset();
    ASSERT_EQ(storage->Commit(STGC_DEFAULT), S_OK);
    storage.reset();
    EXPECT_EQ(StgIsStorageILockBytes(bytes.get()), S_OK);
    STATSTG stat;
    ASSERT_EQ(bytes->Stat(&stat, STATFLAG_DEFAULT), S_OK);
    EXPECT_EQ(stat.type, DWORD{STGTY_LOCKBYTES});
    // The bytes as they are in the handle make the same storage elsewhere.
    HGLOBAL memory = nullptr;
    ASSERT_EQ(GetHGlobalFromILockBytes(bytes.get(), &memory), S_OK);
    EXPECT_EQ(stat.cbSize.QuadPart, GlobalSize(memory));
    HGLOBAL copy = GlobalAlloc(GMEM_MOVEABLE, GlobalSize(memory));
    std::memcpy(GlobalLock(copy), GlobalLock(memory), GlobalSize(memory));
    GlobalUnlock(copy);
    GlobalUnlock(memory);
    bytes.reset();
    ComPtr<ILockBytes> again;
    ASSERT_EQ(CreateILockBytesOnHGlobal(copy, TRUE, again.put()), S_OK);
    ASSERT_EQ(StgOpenStorageOnILockBytes(again.get(), nullptr, kFull, nullptr, 0, storage.put()), S_OK);
    ASSERT_EQ(storage->OpenStream(OLESTR("s"), nullptr, kFull, 0, stream.put()), S_OK);
    EXPECT_EQ(read(stream.get()), "in memory");
}

TEST(GlobalLockBytes, ReadAndWriteAnywhere) {
    ComPtr<ILockBytes> bytes;
    ASSERT_EQ(CreateILockBytesOnHGlobal(nullptr, TRUE, bytes.put()), S_OK);
    ULONG done = 7;
    EXPECT_EQ(bytes->WriteAt(sized(2), "xy", 2, &done), S_OK);
    EXPECT_EQ(done, 2u);
    char text[8] = "zzzzzzz";
    EXPECT_EQ(bytes->ReadAt(sized(0), text, 8, &done), S_OK);
    EXPECT_EQ(done, 4u);
    EXPECT_EQ(std::string_view(text, 4), std::string_view("\0\0xy", 4));
    EXPECT_EQ(bytes->ReadAt(sized(100), text, 8, &done), S_OK);
    EXPECT_EQ(done, 0u);
    EXPECT_EQ(bytes->SetSize(sized(1)), S_OK);
    EXPECT_EQ(bytes->SetSize(sized(UINT64_MAX)), STG_E_MEDIUMFULL);
    EXPECT_EQ(bytes->Flush(), S_OK);
    EXPECT_EQ(bytes->LockRegion(sized(0), sized(1), LOCK_EXCLUSIVE), STG_E_INVALIDFUNCTION);
    EXPECT_EQ(bytes->WriteAt(sized(UINT64_MAX - 1), "xy", 2, &done), STG_E_MEDIUMFULL);
}

TEST(MemoryStream, StartsWithACopyOfTheBytes) {
    auto stream = ComPtr<IStream>::attach(SHCreateMemStream(reinterpret_cast<const BYTE*>("abc"), 3));
    ASSERT_TRUE(stream);
    EXPECT_EQ(read(stream.get(), 3), "abc");
    EXPECT_EQ(write(stream.get(), "def"), S_OK);
    rewind(stream.get());
    EXPECT_EQ(read(stream.get(), 6), "abcdef");
    EXPECT_TRUE(ComPtr<IStream>::attach(SHCreateMemStream(nullptr, 0)));
}

}  // namespace
}  // namespace odc::storage
