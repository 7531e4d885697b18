"""A host of its own for judges of the pager: dcomd on a TCP port of the loopback, proxies and the pager server registered."""
import os
import select
import shutil
import subprocess
import sys
import tempfile
import uuid

CLSID = '6B29FC4F-CA47-1067-B31D-00DD010662DA'
IID_IPAGER = '6B29FC40-CA47-1067-B31D-00DD010662DA'
IID_IPAGER_ADMIN = '6B29FC41-CA47-1067-B31D-00DD010662DA'
IID_IPAGER_POOL = '6B29FC43-CA47-1067-B31D-00DD010662DA'
IID_IUNKNOWN = '00000000-0000-0000-C000-000000000046'


def fail(text):
    sys.exit(f'FAILED: {text}')


def wire(text):
    """A GUID as it travels in a little-endian packet."""
    return uuid.UUID(text).bytes_le


class PagerHost:
    """`build` is the folder with bin/ and lib/."""

    def __init__(self, build, *options):
        self.build = build = os.path.abspath(build)
        self.home = tempfile.mkdtemp(prefix='odc-pager-')
        self.environment = dict(os.environ, OPENDCOM_HOME=self.home, OPENDCOM_LOG='info')
        self.dcom('regsvr', os.path.join(build, 'lib', 'libpagerps.so'))
        self.dcom('reg', 'add', f'HKCR\\CLSID\\{{{CLSID}}}\\LocalServer32', '-d', os.path.join(build, 'bin', 'pager-server'))
        self.process = subprocess.Popen([os.path.join(build, 'bin', 'dcomd'), '--listen', '127.0.0.1:0', '--allow-unauthenticated', *options],
                                        env=self.environment, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()  # the local socket
        listening = self.process.stdout.readline().strip()
        if not listening.startswith('ncacn_ip_tcp:'):
            self.process.kill()
            self.process.wait()
            shutil.rmtree(self.home, ignore_errors=True)
            fail('dcomd did not come up')
        self.binding = listening

    def dcom(self, *arguments):
        subprocess.run([os.path.join(self.build, 'bin', 'dcom'), *arguments], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def log(self):
        with open(os.path.join(self.home, 'dcomd.log'), encoding='utf-8') as log:
            return log.read()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        status = self.process.wait(30)
        if kind is not None:
            print(self.log())
        shutil.rmtree(self.home, ignore_errors=True)
        if kind is None and status != 0:
            fail(f'dcomd ended with status {status}')


def ends(pidfd, seconds):
    """Whether the process behind a pidfd ends within so many seconds."""
    return bool(select.select([pidfd], [], [], seconds)[0])
