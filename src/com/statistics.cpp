#include "com/activation.h"
#include "com/channel.h"
#include "com/export_table.h"
#include "com/import_table.h"
#include "com/ping_client.h"

WINOLEAPI_(void) OdcGetStatistics(OdcStatistics* statistics) {
    using namespace odc::com;
    if (!statistics) return;
    *statistics = {remote_call_count(), remote_activation_count(), local_activation_count(),
                   PingClient::ping_count(), ExportTable::count(), ImportTable::count()};
}

WINOLEAPI CoInitializeSecurity(void*, LONG, void*, void*, DWORD, DWORD, void*, DWORD, void*) {
    // Without security providers the process-wide settings are those of ncalrpc and unauthenticated TCP; see docs.
    return S_OK;
}
