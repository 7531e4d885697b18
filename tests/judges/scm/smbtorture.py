"""Samba's smbtorture: rpc.epmapper, rpc.mgmt, rpc.oxidresolve and rpc.remact against dcomd.

Those tests hand the parser of their reply an array that talloc does not know, and abort once an activation brings an interface
pointer ("Bad talloc magic value"). So that is what tells success from a refusal there, unless a later Samba passes.

They run in a network namespace with nothing but a loopback, since rpc.mgmt looks for the endpoint mapper on port 135.
rpc.epmapper inserts elements, which dcomd takes from processes of this host only: it runs over the local socket, and its tests
that only look over TCP as well. Samba's IDL takes an OID for 128 bits, so of rpc.oxidresolve only those tests run here that send
none; pings have another judge."""
import os
import shutil
import subprocess
import sys

from daemon import Daemon, fail, need

TORTURE = need("smbtorture")
need("unshare")
need("ip")


def torture(binding, test, *options, aborts=False):
    run = subprocess.run([TORTURE, binding, "-U%", *options, test], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=100)
    lines = run.stdout.splitlines()
    passed = [line for line in lines if line.startswith("success: ")]
    bad = [line for line in lines if line.startswith(("failure: ", "error: ", "skip: "))]
    if aborts and not bad and not passed and "Bad talloc magic value" in run.stdout:
        print(f"smbtorture {test} on {binding}: got its interface pointer, and aborted over it")
        return
    if bad or not passed:
        print(run.stdout)
        fail(f"smbtorture {binding} {test}: {bad or 'no test ran'}")
    print(f"smbtorture {test} on {binding}: {len(passed)} passed")


if "--inside" not in sys.argv:
    wrapper = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    sys.exit(subprocess.run([*wrapper, sys.executable, *sys.argv, "--inside"]).returncode)

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
# Searches of rpc.epmapper must take more than one answer: a few more endpoints make the map long enough.
with Daemon(port=135, options=("--allow-unauthenticated", "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0")) as dcomd:
    local = "ncalrpc:[dcomd.sock]"
    where = f"--option=ncalrpc dir={dcomd.home}"
    torture(local, "rpc.epmapper", where)
    for test in ("Map_simple", "Lookup_simple", "Lookup_terminate_search"):
        torture(dcomd.binding, f"rpc.epmapper.epmapper.{test}")
    torture(dcomd.binding, "rpc.mgmt")
    for test in ("ServerAlive", "ServerAlive2"):
        torture(dcomd.binding, f"rpc.oxidresolve.oxidresolver.{test}")
    for test in ("ResolveOxid", "ResolveOxid2"):
        torture(dcomd.binding, f"rpc.oxidresolve.oxidresolver.{test}", aborts=True)
    torture(dcomd.binding, "rpc.remact", aborts=True)
