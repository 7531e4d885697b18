"""python3-impacket's client of the remote registry against a server whose stubs are ours: context handles, counted texts, sized arrays."""
import os
import subprocess
import sys

try:
    from impacket import system_errors
    from impacket.dcerpc.v5 import rrp, transport
    from impacket.dcerpc.v5.dtypes import NULL
    from impacket.dcerpc.v5.rpcrt import DCERPCException
except ImportError as missing:
    sys.exit(f"python3-impacket is missing: the judge fails ({missing})")


def fail(text):
    sys.exit(f"FAILED: {text}")


def expect(found, wanted, what):
    if found != wanted:
        fail(f"{what}: {found!r}, not {wanted!r}")


def refused(error, call, *arguments):
    try:
        call(*arguments)
    except DCERPCException as why:
        if error == why.get_error_code() or (isinstance(error, str) and error in str(why)):
            return
        fail(f"{call.__name__} ends in {why}, not {error}")
    fail(f"{call.__name__} did not end in {error}")


def connect(binding):
    dce = transport.DCERPCTransportFactory(binding).get_dce_rpc()
    dce.connect()
    dce.bind(rrp.MSRPC_UUID_RRP)
    return dce


def talk(dce):
    root = rrp.hOpenLocalMachine(dce)["phKey"]
    made = rrp.hBaseRegCreateKey(dce, root, "Software\\OpenDCOM\\Judge")
    expect(made["lpdwDisposition"], 1, "disposition of a new key")
    key = made["phkResult"]
    again = rrp.hBaseRegCreateKey(dce, root, "Software\\OpenDCOM\\Judge")
    expect(again["lpdwDisposition"], 2, "disposition of a key that was there")
    for name, kind, data in (("text", rrp.REG_SZ, "Grüße\0"), ("number", rrp.REG_DWORD, 0x12345678), ("large", rrp.REG_QWORD, 2**63 + 1),
                             ("blob", rrp.REG_BINARY, bytes(range(256)) * 20), ("nothing", rrp.REG_BINARY, b"")):
        rrp.hBaseRegSetValue(dce, key, name, kind, data)
        expect(rrp.hBaseRegQueryValue(dce, key, name), (kind, data), name)  # "blob" is asked for twice: there is more than 512
    info = rrp.hBaseRegQueryInfoKey(dce, key)
    expect((info["lpcValues"], info["lpcbMaxValueLen"], info["lpcSubKeys"]), (5, 5120, 0), "information about the key")
    expect(rrp.hBaseRegEnumValue(dce, key, 0)["lpValueNameOut"], "text\0", "first value")
    refused(system_errors.ERROR_NO_MORE_ITEMS, rrp.hBaseRegEnumValue, dce, key, 5)
    rrp.hBaseRegDeleteValue(dce, key, "number")
    refused(system_errors.ERROR_FILE_NOT_FOUND, rrp.hBaseRegQueryValue, dce, key, "number")
    for child in ("one", "two", "three"):
        rrp.hBaseRegCloseKey(dce, rrp.hBaseRegCreateKey(dce, key, child)["phkResult"])
    names = [rrp.hBaseRegEnumKey(dce, key, i)["lpNameOut"] for i in range(3)]
    expect(names, ["one\0", "three\0", "two\0"], "names of the keys")
    refused(system_errors.ERROR_NO_MORE_ITEMS, rrp.hBaseRegEnumKey, dce, key, 3)
    opened = rrp.hBaseRegOpenKey(dce, root, "Software\\OpenDCOM")["phkResult"]
    expect(rrp.hBaseRegEnumKey(dce, opened, 0)["lpNameOut"], "Judge\0", "a key opened by its path")
    refused(system_errors.ERROR_FILE_NOT_FOUND, rrp.hBaseRegOpenKey, dce, root, "no such key")
    security = rrp.hBaseRegGetKeySecurity(dce, key)["pRpcSecurityDescriptorOut"]
    expect(b"".join(security["lpSecurityDescriptor"]), b"\x5d" * 20, "security descriptor")
    rrp.hBaseRegCloseKey(dce, opened)
    refused("context_mismatch", rrp.hBaseRegEnumKey, dce, opened, 0)  # what was closed is gone
    return key


with subprocess.Popen([sys.argv[1], "ncacn_ip_tcp:127.0.0.1[0]"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                      env=dict(os.environ, OPENDCOM_LOG="off")) as server:
    ready = server.stdout.readline().split()
    if len(ready) != 2 or ready[0] != "READY":
        fail("the server does not start")
    first, second = connect(ready[1]), connect(ready[1])
    key = talk(first)
    refused("context_mismatch", rrp.hBaseRegEnumKey, second, key, 0)  # another association's
    first.disconnect()
    second.disconnect()
    rest, _ = server.communicate(timeout=30)
    expect(rest.split(), ["OPEN", "0"], "keys open after the clients have gone")
print("impacket reads and writes a registry through our stubs")
