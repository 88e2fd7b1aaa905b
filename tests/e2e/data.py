#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""The life of contributions and files against a running daemon, from a stock client.
Wants the variables of build/up/env."""

import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from pidclib import Client, Refused, after, column, new_id, pb  # noqa: E402

C = pb["common"]
D = pb["data"]
S = pb["statement"]
PART = 128 * 1024


class Data(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.agent = Client("tv-agent")
        cls.officer = Client("tv-officer")
        cls.head = Client("tv-head")
        cls.iom = Client("iom-officer")
        cls.hos = Client("sec-hos")
        cls.origin = cls.agent.call("AdminService", "GetServerInfo").origin
        reply = cls.agent.call(
            "DataService", "DefineDataset", request_id=new_id(),
            dataset=D.Dataset(
                category="OVER", title="Reports", granularity=C.GRANULARITY_AGGREGATE,
                classification_default=C.CLASSIFICATION_CLEAR, legal_basis="Act",
                ethics_note="none", retention_months=12,
                fields=[D.DatasetField(name="count", type=D.FIELD_TYPE_INTEGER, is_count=True),
                        D.DatasetField(name="report", type=D.FIELD_TYPE_FILE)]))
        cls.dataset_id = reply.dataset.dataset_id
        statement = S.ConsentStatement(
            statement_id=new_id(), consent_id=new_id(), version=1, owner_org="tv",
            kind=S.STATEMENT_KIND_GRANT, origin=cls.origin,
            data=S.DataSelector(dataset_ids=[cls.dataset_id]),
            recipient=S.RecipientSelector(orgs=["iom"], capacity=C.CAPACITY_PARTNER),
            purposes=["ME"], actions=[C.ACTION_READ], fields=["count", "report"],
            valid_to=after(90), mode=S.GRANT_MODE_ADD,
            classification_ceiling=C.CLASSIFICATION_GREEN)
        cls.officer.call("ConsentService", "RecordStatement", request_id=new_id(),
                         signed=cls.officer.sign(statement))

    def refusal(self, reason, function):
        with self.assertRaises(Refused) as caught:
            function()
        self.assertEqual(caught.exception.reason, reason)
        return caught.exception

    def submit(self, **more):
        fields = dict(request_id=new_id(), dataset_id=self.dataset_id)
        if not more.get("files") and not more.get("fields"):
            fields["columns"] = [column("count", [5])]
        fields.update(more)
        return self.agent.call("DataService", "SubmitContribution", **fields).contribution_id

    def fetch(self, *ids, fields=("count",)):
        return self.iom.stream("DisclosureService", "Fetch", owner_org="tv",
                               contribution_ids=list(ids), purpose="ME", action=C.ACTION_READ,
                               fields=list(fields))

    def change(self, method, contribution_id, client=None, **more):
        return (client or self.agent).call("DataService", method, request_id=new_id(),
                                           contribution_id=contribution_id, **more)

    def begin(self, data, client=None):
        return (client or self.agent).call("DataService", "BeginUpload",
                                           sha256=hashlib.sha256(data).digest(),
                                           size=len(data)).upload

    def part(self, upload, data, offset):
        piece = data[offset:offset + PART]
        return self.agent.call("DataService", "UploadPart", upload_id=upload.upload_id,
                               offset=offset, data=piece,
                               sha256=hashlib.sha256(piece).digest()).upload

    def upload(self, data):
        upload = self.begin(data)
        while upload.offset < upload.size:
            upload = self.part(upload, data, upload.offset)
        self.assertEqual(upload.state, D.UPLOAD_STATE_COMPLETE)
        return upload

    def test_a_correction_and_a_withdrawal(self):
        first = self.submit()
        self.assertEqual(len(list(self.fetch(first))), 1)
        second = self.submit(replaces_id=first)
        self.refusal("D_CONSENT", lambda: list(self.fetch(first)))
        self.assertEqual(len(list(self.fetch(second))), 1)
        self.change("WithdrawContribution", second, reason="counted twice")
        self.refusal("D_CONSENT", lambda: list(self.fetch(second)))
        got = self.head.call("DataService", "GetContribution", contribution_id=first).contribution
        self.assertEqual(got.status, D.CONTRIBUTION_STATUS_REPLACED)
        self.assertEqual(got.replaced_by_id, second)

    def test_a_hold(self):
        held = self.submit()
        self.change("HoldContribution", held, reason="under review")
        self.refusal("D_CONSENT", lambda: list(self.fetch(held)))
        self.refusal("E_ROLE", lambda: self.change("ReleaseHold", held, reason="reviewed",
                                                   expected_version=2))
        self.change("ReleaseHold", held, client=self.officer, reason="reviewed",
                    expected_version=2)
        self.assertEqual(len(list(self.fetch(held))), 1)

    def test_PRI_9a_a_and_lowering_by_two(self):
        made = self.submit()
        self.refusal("E_OWNER_ONLY", lambda: self.change(
            "ReclassifyContribution", made, client=self.hos, reason="should be open",
            classification=C.CLASSIFICATION_CLEAR))
        self.change("ReclassifyContribution", made, reason="names a village",
                    classification=C.CLASSIFICATION_AMBER)
        with self.assertRaises(Refused):
            list(self.fetch(made))
        said = D.Reclassification(
            origin=self.origin, owner_org="tv", contribution_id=made, version=2,
            to=C.CLASSIFICATION_GREEN, reason="the name is gone")
        setattr(said, "from", C.CLASSIFICATION_AMBER)
        signed = self.officer.sign(said)
        fields = dict(reason="the name is gone", classification=C.CLASSIFICATION_GREEN,
                      signed=signed)
        self.refusal("E_SOD", lambda: self.change("ReclassifyContribution", made, **fields))
        self.change("ReclassifyContribution", made, approval=self.head.sign(said).signature,
                    **fields)
        self.assertEqual(len(list(self.fetch(made))), 1)

    def test_content_elsewhere(self):
        made = self.submit(content_kind=D.CONTENT_KIND_EXTERNAL_REF, fields=["count"],
                           content_digest=bytes(32), content_size=99,
                           external_uri="https://data.gov.tv/overstays.csv")
        items = [i for m in self.fetch(made) for i in m.items]
        self.assertEqual(items[0].external_uri, "https://data.gov.tv/overstays.csv")
        self.assertEqual(items[0].content_size, 99)
        self.assertEqual(len(items[0].columns), 0)

    def test_a_file_there_and_back(self):
        data = os.urandom(3 * 1024 * 1024 + 17)
        upload = self.begin(data)
        upload = self.part(upload, data, 0)
        # The link breaks; the next run begins again and goes on.
        self.assertEqual(self.begin(data).offset, PART)
        self.part(upload, data, 0)
        upload = self.upload(data)
        made = self.submit(files=[D.UploadedFile(field="report", upload_id=upload.upload_id)])
        messages = list(self.fetch(made, fields=("report",)))
        announced = messages[0].items[0].files[0]
        self.assertEqual(announced.sha256, hashlib.sha256(data).digest())
        got = b""
        for message in messages[1:]:
            self.assertEqual(message.piece.offset, len(got))
            got += message.piece.data
        self.assertEqual(got, data)
        # Not consented to: another field alone tells nothing of it.
        self.assertEqual([i for m in self.fetch(made) for i in m.items], [])

    def test_wrong_and_truncated_files(self):
        data = os.urandom(PART + 10)
        upload = self.agent.call("DataService", "BeginUpload", sha256=bytes(32),
                                 size=len(data)).upload
        self.part(upload, data, 0)
        files = [D.UploadedFile(field="report", upload_id=upload.upload_id)]
        self.refusal("E_STATE", lambda: self.submit(files=files))
        self.refusal("E_FIELD", lambda: self.part(upload, data, PART))
        self.refusal("E_NOT_FOUND", lambda: self.submit(files=files))
        self.refusal("E_FIELD", lambda: self.agent.call(
            "DataService", "BeginUpload", sha256=bytes(32), size=(64 << 20) + 1))

    def test_SYS_8_erasure(self):
        arc = Client("arc-member")
        made = self.submit()
        index = self.head.call("DataService", "GetContribution",
                               contribution_id=made).contribution.index
        self.refusal("E_OWNER_ONLY", lambda: self.change("EraseContribution", made, client=arc))
        self.change("RequestErasure", made, client=self.head, legal_ground="Privacy Act, s 7",
                    expected_version=1)
        waiting = arc.call("DataService", "ListErasures", pending=True).erasures
        self.assertIn(made, [e.contribution_id for e in waiting])
        self.change("EraseContribution", made, client=arc)
        self.refusal("D_CONSENT", lambda: list(self.fetch(made)))
        proof = self.head.call("LedgerService", "GetInclusionProof", index=index)
        self.assertTrue(proof.position.register_epoch)


if __name__ == "__main__":
    unittest.main(verbosity=2)
