// Behaviours 34 and 62: component libraries, when they are unloaded, and where their objects live.
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "component.h"

namespace odc::test {
namespace {

using namespace std::chrono_literals;

template <class Body>
void on_thread(Body body) {
    std::async(std::launch::async, body).get();
}

TEST(Libraries, B34_LibraryWithALiveObjectStaysAndGoesOnceItIsGone) {
    InApartment joined(COINIT_APARTMENTTHREADED);
    const Component component("Both");
    auto calc = component.create();
    CoFreeUnusedLibraries();
    EXPECT_TRUE(component.loaded());
    calc.reset();
    EXPECT_TRUE(component.loaded());
    CoFreeUnusedLibraries();
    EXPECT_FALSE(component.loaded()) << "a single-threaded apartment needs no delay";
    EXPECT_TRUE(component.create()) << "and it is loaded again when it is needed";
    CoFreeUnusedLibraries();
    EXPECT_FALSE(component.loaded());
}

TEST(Libraries, B34_LibraryWithAnObjectInAnotherApartmentStays) {
    InApartment joined(COINIT_APARTMENTTHREADED);
    const Component component("Both");
    auto calc = component.create();
    on_thread([&] {
        InApartment other(COINIT_APARTMENTTHREADED);
        component.create().reset();
        CoFreeUnusedLibrariesEx(0, 0);
        EXPECT_TRUE(component.loaded());
    });
    calc.reset();
    CoFreeUnusedLibraries();
    EXPECT_FALSE(component.loaded());
}

TEST(Libraries, B34_ApartmentUnloadsOnlyWhatItUsedItself) {
    InApartment joined(COINIT_APARTMENTTHREADED);
    const Component component("Both");
    component.create().reset();
    on_thread([&] {
        InApartment other(COINIT_APARTMENTTHREADED);
        CoFreeUnusedLibrariesEx(0, 0);
        EXPECT_TRUE(component.loaded()) << "unused, but the other apartment's";
    });
    CoFreeUnusedLibraries();
    EXPECT_FALSE(component.loaded());
}

TEST(Libraries, B34_WhatAnApartmentLeftBehindAnyoneMayUnload) {
    InApartment joined(COINIT_APARTMENTTHREADED);
    const Component component("Both");
    on_thread([&] {
        InApartment other(COINIT_APARTMENTTHREADED);
        component.create().reset();
    });
    EXPECT_TRUE(component.loaded());
    CoFreeUnusedLibrariesEx(0, 0);
    EXPECT_FALSE(component.loaded());
}

TEST(Libraries, MultithreadedApartmentsLibrariesWaitTenMinutesUnlessToldOtherwise) {
    InApartment joined(COINIT_MULTITHREADED);
    const Component component("Both");
    component.create().reset();
    for (int i = 0; i < 2; ++i) {
        CoFreeUnusedLibraries();
        EXPECT_TRUE(component.loaded());
    }
    CoFreeUnusedLibrariesEx(0, 0);
    EXPECT_FALSE(component.loaded()) << "no delay at all";
}

TEST(Libraries, DelayRunsFromTheFirstTimeThatALibraryCouldBeUnloadedAndAnewAfterAUse) {
    InApartment joined(COINIT_MULTITHREADED);
    const Component component("Both");
    component.create().reset();
    CoFreeUnusedLibrariesEx(1, 0);
    EXPECT_TRUE(component.loaded()) << "only told so";
    component.create().reset();
    CoFreeUnusedLibrariesEx(600'000, 0);
    CoFreeUnusedLibrariesEx(1, 0);
    EXPECT_TRUE(component.loaded()) << "used meanwhile: the time of the later call counts";
    const Component other("Both");
    other.create().reset();
    const auto start = std::chrono::steady_clock::now();
    do CoFreeUnusedLibrariesEx(1, 0);
    while (other.loaded() && std::chrono::steady_clock::now() - start < 10s);
    EXPECT_FALSE(other.loaded());
}

TEST(Libraries, LibraryLoadedByTheProgramIsTheProgramsToFree) {
    const Component component("Both");
    std::u16string name(component.path().begin(), component.path().end());
    EXPECT_EQ(CoLoadLibrary(nullptr, TRUE), nullptr);
    EXPECT_EQ(CoLoadLibrary(const_cast<LPOLESTR>(reinterpret_cast<LPCOLESTR>(u"/no/such/library.so")), TRUE), nullptr);
    const HINSTANCE library = CoLoadLibrary(reinterpret_cast<LPOLESTR>(name.data()), TRUE);
    ASSERT_TRUE(library);
    CoFreeAllLibraries();
    EXPECT_TRUE(component.loaded());
    CoFreeLibrary(library);
    EXPECT_FALSE(component.loaded());
}

TEST(Libraries, FreeingWithoutAnApartmentDoesNothing) {
    CoFreeUnusedLibraries();
    CoFreeUnusedLibrariesEx(0, 0);
}

TEST(Libraries, ManyThreadsCreateWhileOthersUnload) {
    const Component component("Both");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&, i] {
            InApartment joined(COINIT_APARTMENTTHREADED);
            for (int n = 0; n < 300; ++n) {
                if (i % 2) CoFreeUnusedLibrariesEx(0, 0);
                auto calc = component.create();
                LONG sum = 0;
                ASSERT_EQ(calc->Add(n, 1, &sum), S_OK);
                ASSERT_EQ(sum, n + 1);
            }
        });
    for (auto& thread : threads) thread.join();
}

// Where the objects live -----------------------------------------------------------------------------------------------------

/// The thread that runs the object's methods, and whether the caller has a proxy.
struct Place {
    bool proxy;
    DWORD thread;
};
Place place_of(const Component& component) {
    auto calc = component.create();
    LONG thread = 0;
    if (!calc) return {};
    EXPECT_EQ(calc->Thread(&thread), S_OK);
    return {static_cast<bool>(calc.as<IMultiQI>()), static_cast<DWORD>(thread)};
}
DWORD this_thread_id() { return static_cast<DWORD>(::gettid()); }

TEST(Libraries, B62_ApartmentThreadedClassMadeFromTheMultithreadedApartmentIsAProxy) {
    InApartment joined(COINIT_MULTITHREADED);
    const Component component("Apartment");
    const auto first = place_of(component), second = place_of(component);
    EXPECT_TRUE(first.proxy);
    EXPECT_NE(first.thread, this_thread_id());
    EXPECT_EQ(first.thread, second.thread) << "one host apartment for all of them";
}

TEST(Libraries, ClassLivesWhereItsThreadingModelFits) {
    InApartment joined(COINIT_APARTMENTTHREADED);  // the main one
    const Component both("Both"), apartment("Apartment"), single(""), free("Free");
    for (const Component* direct : {&both, &apartment, &single}) {
        const auto place = place_of(*direct);
        EXPECT_FALSE(place.proxy);
        EXPECT_EQ(place.thread, this_thread_id());
    }
    const auto elsewhere = place_of(free);
    EXPECT_TRUE(elsewhere.proxy);
    EXPECT_NE(elsewhere.thread, this_thread_id());
}

TEST(Libraries, ClassWithoutAThreadingModelLivesInTheMainApartment) {
    InApartment joined(COINIT_APARTMENTTHREADED);
    const DWORD main = this_thread_id();
    const Component single("");
    auto other = std::async(std::launch::async, [&] {
        InApartment second(COINIT_APARTMENTTHREADED);
        return place_of(single);
    });
    while (other.wait_for(0s) != std::future_status::ready) OdcDispatchPendingCalls();
    const auto place = other.get();
    EXPECT_TRUE(place.proxy);
    EXPECT_EQ(place.thread, main);
}

}  // namespace
}  // namespace odc::test
