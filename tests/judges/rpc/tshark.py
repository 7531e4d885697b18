"""tshark's dissector on a conversation of our client with our server: nothing malformed, every kind of PDU recognised."""
import os
import socket
import struct
import subprocess
import tempfile
import threading

from judged import Server, fail, need, program

TYPES = {0: "request", 2: "response", 3: "fault", 11: "bind", 12: "bind_ack", 14: "alter_context", 15: "alter_context_resp",
         18: "co_cancel"}


class Capture:
    """Relays one connection and writes what passes as a capture file, so that no right to capture is needed."""

    def __init__(self, port, path):
        self.file = open(path, "wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))  # raw IP
        self.lock = threading.Lock()
        self.sequence = {True: 1, False: 1}
        self.time = 0
        self.to_port = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.relay)
        self.thread.start()

    def segment(self, from_client, data, flags):
        ports = (40000, self.to_port) if from_client else (self.to_port, 40000)
        tcp = struct.pack(">HHIIBBHHH", *ports, self.sequence[from_client], self.sequence[not from_client], 0x50, flags, 65535, 0, 0)
        hosts = (b"\x0a\0\0\x01", b"\x0a\0\0\x02") if from_client else (b"\x0a\0\0\x02", b"\x0a\0\0\x01")
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(data), 0, 0, 64, 6, 0) + hosts[0] + hosts[1]
        self.time += 10
        self.file.write(struct.pack("<IIII", 1, self.time, 40 + len(data), 40 + len(data)) + ip + tcp + data)
        self.sequence[from_client] += len(data)

    def pump(self, source, target, from_client):
        while data := source.recv(60000):
            with self.lock:
                for at in range(0, len(data), 1400):
                    self.segment(from_client, data[at:at + 1400], 0x18)
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)

    def relay(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.to_port))
        back = threading.Thread(target=self.pump, args=(server, client, False))
        back.start()
        self.pump(client, server, True)
        back.join()
        self.file.close()


need("tshark")
with tempfile.TemporaryDirectory() as folder, Server() as server:
    path = os.path.join(folder, "conversation.pcap")
    capture = Capture(server.port, path)
    subprocess.run([program(), "talk", f"ncacn_ip_tcp:127.0.0.1[{capture.port}]"], check=True, timeout=60)
    capture.thread.join(20)

    def tshark(*arguments):
        return subprocess.run(["tshark", "-2", "-r", path, "-d", f"tcp.port=={server.port},dcerpc", *arguments], check=True, capture_output=True,
                              text=True, timeout=60).stdout

    bad = tshark("-Y", "_ws.malformed || _ws.expert.severity >= 6291456 || (tcp.len > 0 && !dcerpc && !tcp.reassembled_in)")
    if bad:
        fail("tshark finds bad packets:\n" + bad + tshark("-V", "-Y", "_ws.malformed || _ws.expert.severity >= 6291456")[:4000])
    seen = set()
    for line in tshark("-T", "fields", "-e", "dcerpc.pkt_type").split():
        seen.update(int(number) for number in line.split(","))
    missing = [name for number, name in TYPES.items() if number not in seen]
    if missing:
        fail(f"tshark does not recognise {missing}, only {sorted(seen)}")
    objects = tshark("-T", "fields", "-e", "dcerpc.obj_id").split()
    if "8a1b2c31-1122-3344-5566-778899aabbcc" not in objects:
        fail("no object UUID")
    faults = tshark("-T", "fields", "-e", "dcerpc.cn_status").split()
    if "0x00000005" not in faults:
        fail(f"no fault with status 5 but {faults}")
    # The streams of 20000 numbers, of which no message's length was known when its first fragment went out.
    sizes = [int(size) for size in tshark("-Y", f"dcerpc.reassembled_in || dcerpc.fragments", "-T", "fields", "-e", "dcerpc.reassembled.length").split()]
    if sum(size > 80000 for size in sizes) < 2:
        fail(f"the streams of both directions are not put together: {sizes}")
    whole = tshark("-Y", "dcerpc.reassembled_in || dcerpc.fragments", "-T", "fields", "-e", "dcerpc.fragment.count").split()
    if len(whole) < 2:
        fail("the fragmented request and response are not put together")
    print(f"{sum(1 for _ in tshark().splitlines())} packets, PDU types {sorted(seen)}, reassembled messages {len(whole)}")
