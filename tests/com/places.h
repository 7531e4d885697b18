// Where a test's object can be: in another apartment, another process, on another host. The tests are the same for all of them.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <thread>

#include "base/guid.h"
#include "hosts.h"

namespace odc::test {

enum class Where { apartment, process, host };

inline std::string name_of(Where where) { return where == Where::apartment ? "OtherApartment" : where == Where::process ? "OtherProcess" : "OtherHost"; }

template <class Interface>
class Place {
  public:
    Place() = default;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    virtual ~Place() = default;
    ComPtr<Interface> object;
};

/// The object lives in a single-threaded apartment of this process.
template <class Interface>
class OtherApartment final : public Place<Interface> {
  public:
    explicit OtherApartment(const std::function<ComPtr<Interface>()>& make) {
        std::promise<IStream*> packet;
        thread_ = std::thread([&] {
            CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED);
            {
                auto made = make();
                IStream* stream = nullptr;
                CoMarshalInterThreadInterfaceInStream(__uuidof(Interface), made.get(), &stream);
                id_ = GetCurrentThreadId();
                packet.set_value(stream);
            }
            MSG message;
            while (GetMessage(&message, nullptr, 0, 0) > 0) {}
            CoUninitialize();
        });
        EXPECT_EQ(CoGetInterfaceAndReleaseStream(packet.get_future().get(), __uuidof(Interface), this->object.put_void()), S_OK);
    }
    ~OtherApartment() override {
        this->object.reset();
        PostThreadMessage(id_, WM_QUIT, 0, 0);
        thread_.join();
    }

  private:
    std::thread thread_;
    DWORD id_ = 0;
};

/// `program` serves kPeerClass (tests/com/local_server.h).
template <class Interface>
class OtherProcess final : public Place<Interface> {
  public:
    explicit OtherProcess(const std::string& program) {
        own_host().register_command(program + " " + to_string(kPeerClass));
        EXPECT_EQ(CoCreateInstance(kPeerClass, nullptr, CLSCTX_LOCAL_SERVER, __uuidof(Interface), this->object.put_void()), S_OK);
    }
};

template <class Interface>
class OtherHost final : public Place<Interface> {
  public:
    explicit OtherHost(const std::string& program) {
        host_.register_command(program + " " + to_string(kPeerClass));
        this->object = create_on<Interface>(host_.name());
    }
    ~OtherHost() override { this->object.reset(); }

  private:
    Host host_;
};

template <class Interface>
std::unique_ptr<Place<Interface>> place_of(Where where, const std::string& program, const std::function<ComPtr<Interface>()>& make) {
    switch (where) {
        case Where::apartment: return std::make_unique<OtherApartment<Interface>>(make);
        case Where::process: return std::make_unique<OtherProcess<Interface>>(program);
        case Where::host: return std::make_unique<OtherHost<Interface>>(program);
    }
    return nullptr;
}

}  // namespace odc::test
