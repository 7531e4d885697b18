// Behaviour 57: objects that speak for an imported one in its clients' processes.
#include "marshaling.h"

namespace odc::test {
namespace {

constexpr CLSID kHandlerClass = {0x5C1E7A62, 0x3B0E, 0x4F5B, {0x9C, 0x41, 0x0D, 0x9A, 0x2C, 0x6E, 0x7A, 0x01}};

/// An object that says which class shall speak for it.
class Handled final : public AddingCalc<IStdMarshalInfo> {
  public:
    explicit Handled(const CLSID& clsid) : clsid_(clsid) {}
    HRESULT STDMETHODCALLTYPE GetClassForHandler(DWORD, void*, CLSID* clsid) override {
        *clsid = clsid_;
        return S_OK;
    }

  private:
    const CLSID clsid_;
};

/// A handler: has an interface of its own, which is local and no proxy could have, and reaches the object by the aggregated proxies.
class Handler final : public IUnmarshalable {
    class Inner final : public IUnknown {
      public:
        explicit Inner(Handler& owner) : owner_(owner) {}
        HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
            *object = nullptr;
            if (iid == IID_IUnknown) *object = this;
            else if (iid == IID_IUnmarshalable) *object = static_cast<IUnmarshalable*>(&owner_);
            else return E_NOINTERFACE;
            static_cast<IUnknown*>(*object)->AddRef();
            return S_OK;
        }
        ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
        ULONG STDMETHODCALLTYPE Release() override {
            const ULONG left = --references_;
            if (left == 0) delete &owner_;
            return left;
        }

      private:
        Handler& owner_;
        ULONG references_ = 1;
    };

  public:
    explicit Handler(IUnknown* outer) : inner_(*this), outer_(outer) {
        ++alive;
        EXPECT_EQ(CoGetStdMarshalEx(outer, SMEXF_HANDLER, proxies_.put()), S_OK);
    }
    ~Handler() { --alive; }
    IUnknown* inner() { return &inner_; }
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override { return outer_->QueryInterface(iid, object); }
    ULONG STDMETHODCALLTYPE AddRef() override { return outer_->AddRef(); }
    ULONG STDMETHODCALLTYPE Release() override { return outer_->Release(); }
    HRESULT STDMETHODCALLTYPE Nothing() override {
        void* own = nullptr;
        EXPECT_EQ(proxies_->QueryInterface(IID_IUnmarshalable, &own), E_NOINTERFACE) << "without the handler";
        ComPtr<ICalc> calc;
        EXPECT_EQ(proxies_->QueryInterface(IID_ICalc, calc.put_void()), S_OK);
        LONG sum = 0;
        EXPECT_EQ(calc->Add(40, 2, &sum), S_OK);
        return static_cast<HRESULT>(sum);
    }
    static inline std::atomic<int> alive{0};

  private:
    Inner inner_;
    IUnknown* outer_;
    ComPtr<IUnknown> proxies_;
};

class HandlerFactory final : public implements<IClassFactory> {
  public:
    HRESULT STDMETHODCALLTYPE CreateInstance(IUnknown* outer, REFIID iid, void** object) override {
        if (!outer || iid != IID_IUnknown) return E_NOINTERFACE;
        *object = (new Handler(outer))->inner();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE LockServer(BOOL) override { return S_OK; }
};

class Handlers : public Marshaling {
  protected:
    ComPtr<Handled> object_ = ComPtr<Handled>::attach(new Handled(kHandlerClass));
    ComPtr<IStream> packet() { return marshal(static_cast<ICalc*>(object_.get())); }
};

TEST_F(Handlers, B57_ObjectWithStdMarshalInfoIsMarshaledWithItsHandlersClass) {
    const auto stream = packet();
    struct {
        DWORD signature, flags;
        GUID iid;
        BYTE std[40];
        GUID clsid;
        USHORT entries, security;
    } sent{};
    ULONG size = 0;
    EXPECT_EQ(stream->Read(&sent, sizeof sent, &size), S_OK);
    EXPECT_EQ(size, 84u);
    EXPECT_EQ(sent.flags, 2u) << "OBJREF_HANDLER";
    EXPECT_EQ(sent.clsid, kHandlerClass);
    ULONG most = 0;
    EXPECT_EQ(CoGetMarshalSizeMax(&most, IID_ICalc, static_cast<ICalc*>(object_.get()), MSHCTX_INPROC, nullptr, MSHLFLAGS_NORMAL), S_OK);
    EXPECT_EQ(most, 84u);
    EXPECT_EQ(unmarshal(stream.get()).get(), static_cast<ICalc*>(object_.get())) << "at home: the object itself";
}

TEST_F(Handlers, B57_ClientGetsTheHandlerAndThroughItTheObject) {
    const auto stream = packet();
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        auto factory = ComPtr<HandlerFactory>::attach(new HandlerFactory);
        DWORD cookie = 0;
        ASSERT_EQ(CoRegisterClassObject(kHandlerClass, factory.get(), CLSCTX_INPROC_SERVER, REGCLS_MULTI_SEPARATE, &cookie), S_OK);
        {
            auto calc = unmarshal(stream.get());
            ASSERT_TRUE(calc);
            LONG sum = 0;
            EXPECT_EQ(calc->Add(1, 2, &sum), S_OK);
            EXPECT_EQ(sum, 3);
            auto local = calc.as<IUnmarshalable>();
            ASSERT_TRUE(local) << "the handler's own interface";
            EXPECT_EQ(local->Nothing(), 42);
            EXPECT_EQ(local.as<IUnknown>().get(), calc.as<IUnknown>().get()) << "one identity";
            EXPECT_EQ(local.as<ICalc>().get(), calc.get());
            void* none = this;
            EXPECT_EQ(calc->QueryInterface(IID_ICalc2, &none), E_NOINTERFACE) << "neither has it";
            const auto again = marshal(calc.get());
            DWORD head[2]{};
            again->Read(head, sizeof head, nullptr);
            EXPECT_EQ(head[1], 2u) << "who marshals the proxy on sends the handler's class along";
            release(again.get());
        }
        EXPECT_EQ(Handler::alive, 0);
        EXPECT_EQ(CoRevokeClassObject(cookie), S_OK);
    });
}

TEST_F(Handlers, B57_ClientWithoutTheClassUsesThePlainProxies) {
    const auto stream = packet();
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        auto calc = unmarshal(stream.get());
        ASSERT_TRUE(calc);
        LONG sum = 0;
        EXPECT_EQ(calc->Add(1, 2, &sum), S_OK);
        EXPECT_FALSE(calc.as<IUnmarshalable>());
    });
}

TEST_F(Handlers, B57_NoClassIsThePlainForm) {
    auto plain = ComPtr<Handled>::attach(new Handled(CLSID_NULL));
    const auto stream = marshal(static_cast<ICalc*>(plain.get()));
    DWORD head[2]{};
    stream->Read(head, sizeof head, nullptr);
    EXPECT_EQ(head[1], 1u);
    release(stream.get());
}

/// Marshals itself by an aggregated standard marshaler.
class Aggregating final : public AddingCalc<> {
  public:
    Aggregating() { EXPECT_EQ(CoGetStdMarshalEx(static_cast<ICalc*>(this), SMEXF_SERVER, marshaler_.put()), S_OK); }

  protected:
    void* query_more(REFIID iid) override {
        if (iid != IID_IMarshal) return nullptr;
        void* marshal = nullptr;
        if (FAILED(marshaler_->QueryInterface(iid, &marshal))) return nullptr;
        Release();  // the aggregated interface has counted on us, and the caller will do so as well
        return marshal;
    }

  private:
    ComPtr<IUnknown> marshaler_;
};

TEST_F(Marshaling, AggregatedStandardMarshalerMarshalsItsOuter) {
    auto object = ComPtr<Aggregating>::attach(new Aggregating);
    auto marshaler = object.as<IMarshal>();
    ASSERT_TRUE(marshaler);
    EXPECT_EQ(marshaler.as<IUnknown>().get(), object.as<IUnknown>().get()) << "one identity";
    marshaler.reset();
    const auto stream = marshal(static_cast<ICalc*>(object.get()));
    on_thread([&] {
        Joined client(COINIT_APARTMENTTHREADED);
        auto calc = unmarshal(stream.get());
        ASSERT_TRUE(calc);
        LONG sum = 0;
        EXPECT_EQ(calc->Add(1, 2, &sum), S_OK);
        EXPECT_EQ(sum, 3);
    });
    EXPECT_EQ(object.detach()->Release(), 0u);
    IUnknown* inner = nullptr;
    auto other = ComPtr<Calc>::attach(new Calc);
    EXPECT_EQ(CoGetStdMarshalEx(nullptr, SMEXF_SERVER, &inner), E_INVALIDARG);
    EXPECT_EQ(CoGetStdMarshalEx(static_cast<ICalc2*>(other.get()), 4, &inner), E_INVALIDARG);
}

}  // namespace
}  // namespace odc::test
