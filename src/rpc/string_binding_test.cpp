#include "opendcom/rpc/string_binding.h"

#include <gtest/gtest.h>

#include "base/guid.h"

namespace odc::rpc {
namespace {

using Protocol = Endpoint::Protocol;

TEST(StringBindings, AreReadAndWritten) {
    const struct {
        const char* text;
        Endpoint endpoint;
        bool object = false;
        std::size_t options = 0;
    } cases[] = {
        {"ncacn_ip_tcp:lola[135]", {Protocol::ncacn_ip_tcp, "lola", "135"}},
        {"ncacn_ip_tcp:10.0.0.1", {Protocol::ncacn_ip_tcp, "10.0.0.1", ""}},
        {"ncacn_ip_tcp:fe80::1[135]", {Protocol::ncacn_ip_tcp, "fe80::1", "135"}},
        {"ncacn_ip_tcp:", {Protocol::ncacn_ip_tcp, "", ""}},
        {"ncalrpc:[\\[odd\\,name\\]]", {Protocol::ncalrpc, "", "[odd,name]"}},
        {"ncalrpc:[/run/opendcom/dcomd.sock]", {Protocol::ncalrpc, "", "/run/opendcom/dcomd.sock"}},
        {"6b29fc40-ca47-1067-b31d-00dd010662da@ncacn_ip_tcp:lola[135]", {Protocol::ncacn_ip_tcp, "lola", "135"}, true},
        {"ncacn_ip_tcp:lola[135,security=privacy,a=b]", {Protocol::ncacn_ip_tcp, "lola", "135"}, false, 2},
    };
    for (const auto& wanted : cases) {
        auto binding = StringBinding::parse(wanted.text);
        ASSERT_TRUE(binding) << wanted.text << ": " << binding.error().text();
        EXPECT_EQ(binding->endpoint, wanted.endpoint) << wanted.text;
        EXPECT_EQ(binding->object.has_value(), wanted.object);
        EXPECT_EQ(binding->options.size(), wanted.options);
        EXPECT_EQ(binding->to_string(), wanted.text);
    }
    EXPECT_EQ(StringBinding::parse("ncacn_ip_tcp:lola[endpoint=135]")->endpoint.endpoint, "135");
}

TEST(StringBindings, AreRefused) {
    EXPECT_EQ(StringBinding::parse("").code(), HRESULT_FROM_WIN32(RPC_S_INVALID_STRING_BINDING));
    EXPECT_EQ(StringBinding::parse("lola").code(), HRESULT_FROM_WIN32(RPC_S_INVALID_STRING_BINDING));
    EXPECT_EQ(StringBinding::parse("ncacn_np:lola").code(), HRESULT_FROM_WIN32(RPC_S_PROTSEQ_NOT_SUPPORTED));
    EXPECT_EQ(StringBinding::parse("ncacn_ip_tcp:lola[135").code(), HRESULT_FROM_WIN32(RPC_S_INVALID_STRING_BINDING));
    EXPECT_EQ(StringBinding::parse("ncacn_ip_tcp:lola[135]x").code(), HRESULT_FROM_WIN32(RPC_S_INVALID_STRING_BINDING));
    EXPECT_EQ(StringBinding::parse("ncacn_ip_tcp:lola[135,136]").code(), HRESULT_FROM_WIN32(RPC_S_INVALID_STRING_BINDING));
    EXPECT_EQ(StringBinding::parse("x@ncacn_ip_tcp:lola").code(), HRESULT_FROM_WIN32(RPC_S_INVALID_STRING_UUID));
    EXPECT_EQ(StringBinding::parse("ncacn_ip_tcp:lola[\\").code(), HRESULT_FROM_WIN32(RPC_S_INVALID_STRING_BINDING));
}

TEST(Endpoints, AreReadAndWritten) {
    for (const char* text : {"ncacn_ip_tcp:lola[135]", "ncacn_ip_tcp:::1[135]", "ncalrpc:[/tmp/x]"}) EXPECT_EQ(Endpoint::parse(text)->to_string(), text);
    EXPECT_FALSE(Endpoint::parse("nonsense"));
    EXPECT_FALSE(Endpoint::parse("ncacn_ip_tcp:lola[135"));
    EXPECT_FALSE(Endpoint::parse("ncadg_ip_udp:lola[135]"));
}

}  // namespace
}  // namespace odc::rpc
