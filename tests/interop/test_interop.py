# SPDX-License-Identifier: ISC
"""The interoperability cases of the gRPC project that need no special
credentials, by python3-grpcio against pidc-interop-server (argv[1])."""

import os
import queue
import signal
import subprocess
import sys
import tempfile
import unittest

import grpc

HERE = os.path.dirname(os.path.abspath(__file__))
SERVICE = "/grpc.testing.TestService/"
TIMEOUT = 60  # only so that a hang is a failure
STATUS_TEXT = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001F608\t\n"


def load_messages(folder):
    subprocess.run(["protoc", "-I", os.path.join(HERE, "proto/grpc/testing"),
                    "--python_out=" + folder, "messages.proto"], check=True)
    sys.path.insert(0, folder)
    import messages_pb2
    return messages_pb2


def make_certificate(folder):
    cert, key = os.path.join(folder, "server.crt"), os.path.join(folder, "server.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert, "-days", "2",
                    "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                   check=True, stderr=subprocess.DEVNULL)
    os.chmod(key, 0o600)
    return cert, key


class Interop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="pidc-interop-")
        cls.pb = load_messages(cls.folder.name)
        cert, key = make_certificate(cls.folder.name)
        cls.server = subprocess.Popen([SERVER, "--port", "0", "--cert", cert, "--key", key],
                                      stdout=subprocess.PIPE, text=True)
        line = cls.server.stdout.readline().strip()
        assert line.startswith("listening on "), line
        with open(cert, "rb") as file:
            credentials = grpc.ssl_channel_credentials(file.read())
        cls.channel = grpc.secure_channel(line.split()[-1], credentials)

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()
        cls.server.send_signal(signal.SIGTERM)
        status = cls.server.wait(TIMEOUT)
        cls.server.stdout.close()
        cls.folder.cleanup()
        assert status == 0, "the server ended with %d" % status

    def unary(self, name="UnaryCall", request="SimpleRequest", reply="SimpleResponse"):
        return self.channel.unary_unary(SERVICE + name,
                                        getattr(self.pb, request).SerializeToString,
                                        getattr(self.pb, reply).FromString)

    def output(self):
        return self.channel.unary_stream(SERVICE + "StreamingOutputCall",
                                         self.pb.StreamingOutputCallRequest.SerializeToString,
                                         self.pb.StreamingOutputCallResponse.FromString)

    def duplex(self, name="FullDuplexCall"):
        return self.channel.stream_stream(SERVICE + name,
                                          self.pb.StreamingOutputCallRequest.SerializeToString,
                                          self.pb.StreamingOutputCallResponse.FromString)

    def ask(self, *sizes, body=0, **parameters):
        return self.pb.StreamingOutputCallRequest(
            response_parameters=[self.pb.ResponseParameters(size=size, **parameters)
                                 for size in sizes],
            payload=self.pb.Payload(body=bytes(body)))

    def fails(self, code, call):
        with self.assertRaises(grpc.RpcError) as caught:
            call()
        self.assertEqual(caught.exception.code(), code)
        return caught.exception

    def test_empty_unary(self):
        empty = self.pb.Empty()
        self.assertEqual(self.unary("EmptyCall", "Empty", "Empty")(empty, timeout=TIMEOUT), empty)

    def test_large_unary(self):
        reply = self.unary()(self.pb.SimpleRequest(
            response_size=314159, payload=self.pb.Payload(body=bytes(271828))), timeout=TIMEOUT)
        self.assertEqual(reply.payload.body, bytes(314159))

    def test_client_streaming(self):
        call = self.channel.stream_unary(SERVICE + "StreamingInputCall",
                                         self.pb.StreamingInputCallRequest.SerializeToString,
                                         self.pb.StreamingInputCallResponse.FromString)
        requests = (self.pb.StreamingInputCallRequest(payload=self.pb.Payload(body=bytes(size)))
                    for size in (27182, 8, 1828, 45904))
        self.assertEqual(call(requests, timeout=TIMEOUT).aggregated_payload_size, 74922)

    def test_server_streaming(self):
        sizes = [31415, 9, 2653, 58979]
        replies = self.output()(self.ask(*sizes), timeout=TIMEOUT)
        self.assertEqual([len(reply.payload.body) for reply in replies], sizes)

    def test_more_than_the_windows_hold(self):
        replies = self.output()(self.ask(*[500000] * 40), timeout=TIMEOUT)
        self.assertEqual(sum(len(reply.payload.body) for reply in replies), 40 * 500000)

    def test_ping_pong(self):
        requests = queue.Queue()
        call = self.duplex()(iter(requests.get, None), timeout=TIMEOUT)
        for size, body in ((31415, 27182), (9, 8), (2653, 1828), (58979, 45904)):
            requests.put(self.ask(size, body=body))
            self.assertEqual(len(next(call).payload.body), size)
        requests.put(None)
        self.assertEqual(list(call), [])

    def test_empty_stream(self):
        self.assertEqual(list(self.duplex()(iter([]), timeout=TIMEOUT)), [])

    def test_half_duplex(self):
        replies = self.duplex("HalfDuplexCall")(iter([self.ask(1), self.ask(2, 3)]),
                                                timeout=TIMEOUT)
        self.assertEqual([len(reply.payload.body) for reply in replies], [1, 2, 3])

    def test_many_messages_in_order(self):
        requests = [self.ask(size) for size in range(500)]
        replies = self.duplex()(iter(requests), timeout=TIMEOUT)
        self.assertEqual([len(reply.payload.body) for reply in replies], list(range(500)))

    def test_status_code_and_message(self):
        status = self.pb.EchoStatus(code=2, message="test status message")
        error = self.fails(grpc.StatusCode.UNKNOWN, lambda: self.unary()(
            self.pb.SimpleRequest(response_status=status), timeout=TIMEOUT))
        self.assertEqual(error.details(), "test status message")
        request = self.pb.StreamingOutputCallRequest(response_status=status)
        self.fails(grpc.StatusCode.UNKNOWN,
                   lambda: list(self.duplex()(iter([request]), timeout=TIMEOUT)))

    def test_special_status_message(self):
        status = self.pb.EchoStatus(code=2, message=STATUS_TEXT)
        error = self.fails(grpc.StatusCode.UNKNOWN, lambda: self.unary()(
            self.pb.SimpleRequest(response_status=status), timeout=TIMEOUT))
        self.assertEqual(error.details(), STATUS_TEXT)

    def test_unimplemented(self):
        for path in (SERVICE + "UnimplementedCall", SERVICE + "CacheableUnaryCall",
                     "/grpc.testing.UnimplementedService/UnimplementedCall"):
            call = self.channel.unary_unary(path)
            self.fails(grpc.StatusCode.UNIMPLEMENTED,
                       lambda call=call: call(b"", timeout=TIMEOUT))

    def test_custom_metadata(self):
        sent = (("x-grpc-test-echo-initial", "test_initial_metadata_value"),
                ("x-grpc-test-echo-trailing-bin", b"\xab\xab\xab"))
        _, call = self.unary().with_call(self.pb.SimpleRequest(response_size=1), metadata=sent,
                                         timeout=TIMEOUT)
        self.assertIn(sent[0], [tuple(pair) for pair in call.initial_metadata()])
        self.assertIn(sent[1], [tuple(pair) for pair in call.trailing_metadata()])

    def test_timeout_on_sleeping_server(self):
        request = self.ask(1, interval_us=30000000)
        self.fails(grpc.StatusCode.DEADLINE_EXCEEDED,
                   lambda: list(self.duplex()(iter([request]), timeout=0.1)))

    def test_cancel_after_first_response(self):
        requests = queue.Queue()
        call = self.duplex()(iter(requests.get, None), timeout=TIMEOUT)
        requests.put(self.ask(31415))
        next(call)
        call.cancel()
        requests.put(None)
        self.assertEqual(call.code(), grpc.StatusCode.CANCELLED)

    def test_compression_both_ways(self):
        compressed = self.pb.BoolValue(value=True)
        reply = self.unary()(self.pb.SimpleRequest(
            response_size=314159, response_compressed=compressed,
            payload=self.pb.Payload(body=bytes(271828))),
            timeout=TIMEOUT, compression=grpc.Compression.Gzip)
        self.assertEqual(reply.payload.body, bytes(314159))
        replies = self.output()(self.ask(31415, 92653, compressed=compressed), timeout=TIMEOUT)
        self.assertEqual([len(reply.payload.body) for reply in replies], [31415, 92653])

    def test_client_compressed_unary(self):
        for expected in (True, False):
            request = self.pb.SimpleRequest(
                expect_compressed=self.pb.BoolValue(value=expected), response_size=314159,
                payload=self.pb.Payload(body=bytes(271828)))
            right, wrong = grpc.Compression.Gzip, grpc.Compression.NoCompression
            if not expected:
                right, wrong = wrong, right
            reply = self.unary()(request, timeout=TIMEOUT, compression=right)
            self.assertEqual(reply.payload.body, bytes(314159))
            self.fails(grpc.StatusCode.INVALID_ARGUMENT,
                       lambda: self.unary()(request, timeout=TIMEOUT, compression=wrong))

    def test_many_calls_at_once(self):
        calls = [self.unary().future(self.pb.SimpleRequest(response_size=size), timeout=TIMEOUT)
                 for size in range(500)]
        self.assertEqual([len(call.result().payload.body) for call in calls], list(range(500)))

    def test_size_out_of_range(self):
        for size in (-1, 2 ** 31 - 1):
            self.fails(grpc.StatusCode.INVALID_ARGUMENT, lambda size=size: self.unary()(
                self.pb.SimpleRequest(response_size=size), timeout=TIMEOUT))


if __name__ == "__main__":
    SERVER = sys.argv.pop(1)
    unittest.main()
