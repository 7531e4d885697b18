// Behaviours 52, 58-60 and 63: proxies, marshaled again, used, put together by hand, and their security blankets.
#include "marshaling.h"

namespace odc::test {
namespace {

/// A thread whose apartment makes a table packet of a proxy, lets the proxy go, and stays until the end of the scope.
class ReMarshaling {
  public:
    ReMarshaling(IStream* packet, DWORD flags) {
        std::promise<void> marshaled;
        thread_ = std::thread([this, packet, flags, &marshaled] {
            Joined other(COINIT_APARTMENTTHREADED);
            again = marshal(unmarshal(packet).get(), IID_ICalc, flags);
            marshaled.set_value();
            over_.get_future().wait();
        });
        marshaled.get_future().wait();
    }
    ~ReMarshaling() { end(); }
    void end() {
        if (!thread_.joinable()) return;
        over_.set_value();
        thread_.join();
    }
    ComPtr<IStream> again;

  private:
    std::promise<void> over_;
    std::thread thread_;
};

TEST_F(Marshaling, B52_ReMarshaledWeakProxyDoesNotKeepTheObject) {
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto stream = marshal(static_cast<ICalc2*>(object.get()));
    object.reset();
    ReMarshaling client(stream.get(), MSHLFLAGS_TABLEWEAK);
    EXPECT_EQ(Calc::alive, 0);
    EXPECT_FALSE(unmarshal(client.again.get(), CO_E_OBJNOTREG));
}

TEST_F(Marshaling, B52_ReMarshaledStrongProxyKeepsTheObjectUntilItsDataAreReleased) {
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto stream = marshal(static_cast<ICalc2*>(object.get()));
    object.reset();
    ReMarshaling client(stream.get(), MSHLFLAGS_TABLESTRONG);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(Calc::alive, 1) << "the original proxy is gone";
        EXPECT_TRUE(unmarshal(client.again.get()));
    }
    release(client.again.get());
    EXPECT_EQ(Calc::alive, 0);
    EXPECT_FALSE(unmarshal(client.again.get(), CO_E_OBJNOTREG));
    client.again->Seek({}, STREAM_SEEK_SET, nullptr);
    EXPECT_EQ(CoReleaseMarshalData(client.again.get()), CO_E_OBJNOTCONNECTED) << "released already";
}

TEST_F(Marshaling, B52_ReMarshaledWeakPacketLeavesTheTableOfTheObjectsOwnApartmentAlone) {
    auto object = ComPtr<Watching>::attach(new Watching);
    const auto own = marshal(static_cast<ICalc*>(object.get()), IID_ICalc, MSHLFLAGS_TABLEWEAK);
    const auto stream = marshal(static_cast<ICalc*>(object.get()));
    ReMarshaling client(stream.get(), MSHLFLAGS_TABLEWEAK);
    release(client.again.get());
    release(client.again.get());
    EXPECT_TRUE(unmarshal(own.get())) << "behaviour 44: its own entry is still there";
    release(own.get());
}

TEST_F(Marshaling, B52_ApartmentThatEndsTakesItsStrongPacketsWithIt) {
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto stream = marshal(static_cast<ICalc2*>(object.get()));
    object.reset();
    ReMarshaling client(stream.get(), MSHLFLAGS_TABLESTRONG);
    EXPECT_EQ(Calc::alive, 1);
    client.end();
    EXPECT_EQ(Calc::alive, 0);
}

TEST_F(Marshaling, B58_ProxyAnswersItsOwnInterfacesWithOneIdentity) {
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto stream = marshal(static_cast<ICalc2*>(object.get()));
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        auto calc = unmarshal(stream.get());
        const auto identity = calc.as<IUnknown>();
        for (const IID* iid : {&IID_IUnknown, &IID_IMultiQI, &IID_IMarshal, &IID_IClientSecurity, &IID_ICalc2}) {
            ComPtr<IUnknown> other;
            ASSERT_EQ(calc->QueryInterface(*iid, other.put_void()), S_OK);
            EXPECT_EQ(other.as<IUnknown>().get(), identity.get());
        }
    });
}

TEST_F(Marshaling, B59_ProxyReleasedOnAThreadWithoutItsApartmentDoesNoHarm) {
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto stream = marshal(static_cast<ICalc2*>(object.get()));
    object.reset();
    ComPtr<ICalc> calc;
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        calc = unmarshal(stream.get());
        on_thread([&] {
            Joined other(COINIT_APARTMENTTHREADED);
            LONG sum = 0;
            EXPECT_EQ(calc->Add(1, 2, &sum), RPC_E_WRONG_THREAD);
            void* more = nullptr;
            EXPECT_EQ(calc->QueryInterface(IID_IRunningObjectTable, &more), RPC_E_WRONG_THREAD);
            calc.reset();
        });
    });
    EXPECT_EQ(Calc::alive, 0);
}

TEST_F(Marshaling, B59_ProxyUsedOnAThreadWithoutAnApartmentIsNotInitialized) {
    ComPtr<IStream> stream;
    std::promise<void> marshaled, over;
    std::thread server([&] {
        Joined other(COINIT_APARTMENTTHREADED);
        auto object = ComPtr<Calc>::attach(new Calc);
        stream = marshal(static_cast<ICalc2*>(object.get()));
        marshaled.set_value();
        over.get_future().wait();
    });
    marshaled.get_future().wait();
    CoUninitialize();  // so that no multithreaded apartment takes the thread in
    std::thread client([&] {
        Joined other(COINIT_APARTMENTTHREADED);
        auto calc = unmarshal(stream.get());
        on_thread([&] {
            LONG sum = 0;
            EXPECT_EQ(calc->Add(1, 2, &sum), CO_E_NOTINITIALIZED);
            void* more = nullptr;
            EXPECT_EQ(calc->QueryInterface(IID_IRunningObjectTable, &more), CO_E_NOTINITIALIZED);
        });
    });
    client.join();
    over.set_value();
    server.join();
    EXPECT_EQ(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
}

// Proxies and stubs put together by hand -------------------------------------------------------------------------------------

constexpr CLSID kFactory = {0x5C1E7A61, 1, 1, {1}};

ComPtr<IPSFactoryBuffer> proxy_factory() {
    static const com::ProxyFile* const files[] = {&calc_ProxyFile};
    ComPtr<IPSFactoryBuffer> factory;
    EXPECT_EQ(com::proxy_file_class_object(files, kFactory, kFactory, __uuidof(IPSFactoryBuffer), factory.put_void()), S_OK);
    return factory;
}

TEST_F(Marshaling, B60_ProxyTakesNoReferenceOnItsOuterAndItsBufferGoesWithItsOnlyReference) {
    auto outer = ComPtr<Calc>::attach(new Calc);
    IUnknown* unknown = static_cast<ICalc2*>(outer.get());
    IRpcProxyBuffer* buffer = nullptr;
    IUnknown* proxy = nullptr;
    ASSERT_EQ(proxy_factory()->CreateProxy(unknown, IID_ICalc, &buffer, reinterpret_cast<void**>(&proxy)), S_OK);
    EXPECT_EQ(unknown->AddRef(), 3u) << "the interface pointer itself is counted, the aggregation is not";
    unknown->Release();
    EXPECT_EQ(proxy->Release(), 1u) << "counts are the outer's";
    EXPECT_EQ(buffer->Release(), 0u);
}

TEST_F(Marshaling, B60_StubConnectsToOneObjectAtATime) {
    ComPtr<IRpcStubBuffer> stub;
    ASSERT_EQ(proxy_factory()->CreateStub(IID_ICalc, nullptr, stub.put()), S_OK);
    EXPECT_EQ(stub->CountRefs(), 0u);
    auto first = ComPtr<Calc>::attach(new Calc), second = ComPtr<Calc>::attach(new Calc);
    EXPECT_EQ(stub->Connect(static_cast<ICalc2*>(first.get())), S_OK);
    first.reset();
    EXPECT_EQ(Calc::alive, 2) << "the stub holds it";
    EXPECT_EQ(stub->Connect(static_cast<ICalc2*>(second.get())), S_OK);
    EXPECT_EQ(Calc::alive, 1) << "connecting anew lets the one before go";
    ComPtr<IUnknown> served;
    ASSERT_EQ(stub->DebugServerQueryInterface(reinterpret_cast<void**>(served.put())), S_OK);
    EXPECT_EQ(served.detach(), static_cast<IUnknown*>(static_cast<ICalc*>(second.as<ICalc>().get()))) << "not counted";
    struct Nothing final : implements<IUnknown> {};
    auto nothing = ComPtr<Nothing>::attach(new Nothing);
    EXPECT_EQ(stub->Connect(nothing.get()), E_NOINTERFACE);
    void* none = this;
    EXPECT_EQ(stub->DebugServerQueryInterface(&none), CO_E_OBJNOTCONNECTED);
    EXPECT_EQ(none, nullptr) << "nothing is served now";
    second.reset();
    EXPECT_EQ(Calc::alive, 0);
    stub->Disconnect();
}

TEST_F(Marshaling, B60_StubOfAnObjectWithoutTheInterfaceIsNotMade) {
    struct Nothing final : implements<IUnknown> {};
    auto nothing = ComPtr<Nothing>::attach(new Nothing);
    IRpcStubBuffer* stub = reinterpret_cast<IRpcStubBuffer*>(this);
    EXPECT_EQ(proxy_factory()->CreateStub(IID_ICalc, nothing.get(), &stub), E_NOINTERFACE);
    EXPECT_EQ(stub, nullptr);
}

// Security blankets ------------------------------------------------------------------------------------------------------------

TEST_F(Marshaling, B63_BlanketOfAProxyCanBeAskedForSetAndIsItsCopysOwn) {
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto stream = marshal(static_cast<ICalc2*>(object.get()));
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        auto calc = unmarshal(stream.get());
        auto security = calc.as<IClientSecurity>();
        ASSERT_TRUE(security);
        EXPECT_EQ(security->QueryBlanket(calc.get(), nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr), S_OK);
        EXPECT_EQ(security->QueryBlanket(calc.as<IMarshal>().get(), nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr), E_NOINTERFACE)
            << "a local interface";
        DWORD service = 0, authorization = 0, level = 0, impersonation = 0, capabilities = 7;
        LPOLESTR principal = nullptr;
        EXPECT_EQ(CoQueryProxyBlanket(calc.get(), &service, &authorization, &principal, &level, &impersonation, nullptr, &capabilities), S_OK);
        EXPECT_EQ(service, DWORD{RPC_C_AUTHN_WINNT});
        EXPECT_EQ(level, DWORD{RPC_C_AUTHN_LEVEL_PKT_PRIVACY});
        EXPECT_EQ(impersonation, DWORD{RPC_C_IMP_LEVEL_IMPERSONATE});
        EXPECT_EQ(capabilities, DWORD{EOAC_NONE});
        EXPECT_EQ(CoSetProxyBlanket(calc.get(), service, authorization, principal, level, impersonation, nullptr, capabilities), S_OK);
        EXPECT_EQ(CoSetProxyBlanket(calc.get(), 0xDEADBEEF, authorization, principal, level, impersonation, nullptr, capabilities), E_INVALIDARG);
        EXPECT_EQ(CoSetProxyBlanket(calc.get(), service, authorization, principal, 7, impersonation, nullptr, capabilities), E_INVALIDARG);
        EXPECT_EQ(CoSetProxyBlanket(calc.get(), service, authorization, principal, level, 5, nullptr, capabilities), E_INVALIDARG);
        EXPECT_EQ(CoSetProxyBlanket(calc.get(), service, authorization, principal, level, impersonation, nullptr, EOAC_NO_CUSTOM_MARSHAL), E_INVALIDARG);

        ComPtr<ICalc> copy;
        EXPECT_EQ(CoCopyProxy(calc.as<IMarshal>().get(), reinterpret_cast<IUnknown**>(copy.put())), E_NOINTERFACE);
        ASSERT_EQ(CoCopyProxy(calc.get(), reinterpret_cast<IUnknown**>(copy.put())), S_OK);
        EXPECT_NE(copy.get(), calc.get());
        EXPECT_EQ(copy.as<IUnknown>().get(), calc.as<IUnknown>().get());
        std::u16string name = u"host/lola";
        EXPECT_EQ(CoSetProxyBlanket(copy.get(), RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_NAME, reinterpret_cast<LPOLESTR>(name.data()),
                                    RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IDENTIFY, nullptr, EOAC_STATIC_CLOAKING), S_OK);
        EXPECT_EQ(CoQueryProxyBlanket(copy.get(), nullptr, &authorization, &principal, &level, &impersonation, nullptr, &capabilities), S_OK);
        EXPECT_EQ(authorization, DWORD{RPC_C_AUTHZ_NAME});
        EXPECT_EQ(level, DWORD{RPC_C_AUTHN_LEVEL_PKT_PRIVACY}) << "the default";
        EXPECT_EQ(impersonation, DWORD{RPC_C_IMP_LEVEL_IDENTIFY});
        EXPECT_EQ(capabilities, DWORD{EOAC_STATIC_CLOAKING});
        EXPECT_EQ(std::u16string(reinterpret_cast<const char16_t*>(principal)), name);
        CoTaskMemFree(principal);
        EXPECT_EQ(CoQueryProxyBlanket(calc.get(), nullptr, nullptr, &principal, nullptr, &impersonation, nullptr, nullptr), S_OK);
        EXPECT_EQ(impersonation, DWORD{RPC_C_IMP_LEVEL_IMPERSONATE}) << "the original keeps its own";
        EXPECT_EQ(principal, nullptr);
        LONG sum = 0;
        EXPECT_EQ(copy->Add(1, 2, &sum), S_OK);
        EXPECT_EQ(sum, 3);
    });
}

TEST_F(Marshaling, B63_ObjectThatIsNoProxyHasNoBlanket) {
    auto object = ComPtr<Calc>::attach(new Calc);
    IUnknown* unknown = static_cast<ICalc2*>(object.get());
    EXPECT_EQ(CoQueryProxyBlanket(unknown, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr), E_NOINTERFACE);
    EXPECT_EQ(CoSetProxyBlanket(unknown, 0, 0, nullptr, 0, 0, nullptr, 0), E_NOINTERFACE);
    IUnknown* copy = unknown;
    EXPECT_EQ(CoCopyProxy(unknown, &copy), E_NOINTERFACE);
    EXPECT_EQ(copy, nullptr);
}

}  // namespace
}  // namespace odc::test
