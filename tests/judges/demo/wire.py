#!/usr/bin/python3
"""tshark judges what crosses the cable between the two hosts of the pager story: nothing malformed, no expert error or warning, every
protocol of DCOM recognised by its name, one activation request per remote activation.
    wire.py PAGER_DEMO

tshark skips no alignment in two places, and then warns of a "Long frame" (docs/dcomd.md, "What tshark makes of it"):
- behind a CustomHeader with an odd number of activation properties, which MS-DCOM 2.2.6.2 pads to a multiple of 8 bytes;
- between an odd number of units in a DUALSTRINGARRAY and ServerAlive2's pReserved, which NDR aligns to 4 bytes.
Requests of ours have an even number of properties. The story's hosts have addresses of even length; that other ones are laid out
rightly is not left to tshark: `server_alive_stub` decodes the answer to its last byte."""
import collections
import os
import re
import struct
import subprocess
import sys
import tempfile

CALLS = {  # what the story calls across the cable: IPager, IPagerAdmin, IPagerEvents, IPagerPool
    '6b29fc40-ca47-1067-b31d-00dd010662da': {3, 4, 5},
    '6b29fc41-ca47-1067-b31d-00dd010662da': {3, 4},
    '6b29fc42-ca47-1067-b31d-00dd010662da': {3},
    '6b29fc43-ca47-1067-b31d-00dd010662da': {3},
}
EXPERT_WARNING = 0x600000  # PI_WARN; errors are above it


def tshark(capture, *arguments):
    done = subprocess.run(['tshark', '-r', capture, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return [line for line in done.stdout.splitlines() if line.strip()]


def server_alive_stub(payload):
    """What is wrong with an answer of ServerAlive2 (MS-DCOM 3.1.2.5.1.6) as NDR lays it out; nothing when it is right to the last byte."""
    stub = bytes.fromhex(payload)[24:]
    if len(stub) < 16:
        return 'no answer'
    major, minor, referent, room, units, security = struct.unpack_from('<HHLLHH', stub)
    if (major, minor) != (5, 7) or not referent or room != units or security > units:
        return f'its front: {stub[:16].hex()}'
    end = 16 + 2 * units
    pad = -end % 4
    if len(stub) != end + pad + 8 or any(stub[end:]):
        return f'{len(stub)} bytes instead of {end + pad + 8}, or its end is not zero: {stub[end:].hex()}'
    return None


def main():
    failures = []
    with tempfile.TemporaryDirectory(prefix='pager-wire-') as folder:
        capture = os.path.join(folder, 'story.pcapng')
        subprocess.run([sys.argv[1], '--capture', capture], check=True, stdout=subprocess.DEVNULL)
        if malformed := tshark(capture, '-Y', '_ws.malformed'):
            failures.append(f'malformed: {malformed[:3]}')
        # What TCP itself warns of (a segment sent twice on a busy machine) is not ours.
        if errors := tshark(capture, '-Y', f'dcerpc && _ws.expert.severity >= {EXPERT_WARNING} && !tcp.analysis.flags'):
            failures.append(f'expert errors or warnings: {errors[:3]}')
        answers = tshark(capture, '-Y', 'dcerpc.pkt_type == 2 && oxid.opnum == 5', '-T', 'fields', '-e', 'tcp.payload')
        failures += [f'ServerAlive2: {wrong}' for wrong in map(server_alive_stub, answers or ['']) if wrong]
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
        for interface, opnums in CALLS.items():
            called = {int(found[1]) for info in infos if (found := re.match(rf'Request:.* opnum: (\d+), .*{interface}', info))}
            if called != opnums:
                failures.append(f'calls of {interface}: opnums {sorted(called)} instead of {sorted(opnums)}')
    print('\n'.join(failures) or 'tshark has nothing to object')
    return 1 if failures else 0


sys.exit(main())
