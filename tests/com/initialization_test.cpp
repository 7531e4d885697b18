// Behaviours 1-9 of apartments and initialisation that apartment_test.cpp does not have.
#include <gtest/gtest.h>

#include <future>
#include <set>
#include <thread>

#include "calc_object.h"
#include "ole2.h"
#include "opendcom/com/interface_info.h"
#include "winuser.h"

extern "C" const odc::com::ProxyFile calc_ProxyFile;

namespace odc::test {
namespace {

template <class Body>
void on_thread(Body body) {
    std::async(std::launch::async, body).get();
}

struct Kind {
    HRESULT hr = E_FAIL;
    APTTYPE type = APTTYPE_NA;
    APTTYPEQUALIFIER qualifier = APTTYPEQUALIFIER_APPLICATION_STA;
};
Kind kind() {
    Kind now;
    now.hr = CoGetApartmentType(&now.type, &now.qualifier);
    return now;
}

TEST(Initialization, B01_OleInitializeIsOkFirstAndFalseAfterwards) {
    EXPECT_EQ(CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED), S_OK);
    EXPECT_EQ(OleInitialize(nullptr), S_OK);
    EXPECT_EQ(OleInitialize(nullptr), S_FALSE);
    OleUninitialize();
    OleUninitialize();
    CoUninitialize();
    EXPECT_EQ(kind().hr, CO_E_NOTINITIALIZED);
}

TEST(Initialization, B02_OleInitializeInTheMultithreadedOneIsRefusedAndHarmless) {
    EXPECT_EQ(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
    EXPECT_EQ(OleInitialize(nullptr), RPC_E_CHANGED_MODE);
    OleUninitialize();
    EXPECT_EQ(kind().type, APTTYPE_MTA);
    CoUninitialize();
}

TEST(Initialization, B05_ThreadWithoutOneMayUseTheMultithreadedOneOfOthers) {
    com::register_proxy_file(calc_ProxyFile);
    ASSERT_EQ(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
    on_thread([] {
        const CLSID clsid = {0x5C1E7A60, 1, 1, {1}};
        auto object = ComPtr<Calc>::attach(new Calc);
        IUnknown* unknown = static_cast<ICalc2*>(object.get());
        DWORD cookie = 0;
        EXPECT_EQ(CoRegisterClassObject(clsid, unknown, CLSCTX_INPROC_SERVER, REGCLS_MULTI_SEPARATE, &cookie), S_OK);
        ComPtr<ICalc> calc;
        EXPECT_EQ(CoGetClassObject(clsid, CLSCTX_INPROC_SERVER, nullptr, IID_ICalc, calc.put_void()), S_OK);
        EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
        EXPECT_EQ(CoRegisterPSClsid(IID_IUnmarshalable, clsid), S_OK);
        EXPECT_EQ(CoLockObjectExternal(unknown, TRUE, TRUE), S_OK);
        EXPECT_EQ(CoLockObjectExternal(unknown, FALSE, TRUE), S_OK);
        EXPECT_EQ(CoDisconnectObject(unknown, 0), S_OK);
        IMessageFilter* previous = reinterpret_cast<IMessageFilter*>(1);
        EXPECT_EQ(CoRegisterMessageFilter(nullptr, &previous), CO_E_NOT_SUPPORTED);
        EXPECT_EQ(previous, reinterpret_cast<IMessageFilter*>(1)) << "left alone (behaviour 66)";
    });
    CoUninitialize();
}

TEST(Initialization, B06_ApartmentTypeLeavesItsOutputsAloneForNullsAndSaysNoneWithoutAnApartment) {
    APTTYPE type = APTTYPE_NA;
    APTTYPEQUALIFIER qualifier = APTTYPEQUALIFIER_APPLICATION_STA;
    EXPECT_EQ(CoGetApartmentType(nullptr, &qualifier), E_INVALIDARG);
    EXPECT_EQ(CoGetApartmentType(&type, nullptr), E_INVALIDARG);
    EXPECT_EQ(type, APTTYPE_NA);
    EXPECT_EQ(qualifier, APTTYPEQUALIFIER_APPLICATION_STA);
    const auto none = kind();
    EXPECT_EQ(none.hr, CO_E_NOTINITIALIZED);
    EXPECT_EQ(none.type, APTTYPE_CURRENT);
    EXPECT_EQ(none.qualifier, APTTYPEQUALIFIER_NONE);
}

TEST(Initialization, B07_UsageOfTheMultithreadedOneKeepsItAliveByDistinctCookies) {
    CO_MTA_USAGE_COOKIE first{}, second{};
    ASSERT_EQ(CoIncrementMTAUsage(&first), S_OK);
    ASSERT_EQ(CoIncrementMTAUsage(&second), S_OK);
    EXPECT_NE(first, second);
    EXPECT_EQ(kind().type, APTTYPE_MTA);
    EXPECT_EQ(kind().qualifier, APTTYPEQUALIFIER_IMPLICIT_MTA);
    EXPECT_EQ(CoDecrementMTAUsage(first), S_OK);
    EXPECT_EQ(kind().type, APTTYPE_MTA);
    EXPECT_EQ(CoDecrementMTAUsage(second), S_OK);
    EXPECT_EQ(kind().hr, CO_E_NOTINITIALIZED);
    on_thread([] {
        ASSERT_EQ(CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED), S_OK);
        CO_MTA_USAGE_COOKIE cookie{};
        EXPECT_EQ(CoIncrementMTAUsage(&cookie), S_OK) << "from a single-threaded one";
        on_thread([] { EXPECT_EQ(kind().type, APTTYPE_MTA); });
        EXPECT_EQ(CoDecrementMTAUsage(cookie), S_OK);
        CoUninitialize();
    });
}

TEST(Initialization, B08_CreatorOfTheMultithreadedOneMayLeaveItWhileItsObjectsServe) {
    com::register_proxy_file(calc_ProxyFile);
    std::promise<void> joined, over;
    std::thread other([&] {
        // The other member of the apartment, which keeps it alive.
        EXPECT_TRUE(SUCCEEDED(CoInitializeEx(nullptr, COINIT_MULTITHREADED)));
        joined.set_value();
        over.get_future().wait();
        CoUninitialize();
    });
    ASSERT_TRUE(SUCCEEDED(CoInitializeEx(nullptr, COINIT_MULTITHREADED)));
    joined.get_future().wait();
    auto object = ComPtr<Calc>::attach(new Calc);
    ComPtr<IStream> stream;
    ASSERT_EQ(CoMarshalInterThreadInterfaceInStream(IID_ICalc, static_cast<ICalc2*>(object.get()), stream.put()), S_OK);
    CoUninitialize();
    ASSERT_EQ(CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED), S_OK);
    {
        ComPtr<ICalc> calc;
        ASSERT_EQ(CoGetInterfaceAndReleaseStream(stream.detach(), IID_ICalc, calc.put_void()), S_OK);
        EXPECT_NE(static_cast<void*>(calc.get()), static_cast<void*>(static_cast<ICalc*>(object.as<ICalc>().get()))) << "a proxy";
        LONG sum = 0;
        EXPECT_EQ(calc->Add(1, 2, &sum), S_OK);
        EXPECT_EQ(sum, 3);
    }
    CoUninitialize();
    over.set_value();
    other.join();
}

TEST(Initialization, B09_CurrentProcessAndLogicalThread) {
    ASSERT_EQ(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
    const DWORD own = CoGetCurrentProcess();
    EXPECT_NE(own, 0u);
    EXPECT_NE(own, static_cast<DWORD>(::getpid()));
    EXPECT_NE(own, GetCurrentThreadId());
    EXPECT_EQ(own, CoGetCurrentProcess());
    on_thread([&] { EXPECT_NE(CoGetCurrentProcess(), own); });
    GUID first{}, again{};
    EXPECT_EQ(CoGetCurrentLogicalThreadId(nullptr), E_INVALIDARG);
    EXPECT_EQ(CoGetCurrentLogicalThreadId(&first), S_OK);
    EXPECT_EQ(CoGetCurrentLogicalThreadId(&again), S_OK);
    EXPECT_EQ(first, again);
    on_thread([&] {
        GUID other{};
        EXPECT_EQ(CoGetCurrentLogicalThreadId(&other), S_OK);
        EXPECT_NE(first, other);
    });
    CoUninitialize();
}

}  // namespace
}  // namespace odc::test
