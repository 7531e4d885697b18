// Sources as projects have them: that their headers, proxies, clients and servers compile and link is most of the test.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "hello.h"
#include "library.h"
#include "ms-rrp.h"
#include "ms-scmr.h"
#include "opcda.h"
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile opcda_ProxyFile, unnamed_ProxyFile, ms_com_ProxyFile, ms_comev_ProxyFile;

// What the sources leave to the program.
extern "C" {
void YEAR_to_xmit(YEAR* year, LONG** sent) { *sent = new LONG(*year); }
void YEAR_free_xmit(LONG* sent) { delete sent; }
void YEAR_from_xmit(LONG* sent, YEAR* year) { *year = static_cast<YEAR>(*sent); }
void YEAR_free_inst(YEAR*) {}
}

namespace {

std::vector<std::string> names(const odc::com::ProxyFile& file) {
    std::vector<std::string> all;
    for (const auto& one : file.interfaces) all.emplace_back(one.name);
    return all;
}

TEST(Projects, InterfacesOfOpcDataAccessHaveProxies) {
    EXPECT_EQ(names(opcda_ProxyFile),
              (std::vector<std::string>{"IOPCServer", "IOPCBrowseServerAddressSpace", "IOPCGroupStateMgt", "IOPCSyncIO", "IOPCItemMgt", "IEnumOPCItemAttributes",
                                        "IOPCDataCallback", "IOPCAsyncIO2", "IOPCItemProperties", "IOPCBrowse", "IOPCItemIO"}));
}

TEST(Projects, TypesWithoutTagsAreSent) { EXPECT_EQ(names(unnamed_ProxyFile), std::vector<std::string>{"IUnnamed"}); }

TEST(Projects, InterfacesOfTheSpecificationsHaveProxies) {
    EXPECT_EQ(names(ms_com_ProxyFile), std::vector<std::string>{"ITransactionStream"});
    EXPECT_GT(names(ms_comev_ProxyFile).size(), 10u);
}

TEST(Projects, RawInterfacesHaveClientsAndServers) {
    EXPECT_EQ(hello_spec.methods.size(), 2u);
    EXPECT_EQ(book_library_spec.methods.size(), 14u) << "the callback is not among them";
    EXPECT_EQ(winreg_spec.methods.size(), 36u);
    EXPECT_GT(svcctl_spec.methods.size(), 60u);
}

}  // namespace
