// Storages, streams, byte arrays and property sets through calls: to another apartment of this process, to another process, to another host.
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "../com/places.h"
#include "base/utf16.h"
#include "clerk_object.h"
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile clerk_ProxyFile;

namespace odc::test {

std::vector<std::string> own_host_options() { return {}; }

namespace {

namespace fs = std::filesystem;

constexpr DWORD kFull = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
constexpr DWORD kRead = STGM_READ | STGM_SHARE_EXCLUSIVE;

class Marshaled : public testing::TestWithParam<Where> {
  protected:
    void SetUp() override {
        static const bool registered = [] {
            com::register_proxy_file(clerk_ProxyFile);
            return true;
        }();
        (void)registered;
        char pattern[] = "/tmp/odc_marshaled_XXXXXX";
        ASSERT_TRUE(::mkdtemp(pattern));
        folder_ = pattern;
        path_ = to_utf16((folder_ / "file").string());
        ASSERT_EQ(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
        place_ = place_of<IClerk>(GetParam(), ODC_CLERK_SERVER, [] { return ComPtr<IClerk>::attach(new Clerk); });
        ASSERT_TRUE(clerk());
        LONG process = 0;
        ASSERT_EQ(clerk()->Process(&process), S_OK);
        ASSERT_EQ(process == ::getpid(), GetParam() == Where::apartment) << "the clerk is where the test says";
    }
    void TearDown() override {
        place_.reset();
        CoUninitialize();
        fs::remove_all(folder_);
    }
    IClerk* clerk() { return place_->object.get(); }
    const OLECHAR* path() const { return reinterpret_cast<const OLECHAR*>(path_.c_str()); }
    ComPtr<IStorage> own_storage(DWORD mode = kFull) {
        ComPtr<IStorage> storage;
        EXPECT_EQ(StgCreateDocfile(path(), mode | STGM_CREATE, 0, storage.put()), S_OK);
        return storage;
    }
    ComPtr<IStorage> lent_storage(DWORD mode = kFull | STGM_CREATE) {
        ComPtr<IStorage> storage;
        EXPECT_EQ(clerk()->LendStorage(path(), mode, storage.put()), S_OK);
        return storage;
    }
    std::string told_by_clerk(IStorage* storage) {
        LPOLESTR text = nullptr;
        EXPECT_EQ(clerk()->Describe(storage, &text), S_OK);
        const auto said = to_utf8_z(text);
        CoTaskMemFree(text);
        return said;
    }
    static std::string told_here(IStorage* storage) { return to_utf8(describe(*storage)); }
    BOOL is_same(IUnknown* first, IUnknown* second) {
        BOOL same = FALSE;
        EXPECT_EQ(clerk()->IsSame(first, second, &same), S_OK);
        return same;
    }

    fs::path folder_;
    std::u16string path_;

  private:
    std::unique_ptr<Place<IClerk>> place_;
};

TEST_P(Marshaled, AServerFillsAndReadsItsClientsStorage) {
    auto storage = own_storage();
    ASSERT_EQ(clerk()->Fill(storage.get()), S_OK);
    const auto here = told_here(storage.get());
    for (const char* part : {"stream large 300000 bytes", "storage below {00020906-0000-0000-C000-000000000046} 0000005a", "stream deep 4097 bytes",
                             "text vt 001f wide \u0416", "a storage vt 0043 storage", "stream inner 5000 bytes", "vt 0042 17 bytes", "Reviewer vt 0003 1998"})
        EXPECT_NE(here.find(part), std::string::npos) << part << " in\n" << here;
    EXPECT_EQ(here.find("failed"), std::string::npos) << here;
    EXPECT_EQ(told_by_clerk(storage.get()), here);
    // What the server wrote is what this process writes.
    path_ += u"2";
    auto twin = own_storage();
    ASSERT_EQ(fill(*twin.get()), S_OK);
    EXPECT_EQ(told_here(twin.get()), here);
    storage.reset();
    path_.pop_back();
    ASSERT_EQ(StgOpenStorage(path(), nullptr, kFull, nullptr, 0, storage.put()), S_OK);
    EXPECT_EQ(told_here(storage.get()), here);
}

TEST_P(Marshaled, AClientFillsAndReadsItsServersStorage) {
    auto storage = lent_storage();
    ASSERT_TRUE(storage);
    ASSERT_EQ(fill(*storage.get()), S_OK);
    const auto here = told_here(storage.get());
    EXPECT_EQ(here.find("failed"), std::string::npos) << here;
    EXPECT_EQ(told_by_clerk(storage.get()), here);
    STATSTG stat{};
    ASSERT_EQ(storage->Stat(&stat, STATFLAG_DEFAULT), S_OK);
    EXPECT_EQ(to_utf8_z(stat.pwcsName), (folder_ / "file").string());
    EXPECT_EQ(stat.type, DWORD{STGTY_STORAGE});
    CoTaskMemFree(stat.pwcsName);
}

TEST_P(Marshaled, ErrorsAreTheSameOnBothSides) {
    auto own = own_storage();
    ASSERT_EQ(fill(*own.get()), S_OK);
    const auto expected = provoke(*own.get());
    EXPECT_EQ(expected[0], STG_E_FILENOTFOUND);
    EXPECT_EQ(expected[8], STG_E_ACCESSDENIED);
    EXPECT_EQ(expected[11], STG_E_REVERTED);
    // The client's storage, used by the server.
    ASSERT_EQ(fill(*own.get()), S_OK);
    ULONG count = 0;
    HRESULT* codes = nullptr;
    ASSERT_EQ(clerk()->Provoke(own.get(), &count, &codes), S_OK);
    EXPECT_EQ(std::vector<HRESULT>(codes, codes + count), expected);
    CoTaskMemFree(codes);
    own.reset();
    // The server's storage, used by the client.
    auto lent = lent_storage();
    ASSERT_EQ(fill(*lent.get()), S_OK);
    EXPECT_EQ(provoke(*lent.get()), expected);
}

TEST_P(Marshaled, IdentityIsKept) {
    auto own = own_storage();
    auto lent_bytes = ComPtr<ILockBytes>();
    ASSERT_EQ(clerk()->LendBytes(lent_bytes.put()), S_OK);
    ComPtr<IPropertySetStorage> own_sets;
    ASSERT_EQ(own->QueryInterface(IID_PPV_ARGS(own_sets.put())), S_OK);
    EXPECT_TRUE(is_same(own.get(), own_sets.get())) << "property sets are a part of their storage";
    path_ += u"2";
    auto lent = lent_storage();
    ASSERT_TRUE(lent);
    ComPtr<IPropertySetStorage> lent_sets;
    ASSERT_EQ(lent->QueryInterface(IID_PPV_ARGS(lent_sets.put())), S_OK);
    EXPECT_TRUE(is_same(lent.get(), lent_sets.get()));
    EXPECT_FALSE(is_same(lent.get(), own.get()));
    ComPtr<IUnknown> a, b;
    ASSERT_EQ(lent->QueryInterface(IID_PPV_ARGS(a.put())), S_OK);
    ASSERT_EQ(lent_sets->QueryInterface(IID_PPV_ARGS(b.put())), S_OK);
    EXPECT_EQ(a.get(), b.get());
    ComPtr<IStream> none;
    EXPECT_EQ(lent->QueryInterface(IID_IStream, none.put_void()), E_NOINTERFACE);
}

TEST_P(Marshaled, StreamsKeepEveryMethodsMeaning) {
    auto storage = lent_storage();
    ComPtr<IStream> stream, clone;
    ASSERT_EQ(storage->CreateStream(OLESTR("s"), kFull, 0, 0, stream.put()), S_OK);
    EXPECT_EQ(stream->Write("0123456789", 10, nullptr), S_OK) << "the count may be left out";
    LARGE_INTEGER move{};
    move.QuadPart = 4;
    EXPECT_EQ(stream->Seek(move, STREAM_SEEK_SET, nullptr), S_OK);
    char text[20] = {};
    ULONG got = 99;
    EXPECT_EQ(stream->Read(text, 20, &got), S_OK) << "behind the end: a short count";
    EXPECT_EQ(std::string(text, got), "456789");
    EXPECT_EQ(stream->Read(text, 20, &got), S_OK);
    EXPECT_EQ(got, 0u);
    ULARGE_INTEGER at{}, size{};
    move.QuadPart = -2;
    EXPECT_EQ(stream->Seek(move, STREAM_SEEK_END, &at), S_OK);
    EXPECT_EQ(at.QuadPart, 8u);
    ASSERT_EQ(stream->Clone(clone.put()), S_OK);
    EXPECT_EQ(clone->Read(text, 1, &got), S_OK);
    EXPECT_EQ(text[0], '8');
    size.QuadPart = 3;
    EXPECT_EQ(stream->SetSize(size), S_OK);
    STATSTG stat{};
    EXPECT_EQ(stream->Stat(&stat, STATFLAG_DEFAULT), S_OK);
    EXPECT_EQ(to_utf8_z(stat.pwcsName), "s");
    EXPECT_EQ(stat.cbSize.QuadPart, 3u);
    CoTaskMemFree(stat.pwcsName);
    EXPECT_EQ(stream->Stat(&stat, STATFLAG_NONAME), S_OK);
    EXPECT_EQ(stat.pwcsName, nullptr);
    EXPECT_EQ(stream->Stat(&stat, 77), STG_E_INVALIDFLAG);
    EXPECT_EQ(stream->Commit(STGC_DEFAULT), S_OK);
    EXPECT_EQ(stream->Revert(), S_OK);
    EXPECT_EQ(stream->LockRegion(at, size, LOCK_EXCLUSIVE), STG_E_INVALIDFUNCTION);
}

TEST_P(Marshaled, CopyToGoesFromAnyPlaceToAnyOther) {
    auto storage = lent_storage();
    ComPtr<IStream> theirs, ours;
    ASSERT_EQ(storage->CreateStream(OLESTR("s"), kFull, 0, 0, theirs.put()), S_OK);
    ASSERT_EQ(CreateStreamOnHGlobal(nullptr, TRUE, ours.put()), S_OK);
    const std::string text(150000, 'c');
    ASSERT_EQ(ours->Write(text.data(), static_cast<ULONG>(text.size()), nullptr), S_OK);
    ASSERT_EQ(ours->Seek({}, STREAM_SEEK_SET, nullptr), S_OK);
    ULARGE_INTEGER everything, read{}, written{};
    everything.QuadPart = UINT64_MAX;
    EXPECT_EQ(ours->CopyTo(theirs.get(), everything, &read, &written), S_OK) << "ours runs it";
    EXPECT_EQ(written.QuadPart, text.size());
    ASSERT_EQ(theirs->Seek({}, STREAM_SEEK_SET, nullptr), S_OK);
    everything.QuadPart = 100;
    EXPECT_EQ(theirs->CopyTo(ours.get(), everything, &read, nullptr), S_OK) << "theirs runs it, calling back";
    EXPECT_EQ(read.QuadPart, 100u);
    everything.QuadPart = 50;
    EXPECT_EQ(clerk()->Copy(theirs.get(), ours.get(), everything, &read, &written), S_OK) << "a third party asks for it";
    EXPECT_EQ(written.QuadPart, 50u);
    STATSTG stat{};
    ASSERT_EQ(ours->Stat(&stat, STATFLAG_NONAME), S_OK);
    EXPECT_EQ(stat.cbSize.QuadPart, text.size() + 150);
}

TEST_P(Marshaled, CopyToTakesItsExclusionsAlong) {
    auto from = lent_storage();
    ASSERT_EQ(fill(*from.get()), S_OK);
    path_ += u"2";
    auto to = own_storage();
    LPOLESTR names[] = {const_cast<LPOLESTR>(OLESTR("LARGE")), const_cast<LPOLESTR>(OLESTR("none")), nullptr};
    const IID excluded[] = {IID_IStorage};
    ASSERT_EQ(from->CopyTo(1, excluded, names, to.get()), S_OK);
    const auto here = told_here(to.get());
    EXPECT_NE(here.find("stream small 100 bytes"), std::string::npos) << here;
    EXPECT_EQ(here.find("large"), std::string::npos) << here;
    EXPECT_EQ(here.find("storage below"), std::string::npos) << here;
    LPOLESTR nothing[] = {nullptr};
    ASSERT_EQ(from->CopyTo(0, nullptr, nothing, to.get()), S_OK);
    EXPECT_EQ(told_here(to.get()), told_here(from.get()));
    ASSERT_EQ(from->MoveElementTo(OLESTR("large"), to.get(), OLESTR("moved"), STGMOVE_MOVE), S_OK);
    EXPECT_NE(told_here(to.get()).find("stream moved 300000 bytes"), std::string::npos);
    EXPECT_EQ(told_here(from.get()).find("large"), std::string::npos);
    // OpenStorage has exclusions too, which storages below a root do not take.
    ComPtr<IStorage> below;
    EXPECT_EQ(from->OpenStorage(OLESTR("below"), nullptr, kFull, names, 0, below.put()), STG_E_INVALIDPARAMETER);
    EXPECT_EQ(from->OpenStorage(nullptr, nullptr, kFull, nullptr, 0, below.put()), STG_E_INVALIDNAME);
}

TEST_P(Marshaled, EnumeratorsFetchSkipCloneAndReset) {
    auto storage = lent_storage();
    for (const auto* name : {OLESTR("a"), OLESTR("b"), OLESTR("c"), OLESTR("d")}) {
        ComPtr<IStream> made;
        ASSERT_EQ(storage->CreateStream(name, kFull, 0, 0, made.put()), S_OK);
    }
    ComPtr<IEnumSTATSTG> elements, clone;
    ASSERT_EQ(storage->EnumElements(0, nullptr, 0, elements.put()), S_OK);
    const auto next = [](IEnumSTATSTG* from, ULONG count, HRESULT expected) {
        STATSTG some[6] = {};
        ULONG got = 99;
        EXPECT_EQ(from->Next(count, some, &got), expected);
        std::string all;
        for (ULONG i = 0; i < got; ++i) {
            all += to_utf8_z(some[i].pwcsName);
            CoTaskMemFree(some[i].pwcsName);
        }
        return all;
    };
    EXPECT_EQ(next(elements.get(), 2, S_OK), "ab");
    ASSERT_EQ(elements->Clone(clone.put()), S_OK);
    EXPECT_EQ(next(elements.get(), 6, S_FALSE), "cd");
    EXPECT_EQ(next(elements.get(), 1, S_FALSE), "");
    EXPECT_EQ(next(clone.get(), 1, S_OK), "c");
    EXPECT_EQ(elements->Reset(), S_OK);
    EXPECT_EQ(elements->Skip(3), S_OK);
    EXPECT_EQ(next(elements.get(), 1, S_OK), "d");
    EXPECT_EQ(elements->Skip(1), S_FALSE);
    STATSTG one{};
    EXPECT_EQ(elements->Reset(), S_OK);
    EXPECT_EQ(elements->Next(1, &one, nullptr), S_OK) << "the count may be left out for one element";
    CoTaskMemFree(one.pwcsName);
}

TEST_P(Marshaled, ByteArraysHoldACompoundFileOnTheOtherSide) {
    ComPtr<ILockBytes> theirs, ours;
    ASSERT_EQ(clerk()->LendBytes(theirs.put()), S_OK);
    ASSERT_EQ(CreateILockBytesOnHGlobal(nullptr, TRUE, ours.put()), S_OK);
    ASSERT_EQ(clerk()->FillBytes(ours.get()), S_OK) << "the server's storage in our memory";
    ASSERT_EQ(clerk()->FillBytes(theirs.get()), S_OK) << "its own bytes came home as themselves";
    std::string descriptions[2];
    for (int i = 0; i < 2; ++i) {
        ComPtr<IStorage> storage;
        ASSERT_EQ(StgOpenStorageOnILockBytes(i ? theirs.get() : ours.get(), nullptr, kFull, nullptr, 0, storage.put()), S_OK);
        descriptions[i] = told_here(storage.get());
    }
    EXPECT_EQ(descriptions[0], descriptions[1]);
    EXPECT_NE(descriptions[0].find("stream large 300000 bytes"), std::string::npos);
    ULARGE_INTEGER at{};
    at.QuadPart = 1 << 20;
    char text[4] = {};
    ULONG count = 9;
    EXPECT_EQ(theirs->WriteAt(at, "abc", 3, &count), S_OK);
    EXPECT_EQ(count, 3u);
    EXPECT_EQ(theirs->ReadAt(at, text, 4, &count), S_OK);
    EXPECT_EQ(std::string(text, count), "abc");
    STATSTG stat{};
    EXPECT_EQ(theirs->Stat(&stat, STATFLAG_DEFAULT), S_OK);
    EXPECT_EQ(stat.type, DWORD{STGTY_LOCKBYTES});
    EXPECT_EQ(stat.cbSize.QuadPart, at.QuadPart + 3);
    EXPECT_EQ(theirs->LockRegion(at, at, LOCK_EXCLUSIVE), STG_E_INVALIDFUNCTION);
    EXPECT_EQ(theirs->Flush(), S_OK);
    EXPECT_EQ(theirs->SetSize({}), S_OK);
}

TEST_P(Marshaled, ElementsKeepTheirTimesClassesAndNames) {
    auto storage = lent_storage();
    ComPtr<IStorage> below;
    ASSERT_EQ(storage->CreateStorage(OLESTR("below"), kFull, 0, 0, below.put()), S_OK);
    below.reset();
    const FILETIME time{7, 0x01D00000};
    EXPECT_EQ(storage->SetElementTimes(OLESTR("below"), &time, nullptr, &time), S_OK);
    EXPECT_EQ(storage->SetElementTimes(nullptr, nullptr, nullptr, nullptr), S_OK);
    EXPECT_EQ(storage->RenameElement(OLESTR("below"), OLESTR("renamed")), S_OK);
    EXPECT_EQ(storage->SetClass(kPeerClass), S_OK);
    EXPECT_EQ(storage->SetStateBits(3, 3), S_OK);
    EXPECT_EQ(storage->Commit(STGC_DEFAULT), S_OK);
    EXPECT_EQ(storage->Revert(), S_OK);
    ASSERT_EQ(storage->OpenStorage(OLESTR("renamed"), nullptr, kRead, nullptr, 0, below.put()), S_OK);
    STATSTG stat{};
    ASSERT_EQ(below->Stat(&stat, STATFLAG_NONAME), S_OK);
    EXPECT_EQ(stat.ctime.dwLowDateTime, 7u);
    EXPECT_EQ(stat.mtime.dwHighDateTime, 0x01D00000u);
    ASSERT_EQ(storage->Stat(&stat, STATFLAG_NONAME), S_OK);
    EXPECT_TRUE(stat.clsid == kPeerClass);
    EXPECT_EQ(stat.grfStateBits, 3u);
}

TEST_P(Marshaled, PropertyNamesAndDeletionsGoThrough) {
    auto storage = lent_storage();
    ASSERT_EQ(fill(*storage.get()), S_OK);
    ComPtr<IPropertySetStorage> sets;
    ComPtr<IPropertyStorage> set;
    ASSERT_EQ(storage->QueryInterface(IID_PPV_ARGS(sets.put())), S_OK);
    ASSERT_EQ(sets->Open(FMTID_UserDefinedProperties, kFull, set.put()), S_OK);
    PROPSPEC specs[2] = {};
    specs[0].ulKind = PRSPEC_LPWSTR;
    specs[0].lpwstr = const_cast<LPOLESTR>(OLESTR("reviewer"));
    specs[1].ulKind = PRSPEC_PROPID;
    specs[1].propid = 4711;
    PROPVARIANT values[2];
    EXPECT_EQ(set->ReadMultiple(2, specs, values), S_OK) << "one of two is there";
    EXPECT_EQ(values[0].vt, VT_I4);
    EXPECT_EQ(values[0].lVal, 1998);
    EXPECT_EQ(values[1].vt, VT_EMPTY);
    EXPECT_EQ(set->ReadMultiple(1, specs + 1, values), S_FALSE);
    const PROPID ids[] = {2, 4711};
    LPOLESTR names[2] = {};
    EXPECT_EQ(set->ReadPropertyNames(2, ids, names), S_OK);
    EXPECT_EQ(to_utf8_z(names[0]), "Reviewer");
    EXPECT_EQ(names[1], nullptr);
    CoTaskMemFree(names[0]);
    EXPECT_EQ(set->DeletePropertyNames(1, ids), S_OK);
    EXPECT_EQ(set->ReadMultiple(1, specs, values), S_FALSE);
    EXPECT_EQ(set->Revert(), S_OK);
    EXPECT_EQ(set->ReadMultiple(1, specs, values), S_OK);
    EXPECT_EQ(set->DeleteMultiple(1, specs), S_OK);
    EXPECT_EQ(set->SetClass(kPeerClass), S_OK);
    const FILETIME time{};
    EXPECT_EQ(set->SetTimes(&time, &time, &time), S_OK);
    EXPECT_EQ(set->Commit(STGC_DEFAULT), S_OK);
    set.reset();
    EXPECT_EQ(sets->Delete(FMTID_UserDefinedProperties), S_OK);
    EXPECT_EQ(sets->Delete(FMTID_UserDefinedProperties), STG_E_FILENOTFOUND);
}

TEST_P(Marshaled, ARootGoesOnInAnotherFile) {
    auto storage = lent_storage();
    ComPtr<IStream> stream;
    ASSERT_EQ(storage->CreateStream(OLESTR("s"), kFull, 0, 0, stream.put()), S_OK);
    ASSERT_EQ(stream->Write("switched", 8, nullptr), S_OK);
    stream.reset();
    ComPtr<IRootStorage> root;
    ASSERT_EQ(storage->QueryInterface(IID_PPV_ARGS(root.put())), S_OK);
    path_ += u"2";
    ASSERT_EQ(root->SwitchToFile(const_cast<LPOLESTR>(path())), S_OK);
    STATSTG stat{};
    ASSERT_EQ(storage->Stat(&stat, STATFLAG_DEFAULT), S_OK);
    EXPECT_EQ(to_utf8_z(stat.pwcsName), to_utf8(path_));
    CoTaskMemFree(stat.pwcsName);
    EXPECT_EQ(storage->Commit(STGC_DEFAULT), S_OK);
    root.reset();
    storage.reset();
    storage = lent_storage(kFull);
    ASSERT_TRUE(storage);
    EXPECT_NE(told_here(storage.get()).find("stream s 8 bytes"), std::string::npos);
}

TEST_P(Marshaled, WhatWasReleasedCanBeOpenedAgainAtOnce) {
    auto storage = lent_storage();
    for (int i = 0; i < 20; ++i) {
        ComPtr<IStream> stream;
        ASSERT_EQ(storage->CreateStream(OLESTR("s"), kFull | STGM_CREATE, 0, 0, stream.put()), S_OK);
        stream.reset();
        ASSERT_EQ(storage->OpenStream(OLESTR("s"), nullptr, kFull, 0, stream.put()), S_OK) << i;
        stream.reset();
        ASSERT_EQ(storage->RenameElement(OLESTR("s"), OLESTR("t")), S_OK) << "of a closed stream";
        ASSERT_EQ(storage->RenameElement(OLESTR("t"), OLESTR("s")), S_OK);
        storage.reset();
        storage = lent_storage(kFull);
        ASSERT_TRUE(storage) << "the file is closed";
    }
    // The server's references on a client's storage are gone when its call returns.
    path_ += u"2";
    auto own = own_storage();
    ASSERT_EQ(clerk()->Fill(own.get()), S_OK);
    own.reset();
    ASSERT_EQ(StgOpenStorage(path(), nullptr, kFull, nullptr, 0, own.put()), S_OK);
}

TEST_P(Marshaled, AReleaseInASingleThreadedApartmentServesTheCallsThatItCauses) {
    std::string seen;
    ComPtr<IStream> packet;
    ASSERT_EQ(CoMarshalInterThreadInterfaceInStream(IID_IClerk, clerk(), packet.put()), S_OK);
    std::thread([&] {
        ASSERT_EQ(CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED), S_OK);
        {
            ComPtr<IClerk> here;
            ASSERT_EQ(CoGetInterfaceAndReleaseStream(packet.detach(), IID_IClerk, here.put_void()), S_OK);
            ComPtr<ILockBytes> bytes;
            ASSERT_EQ(CreateILockBytesOnHGlobal(nullptr, TRUE, bytes.put()), S_OK);
            ComPtr<IStorage> storage;
            ASSERT_EQ(here->LendOver(bytes.get(), storage.put()), S_OK);
            ComPtr<IStream> stream;
            ASSERT_EQ(storage->CreateStream(OLESTR("s"), kFull, 0, 0, stream.put()), S_OK);
            ASSERT_EQ(stream->Write("written by a release", 20, nullptr), S_OK);
            stream.reset();
            storage.reset();  // the server writes the file's end into this thread's bytes, while this thread waits
            // Within one process the release runs in the other apartment's own time: when it lets go of the bytes it is done.
            const auto held_elsewhere = [&] { return bytes->AddRef(), bytes->Release() > 1; };
            for (int i = 0; GetParam() == Where::apartment && i < 100000 && held_elsewhere(); ++i) {
                LONG process = 0;
                ASSERT_EQ(here->Process(&process), S_OK);
            }
            ASSERT_EQ(StgOpenStorageOnILockBytes(bytes.get(), nullptr, kFull, nullptr, 0, storage.put()), S_OK);
            seen = told_here(storage.get());
        }
        CoUninitialize();
    }).join();
    EXPECT_NE(seen.find("stream s 20 bytes"), std::string::npos) << seen;
}

INSTANTIATE_TEST_SUITE_P(Places, Marshaled, testing::Values(Where::apartment, Where::process, Where::host), [](const auto& tested) { return name_of(tested.param); });

}  // namespace
}  // namespace odc::test
