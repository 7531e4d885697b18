// Const behind pointers of parameters and fields: what the program may only read is filled in, replaced and freed all the same.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../com/places.h"
#include "const_parameters.h"
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile const_parameters_ProxyFile;

namespace odc::test {
namespace {

LPCWSTR units(const char16_t* text) { return reinterpret_cast<LPCWSTR>(text); }
std::u16string text(LPCWSTR units) { return units ? reinterpret_cast<const char16_t*>(units) : u"(null)"; }
LPWSTR copy(const std::u16string& text) {
    auto* made = static_cast<LPWSTR>(CoTaskMemAlloc((text.size() + 1) * sizeof(WCHAR)));
    std::copy_n(reinterpret_cast<const WCHAR*>(text.c_str()), text.size() + 1, made);
    return made;
}
template <class T>
T* blocks(std::size_t n) {
    auto* made = static_cast<T*>(CoTaskMemAlloc(n * sizeof(T)));
    std::memset(static_cast<void*>(made), 0, n * sizeof(T));
    return made;
}
void free_one(const void* block) { CoTaskMemFree(const_cast<void*>(block)); }
void free_leaf(const Leaf* leaf) {
    if (!leaf) return;
    for (ULONG i = 0; i < leaf->n && leaf->names; ++i) free_one(leaf->names[i]);
    for (const void* block : {static_cast<const void*>(leaf->name), static_cast<const void*>(leaf->other), static_cast<const void*>(leaf->bytes),
                              static_cast<const void*>(leaf->names), static_cast<const void*>(leaf)})
        free_one(block);
}
/// In task memory, with one name and one byte.
Leaf* new_leaf(const std::u16string& name) {
    auto* leaf = blocks<Leaf>(1);
    leaf->name = copy(name);
    leaf->n = 1;
    auto* bytes = blocks<BYTE>(1);
    bytes[0] = 7;
    leaf->bytes = bytes;
    leaf->names = blocks<LPCWSTR>(1);
    leaf->names[0] = copy(name);
    return leaf;
}
ULONG characters(const Leaf* leaf) {
    if (!leaf) return 0;
    std::size_t n = leaf->name ? text(leaf->name).size() : 0;
    if (leaf->other) n += text(leaf->other).size();
    for (ULONG i = 0; i < leaf->n && leaf->names; ++i) n += text(leaf->names[i]).size();
    return static_cast<ULONG>(n);
}

class Object final : public implements<IConst> {
  public:
    HRESULT STDMETHODCALLTYPE Join(ULONG n, LPCWSTR* parts, const LPCWSTR* more, LPCWSTR* whole) override {
        std::u16string all;
        for (ULONG i = 0; i < n; ++i) all += text(parts[i]) + (more ? text(more[i]) : u"");
        *whole = copy(all);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Names(ULONG n, LPCWSTR** names) override {
        *names = blocks<LPCWSTR>(n);
        return Fill(n, *names);
    }
    HRESULT STDMETHODCALLTYPE Fill(ULONG n, LPCWSTR* names) override {
        for (ULONG i = 0; i < n; ++i) names[i] = copy(std::u16string(1, static_cast<char16_t>(u'0' + i)));
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Replace(ULONG n, LPCWSTR* names, LPCWSTR* last) override {
        const auto twice = [](LPCWSTR& name) {
            const std::u16string made(2, static_cast<char16_t>(name[0]));
            free_one(name);
            name = copy(made);
        };
        for (ULONG i = 0; i < n; ++i)
            if (names[i]) twice(names[i]);
        if (last && *last) twice(*last);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Sum(ULONG n, const LONG* numbers, const LONG (*rows)[2], const LONG** deep, LONG* sum) override {
        *sum = 0;
        for (ULONG i = 0; i < n; ++i) *sum += numbers[i] + rows[i][0] * rows[i][1] + (*deep)[i];
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Count(const Tree* tree, REFIID iid, const GUID* also, ULONG* found) override {
        *found = characters(tree->one) + characters(tree->two[0]) + characters(tree->two[1]);
        for (ULONG i = 0; i < tree->n; ++i) *found += characters(&tree->row[i]) + characters(tree->leaves[i]);
        if (tree->choice && tree->choice->kind == 1) *found += static_cast<ULONG>(text(*tree->choice->u.text).size());
        if (tree->choice && tree->choice->kind == 2) *found += characters(tree->choice->u.leaf);
        if (tree->choice && tree->choice->kind == 3) *found += static_cast<ULONG>(tree->choice->u.number);
        return iid == IID_IUnknown && also && *also == IID_IConst ? S_OK : E_UNEXPECTED;
    }
    HRESULT STDMETHODCALLTYPE Change(const Leaf** leaf, PCLEAF* before) override {
        *before = *leaf;
        *leaf = new_leaf(*before ? text((*before)->name) : u"none");
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Objects(ULONG n, IUnknown* const* objects, ULONG* found) override {
        *found = 0;
        for (ULONG i = 0; i < n; ++i) *found += objects[i] != nullptr;
        return S_OK;
    }
};

class ConstParameters : public testing::Test {
  protected:
    ConstParameters() : apartment_(COINIT_MULTITHREADED) {
        com::register_proxy_file(const_parameters_ProxyFile);
        place_ = std::make_unique<OtherApartment<IConst>>([] { return ComPtr<IConst>::attach(new Object); });
    }
    IConst* object() { return place_->object.get(); }

  private:
    InApartment apartment_;
    std::unique_ptr<OtherApartment<IConst>> place_;
};

TEST_F(ConstParameters, ArraysOfTexts) {
    LPCWSTR parts[] = {units(u"a"), units(u"bc")};
    const LPCWSTR more[] = {units(u"1"), units(u"2")};
    LPCWSTR whole = nullptr;
    ASSERT_EQ(object()->Join(2, parts, more, &whole), S_OK);
    EXPECT_EQ(text(whole), u"a1bc2");
    free_one(whole);
    ASSERT_EQ(object()->Join(2, parts, nullptr, &whole), S_OK);
    EXPECT_EQ(text(whole), u"abc");
    free_one(whole);
}

TEST_F(ConstParameters, TextsThatTheObjectMakes) {
    LPCWSTR* names = nullptr;
    ASSERT_EQ(object()->Names(3, &names), S_OK);
    LPCWSTR own[3] = {};
    ASSERT_EQ(object()->Fill(3, own), S_OK);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(text(names[i]), std::u16string(1, static_cast<char16_t>(u'0' + i)));
        EXPECT_EQ(text(own[i]), text(names[i]));
        free_one(names[i]);
        free_one(own[i]);
    }
    free_one(names);
}

TEST_F(ConstParameters, TextsThatTheObjectReplaces) {
    LPCWSTR names[] = {copy(u"xyz"), nullptr, copy(u"q")}, last = copy(u"end");
    ASSERT_EQ(object()->Replace(3, names, &last), S_OK);
    EXPECT_EQ(text(names[0]), u"xx");
    EXPECT_EQ(names[1], nullptr);
    EXPECT_EQ(text(names[2]), u"qq");
    EXPECT_EQ(text(last), u"ee");
    for (LPCWSTR one : {names[0], names[2], last}) free_one(one);
    LPCWSTR none = nullptr;
    EXPECT_EQ(object()->Replace(0, &none, nullptr), S_OK);
}

TEST_F(ConstParameters, NumbersInArraysAndRows) {
    const LONG numbers[] = {1, 2}, rows[][2] = {{3, 4}, {5, 6}}, more[] = {100, 200};
    const LONG* deep = more;
    LONG sum = 0;
    ASSERT_EQ(object()->Sum(2, numbers, rows, &deep, &sum), S_OK);
    EXPECT_EQ(sum, 3 + 12 + 30 + 300);
}

TEST_F(ConstParameters, FieldsOfStructuresAndUnions) {
    LPCWSTR names[] = {units(u"12"), units(u"3")};
    const BYTE bytes[] = {1, 2};
    const Leaf leaf{units(u"four"), units(u"five5"), 2, bytes, names};  // 4 + 5 + 3
    const Leaf row[] = {leaf, leaf};
    PCLEAF leaves[] = {&leaf, nullptr};
    LPCWSTR chosen = units(u"chosen");
    Choice choice{1, {&chosen}};
    const Tree tree{&leaf, 2, row, leaves, {nullptr, &leaf}, &choice};
    ULONG found = 0;
    ASSERT_EQ(object()->Count(&tree, IID_IUnknown, &IID_IConst, &found), S_OK);
    EXPECT_EQ(found, 12u * 5 + 6);
    choice.kind = 2;
    choice.u.leaf = &leaf;
    ASSERT_EQ(object()->Count(&tree, IID_IUnknown, &IID_IConst, &found), S_OK);
    EXPECT_EQ(found, 12u * 6);
}

TEST_F(ConstParameters, AStructureIsReplaced) {
    const Leaf* leaf = new_leaf(u"first");
    PCLEAF before = nullptr;
    ASSERT_EQ(object()->Change(&leaf, &before), S_OK);
    EXPECT_EQ(text(before->name), u"first");
    EXPECT_EQ(text(leaf->names[0]), u"first");
    EXPECT_EQ(leaf->bytes[0], 7);
    free_leaf(before);
    free_leaf(leaf);
    leaf = nullptr;
    ASSERT_EQ(object()->Change(&leaf, &before), S_OK);
    EXPECT_EQ(before, nullptr);
    EXPECT_EQ(text(leaf->name), u"none");
    free_leaf(leaf);
}

TEST_F(ConstParameters, ArraysOfObjects) {
    IUnknown* objects[] = {object(), nullptr, object()};
    ULONG found = 0;
    ASSERT_EQ(object()->Objects(3, objects, &found), S_OK);
    EXPECT_EQ(found, 2u);
}

}  // namespace
}  // namespace odc::test
