"""dcomd as programs and systemd start it: lock, readiness, socket activation, notification, end by signal."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile

DCOMD = sys.argv[1]


def fail(text):
    sys.exit(f"FAILED: {text}")


def start(home, *options, **more):
    return subprocess.Popen([DCOMD, "--home", home, "--log", "-", *options], stdout=subprocess.PIPE, text=True, **more)


def check_private(home):
    first = start(home, "--private")
    if first.stdout.readline().strip() != f"ncalrpc:[{home}/dcomd.sock]":
        fail("endpoints of the private daemon")
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(f"{home}/dcomd.sock")
    second = start(home, "--private")
    if second.wait(60) != 0 or second.stdout.read():
        fail("a second private daemon ends quietly with 0")
    third = start(home, "--listen", "127.0.0.1:0")
    if third.wait(60) != 1:
        fail("a second daemon that is not private ends with 1")
    first.terminate()
    if first.wait(60) != 0:
        fail(f"status {first.returncode} after SIGTERM")
    if os.path.exists(f"{home}/dcomd.sock"):
        fail("the local socket is left behind")


def check_systemd(home):
    listening = socket.create_server(("127.0.0.1", 0))
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(f"{home}/notify")
    notify.settimeout(60)
    given = listening.fileno()
    command = f'LISTEN_PID=$$ LISTEN_FDS=1 exec "{DCOMD}" --home "{home}" --log - --ready-file "{home}/ready" 3<&{given}'
    daemon = subprocess.Popen(["/bin/sh", "-c", command], env=dict(os.environ, NOTIFY_SOCKET=f"{home}/notify"), pass_fds=(given,),
                              stdout=subprocess.DEVNULL)
    if notify.recv(100) != b"READY=1":
        fail("READY=1")
    port = listening.getsockname()[1]
    with open(f"{home}/ready", encoding="ascii") as ready:
        endpoints = ready.read().split()
    if endpoints != [f"ncalrpc:[{home}/dcomd.sock]", f"ncacn_ip_tcp:127.0.0.1[{port}]"]:
        fail(f"endpoints {endpoints}")
    daemon.terminate()
    if notify.recv(100) != b"STOPPING=1" or daemon.wait(60) != 0:
        fail("end by SIGTERM")


HOME = tempfile.mkdtemp(prefix="odc-private-")
try:
    check_private(HOME)
    check_systemd(HOME)
finally:
    shutil.rmtree(HOME, ignore_errors=True)
