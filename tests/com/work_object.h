// An object whose methods may take as long as a test wants.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <string>

#include "opendcom/com_ptr.h"
#include "work.h"

namespace odc::test {

/// What Wait waits for; one for all objects of the process.
class Gate {
  public:
    static Gate& instance() {
        static auto* gate = new Gate;
        return *gate;
    }
    LONG wait() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
        return waiting_--;
    }
    void open(bool open) {
        std::lock_guard lock(mutex_);
        open_ = open;
        changed_.notify_all();
    }
    void wait_until_waiting(LONG n) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return waiting_ >= n; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    LONG waiting_ = 0;
    bool open_ = false;
};

class Work : public implements<IMoreWork, IWork> {
  public:
    Work() { ++alive; }
    ~Work() override {
        std::lock_guard lock(deaths().mutex);
        --alive;
        deaths().changed.notify_all();
    }
    /// False when some are left after a while: others give theirs back in their own time.
    static bool all_gone() {
        std::unique_lock lock(deaths().mutex);
        return deaths().changed.wait_for(lock, std::chrono::seconds(20), [] { return alive == 0; });
    }

    HRESULT STDMETHODCALLTYPE Add(LONG a, LONG b, LONG* sum) override {
        *sum = a + b;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Wait(LONG* waiting) override {
        *waiting = Gate::instance().wait();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Open(boolean open) override {
        Gate::instance().open(open);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Fail(HRESULT hr) override { return hr; }
    HRESULT STDMETHODCALLTYPE Die() override { ::_exit(0); }
    HRESULT STDMETHODCALLTYPE Thread(LONG* thread) override {
        *thread = static_cast<LONG>(::gettid());
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Next(ULONG n, LONG* numbers, ULONG* fetched) override { return next(n, numbers, fetched); }
    static HRESULT next(ULONG n, LONG* numbers, ULONG* fetched) {
        constexpr ULONG kThereAre = 5;
        const ULONG count = std::min(n, kThereAre);
        for (ULONG i = 0; i < count; ++i) numbers[i] = static_cast<LONG>(i);
        if (fetched) *fetched = count;
        return count == n ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE Greet(LPCOLESTR name, OLECHAR** greeting) override {
        const std::u16string text = u"Hello, " + std::u16string(reinterpret_cast<const char16_t*>(name));
        *greeting = copy(text);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Count(ULONG n, ULONG there_are, LONG* numbers, ULONG* count) override {
        *count = std::min(n, there_are);
        for (ULONG i = 0; i < *count; ++i) numbers[i] = static_cast<LONG>(i);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Sort(const ULONG* n, LONG* numbers) override {
        std::sort(numbers, numbers + *n);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Answer(Note* note) override {
        const std::u16string text = u"re: " + (note->text ? std::u16string(reinterpret_cast<char16_t*>(note->text)) : u"nothing");
        CoTaskMemFree(note->text);
        note->text = copy(text);
        ++note->number;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Child(IWork** child) override {
        *child = new Work;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Query(REFIID riid, void** object) override { return QueryInterface(riid, object); }
    HRESULT STDMETHODCALLTYPE Children(ULONG n, IWork** children) override {
        for (ULONG i = 0; i < n; ++i) children[i] = new Work;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Through(IWork* helper, LONG a, LONG b, LONG* sum) override { return helper->Add(a, b, sum); }
    HRESULT STDMETHODCALLTYPE Objects(LONG* objects) override {
        *objects = alive;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE get_Number(LONG* number) override {
        *number = number_;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE put_Number(LONG number) override {
        number_ = number;
        return S_OK;
    }

    /// Four are made behind the gate.
    HRESULT STDMETHODCALLTYPE Clones(const ULONG* n, IWork** clones) override {
        if (n && *n == 4) Gate::instance().wait();
        return Children(n ? *n : 1, clones);
    }

    static inline std::atomic<LONG> alive{0};
    /// In task memory.
    static OLECHAR* copy(const std::u16string& text) {
        auto* made = static_cast<OLECHAR*>(CoTaskMemAlloc((text.size() + 1) * sizeof(char16_t)));
        std::memcpy(made, text.c_str(), (text.size() + 1) * sizeof(char16_t));
        return made;
    }

  private:
    struct Deaths {
        std::mutex mutex;
        std::condition_variable changed;
    };
    static Deaths& deaths() {
        static auto* all = new Deaths;
        return *all;
    }
    std::atomic<LONG> number_{0};
};

}  // namespace odc::test
