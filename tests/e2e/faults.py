#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Attacks and faults against a running daemon, from a stock client: refusals that give
nothing away, a certificate revoked under an open connection, a database that goes and
comes back. Wants the variables of build/up/env."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import grpc  # noqa: E402
from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from google.protobuf import (descriptor_database, descriptor_pb2, descriptor_pool,  # noqa: E402
                             message_factory)
from faultlib import FaultCase, postgres  # noqa: E402
from pidclib import Client, new_id, pb  # noqa: E402

def spki(name):
    with open(os.path.join(os.environ["PIDC_CERT_DIR"], name + ".crt"), "rb") as f:
        cert = x509.load_pem_x509_certificate(f.read())
    der = cert.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    return digest.finalize()


class Faults(FaultCase):
    def test_A1_nobody_submits_for_another(self):
        before = self.size()
        e = self.refusal(lambda: self.submit(Client("fj-agent")))
        self.assertEqual(e.reason, "E_NOT_FOUND")
        self.assertEqual(self.size(), before)

    def test_A3_forbidden_and_missing_are_told_alike(self):
        iom = Client("iom-officer")
        answers = []
        for dataset in (self.dataset, new_id()):
            request = dict(owner_org="tv", dataset_id=dataset, purpose="ME", action=2,
                           fields=["count"])
            reply = iom.call("ConsentService", "CheckConsent", **request)
            self.assertEqual(reply.verdict, pb["consent"].VERDICT_DENY)
            self.assertEqual(reply.reason, pb["reason"].REASON_D_CONSENT)
            fetch = self.refusal(lambda: list(iom.stream(
                "DisclosureService", "Fetch", owner_org="tv", dataset_ids=[dataset],
                purpose="ME", action=2, fields=["count"])))
            get = self.refusal(lambda: iom.call("DataService", "GetDataset", dataset_id=dataset))
            reply.ClearField("position")
            answers.append((reply.SerializeToString(), fetch.code, fetch.reason, fetch.message,
                            get.code, get.reason, get.message))
        self.assertEqual(answers[0], answers[1])

    def test_P3_a_column_that_is_no_message(self):
        for bad in (b"\xff\xff", b"\x0a\x05count\x12\x02\xff\xfe", b"\x0a\x05count\x12\x01\x00"):
            e = self.refusal(lambda bad=bad: self.submit(self.tv, columns=[bad]))
            self.assertIn(e.reason, ("E_FIELD", "E_MALFORMED"))

    def test_SYS_2_a_revoked_certificate_is_out_at_once(self):
        victim = Client("ws-agent")
        victim.call("IdentityService", "WhoAmI")
        Client("ws-head").call("IdentityService", "RevokeCertificate", request_id=new_id(),
                               spki_sha256=spki("ws-agent"), reason="laptop stolen")
        e = self.refusal(lambda: victim.call("IdentityService", "WhoAmI"))
        self.assertIn(e.code, (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNAVAILABLE))
        e = self.refusal(lambda: Client("ws-agent").call("IdentityService", "WhoAmI"))
        self.assertEqual((e.code, e.reason), (grpc.StatusCode.UNAUTHENTICATED, "E_CERT_REVOKED"))

    def test_health_is_told_to_whoever_has_a_certificate(self):
        check = self.tv.channel.unary_unary("/grpc.health.v1.Health/Check")
        self.assertEqual(check(b"", timeout=10), b"\x08\x01")
        with self.assertRaises(grpc.RpcError) as caught:
            check(b"\x0a\x07nothing", timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)

    def reflect(self, version, *questions):
        """The answers to ServerReflectionRequests, of the messages that protoc made."""
        noun = pb["reflection_" + version]
        info = self.tv.channel.stream_stream(
            "/grpc.reflection.%s.ServerReflection/ServerReflectionInfo" % version,
            request_serializer=noun.ServerReflectionRequest.SerializeToString,
            response_deserializer=noun.ServerReflectionResponse.FromString)
        asked = [noun.ServerReflectionRequest(**q) for q in questions]
        return list(info(iter(asked), timeout=20))

    def test_reflection_is_enough_to_call_everything(self):
        for version in ("v1", "v1alpha"):
            reply, = self.reflect(version, dict(list_services="*"))
            names = [s.name for s in reply.list_services_response.service]
            self.assertIn("pidc.v1.ConsentService", names)
            known = descriptor_database.DescriptorDatabase()
            for reply in self.reflect(version, *(dict(file_containing_symbol=n) for n in names)):
                for data in reply.file_descriptor_response.file_descriptor_proto:
                    known.Add(descriptor_pb2.FileDescriptorProto.FromString(data))
            pool = descriptor_pool.DescriptorPool(known)
            for name in names:
                service = pool.FindServiceByName(name)
                self.assertTrue(service.methods)
                for method in service.methods:
                    message_factory.MessageFactory(pool).GetPrototype(method.input_type)()
        # And with nothing else known, a call.
        reply = message_factory.MessageFactory(pool).GetPrototype(
            pool.FindMethodByName("pidc.v1.IdentityService.WhoAmI").output_type)
        me = reply.FromString(self.tv.channel.unary_unary("/pidc.v1.IdentityService/WhoAmI")(
            b"", timeout=20))
        self.assertEqual(me.actor.org, "tv")

    def test_one_message_and_no_other_number_of_them(self):
        for path in ("/pidc.v1.IdentityService/WhoAmI", "/pidc.v1.LedgerService/VerifyDeep",
                     "/grpc.health.v1.Health/Check"):
            for messages in ([], [b"", b""]):
                call = self.tv.channel.stream_stream(path)
                with self.assertRaises(grpc.RpcError) as caught:
                    list(call(iter(messages), timeout=10))
                self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_S3_the_database_goes_and_comes_back(self):
        request_id = new_id()
        before = self.size()
        postgres("pg_stop")
        e = self.refusal(lambda: self.submit(self.tv, request_id))
        self.assertEqual(e.code, grpc.StatusCode.UNAVAILABLE)
        with open(os.environ["PIDC_LOG"]) as f:
            self.assertRegex(f.read(), r"call failed .*error=|lane connection-lost .*reason=")
        postgres("pg_start")
        reply = self.until_available(lambda: self.submit(self.tv, request_id))
        again = self.submit(self.tv, request_id)
        self.assertEqual(again.contribution_id, reply.contribution_id)
        self.assertEqual(self.until_available(self.size), before + 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
