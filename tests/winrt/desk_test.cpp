// Interfaces of the Windows Runtime through calls: to another apartment of this process, to another process, to another host.
#include <gtest/gtest.h>

#include "../com/places.h"
#include "desk_object.h"
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile desk_ProxyFile;

namespace odc::test {

std::vector<std::string> own_host_options() { return {}; }

namespace {

using ABI::Desk::Colour;

class Desk : public testing::TestWithParam<Where> {
  protected:
    void SetUp() override {
        static const bool registered = [] {
            com::register_proxy_file(desk_ProxyFile);
            return true;
        }();
        (void)registered;
        ASSERT_EQ(CoInitializeEx(nullptr, COINIT_MULTITHREADED), S_OK);
        place_ = place_of<INotebook>(GetParam(), ODC_DESK_SERVER, [] { return ComPtr<INotebook>::attach(new Notebook); });
        ASSERT_TRUE(notebook());
        INT32 process = 0;
        ASSERT_EQ(notebook()->Process(&process), S_OK);
        ASSERT_EQ(process == ::getpid(), GetParam() == Where::apartment) << "the notebook is where the test says";
    }
    void TearDown() override {
        place_.reset();
        CoUninitialize();
    }
    INotebook* notebook() { return place_->object.get(); }
    void write(INT32 page, std::u16string_view title, Colour colour = ABI::Desk::Colour_White) {
        const Hstring text(title);
        EXPECT_EQ(notebook()->Write({page, text.get(), colour}), S_OK);
    }

  private:
    std::unique_ptr<Place<INotebook>> place_;
};

TEST_P(Desk, TextsComeBackAsTheyWere) {
    const std::u16string all[] = {u"", u"a", std::u16string(u"zero\0inside", 11), u"\u0416\xD83D\xDCD3", std::u16string(100000, u'x')};
    for (const auto& text : all) {
        ASSERT_EQ(notebook()->put_Owner(Hstring(text).get()), S_OK);
        Hstring back;
        ASSERT_EQ(notebook()->get_Owner(back.put()), S_OK);
        EXPECT_EQ(back.view(), text);
        EXPECT_EQ(back.empty(), text.empty()) << "the empty text is null";
    }
}

TEST_P(Desk, ATextInTheCallersMemoryIsSentAsAnyOther) {
    HSTRING_HEADER header;
    HSTRING lent = nullptr;
    ASSERT_EQ(WindowsCreateStringReference(reinterpret_cast<const WCHAR*>(u"on the stack"), 12, &header, &lent), S_OK);
    ASSERT_EQ(notebook()->put_Owner(lent), S_OK);
    Hstring back;
    ASSERT_EQ(notebook()->get_Owner(back.put()), S_OK);
    EXPECT_EQ(back.view(), u"on the stack");
}

TEST_P(Desk, AnInOutTextIsReplaced) {
    Hstring text(u"first");
    ASSERT_EQ(notebook()->Exchange(text.in_out()), S_OK);
    EXPECT_TRUE(text.empty());
    text = Hstring(u"second");
    ASSERT_EQ(notebook()->Exchange(text.in_out()), S_OK);
    EXPECT_EQ(text.view(), u"first");
}

TEST_P(Desk, StructuresHoldTextsAndEnumsOf32Bits) {
    write(7, u"list", ABI::Desk::Colour_Red);
    Entry entry{};
    ASSERT_EQ(notebook()->Find(Hstring(u"list").get(), &entry), S_OK);
    const auto title = Hstring::attach(entry.Title);
    EXPECT_EQ(entry.Page, 7);
    EXPECT_EQ(title.view(), u"list");
    EXPECT_EQ(entry.Colour, ABI::Desk::Colour_Red) << "which does not fit 16 bits";
    entry.Title = title.get();
    EXPECT_EQ(notebook()->Find(Hstring(u"no such").get(), &entry), E_BOUNDS);
    EXPECT_EQ(entry.Title, nullptr);
}

TEST_P(Desk, ArraysArePassedFilledAndReceived) {
    const Hstring parts[] = {Hstring(u"one "), Hstring(), Hstring(u"two")};
    HSTRING handles[] = {parts[0].get(), parts[1].get(), parts[2].get()};
    Hstring whole;
    ASSERT_EQ(notebook()->Join(3, handles, whole.put()), S_OK);
    EXPECT_EQ(whole.view(), u"one two");
    ASSERT_EQ(notebook()->Join(0, handles, whole.put()), S_OK);
    EXPECT_TRUE(whole.empty());

    write(1, u"a");
    write(2, u"b");
    HSTRING titles[5] = {};
    UINT32 count = 0;
    ASSERT_EQ(notebook()->Fill(5, titles, &count), S_OK);
    ASSERT_EQ(count, 2u);
    EXPECT_EQ(Hstring::attach(titles[0]).view(), u"a");
    EXPECT_EQ(Hstring::attach(titles[1]).view(), u"b");
    EXPECT_EQ(titles[2], nullptr);

    Entry* entries = nullptr;
    ASSERT_EQ(notebook()->All(&count, &entries), S_OK);
    ASSERT_EQ(count, 2u);
    for (UINT32 i = 0; i < count; ++i) {
        EXPECT_EQ(entries[i].Page, static_cast<INT32>(i + 1));
        EXPECT_EQ(Hstring::attach(entries[i].Title).view(), std::u16string(1, static_cast<char16_t>(u'a' + i)));
    }
    CoTaskMemFree(entries);
}

TEST_P(Desk, ACollectionIsCalledThroughItsComputedIdentity) {
    write(1, u"first");
    write(2, u"second");
    ComPtr<Texts> titles;
    ASSERT_EQ(notebook()->get_Titles(titles.put()), S_OK);
    ASSERT_EQ(titles->Append(Hstring(u"third").get()), S_OK);
    UINT32 size = 0, index = 9;
    boolean found = 0;
    ASSERT_EQ(titles->get_Size(&size), S_OK);
    EXPECT_EQ(size, 3u);
    ASSERT_EQ(titles->IndexOf(Hstring(u"third").get(), &index, &found), S_OK);
    EXPECT_TRUE(found);
    EXPECT_EQ(index, 2u);
    // More room than there are items, and an offset.
    HSTRING some[8] = {};
    UINT32 actual = 0;
    ASSERT_EQ(titles->GetMany(1, 8, some, &actual), S_OK);
    ASSERT_EQ(actual, 2u);
    EXPECT_EQ(Hstring::attach(some[0]).view(), u"second");
    EXPECT_EQ(Hstring::attach(some[1]).view(), u"third");
    const Hstring only(u"only");
    HSTRING handles[] = {only.get(), only.get()};
    ASSERT_EQ(titles->ReplaceAll(2, handles), S_OK);
    Hstring one;
    ASSERT_EQ(titles->GetAt(1, one.put()), S_OK);
    EXPECT_EQ(one.view(), u"only");
    EXPECT_EQ(titles->GetAt(2, one.put()), E_BOUNDS);
    EXPECT_TRUE(one.empty());
}

class Heard final : public implements<WrittenHandler> {
  public:
    HRESULT STDMETHODCALLTYPE Invoke(INotebook* sender, HSTRING title) override {
        INT32 process = 0;
        if (!sender || FAILED(sender->Process(&process))) return E_UNEXPECTED;  // the sender can be called meanwhile
        titles.push_back(std::u16string(Hstring::copy(title).view()));
        return S_OK;
    }
    std::vector<std::u16string> titles;
};

TEST_P(Desk, EventsComeBackToTheClient) {
    auto heard = ComPtr<Heard>::attach(new Heard);
    EventRegistrationToken token{};
    ASSERT_EQ(notebook()->add_Written(heard.get(), &token), S_OK);
    EXPECT_NE(token.value, 0);
    write(1, u"heard");
    ASSERT_EQ(notebook()->remove_Written(token), S_OK);
    write(2, u"not heard");
    EXPECT_EQ(heard->titles, std::vector<std::u16string>{u"heard"});
}

class FirstTwo final : public implements<ABI::Desk::IVisitor> {
  public:
    HRESULT STDMETHODCALLTYPE Invoke(INT32 page, HSTRING title, boolean* go_on) override {
        pages.push_back(page);
        length += WindowsGetStringLen(title);
        *go_on = pages.size() < 2;
        return S_OK;
    }
    std::vector<INT32> pages;
    UINT32 length = 0;
};

TEST_P(Desk, ADelegateIsAnObjectOfTheClient) {
    write(3, u"abc");
    write(5, u"de");
    write(8, u"f");
    auto visitor = ComPtr<FirstTwo>::attach(new FirstTwo);
    UINT32 visited = 0;
    ASSERT_EQ(notebook()->Visit(visitor.get(), &visited), S_OK);
    EXPECT_EQ(visited, 2u);
    EXPECT_EQ(visitor->pages, (std::vector<INT32>{3, 5}));
    EXPECT_EQ(visitor->length, 5u);
    EXPECT_EQ(notebook()->Visit(nullptr, &visited), E_INVALIDARG);
}

TEST_P(Desk, AnObjectTellsWhatItIs) {
    ComPtr<IInspectable> object;
    ASSERT_EQ(notebook()->QueryInterface(IID_PPV_ARGS(object.put())), S_OK);
    Hstring name;
    ASSERT_EQ(object->GetRuntimeClassName(name.put()), S_OK);
    EXPECT_EQ(name.view(), std::u16string_view(reinterpret_cast<const char16_t*>(RuntimeClass_Desk_Notebook)));
    TrustLevel trust = FullTrust;
    ASSERT_EQ(object->GetTrustLevel(&trust), S_OK);
    EXPECT_EQ(trust, BaseTrust);
    ULONG count = 0;
    IID* iids = nullptr;
    ASSERT_EQ(notebook()->GetIids(&count, &iids), S_OK);
    ASSERT_EQ(count, 2u);
    EXPECT_EQ(iids[0], __uuidof(INotebook));
    EXPECT_EQ(iids[1], __uuidof(IStringable));
    CoTaskMemFree(iids);
    ComPtr<IStringable> stringable;
    ASSERT_EQ(object->QueryInterface(IID_PPV_ARGS(stringable.put())), S_OK);
    ASSERT_EQ(stringable->ToString(name.put()), S_OK);
    EXPECT_EQ(name.view(), u"notebook with 0");
}

INSTANTIATE_TEST_SUITE_P(Places, Desk, testing::Values(Where::apartment, Where::process, Where::host), [](const auto& tested) { return name_of(tested.param); });

}  // namespace
}  // namespace odc::test
