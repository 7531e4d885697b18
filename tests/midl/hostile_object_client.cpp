#include <algorithm>
#include <cstdlib>
#include <functional>

#include "hostile_object.h"
#include "task_blocks.h"

namespace odc::test {
namespace {

using Call = std::function<HRESULT(IHostile&)>;

/// What a caller relies on, whatever the answer was.
void expect(bool holds) {
    if (!holds) std::abort();
}

void let_go(IUnknown* object) {
    if (object) object->Release();
}

/// In task memory, as a proxy's caller has what goes in and comes out.
template <class T>
T* task(std::size_t n) {
    auto* made = static_cast<T*>(ndr::task_memory().allocate(n * sizeof(T)));
    std::memset(static_cast<void*>(made), 0, n * sizeof(T));
    return made;
}

Owners* owners() {
    auto* made = task<Owners>(1);
    *made = {2, task<Owner>(2), new Thing};
    made->owners[0] = {1, new Thing, task<WCHAR>(2)};
    return made;
}
void let_go(Owners* owners) {
    if (!owners) return;
    read_owners(owners);
    let_go(owners->last);
    for (LONG i = 0; owners->owners && i < owners->n; ++i) let_go(owners->owners[i].object);
}

HRESULT change_owners(IHostile& proxy) {
    Owners* changed = owners();
    const HRESULT hr = proxy.ChangeOwners(changed);
    let_go(changed);
    return hr;
}

HRESULT fill_objects(IHostile& proxy) {
    IUnknown* objects[3] = {new Thing, nullptr, new Thing};
    const HRESULT hr = proxy.FillObjects(3, objects);
    read_objects(objects, 3);
    for (auto* object : objects) let_go(object);
    return hr;
}

std::vector<Call> object_calls() {
    return {[](IHostile& proxy) {
                auto* object = new Thing;
                const HRESULT hr = proxy.TakeObject(object, nullptr);
                object->Release();
                return hr;
            },
            [](IHostile& proxy) {
                IUnknown* object = nullptr;
                auto* other = reinterpret_cast<IHostile*>(new Thing);  // only IUnknown's methods are called
                const HRESULT hr = proxy.GetObject(&object, &other);
                read_object(object);
                read_object(other);
                let_go(object);
                let_go(static_cast<IUnknown*>(other));
                return hr;
            },
            [](IHostile& proxy) { return proxy.TakeByIid(IID_IUnknown, nullptr); },
            [](IHostile& proxy) {
                void* object = nullptr;
                const HRESULT hr = proxy.GetByIid(IID_IUnknown, &object);
                let_go(static_cast<IUnknown*>(object));
                return hr;
            },
            [](IHostile& proxy) {
                IUnknown* objects[2] = {};
                return proxy.TakeObjects(2, objects);
            },
            fill_objects,
            [](IHostile& proxy) {
                LONG n = 0;
                IUnknown** objects = nullptr;
                const HRESULT hr = proxy.GetObjects(&n, &objects);
                read_objects(objects, n);
                for (LONG i = 0; objects && i < n; ++i) let_go(objects[i]);
                return hr;
            },
            [](IHostile& proxy) {
                Owners none{};
                return proxy.TakeOwners(&none);
            },
            change_owners,
            [](IHostile& proxy) {
                Owners* made = nullptr;
                const HRESULT hr = proxy.GetOwners(&made);
                let_go(made);
                return hr;
            }};
}

std::vector<Call> size_calls() {
    return {[](IHostile& proxy) {
                ULONG n = 2;
                auto* values = task<LONG>(2);
                const HRESULT hr = proxy.Grown(&n, &values);
                return values && read_numbers(values, n) == ~0u ? E_FAIL : hr;
            },
            [](IHostile& proxy) {
                LONG used = 0;
                Point values[5] = {};
                const HRESULT hr = proxy.Filled(5, &used, values);
                expect(used >= 0 && used <= 5);
                for (LONG i = 0; i < used; ++i) read_through(&values[i]);
                return hr;
            },
            [](IHostile& proxy) {
                LONG used = 0;
                Point values[5] = {};
                const HRESULT hr = proxy.FilledBehind(5, values, &used);
                expect(used >= 0 && used <= 5);
                for (LONG i = 0; i < used; ++i) read_through(&values[i]);
                return hr;
            },
            [](IHostile& proxy) {
                LONG n = 5;
                SHORT values[5] = {};
                const HRESULT hr = proxy.FilledSome(&n, values);
                expect(n >= 0 && n <= 5);
                return read_numbers(values, n) == ~0u ? E_FAIL : hr;
            },
            [](IHostile& proxy) {
                Label16* labels = nullptr;
                LONG n = 0;
                const HRESULT hr = proxy.Made(&labels, &n);
                for (LONG i = 0; labels && i < n; ++i) read_text(labels[i].name);
                return hr;
            },
            [](IHostile& proxy) {
                WCHAR text[6] = u"abc";
                const HRESULT hr = proxy.Written(6, text);
                expect(std::find(text, text + 6, 0) != text + 6);
                return read_text(text) == ~0u ? E_FAIL : hr;
            },
            [](IHostile& proxy) {
                auto* text = task<WCHAR>(3);
                unsigned char* narrow = nullptr;
                const HRESULT hr = proxy.Replaced(&text, &narrow);
                return read_text(text) + read_text(narrow) == ~0u ? E_FAIL : hr;
            },
            [](IHostile& proxy) {
                SHORT fixed[2][3] = {};
                Shade shades[4] = {SHADE_DARK, SHADE_DARK, SHADE_DARK, SHADE_DARK};
                return proxy.Fixed(fixed, shades);
            }};
}

std::vector<Call> calls() {
    std::vector<Call> all;
#define ODC_STRUCTURE(T)                                  \
    all.push_back([](IHostile& proxy) {                   \
        T value{};                                        \
        const HRESULT hr = proxy.Get##T(&value);          \
        if (SUCCEEDED(hr)) read_through(&value);          \
        return hr;                                        \
    });                                                   \
    all.push_back([](IHostile& proxy) {                   \
        T value{};                                        \
        const HRESULT hr = proxy.Change##T(&value);       \
        if (SUCCEEDED(hr)) read_through(&value);          \
        return hr;                                        \
    });                                                   \
    all.push_back([](IHostile& proxy) {                   \
        T value{};                                        \
        return proxy.Take##T(&value);                     \
    });
#define ODC_TAIL(T)                                       \
    all.push_back([](IHostile& proxy) {                   \
        T* value = nullptr;                               \
        const HRESULT hr = proxy.Get##T(&value);          \
        read_through(value);                              \
        return hr;                                        \
    });
#include "hostile_structures.inc"
#undef ODC_STRUCTURE
#undef ODC_TAIL
    for (const auto& more : {size_calls(), object_calls()}) all.insert(all.end(), more.begin(), more.end());
    return all;
}

const std::vector<Call>& all_calls() {
    static const std::vector<Call> all = calls();
    return all;
}

}  // namespace

std::size_t methods_to_call() { return all_calls().size(); }

bool call_and_read(IHostile& proxy, std::size_t number) {
    const TaskBlocks memory;
    return SUCCEEDED(all_calls()[number % all_calls().size()](proxy));
}

}  // namespace odc::test
