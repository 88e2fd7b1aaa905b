# SPDX-License-Identifier: ISC
"""A stock gRPC client for the tests and the demo: python3-grpcio, messages made
by protoc at run time, statements signed by hand. Nothing of pidcd's own client
code is used, so that what works here works for an agency that writes its own."""

import datetime
import glob
import hashlib
import importlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import uuid

import grpc
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography import x509

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOUNS = ("admin", "bilateral", "board", "common", "consent", "data", "disclosure", "event",
         "explain", "identity", "ledger", "member", "mou", "notice", "observer", "partner",
         "partnership", "policy", "reason", "seat", "sharing_request", "standing", "statement")


def load_messages():
    """Compile proto/ to Python and import it: {noun: module}."""
    out = tempfile.mkdtemp(prefix="pidc-proto-")
    proto = os.path.join(SOURCE, "proto")
    files = glob.glob(os.path.join(proto, "pidc/v1/*.proto"))
    files += [os.path.join(proto, "google/rpc/status.proto"),
              os.path.join(proto, "google/rpc/error_details.proto"),
              os.path.join(proto, "grpc/health/v1/health.proto")]
    files += glob.glob(os.path.join(proto, "grpc/reflection/*/reflection.proto"))
    subprocess.run(["protoc", "-I", proto, "-I", "/usr/include", "--python_out=" + out] + files,
                   check=True)
    sys.path.insert(0, out)
    # The system's google package is a namespace that must also see ours.
    import google
    google.__path__ = list(google.__path__) + [os.path.join(out, "google")]
    modules = {noun: importlib.import_module("pidc.v1.%s_pb2" % noun) for noun in NOUNS}
    modules["status"] = importlib.import_module("google.rpc.status_pb2")
    for version in ("v1", "v1alpha"):
        # By its file: the package grpc is the installed library.
        name = "grpc/reflection/%s/reflection_pb2.py" % version
        spec = importlib.util.spec_from_file_location("reflection_" + version,
                                                      os.path.join(out, name))
        modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(modules[spec.name])
    modules["details"] = importlib.import_module("google.rpc.error_details_pb2")
    return modules


pb = load_messages()


def new_id():
    return str(uuid.uuid4())


class Refused(Exception):
    """A gRPC error with the reason that pidcd gave."""

    def __init__(self, error):
        super().__init__(error.details())
        self.code = error.code()
        self.message = error.details()
        self.reason = ""
        self.metadata = {}
        for key, value in error.trailing_metadata() or ():
            if key != "grpc-status-details-bin":
                continue
            status = pb["status"].Status.FromString(value)
            for detail in status.details:
                info = pb["details"].ErrorInfo()
                if detail.Unpack(info):
                    self.reason = info.reason
                    self.metadata = dict(info.metadata)


class Client:
    """One identity's channel."""

    def __init__(self, name, address=None, capacity=None):
        folder = os.environ["PIDC_CERT_DIR"]
        self.name = name
        self.capacity = capacity
        with open(os.environ["PIDC_CA"], "rb") as f:
            ca = f.read()
        with open(os.path.join(folder, name + ".key"), "rb") as f:
            self.key = f.read()
        with open(os.path.join(folder, name + ".crt"), "rb") as f:
            self.chain = f.read()
        self.channel = grpc.secure_channel(
            address or os.environ["PIDC_ADDRESS"],
            grpc.ssl_channel_credentials(ca, self.key, self.chain),
            options=[("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)])

    def close(self):
        self.channel.close()

    def _metadata(self):
        return (("pidc-capacity", self.capacity),) if self.capacity else None

    def _types(self, service, method):
        for noun in NOUNS:
            module = pb[noun]
            descriptor = module.DESCRIPTOR.services_by_name.get(service)
            if descriptor:
                m = descriptor.methods_by_name[method]
                owner = lambda d: getattr(pb[d.file.name.split("/")[-1][:-6]], d.name)
                return owner(m.input_type), owner(m.output_type)
        raise KeyError(service)

    def call(self, service, method, timeout=20, **fields):
        request, reply = self._types(service, method)
        try:
            return self.channel.unary_unary(
                "/pidc.v1.%s/%s" % (service, method),
                request_serializer=request.SerializeToString,
                response_deserializer=reply.FromString)(
                    request(**fields), timeout=timeout, metadata=self._metadata())
        except grpc.RpcError as e:
            raise Refused(e) from None

    def stream(self, service, method, timeout=60, **fields):
        """Server stream: yields replies, raises Refused."""
        request, reply = self._types(service, method)
        call = self.channel.unary_stream(
            "/pidc.v1.%s/%s" % (service, method), request_serializer=request.SerializeToString,
            response_deserializer=reply.FromString)(
                request(**fields), timeout=timeout, metadata=self._metadata())
        try:
            yield from call
        except grpc.RpcError as e:
            raise Refused(e) from None

    def bidi(self, service, method, requests, timeout=120):
        request, reply = self._types(service, method)
        call = self.channel.stream_stream(
            "/pidc.v1.%s/%s" % (service, method), request_serializer=request.SerializeToString,
            response_deserializer=reply.FromString)(
                requests, timeout=timeout, metadata=self._metadata())
        try:
            yield from call
        except grpc.RpcError as e:
            raise Refused(e) from None

    def sign(self, statement):
        """SignedStatement over the exact bytes of a ConsentStatement."""
        data = statement.SerializeToString()
        key = serialization.load_pem_private_key(self.key, None)
        value = key.sign(b"pidc/statement/v1\0" + data, ec.ECDSA(hashes.SHA256()))
        certs = x509.load_pem_x509_certificates(self.chain) if hasattr(
            x509, "load_pem_x509_certificates") else [x509.load_pem_x509_certificate(self.chain)]
        m = pb["statement"]
        return m.SignedStatement(
            statement=data,
            signature=m.Signature(
                algorithm="ecdsa-p256-sha256", value=value,
                certificate_chain=[c.public_bytes(serialization.Encoding.DER) for c in certs]))


def after(days):
    stamp = pb["statement"].ConsentStatement().valid_to
    stamp.FromDatetime(datetime.datetime.utcnow() + datetime.timedelta(days=days))
    return stamp


def column(field, values):
    return pb["data"].ContentColumn(field=field, values=[str(v) for v in values]).SerializeToString()


def leaf_hash(leaf):
    return hashlib.sha256(b"\0" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def verify_inclusion(index, size, leaf, proof, root):
    """RFC 9162, 2.1.3.2."""
    if index >= size:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            if not fn & 1:
                while fn and not fn & 1:
                    fn >>= 1
                    sn >>= 1
        else:
            r = node_hash(r, p)
        fn >>= 1
        sn >>= 1
    return sn == 0 and r == root


def verify_consistency(m, n, root_m, root_n, proof):
    """RFC 9162, 2.1.4.2."""
    proof = list(proof)
    if m == n:
        return not proof and root_m == root_n
    if m == 0:
        return not proof
    if m > n or not proof:
        return False
    if m & (m - 1) == 0:
        proof.insert(0, root_m)
    fn, sn = m - 1, n - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = proof[0]
    for c in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            if not fn & 1:
                while fn and not fn & 1:
                    fn >>= 1
                    sn >>= 1
        else:
            sr = node_hash(sr, c)
        fn >>= 1
        sn >>= 1
    return fr == root_m and sr == root_n and sn == 0
