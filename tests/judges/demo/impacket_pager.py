"""python3-impacket uses the pager, as a client of another make: activation, calls packed by hand, a second interface, reference
counts, pings, and the end of the server with its last reference.
    impacket_pager.py BUILD"""
import os
import struct
import sys

try:
    from impacket.dcerpc.v5 import dcomrt, epm, transport
    from impacket.dcerpc.v5.dtypes import NULL
    from impacket.dcerpc.v5.rpcrt import DCERPCException
    from impacket.uuid import generate
except ImportError as missing:
    sys.exit(f'python3-impacket is missing: the judge fails ({missing})')

from pager_host import CLSID, IID_IPAGER, IID_IPAGER_ADMIN, IID_IPAGER_POOL, PagerHost, ends, fail, wire

TCP = 7
S_OK = 0
S_FALSE = 1
E_NOINTERFACE = 0x80004002
CO_E_OBJNOTREG = 0x800401FB
OR_INVALID_OXID = 1910
OR_INVALID_SET = 1912


def equal(what, got, wanted):
    if got != wanted:
        fail(f'{what}: {got!r} instead of {wanted!r}')


def connect(binding, interface=None):
    dce = transport.DCERPCTransportFactory(binding).get_dce_rpc()
    dce.connect()
    if interface:
        dce.bind(interface + struct.pack('<HH', 0, 0) if len(interface) == 16 else interface)
    return dce


def with_head(call):
    head = call['ORPCthis']
    head['cid'] = generate()
    head['version']['MajorVersion'] = 5
    head['version']['MinorVersion'] = 7
    head['extensions'] = NULL
    head['flags'] = 0
    return call


class Stub:
    """Arguments as NDR lays them out, behind an ORPCTHIS (MS-DCOM 2.2.13.3)."""

    def __init__(self):
        self.data = struct.pack('<HHLL', 5, 7, 0, 0) + generate() + struct.pack('<L', 0)

    def align(self, size):
        self.data += b'\0' * (-len(self.data) % size)

    def long(self, value):
        self.align(4)
        self.data += struct.pack('<L', value & 0xFFFFFFFF)
        return self

    def short(self, value):
        self.align(2)
        self.data += struct.pack('<H', value)
        return self

    def string(self, text):
        units = (text + '\0').encode('utf-16-le')
        self.long(len(units) // 2).long(0).long(len(units) // 2)
        self.data += units
        return self


class Answer:
    """Results behind an ORPCTHAT."""

    def __init__(self, data):
        self.data, self.at = data, 0
        equal('ORPCTHAT flags and extensions', (self.long(), self.long()), (0, 0))

    def align(self, size):
        self.at += -self.at % size

    def long(self):
        self.align(4)
        value, = struct.unpack_from('<L', self.data, self.at)
        self.at += 4
        return value

    def short(self):
        self.align(2)
        value, = struct.unpack_from('<H', self.data, self.at)
        self.at += 2
        return value

    def string(self):
        count, offset, actual = self.long(), self.long(), self.long()
        equal('offset of a string', offset, 0)
        if actual > count:
            fail(f'a string of {actual} in room for {count}')
        text = self.data[self.at:self.at + 2 * actual].decode('utf-16-le')
        self.at += 2 * actual
        return text

    def end(self, hr=S_OK):
        equal('HRESULT', self.long(), hr)
        equal('bytes left behind the results', len(self.data) - self.at, 0)


class Exporter:
    """The server process behind an OXID: one connection for each interface."""

    def __init__(self, resolver, oxid, rem_unknown):
        self.binding = str(resolver.ResolveOxid2(oxid, (TCP,))[0]['aNetworkAddr']).rstrip('\0')
        self.binding = f'ncacn_ip_tcp:{self.binding}'
        self.rem_unknown = rem_unknown
        self.remote = connect(self.binding, dcomrt.IID_IRemUnknown)

    def interface(self, iid):
        return connect(self.binding, wire(iid))

    def query(self, ipid, *iids):
        call = with_head(dcomrt.RemQueryInterface())
        call['ripid'] = ipid
        call['cRefs'] = 3
        call['cIids'] = len(iids)
        for iid in iids:
            one = dcomrt.IID()
            one['Data'] = wire(iid)
            call['iids'].append(one)
        return self.remote.request(call, self.rem_unknown)['ppQIResults']

    def references(self, call, ipid, count):
        with_head(call)
        call['cInterfaceRefs'] = 1
        one = dcomrt.REMINTERFACEREF()
        one['ipid'] = ipid
        one['cPublicRefs'] = count
        one['cPrivateRefs'] = 0
        call['InterfaceRefs'].append(one)
        return self.remote.request(call, self.rem_unknown, checkError=False)

    def add(self, ipid, count):
        answer = self.references(dcomrt.RemAddRef(), ipid, count)
        return answer['ErrorCode'], answer['pResults'][0]['Data'] & 0xFFFFFFFF

    def release(self, ipid, count):
        equal('RemRelease', self.references(dcomrt.RemRelease(), ipid, count)['ErrorCode'], S_OK)


def invoke(dce, ipid, opnum, stub):
    dce.call(opnum, stub.data, ipid)
    return Answer(dce.recv())


def send_page(pager, ipid, text, callbacks, believed):
    stub = Stub().string(text).short(2).long(len(callbacks))
    if callbacks:
        stub.long(0x20000).long(len(callbacks))
        for number in callbacks:
            stub.long(number)
    else:
        stub.long(0)
    answer = invoke(pager, ipid, 3, stub.long(believed))
    pending, page = answer.long(), answer.long()
    answer.end()
    return pending, page


def get_page(pager, ipid, page):
    answer = invoke(pager, ipid, 4, Stub().long(page))
    if answer.long() == 0:
        fail('GetPage gave a null page')
    room = answer.long()
    found = [answer.long(), answer.short()]
    if answer.long() == 0:
        fail('GetPage gave a page without a text')
    count = answer.long()
    equal('conformance of the callbacks', room, count)
    found.append([answer.long() for _ in range(count)])
    found.append(answer.string())
    answer.end()
    return found


def where(admin, ipid):
    answer = invoke(admin, ipid, 4, Stub())
    process = answer.long()
    if answer.long() == 0:
        fail('Where gave no host')
    host = answer.string()
    answer.end()
    return process, host.rstrip('\0')


def remote_activation(host):
    """RemoteActivation of the pager, with two interfaces that it has and one that it has not."""
    wanted = (IID_IPAGER, IID_IPAGER_ADMIN, '11111111-2222-3333-4444-555555555555')
    call = with_head(dcomrt.RemoteActivation())
    call['Clsid'] = wire(CLSID)
    call['pwszObjectName'] = NULL
    call['pObjectStorage'] = NULL
    call['ClientImpLevel'] = 2
    call['Mode'] = 0
    call['Interfaces'] = len(wanted)
    for one in wanted:
        iid = dcomrt.IID()
        iid['Data'] = wire(one)
        call['pIIDs'].append(iid)
    call['cRequestedProtseqs'] = 1
    call['aRequestedProtseqs'].append(TCP)
    answer = connect(host.binding, dcomrt.IID_IActivation).request(call)
    equal('RemoteActivation', (answer['ErrorCode'], answer['phr']), (S_OK, S_OK))
    equal('results of the interfaces', [one['Data'] & 0xFFFFFFFF for one in answer['pResults']], [S_OK, S_OK, E_NOINTERFACE])
    references = [dcomrt.OBJREF_STANDARD(b''.join(answer['ppInterfaceData'][i]['abData'])) for i in range(2)]
    for reference, iid in zip(references, wanted):
        equal('IID of an OBJREF', reference['iid'], wire(iid))
        equal('OXID of an OBJREF', reference['std']['oxid'], answer['pOxid'])
    equal('OIDs of one object', references[0]['std']['oid'], references[1]['std']['oid'])
    return answer['pOxid'], answer['pipidRemUnknown'], references


def refused(code, what, call):
    try:
        call()
    except DCERPCException as error:
        # A fault tells its status by name only, a result by number.
        equal(what, error.get_error_code() or str(error).split(' - ')[0], code)
    else:
        fail(f'{what} was not refused')


def judge_life_of_a_pager(host):
    alive = connect(host.binding, dcomrt.IID_IObjectExporter)
    resolver = dcomrt.IObjectExporter(alive)
    names = [one['aNetworkAddr'].rstrip('\0') for one in resolver.ServerAlive2()]
    equal('ServerAlive2', [f'ncacn_ip_tcp:{name}' for name in names], [host.binding])

    oxid, rem_unknown, (pager_ref, admin_ref) = remote_activation(host)
    pager_ipid, admin_ipid = pager_ref['std']['ipid'], admin_ref['std']['ipid']
    exporter = Exporter(resolver, oxid, rem_unknown)
    pager = exporter.interface(IID_IPAGER)

    equal('SendPage: pending and id', send_page(pager, pager_ipid, 'call home', [5550100, 5550199], 17), (1, 1))
    equal('SendPage with [in, out] and null', send_page(pager, pager_ipid, 'lunch', [], 1), (2, 2))
    equal('GetPage', get_page(pager, pager_ipid, 1), [1, 2, [5550100, 5550199], 'call home\0'])
    answer = invoke(pager, pager_ipid, 5, Stub().long(0x20000).string('mail:'))
    if answer.long() == 0:
        fail('Display gave no text')
    equal('Display', answer.string(), 'MAIL: | CALL HOME | LUNCH\0')
    answer.end()
    equal('GetPage of a page that is not there', struct.unpack('<LLLL', invoke(pager, pager_ipid, 4, Stub().long(99)).data)[3], 0x80070490)

    process, _ = where(exporter.interface(IID_IPAGER_ADMIN), admin_ipid)
    server = os.pidfd_open(process)

    # A second interface of the same object by RemQueryInterface, and a call on it: a pager of its own comes back as an OBJREF.
    found = exporter.query(pager_ipid, IID_IPAGER_POOL)
    equal('RemQueryInterface', found['hResult'], S_OK)
    equal('references of RemQueryInterface', found['std']['cPublicRefs'], 3)
    equal('OID of RemQueryInterface', found['std']['oid'], pager_ref['std']['oid'])
    pool_ipid = found['std']['ipid']
    answer = invoke(exporter.interface(IID_IPAGER_POOL), pool_ipid, 3, Stub())
    if answer.long() == 0:
        fail('Rent gave no pager')
    size = answer.long()
    equal('sizes of the MInterfacePointer', answer.long(), size)
    rented = dcomrt.OBJREF_STANDARD(answer.data[answer.at:answer.at + size])
    answer.at += size
    answer.end()
    equal('IID of the rented pager', rented['iid'], wire(IID_IPAGER))
    rented_ipid = rented['std']['ipid']
    equal('pages of the rented pager', send_page(pager, rented_ipid, 'mine', [], 0), (1, 1))
    exporter.release(rented_ipid, rented['std']['cPublicRefs'])
    refused('RPC_E_DISCONNECTED', 'a call on a released object', lambda: send_page(pager, rented_ipid, 'gone', [], 0))

    # Pings, before any reference has gone.
    oid = pager_ref['std']['oid']
    ping_set = resolver.ComplexPing(setId=0, sequenceNum=1, addToSet=[oid], delFromSet=[])['pSetId']
    equal('SimplePing', resolver.SimplePing(ping_set)['ErrorCode'], S_OK)
    equal('ComplexPing', resolver.ComplexPing(setId=ping_set, sequenceNum=2, addToSet=[], delFromSet=[oid])['ErrorCode'], S_OK)
    refused(OR_INVALID_SET, 'SimplePing of an unknown set', lambda: resolver.SimplePing(ping_set ^ 1))

    # References: what RemAddRef adds must be released as well, and only the last one ends the server.
    equal('RemAddRef', exporter.add(pager_ipid, 4), (S_OK, S_OK))
    equal('RemAddRef of an unknown IPID', exporter.add(rented_ipid, 1), (S_FALSE, CO_E_OBJNOTREG))
    exporter.release(rented_ipid, 5)
    exporter.release(pool_ipid, 3)
    exporter.release(admin_ipid, admin_ref['std']['cPublicRefs'])
    exporter.release(pager_ipid, pager_ref['std']['cPublicRefs'])
    equal('pages behind five of nine releases', send_page(pager, pager_ipid, 'still here', [], 0), (3, 3))
    exporter.release(pager_ipid, 3)
    equal('pages behind eight of nine releases', send_page(pager, pager_ipid, 'still here', [], 0), (4, 4))
    if ends(server, 0):
        fail('the server ended before its last reference')
    exporter.release(pager_ipid, 1)
    if not ends(server, 20):
        fail(f'the server (process {process}) outlives its last reference')
    os.close(server)
    refused(OR_INVALID_OXID, 'ResolveOxid2 of an ended server', lambda: resolver.ResolveOxid2(oxid, (TCP,)))


def judge_create_instance(host):
    """RemoteCreateInstance, whose properties impacket writes and reads itself; the server is started a second time."""
    made = dcomrt.IRemoteSCMActivator(connect(host.binding)).RemoteCreateInstance(wire(CLSID), wire(IID_IPAGER))
    resolver = dcomrt.IObjectExporter(connect(host.binding, dcomrt.IID_IObjectExporter))
    exporter = Exporter(resolver, made.get_oxid(), made.get_ipidRemUnknown())
    pager = exporter.interface(IID_IPAGER)
    equal('SendPage', send_page(pager, made.get_iPid(), 'by properties', [1], 0), (1, 1))
    admin_ipid = exporter.query(made.get_iPid(), IID_IPAGER_ADMIN)['std']['ipid']
    process, _ = where(exporter.interface(IID_IPAGER_ADMIN), admin_ipid)
    server = os.pidfd_open(process)
    exporter.release(admin_ipid, 3)
    exporter.release(made.get_iPid(), 5)
    if not ends(server, 20):
        fail('the server outlives its last reference')
    os.close(server)


def judge_endpoint_map(host):
    dump = epm.hept_lookup(None, dce=connect(host.binding))
    annotations = {bytes(entry['annotation']).rstrip(b'\0').decode() for entry in dump}
    for name in ('IObjectExporter', 'IActivation', 'IRemoteSCMActivator'):
        if name not in annotations:
            fail(f'{name} is not in the endpoint map: {annotations}')


with PagerHost(sys.argv[1]) as pager_host:
    judge_endpoint_map(pager_host)
    judge_life_of_a_pager(pager_host)
    judge_create_instance(pager_host)
print('impacket: activated, called, queried, pinged and released the pager as expected')
