"""python3-impacket as a client: bind, calls, faults, fragments, alter_context, the management interface."""
import sys

try:
    from impacket.dcerpc.v5 import mgmt, rpcrt, transport
    from impacket.dcerpc.v5.rpcrt import DCERPCException
    from impacket.uuid import uuidtup_to_bin
except ImportError as missing:
    sys.exit(f"python3-impacket is missing: the judge fails ({missing})")
import struct

from judged import Server, fail

TEST = uuidtup_to_bin(("8a1b2c30-1122-3344-5566-778899aabbcc", "1.2"))
OTHER = uuidtup_to_bin(("8a1b2c31-1122-3344-5566-778899aabbcc", "3.0"))


def call(dce, opnum, stub=b"", uuid=None):
    dce.call(opnum, stub, uuid)
    return dce.recv()


def expect_fault(dce, opnum, stub, text):
    try:
        call(dce, opnum, stub)
    except DCERPCException as fault:
        if text not in str(fault):
            fail(f"fault {fault}, not {text}")
        return
    fail(f"no fault {text}")


with Server() as server:
    binding = f"ncacn_ip_tcp:127.0.0.1[{server.port}]"

    def connect(interface):
        dce = transport.DCERPCTransportFactory(binding).get_dce_rpc()
        dce.connect()
        dce.bind(interface)
        return dce

    dce = connect(TEST)
    for a, b in ((1, 2), (-5, 3), (2**30, 7)):
        if struct.unpack("<i", call(dce, 1, struct.pack("<ii", a, b)))[0] != a + b:
            fail("add")
    for size in (0, 1, 1000, 5816, 5817, 70000, 300000):
        payload = bytes(i * 7 & 255 for i in range(size))
        if call(dce, 2, struct.pack("<I", size) + payload)[4:] != payload:
            fail(f"echo of {size}")
    dce.set_max_fragment_size(100)
    payload = bytes(i & 255 for i in range(3000))
    if call(dce, 2, struct.pack("<I", 3000) + payload)[4:] != payload:
        fail("echo in fragments of 100")
    dce.set_max_fragment_size(-1)
    if call(dce, 5, b"", uuidtup_to_bin(("12345678-1234-1234-1234-123456789abc", "0.0"))[:16]) != \
            uuidtup_to_bin(("12345678-1234-1234-1234-123456789abc", "0.0"))[:16]:
        fail("object UUID")
    expect_fault(dce, 77, b"", "nca_s_op_rng_error")
    expect_fault(dce, 3, struct.pack("<I", 5), "access")
    expect_fault(dce, 3, struct.pack("<I", 0x6F7), "bad_stub_data")
    other = dce.alter_ctx(OTHER)
    if struct.unpack("<I", call(other, 0))[0] != 42:
        fail("call on an altered context")
    if struct.unpack("<i", call(dce, 1, struct.pack("<ii", 20, 22)))[0] != 42:
        fail("call after an alter_context")
    try:
        connect(uuidtup_to_bin(("00000000-1122-3344-5566-778899aabbcc", "1.0")))
        fail("an unknown interface is accepted")
    except DCERPCException as refused:
        if "abstract_syntax_not_supported" not in str(refused):
            fail(f"unknown interface refused by {refused}")

    dce = connect(mgmt.MSRPC_UUID_MGMT)
    ids = mgmt.hinq_if_ids(dce)
    found = [entry["Data"]["Uuid"] for entry in ids["if_id_vector"]["if_id"]]
    for wanted in (TEST[:16], OTHER[:16], mgmt.MSRPC_UUID_MGMT[:16]):
        if wanted not in found:
            fail("inq_if_ids lacks an interface")
    stats = mgmt.hinq_stats(dce)
    if stats["count"] != 4:
        fail("inq_stats")
    if dce.request(mgmt.is_server_listening(), checkError=False)["status"] != 0:
        fail("is_server_listening")
    if dce.request(mgmt.stop_server_listening(), checkError=False)["status"] != 5:
        fail("stop_server_listening is allowed")
    print("impacket is content:", len(found), "interfaces")
