"""python3-impacket as a client of dcomd: endpoint mapper, ServerAlive2, both activators, pings."""
import sys

try:
    from impacket.dcerpc.v5 import dcomrt, epm, transport
    from impacket.dcerpc.v5.dtypes import NULL
    from impacket.dcerpc.v5.rpcrt import DCERPCException
    from impacket.uuid import generate, string_to_bin
except ImportError as missing:
    sys.exit(f"python3-impacket is missing: the judge fails ({missing})")

from daemon import CLSID, Daemon, fail

CLASS = string_to_bin(CLSID.strip("{}"))
UNKNOWN_CLASS = string_to_bin("11111111-2222-3333-4444-555555555555")
IID_IUNKNOWN = string_to_bin("00000000-0000-0000-C000-000000000046")
TCP = 7


def connect(binding, interface=None):
    dce = transport.DCERPCTransportFactory(binding).get_dce_rpc()
    dce.connect()
    if interface:
        dce.bind(interface)
    return dce


def request_head(call):
    call["ORPCthis" if "ORPCthis" in call.fields else "orpcthis"]["cid"] = generate()
    head = call["ORPCthis" if "ORPCthis" in call.fields else "orpcthis"]
    head["version"]["MajorVersion"] = 5
    head["version"]["MinorVersion"] = 7
    head["extensions"] = NULL
    head["flags"] = 1


def objref_of(interface_data):
    return dcomrt.OBJREF_STANDARD(b"".join(interface_data["abData"]))


def dump_endpoints(daemon):
    entries = epm.hept_lookup(None, dce=connect(daemon.binding))
    interfaces = {str(entry["tower"]["Floors"][0]) for entry in entries}
    if len(interfaces) < 3:
        fail(f"endpoint map: {interfaces}")
    mapped = epm.hept_map("127.0.0.1", dcomrt.IID_IObjectExporter, dce=connect(daemon.binding), protocol="ncacn_ip_tcp")
    if mapped != f"ncacn_ip_tcp:127.0.0.1[{daemon.port}]":
        fail(f"ept_map: {mapped}")


def server_alive(daemon):
    dce = connect(daemon.binding, dcomrt.IID_IObjectExporter)
    exporter = dcomrt.IObjectExporter(dce)
    bindings = exporter.ServerAlive2()
    names = [binding["aNetworkAddr"].rstrip("\0") for binding in bindings]
    if names != [f"127.0.0.1[{daemon.port}]"]:
        fail(f"ServerAlive2: {names}")
    if exporter.ServerAlive()["ErrorCode"] != 0:
        fail("ServerAlive")
    return dce


def remote_activation(daemon, clsid=CLASS):
    dce = connect(daemon.binding, dcomrt.IID_IActivation)
    call = dcomrt.RemoteActivation()
    request_head(call)
    call["Clsid"] = clsid
    call["pwszObjectName"] = NULL
    call["pObjectStorage"] = NULL
    call["ClientImpLevel"] = 2
    call["Mode"] = 0
    call["Interfaces"] = 1
    iid = dcomrt.IID()
    iid["Data"] = IID_IUNKNOWN
    call["pIIDs"].append(iid)
    call["cRequestedProtseqs"] = 1
    call["aRequestedProtseqs"].append(TCP)
    return dce.request(call)


def check_remote_activation(daemon):
    answer = remote_activation(daemon)
    if answer["phr"] != 0 or answer["pResults"][0]["Data"] != 0:
        fail(f"RemoteActivation: {answer['phr']:x}")
    if (answer["pServerVersion"]["MajorVersion"], answer["pServerVersion"]["MinorVersion"]) != (5, 7):
        fail("version of the server")
    objref = objref_of(answer["ppInterfaceData"][0])
    if objref["std"]["oxid"] != answer["pOxid"]:
        fail("the OBJREF's OXID differs from the one returned")
    return objref


def check_create_instance(daemon):
    unknown = dcomrt.IRemoteSCMActivator(connect(daemon.binding)).RemoteCreateInstance(CLASS, IID_IUNKNOWN)
    if unknown.get_oid() == 0 or unknown.get_ipidRemUnknown() == b"\0" * 16:
        fail("RemoteCreateInstance gave no object")
    factory = dcomrt.IRemoteSCMActivator(connect(daemon.binding)).RemoteGetClassObject(CLASS, IID_IUNKNOWN)
    if factory.get_oid() == unknown.get_oid():
        fail("RemoteGetClassObject gave the same object")
    try:
        dcomrt.IRemoteSCMActivator(connect(daemon.binding)).RemoteCreateInstance(UNKNOWN_CLASS, IID_IUNKNOWN)
    except DCERPCException as error:
        if "REGDB_E_CLASSNOTREG" not in str(error):
            fail(f"unknown class: {error}")
    else:
        fail("an unknown class was created")


def check_pings(dce, oid):
    exporter = dcomrt.IObjectExporter(dce)
    set_id = exporter.ComplexPing(setId=0, sequenceNum=1, addToSet=[oid], delFromSet=[])["pSetId"]
    if set_id == 0:
        fail("ComplexPing gave no set")
    if exporter.SimplePing(set_id)["ErrorCode"] != 0:
        fail("SimplePing")
    exporter.ComplexPing(setId=set_id, sequenceNum=2, addToSet=[], delFromSet=[oid])
    try:
        exporter.SimplePing(set_id ^ 1)
    except DCERPCException as error:
        if error.get_error_code() != 1912:
            fail(f"unknown set: {error}")
    else:
        fail("an unknown set was pinged")


with Daemon() as daemon:
    dump_endpoints(daemon)
    resolver = server_alive(daemon)
    activated = check_remote_activation(daemon)
    check_create_instance(daemon)
    check_pings(resolver, activated["std"]["oid"])

with Daemon(options=()) as daemon:
    try:
        status = remote_activation(daemon)["ErrorCode"]
    except DCERPCException as error:
        status = error.get_error_code()
    if status not in (5, 0x80070005):
        fail(f"unauthenticated activation was not denied: {status:x}")
print("impacket: endpoint mapper, resolver, activators and pings as expected")
