#!/usr/bin/python3
"""tshark judges what crosses the cable between the two hosts of the pager story: nothing malformed, no expert error, every
protocol of DCOM recognised by its name, one activation request per remote activation.
    wire.py PAGER_DEMO"""
import collections
import os
import subprocess
import sys
import tempfile

PAGER = '6b29fc40-ca47-1067-b31d-00dd010662da'
EVENTS = '6b29fc42-ca47-1067-b31d-00dd010662da'
EXPERT_ERROR = 0x800000  # PI_ERROR


def tshark(capture, *arguments):
    done = subprocess.run(['tshark', '-r', capture, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return [line for line in done.stdout.splitlines() if line.strip()]


def main():
    failures = []
    with tempfile.TemporaryDirectory(prefix='pager-wire-') as folder:
        capture = os.path.join(folder, 'story.pcapng')
        subprocess.run([sys.argv[1], '--capture', capture], check=True, stdout=subprocess.DEVNULL)
        if malformed := tshark(capture, '-Y', '_ws.malformed'):
            failures.append(f'malformed: {malformed[:3]}')
        if errors := tshark(capture, '-Y', f'_ws.expert.severity >= {EXPERT_ERROR}'):
            failures.append(f'expert errors: {errors[:3]}')
        seen = collections.Counter(tshark(capture, '-T', 'fields', '-e', '_ws.col.Protocol'))
        for protocol in ('ISystemActivator', 'IOXIDResolver', 'IRemUnknown', 'DCERPC'):
            if not seen[protocol]:
                failures.append(f'no packet recognised as {protocol}: {dict(seen)}')
        infos = tshark(capture, '-Y', 'dcerpc', '-T', 'fields', '-e', '_ws.col.Info')
        for wanted in ('RemoteCreateInstance request', 'RemoteCreateInstance response', 'ServerAlive2 request', 'ServerAlive2 response',
                       'ResolveOxid2 response', 'RemRelease request', 'RemRelease response'):
            if not any(wanted in info for info in infos):
                failures.append(f'not seen: {wanted}')
        activations = sum('RemoteCreateInstance request' in info for info in infos)
        if activations != 2:
            failures.append(f'{activations} activation requests for the two remote activations of the story')
        for interface in (PAGER, EVENTS):
            if not any('Request' in info and interface in info for info in infos):
                failures.append(f'no request on {interface}')
    print('\n'.join(failures) or 'tshark has nothing to object')
    return 1 if failures else 0


sys.exit(main())
