// Behaviours 1-9, 13-23, 37-59 of the object runtime, as far as one process shows them.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <future>
#include <thread>

#include "calc_object.h"
#include "opendcom/com/interface_info.h"
#include "ole2.h"
#include "winuser.h"

extern "C" const odc::com::ProxyFile calc_ProxyFile;

namespace odc::test {
namespace {

/// Joins an apartment for a scope.
struct Joined {
    explicit Joined(DWORD kind) : hr(CoInitializeEx(nullptr, kind)) {}
    ~Joined() {
        if (SUCCEEDED(hr)) CoUninitialize();
    }
    HRESULT hr;
};

/// Runs `body` on a fresh thread and hands on what it returns.
template <class Body>
auto on_thread(Body body) {
    return std::async(std::launch::async, body).get();
}

/// A thread with an apartment that serves one Calc until the test is over.
class CalcApartment {
  public:
    explicit CalcApartment(DWORD kind, DWORD flags = MSHLFLAGS_NORMAL) {
        thread_ = std::thread([this, kind, flags] {
            Joined joined(kind);
            thread_id_ = GetCurrentThreadId();
            {
                MSG message;
                PeekMessage(&message, nullptr, 0, 0, PM_NOREMOVE);  // so that PostThreadMessage finds the thread
                auto object = ComPtr<Calc>::attach(new Calc);
                ComPtr<IStream> stream;
                OdcCreateMemoryStream(stream.put());
                EXPECT_EQ(CoMarshalInterface(stream.get(), IID_ICalc2, static_cast<ICalc2*>(object.get()), MSHCTX_INPROC, nullptr, flags), S_OK);
                packet_ = stream.detach();
            }
            ready_.set_value();
            if (kind == COINIT_MULTITHREADED) {
                over_.get_future().wait();
            } else {
                MSG message;
                while (GetMessage(&message, nullptr, 0, 0) > 0) {}
            }
        });
        ready_.get_future().wait();
        kind_ = kind;
    }
    ~CalcApartment() { end(); }
    void end() {
        if (!thread_.joinable()) return;
        if (kind_ == COINIT_MULTITHREADED) over_.set_value();
        else PostThreadMessage(thread_id_, WM_QUIT, 0, 0);
        thread_.join();
        packet_->Release();
    }
    IStream* packet() {
        LARGE_INTEGER start{};
        packet_->Seek(start, STREAM_SEEK_SET, nullptr);
        return packet_;
    }
    ComPtr<ICalc2> unmarshal() {
        ComPtr<ICalc2> calc;
        EXPECT_EQ(CoUnmarshalInterface(packet(), IID_ICalc2, calc.put_void()), S_OK);
        return calc;
    }
    DWORD thread() const { return thread_id_; }

  private:
    DWORD kind_ = 0;
    std::thread thread_;
    std::promise<void> ready_, over_;
    IStream* packet_ = nullptr;
    DWORD thread_id_ = 0;
};

class Apartments : public ::testing::Test {
  protected:
    void SetUp() override {
        odc::com::register_proxy_file(calc_ProxyFile);
        Calc::alive = 0;
    }
};

TEST_F(Apartments, InitializingTwiceIsFalseAndOtherKindIsRefused) {
    Joined first(COINIT_APARTMENTTHREADED);
    EXPECT_EQ(first.hr, S_OK);
    Joined second(COINIT_APARTMENTTHREADED);
    EXPECT_EQ(second.hr, S_FALSE);
    EXPECT_EQ(CoInitializeEx(nullptr, COINIT_MULTITHREADED), RPC_E_CHANGED_MODE);
}

TEST_F(Apartments, WithoutOneNothingCanBeCreated) {
    void* object = this;
    EXPECT_EQ(CoCreateInstance(IID_ICalc, nullptr, CLSCTX_ALL, IID_IUnknown, &object), CO_E_NOTINITIALIZED);
    EXPECT_EQ(object, nullptr);
}

TEST_F(Apartments, ThreadsWithoutOneAreInTheMultithreadedOneWhileItLives) {
    APTTYPE type;
    APTTYPEQUALIFIER qualifier;
    EXPECT_EQ(CoGetApartmentType(&type, &qualifier), CO_E_NOTINITIALIZED);
    {
        Joined joined(COINIT_MULTITHREADED);
        on_thread([] {
            APTTYPE t;
            APTTYPEQUALIFIER q;
            EXPECT_EQ(CoGetApartmentType(&t, &q), S_OK);
            EXPECT_EQ(t, APTTYPE_MTA);
            EXPECT_EQ(q, APTTYPEQUALIFIER_IMPLICIT_MTA);
            return 0;
        });
    }
    EXPECT_EQ(CoGetApartmentType(&type, &qualifier), CO_E_NOTINITIALIZED);
    EXPECT_EQ(CoGetApartmentType(nullptr, &qualifier), E_INVALIDARG);
}

TEST_F(Apartments, FirstSingleThreadedOneIsMain) {
    Joined joined(COINIT_APARTMENTTHREADED);
    APTTYPE type;
    APTTYPEQUALIFIER qualifier;
    EXPECT_EQ(CoGetApartmentType(&type, &qualifier), S_OK);
    EXPECT_EQ(type, APTTYPE_MAINSTA);
    on_thread([] {
        Joined second(COINIT_APARTMENTTHREADED);
        APTTYPE t;
        APTTYPEQUALIFIER q;
        EXPECT_EQ(CoGetApartmentType(&t, &q), S_OK);
        EXPECT_EQ(t, APTTYPE_STA);
        return 0;
    });
}

TEST_F(Apartments, OleInitializeCountsApart) {
    Joined joined(COINIT_APARTMENTTHREADED);
    EXPECT_EQ(OleInitialize(nullptr), S_OK);
    EXPECT_EQ(OleInitialize(nullptr), S_FALSE);
    OleUninitialize();
    OleUninitialize();
    OleUninitialize();  // surplus: the apartment stays
    APTTYPE type;
    APTTYPEQUALIFIER qualifier;
    EXPECT_EQ(CoGetApartmentType(&type, &qualifier), S_OK);
}

TEST_F(Apartments, CallIntoASingleThreadedOneRunsOnItsThread) {
    Joined joined(COINIT_MULTITHREADED);
    CalcApartment server(COINIT_APARTMENTTHREADED);
    auto calc = server.unmarshal();
    LONG sum = 0, thread = 0;
    EXPECT_EQ(calc->Add(2, 3, &sum), S_OK);
    EXPECT_EQ(sum, 5);
    EXPECT_EQ(calc->Thread(&thread), S_OK);
    EXPECT_EQ(static_cast<DWORD>(thread), server.thread());
}

TEST_F(Apartments, CallIntoTheMultithreadedOneRunsOnAnotherThread) {
    Joined joined(COINIT_APARTMENTTHREADED);
    CalcApartment server(COINIT_MULTITHREADED);
    auto calc = server.unmarshal();
    LONG thread = 0;
    EXPECT_EQ(calc->Thread(&thread), S_OK);
    EXPECT_NE(static_cast<DWORD>(thread), GetCurrentThreadId());
}

TEST_F(Apartments, SingleThreadedCallerServesCallbacksWhileItWaits) {
    Joined joined(COINIT_APARTMENTTHREADED);
    for (const DWORD kind : {DWORD{COINIT_APARTMENTTHREADED}, DWORD{COINIT_MULTITHREADED}}) {
        CalcApartment server(kind);
        auto calc = server.unmarshal();
        auto own = ComPtr<Calc>::attach(new Calc);
        LONG sum = 0;
        EXPECT_EQ(calc->AddThrough(static_cast<ICalc2*>(own.get()), 20, 22, &sum), S_OK);
        EXPECT_EQ(sum, 42);
    }
}

TEST_F(Apartments, ResultsAndExceptionsComeBack) {
    Joined joined(COINIT_MULTITHREADED);
    CalcApartment server(COINIT_APARTMENTTHREADED);
    auto calc = server.unmarshal();
    EXPECT_EQ(calc->Fail(E_ACCESSDENIED), E_ACCESSDENIED);
    EXPECT_EQ(calc->Fail(S_FALSE), S_FALSE);
    EXPECT_EQ(calc->Throw(), RPC_E_SERVERFAULT);
    LONG value = 21;
    EXPECT_EQ(calc->Twice(&value), S_OK);
    EXPECT_EQ(value, 42);
}

TEST_F(Apartments, ProxyHasOneIdentityAndKnowsItsMultiQI) {
    Joined joined(COINIT_MULTITHREADED);
    CalcApartment server(COINIT_APARTMENTTHREADED);
    auto calc2 = server.unmarshal();
    auto calc = calc2.as<ICalc>();
    ASSERT_TRUE(calc);
    auto one = calc2.as<IUnknown>();
    auto other = calc.as<IUnknown>();
    EXPECT_EQ(one.get(), other.get());
    MULTI_QI wanted[2] = {{&IID_ICalc, nullptr, E_FAIL}, {&IID_IUnmarshalable, nullptr, E_FAIL}};
    auto multi = calc.as<IMultiQI>();
    ASSERT_TRUE(multi);
    EXPECT_EQ(multi->QueryMultipleInterfaces(2, wanted), S_FALSE);
    EXPECT_EQ(wanted[0].hr, S_OK);
    EXPECT_EQ(wanted[1].hr, E_NOINTERFACE);
    wanted[0].pItf->Release();
}

TEST_F(Apartments, ProxyOfAnotherApartmentIsRefused) {
    Joined joined(COINIT_MULTITHREADED);
    CalcApartment server(COINIT_APARTMENTTHREADED);
    auto calc = server.unmarshal();
    on_thread([&] {
        Joined other(COINIT_APARTMENTTHREADED);
        LONG sum = 0;
        EXPECT_EQ(calc->Add(1, 1, &sum), RPC_E_WRONG_THREAD);
        void* more = nullptr;
        EXPECT_EQ(calc->QueryInterface(IID_IRunningObjectTable, &more), RPC_E_WRONG_THREAD);
        return 0;
    });
}

TEST_F(Apartments, UnmarshalAtHomeGivesTheObjectItself) {
    Joined joined(COINIT_APARTMENTTHREADED);
    auto object = ComPtr<Calc>::attach(new Calc);
    ComPtr<IStream> stream;
    ASSERT_EQ(CoMarshalInterThreadInterfaceInStream(IID_ICalc, static_cast<ICalc2*>(object.get()), stream.put()), S_OK);
    ComPtr<ICalc> back;
    ASSERT_EQ(CoGetInterfaceAndReleaseStream(stream.detach(), IID_ICalc, back.put_void()), S_OK);
    EXPECT_EQ(static_cast<void*>(back.get()), static_cast<void*>(static_cast<ICalc*>(object.as<ICalc>().get())));
}

TEST_F(Apartments, NormalPacketIsUnmarshaledOnce) {
    Joined joined(COINIT_APARTMENTTHREADED);
    auto object = ComPtr<Calc>::attach(new Calc);
    ComPtr<IStream> stream;
    ASSERT_EQ(CoMarshalInterThreadInterfaceInStream(IID_ICalc, static_cast<ICalc2*>(object.get()), stream.put()), S_OK);
    ComPtr<ICalc> first, second;
    LARGE_INTEGER start{};
    EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_ICalc, first.put_void()), S_OK);
    stream->Seek(start, STREAM_SEEK_SET, nullptr);
    EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_ICalc, second.put_void()), CO_E_OBJNOTCONNECTED);
}

TEST_F(Apartments, UnsupportedInterfaceConsumesThePacket) {
    Joined joined(COINIT_APARTMENTTHREADED);
    auto object = ComPtr<Calc>::attach(new Calc);
    ComPtr<IStream> stream;
    ASSERT_EQ(CoMarshalInterThreadInterfaceInStream(IID_ICalc, static_cast<ICalc2*>(object.get()), stream.put()), S_OK);
    void* other = nullptr;
    EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_IRunningObjectTable, &other), E_NOINTERFACE);
    object.reset();
    EXPECT_EQ(Calc::alive, 0);
}

TEST_F(Apartments, MarshalDataHoldsTheObjectUntilReleased) {
    Joined joined(COINIT_APARTMENTTHREADED);
    for (const DWORD flags : {DWORD{MSHLFLAGS_NORMAL}, DWORD{MSHLFLAGS_TABLESTRONG}, DWORD{MSHLFLAGS_TABLEWEAK}}) {
        auto object = ComPtr<Calc>::attach(new Calc);
        ComPtr<IStream> stream;
        OdcCreateMemoryStream(stream.put());
        ASSERT_EQ(CoMarshalInterface(stream.get(), IID_ICalc, static_cast<ICalc2*>(object.get()), MSHCTX_INPROC, nullptr, flags), S_OK);
        object.reset();
        EXPECT_EQ(Calc::alive, 1) << flags;
        LARGE_INTEGER start{};
        stream->Seek(start, STREAM_SEEK_SET, nullptr);
        EXPECT_EQ(CoReleaseMarshalData(stream.get()), S_OK);
        EXPECT_EQ(Calc::alive, 0) << flags;
    }
}

TEST_F(Apartments, LastProxyReleasesTheObject) {
    Joined joined(COINIT_MULTITHREADED);
    CalcApartment server(COINIT_APARTMENTTHREADED);
    auto calc = server.unmarshal();
    EXPECT_EQ(Calc::alive, 1);
    ComPtr<ICalc> child;
    EXPECT_EQ(calc->Child(child.put()), S_OK);
    EXPECT_EQ(Calc::alive, 2);
    child.reset();
    LONG sum = 0;
    EXPECT_EQ(calc->Add(1, 1, &sum), S_OK);  // behind the release in the apartment's queue
    EXPECT_EQ(Calc::alive, 1);
    calc.reset();
    server.end();
    EXPECT_EQ(Calc::alive, 0);
}

TEST_F(Apartments, TablePacketsUnmarshalManyTimes) {
    Joined joined(COINIT_MULTITHREADED);
    CalcApartment server(COINIT_APARTMENTTHREADED, MSHLFLAGS_TABLESTRONG);
    for (int i = 0; i < 3; ++i) {
        auto calc = server.unmarshal();
        LONG sum = 0;
        EXPECT_EQ(calc->Add(i, 1, &sum), S_OK);
        EXPECT_EQ(sum, i + 1);
    }
}

TEST_F(Apartments, ServerApartmentEndDisconnects) {
    Joined joined(COINIT_MULTITHREADED);
    CalcApartment server(COINIT_APARTMENTTHREADED);
    auto calc = server.unmarshal();
    server.end();
    EXPECT_EQ(Calc::alive, 0);
    LONG sum = 0;
    EXPECT_EQ(calc->Add(1, 1, &sum), RPC_E_DISCONNECTED);
}

TEST_F(Apartments, ClientApartmentEndGivesReferencesBack) {
    Joined joined(COINIT_MULTITHREADED);
    CalcApartment server(COINIT_MULTITHREADED);
    ComPtr<ICalc2> orphan;
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        orphan = server.unmarshal();
        return 0;
    });
    EXPECT_EQ(Calc::alive, 0);
    LONG sum = 0;
    EXPECT_EQ(orphan->Add(1, 1, &sum), CO_E_OBJNOTCONNECTED);
    EXPECT_EQ(orphan.detach()->Release(), 0u);
}

TEST_F(Apartments, DisconnectObjectCutsProxiesOff) {
    Joined joined(COINIT_MULTITHREADED);
    auto object = ComPtr<Calc>::attach(new Calc);
    ComPtr<IStream> stream;
    ASSERT_EQ(CoMarshalInterThreadInterfaceInStream(IID_ICalc, static_cast<ICalc2*>(object.get()), stream.put()), S_OK);
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        ComPtr<ICalc> calc;
        EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_ICalc, calc.put_void()), S_OK);
        on_thread([&] { return CoDisconnectObject(static_cast<ICalc2*>(object.get()), 0); });
        LONG sum = 0;
        EXPECT_EQ(calc->Add(1, 1, &sum), RPC_E_DISCONNECTED);
        return 0;
    });
    EXPECT_EQ(CoDisconnectObject(nullptr, 0), E_INVALIDARG);
}

TEST_F(Apartments, InterfaceWithoutProxyCannotBeMarshaled) {
    Joined joined(COINIT_MULTITHREADED);
    auto object = ComPtr<Calc>::attach(new Calc);
    ComPtr<IStream> stream;
    OdcCreateMemoryStream(stream.put());
    EXPECT_EQ(CoMarshalInterface(stream.get(), IID_IUnmarshalable, static_cast<ICalc2*>(object.get()), MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL),
              E_NOINTERFACE);
    EXPECT_EQ(CoMarshalInterface(nullptr, IID_ICalc, static_cast<ICalc2*>(object.get()), MSHCTX_INPROC, nullptr, 0), E_INVALIDARG);
    EXPECT_EQ(CoMarshalInterface(stream.get(), IID_ICalc, nullptr, MSHCTX_INPROC, nullptr, 0), E_INVALIDARG);
}

TEST_F(Apartments, TruncatedPacketIsAReadFault) {
    Joined joined(COINIT_MULTITHREADED);
    auto object = ComPtr<Calc>::attach(new Calc);
    ComPtr<IStream> whole;
    ASSERT_EQ(CoMarshalInterThreadInterfaceInStream(IID_ICalc, static_cast<ICalc2*>(object.get()), whole.put()), S_OK);
    BYTE bytes[256];
    ULONG size = 0;
    whole->Read(bytes, sizeof bytes, &size);
    EXPECT_EQ(size, 68u) << "behaviour 38: header, STDOBJREF and an empty DUALSTRINGARRAY";
    ComPtr<IStream> cut;
    OdcCreateMemoryStream(cut.put());
    cut->Write(bytes, size - 1, nullptr);
    LARGE_INTEGER start{};
    cut->Seek(start, STREAM_SEEK_SET, nullptr);
    void* back = nullptr;
    EXPECT_EQ(CoUnmarshalInterface(cut.get(), IID_ICalc, &back), STG_E_READFAULT);
    EXPECT_EQ(CoReleaseMarshalData(cut.get()), STG_E_READFAULT);
    whole->Seek(start, STREAM_SEEK_SET, nullptr);
    EXPECT_EQ(CoReleaseMarshalData(whole.get()), S_OK);
}

TEST_F(Apartments, ReMarshaledProxyKeepsTheObject) {
    Joined joined(COINIT_MULTITHREADED);
    CalcApartment server(COINIT_APARTMENTTHREADED);
    auto calc = server.unmarshal();
    ComPtr<IStream> stream;
    ASSERT_EQ(CoMarshalInterThreadInterfaceInStream(IID_ICalc2, calc.get(), stream.put()), S_OK);
    calc.reset();
    EXPECT_EQ(Calc::alive, 1);
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        ComPtr<ICalc2> again;
        EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_ICalc2, again.put_void()), S_OK);
        LONG sum = 0;
        EXPECT_EQ(again->Add(1, 2, &sum), S_OK);
        return 0;
    });
    server.end();
    EXPECT_EQ(Calc::alive, 0);
}

TEST_F(Apartments, GlobalInterfaceTableServesAnyApartment) {
    Joined joined(COINIT_MULTITHREADED);
    ComPtr<IGlobalInterfaceTable> table;
    constexpr CLSID kTable = {0x00000323, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};
    ASSERT_EQ(CoCreateInstance(kTable, nullptr, CLSCTX_INPROC_SERVER, IID_IGlobalInterfaceTable, table.put_void()), S_OK);
    auto object = ComPtr<Calc>::attach(new Calc);
    DWORD cookie = 0;
    ASSERT_EQ(table->RegisterInterfaceInGlobal(static_cast<ICalc2*>(object.get()), IID_ICalc, &cookie), S_OK);
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        for (int i = 0; i < 2; ++i) {
            ComPtr<ICalc2> calc;
            EXPECT_EQ(table->GetInterfaceFromGlobal(cookie, IID_ICalc2, calc.put_void()), S_OK);
            LONG sum = 0;
            EXPECT_EQ(calc->Add(i, 1, &sum), S_OK);
        }
        return 0;
    });
    EXPECT_EQ(table->RevokeInterfaceFromGlobal(cookie), S_OK);
    EXPECT_EQ(table->RevokeInterfaceFromGlobal(cookie), E_INVALIDARG);
    object.reset();
    EXPECT_EQ(Calc::alive, 0);
}

TEST_F(Apartments, ClassObjectsAreSeenInTheirOwnApartmentOnly) {
    Joined joined(COINIT_APARTMENTTHREADED);
    const CLSID clsid = {0x5C1E7A4F, 1, 1, {1}};
    auto object = ComPtr<Calc>::attach(new Calc);
    DWORD cookie = 0;
    ASSERT_EQ(CoRegisterClassObject(clsid, static_cast<ICalc2*>(object.get()), CLSCTX_INPROC_SERVER, REGCLS_MULTI_SEPARATE, &cookie), S_OK);
    ComPtr<ICalc> calc;
    EXPECT_EQ(CoGetClassObject(clsid, CLSCTX_INPROC_SERVER, nullptr, IID_ICalc, calc.put_void()), S_OK);
    on_thread([&] {
        Joined other(COINIT_APARTMENTTHREADED);
        ComPtr<ICalc> none;
        EXPECT_EQ(CoGetClassObject(clsid, CLSCTX_INPROC_SERVER, nullptr, IID_ICalc, none.put_void()), REGDB_E_CLASSNOTREG);
        EXPECT_EQ(CoRevokeClassObject(cookie), RPC_E_WRONG_THREAD);
        return 0;
    });
    EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
    EXPECT_EQ(CoRevokeClassObject(cookie), E_INVALIDARG);
}

/// Rejects, then asks to retry, then lets calls in.
class Filter final : public implements<IMessageFilter> {
  public:
    explicit Filter(std::vector<DWORD> verdicts) : verdicts_(std::move(verdicts)) {}
    DWORD STDMETHODCALLTYPE HandleInComingCall(DWORD, HTASK, DWORD, INTERFACEINFO*) override {
        return asked < verdicts_.size() ? verdicts_[asked++] : static_cast<DWORD>(SERVERCALL_ISHANDLED);
    }
    DWORD STDMETHODCALLTYPE RetryRejectedCall(HTASK, DWORD, DWORD) override {
        ++retries;
        return 0;
    }
    DWORD STDMETHODCALLTYPE MessagePending(HTASK, DWORD, DWORD) override { return PENDINGMSG_WAITDEFPROCESS; }
    std::size_t asked = 0;
    int retries = 0;

  private:
    std::vector<DWORD> verdicts_;
};

TEST_F(Apartments, MessageFiltersRejectAndRetry) {
    Joined joined(COINIT_APARTMENTTHREADED);
    auto own = ComPtr<Calc>::attach(new Calc);
    auto filter = ComPtr<Filter>::attach(new Filter({SERVERCALL_REJECTED, SERVERCALL_RETRYLATER}));
    ASSERT_EQ(CoRegisterMessageFilter(filter.get(), nullptr), S_OK);
    ComPtr<IStream> stream;
    ASSERT_EQ(CoMarshalInterThreadInterfaceInStream(IID_ICalc, static_cast<ICalc2*>(own.get()), stream.put()), S_OK);
    std::thread client([&] {
        Joined other(COINIT_APARTMENTTHREADED);
        auto retry = ComPtr<Filter>::attach(new Filter({}));
        CoRegisterMessageFilter(retry.get(), nullptr);
        {
            ComPtr<ICalc> calc;
            EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_ICalc, calc.put_void()), S_OK);
            LONG sum = 0;
            EXPECT_EQ(calc->Add(1, 2, &sum), S_OK);
            EXPECT_EQ(sum, 3);
        }
        EXPECT_EQ(retry->retries, 2);
        CoRegisterMessageFilter(nullptr, nullptr);
        PostThreadMessage(static_cast<DWORD>(::getpid()), WM_QUIT, 0, 0);
    });
    MSG message;
    while (GetMessage(&message, nullptr, 0, 0) > 0) {}
    client.join();
    EXPECT_EQ(filter->asked, 2u);
    ComPtr<IMessageFilter> previous;
    EXPECT_EQ(CoRegisterMessageFilter(nullptr, previous.put()), S_OK);
    EXPECT_EQ(previous.get(), filter.get());
}

TEST_F(Apartments, MessageFilterNeedsASingleThreadedOne) {
    Joined joined(COINIT_MULTITHREADED);
    EXPECT_EQ(CoRegisterMessageFilter(nullptr, nullptr), CO_E_NOT_SUPPORTED);
}

TEST_F(Apartments, EventDescriptorIsReadableWhenACallWaits) {
    Joined joined(COINIT_APARTMENTTHREADED);
    const int fd = OdcGetApartmentEventFd();
    ASSERT_GE(fd, 0);
    auto own = ComPtr<Calc>::attach(new Calc);
    ComPtr<IStream> stream;
    ASSERT_EQ(CoMarshalInterThreadInterfaceInStream(IID_ICalc, static_cast<ICalc2*>(own.get()), stream.put()), S_OK);
    std::thread client([&] {
        Joined other(COINIT_MULTITHREADED);
        ComPtr<ICalc> calc;
        EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_ICalc, calc.put_void()), S_OK);
        LONG sum = 0;
        EXPECT_EQ(calc->Add(1, 2, &sum), S_OK);
    });
    pollfd wait{fd, POLLIN, 0};
    EXPECT_EQ(::poll(&wait, 1, 5000), 1);
    EXPECT_GE(OdcDispatchPendingCalls(), 1u);
    client.join();
}

TEST_F(Apartments, WaitingForHandlesServesCalls) {
    Joined joined(COINIT_APARTMENTTHREADED);
    auto own = ComPtr<Calc>::attach(new Calc);
    ComPtr<IStream> stream;
    ASSERT_EQ(CoMarshalInterThreadInterfaceInStream(IID_ICalc, static_cast<ICalc2*>(own.get()), stream.put()), S_OK);
    const int event = ::eventfd(0, EFD_CLOEXEC);
    std::thread client([&] {
        Joined other(COINIT_MULTITHREADED);
        {
            ComPtr<ICalc> calc;
            EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_ICalc, calc.put_void()), S_OK);
            LONG sum = 0;
            EXPECT_EQ(calc->Add(1, 2, &sum), S_OK);
        }
        const std::uint64_t one = 1;
        EXPECT_EQ(::write(event, &one, sizeof one), static_cast<ssize_t>(sizeof one));
    });
    DWORD index = 99;
    HANDLE handle = reinterpret_cast<HANDLE>(static_cast<std::intptr_t>(event));
    EXPECT_EQ(CoWaitForMultipleHandles(0, 5000, 1, &handle, &index), S_OK);
    EXPECT_EQ(index, 0u);
    client.join();
    ::close(event);
    EXPECT_EQ(CoWaitForMultipleHandles(0, 0, 0, &handle, &index), RPC_E_NO_SYNC);
    EXPECT_EQ(CoWaitForMultipleHandles(0, 0, 1, nullptr, &index), E_INVALIDARG);
}

}  // namespace
}  // namespace odc::test
