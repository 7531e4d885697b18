// Automation's types through calls: to another apartment of this process, and to another process.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <future>
#include <string>
#include <thread>

#include "exchange_object.h"
#include "opendcom/com/interface_info.h"

extern char** environ;
extern "C" const odc::com::ProxyFile exchange_ProxyFile;

namespace odc::test {
namespace {

std::u16string_view text(BSTR value) { return {reinterpret_cast<const char16_t*>(value), SysStringLen(value)}; }
VARIANT of(LONG value) {
    VARIANT made{};
    made.vt = VT_I4;
    made.lVal = value;
    return made;
}
VARIANT of(const char16_t* value) {
    VARIANT made{};
    made.vt = VT_BSTR;
    made.bstrVal = SysAllocString(value);
    return made;
}
template <class T>
VARIANT reference(VARTYPE vt, T* to) {
    VARIANT made{};
    made.vt = static_cast<VARTYPE>(vt | VT_BYREF);
    made.byref = to;
    return made;
}

/// A child process whose standard input and output are pipes; ends when its input is closed.
class Child {
  public:
    explicit Child(std::vector<std::string> command) {
        int in[2], out[2];
        EXPECT_EQ(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], 0);
        posix_spawn_file_actions_adddup2(&actions, out[1], 1);
        std::vector<char*> arguments;
        for (auto& one : command) arguments.push_back(one.data());
        arguments.push_back(nullptr);
        if (posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) pid_ = 0;
        posix_spawn_file_actions_destroy(&actions);
        close(in[0]);
        close(out[1]);
        to_ = in[1];
        from_ = fdopen(out[0], "r");
    }
    ~Child() { end(SIGKILL); }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    std::string line() {
        std::string text;
        for (int c; (c = std::fgetc(from_)) != EOF && c != '\n';) text += static_cast<char>(c);
        return text;
    }
    /// 0: only closes its input. Returns the wait status.
    int end(int signal) {
        if (pid_ <= 0) return -1;
        close(to_);
        if (signal) kill(pid_, signal);
        int status = 0;
        waitpid(std::exchange(pid_, 0), &status, 0);
        std::fclose(from_);
        return status;
    }

  private:
    pid_t pid_ = 0;
    int to_ = -1;
    FILE* from_ = nullptr;
};

/// Where the object is: the tests are the same.
class Place {
  public:
    virtual ~Place() = default;
    ComPtr<IExchange> object;
};

class OtherApartment final : public Place {
  public:
    OtherApartment() {
        std::promise<IStream*> packet;
        thread_ = std::thread([&] {
            CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED);
            {
                auto made = ComPtr<Exchange>::attach(new Exchange);
                IStream* stream = nullptr;
                CoMarshalInterThreadInterfaceInStream(IID_IExchange, static_cast<IExchange*>(made.get()), &stream);
                id_ = GetCurrentThreadId();
                packet.set_value(stream);
            }
            MSG message;
            while (GetMessage(&message, nullptr, 0, 0) > 0) {}
            CoUninitialize();
        });
        EXPECT_EQ(CoGetInterfaceAndReleaseStream(packet.get_future().get(), IID_IExchange, object.put_void()), S_OK);
    }
    ~OtherApartment() override {
        object.reset();
        PostThreadMessage(id_, WM_QUIT, 0, 0);
        thread_.join();
        EXPECT_EQ(Description::handed_out, 0);
    }

  private:
    std::thread thread_;
    DWORD id_ = 0;
};

class OtherProcess final : public Place {
  public:
    OtherProcess() : daemon_({ODC_DAEMON, "--private", "--home", home()}) {
        daemon_.line();  // it says where it listens once it does
        server_ = std::make_unique<Child>(std::vector<std::string>{ODC_EXCHANGE_SERVER});
        const auto hex = server_->line();
        ComPtr<IStream> stream;
        OdcCreateMemoryStream(stream.put());
        for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
            const auto byte = static_cast<BYTE>(std::stoi(hex.substr(i, 2), nullptr, 16));
            stream->Write(&byte, 1, nullptr);
        }
        LARGE_INTEGER start{};
        stream->Seek(start, STREAM_SEEK_SET, nullptr);
        EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_IExchange, object.put_void()), S_OK);
    }
    ~OtherProcess() override {
        object.reset();
        EXPECT_EQ(server_->end(0), 0);  // the server checks that it got back what it lent
        daemon_.end(SIGTERM);
        std::filesystem::remove_all(home());
    }

  private:
    /// One instance for this test program, so that the runtime sees one for all of its life.
    static const std::string& home() {
        static const std::string folder = [] {
            char made[] = "/tmp/odc-exchange-XXXXXX";
            if (!mkdtemp(made)) std::abort();
            setenv("OPENDCOM_HOME", made, 1);
            return std::string(made);
        }();
        std::filesystem::create_directories(folder);
        return folder;
    }
    Child daemon_;
    std::unique_ptr<Child> server_;
};

template <class Where>
class ExchangeTest : public ::testing::Test {
  public:
    ExchangeTest() {
        CoInitializeEx(nullptr, COINIT_MULTITHREADED);
        com::register_proxy_file(exchange_ProxyFile);
        place = std::make_unique<Where>();
    }
    ~ExchangeTest() override {
        place.reset();
        CoUninitialize();
    }
    IExchange* object() { return place->object.get(); }
    std::unique_ptr<Place> place;
};
using Places = ::testing::Types<OtherApartment, OtherProcess>;
TYPED_TEST_SUITE(ExchangeTest, Places);

TYPED_TEST(ExchangeTest, TextsKeepTheirLength) {
    ASSERT_TRUE(this->object());
    BSTR odd = SysAllocStringByteLen("odd", 3), changed = nullptr, before = nullptr, same = nullptr;
    ASSERT_EQ(this->object()->Text(odd, &changed, &before, &same), S_OK);
    EXPECT_EQ(SysStringByteLen(same), 3u);
    EXPECT_EQ(before, nullptr);  // null stays null
    EXPECT_EQ(text(changed), u"changed");
    SysFreeString(same);
    BSTR empty = SysAllocString(u"");
    ASSERT_EQ(this->object()->Text(empty, &changed, &before, &same), S_OK);
    EXPECT_NE(same, nullptr);  // empty stays empty
    EXPECT_EQ(SysStringLen(same), 0u);
    EXPECT_EQ(text(before), u"changed");
    for (BSTR one : {odd, empty, changed, before, same}) SysFreeString(one);
}

TYPED_TEST(ExchangeTest, VariantsOfAllKinds) {
    ASSERT_TRUE(this->object());
    VARIANT value = of(u"text"), changed = of(7), before{}, same{};
    ASSERT_EQ(this->object()->Variant(value, &changed, &before, &same), S_OK);
    EXPECT_EQ(text(same.bstrVal), u"text");
    EXPECT_EQ(before.lVal, 7);
    EXPECT_EQ(changed.vt, VT_R8);
    EXPECT_EQ(changed.dblVal, 2.5);
    VariantClear(&value);
    VariantClear(&same);
    // By reference: the caller's own number changes, and its variant keeps pointing there.
    LONG number = 10;
    changed = reference(VT_I4, &number);
    ASSERT_EQ(this->object()->Variant(of(1), &changed, &before, &same), S_OK);
    EXPECT_EQ(number, 11);
    EXPECT_EQ(changed.plVal, &number);
    EXPECT_EQ(before.lVal, 10);
    // What has no form fails before anything is sent.
    value.vt = VT_RECORD;
    LONG calls = 0, later = 0;
    this->object()->Calls(&calls);
    EXPECT_EQ(this->object()->Variant(value, &changed, &before, &same), DISP_E_BADVARTYPE);
    this->object()->Calls(&later);
    EXPECT_EQ(calls, later);
}

TYPED_TEST(ExchangeTest, ArraysComeBackLarger) {
    ASSERT_TRUE(this->object());
    SAFEARRAY* value = SafeArrayCreateVector(VT_VARIANT, 3, 3);
    auto* elements = static_cast<VARIANT*>(value->pvData);
    elements[0] = of(1);
    elements[1] = of(u"two");
    elements[2].vt = VT_ARRAY | VT_UI1;
    elements[2].parray = SafeArrayCreateVector(VT_UI1, 0, 100000);  // larger than any buffer that is at hand
    static_cast<BYTE*>(elements[2].parray->pvData)[99999] = 9;
    SAFEARRAY* changed = SafeArrayCreateVector(VT_I4, 1, 2);
    static_cast<LONG*>(changed->pvData)[0] = 5;
    SAFEARRAY* same = nullptr;
    ASSERT_EQ(this->object()->Array(value, &changed, &same), S_OK);
    LONG low = 0;
    SafeArrayGetLBound(same, 1, &low);
    EXPECT_EQ(low, 3);
    auto* back = static_cast<VARIANT*>(same->pvData);
    EXPECT_EQ(back[0].lVal, 1);
    EXPECT_EQ(text(back[1].bstrVal), u"two");
    EXPECT_EQ(static_cast<BYTE*>(back[2].parray->pvData)[99999], 9);
    EXPECT_EQ(changed->rgsabound[0].cElements, 4u);
    EXPECT_EQ(static_cast<LONG*>(changed->pvData)[0], 5);
    EXPECT_EQ(static_cast<LONG*>(changed->pvData)[3], 44);
    for (SAFEARRAY* one : {value, changed, same}) SafeArrayDestroy(one);
    changed = nullptr;
    ASSERT_EQ(this->object()->Array(nullptr, &changed, &same), S_OK);
    EXPECT_EQ(same, nullptr);
}

TYPED_TEST(ExchangeTest, NumbersOfAutomation) {
    ASSERT_TRUE(this->object());
    CURRENCY money{}, more{}, same_money{};
    money.int64 = 52500;
    ASSERT_EQ(this->object()->Money(money, &more, &same_money), S_OK);
    EXPECT_EQ(same_money.int64, 52500);
    EXPECT_EQ(more.int64, 10000);
    DATE later = 1, same_day = 0;
    ASSERT_EQ(this->object()->Day(36526.25, &later, &same_day), S_OK);
    EXPECT_EQ(same_day, 36526.25);
    EXPECT_EQ(later, 2);
    DECIMAL number{}, next{}, same_number{};
    number.scale = 28;
    number.sign = DECIMAL_NEG;
    number.Hi32 = 0xFFFFFFFF;
    number.Lo64 = 1;
    ASSERT_EQ(this->object()->Number(number, &next, &same_number), S_OK);
    EXPECT_EQ(std::memcmp(&same_number, &number, sizeof number), 0);
    EXPECT_EQ(next.Lo64, 1u);
    VARIANT_BOOL flag = VARIANT_FALSE, opposite = 0;
    ASSERT_EQ(this->object()->Flag(VARIANT_TRUE, &flag, &opposite), S_OK);
    EXPECT_EQ(opposite, VARIANT_FALSE);
    EXPECT_EQ(flag, VARIANT_TRUE);
}

TYPED_TEST(ExchangeTest, DispatchPointersComeHome) {
    ASSERT_TRUE(this->object());
    auto mine = ComPtr<Exchange>::attach(new Exchange);
    IDispatch* changed = nullptr;
    IDispatch* same = nullptr;
    ASSERT_EQ(this->object()->Object(static_cast<IExchange*>(mine.get()), &changed, &same), S_OK);
    EXPECT_EQ(same, static_cast<IExchange*>(mine.get()));
    ASSERT_NE(changed, nullptr);
    OLECHAR name[] = u"Sum";
    LPOLESTR names[] = {name};
    DISPID id = 0;
    EXPECT_EQ(changed->GetIDsOfNames(IID_NULL, names, 1, 0, &id), S_OK);
    EXPECT_EQ(id, 3);
    changed->Release();
    same->Release();
    // Inside a variant, too.
    VARIANT value{}, other{}, before{}, back{};
    value.vt = VT_DISPATCH;
    value.pdispVal = static_cast<IExchange*>(mine.get());
    ASSERT_EQ(this->object()->Variant(value, &other, &before, &back), S_OK);
    EXPECT_EQ(back.vt, VT_DISPATCH);
    EXPECT_EQ(back.pdispVal, value.pdispVal);
    VariantClear(&back);
}

TYPED_TEST(ExchangeTest, InvokeWithReferences) {
    ASSERT_TRUE(this->object());
    LONG a = 1, b = 2;
    VARIANT arguments[2] = {reference(VT_I4, &b), reference(VT_I4, &a)};
    DISPPARAMS params{arguments, nullptr, 2, 0};
    ASSERT_EQ(this->object()->Invoke(1, IID_NULL, 0, DISPATCH_METHOD, &params, nullptr, nullptr, nullptr), S_OK);
    EXPECT_EQ(a, 2);
    EXPECT_EQ(b, 1);
    EXPECT_EQ(arguments[0].plVal, &b);
    BSTR first = SysAllocString(u"first"), second = SysAllocString(u"second");
    arguments[0] = reference(VT_BSTR, &second);
    arguments[1] = reference(VT_BSTR, &first);
    ASSERT_EQ(this->object()->Invoke(1, IID_NULL, 0, DISPATCH_METHOD, &params, nullptr, nullptr, nullptr), S_OK);
    EXPECT_EQ(text(first), u"second");
    EXPECT_EQ(text(second), u"first");
    SysFreeString(first);
    SysFreeString(second);
    VARIANT x = of(5), y = of(u"y");
    arguments[0] = reference(VT_VARIANT, &x);
    arguments[1] = reference(VT_VARIANT, &y);
    ASSERT_EQ(this->object()->Invoke(1, IID_NULL, 0, DISPATCH_METHOD, &params, nullptr, nullptr, nullptr), S_OK);
    EXPECT_EQ(text(x.bstrVal), u"y");
    EXPECT_EQ(y.lVal, 5);
    VariantClear(&x);
    arguments[1] = of(1);
    UINT wrong = 9;
    EXPECT_EQ(this->object()->Invoke(1, IID_NULL, 0, DISPATCH_METHOD, &params, nullptr, nullptr, &wrong), DISP_E_TYPEMISMATCH);
    EXPECT_EQ(wrong, 1u);
    EXPECT_EQ(this->object()->Invoke(1, IID_NULL, 0, DISPATCH_METHOD, nullptr, nullptr, nullptr, nullptr), E_INVALIDARG);
}

TYPED_TEST(ExchangeTest, InvokeWithNamesResultsAndExceptions) {
    ASSERT_TRUE(this->object());
    VARIANT arguments[3] = {of(1), of(2), of(3)}, result{};
    DISPID named[1] = {7};
    DISPPARAMS params{arguments, named, 3, 1};
    ASSERT_EQ(this->object()->Invoke(3, IID_NULL, 0, DISPATCH_METHOD, &params, &result, nullptr, nullptr), S_OK);
    EXPECT_EQ(result.lVal, 1005);
    EXPECT_EQ(this->object()->Invoke(3, IID_NULL, 0, DISPATCH_METHOD, &params, nullptr, nullptr, nullptr), S_FALSE);  // no place for a result
    DISPPARAMS none{};
    EXCEPINFO exception{};
    EXPECT_EQ(this->object()->Invoke(2, IID_NULL, 0, DISPATCH_METHOD, &none, nullptr, &exception, nullptr), DISP_E_EXCEPTION);
    EXPECT_EQ(text(exception.bstrDescription), u"filled in late");
    EXPECT_EQ(exception.scode, E_FAIL);
    EXPECT_EQ(exception.pfnDeferredFillIn, nullptr);
    SysFreeString(exception.bstrDescription);
    EXPECT_EQ(this->object()->Invoke(2, IID_NULL, 0, DISPATCH_METHOD, &none, nullptr, nullptr, nullptr), DISP_E_EXCEPTION);
    EXPECT_EQ(this->object()->Invoke(5, IID_NULL, 0, DISPATCH_METHOD, &none, nullptr, nullptr, nullptr), DISP_E_MEMBERNOTFOUND);
    VARIANT name = of(u"a name");
    DISPID put = DISPID_PROPERTYPUT;
    DISPPARAMS value{&name, &put, 1, 1};
    EXPECT_EQ(this->object()->Invoke(4, IID_NULL, 0, DISPATCH_PROPERTYPUT, &value, nullptr, nullptr, nullptr), S_OK);
    EXPECT_EQ(this->object()->Invoke(4, IID_NULL, 0, DISPATCH_PROPERTYGET, &none, &result, nullptr, nullptr), S_OK);
    EXPECT_EQ(text(result.bstrVal), u"a name");
    VariantClear(&result);
    VariantClear(&name);
}

TYPED_TEST(ExchangeTest, EnumeratorsGiveWhatIsLeft) {
    ASSERT_TRUE(this->object());
    ComPtr<IEnumVARIANT> numbers;
    ASSERT_EQ(this->object()->Count(5, numbers.put()), S_OK);
    VARIANT values[4] = {};
    ULONG fetched = 0;
    ASSERT_EQ(numbers->Next(4, values, &fetched), S_OK);
    EXPECT_EQ(fetched, 4u);
    EXPECT_EQ(values[2].lVal, 3);
    EXPECT_EQ(text(values[3].bstrVal), u"even");
    for (auto& one : values) VariantClear(&one);
    EXPECT_EQ(numbers->Next(4, values, &fetched), S_FALSE);
    EXPECT_EQ(fetched, 1u);
    EXPECT_EQ(values[0].lVal, 5);
    EXPECT_EQ(numbers->Next(2, values, nullptr), E_INVALIDARG);
    ASSERT_EQ(numbers->Reset(), S_OK);
    ASSERT_EQ(numbers->Skip(2), S_OK);
    ASSERT_EQ(numbers->Next(1, values, nullptr), S_OK);
    EXPECT_EQ(values[0].lVal, 3);
}

TYPED_TEST(ExchangeTest, TypeInformationIsLentAndGivenBack) {
    ASSERT_TRUE(this->object());
    ComPtr<ITypeInfo> info;
    ASSERT_EQ(this->object()->Describe(info.put()), S_OK);
    TYPEATTR* attributes = nullptr;
    ASSERT_EQ(info->GetTypeAttr(&attributes), S_OK);
    EXPECT_EQ(attributes->guid, __uuidof(IExchange));
    EXPECT_EQ(attributes->typekind, TKIND_ALIAS);
    EXPECT_EQ(attributes->tdescAlias.lptdesc->vt, VT_UI1);
    info->ReleaseTypeAttr(attributes);
    FUNCDESC* function = nullptr;
    ASSERT_EQ(info->GetFuncDesc(0, &function), S_OK);
    EXPECT_EQ(function->memid, 42);
    ASSERT_EQ(function->cParams, 1);
    const ELEMDESC& parameter = function->lprgelemdescParam[0];
    EXPECT_EQ(parameter.tdesc.lptdesc->lptdesc->vt, VT_I4);
    EXPECT_EQ(parameter.paramdesc.pparamdescex->varDefaultValue.lVal, 7);
    info->ReleaseFuncDesc(function);
    EXPECT_EQ(info->GetFuncDesc(1, &function), TYPE_E_ELEMENTNOTFOUND);
    VARDESC* variable = nullptr;
    ASSERT_EQ(info->GetVarDesc(0, &variable), S_OK);
    EXPECT_EQ(variable->lpvarValue->lVal, 99);
    info->ReleaseVarDesc(variable);
    BSTR names[3] = {};
    UINT count = 0;
    ASSERT_EQ(info->GetNames(1, names, 3, &count), S_OK);
    EXPECT_EQ(count, 2u);
    EXPECT_EQ(text(names[1]), u"argument");
    for (BSTR one : names) SysFreeString(one);
    BSTR name = nullptr;
    DWORD context = 0;
    ASSERT_EQ(info->GetDocumentation(1, &name, nullptr, &context, nullptr), S_OK);
    EXPECT_EQ(text(name), u"name");
    EXPECT_EQ(context, 3u);
    SysFreeString(name);
    PVOID address = nullptr;
    EXPECT_EQ(info->AddressOfMember(1, INVOKE_FUNC, &address), E_NOTIMPL);
}

}  // namespace
}  // namespace odc::test
