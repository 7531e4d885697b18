"""What the judges of dcomd share: an instance of their own with a class registered in it, and the daemon that serves it."""
import os
import shutil
import subprocess
import sys
import tempfile

CLSID = "{02B01C80-E03D-101A-B294-00DD010F2BF9}"


def fail(text):
    sys.exit(f"FAILED: {text}")


def need(tool):
    path = shutil.which(tool)
    if not path:
        sys.exit(f"{tool} is missing: the judge fails")
    return path


class Daemon:
    """Programs come from the command line: dcomd, dcom, scm_fake_server. `port` is the daemon's TCP port on `address`."""

    def __init__(self, address="127.0.0.1", port=0, options=("--allow-unauthenticated",), mode="multi"):
        dcomd, dcom, server = sys.argv[1:4]
        self.home = tempfile.mkdtemp(prefix="odc-judge-")
        environment = dict(os.environ, OPENDCOM_HOME=self.home, OPENDCOM_LOG="info")
        subprocess.run([dcom, "reg", "add", f"HKLM\\SOFTWARE\\Classes\\CLSID\\{CLSID}\\LocalServer32", "--ve", "--data",
                        f'"{server}" --mode {mode} {CLSID}'], env=environment, check=True, stdout=subprocess.DEVNULL)
        self.process = subprocess.Popen([dcomd, "--home", self.home, "--listen", f"{address}:{port}", *options],
                                        env=environment, stdout=subprocess.PIPE, text=True)
        self.socket = self.process.stdout.readline().strip()
        listening = self.process.stdout.readline().strip()
        if not listening.startswith("ncacn_ip_tcp:"):
            self.process.kill()
            self.close()
            fail("dcomd did not come up")
        self.port = int(listening[listening.rindex("[") + 1:-1])
        self.binding = f"ncacn_ip_tcp:{address}[{self.port}]"

    def log(self):
        with open(os.path.join(self.home, "dcomd.log"), encoding="utf-8") as log:
            return log.read()

    def close(self):
        self.process.terminate()
        status = self.process.wait(30)
        shutil.rmtree(self.home, ignore_errors=True)
        return status

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            print(self.log())
        status = self.close()
        if kind is None and status != 0:
            fail(f"dcomd ended with status {status}")
