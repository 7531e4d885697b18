// A local server of Desk.Notebook.
#include "../com/local_server.h"
#include "desk_object.h"
#include "opendcom/com/interface_info.h"

extern "C" const odc::com::ProxyFile desk_ProxyFile;

int main(int argc, char** argv) {
    using odc::test::LocalServer;
    odc::com::register_proxy_file(desk_ProxyFile);
    return LocalServer::run(argc, argv, [] { return static_cast<odc::test::INotebook*>(new odc::test::Notebook(LocalServer::object_gone)); });
}
