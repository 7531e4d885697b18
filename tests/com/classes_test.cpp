// Behaviours 20-30, 35, 36: class objects, with the daemon of this process's own host.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "base/guid.h"
#include "calc_object.h"
#include "component.h"
#include "winuser.h"

namespace odc::test {
namespace {

template <class Body>
void on_thread(Body body) {
    std::async(std::launch::async, body).get();
}

/// Another class for each test, so that none sees what another one left.
CLSID new_class() { return new_guid(); }

class CalcFactory final : public implements<IClassFactory> {
  public:
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown*, REFIID iid, void** object) override {
        asked.push_back(iid);
        return ComPtr<ICalc2>::attach(new Calc)->QueryInterface(iid, object);
    }
    HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }
    std::vector<IID> asked;
};

DWORD register_class(const CLSID& clsid, IUnknown* object, DWORD context, DWORD flags) {
    DWORD cookie = 0;
    EXPECT_EQ(CoRegisterClassObject(clsid, object, context, flags, &cookie), S_OK);
    return cookie;
}

HRESULT get(const CLSID& clsid, DWORD context) {
    ComPtr<IUnknown> object;
    return CoGetClassObject(clsid, context, nullptr, IID_IUnknown, object.put_void());
}

TEST(Classes, B20_AllContextsAndUsesRegisterAlsoObjectsThatAreNoFactories) {
    InApartment joined(COINIT_MULTITHREADED);
    auto object = ComPtr<Calc>::attach(new Calc);
    for (const DWORD context : {DWORD{CLSCTX_INPROC_SERVER}, DWORD{CLSCTX_LOCAL_SERVER}, DWORD{CLSCTX_INPROC_SERVER | CLSCTX_LOCAL_SERVER}})
        for (const DWORD flags : {DWORD{REGCLS_SINGLEUSE}, DWORD{REGCLS_MULTIPLEUSE}, DWORD{REGCLS_MULTI_SEPARATE}}) {
            const auto cookie = register_class(new_class(), static_cast<ICalc2*>(object.get()), context, flags);
            EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
        }
}

TEST(Classes, B21_LocalRegistrationIsSeenByOtherApartmentsAsAProxy) {
    InApartment joined(COINIT_MULTITHREADED);
    const auto clsid = new_class();
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto cookie = register_class(clsid, static_cast<ICalc2*>(object.get()), CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE);
    on_thread([&] {
        InApartment other(COINIT_APARTMENTTHREADED);
        ComPtr<ICalc> calc;
        ASSERT_EQ(CoGetClassObject(clsid, CLSCTX_LOCAL_SERVER, nullptr, IID_ICalc, calc.put_void()), S_OK);
        EXPECT_TRUE(calc.as<IMultiQI>()) << "a proxy";
        LONG sum = 0;
        EXPECT_EQ(calc->Add(1, 2, &sum), S_OK);
        EXPECT_EQ(get(clsid, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG);
    });
    EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
}

TEST(Classes, B22_OneClassMayBeRegisteredFromTwoThreadsAndRevokedByItsOwnOnly) {
    InApartment joined(COINIT_APARTMENTTHREADED);
    const auto clsid = new_class();
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto cookie = register_class(clsid, static_cast<ICalc2*>(object.get()), CLSCTX_INPROC_SERVER, REGCLS_MULTI_SEPARATE);
    on_thread([&] {
        InApartment other(COINIT_APARTMENTTHREADED);
        auto own = ComPtr<Calc>::attach(new Calc);
        const auto second = register_class(clsid, static_cast<ICalc2*>(own.get()), CLSCTX_INPROC_SERVER, REGCLS_MULTI_SEPARATE);
        EXPECT_EQ(CoRevokeClassObject(cookie), RPC_E_WRONG_THREAD);
        EXPECT_EQ(CoRevokeClassObject(second), S_OK);
    });
    EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
}

TEST(Classes, B23_ApartmentTakesItsClassObjectsWithIt) {
    InApartment joined(COINIT_MULTITHREADED);
    const auto clsid = new_class();
    on_thread([&] {
        InApartment other(COINIT_APARTMENTTHREADED);
        auto object = ComPtr<Calc>::attach(new Calc);
        register_class(clsid, static_cast<ICalc2*>(object.get()), CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE);
    });
    EXPECT_EQ(get(clsid, CLSCTX_LOCAL_SERVER), REGDB_E_CLASSNOTREG);
    EXPECT_EQ(get(clsid, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG);
}

TEST(Classes, B24_SuspendedClassIsHiddenUntilResumed) {
    InApartment joined(COINIT_MULTITHREADED);
    const auto clsid = new_class();
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto cookie =
        register_class(clsid, static_cast<ICalc2*>(object.get()), CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE | REGCLS_SUSPENDED);
    EXPECT_EQ(get(clsid, CLSCTX_LOCAL_SERVER), REGDB_E_CLASSNOTREG);
    EXPECT_EQ(CoResumeClassObjects(), S_OK);
    EXPECT_EQ(get(clsid, CLSCTX_LOCAL_SERVER), S_OK);
    EXPECT_EQ(CoSuspendClassObjects(), S_OK);
    EXPECT_EQ(get(clsid, CLSCTX_LOCAL_SERVER), REGDB_E_CLASSNOTREG);
    EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
}

TEST(Classes, B25_LastServerReferenceSuspendsTheClasses) {
    InApartment joined(COINIT_MULTITHREADED);
    const auto clsid = new_class();
    auto object = ComPtr<Calc>::attach(new Calc);
    const auto cookie = register_class(clsid, static_cast<ICalc2*>(object.get()), CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE);
    EXPECT_EQ(CoAddRefServerProcess(), 1u);
    EXPECT_EQ(CoAddRefServerProcess(), 2u);
    EXPECT_EQ(CoReleaseServerProcess(), 1u);
    EXPECT_EQ(get(clsid, CLSCTX_LOCAL_SERVER), S_OK);
    EXPECT_EQ(CoReleaseServerProcess(), 0u);
    EXPECT_EQ(get(clsid, CLSCTX_LOCAL_SERVER), REGDB_E_CLASSNOTREG);
    EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
}

TEST(Classes, B26_SingleUseServesOnceAndAgainOnceItIsRegisteredAgain) {
    const auto clsid = new_class();
    std::promise<void> ready, again, registered, over;
    std::thread server([&] {
        InApartment joined(COINIT_MULTITHREADED);
        auto factory = ComPtr<CalcFactory>::attach(new CalcFactory);
        const auto first = register_class(clsid, factory.get(), CLSCTX_LOCAL_SERVER, REGCLS_SINGLEUSE);
        ready.set_value();
        again.get_future().wait();
        const auto second = register_class(clsid, factory.get(), CLSCTX_LOCAL_SERVER, REGCLS_SINGLEUSE);
        registered.set_value();
        over.get_future().wait();
        CoRevokeClassObject(first);
        CoRevokeClassObject(second);
    });
    ready.get_future().wait();
    {
        InApartment joined(COINIT_APARTMENTTHREADED);
        const auto create = [&] {
            ComPtr<ICalc> calc;
            return CoCreateInstance(clsid, nullptr, CLSCTX_LOCAL_SERVER, IID_ICalc, calc.put_void());
        };
        EXPECT_EQ(create(), S_OK);
        EXPECT_EQ(create(), REGDB_E_CLASSNOTREG);
        again.set_value();
        registered.get_future().wait();
        EXPECT_EQ(create(), S_OK);
        EXPECT_EQ(create(), REGDB_E_CLASSNOTREG);
    }
    over.set_value();
    server.join();
}

TEST(Classes, B28_FactoryIsAskedForTheFirstInterface) {
    InApartment joined(COINIT_APARTMENTTHREADED);
    const auto clsid = new_class();
    auto factory = ComPtr<CalcFactory>::attach(new CalcFactory);
    const auto cookie = register_class(clsid, factory.get(), CLSCTX_INPROC_SERVER, REGCLS_MULTI_SEPARATE);
    MULTI_QI wanted[] = {{&IID_ICalc2, nullptr, S_OK}, {&IID_ICalc, nullptr, S_OK}};
    EXPECT_EQ(CoCreateInstanceEx(clsid, nullptr, CLSCTX_INPROC_SERVER, nullptr, 2, wanted), S_OK);
    ASSERT_EQ(factory->asked.size(), 1u);
    EXPECT_EQ(factory->asked[0], IID_ICalc2);
    for (auto& one : wanted) ComPtr<IUnknown>::attach(one.pItf);
    MULTI_QI unknown[] = {{&IID_IPeer, nullptr, S_OK}, {&IID_ICalc, nullptr, S_OK}};
    EXPECT_EQ(CoCreateInstanceEx(clsid, nullptr, CLSCTX_INPROC_SERVER, nullptr, 2, unknown), E_NOINTERFACE);
    EXPECT_EQ(unknown[0].pItf, nullptr);
    EXPECT_EQ(unknown[1].pItf, nullptr);
    EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
}

TEST(Classes, B29_LibrarysOwnResultComesBackUnchanged) {
    InApartment joined(COINIT_MULTITHREADED);
    const auto clsid = new_class();  // the library serves another one, and says so
    set_class_value("CLSID\\" + to_string(clsid) + "\\InprocServer32", ODC_PAGER_LIBRARY);
    EXPECT_EQ(get(clsid, CLSCTX_INPROC_SERVER), CLASS_E_CLASSNOTAVAILABLE);
}

TEST(Classes, B30_TreatAsIsFollowedAndTakenBack) {
    InApartment joined(COINIT_MULTITHREADED);
    const auto x = new_class(), y = new_class();
    EXPECT_EQ(CoTreatAsClass(x, x), REGDB_E_WRITEREGDB) << "not registered";
    set_class_value("CLSID\\" + to_string(x), "x");
    auto factory = ComPtr<CalcFactory>::attach(new CalcFactory);
    const auto cookie = register_class(y, factory.get(), CLSCTX_INPROC_SERVER, REGCLS_MULTI_SEPARATE);
    EXPECT_EQ(CoTreatAsClass(x, y), S_OK);
    CLSID now{};
    EXPECT_EQ(CoGetTreatAsClass(x, &now), S_OK);
    EXPECT_EQ(now, y);
    ComPtr<ICalc> calc;
    EXPECT_EQ(CoCreateInstance(x, nullptr, CLSCTX_INPROC_SERVER, IID_ICalc, calc.put_void()), S_OK);
    EXPECT_EQ(CoTreatAsClass(x, CLSID_NULL), S_OK);
    EXPECT_EQ(CoGetTreatAsClass(x, &now), S_FALSE);
    EXPECT_EQ(now, x);
    EXPECT_EQ(get(x, CLSCTX_INPROC_SERVER), REGDB_E_CLASSNOTREG);
    EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
}

/// A class of proxies that is a registered class object, and refuses with a code of its own.
class RefusingProxies final : public implements<IPSFactoryBuffer> {
  public:
    HRESULT STDMETHODCALLTYPE CreateProxy(IUnknown*, REFIID, IRpcProxyBuffer**, void**) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE CreateStub(REFIID iid, IUnknown*, IRpcStubBuffer** stub) override {
        *stub = nullptr;
        asked = iid;
        return 0x8007BEEF;
    }
    IID asked{};
};

TEST(Classes, B35_ProxyClassOfAProgramGoesBeforeTheRegistryAndItsErrorComesBack) {
    const auto clsid = new_class();
    EXPECT_EQ(CoRegisterPSClsid(IID_IUnmarshalable, clsid), CO_E_NOTINITIALIZED);
    {
        InApartment joined(COINIT_MULTITHREADED);
        set_class_value("Interface\\" + to_string(IID_IUnmarshalable) + "\\ProxyStubClsid32", to_string(new_class()));
        auto proxies = ComPtr<RefusingProxies>::attach(new RefusingProxies);
        const auto cookie = register_class(clsid, proxies.get(), CLSCTX_INPROC_SERVER, REGCLS_MULTI_SEPARATE);
        EXPECT_EQ(CoRegisterPSClsid(IID_IUnmarshalable, clsid), S_OK);
        on_thread([&] {
            CLSID found{};
            EXPECT_EQ(CoGetPSClsid(IID_IUnmarshalable, &found), S_OK);
            EXPECT_EQ(found, clsid);
        });
        auto object = ComPtr<Calc>::attach(new Calc);
        ComPtr<IStream> stream;
        OdcCreateMemoryStream(stream.put());
        EXPECT_EQ(CoMarshalInterface(stream.get(), IID_IUnmarshalable, static_cast<ICalc2*>(object.get()), MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL),
                  static_cast<HRESULT>(0x8007BEEF));
        EXPECT_EQ(proxies->asked, IID_IUnmarshalable);
        EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
    }
}

TEST(Classes, B35_ProxyClassesOfAProgramGoWithItsLastApartment) {
    const IID iid = new_class();
    const auto clsid = new_class();
    CLSID found{};
    {
        InApartment joined(COINIT_MULTITHREADED);
        on_thread([&] {
            InApartment other(COINIT_APARTMENTTHREADED);
            EXPECT_EQ(CoRegisterPSClsid(iid, clsid), S_OK);
        });
        EXPECT_EQ(CoGetPSClsid(iid, &found), S_OK) << "the apartment that registered it is gone, but not the last one";
        EXPECT_EQ(found, clsid);
    }
    EXPECT_EQ(CoGetPSClsid(iid, &found), REGDB_E_IIDNOTREG);
    InApartment joined(COINIT_MULTITHREADED);
    EXPECT_EQ(CoGetPSClsid(iid, &found), REGDB_E_IIDNOTREG) << "and a later one does not bring it back";
}

TEST(Classes, B35_HostApartmentsOfTheRuntimeDoNotKeepWhatIsTheProgramsOwn) {
    const IID iid = new_class();
    CLSID found{};
    {
        InApartment joined(COINIT_MULTITHREADED);
        const Component component("Apartment");
        EXPECT_TRUE(component.create().as<IMultiQI>()) << "it lives in a host apartment";
        EXPECT_EQ(CoRegisterPSClsid(iid, new_class()), S_OK);
    }
    EXPECT_EQ(CoGetPSClsid(iid, &found), REGDB_E_IIDNOTREG);
}

TEST(Classes, B36_NullAndUnknownProxyClasses) {
    InApartment joined(COINIT_MULTITHREADED);
    CLSID clsid{};
    EXPECT_EQ(CoGetPSClsid(IID_ICalc, nullptr), E_INVALIDARG);
    EXPECT_EQ(CoGetPSClsid(new_class(), &clsid), REGDB_E_IIDNOTREG);
}

}  // namespace
}  // namespace odc::test
