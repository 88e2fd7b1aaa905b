#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Peers and messages that mean harm, against a running daemon. After each the daemon
is the same process, serves others, and the register is unchanged unless the attack was
none. Wants the variables of build/up/env."""

import os
import resource
import socket
import ssl
import struct
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import grpc  # noqa: E402
from daemonlib import PATIENCE_S, Daemon, until  # noqa: E402
from faultlib import FaultCase  # noqa: E402
from pidclib import Client, column, new_id  # noqa: E402

HALF_OPEN = 100
DESCRIPTORS = 64


def varint(n):
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7f | 0x80])
        n >>= 7
    return out + bytes([n])


def field(number, data):
    """A length-delimited field."""
    return varint(number << 3 | 2) + varint(len(data)) + data


def nested(depth):
    data = b""
    for _ in range(depth):
        data = field(4, data)
    return data


MALFORMED = {
    "truncated": b"\x0a\x24abc",
    "length beyond the end": b"\x0a\xff\xff\xff\xff\x07",
    "overlong varint": b"\x10" + b"\x80" * 10 + b"\x01",
    "group": b"\x0b\x0c",
    "unclosed group": b"\x0b",
    "field number 0": b"\x02\x01x",
    "wire type 6": b"\x0e\x01",
    "text that is not UTF-8": field(1, b"\xc3\x28"),
    "surrogate": field(1, b"\xed\xa0\x80"),
    "U+0000": field(1, b"a\0b"),
}
# Well-formed, and as far as a method does not know the field, ignored; where protobuf-c
# would take too much of stack or memory, refused.
COSTLY = {
    "P1 nested 9,000 deep": nested(9000),
    "P2 400,000 elements": field(4, b"") * 400000,
    "P2 300,000 unknown fields": field(99, b"") * 300000,
}
BROKEN = (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNAVAILABLE,
          grpc.StatusCode.DEADLINE_EXCEEDED)
METHODS = ("DataService/SubmitContribution", "DataService/ListContributions",
           "ConsentService/RecordStatement", "LedgerService/GetInclusionProof")


class Attacks(FaultCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host, port = os.environ["PIDC_ADDRESS"].rsplit(":", 1)
        cls.port = int(port)
        cls.officer = Client("tv-officer")
        cls.pid = cls.daemon_pid()
        # T9: half a handshake, then silence; looked at again at the end.
        cls.half_open = [socket.create_connection((cls.host, cls.port))
                         for _ in range(HALF_OPEN)]
        for sock in cls.half_open:
            sock.sendall(b"\x16")

    @classmethod
    def daemon_pid(cls):
        with open(os.environ["PIDC_PID_FILE"], encoding="ascii") as f:
            return int(f.read())

    def setUp(self):
        self.before = self.size()

    def tearDown(self):
        """Alive, serving a stranger to the attack, and nothing happened."""
        other = Client("fj-agent")
        other.call("IdentityService", "WhoAmI")
        other.close()
        self.assertEqual(self.size(), self.before)
        with open("/proc/%d/status" % self.pid, encoding="ascii") as f:
            self.assertIn("pidcd", f.readline())

    # --- connections ---

    def tls(self, name=None, version=ssl.TLSVersion.TLSv1_3, alpn=("h2",)):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if name:
            path = os.path.join(os.environ["PIDC_CERT_DIR"], name)
            context.load_cert_chain(path + ".crt", path + ".key")
        return context

    def refused_by(self, context):
        """The alert that the server sends, before it says a byte of HTTP/2."""
        with socket.create_connection((self.host, self.port), timeout=PATIENCE_S) as sock:
            try:
                with context.wrap_socket(sock) as wrapped:
                    wrapped.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" +
                                    bytes(5))
                    said = wrapped.recv(100)
                    self.fail("the server said %r" % said)
            except ssl.SSLError as e:
                return str(e).lower().replace("_", " ")

    def test_T1_to_T7_are_turned_away_by_an_alert(self):
        for context, alert in (
                (self.tls(), "certificate required"), (self.tls("outsider"), "unknown ca"),
                (self.tls("expired"), "certificate expired"),
                (self.tls("tv-agent", alpn=()), "no application protocol"),
                (self.tls("tv-agent", alpn=("http/1.1",)), "no application protocol"),
                (self.tls("tv-agent", ssl.TLSVersion.TLSv1_2), "protocol version")):
            self.assertIn(alert, self.refused_by(context))

    def test_H1_other_protocols_are_closed(self):
        for garbage in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", bytes(1000), b"\xff" * 100000,
                        b"SSH-2.0-x\r\n", struct.pack("!II", 8, 80877103)):
            with socket.create_connection((self.host, self.port), timeout=PATIENCE_S) as sock:
                try:
                    sock.sendall(garbage)
                    while sock.recv(4096):
                        pass
                except ConnectionError:
                    pass
        with socket.create_connection((self.host, self.port), timeout=PATIENCE_S) as sock:
            with self.tls("tv-agent").wrap_socket(sock) as wrapped:
                wrapped.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + bytes(24))
                said = b""
                try:
                    while part := wrapped.recv(4096):
                        said += part
                except (ssl.SSLError, ConnectionError):
                    pass
                self.assertNotIn(b"HTTP/1.1", said)

    def test_T9_half_open_handshakes_end(self):
        for sock in self.half_open:
            sock.settimeout(PATIENCE_S)
            try:
                while sock.recv(100):  # an alert, perhaps
                    pass
            except ConnectionError:
                pass
            sock.close()

    def test_R1_out_of_descriptors(self):
        daemon = Daemon()
        sockets = []
        try:
            known = Client("tv-agent", address=daemon.address)
            known.call("IdentityService", "WhoAmI")
            resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE,
                             (DESCRIPTORS, DESCRIPTORS))
            host, port = daemon.address.rsplit(":", 1)
            for _ in range(2 * DESCRIPTORS):
                sockets.append(socket.create_connection((host, int(port))))
            until(lambda: len(os.listdir("/proc/%d/fd" % daemon.process.pid)) >= DESCRIPTORS - 2,
                  "all descriptors are in use")
            known.call("IdentityService", "WhoAmI")
            # It waits for the table to empty, it does not spin.
            before, start = self.cpu(daemon.process.pid), time.monotonic()
            time.sleep(1)
            used = self.cpu(daemon.process.pid) - before
            self.assertLess(used, 0.7 * (time.monotonic() - start))
            for sock in sockets:
                sock.close()
            fresh = Client("ws-agent", address=daemon.address)
            self.until_available(lambda: fresh.call("IdentityService", "WhoAmI"))
        finally:
            daemon.close()
        self.before = self.size()  # its start is an entry

    def cpu(self, pid):
        with open("/proc/%d/stat" % pid, encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # --- messages ---

    def raw(self, method, data):
        return self.officer.channel.unary_unary(method)(data, timeout=PATIENCE_S)

    def test_P3_P4_malformed_messages(self):
        for method in METHODS:
            for what, data in MALFORMED.items():
                with self.assertRaises(grpc.RpcError, msg=what) as caught:
                    self.raw("/pidc.v1." + method, data)
                self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT,
                                 (method, what, caught.exception.details()))

    def test_P1_P2_costly_messages(self):
        for method in METHODS:
            for what, data in COSTLY.items():
                try:
                    self.raw("/pidc.v1." + method, data)
                except grpc.RpcError as e:
                    self.assertNotIn(e.code(), BROKEN, (method, what, e.details()))

    def test_G1_messages_that_are_too_large(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.raw("/pidc.v1.DataService/SubmitContribution", bytes(1024 * 1024 + 1))
        self.assertEqual(caught.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)

    def define(self, **more):
        dataset = dict(category="OVER", title="x", granularity=1, classification_default=2,
                       legal_basis="Act", ethics_note="none",
                       fields=[dict(name="count", type=2)])
        dataset.update(more)
        return lambda: self.tv.call("DataService", "DefineDataset", request_id=new_id(),
                                    dataset=dataset)

    def test_P3_P4_values_that_no_rule_knows(self):
        for wrong in (dict(granularity=999), dict(granularity=0), dict(granularity=-1),
                      dict(classification_default=77), dict(category="%"),
                      dict(category="OVER' OR 1=1"), dict(title="\u202egnp.exe"),
                      dict(title="a" + "\u0301" * 5000), dict(title="line\nbreak\x1b]0;x\x07"),
                      dict(fields=[]), dict(fields=[dict(name="", type=2)]),
                      dict(fields=[dict(name="count", type=2)] * 2),
                      dict(fields=[dict(name="f%d" % i, type=2) for i in range(201)])):
            e = self.refusal(self.define(**wrong))
            self.assertEqual(e.code, grpc.StatusCode.INVALID_ARGUMENT, (wrong, e.message))
            self.assertNotEqual(e.reason, "")

    def test_S1_text_is_only_text(self):
        for org in ("%", "_v", "tv' --", "tv;", "TV", "tv ", "\u0442v"):
            e = self.refusal(lambda org=org: self.tv.call("MemberService", "GetMember", org=org))
            self.assertIn(e.code, (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT),
                          org)
        for token in ("'", "%", "\u0000", "ABCD", "123", "ff", "00", "3000", "0a", "41" * 2000):
            for call in (lambda t: self.tv.call("MemberService", "ListMembers", page_token=t),
                         lambda t: self.tv.call("DataService", "ListContributions",
                                                dataset_id=self.dataset, page_token=t)):
                e = self.refusal(lambda call=call, token=token: call(token))
                self.assertEqual(e.code, grpc.StatusCode.INVALID_ARGUMENT, token)

    def test_S1_pages_are_bounded(self):
        columns = [column("count", [1])]
        stream = self.tv.bidi("DataService", "SubmitContributions", (
            self.tv._types("DataService", "SubmitContributions")[0](
                submission=self.submission(columns=columns)) for _ in range(520)))
        self.assertEqual(len(list(stream)), 520)
        for size in (501, 10000, 2 ** 31 - 1):
            reply = self.tv.call("DataService", "ListContributions", dataset_id=self.dataset,
                                 page_size=size)
            self.assertLessEqual(len(reply.contributions), 500)
            self.assertTrue(reply.next_page_token)
        self.before = self.size()

    def test_A6_request_ids_are_of_who_asks(self):
        request_id = new_id()
        replies = [self.submit(client, request_id)
                   for client in (self.tv, self.officer, self.tv)]
        self.assertNotEqual(replies[0].contribution_id, replies[1].contribution_id)
        self.assertEqual(replies[0].contribution_id, replies[2].contribution_id)
        e = self.refusal(lambda: self.submit(self.tv, request_id,
                                             columns=[column("count", [6])]))
        self.assertEqual((e.code, e.reason),
                         (grpc.StatusCode.ABORTED, "E_IDEMPOTENCY_MISMATCH"))
        self.before = self.size()


if __name__ == "__main__":
    unittest.main(verbosity=2)
