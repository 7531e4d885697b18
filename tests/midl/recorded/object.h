// The object behind the recorded stubs: says something about what it got, and gives every kind of result.
#pragma once

#include <cstring>
#include <new>

#ifdef _WIN32
#include <windows.h>
#define small char
using Char = char;
using Small = char;
#define WIDE(text) L##text
#else
#include "objbase.h"
using Char = unsigned char;
using Small = signed char;
#define WIDE(text) u##text
#endif
#include "methods.h"

template <class T>
T* task(std::size_t n = 1) {
    auto* made = static_cast<T*>(CoTaskMemAlloc(n * sizeof(T)));
    std::memset(static_cast<void*>(made), 0, n * sizeof(T));
    return made;
}

inline WCHAR* copy(const WCHAR* text) {
    std::size_t n = 0;
    while (text[n]) ++n;
    auto* made = task<WCHAR>(n + 1);
    std::memcpy(made, text, (n + 1) * sizeof(WCHAR));
    return made;
}

inline LONG length(const WCHAR* text) {
    LONG n = 0;
    while (text && text[n]) ++n;
    return text ? n : -1;
}

/// Positive results are successes that show what the object saw.
class Object final : public IMethods {
  public:
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        if (std::memcmp(&iid, &IID_IUnknown, sizeof iid) != 0 && std::memcmp(&iid, &IID_IMethods, sizeof iid) != 0) {
            *object = nullptr;
            return E_NOINTERFACE;
        }
        *object = static_cast<IMethods*>(this);
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return 2; }
    ULONG STDMETHODCALLTYPE Release() override { return 1; }

    HRESULT STDMETHODCALLTYPE Nothing() override { return S_OK; }
    HRESULT STDMETHODCALLTYPE Bytes(byte a, boolean b, Char c, Small d, byte* e, Small* f) override {
        *e = static_cast<byte>(a + b);
        *f = static_cast<Small>(d + static_cast<Small>(c) * 0);
        return c;
    }
    HRESULT STDMETHODCALLTYPE Shorts(byte gap, SHORT a, USHORT b, WCHAR c, SHORT* d, WCHAR* e) override {
        *d = static_cast<SHORT>(a + gap);
        *e = c;
        return b;
    }
    HRESULT STDMETHODCALLTYPE Longs(SHORT gap, LONG a, ULONG b, LONG* c, ULONG* d) override {
        *c = a;
        *d += b;
        return gap;
    }
    HRESULT STDMETHODCALLTYPE Hypers(byte gap, hyper a, MIDL_uhyper b, hyper* c) override {
        *c = a + static_cast<hyper>(b);
        return gap;
    }
    HRESULT STDMETHODCALLTYPE Floats(byte gap, float a, double b, float* c, double* d) override {
        *c = 2 * a;
        *d = 2 * b;
        return gap;
    }
    HRESULT STDMETHODCALLTYPE Pointers(byte gap, INT_PTR a, INT_PTR* c) override {
        *c = -a;
        return gap;
    }
    HRESULT STDMETHODCALLTYPE Enums(byte gap, Colour a, Wide b, Colour* c, Wide* d) override {
        *c = a;
        *d = b;
        return gap;
    }
    HRESULT STDMETHODCALLTYPE Statuses(error_status_t a, error_status_t* b) override { return *b = a + 1, S_OK; }
    HRESULT STDMETHODCALLTYPE Ranges(LONG a, LONG* b) override { return *b = a, S_OK; }
    HRESULT STDMETHODCALLTYPE Guids(byte gap, REFGUID a, const GUID* b, GUID* c) override {
        *c = a;
        c->Data1 = b->Data1;
        return gap;
    }
    HRESULT STDMETHODCALLTYPE Pairs(Pair* a, Pair* b) override { return *b = {-a->a, a->b + 1}, S_OK; }
    HRESULT STDMETHODCALLTYPE PairByValue(byte gap, Pair a, Pair* b) override {
        b->a += a.a;
        b->b += a.b;
        return gap;
    }
    HRESULT STDMETHODCALLTYPE AllNumbers(Numbers* a, Numbers* b) override {
        *b = *a;
        b->l = -a->l;
        return a->s;
    }
    HRESULT STDMETHODCALLTYPE NestedStructures(byte gap, Named* a, Named* b) override {
        *b = *a;
        b->tail[1] = gap;
        return a->after;
    }
    HRESULT STDMETHODCALLTYPE Threes(byte gap, Three* a, byte gap2, Three b, Three* c) override {
        *c = {a->a, b.b, b.c};
        return gap + gap2;
    }
    HRESULT STDMETHODCALLTYPE TextStructure(Strings* a, Strings* b) override {
        *b = {copy(WIDE("first")), a->between, nullptr, nullptr};
        return length(a->first) + length(a->second);
    }
    HRESULT STDMETHODCALLTYPE TextByValue(Label a, LONG after) override { return a.id + length(a.name) + after; }
    HRESULT STDMETHODCALLTYPE GridStructure(Grid* a, Grid* b) override {
        *b = *a;
        b->cells[1][2] = 99;
        return length(a->name);
    }
    HRESULT STDMETHODCALLTYPE IntStructure(Ints* a, Ints* b) override {
        *b = {a->before, a->value + 1};
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE BoundedStructure(Bounded* a) override { return static_cast<HRESULT>(a->value); }

    HRESULT STDMETHODCALLTYPE Texts(const WCHAR* a, const WCHAR* b, const WCHAR* c) override {
        return 100 * length(a) + 10 * length(b) + length(c) + 1;
    }
    HRESULT STDMETHODCALLTYPE NarrowTexts(const Char* a, byte gap, const Char* b) override { return a[0] + gap + (b ? b[0] : 0); }
    HRESULT STDMETHODCALLTYPE TextOut(WCHAR** a, Char** b) override {
        *a = copy(WIDE("out"));
        *b = task<Char>(4);
        std::memcpy(*b, "nar", 4);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE TextInOut(WCHAR** a) override {
        const LONG n = length(*a);
        CoTaskMemFree(*a);
        *a = copy(WIDE("a longer one"));
        return n;
    }
    HRESULT STDMETHODCALLTYPE TextInPlace(WCHAR* a) override {
        for (WCHAR* at = a; *at; ++at) *at = static_cast<WCHAR>(*at + 1);
        return length(a);
    }
    HRESULT STDMETHODCALLTYPE TextRoom(LONG n, WCHAR* a) override {
        std::memcpy(a, WIDE("room"), 5 * sizeof(WCHAR));
        return n;
    }
    HRESULT STDMETHODCALLTYPE TextSized(LONG n, WCHAR* a) override { return n + length(a); }
    HRESULT STDMETHODCALLTYPE TextTypedef(TEXT a, TEXT b) override { return length(a) + length(b); }
    HRESULT STDMETHODCALLTYPE TextArray(LONG n, WCHAR** a) override { return n + length(a[0]) + length(a[n - 1]); }
    HRESULT STDMETHODCALLTYPE TextArrayOut(LONG* n, WCHAR*** a) override {
        *n = 2;
        *a = task<WCHAR*>(2);
        (*a)[0] = copy(WIDE("one"));
        (*a)[1] = copy(WIDE("two!"));
        return S_OK;
    }

    HRESULT STDMETHODCALLTYPE FixedArray(byte gap, LONG a[3], SHORT b[3]) override {
        for (int i = 0; i < 3; ++i) b[i] = static_cast<SHORT>(a[i] + gap);
        return a[2];
    }
    HRESULT STDMETHODCALLTYPE FixedStructures(Three a[2], Pair b[2]) override {
        b[0] = {a[0].a, 1};
        b[1] = {a[1].b, 2};
        return a[1].c;
    }
    HRESULT STDMETHODCALLTYPE Conformant(LONG n, LONG* a) override { return n + a[n - 1]; }
    HRESULT STDMETHODCALLTYPE ConformantEmpty(LONG n, LONG*) override { return n; }
    HRESULT STDMETHODCALLTYPE ConformantBefore(const SHORT* a, LONG n) override { return a[n - 1]; }
    HRESULT STDMETHODCALLTYPE ConformantBytes(LONG n, const byte* a, LONG after) override { return a[n - 1] + after; }
    HRESULT STDMETHODCALLTYPE ConformantHypers(byte n, hyper* a) override { return static_cast<HRESULT>(a[n - 1]); }
    HRESULT STDMETHODCALLTYPE ConformantReals(LONG n, float* a, double* b) override { return static_cast<HRESULT>(a[n - 1] + b[0]); }
    HRESULT STDMETHODCALLTYPE ConformantEnums(LONG n, Colour* a, Wide* b, byte after) override { return static_cast<LONG>(a[n - 1]) + static_cast<LONG>(b[0]) + after; }
    HRESULT STDMETHODCALLTYPE ConformantStructures(LONG n, Numbers* a) override { return a[n - 1].l; }
    HRESULT STDMETHODCALLTYPE ConformantThrees(LONG n, Three* a, byte after) override { return a[n - 1].b + after; }
    HRESULT STDMETHODCALLTYPE ConformantLabels(LONG n, Label* a, LONG after) override { return a[n - 1].id + length(a[0].name) + after; }
    HRESULT STDMETHODCALLTYPE ConformantUnique(LONG n, LONG* a, LONG* b) override { return (a ? a[n - 1] : 0) + (b ? b[0] : 0); }
    HRESULT STDMETHODCALLTYPE ConformantOut(LONG n, LONG* a) override {
        for (LONG i = 0; i < n; ++i) a[i] = i * i;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE ConformantInOut(LONG n, SHORT* a) override {
        for (LONG i = 0; i < n; ++i) a[i] = static_cast<SHORT>(-a[i]);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE ConformantMade(LONG* n, Label** a) override {
        *n = 2;
        *a = task<Label>(2);
        (*a)[0] = {1, nullptr};
        (*a)[1] = {2, copy(WIDE("second"))};
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Expression(LONG n, SHORT* a, byte* b) override { return a[(n + 1) / 2 - 1] + b[n * 2 - 2]; }
    HRESULT STDMETHODCALLTYPE Dereferenced(LONG* n, LONG* a) override { return a[*n - 1]; }
    HRESULT STDMETHODCALLTYPE VaryingArray(LONG room, LONG used, LONG* a) override { return room + a[used - 1]; }
    HRESULT STDMETHODCALLTYPE VaryingOut(LONG room, LONG* used, LONG* a) override {
        *used = room - 1;
        for (LONG i = 0; i < *used; ++i) a[i] = i + 10;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE VaryingInOut(LONG room, LONG* used, SHORT* a) override {
        a[0] = static_cast<SHORT>(room);
        *used = 1;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE VaryingFixedArray(LONG used, SHORT a[5]) override { return a[used - 1]; }
    HRESULT STDMETHODCALLTYPE Rows(SHORT a[2][3], LONG b[2][2]) override {
        b[0][0] = a[0][0], b[0][1] = a[0][2], b[1][0] = a[1][0], b[1][1] = a[1][2];
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE PointerArray(LONG n, LONG** a) override { return *a[n - 1]; }
    HRESULT STDMETHODCALLTYPE PointerToArray(LONG n, LONG** a) override { return *a ? (*a)[n - 1] : 0; }
    HRESULT STDMETHODCALLTYPE KeyPointer(Key* a, Key* b, LONG after) override {
        for (int i = 0; i < 6; ++i) (*b)[i] = static_cast<byte>((*a)[i] + 1);
        return after;
    }
    HRESULT STDMETHODCALLTYPE KeyArray(LONG n, Key* a, LONG after) override { return a[n - 1][5] + after; }
    HRESULT STDMETHODCALLTYPE KeyMember(Keyed* a, Keyed* b) override {
        b->n = (*a->key)[5];
        b->key = nullptr;
        return a->n;
    }
    HRESULT STDMETHODCALLTYPE IntArray(LONG n, INT_PTR* a) override { return static_cast<HRESULT>(a[n - 1]); }
    HRESULT STDMETHODCALLTYPE FlagArrays(Flags* a, Flags* b) override {
        b->n = 1;
        b->flags = task<boolean>(1);
        b->flags[0] = a->flags[1];
        b->colours = task<Colour>(1);
        b->colours[0] = a->colours[0];
        return S_OK;
    }

    HRESULT STDMETHODCALLTYPE HyperRows(hyper a[2][2], byte b[3][2]) override {
        for (int i = 0; i < 3; ++i) b[i][0] = b[i][1] = static_cast<byte>(i + 1);
        return static_cast<HRESULT>(a[1][0]);
    }
    HRESULT STDMETHODCALLTYPE ConformantRows(LONG n, LONG a[][2]) override { return a[0][1] + a[n - 1][0]; }
    HRESULT STDMETHODCALLTYPE ConformantGuids(LONG n, GUID* a) override { return static_cast<HRESULT>(a[n - 1].Data1); }
    HRESULT STDMETHODCALLTYPE ConformantLetters(LONG n, WCHAR* a, boolean* b, Char* c) override { return a[n - 1] + b[0] + c[n - 1]; }
    HRESULT STDMETHODCALLTYPE ConformantChanged(LONG* n, SHORT** a) override {
        CoTaskMemFree(*a);
        *n = 3;
        *a = task<SHORT>(3);
        (*a)[2] = 9;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE TextPointers(WCHAR** a, WCHAR** b) override { return length(*a) + (b ? length(*b) : 100); }
    HRESULT STDMETHODCALLTYPE TextLists(TextList* a) override { return length(a->texts[0]) + length(a->texts[a->n - 1]); }
    HRESULT STDMETHODCALLTYPE WideStructure(Widths* a, Widths* b) override {
        *b = *a;
        b->b[1] = WIDE_SMALL;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE LongStructure(Longest* a, Longest* b) override {
        b->a += a->a;
        b->b[0] = a->b[1];
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GuidTails(GuidTail* a) override { return static_cast<HRESULT>(a->ids[0].Data2); }
    HRESULT STDMETHODCALLTYPE RoomsStructure(Rooms* a, Rooms* b) override {
        CoTaskMemFree(b->letters);
        CoTaskMemFree(b->numbers);
        *b = {1, task<WCHAR>(), task<hyper>()};
        *b->letters = a->letters[0];
        *b->numbers = a->numbers[a->n - 1];
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SealedStructure(SealedHeld* a) override { return a->before + a->sealed.arm.number; }
    HRESULT STDMETHODCALLTYPE HypersInOut(hyper* a, double* b, GUID* c) override {
        *a = -*a;
        *b *= 2;
        c->Data1 = 0;
        return S_OK;
    }

    HRESULT STDMETHODCALLTYPE CountedTail(Counted* a) override { return static_cast<HRESULT>(a->n); }
    HRESULT STDMETHODCALLTYPE CountedTailOut(Counted** a) override {
        *a = reinterpret_cast<Counted*>(task<ULONG>(3));
        (*a)->n = 3;
        USHORT values[3] = {7, 8, 9};
        std::memcpy(reinterpret_cast<char*>(*a) + 4, values, sizeof values);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE HeldTail(byte gap, Holder* a) override { return gap + a->kind; }
    HRESULT STDMETHODCALLTYPE HyperTail(HyperCounted* a) override { return a->n; }
    HRESULT STDMETHODCALLTYPE LabelTails(LabelTail* a) override { return a->labels[0].id; }
    HRESULT STDMETHODCALLTYPE LabelSets(Labels* a, Labels** b) override {
        *b = task<Labels>();
        (*b)->n = 1;
        (*b)->labels = task<Label>();
        (*b)->labels[0] = {a->labels[0].id, copy(WIDE("made"))};
        return a->n;
    }
    HRESULT STDMETHODCALLTYPE DeepSets(Deep* a) override { return a->n + a->sets[0].labels[0].id; }
    HRESULT STDMETHODCALLTYPE VaryingPart(Varying* a, Varying* b) override {
        *b = {3, 2, task<LONG>(3)};
        b->values[0] = a->values[0];
        b->values[1] = a->values[1];
        return static_cast<HRESULT>(a->used);
    }
    HRESULT STDMETHODCALLTYPE VaryingTails(VaryingTail* a) override { return a->values[0]; }
    HRESULT STDMETHODCALLTYPE VaryingFixeds(VaryingFixed* a, VaryingFixed* b) override {
        *b = *a;
        b->used = 1;
        return a->after;
    }
    HRESULT STDMETHODCALLTYPE Blobs(Blob* a, Blob* b) override {
        *b = {0, nullptr, a->after};
        return a->data[a->n - 1];
    }
    HRESULT STDMETHODCALLTYPE Tables(Table* a) override { return a->rows[0]->a; }

    HRESULT STDMETHODCALLTYPE ChoiceNumber(SHORT which, Choice a) override { return which == 1 ? a.number : 0; }
    HRESULT STDMETHODCALLTYPE ChoiceText(SHORT which, Choice a, byte after) override { return length(a.text) + after + which; }
    HRESULT STDMETHODCALLTYPE ChoiceDefault(SHORT which, Choice, byte after) override { return which + after; }
    HRESULT STDMETHODCALLTYPE ChoiceOut(SHORT which, Choice* a) override {
        if (which == 2) a->text = copy(WIDE("chosen"));
        else a->pair = {1, 2};
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE ChosenStructures(LONG n, Chosen* a) override { return a[n - 1].after; }
    HRESULT STDMETHODCALLTYPE PaintedStructure(Painted* a, Painted* b) override {
        b->colour = COLOUR_RED;
        b->value.red = static_cast<byte>(a->value.blue);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE FewStructures(FewHeld* a, FewHeld* b, FewHeld* c) override {
        c->kind = 2;
        c->few.b = task<Pair>();
        *c->few.b = {a->few.a, static_cast<ULONG>(b->few.c)};
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SealedUnion(Sealed* a, Sealed* b, Sealed* c) override {
        c->tag = 3;
        c->arm.real = a->arm.number + b->arm.pair->a;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE SmallSealedUnion(byte gap, SmallSealed* a, SmallSealed* b, byte after) override {
        return gap + a->arm.one + b->tag + after;
    }

    HRESULT STDMETHODCALLTYPE UniquePointers(LONG* a, LONG* b, Pair* c) override { return (a ? *a : 0) + (b ? *b : 0) + c->a; }
    HRESULT STDMETHODCALLTYPE UniqueInOut(LONG* a, LONG* b) override {
        if (a) *a = -*a;
        return b ? 1 : 2;
    }
    HRESULT STDMETHODCALLTYPE PointerToPointer(LONG** a, LONG** b) override {
        *b = task<LONG>();
        **b = **a + 1;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE TypedefPointer(PLONG_UNIQUE a, PLONG_UNIQUE b) override { return *a + (b ? *b : 0); }
    HRESULT STDMETHODCALLTYPE PairMade(Pair** a, Pair** b) override {
        *a = task<Pair>();
        **a = {1, 2};
        *b = nullptr;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE List(Node* a, Node** b) override {
        *b = task<Node>();
        (*b)->value = a->next->value;
        (*b)->next = task<Node>();
        (*b)->next->value = a->value;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Trees(Tree* a) override { return a->left->right->value; }
    HRESULT STDMETHODCALLTYPE References(Must* a, Must* b) override {
        *b = {1, task<LONG>(), 2};
        *b->value = *a->value * 2;
        return a->before;
    }
    HRESULT STDMETHODCALLTYPE FullPointers(LONG* a, LONG* b, LONG* c) override { return (a == b ? 1 : 0) + (c ? 2 : 0); }
    HRESULT STDMETHODCALLTYPE FullInStructure(Aliases* a) override { return (a->a == a->c ? 1 : 0) + (a->b ? 2 : 0); }
    HRESULT STDMETHODCALLTYPE StructureInOut(Label* a) override {
        const LONG n = length(a->name);
        CoTaskMemFree(a->name);
        *a = {a->id + 1, copy(WIDE("renamed"))};
        return n;
    }
    HRESULT STDMETHODCALLTYPE PointerInOut(Pair** a) override {
        if (*a) (*a)->a = -(*a)->a;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE NullObjects(IUnknown* a, IUnknown** b) override { return *b = nullptr, a ? 1 : 2; }
    HRESULT STDMETHODCALLTYPE NullObjectsByIid(REFIID iid, IUnknown* a, void** b) override {
        *b = nullptr;
        return a ? 1 : static_cast<HRESULT>(iid.Data1 & 0xFF);
    }
};
