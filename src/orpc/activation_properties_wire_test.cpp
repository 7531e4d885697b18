// The hand-written codec of the activation properties before the functions that MIDL makes of idl/remoteactivation.idl.
#include <gtest/gtest.h>

#include "orpc/activation_properties.h"
#include "orpc/objref.h"
#include "orpc/type_serialization.h"
#include "remoteactivation_t.h"

namespace odc::orpc {
namespace {

const Guid kPager{0x11223344, 0x5566, 0x7788, {1, 2, 3, 4, 5, 6, 7, 8}};
const Guid kUnknown{0, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}};

/// A BLOB as MIDL's functions see it: its header, and a reader for each property.
struct Blob {
    std::vector<std::uint8_t> bytes;
    CustomHeader header{};
    SerializedReader header_reader;
    std::vector<std::span<const std::uint8_t>> properties;

    explicit Blob(const ObjrefBytes& objref) {
        ByteReader in(objref);
        auto ref = ObjRef::read(in);
        bytes = std::get<CustomRef>(ref->body).data;
        const auto blob = std::span<const std::uint8_t>(bytes).subspan(8);
        EXPECT_TRUE(header_reader.begin(blob).ok());
        ndr_read(header_reader.value(), header, false);
        EXPECT_FALSE(header_reader.value().failed());
        EXPECT_EQ(header.totalSize, blob.size());
        auto rest = blob.subspan(header.headerSize);
        for (DWORD i = 0; i < header.cIfs; ++i) {
            properties.push_back(rest.first(header.pSizes[i]));
            rest = rest.subspan(header.pSizes[i]);
        }
        EXPECT_TRUE(rest.empty());
    }
    template <class T>
    void read(std::uint32_t first, SerializedReader& reader, T& value) const {
        for (DWORD i = 0; i < header.cIfs; ++i) {
            if (header.pclsid[i].Data1 != first) continue;
            ASSERT_TRUE(reader.begin(properties[i]).ok());
            ndr_read(reader.value(), value, false);
            EXPECT_FALSE(reader.value().failed());
            EXPECT_LT(reader.value().left(), 8u) << "only padding is left";
            return;
        }
        FAIL() << "no property";
    }
};

TEST(ActivationWire, RequestIsWhatMidlReads) {
    ActivationRequest request;
    request.clsid = kPager;
    request.iids = {kUnknown, kPager};
    request.protseqs = {kTowerTcp, kTowerLocal};
    request.file_name = u"/tmp/x";
    request.storage = {1, 2, 3};
    request.session_id = 7;
    const Blob blob(*write_activation_request(request));
    SerializedReader reader;
    InstantiationInfoData instantiation{};
    blob.read(0x1AB, reader, instantiation);
    EXPECT_EQ(instantiation.classId, kPager);
    ASSERT_EQ(instantiation.cIID, 2u);
    EXPECT_EQ(instantiation.pIID[1], kPager);
    EXPECT_EQ(instantiation.thisSize, blob.header.pSizes[1]);
    EXPECT_EQ(instantiation.clientCOMVersion.MinorVersion, 7);
    SpecialPropertiesData special{};
    blob.read(0x1B9, reader, special);
    EXPECT_EQ(special.dwSessionId, 7u);
    EXPECT_EQ(special.dwOrigClsctx, request.class_context);
    ActivationContextInfoData context{};
    blob.read(0x1A5, reader, context);
    ASSERT_NE(context.pIFDClientCtx, nullptr);
    EXPECT_EQ(context.pIFDPrototypeCtx, nullptr);
    LocationInfoData location{};
    blob.read(0x1A4, reader, location);
    EXPECT_EQ(location.machineName, nullptr);
    ScmRequestInfoData scm{};
    blob.read(0x1AA, reader, scm);
    ASSERT_NE(scm.remoteRequest, nullptr);
    ASSERT_EQ(scm.remoteRequest->cRequestedProtseqs, 2);
    EXPECT_EQ(scm.remoteRequest->pRequestedProtseqs[1], kTowerLocal);
    InstanceInfoData instance{};
    blob.read(0x1AD, reader, instance);
    EXPECT_EQ(std::u16string(reinterpret_cast<const char16_t*>(instance.fileName)), u"/tmp/x");
    ASSERT_NE(instance.ifdStg, nullptr);
    EXPECT_EQ(instance.ifdStg->ulCntData, 3u);
}

TEST(ActivationWire, RequestWithoutASessionHasNoSpecialProperties) {
    ActivationRequest request;
    request.clsid = kPager;
    request.iids = {kUnknown};
    const Blob blob(*write_activation_request(request));
    ASSERT_EQ(blob.header.cIfs, 4u);
    for (unsigned i = 0; i < 4; ++i) EXPECT_NE(blob.header.pclsid[i].Data1, 0x1B9u);
}

TEST(ActivationWire, ReplyIsWhatMidlReads) {
    ActivationReply reply;
    reply.oxid = Oxid{0x0102030405060708};
    reply.bindings.strings = {{kTowerTcp, "10.0.0.2[4711]"}};
    reply.rem_unknown = Ipid{kPager};
    reply.authentication_hint = 5;
    reply.interfaces = {{kUnknown, S_OK, {1, 2, 3}}, {kPager, E_NOINTERFACE, {}}};
    const Blob blob(*write_activation_reply(reply));
    SerializedReader reader;
    ScmReplyInfoData scm{};
    blob.read(0x1B6, reader, scm);
    ASSERT_NE(scm.remoteReply, nullptr);
    EXPECT_EQ(scm.remoteReply->Oxid, 0x0102030405060708u);
    EXPECT_EQ(scm.remoteReply->ipidRemUnknown, kPager);
    EXPECT_EQ(scm.remoteReply->authnHint, 5u);
    std::uint16_t offset = 0;
    EXPECT_EQ(scm.remoteReply->pdsaOxidBindings->wNumEntries, reply.bindings.units(offset).size());
    PropsOutInfo props{};
    blob.read(0x339, reader, props);
    ASSERT_EQ(props.cIfs, 2u);
    EXPECT_EQ(props.phresults[1], E_NOINTERFACE);
    ASSERT_NE(props.ppIntfData[0], nullptr);
    EXPECT_EQ(props.ppIntfData[0]->ulCntData, 3u);
    EXPECT_EQ(props.ppIntfData[1], nullptr);
}

}  // namespace
}  // namespace odc::orpc
