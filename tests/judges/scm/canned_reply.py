"""An RPC server that accepts any bind and answers every request with the same bytes: what a client makes of a reply, byte for byte."""
import socket
import struct
import threading

BIND, BIND_ACK, REQUEST, RESPONSE = 11, 12, 0, 2
NDR = bytes.fromhex('045d888aeb1cc9119fe808002b10486002000000')


class CannedReply:
    def __init__(self, stub):
        self.stub = stub
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.binding = f'ncacn_ip_tcp:127.0.0.1[{self.listener.getsockname()[1]}]'
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            peer, _ = self.listener.accept()
            with peer:
                while (pdu := self.receive(peer)) is not None:
                    if not pdu:
                        return  # that was `close`
                    peer.sendall(self.answer(pdu))

    @staticmethod
    def receive(peer):
        """One PDU; None when the peer has gone; nothing when it wants us to end."""
        data = b''
        while len(data) < 16 or len(data) < struct.unpack_from('<H', data, 8)[0]:
            try:
                more = peer.recv(65536)
            except ConnectionResetError:
                return None
            if more == b'END':
                return b''
            if not more:
                return None
            data += more
        return data

    def answer(self, pdu):
        call, = struct.unpack_from('<L', pdu, 12)
        if pdu[2] == BIND:
            contexts = pdu[24]
            kind = BIND_ACK
            body = struct.pack('<HHLH', 5840, 5840, 1, 2) + b'0\0'
            body += b'\0' * (-len(body) % 4) + struct.pack('<BBH', contexts, 0, 0)
            body += (struct.pack('<HH', 0, 0) + NDR) + (struct.pack('<HH', 2, 2) + b'\0' * 20) * (contexts - 1)
        else:
            kind = RESPONSE
            body = struct.pack('<LHBB', len(self.stub), 0, 0, 0) + self.stub
        return struct.pack('<BBBB4sHHL', 5, 0, kind, 3, b'\x10\0\0\0', 16 + len(body), 0, call) + body

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with socket.create_connection(self.listener.getsockname()) as ending:
            ending.sendall(b'END')
        self.thread.join()
        self.listener.close()
