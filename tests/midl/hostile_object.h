// An object that reads all that it is given, and a client that reads all that it gets, for stubs and proxies whose messages come from
// nowhere. References are counted: after a message, good or bad, none may be left.
#pragma once

#include "hostile_objects.h"
#include "hostile_server.h"

namespace odc::test {

/// An object of no use. `alive` counts references to all of them.
class Thing final : public IUnknown {
  public:
    static inline long alive = 0;
    Thing() { ++alive; }
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void** object) override {
        *object = this;
        AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override {
        ++alive;
        return ++references_;
    }
    ULONG STDMETHODCALLTYPE Release() override {
        --alive;
        const ULONG left = --references_;
        if (left == 0) delete this;
        return left;
    }

  private:
    ~Thing() = default;
    ULONG references_ = 1;
};

/// Touches the object, as a call on it would.
inline HRESULT read_object(IUnknown* object) {
    if (!object) return 0;
    object->AddRef();
    object->Release();
    return 1;
}
inline HRESULT read_objects(IUnknown* const* objects, LONG n) {
    HRESULT sum = 0;
    for (LONG i = 0; objects && i < n; ++i) sum += read_object(objects[i]);
    return sum;
}
inline HRESULT read_owners(const Owners* owners) {
    if (!owners) return 0;
    HRESULT sum = read_object(owners->last);
    for (LONG i = 0; owners->owners && i < owners->n; ++i)
        sum += read_object(owners->owners[i].object) + static_cast<HRESULT>(read_text(owners->owners[i].name));
    return sum;
}

class HostileObject final : public IHostile {
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void** object) override { return *object = static_cast<IHostile*>(this), S_OK; }
    ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
    ULONG STDMETHODCALLTYPE Release() override { return 1; }

#define ODC_STRUCTURE(T)                                                                                                          \
    HRESULT STDMETHODCALLTYPE Take##T(T* value) override { return static_cast<HRESULT>(read_through(value) & 0xFF); }             \
    HRESULT STDMETHODCALLTYPE Change##T(T* value) override { return static_cast<HRESULT>(read_through(value) & 0xFF); }           \
    HRESULT STDMETHODCALLTYPE Get##T(T*) override { return S_OK; }
#define ODC_TAIL(T)                                                                                                               \
    HRESULT STDMETHODCALLTYPE Take##T(T* value, T* maybe) override {                                                              \
        return static_cast<HRESULT>((read_through(value) + read_through(maybe)) & 0xFF);                                          \
    }                                                                                                                             \
    HRESULT STDMETHODCALLTYPE Get##T(T** value) override { return *value = nullptr, S_OK; }
#include "hostile_structures.inc"
#undef ODC_STRUCTURE
#undef ODC_TAIL

    HRESULT STDMETHODCALLTYPE Grown(ULONG* n, LONG** values) override {
        return *values ? static_cast<HRESULT>(read_numbers(*values, *n) & 0xFF) : S_OK;
    }
    HRESULT STDMETHODCALLTYPE Filled(LONG room, LONG* used, Point* values) override {
        for (LONG i = 0; i < room; ++i) values[i] = {1, i};
        return *used = room, S_OK;
    }
    HRESULT STDMETHODCALLTYPE FilledBehind(LONG room, Point* values, LONG* used) override { return Filled(room, used, values); }
    HRESULT STDMETHODCALLTYPE FilledSome(LONG* n, SHORT* values) override {
        for (LONG i = 0; i < *n; ++i) values[i] = 7;
        *n /= 2;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Made(Label16** labels, LONG* n) override { return *labels = nullptr, *n = 0, S_OK; }
    HRESULT STDMETHODCALLTYPE Written(LONG room, WCHAR* text) override {
        for (LONG i = 0; i + 1 < room; ++i) text[i] = u'x';
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Replaced(WCHAR** text, unsigned char** narrow) override {
        return *narrow = nullptr, static_cast<HRESULT>(read_text(*text) & 0xFF);
    }
    HRESULT STDMETHODCALLTYPE Fixed(SHORT fixed[2][3], Shade shades[4]) override { return fixed[1][2] == 0 || shades[3] == SHADE_DARK; }

    HRESULT STDMETHODCALLTYPE TakeObject(IUnknown* object, IHostile* other) override { return read_object(object) + read_object(other); }
    HRESULT STDMETHODCALLTYPE GetObject(IUnknown** object, IHostile** other) override {
        *object = new Thing;
        return read_object(*other);
    }
    HRESULT STDMETHODCALLTYPE TakeByIid(REFIID, IUnknown* object) override { return read_object(object); }
    HRESULT STDMETHODCALLTYPE GetByIid(REFIID iid, void** object) override {
        *object = iid.Data1 == 0 ? nullptr : new Thing;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE TakeObjects(LONG n, IUnknown** objects) override { return read_objects(objects, n); }
    HRESULT STDMETHODCALLTYPE FillObjects(LONG n, IUnknown** objects) override {
        for (LONG i = 0; i < n; ++i) {
            if (objects[i]) objects[i]->Release();
            objects[i] = i % 2 == 0 ? new Thing : nullptr;
        }
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetObjects(LONG* n, IUnknown*** objects) override {
        *n = 2;
        *objects = static_cast<IUnknown**>(ndr::task_memory().allocate(2 * sizeof(IUnknown*)));
        (*objects)[0] = new Thing;
        (*objects)[1] = nullptr;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE TakeOwners(Owners* owners) override { return read_owners(owners); }
    HRESULT STDMETHODCALLTYPE ChangeOwners(Owners* owners) override { return read_owners(owners); }
    HRESULT STDMETHODCALLTYPE TakeLate(hyper** values, LONG n) override { return values && *values ? static_cast<HRESULT>(read_numbers(*values, n) & 0xFF) : S_OK; }
    HRESULT STDMETHODCALLTYPE GetOwners(Owners** owners) override {
        *owners = static_cast<Owners*>(ndr::task_memory().allocate(sizeof(Owners)));
        **owners = {0, nullptr, new Thing};
        return S_OK;
    }
};

/// Calls one of the interface's methods, reads through what it gave and gives it back; true when the answer was taken.
bool call_and_read(IHostile& proxy, std::size_t number);
/// How many there are.
std::size_t methods_to_call();

/// Runs the stub of the method on the message.
HRESULT serve_object(std::size_t opnum, std::span<const std::uint8_t> message, bool swap, ndr::Syntax syntax);
/// Calls a method through its proxy, which reads the message as its answer; true when it took it.
bool read_object_answer(std::size_t number, std::span<const std::uint8_t> message, bool swap, ndr::Syntax syntax);

}  // namespace odc::test
