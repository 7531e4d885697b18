// Behaviours 37-56 of standard marshaling that apartment_test.cpp does not have, and marshaling while another thread gives the last
// reference back.
#include "marshaling.h"

namespace odc::test {
namespace {

TEST_F(Marshaling, B37_NullStreamOrObjectIsInvalidAndNoProxyIsNoInterface) {
    auto object = ComPtr<Calc>::attach(new Calc);
    ComPtr<IStream> stream;
    OdcCreateMemoryStream(stream.put());
    IUnknown* unknown = static_cast<ICalc2*>(object.get());
    EXPECT_EQ(CoMarshalInterface(nullptr, IID_ICalc, unknown, MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL), E_INVALIDARG);
    EXPECT_EQ(CoMarshalInterface(stream.get(), IID_ICalc, nullptr, MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL), E_INVALIDARG);
    EXPECT_EQ(CoMarshalInterface(stream.get(), IID_IUnmarshalable, unknown, MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL), E_NOINTERFACE);
    object.reset();
    EXPECT_EQ(Calc::alive, 0) << "what failed holds nothing";
}

TEST_F(Marshaling, B38_PacketOfTheProcessIsAStandardObjrefWithFiveReferencesAndNoBindings) {
    auto object = ComPtr<Calc>::attach(new Calc);
    IUnknown* unknown = static_cast<ICalc2*>(object.get());
    const auto stream = marshal(unknown);
    struct {
        DWORD signature, flags;
        GUID iid;
        DWORD std_flags, public_refs;
        std::uint64_t oxid, oid;
        GUID ipid;
        USHORT entries, security;
    } packet{};
    static_assert(sizeof packet == 72);
    ULONG size = 0;
    EXPECT_EQ(stream->Read(&packet, sizeof packet, &size), S_OK);
    EXPECT_EQ(size, 68u);
    EXPECT_EQ(packet.signature, 0x574F454Du);
    EXPECT_EQ(packet.flags, 1u);
    EXPECT_EQ(packet.iid, IID_ICalc);
    EXPECT_EQ(packet.std_flags, 0u);
    EXPECT_EQ(packet.public_refs, 5u);
    EXPECT_EQ(packet.entries, 0u);
    EXPECT_EQ(packet.security, 0u);
    ULONG most = 0;
    EXPECT_EQ(CoGetMarshalSizeMax(&most, IID_ICalc, unknown, MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL), S_OK);
    EXPECT_EQ(most, 68u);
    ComPtr<IMarshal> standard;
    ASSERT_EQ(CoGetStandardMarshal(IID_ICalc, unknown, MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL, standard.put()), S_OK);
    CLSID clsid{};
    DWORD own = 0;
    EXPECT_EQ(standard->GetUnmarshalClass(IID_ICalc, unknown, MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL, &clsid), S_OK);
    EXPECT_EQ(clsid.Data1, 0x17u) << "CLSID_StdMarshal";
    EXPECT_EQ(standard->GetMarshalSizeMax(IID_ICalc, unknown, MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL, &own), S_OK);
    EXPECT_EQ(own, most);
    release(stream.get());
}

TEST_F(Marshaling, B39_NormalMarshalAddsOneConnectionAndReleaseOfItsDataCloses) {
    auto object = ComPtr<Watching>::attach(new Watching);
    const auto stream = marshal(static_cast<ICalc*>(object.get()));
    EXPECT_EQ(object->connections, 1);
    release(stream.get());
    EXPECT_EQ(object->connections, 0);
    EXPECT_TRUE(object->closes);
}

TEST_F(Marshaling, B43_WeakTableEntryAddsNoConnectionAndIsGoneOnceReleased) {
    auto object = ComPtr<Watching>::attach(new Watching);
    const auto stream = marshal(static_cast<ICalc*>(object.get()), IID_ICalc, MSHLFLAGS_TABLEWEAK);
    EXPECT_EQ(object->connections, 0);
    release(stream.get());
    EXPECT_FALSE(unmarshal(stream.get(), CO_E_OBJNOTREG));
}

TEST_F(Marshaling, B44_WeakTableEntryServesManyAndTheObjectGoesWithTheLastProxy) {
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto stream = marshal(static_cast<ICalc2*>(object.get()), IID_ICalc, MSHLFLAGS_TABLEWEAK);
    object.reset();
    EXPECT_EQ(Calc::alive, 1);
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        auto one = unmarshal(stream.get()), other = unmarshal(stream.get());
        EXPECT_TRUE(one && other);
    });
    EXPECT_EQ(Calc::alive, 0);
    EXPECT_FALSE(unmarshal(stream.get(), CO_E_OBJNOTREG));
}

TEST_F(Marshaling, B44_ObjectThatWatchesItsConnectionsStaysInTheWeakTable) {
    auto object = ComPtr<Watching>::attach(new Watching);
    const auto stream = marshal(static_cast<ICalc*>(object.get()), IID_ICalc, MSHLFLAGS_TABLEWEAK);
    for (int i = 0; i < 2; ++i)
        on_thread([&] {
            Joined client(COINIT_APARTMENTTHREADED);
            EXPECT_TRUE(unmarshal(stream.get()));
        });
    EXPECT_EQ(object->connections, 0);
    release(stream.get());
}

TEST_F(Marshaling, B45_ReleasingWeakDataLeavesProxiesAndTheStreamUsable) {
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto stream = marshal(static_cast<ICalc2*>(object.get()), IID_ICalc, MSHLFLAGS_TABLEWEAK);
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        auto one = unmarshal(stream.get());
        release(stream.get());
        auto other = unmarshal(stream.get());
        ASSERT_TRUE(other);
        LONG sum = 0;
        EXPECT_EQ(other->Add(1, 2, &sum), S_OK);
    });
}

TEST_F(Marshaling, B46_StrongTableEntryIsAConnectionAndOutlivesAllProxies) {
    auto object = ComPtr<Watching>::attach(new Watching);
    const auto stream = marshal(static_cast<ICalc*>(object.get()), IID_ICalc, MSHLFLAGS_TABLESTRONG);
    EXPECT_EQ(object->connections, 1);
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        EXPECT_TRUE(unmarshal(stream.get()));
    });
    EXPECT_EQ(object->connections, 1);
    release(stream.get());
    EXPECT_EQ(object->connections, 0);
}

TEST_F(Marshaling, B47_TwoMarshalsShareOneConnection) {
    auto object = ComPtr<Watching>::attach(new Watching);
    const auto first = marshal(static_cast<ICalc*>(object.get())), second = marshal(static_cast<ICalc*>(object.get()));
    EXPECT_EQ(object->connections, 1);
    release(first.get());
    EXPECT_EQ(object->connections, 1);
    release(second.get());
    EXPECT_EQ(object->connections, 0);
}

TEST_F(Marshaling, B48_ExternalLockIsOneConnectionAndSaysWhetherTheLastCloses) {
    for (const BOOL closes : {TRUE, FALSE}) {
        auto object = ComPtr<Watching>::attach(new Watching);
        EXPECT_EQ(CoLockObjectExternal(static_cast<ICalc*>(object.get()), TRUE, FALSE), S_OK);
        EXPECT_EQ(object->connections, 1);
        EXPECT_EQ(CoLockObjectExternal(static_cast<ICalc*>(object.get()), FALSE, closes), S_OK);
        EXPECT_EQ(object->connections, 0);
        EXPECT_EQ(object->closes, closes != FALSE);
    }
    EXPECT_EQ(CoLockObjectExternal(nullptr, TRUE, FALSE), E_INVALIDARG);
}

TEST_F(Marshaling, B48_UnlockNeverReleasesAWeakEntry) {
    auto object = ComPtr<Calc>::attach(new Calc);
    IUnknown* unknown = static_cast<ICalc2*>(object.get());
    const auto stream = marshal(unknown, IID_ICalc, MSHLFLAGS_TABLEWEAK);
    EXPECT_EQ(CoLockObjectExternal(unknown, TRUE, FALSE), S_OK);
    EXPECT_EQ(CoLockObjectExternal(unknown, FALSE, TRUE), S_OK);
    object.reset();
    EXPECT_EQ(Calc::alive, 1);
    release(stream.get());
    EXPECT_EQ(Calc::alive, 0);
}

TEST_F(Marshaling, B49_DisconnectDropsStubsAndLocksAtOnce) {
    auto object = ComPtr<Calc>::attach(new Calc);
    IUnknown* unknown = static_cast<ICalc2*>(object.get());
    const auto stream = marshal(unknown, IID_ICalc, MSHLFLAGS_TABLESTRONG);
    EXPECT_EQ(CoLockObjectExternal(unknown, TRUE, FALSE), S_OK);
    EXPECT_EQ(CoDisconnectObject(unknown, 0), S_OK);
    EXPECT_EQ(CoDisconnectObject(nullptr, 0), E_INVALIDARG);
    object.reset();
    EXPECT_EQ(Calc::alive, 0);
}

TEST_F(Marshaling, B27_DisconnectFromInsideACallLetsTheCallReturn) {
    auto object = ComPtr<Watching>::attach(new Watching);
    object->on_call = [&] { EXPECT_EQ(CoDisconnectObject(static_cast<ICalc*>(object.get()), 0), S_OK); };
    const auto stream = marshal(static_cast<ICalc*>(object.get()));
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        auto calc = unmarshal(stream.get());
        LONG sum = 0;
        EXPECT_EQ(calc->AddThrough(nullptr, 1, 2, &sum), S_OK);
        EXPECT_EQ(calc->Add(1, 2, &sum), RPC_E_DISCONNECTED);
    });
}

// The caller's thread still holds what served its call when the object's last reference goes.
TEST_F(Marshaling, B27_AnObjectThatGoesDuringACallEndsInItsApartment) {
    std::promise<ComPtr<IStream>> packet;
    std::promise<DWORD> ended;
    DWORD home = 0;
    std::thread server([&] {
        Joined joined(COINIT_APARTMENTTHREADED);
        home = GetCurrentThreadId();
        auto object = ComPtr<Watching>::attach(new Watching);
        IUnknown* const unknown = static_cast<ICalc*>(object.get());
        object->on_call = [unknown] { EXPECT_EQ(CoDisconnectObject(unknown, 0), S_OK); };
        object->on_end = [&] { ended.set_value(GetCurrentThreadId()); };
        packet.set_value(marshal(unknown));
        object.reset();
        MSG message;
        while (GetMessage(&message, nullptr, 0, 0) > 0) {}
    });
    const auto stream = packet.get_future().get();
    on_thread([&] {
        Joined client(COINIT_MULTITHREADED);
        LONG sum = 0;
        EXPECT_EQ(unmarshal(stream.get())->AddThrough(nullptr, 1, 2, &sum), S_OK);
    });
    EXPECT_EQ(ended.get_future().get(), home);
    PostThreadMessage(home, WM_QUIT, 0, 0);
    server.join();
}

TEST_F(Marshaling, B51_ServerApartmentEndReleasesItsObjects) {
    ComPtr<IStream> stream;
    on_thread([&] {
        Joined server(COINIT_APARTMENTTHREADED);
        auto object = ComPtr<Calc>::attach(new Calc);
        stream = marshal(static_cast<ICalc2*>(object.get()));
        object.reset();
        EXPECT_EQ(Calc::alive, 1);
    });
    EXPECT_EQ(Calc::alive, 0);
    EXPECT_FALSE(unmarshal(stream.get(), CO_E_OBJNOTCONNECTED));
}

TEST_F(Marshaling, B53_NullArgumentsAreInvalidAndAStreamThatWasNotRewoundIsAReadFault) {
    auto object = ComPtr<Calc>::attach(new Calc);
    ComPtr<IStream> stream;
    OdcCreateMemoryStream(stream.put());
    ASSERT_EQ(CoMarshalInterface(stream.get(), IID_ICalc, static_cast<ICalc2*>(object.get()), MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL), S_OK);
    void* none = nullptr;
    EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_ICalc, &none), STG_E_READFAULT);
    EXPECT_EQ(CoReleaseMarshalData(stream.get()), STG_E_READFAULT);
    EXPECT_EQ(CoUnmarshalInterface(nullptr, IID_ICalc, &none), E_INVALIDARG);
    EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_ICalc, nullptr), E_INVALIDARG);
    EXPECT_EQ(CoReleaseMarshalData(nullptr), E_INVALIDARG);
    release(stream.get());
}

TEST(MarshalingWithoutApartment, B53_UnmarshalIsNotInitialized) {
    ComPtr<IStream> stream;
    OdcCreateMemoryStream(stream.put());
    void* none = nullptr;
    EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_ICalc, &none), CO_E_NOTINITIALIZED);
}

TEST_F(Marshaling, B54_HresultTravelsAsItsFourBytes) {
    ComPtr<IStream> stream;
    OdcCreateMemoryStream(stream.put());
    EXPECT_EQ(CoMarshalHresult(stream.get(), E_ACCESSDENIED), S_OK);
    stream->Seek({}, STREAM_SEEK_SET, nullptr);
    HRESULT raw = S_OK;
    ULONG size = 0;
    EXPECT_EQ(stream->Read(&raw, 8, &size), S_OK);
    EXPECT_EQ(size, 4u);
    EXPECT_EQ(raw, E_ACCESSDENIED);
    stream->Seek({}, STREAM_SEEK_SET, nullptr);
    HRESULT back = S_OK;
    EXPECT_EQ(CoUnmarshalHresult(stream.get(), &back), S_OK);
    EXPECT_EQ(back, E_ACCESSDENIED);
}

TEST_F(Marshaling, B55_InterThreadStreamChecksItsArguments) {
    auto object = ComPtr<Calc>::attach(new Calc);
    ComPtr<IStream> stream;
    EXPECT_EQ(CoMarshalInterThreadInterfaceInStream(IID_ICalc, nullptr, stream.put()), E_INVALIDARG);
    EXPECT_EQ(CoMarshalInterThreadInterfaceInStream(IID_ICalc, static_cast<ICalc2*>(object.get()), nullptr), E_INVALIDARG);
}

/// Marshals itself, under a class of its choice.
class SelfMarshaling final : public implements<ICalc, IMarshal> {
  public:
    explicit SelfMarshaling(const CLSID& clsid) : clsid_(clsid) {}
    HRESULT STDMETHODCALLTYPE GetUnmarshalClass(REFIID, void*, DWORD, void*, DWORD, CLSID* clsid) override {
        *clsid = clsid_;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetMarshalSizeMax(REFIID, void*, DWORD, void*, DWORD, DWORD* size) override {
        *size = 12;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE MarshalInterface(IStream* stream, REFIID iid, void* object, DWORD context, void* extra, DWORD flags) override {
        ++marshaled;
        if (clsid_.Data1 != 0x17) return S_OK;
        ComPtr<IMarshal> standard;
        const HRESULT hr = CoGetStandardMarshal(iid, static_cast<ICalc*>(this), context, extra, flags, standard.put());
        return FAILED(hr) ? hr : standard->MarshalInterface(stream, iid, object, context, extra, flags);
    }
    HRESULT STDMETHODCALLTYPE UnmarshalInterface(IStream*, REFIID, void**) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE ReleaseMarshalData(IStream*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE DisconnectObject(DWORD) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE Add(LONG a, LONG b, LONG* sum) override {
        *sum = a + b;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE AddThrough(ICalc*, LONG, LONG, LONG*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Fail(HRESULT hr) override { return hr; }
    HRESULT STDMETHODCALLTYPE Throw() override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Child(ICalc**) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Thread(LONG*) override { return E_NOTIMPL; }
    int marshaled = 0;

  private:
    const CLSID clsid_;
};

constexpr CLSID kStdMarshal = {0x00000017, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr CLSID kDfMarshal = {0x0000030B, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

TEST_F(Marshaling, B56_ObjectThatNamesTheStandardClassMarshalsItselfByIt) {
    auto object = ComPtr<SelfMarshaling>::attach(new SelfMarshaling(kStdMarshal));
    const auto stream = marshal(static_cast<ICalc*>(object.get()));
    EXPECT_EQ(object->marshaled, 1);
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        auto calc = unmarshal(stream.get());
        ASSERT_TRUE(calc);
        LONG sum = 0;
        EXPECT_EQ(calc->Add(1, 2, &sum), S_OK);
        EXPECT_EQ(sum, 3);
    });
}

TEST_F(Marshaling, B56_OtherClassesMakeACustomObjref) {
    auto object = ComPtr<SelfMarshaling>::attach(new SelfMarshaling(kDfMarshal));
    const auto stream = marshal(static_cast<ICalc*>(object.get()));
    struct {
        DWORD signature, flags;
        GUID iid, clsid;
        DWORD extension, size;
    } packet{};
    ULONG got = 0;
    EXPECT_EQ(stream->Read(&packet, sizeof packet, &got), S_OK);
    EXPECT_EQ(got, 48u);
    EXPECT_EQ(packet.flags, 4u);
    EXPECT_EQ(packet.clsid, kDfMarshal);
    EXPECT_EQ(packet.extension, 0u);
    EXPECT_EQ(packet.size, 0u);
    ULONG most = 0;
    EXPECT_EQ(CoGetMarshalSizeMax(&most, IID_ICalc, static_cast<ICalc*>(object.get()), MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL), S_OK);
    EXPECT_EQ(most, 48u + 12u);
}

// Marshaling while the last reference goes ------------------------------------------------------------------------------

TEST_F(Marshaling, PacketMadeWhileTheLastReferenceGoesIsGood) {
    auto object = ComPtr<Watching>::attach(new Watching);
    const auto first = marshal(static_cast<ICalc*>(object.get()));
    ComPtr<IStream> second;
    // The count has fallen to zero, and the export is not ended yet: just then another thread marshals.
    object->on_last_release = [&] {
        on_thread([&] {
            Joined other(COINIT_MULTITHREADED);
            second = marshal(static_cast<ICalc*>(object.get()));
        });
    };
    release(first.get());
    ASSERT_TRUE(second);
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        auto calc = unmarshal(second.get());
        ASSERT_TRUE(calc);
        LONG sum = 0;
        EXPECT_EQ(calc->Add(1, 2, &sum), S_OK);
    });
}

TEST_F(Marshaling, PacketOfAnExportThatEndsWhileItIsAskedForAnInterfaceIsGood) {
    auto object = ComPtr<Watching>::attach(new Watching);
    const auto first = marshal(static_cast<ICalc*>(object.get()), IID_IUnknown);
    // The export was found, and its object is asked for the interface: just then the last reference goes, and the export with it.
    object->on_query = [&] { on_thread([&] {
        Joined other(COINIT_MULTITHREADED);
        release(first.get());
    }); };
    const auto second = marshal(static_cast<ICalc*>(object.get()));
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        auto calc = unmarshal(second.get());
        ASSERT_TRUE(calc);
        LONG sum = 0;
        EXPECT_EQ(calc->Add(1, 2, &sum), S_OK);
    });
}

TEST_F(Marshaling, LockTakenWhileTheLastReferenceGoesHolds) {
    auto object = ComPtr<Watching>::attach(new Watching);
    const auto packet = marshal(static_cast<ICalc*>(object.get()));
    object->on_last_release = [&] { EXPECT_EQ(CoLockObjectExternal(static_cast<ICalc*>(object.get()), TRUE, FALSE), S_OK); };
    release(packet.get());
    EXPECT_EQ(object->connections, 1);
    EXPECT_EQ(CoLockObjectExternal(static_cast<ICalc*>(object.get()), FALSE, TRUE), S_OK);
    EXPECT_EQ(object->connections, 0);
}

TEST_F(Marshaling, ManyThreadsMarshalAndReleaseOneObject) {
    auto object = ComPtr<Calc>::attach(new Calc);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            Joined other(COINIT_MULTITHREADED);
            for (int n = 0; n < 5000; ++n) {
                const auto stream = marshal(static_cast<ICalc2*>(object.get()));
                if (n % 2) release(stream.get());
                else EXPECT_TRUE(unmarshal(stream.get()));
            }
        });
    for (auto& thread : threads) thread.join();
    object.reset();
    EXPECT_EQ(Calc::alive, 0);
}

}  // namespace
}  // namespace odc::test
