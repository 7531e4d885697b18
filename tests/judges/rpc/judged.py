"""What the judges of the RPC runtime share: a running test server."""
import os
import shutil
import subprocess
import sys


def program():
    return sys.argv[1]


def need(tool):
    path = shutil.which(tool)
    if not path:
        sys.exit(f"{tool} is missing: the judge fails")
    return path


def fail(text):
    sys.exit(f"FAILED: {text}")


class Server:
    """rpc_judged as a server; `binding` is its string binding, `port` its port."""

    def __init__(self, at="ncacn_ip_tcp:127.0.0.1[0]", wrapper=()):
        self.process = subprocess.Popen([*wrapper, program(), "server", at], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=dict(os.environ, OPENDCOM_LOG="off"))
        ready = self.process.stdout.readline().split()
        if len(ready) != 2 or ready[0] != "READY":
            fail("the test server does not start")
        self.binding = ready[1]
        self.port = int(self.binding.split("[")[1].rstrip("]")) if "tcp" in self.binding else 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(20)
