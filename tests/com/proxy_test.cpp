// Behaviours 52 and 58-61: proxies, marshaled again, used, and put together by hand.
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
        for (const IID* iid : {&IID_IUnknown, &IID_IMultiQI, &IID_IMarshal, &IID_ICalc2}) {
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
            calc.reset();
        });
    });
    EXPECT_EQ(Calc::alive, 0);
}

}  // namespace
}  // namespace odc::test
