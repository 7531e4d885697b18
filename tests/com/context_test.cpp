// Behaviours 10, 13-18: spies, cancellation, context objects, call contexts; and who calls, as far as one process shows it.
#include "ctxtcall.h"
#include "marshaling.h"

namespace odc::test {
namespace {

class Contexts : public ::testing::Test {
  protected:
    void SetUp() override { com::register_proxy_file(calc_ProxyFile); }
};

template <class T>
ComPtr<T> context() {
    ComPtr<T> object;
    EXPECT_EQ(CoGetObjectContext(__uuidof(T), object.put_void()), S_OK);
    return object;
}

/// Writes down what it is told.
class Spy final : public implements<IInitializeSpy> {
  public:
    HRESULT STDMETHODCALLTYPE PreInitialize(DWORD kind, DWORD joined) override { return note("+", static_cast<HRESULT>(kind), joined); }
    HRESULT STDMETHODCALLTYPE PostInitialize(HRESULT hr, DWORD, DWORD joined) override {
        note("=", hr, joined);
        return hr;
    }
    HRESULT STDMETHODCALLTYPE PreUninitialize(DWORD joined) override { return note("-", 0, joined); }
    HRESULT STDMETHODCALLTYPE PostUninitialize(DWORD joined) override { return note(".", 0, joined); }
    std::string seen;

  private:
    HRESULT note(const char* what, HRESULT hr, DWORD joined) {
        seen += what + std::to_string(hr) + "," + std::to_string(joined) + " ";
        return S_OK;
    }
};

TEST_F(Contexts, B10_SpiesHaveCookiesOfTheirThreadAndSeeTheCounts) {
    auto spy = ComPtr<Spy>::attach(new Spy);
    ULARGE_INTEGER first{}, second{}, third{};
    EXPECT_EQ(CoRegisterInitializeSpy(nullptr, &first), E_INVALIDARG);
    EXPECT_EQ(CoRegisterInitializeSpy(spy.get(), nullptr), E_INVALIDARG);
    for (auto* cookie : {&first, &second, &third}) EXPECT_EQ(CoRegisterInitializeSpy(spy.get(), cookie), S_OK) << "the same one, several times";
    DWORD number = 0;
    for (const auto* cookie : {&first, &second, &third}) {
        EXPECT_EQ(cookie->QuadPart >> 32, GetCurrentThreadId());
        EXPECT_EQ(static_cast<DWORD>(cookie->QuadPart), number++);
    }
    EXPECT_EQ(CoRevokeInitializeSpy(second), S_OK);
    EXPECT_EQ(CoRevokeInitializeSpy(second), E_INVALIDARG);
    EXPECT_EQ(CoRevokeInitializeSpy(third), S_OK);
    on_thread([&] { EXPECT_EQ(CoRevokeInitializeSpy(first), E_INVALIDARG) << "another thread's"; });
    CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED);
    CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED);
    CoUninitialize();
    CoUninitialize();
    EXPECT_EQ(spy->seen, "+2,0 =0,1 +2,1 =1,2 -0,2 .0,1 -0,1 .0,0 ");
    EXPECT_EQ(CoRevokeInitializeSpy(first), S_OK);
}

TEST_F(Contexts, B13_CallCancellationIsCountedPerThreadAndOffAtFirst) {
    on_thread([] {
        EXPECT_EQ(CoDisableCallCancellation(nullptr), CO_E_CANCEL_DISABLED);
        EXPECT_EQ(CoEnableCallCancellation(nullptr), S_OK);
        EXPECT_EQ(CoEnableCallCancellation(nullptr), S_OK);
        {
            Joined joined(COINIT_MULTITHREADED);
            EXPECT_EQ(CoDisableCallCancellation(nullptr), S_OK);
        }
        on_thread([] { EXPECT_EQ(CoDisableCallCancellation(nullptr), CO_E_CANCEL_DISABLED); });
        EXPECT_EQ(CoDisableCallCancellation(nullptr), S_OK);
        EXPECT_EQ(CoDisableCallCancellation(nullptr), CO_E_CANCEL_DISABLED);
    });
}

TEST_F(Contexts, B14_ContextObjectNeedsAnApartmentAndIsOnePerApartment) {
    void* none = this;
    EXPECT_EQ(CoGetObjectContext(IID_IComThreadingInfo, &none), CO_E_NOTINITIALIZED);
    EXPECT_EQ(none, nullptr);
    EXPECT_EQ(CoGetObjectContext(IID_IComThreadingInfo, nullptr), E_POINTER);
    for (const DWORD kind : {DWORD{COINIT_APARTMENTTHREADED}, DWORD{COINIT_MULTITHREADED}}) {
        Joined joined(kind);
        const auto first = context<IComThreadingInfo>(), second = context<IComThreadingInfo>();
        EXPECT_EQ(first.get(), second.get());
        on_thread([&] {
            Joined other(COINIT_APARTMENTTHREADED);
            EXPECT_NE(context<IComThreadingInfo>().get(), first.get());
        });
    }
}

TEST_F(Contexts, B15_ThreadTypeAndLogicalThread) {
    for (const DWORD kind : {DWORD{COINIT_APARTMENTTHREADED}, DWORD{COINIT_MULTITHREADED}}) {
        Joined joined(kind);
        const auto info = context<IComThreadingInfo>();
        THDTYPE thread{};
        APTTYPE apartment{};
        EXPECT_EQ(info->GetCurrentThreadType(&thread), S_OK);
        EXPECT_EQ(thread, kind == COINIT_MULTITHREADED ? THDTYPE_BLOCKMESSAGES : THDTYPE_PROCESSMESSAGES);
        EXPECT_EQ(info->GetCurrentApartmentType(&apartment), S_OK);
        EXPECT_EQ(apartment, kind == COINIT_MULTITHREADED ? APTTYPE_MTA : APTTYPE_MAINSTA);
        GUID logical{}, same{};
        EXPECT_EQ(info->GetCurrentLogicalThreadId(nullptr), E_INVALIDARG);
        EXPECT_EQ(info->GetCurrentLogicalThreadId(&logical), S_OK);
        EXPECT_EQ(CoGetCurrentLogicalThreadId(&same), S_OK);
        EXPECT_EQ(logical, same);
        const GUID chosen = {1, 2, 3, {4}};
        EXPECT_EQ(info->SetCurrentLogicalThreadId(chosen), S_OK);
        EXPECT_EQ(CoGetCurrentLogicalThreadId(&same), S_OK);
        EXPECT_EQ(same, chosen);
    }
}

TEST_F(Contexts, B16_ContextObjectHasItsInterfacesAndNoReferenceOfItsOwn) {
    Joined joined(COINIT_APARTMENTTHREADED);
    auto info = context<IComThreadingInfo>();
    auto callback = info.as<IContextCallback>();
    auto object = callback.as<IObjContext>();
    EXPECT_TRUE(callback && object && object.as<IContext>());
    EXPECT_EQ(info.as<IUnknown>().get(), object.as<IUnknown>().get());
    callback.reset();
    object.reset();
    EXPECT_EQ(info.detach()->Release(), 0u);
}

TEST_F(Contexts, ContextsOfApartmentsHaveNoProperties) {
    Joined joined(COINIT_APARTMENTTHREADED);
    auto own = context<IContext>();
    CPFLAGS flags = 7;
    IUnknown* object = own.get();
    EXPECT_EQ(own->GetProperty(IID_ICalc, &flags, &object), E_FAIL);
    EXPECT_EQ(object, nullptr);
    EXPECT_EQ(own->SetProperty(IID_ICalc, 0, own.get()), E_FAIL);
    EXPECT_EQ(own->RemoveProperty(IID_ICalc), E_FAIL);
    ComPtr<IEnumContextProps> all;
    ASSERT_EQ(own->EnumContextProps(all.put()), S_OK);
    ULONG count = 7;
    EXPECT_EQ(all->Count(&count), S_OK);
    EXPECT_EQ(count, 0u);
    ContextProperty one{};
    EXPECT_EQ(all->Next(1, &one, &count), S_FALSE);
}

TEST_F(Contexts, B17_TokenIsTheContextObjectUncounted) {
    ULONG_PTR token = 7;
    EXPECT_EQ(CoGetContextToken(&token), CO_E_NOTINITIALIZED);
    EXPECT_EQ(token, 7u) << "left alone";
    EXPECT_EQ(CoGetContextToken(nullptr), E_POINTER);
    Joined joined(COINIT_APARTMENTTHREADED);
    ULONG_PTR again = 0;
    EXPECT_EQ(CoGetContextToken(&token), S_OK);
    EXPECT_EQ(CoGetContextToken(&again), S_OK);
    EXPECT_EQ(token, again);
    auto* object = reinterpret_cast<IObjContext*>(token);
    EXPECT_EQ(object->AddRef(), 1u);
    EXPECT_EQ(context<IObjContext>().get(), object);
    EXPECT_EQ(object->Release(), 0u);
}

HRESULT STDMETHODCALLTYPE note_thread(ComCallData* data) {
    *static_cast<DWORD*>(data->pUserDefined) = GetCurrentThreadId();
    return static_cast<HRESULT>(data->dwDispid);
}

TEST_F(Contexts, ContextCallbackRunsInItsApartmentAndHandsOnTheResult) {
    Joined joined(COINIT_APARTMENTTHREADED);
    const DWORD own = GetCurrentThreadId();
    auto callback = context<IContextCallback>();
    DWORD ran_on = 0;
    ComCallData data{static_cast<DWORD>(E_ACCESSDENIED), 0, &ran_on};
    EXPECT_EQ(callback->ContextCallback(nullptr, &data, IID_ICalc, 3, nullptr), E_INVALIDARG);
    EXPECT_EQ(callback->ContextCallback(note_thread, &data, IID_ICalc, 3, nullptr), E_ACCESSDENIED) << "at home: at once";
    EXPECT_EQ(ran_on, own);
    ran_on = 0;
    auto other = std::async(std::launch::async, [&] {
        Joined elsewhere(COINIT_MULTITHREADED);
        return callback->ContextCallback(note_thread, &data, IID_ICalc, 3, nullptr);
    });
    while (other.wait_for(std::chrono::seconds(0)) != std::future_status::ready) OdcDispatchPendingCalls();
    EXPECT_EQ(other.get(), E_ACCESSDENIED);
    EXPECT_EQ(ran_on, own);
    on_thread([&] { EXPECT_EQ(callback->ContextCallback(note_thread, &data, IID_ICalc, 3, nullptr), CO_E_NOTINITIALIZED); });
}

TEST_F(Contexts, ContextOfAnEndedApartmentIsDisconnected) {
    Joined joined(COINIT_MULTITHREADED);
    ComPtr<IContextCallback> callback;
    on_thread([&] {
        Joined other(COINIT_APARTMENTTHREADED);
        callback = context<IContextCallback>();
    });
    ComCallData data{};
    EXPECT_EQ(callback->ContextCallback(note_thread, &data, IID_ICalc, 3, nullptr), RPC_E_DISCONNECTED);
}

// Call contexts ----------------------------------------------------------------------------------------------------------------

TEST_F(Contexts, B18_CallContextIsWhatWasSwitchedToAndNoneWithoutACall) {
    void* none = this;
    EXPECT_EQ(CoGetCallContext(IID_IUnknown, &none), RPC_E_CALL_COMPLETE);
    EXPECT_EQ(none, nullptr);
    EXPECT_EQ(CoGetCallContext(IID_IUnknown, nullptr), E_INVALIDARG);
    EXPECT_EQ(CoSwitchCallContext(nullptr, nullptr), E_INVALIDARG);
    auto object = ComPtr<Watching>::attach(new Watching);
    IUnknown* unknown = static_cast<ICalc*>(object.get());
    IUnknown* previous = unknown;
    EXPECT_EQ(CoSwitchCallContext(unknown, &previous), S_OK);
    EXPECT_EQ(previous, nullptr);
    EXPECT_EQ(unknown->AddRef(), 2u) << "documented: it is not counted";
    unknown->Release();
    ComPtr<ICalc> calc;
    EXPECT_EQ(CoGetCallContext(IID_ICalc, calc.put_void()), S_OK);
    EXPECT_EQ(calc.get(), object.get());
    EXPECT_EQ(CoSwitchCallContext(nullptr, &previous), S_OK);
    EXPECT_EQ(previous, unknown);
    EXPECT_EQ(CoGetCallContext(IID_ICalc, calc.put_void()), RPC_E_CALL_COMPLETE);
}

TEST_F(Contexts, WithoutACallNobodyCanBeImpersonated) {
    Joined joined(COINIT_MULTITHREADED);
    DWORD level = 7;
    EXPECT_EQ(CoQueryClientBlanket(nullptr, nullptr, nullptr, &level, nullptr, nullptr, nullptr), RPC_E_CALL_COMPLETE);
    EXPECT_EQ(CoImpersonateClient(), RPC_E_CALL_COMPLETE);
    EXPECT_EQ(CoRevertToSelf(), RPC_E_CALL_COMPLETE);
}

TEST_F(Contexts, CallerInTheProcessIsKnownDuringItsCallAndNotLonger) {
    Joined joined(COINIT_MULTITHREADED);
    auto object = ComPtr<Watching>::attach(new Watching);
    ComPtr<IServerSecurity> kept;
    object->on_call = [&] {
        DWORD service = 7, authorization = 7, level = 7, capabilities = 7;
        LPOLESTR principal = reinterpret_cast<LPOLESTR>(this);
        RPC_AUTHZ_HANDLE client = nullptr;
        EXPECT_EQ(CoQueryClientBlanket(nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr), S_OK);
        EXPECT_EQ(CoQueryClientBlanket(&service, &authorization, &principal, &level, nullptr, &client, &capabilities), S_OK);
        EXPECT_EQ(service, DWORD{RPC_C_AUTHN_WINNT});
        EXPECT_EQ(level, DWORD{RPC_C_AUTHN_LEVEL_PKT_PRIVACY});
        EXPECT_EQ(principal, nullptr);
        EXPECT_TRUE(client);
        EXPECT_EQ(CoGetCallContext(IID_IServerSecurity, kept.put_void()), S_OK);
        EXPECT_FALSE(kept->IsImpersonating());
        EXPECT_EQ(CoImpersonateClient(), S_OK) << "the same user";
        EXPECT_TRUE(kept->IsImpersonating());
        EXPECT_EQ(CoRevertToSelf(), S_OK);
        EXPECT_FALSE(kept->IsImpersonating());
        EXPECT_EQ(CoImpersonateClient(), S_OK);
    };
    const auto stream = marshal(static_cast<ICalc*>(object.get()));
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        LONG sum = 0;
        EXPECT_EQ(unmarshal(stream.get())->AddThrough(nullptr, 1, 2, &sum), S_OK);
    });
    EXPECT_FALSE(kept->IsImpersonating()) << "ended with the call";
    EXPECT_EQ(kept->ImpersonateClient(), RPC_E_CALL_COMPLETE);
    EXPECT_EQ(kept->RevertToSelf(), RPC_E_CALL_COMPLETE);
    EXPECT_EQ(kept->QueryBlanket(nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr), RPC_E_CALL_COMPLETE);
}

}  // namespace
}  // namespace odc::test
