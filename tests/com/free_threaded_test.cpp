// Behaviours 65-71 that apartment_test.cpp does not have: message filters and pumping, the free-threaded marshaler, the global interface
// table.
#include "marshaling.h"
#include "winuser.h"

namespace odc::test {
namespace {

constexpr CLSID kInProcFreeMarshaler = {0x0000033A, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
constexpr CLSID kTable = {0x00000323, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

/// An object that any apartment may call: it aggregates the free-threaded marshaler.
class Agile final : public AddingCalc<> {
  public:
    Agile() {
        ++alive;
        EXPECT_EQ(CoCreateFreeThreadedMarshaler(static_cast<ICalc*>(this), marshaler_.put()), S_OK);
    }
    ~Agile() override { --alive; }
    ULONG references() {
        AddRef();
        return Release();
    }
    static inline std::atomic<int> alive{0};

  protected:
    void* query_more(REFIID iid) override {
        void* marshal = nullptr;
        if (iid != IID_IMarshal || FAILED(marshaler_->QueryInterface(iid, &marshal))) return nullptr;
        Release();  // the aggregated interface has counted on us, and the caller will do so as well
        return marshal;
    }

  private:
    ComPtr<IUnknown> marshaler_;
};

TEST_F(Marshaling, B69_FreeThreadedPacketIsFlagsPointerAndGuidWithinTheProcessOnly) {
    auto object = ComPtr<Agile>::attach(new Agile);
    auto marshaler = object.as<IMarshal>();
    ASSERT_TRUE(marshaler);
    DWORD size = 0;
    EXPECT_EQ(marshaler->GetMarshalSizeMax(IID_ICalc, object.get(), MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL, &size), S_OK);
    EXPECT_EQ(size, sizeof(DWORD) + sizeof(void*) + sizeof(GUID));
    CLSID clsid{};
    EXPECT_EQ(marshaler->GetUnmarshalClass(IID_ICalc, object.get(), MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL, &clsid), S_OK);
    EXPECT_EQ(clsid, kInProcFreeMarshaler);
    EXPECT_EQ(marshaler->GetUnmarshalClass(IID_ICalc, object.get(), MSHCTX_LOCAL, nullptr, MSHLFLAGS_NORMAL, &clsid), S_OK);
    EXPECT_EQ(clsid.Data1, 0x17u) << "CLSID_StdMarshal";
    const auto stream = marshal(object.get());
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        EXPECT_EQ(unmarshal(stream.get()).get(), object.get()) << "the object itself in another apartment";
    });
}

TEST_F(Marshaling, B70_NormalAndStrongFreeThreadedPacketsHoldAReferenceAndWeakOnesNone) {
    auto object = ComPtr<Agile>::attach(new Agile);
    for (const DWORD flags : {DWORD{MSHLFLAGS_NORMAL}, DWORD{MSHLFLAGS_TABLESTRONG}, DWORD{MSHLFLAGS_TABLEWEAK}}) {
        const ULONG held = flags == MSHLFLAGS_TABLEWEAK ? 1 : 2;
        auto stream = marshal(object.get(), IID_ICalc, flags);
        EXPECT_EQ(object->references(), held) << flags;
        EXPECT_TRUE(unmarshal(stream.get()));
        if (flags == MSHLFLAGS_NORMAL) {
            EXPECT_EQ(object->references(), 1u) << "consumed";
            continue;
        }
        EXPECT_EQ(object->references(), held) << "table packets serve many";
        release(stream.get());
        EXPECT_EQ(object->references(), 1u) << flags;
    }
    auto stream = marshal(object.get());
    release(stream.get());
    EXPECT_EQ(object->references(), 1u);
    EXPECT_EQ(object.as<IMarshal>()->DisconnectObject(0), S_OK);
    LONG sum = 0;
    EXPECT_EQ(object->Add(1, 2, &sum), S_OK);
}

TEST_F(Marshaling, B71_GlobalInterfaceTableIsOneAndItsFactoryIsNoTable) {
    ComPtr<IClassFactory> factory;
    ASSERT_EQ(CoGetClassObject(kTable, CLSCTX_INPROC_SERVER, nullptr, IID_IClassFactory, factory.put_void()), S_OK);
    void* none = this;
    EXPECT_EQ(factory->QueryInterface(IID_IGlobalInterfaceTable, &none), E_NOINTERFACE);
    ComPtr<IGlobalInterfaceTable> table, again;
    ASSERT_EQ(CoCreateInstance(kTable, nullptr, CLSCTX_INPROC_SERVER, IID_IGlobalInterfaceTable, table.put_void()), S_OK);
    ASSERT_EQ(CoCreateInstance(kTable, nullptr, CLSCTX_INPROC_SERVER, IID_IGlobalInterfaceTable, again.put_void()), S_OK);
    EXPECT_EQ(table.get(), again.get());
    EXPECT_EQ(table->AddRef(), 1u);
    EXPECT_EQ(table->Release(), 1u);
    DWORD cookie = 0;
    EXPECT_EQ(table->RegisterInterfaceInGlobal(nullptr, IID_ICalc, &cookie), E_INVALIDARG);
    EXPECT_EQ(table->GetInterfaceFromGlobal(0xBAD, IID_ICalc, &none), E_INVALIDARG);
    EXPECT_EQ(none, nullptr);
}

TEST_F(Marshaling, B71_GlobalInterfaceTableKeepsProxiesForOtherApartments) {
    ComPtr<IGlobalInterfaceTable> table;
    ASSERT_EQ(CoCreateInstance(kTable, nullptr, CLSCTX_INPROC_SERVER, IID_IGlobalInterfaceTable, table.put_void()), S_OK);
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto stream = marshal(static_cast<ICalc2*>(object.get()));
    object.reset();
    std::promise<DWORD> registered;
    std::promise<void> over;
    std::thread client([&] {
        Joined other(COINIT_APARTMENTTHREADED);
        DWORD cookie = 0;
        EXPECT_EQ(table->RegisterInterfaceInGlobal(unmarshal(stream.get()).get(), IID_ICalc, &cookie), S_OK);
        registered.set_value(cookie);
        over.get_future().wait();
    });
    const DWORD cookie = registered.get_future().get();
    EXPECT_EQ(Calc::alive, 1) << "the proxy itself is gone";
    on_thread([&] {
        Joined third(COINIT_APARTMENTTHREADED);
        ComPtr<ICalc2> calc;
        EXPECT_EQ(table->GetInterfaceFromGlobal(cookie, IID_ICalc2, calc.put_void()), S_OK) << "another interface than the registered one";
        LONG value = 21;
        ASSERT_TRUE(calc);
        EXPECT_EQ(calc->Twice(&value), S_OK);
    });
    EXPECT_EQ(table->RevokeInterfaceFromGlobal(cookie), S_OK);
    EXPECT_EQ(Calc::alive, 0);
    over.set_value();
    client.join();
}

// Message filters and pumping ------------------------------------------------------------------------------------------------

class Rejecting final : public implements<IMessageFilter> {
  public:
    DWORD STDMETHODCALLTYPE HandleInComingCall(DWORD, HTASK, DWORD, INTERFACEINFO*) override { return SERVERCALL_REJECTED; }
    DWORD STDMETHODCALLTYPE RetryRejectedCall(HTASK, DWORD, DWORD) override { return ~DWORD{0}; }
    DWORD STDMETHODCALLTYPE MessagePending(HTASK, DWORD, DWORD) override { return PENDINGMSG_WAITDEFPROCESS; }
};

/// A single-threaded apartment with a Calc, which serves until the scope ends.
class Serving {
  public:
    explicit Serving(bool rejects) {
        std::promise<void> ready;
        thread_ = std::thread([this, rejects, &ready] {
            Joined own(COINIT_APARTMENTTHREADED);
            MSG message;
            PeekMessage(&message, nullptr, 0, 0, PM_NOREMOVE);
            id_ = GetCurrentThreadId();
            if (rejects) CoRegisterMessageFilter(ComPtr<Rejecting>::attach(new Rejecting).get(), nullptr);
            packet = marshal(static_cast<ICalc2*>(ComPtr<Calc>::attach(new Calc).get()));
            ready.set_value();
            while (GetMessage(&message, nullptr, 0, 0) > 0) {}
            CoRegisterMessageFilter(nullptr, nullptr);
        });
        ready.get_future().wait();
    }
    ~Serving() {
        PostThreadMessage(id_, WM_QUIT, 0, 0);
        thread_.join();
    }
    ComPtr<IStream> packet;

  private:
    DWORD id_ = 0;
    std::thread thread_;
};

TEST_F(Marshaling, B65_RejectedCallOfACallerWithoutAFilterIsCallRejected) {
    Serving server(true);
    auto calc = unmarshal(server.packet.get());
    LONG sum = 0;
    EXPECT_EQ(calc->Add(1, 2, &sum), RPC_E_CALL_REJECTED);
}

TEST(Pumping, B66_FirstFilterHasNoneBeforeItAndNullTakesItAway) {
    Joined joined(COINIT_APARTMENTTHREADED);
    auto filter = ComPtr<Rejecting>::attach(new Rejecting);
    ComPtr<IMessageFilter> previous;
    EXPECT_EQ(CoRegisterMessageFilter(filter.get(), previous.put()), S_OK);
    EXPECT_FALSE(previous);
    EXPECT_EQ(CoRegisterMessageFilter(nullptr, previous.put()), S_OK);
    EXPECT_EQ(previous.get(), filter.get());
    EXPECT_EQ(CoRegisterMessageFilter(nullptr, previous.put()), S_OK);
    EXPECT_FALSE(previous);
}

TEST(Pumping, B67_MessagesPostedDuringACallComeInOrderAndQuitIsNotLost) {
    com::register_proxy_file(calc_ProxyFile);
    Joined joined(COINIT_APARTMENTTHREADED);
    MSG message;
    PeekMessage(&message, nullptr, 0, 0, PM_NOREMOVE);
    const DWORD own = GetCurrentThreadId();
    auto object = ComPtr<Watching>::attach(new Watching);
    ComPtr<IStream> packet;
    std::promise<void> ready, over;
    std::thread server([&] {
        Joined other(COINIT_MULTITHREADED);
        object->on_call = [&] {
            for (UINT number = 1; number <= 3; ++number) PostThreadMessage(own, WM_USER + number, 0, 0);
            PostThreadMessage(own, WM_QUIT, 5, 0);
        };
        packet = marshal(static_cast<ICalc*>(object.get()));
        ready.set_value();
        over.get_future().wait();
    });
    ready.get_future().wait();
    {
        auto calc = unmarshal(packet.get());
        LONG sum = 0;
        EXPECT_EQ(calc->AddThrough(nullptr, 1, 2, &sum), S_OK);
    }
    for (UINT number = 1; number <= 3; ++number) {
        EXPECT_GT(GetMessage(&message, nullptr, 0, 0), 0);
        EXPECT_EQ(message.message, WM_USER + number);
    }
    EXPECT_EQ(GetMessage(&message, nullptr, 0, 0), 0);
    EXPECT_EQ(message.wParam, 5u);
    over.set_value();
    server.join();
}

TEST(Pumping, B68_WaitsCheckTheirArgumentsAndTimeOut) {
    Joined joined(COINIT_APARTMENTTHREADED);
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    HANDLE handles[] = {reinterpret_cast<HANDLE>(static_cast<std::intptr_t>(pipe[0])), reinterpret_cast<HANDLE>(static_cast<std::intptr_t>(pipe[0]))};
    DWORD index = 7;
    EXPECT_EQ(CoWaitForMultipleHandles(0, 0, 1, handles, nullptr), E_INVALIDARG);
    EXPECT_EQ(CoWaitForMultipleHandles(0, 0, 1, nullptr, &index), E_INVALIDARG);
    EXPECT_EQ(CoWaitForMultipleHandles(0, 0, 0, handles, &index), RPC_E_NO_SYNC);
    index = 7;
    EXPECT_EQ(CoWaitForMultipleHandles(0, 0, 1, handles, &index), RPC_S_CALLPENDING);
    EXPECT_EQ(index, 0u);
    ASSERT_EQ(::write(pipe[1], "x", 1), 1);
    EXPECT_EQ(CoWaitForMultipleHandles(COWAIT_WAITALL, 1000, 2, handles, &index), S_OK);
    ::close(pipe[0]);
    ::close(pipe[1]);
}

}  // namespace
}  // namespace odc::test
