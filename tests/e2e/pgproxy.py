# SPDX-License-Identifier: ISC
"""Between a daemon and PostgreSQL: a Unix socket that passes everything on, and can
cut the connection of one application, or hold it, when it says COMMIT."""

import os
import socket
import struct
import threading

SOCKET_NAME = ".s.PGSQL.5432"
PROTOCOL_3 = 196608
COMMIT = b"Q" + struct.pack("!i", 4 + len(b"COMMIT\0")) + b"COMMIT\0"


class Cut:
    """What happens to a connection."""

    BEFORE = "before"  # PostgreSQL never hears of the COMMIT
    AFTER = "after"    # it has committed and said so, but the daemon never hears
    HOLD = "hold"      # COMMIT waits until the test sets `released`; `held` says so


def receive(sock, n):
    data = b""
    while len(data) < n:
        part = sock.recv(n - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def receive_message(sock):
    head = receive(sock, 5)
    return head + receive(sock, struct.unpack("!i", head[1:])[0] - 4)


class Proxy:
    """Listens in folder for as long as the process lives."""

    def __init__(self, folder, target, application):
        self.target = os.path.join(target, SOCKET_NAME)
        self.application = application
        self.lock = threading.Lock()
        self.plan = []  # for the next COMMITs of the application: None or a Cut
        self.commits = 0
        self.cuts = 0
        self.held = threading.Event()
        self.released = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(folder, SOCKET_NAME))
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, *plan):
        with self.lock:
            self.plan = list(plan)
            self.held.clear()
            self.released.clear()
            self.commits = self.cuts = 0

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self.target)
            is_ours = self._startup(client, server)
            state = {"is_mute": False}
            back = threading.Thread(target=self._answers, args=(server, client, state),
                                    daemon=True)
            back.start()
            while True:
                message = receive_message(client)
                cut = self._cut() if is_ours and message == COMMIT else None
                if cut == Cut.BEFORE:
                    break
                if cut == Cut.HOLD:
                    self.held.set()
                    self.released.wait()
                if cut == Cut.AFTER:
                    state["is_mute"] = True
                server.sendall(message)
                if cut == Cut.AFTER:
                    back.join()
                    break
        except (EOFError, OSError):
            pass
        finally:
            for sock in (client, server):
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                sock.close()

    def _startup(self, client, server):
        """Passes the first packet on; true if it is of the application."""
        while True:
            head = receive(client, 4)
            packet = head + receive(client, struct.unpack("!i", head)[0] - 4)
            if struct.unpack("!i", packet[4:8])[0] == PROTOCOL_3:
                server.sendall(packet)
                return ("application_name\0%s\0" % self.application).encode() in packet
            client.sendall(b"N")  # no TLS, no GSSAPI on this socket

    def _answers(self, server, client, state):
        """From PostgreSQL to the daemon; once mute, up to "ready" and no further."""
        try:
            while True:
                message = receive_message(server)
                if not state["is_mute"]:
                    client.sendall(message)
                elif message[:1] == b"Z":
                    return
        except (EOFError, OSError):
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _cut(self):
        with self.lock:
            self.commits += 1
            cut = self.plan.pop(0) if self.plan else None
            self.cuts += cut is not None
            return cut
