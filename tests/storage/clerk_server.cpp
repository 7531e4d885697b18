// A local server of IClerk.
#include "../com/local_server.h"
#include "clerk_object.h"
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile clerk_ProxyFile;

int main(int argc, char** argv) {
    using odc::test::LocalServer;
    odc::com::register_proxy_file(clerk_ProxyFile);
    return LocalServer::run(argc, argv, [] { return static_cast<IClerk*>(new odc::test::Clerk(LocalServer::object_gone)); });
}
