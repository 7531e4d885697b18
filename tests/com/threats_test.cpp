// What bad peers and dying processes do to the runtime, on real processes and daemons: each test is named after its threat.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "dcom.h"
#include "fake_host.h"
#include "hosts.h"

namespace odc::test {

/// Short periods: a test waits for collection times.
std::vector<std::string> own_host_options() { return {"--ping-period", "1"}; }

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// A client without a runtime: activates, and calls as it likes.
class ForeignClient {
  public:
    explicit ForeignClient(const Host& host) : host_(host) {}

    HRESULT activate(std::span<const Guid> iids, COMVERSION version = {5, 7}) {
        orpc::ActivationRequest request;
        request.clsid = kPeerClass;
        request.iids.assign(iids.begin(), iids.end());
        return activate_with(*orpc::write_activation_request(request), version);
    }
    HRESULT activate_with(const std::vector<std::uint8_t>& blob, COMVERSION version = {5, 7}) {
        std::vector<std::uint64_t> memory((sizeof(MInterfacePointer) + blob.size()) / 8 + 1);
        auto* in = reinterpret_cast<MInterfacePointer*>(memory.data());
        in->ulCntData = static_cast<ULONG>(blob.size());
        std::copy(blob.begin(), blob.end(), in->abData);
        ORPCTHIS head{};
        head.version = version;
        ORPCTHAT tail{};
        MInterfacePointer* out = nullptr;
        const auto hr = IRemoteSCMActivator_client(host_.tcp()).RemoteCreateInstance(&head, &tail, nullptr, in, &out);
        if (out) {
            reply = *orpc::read_activation_reply({out->abData, out->ulCntData});
            ndr::task_memory().release(out);
            exporter = rpc::Binding(*reply.bindings.strings.at(0).endpoint("135"));
        }
        return hr ? *hr : hr.code();
    }
    orpc::StdObjRef reference(std::size_t which) const {
        ByteReader in(reply.interfaces.at(which).objref);
        return *orpc::ObjRef::read(in)->standard();
    }
    /// A call with an ORPCTHIS of this version; the fault's status, or the HRESULT behind `results` 32-bit words.
    std::uint32_t call(const orpc::Ipid& ipid, const Guid& iid, std::uint16_t opnum, orpc::ComVersion version,
                       const std::function<void(ndr::Writer&)>& write, int results = 0) {
        rpc::ClientCall made(exporter.association(), {iid, 0, 0}, opnum);
        made.set_object(ipid.guid);
        orpc::write_orpc_this(made.request(), {version, 0, {}});
        write(made.request());
        if (const auto done = made.invoke(); !done) return made.fault_status() ? made.fault_status() : static_cast<std::uint32_t>(done.code());
        orpc::read_orpc_that(made.reply());
        for (int i = 0; i < results; ++i) first_result = made.reply().u32();
        const auto hr = made.reply().u32();
        return made.reply().failed() ? 0xFFFFFFFF : hr;
    }
    std::uint32_t add(const orpc::Ipid& ipid, orpc::ComVersion version = {5, 7}) {
        return call(ipid, IID_ICalc, 3, version, [](ndr::Writer& out) { out.u32(20), out.u32(22); }, 1);
    }
    std::uint32_t process(const orpc::Ipid& ipid) {
        std::uint32_t hr = call(ipid, IID_IPeer, 3, {5, 7}, [](ndr::Writer&) {}, 1);
        EXPECT_EQ(hr, 0u);
        return first_result;
    }
    std::uint32_t release(const orpc::Ipid& ipid, std::uint32_t count) {
        return call(reply.rem_unknown, IID_IRemUnknown, 5, {5, 7}, [&](ndr::Writer& out) {
            out.u16(1);
            out.count(1);
            out.guid(ipid.guid);
            out.u32(count);
            out.u32(0);
        });
    }

    orpc::ActivationReply reply;
    rpc::Binding exporter;
    std::uint32_t first_result = 0;

  private:
    const Host& host_;
};

class Threats : public ::testing::Test {
  protected:
    Host lola{{"--ping-period", "1", "--ping-count", "3"}};
    void SetUp() override { lola.register_peer(); }
};

// 21 ---------------------------------------------------------------------------------------------------------------------

TEST_F(Threats, N21_CallerOfANewerOrAnOlderMajorVersionIsRefusedByTheExporter) {
    ForeignClient client(lola);
    ASSERT_EQ(client.activate({{IID_ICalc}}), S_OK);
    const auto ipid = client.reference(0).ipid;
    for (const orpc::ComVersion version : {orpc::ComVersion{5, 8}, {6, 0}, {4, 7}, {0, 0}})
        EXPECT_EQ(client.add(ipid, version), static_cast<std::uint32_t>(RPC_E_VERSION_MISMATCH)) << version.major << "." << version.minor;
    EXPECT_EQ(client.add(ipid, {5, 1}), 0u) << "a lower minor version is spoken";
    EXPECT_EQ(client.add(ipid, {5, 7}), 0u);
}

TEST_F(Threats, N21_ActivationOfAnotherVersionIsRefusedByTheDaemonAndLogged) {
    ForeignClient client(lola);
    for (const COMVERSION version : {COMVERSION{5, 8}, {6, 0}, {4, 0}})
        EXPECT_EQ(client.activate({{IID_ICalc}}, version), RPC_E_VERSION_MISMATCH);
    EXPECT_EQ(client.activate({{IID_ICalc}}, {5, 1}), S_OK);
    EXPECT_EQ(lola.logged("client speaks COM version 6.0"), 1);
}

TEST_F(Threats, N21_ExporterOfALowerVersionIsCalledInItsOwn) {
    InApartment joined(COINIT_MULTITHREADED);
    FakeHost old;
    old.version = {5, 1};
    auto calc = create_on<ICalc>(old.name());
    ASSERT_TRUE(calc);
    LONG sum = 0;
    EXPECT_EQ(calc->Add(20, 22, &sum), S_OK);
    EXPECT_EQ(sum, 42);
    ASSERT_EQ(old.seen().size(), 1u);
    EXPECT_EQ(old.seen()[0], (orpc::ComVersion{5, 1}));
}

TEST_F(Threats, N21_ExporterOfAHigherMinorVersionIsCalledInOurs) {
    InApartment joined(COINIT_MULTITHREADED);
    FakeHost recent;
    recent.version = {5, 9};
    auto calc = create_on<ICalc>(recent.name());
    ASSERT_TRUE(calc);
    LONG sum = 0;
    EXPECT_EQ(calc->Add(20, 22, &sum), S_OK);
    ASSERT_EQ(recent.seen().size(), 1u);
    EXPECT_EQ(recent.seen()[0], orpc::kComVersion);
}

TEST_F(Threats, N21_ExporterOfAnotherMajorVersionIsRefused) {
    InApartment joined(COINIT_MULTITHREADED);
    for (const orpc::ComVersion version : {orpc::ComVersion{6, 0}, {4, 0}}) {
        FakeHost other;
        other.version = version;
        HRESULT hr = S_OK;
        EXPECT_FALSE(create_on<ICalc>(other.name(), &hr));
        EXPECT_EQ(hr, RPC_E_VERSION_MISMATCH);
        // The same by a reference that somebody handed on, where the resolver is asked.
        const auto bytes = FakeHost::bytes_of(other.objref(IID_ICalc));
        ComPtr<IStream> stream;
        OdcCreateMemoryStream(stream.put());
        stream->Write(bytes.data(), static_cast<ULONG>(bytes.size()), nullptr);
        stream->Seek({}, STREAM_SEEK_SET, nullptr);
        void* none = nullptr;
        EXPECT_EQ(CoUnmarshalInterface(stream.get(), IID_ICalc, &none), RPC_E_VERSION_MISMATCH);
    }
}

// 22 ---------------------------------------------------------------------------------------------------------------------

TEST_F(Threats, N22_ZeroOrTooManyInterfacesAreBadStubData) {
    constexpr HRESULT kBad = HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    std::vector<IID> many(0x8001, IID_ICalc);
    for (const DWORD count : {0u, 0x8001u}) {
        ORPCTHIS head{};
        head.version = {5, 7};
        ORPCTHAT tail{};
        GUID clsid = kPeerClass;
        USHORT protseqs[] = {orpc::kTowerTcp};
        OXID oxid = 0;
        DUALSTRINGARRAY* bindings = nullptr;
        IPID rem_unknown{};
        DWORD hint = 0;
        COMVERSION version{};
        HRESULT hr = S_OK;
        std::vector<MInterfacePointer*> objrefs(many.size());
        std::vector<HRESULT> results(many.size());
        const auto status = IActivation_client(lola.tcp()).RemoteActivation(&head, &tail, &clsid, nullptr, nullptr, 2, 0, count, many.data(), 1, protseqs,
                                                                           &oxid, &bindings, &rem_unknown, &hint, &version, &hr, objrefs.data(), results.data());
        EXPECT_EQ(status.code(), kBad) << count;
    }
    ForeignClient client(lola);
    ASSERT_EQ(client.activate({{IID_ICalc}}), S_OK);
    // The same in the activation properties: cIID stands 24 bytes behind the class in InstantiationInfoData.
    orpc::ActivationRequest request;
    request.clsid = kPeerClass;
    request.iids = {IID_ICalc};
    for (const std::uint32_t count : {0u, 2u, 0x8001u, 0xFFFFFFFFu}) {
        auto blob = *orpc::write_activation_request(request);
        std::uint8_t wanted[16];
        std::memcpy(wanted, &kPeerClass, 16);
        const auto clsid = std::search(blob.begin(), blob.end(), std::begin(wanted), std::end(wanted));
        ASSERT_NE(clsid, blob.end());
        std::memcpy(&*(clsid + 28), &count, 4);
        EXPECT_EQ(client.activate_with(blob), kBad) << count;
    }
    // RemQueryInterface whose count does not match its array.
    const auto ipid = client.reference(0).ipid;
    for (const std::uint16_t count : {std::uint16_t{0}, std::uint16_t{2}, std::uint16_t{0x8001}}) {
        const auto status = client.call(client.reply.rem_unknown, IID_IRemUnknown, 3, {5, 7}, [&](ndr::Writer& out) {
            out.guid(ipid.guid);
            out.u32(1);
            out.u16(count);
            out.count(1);
            out.guid(IID_IPeer);
        });
        EXPECT_EQ(status, static_cast<std::uint32_t>(rpc::kFaultNdr)) << count;
    }
    EXPECT_EQ(client.add(ipid), 0u) << "others are unaffected";
}

TEST_F(Threats, N22_ClientAsksForNoneOrTooManyInterfacesInVain) {
    InApartment joined(COINIT_MULTITHREADED);
    std::vector<MULTI_QI> many(0x8001, MULTI_QI{&IID_ICalc, nullptr, S_OK});
    std::u16string name = u"127.0.0.1[1]";
    COSERVERINFO server{};
    server.pwszName = name.data();
    EXPECT_EQ(CoCreateInstanceEx(kPeerClass, nullptr, CLSCTX_REMOTE_SERVER, &server, 0, many.data()), E_INVALIDARG);
    EXPECT_EQ(CoCreateInstanceEx(kPeerClass, nullptr, CLSCTX_REMOTE_SERVER, &server, 0x8001, many.data()), E_INVALIDARG);
}

// 23, 24 -----------------------------------------------------------------------------------------------------------------

TEST_F(Threats, N23_ActivationRequestsThatLieAreRefusedAndTheDaemonLivesOn) {
    ForeignClient client(lola);
    orpc::ActivationRequest request;
    request.clsid = kPeerClass;
    request.iids = {IID_ICalc};
    const auto good = *orpc::write_activation_request(request);
    int refused = 0;
    for (std::size_t at = 0; at + 4 <= good.size(); at += 4) {
        for (const std::uint32_t lie : {0x80000000u, 0xFFFFFFFFu, 0x7FFFFFFFu}) {
            auto blob = good;
            std::memcpy(&blob[at], &lie, 4);
            if (FAILED(client.activate_with(blob))) ++refused;
        }
    }
    EXPECT_GT(refused, 100);
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{24}, std::size_t{47}, good.size() / 2, good.size() - 1})
        EXPECT_TRUE(FAILED(client.activate_with({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}))) << size;
    EXPECT_EQ(client.activate_with(good), S_OK);
}

TEST_F(Threats, N23_ActivationRepliesThatLieFailTheClientAndNothingElse) {
    InApartment joined(COINIT_MULTITHREADED);
    FakeHost liar;
    std::size_t size = 0;
    liar.spoil = [&](std::vector<std::uint8_t>& reply) { size = reply.size(); };
    ASSERT_TRUE(create_on<ICalc>(liar.name()));
    int refused = 0;
    for (std::size_t at = 0; at + 4 <= size; at += 4) {
        liar.spoil = [&](std::vector<std::uint8_t>& reply) { std::memset(&reply[at], 0xFF, 4); };
        HRESULT hr = S_OK;
        auto calc = create_on<ICalc>(liar.name(), &hr);
        if (FAILED(hr)) ++refused;
        EXPECT_EQ(static_cast<bool>(calc), SUCCEEDED(hr)) << at;
    }
    EXPECT_GT(refused, 50);
    for (const std::size_t left : {std::size_t{0}, std::size_t{23}, std::size_t{48}, size / 2, size - 1}) {
        liar.spoil = [&](std::vector<std::uint8_t>& reply) { reply.resize(left); };
        HRESULT hr = S_OK;
        EXPECT_FALSE(create_on<ICalc>(liar.name(), &hr)) << left;
        EXPECT_TRUE(FAILED(hr)) << left;
    }
    liar.spoil = [](std::vector<std::uint8_t>&) {};
    EXPECT_TRUE(create_on<ICalc>(liar.name()));
}

/// The bytes of an OBJREF with `spoil` applied to its DUALSTRINGARRAY, which starts at byte 64 (24 of header, 40 of STDOBJREF).
HRESULT unmarshal_with(const FakeHost& host, const std::function<void(std::vector<std::uint8_t>&)>& spoil) {
    auto bytes = FakeHost::bytes_of(host.objref(IID_ICalc));
    spoil(bytes);
    ComPtr<IStream> stream;
    OdcCreateMemoryStream(stream.put());
    stream->Write(bytes.data(), static_cast<ULONG>(bytes.size()), nullptr);
    stream->Seek({}, STREAM_SEEK_SET, nullptr);
    ComPtr<ICalc> calc;
    return CoUnmarshalInterface(stream.get(), IID_ICalc, calc.put_void());
}

void put16(std::vector<std::uint8_t>& bytes, std::size_t at, std::size_t value) {
    bytes[at] = static_cast<std::uint8_t>(value);
    bytes[at + 1] = static_cast<std::uint8_t>(value >> 8);
}

TEST_F(Threats, N24_ReferenceWhoseBindingsHaveNoTerminatorOrABadOffsetIsRefused) {
    InApartment joined(COINIT_MULTITHREADED);
    FakeHost host;
    constexpr std::size_t kEntries = 64, kOffset = 66, kUnits = 68;
    for (const bool known : {false, true}) {  // whether the OXID is known already must not matter
        EXPECT_TRUE(FAILED(unmarshal_with(host, [](auto& bytes) {
            for (std::size_t at = kUnits; at < bytes.size(); at += 2) put16(bytes, at, 7);
        }))) << "no terminator at all";
        EXPECT_TRUE(FAILED(unmarshal_with(host, [](auto& bytes) { put16(bytes, kOffset, 0xFFFF); }))) << "offset outside";
        EXPECT_TRUE(FAILED(unmarshal_with(host, [](auto& bytes) { put16(bytes, kOffset, 0); }))) << "offset before any string binding ends";
        EXPECT_TRUE(FAILED(unmarshal_with(host, [](auto& bytes) { put16(bytes, kOffset, 3); }))) << "offset within a string binding";
        EXPECT_TRUE(FAILED(unmarshal_with(host, [](auto& bytes) { put16(bytes, kEntries, 0xFFFF); }))) << "more entries than bytes";
        EXPECT_TRUE(FAILED(unmarshal_with(host, [](auto& bytes) { put16(bytes, kEntries, (bytes.size() - kUnits) / 2 - 1); }))) << "cut terminator";
        if (!known) {
            EXPECT_EQ(unmarshal_with(host, [](auto&) {}), S_OK);
        }
    }
}

TEST_F(Threats, N24_ActivationReplyWithBadBindingsIsRefused) {
    InApartment joined(COINIT_MULTITHREADED);
    FakeHost host;
    // The exporter's own bindings in ScmReplyInfoData: conformance, wNumEntries and wSecurityOffset stand together.
    std::uint16_t offset = 0;
    const auto count = static_cast<std::uint16_t>(host.bindings().units(offset).size());
    const std::uint8_t front[] = {static_cast<std::uint8_t>(count), 0, 0, 0, static_cast<std::uint8_t>(count), 0, static_cast<std::uint8_t>(offset), 0};
    for (const std::uint16_t lie : {std::uint16_t{0}, std::uint16_t{3}, std::uint16_t{0xFFFF}}) {
        bool found = false;
        host.spoil = [&](std::vector<std::uint8_t>& reply) {
            const auto at = std::search(reply.begin(), reply.end(), std::begin(front), std::end(front));
            found = at != reply.end();
            if (found) put16(reply, static_cast<std::size_t>(at - reply.begin()) + 6, lie);
        };
        HRESULT hr = S_OK;
        EXPECT_FALSE(create_on<ICalc>(host.name(), &hr)) << lie;
        EXPECT_TRUE(found);
        EXPECT_TRUE(FAILED(hr)) << lie;
    }
}

// 25 ---------------------------------------------------------------------------------------------------------------------

TEST_F(Threats, N25_ReleaseOfMoreThanHeldEndsThatObjectAndNoOther) {
    InApartment joined(COINIT_MULTITHREADED);
    auto calc = create_on<ICalc>(lola.name());
    ASSERT_TRUE(calc);
    ForeignClient greedy(lola);
    ASSERT_EQ(greedy.activate({{IID_ICalc}}), S_OK);
    const auto own = greedy.reference(0).ipid;
    EXPECT_EQ(greedy.release(own, 0xFFFFFFFF), 0u);
    EXPECT_EQ(greedy.add(own), static_cast<std::uint32_t>(RPC_E_DISCONNECTED));
    EXPECT_EQ(greedy.release(own, 5), 0u) << "an IPID that is no more is passed over";
    LONG sum = 0;
    EXPECT_EQ(calc->Add(1, 2, &sum), S_OK) << "another client's object in the same server";
}

TEST_F(Threats, N25_IpidsOfNobodyAndOfOtherProcessesAreIgnoredOrRefused) {
    InApartment joined(COINIT_MULTITHREADED);
    auto calc = create_on<ICalc>(lola.name());
    ASSERT_TRUE(calc);
    Host other;
    other.register_peer();
    ForeignClient elsewhere(other), here(lola);
    ASSERT_EQ(elsewhere.activate({{IID_ICalc}}), S_OK);
    ASSERT_EQ(here.activate({{IID_ICalc}}), S_OK);
    auto guessed = here.reference(0).ipid;
    guessed.guid.Data4[7] ^= 1;
    for (const auto& ipid : {elsewhere.reference(0).ipid, guessed, orpc::Ipid{}, here.reply.rem_unknown}) {
        EXPECT_EQ(here.release(ipid, 5), 0u) << "passed over, MS-DCOM 3.1.1.5.6.1.3";
        const auto query = here.call(here.reply.rem_unknown, IID_IRemUnknown, 3, {5, 7}, [&](ndr::Writer& out) {
            out.guid(ipid.guid);
            out.u32(1);
            out.u16(1);
            out.count(1);
            out.guid(IID_IPeer);
        }, 1);
        EXPECT_EQ(query, static_cast<std::uint32_t>(RPC_E_INVALID_OBJECT)) << "MS-DCOM 3.1.1.5.6.1.1";
    }
    EXPECT_EQ(here.add(here.reference(0).ipid), 0u);
    EXPECT_EQ(elsewhere.add(elsewhere.reference(0).ipid), 0u);
    LONG sum = 0;
    EXPECT_EQ(calc->Add(1, 2, &sum), S_OK);
}

// 27 ---------------------------------------------------------------------------------------------------------------------

TEST_F(Threats, N27_KilledClientsReferencesGoOnceAtTheEndOfTheCollectionTime) {
    InApartment joined(COINIT_MULTITHREADED);
    auto peer = create_on<IPeer>(lola.name());
    ASSERT_TRUE(peer);
    LONG process = 0, objects = 0;
    ASSERT_EQ(peer->Process(&process), S_OK);
    Child client({ODC_PEER, "--hold", to_string(kPeerClass), lola.name()}, {});
    ASSERT_EQ(client.read_line(), std::to_string(process)) << "both use one server";
    ASSERT_EQ(peer->Objects(&objects), S_OK);
    ASSERT_EQ(objects, 2);
    const auto killed = Clock::now();
    client.signal(SIGKILL);
    client.wait();
    while (Clock::now() - killed < 20s && objects == 2) {
        ASSERT_EQ(peer->Objects(&objects), S_OK);
        std::this_thread::sleep_for(20ms);  // the thing to watch is time itself
    }
    EXPECT_EQ(objects, 1) << "the killed client's object has gone, ours has not";
    EXPECT_GE(Clock::now() - killed, 2s) << "not before the collection time, three periods of a second from the last ping on";
    const auto seen = Clock::now();
    while (Clock::now() - seen < 4s) {  // our own references live through more than another collection time
        ASSERT_EQ(peer->Objects(&objects), S_OK);
        ASSERT_EQ(objects, 1);
        std::this_thread::sleep_for(100ms);
    }
    Watched server(process);
    peer.reset();
    EXPECT_TRUE(server.ends_within(10s)) << "the last reference of the last client";
}

TEST_F(Threats, N27_LatePingBeforeTheEndKeepsTheReferences) {
    ForeignClient client(lola);
    ASSERT_EQ(client.activate({{IID_IPeer, IID_ICalc}}), S_OK);
    IObjectExporter_client resolver(lola.tcp());
    OID oid = static_cast<OID>(client.reference(0).oid);
    SETID set = 0;
    USHORT backoff = 0;
    ASSERT_EQ(*resolver.ComplexPing(&set, 1, 1, 0, &oid, nullptr, &backoff), 0u);
    const auto ipid = client.reference(1).ipid;
    Watched server(static_cast<pid_t>(client.process(client.reference(0).ipid)));
    for (int i = 0; i < 4; ++i) {  // each ping comes late, two of the three periods after the one before
        std::this_thread::sleep_for(2s);
        ASSERT_EQ(*resolver.SimplePing(&set), 0u);
    }
    EXPECT_EQ(client.add(ipid), 0u) << "8 s after the activation, with a collection time of 3 s";
    EXPECT_TRUE(server.ends_within(20s)) << "without pings the object goes, and its server with it";
}

// 28 ---------------------------------------------------------------------------------------------------------------------

/// Ends the server that calls it.
class Killer final : public implements<ICalc2, ICalc> {
  public:
    explicit Killer(pid_t victim) : victim_(victim) {}
    HRESULT STDMETHODCALLTYPE Add(LONG, LONG, LONG* sum) override {
        killed = Clock::now();
        victim_.kill();
        EXPECT_TRUE(victim_.ends_within(10s));
        *sum = 0;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE AddThrough(ICalc*, LONG, LONG, LONG*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Fail(HRESULT) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Throw() override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Child(ICalc**) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Thread(LONG*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Twice(LONG*) override { return E_NOTIMPL; }
    Clock::time_point killed;

  private:
    Watched victim_;
};

bool says_that_the_server_is_gone(HRESULT hr) {
    return hr == RPC_E_DISCONNECTED || hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) || hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED);
}

void killed_in_a_call(const std::function<ComPtr<IPeer>()>& create) {
    auto peer = create();
    ASSERT_TRUE(peer);
    LONG process = 0, sum = 0;
    ASSERT_EQ(peer->Process(&process), S_OK);
    auto calc = peer.as<ICalc>();
    ASSERT_TRUE(calc);
    auto killer = ComPtr<Killer>::attach(new Killer(process));
    const HRESULT hr = calc->AddThrough(static_cast<ICalc2*>(killer.get()), 1, 2, &sum);
    EXPECT_LT(Clock::now() - killer->killed, 1s);
    EXPECT_TRUE(says_that_the_server_is_gone(hr)) << std::hex << hr;
    EXPECT_TRUE(says_that_the_server_is_gone(calc->Add(1, 2, &sum))) << "later calls, too";
    auto next = create();
    ASSERT_TRUE(next);
    LONG other = 0;
    EXPECT_EQ(next->Process(&other), S_OK);
    EXPECT_NE(other, process);
}

TEST_F(Threats, N28_ServerOfAnotherHostKilledInACall) {
    for (const DWORD kind : {DWORD{COINIT_MULTITHREADED}, DWORD{COINIT_APARTMENTTHREADED}}) {
        InApartment joined(kind);
        killed_in_a_call([&] { return create_on<IPeer>(lola.name()); });
    }
}

TEST_F(Threats, N28_LocalServerKilledInACall) {
    own_host().register_peer();
    for (const DWORD kind : {DWORD{COINIT_MULTITHREADED}, DWORD{COINIT_APARTMENTTHREADED}}) {
        InApartment joined(kind);
        killed_in_a_call([] {
            ComPtr<IPeer> peer;
            EXPECT_EQ(CoCreateInstance(kPeerClass, nullptr, CLSCTX_LOCAL_SERVER, IID_IPeer, peer.put_void()), S_OK);
            return peer;
        });
    }
}

// 29 ---------------------------------------------------------------------------------------------------------------------

TEST_F(Threats, N29_ServerThatNeverRegistersIsStartedOnceForAHundredClientsAndEndedWithItsGroup) {
    Host slow({"--launch-timeout", "2"});
    slow.register_peer("--never");
    ::setenv("OPENDCOM_HOME", slow.home().c_str(), 1);
    std::atomic<int> failed{0};
    {
        InApartment joined(COINIT_MULTITHREADED);
        std::vector<std::thread> clients;
        for (int i = 0; i < 100; ++i)
            clients.emplace_back([&] {
                ComPtr<IPeer> peer;
                if (CoCreateInstance(kPeerClass, nullptr, CLSCTX_LOCAL_SERVER, IID_IPeer, peer.put_void()) == CO_E_SERVER_EXEC_FAILURE) ++failed;
            });
        for (auto& client : clients) client.join();
    }
    ::setenv("OPENDCOM_HOME", own_host().home().c_str(), 1);
    EXPECT_EQ(failed, 100);
    ASSERT_EQ(slow.logged("started process "), 1);
    const auto log = slow.log();
    const pid_t group = std::atoi(log.c_str() + log.find("started process ") + std::strlen("started process "));
    const auto until = Clock::now() + 10s;
    while (::kill(-group, 0) == 0 && Clock::now() < until) std::this_thread::yield();  // the child of the server is in its group
    EXPECT_NE(::kill(-group, 0), 0) << "its process group has ended";
    EXPECT_NE(log.find("0x80080005"), std::string::npos) << "the log says so";
}

}  // namespace
}  // namespace odc::test
