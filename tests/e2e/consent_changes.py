#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Consents that are corrected, and all of them ended at once."""

import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from consentlib import C, S, Consent, dataset, submit  # noqa: E402
from pidclib import Client, after, new_id, pb  # noqa: E402


class Corrections(Consent):
    """CORRECT narrows a grant in its place; it never opens and never makes right."""

    def correct(self, st, version=2, **more):
        fields = {f.name: v for f, v in st.ListFields()}
        fields.update(statement_id=new_id(), version=version, kind=S.STATEMENT_KIND_CORRECT,
                      reason="as it was meant")
        fields.update(more)
        return S.ConsentStatement(**fields)

    def granted(self, d, **more):
        st = self.statement(data=S.DataSelector(dataset_ids=[d]), **more)
        self.record(st)
        return st

    def test_a_correction_narrows(self):
        d = dataset(self.agent)
        st = self.granted(d)
        self.record(self.correct(st, fields=["month"]))
        self.assertEqual(self.owners_reason(d), "D_FIELD")
        self.assertEqual(self.owners_reason(d, fields=["month"]), "UNSPECIFIED")
        self.record(self.correct(st, version=3, fields=["month"], conditions=[
            S.Condition(kind=S.CONDITION_KIND_ATTRIBUTION)]))
        reply = self.check(d, fields=["month"])
        self.assertEqual([c.kind for c in reply.obligations], [S.CONDITION_KIND_ATTRIBUTION])

    def test_what_a_correction_takes_away_is_not_answered_from_memory(self):
        d, gone = dataset(self.agent), dataset(self.agent)
        st = self.statement(data=S.DataSelector(dataset_ids=[d, gone]))
        self.record(st)
        for _ in range(2):
            self.assertEqual(self.check(gone).verdict, pb["consent"].VERDICT_PERMIT)
        self.record(self.correct(st, data=S.DataSelector(dataset_ids=[d])))
        self.assertEqual(self.check(gone).verdict, pb["consent"].VERDICT_DENY)
        self.assertEqual(self.check(d).verdict, pb["consent"].VERDICT_PERMIT)

    def test_what_is_wider_is_another_grant(self):
        d = dataset(self.agent)
        st = self.granted(d, fields=["count"], conditions=[
            S.Condition(kind=S.CONDITION_KIND_ATTRIBUTION)],
            classification_ceiling=C.CLASSIFICATION_CLEAR)
        other = dataset(self.agent)
        for field, more in (
                ("data", dict(data=S.DataSelector(dataset_ids=[d, other]))),
                ("data", dict(data=S.DataSelector(all_of_owner=True))),
                ("recipient", dict(recipient=S.RecipientSelector(
                    orgs=["iom", "unhcr"], capacity=C.CAPACITY_PARTNER))),
                ("recipient", dict(recipient=S.RecipientSelector(
                    orgs=["iom"], capacity=C.CAPACITY_FUNDER))),
                ("purposes", dict(purposes=["ME", "OPS_BORDER"])),
                ("actions", dict(actions=[C.ACTION_READ, C.ACTION_COPY])),
                ("fields", dict(fields=["count", "month"])),
                ("fields", dict(fields=[], all_fields_of_schema_version=1)),
                ("conditions", dict(conditions=[])),
                ("classification_ceiling",
                 dict(classification_ceiling=C.CLASSIFICATION_GREEN)),
                ("valid_to", dict(valid_to=after(120))),
                ("mode", dict(mode=S.GRANT_MODE_EXCLUSIVE))):
            with self.subTest(field=field, **{k: str(v) for k, v in more.items()}):
                e = self.refusal("E_FIELD", lambda more=more: self.record(
                    self.correct(st, **more)))
                self.assertEqual(e.metadata.get("field"), field)

    def test_only_grants_are_corrected(self):
        d = dataset(self.agent)
        veto = self.statement(S.STATEMENT_KIND_VETO, data=S.DataSelector(dataset_ids=[d]))
        self.record(veto)
        self.refusal("E_STATE", lambda: self.record(self.correct(veto, valid_to=after(30))))
        exclusive = self.granted(d, mode=S.GRANT_MODE_EXCLUSIVE)
        self.refusal("E_FIELD", lambda: self.record(self.correct(exclusive, fields=["count"])))

    def test_C7_a_correction_does_not_outlive_a_revocation(self):
        """The revocation of another grant closed this scope; correcting does not open it."""
        d = dataset(self.agent)
        broad = self.granted(d)
        narrow = self.granted(d, fields=["count"])
        self.end(narrow)
        self.assertEqual(self.owners_reason(d), "D_REVOKED")
        self.record(self.correct(broad, fields=["count"]))
        self.assertEqual(self.owners_reason(d), "D_REVOKED")
        self.refusal("E_STATE", lambda: self.record(self.correct(narrow, version=3)))

    def test_C7_what_was_corrected_to_a_part_is_revoked_there(self):
        """A grant of everything, corrected to one dataset or to one contribution: what it
        is corrected to is found again, to permit and to refuse."""
        for part in ("dataset_ids", "contribution_ids"):
            with self.subTest(part=part):
                d = dataset(self.agent)
                one = submit(self.agent, d)
                ask = lambda: self.owners_reason("", contribution_id=one)
                narrow = S.DataSelector(**{part: [d if part == "dataset_ids" else one]})
                # The owner has AMBER data too: up to GREEN one signature is enough.
                wide = self.statement(data=S.DataSelector(all_of_owner=True),
                                      classification_ceiling=C.CLASSIFICATION_GREEN)
                self.record(wide)
                self.record(self.correct(wide, data=narrow))
                self.assertEqual(ask(), "UNSPECIFIED")
                self.end(wide, S.STATEMENT_KIND_SUSPEND, version=3)
                older = self.statement(data=S.DataSelector(dataset_ids=[d]))
                self.record(older)
                self.assertEqual(ask(), "UNSPECIFIED")
                self.end(wide, version=4)
                self.assertEqual(ask(), "D_REVOKED")

    def test_SD_6_a_correction_keeps_the_approval(self):
        d = dataset(self.agent, C.CLASSIFICATION_AMBER)
        st = self.statement(
            data=S.DataSelector(dataset_ids=[d]), purposes=["OPS_BORDER"],
            recipient=S.RecipientSelector(orgs=["fj"], capacity=C.CAPACITY_MEMBER))
        self.record(st, approval=self.head.sign(st).signature)
        self.assertFalse(self.record(self.correct(st, fields=["count"])).is_pending)
        self.assertEqual(self.check(d, self.fj, "OPS_BORDER").verdict,
                         pb["consent"].VERDICT_PERMIT)


class RevokeAll(Consent):
    """Ending many grants at once; only the preview's, and all of it."""

    def preview(self, kind=S.STATEMENT_KIND_REVOKE, client=None, **chosen):
        return (client or self.officer).call(
            "ConsentService", "PreviewRevokeAll", kind=kind,
            filter=pb["consent"].RevokeAllFilter(**chosen))

    def order(self, preview, kind=S.STATEMENT_KIND_REVOKE, chains=None, **more):
        """A statement for each chain."""
        orders = []
        for chain in preview.chains if chains is None else chains:
            fields = dict(statement_id=new_id(), owner_org="tv", kind=kind, origin=self.origin,
                          consent_id=chain.consent_id, version=chain.version, reason="all of it")
            fields.update(more)
            orders.append(S.ConsentStatement(**fields))
        return orders

    def revoke_all(self, preview, statements, client=None, digest=None, **chosen):
        client = client or self.officer
        signed = [client.sign(st) for st in statements]
        for one in signed[1:]:
            one.signature.ClearField("certificate_chain")
        return client.call("ConsentService", "RevokeAll", request_id=new_id(),
                           filter=pb["consent"].RevokeAllFilter(**chosen),
                           preview_digest=digest or preview.digest, statements=signed)

    def granted(self, count, d=None):
        d = d or dataset(self.agent)
        chains = []
        for _ in range(count):
            st = self.statement(data=S.DataSelector(dataset_ids=[d]))
            self.record(st)
            chains.append(st.consent_id)
        return d, sorted(chains)

    def test_all_of_a_dataset_end_in_one_go(self):
        d, chains = self.granted(3)
        other, _ = self.granted(1)
        shown = self.preview(dataset_id=d)
        self.assertEqual([c.consent_id for c in shown.chains], chains)
        text = b"".join(b"%s\0%d\0" % (c.consent_id.encode(), c.version) for c in shown.chains)
        self.assertEqual(shown.digest, hashlib.sha256(b"pidc/revoke-all/v1\0" + text).digest())
        self.assertEqual(len(shown.consents), 3)
        reply = self.revoke_all(shown, self.order(shown), dataset_id=d)
        self.assertEqual(reply.ended, 3)
        self.assertEqual(self.owners_reason(d), "D_REVOKED")
        self.assertEqual(self.check(other).verdict, pb["consent"].VERDICT_PERMIT)
        consent = self.officer.call("ConsentService", "GetConsent", consent_id=chains[0]).consent
        self.assertEqual((consent.state, consent.version),
                         (pb["consent"].CONSENT_STATE_REVOKED, 2))
        self.assertEqual(list(self.preview(dataset_id=d).chains), [])

    def test_I11_nobody_reads_of_the_others_chains(self):
        """Each recipient reads the end of its own chain and nothing of the other one; the
        owner has both, each with its own signature."""
        d = dataset(self.agent)
        chains = {}
        for org in ("iom", "unhcr"):
            st = self.statement(data=S.DataSelector(dataset_ids=[d]), recipient=S.RecipientSelector(
                orgs=[org], capacity=pb["common"].CAPACITY_PARTNER))
            self.record(st)
            chains[org] = st.consent_id
        start = self.officer.call("LedgerService", "GetHead").size
        shown = self.preview(dataset_id=d)
        reply = self.revoke_all(shown, self.order(shown), dataset_id=d)
        self.assertEqual(reply.position.revision, start)
        for org, other in (("iom", "unhcr"), ("unhcr", "iom")):
            client = Client(org + "-officer")
            payloads = [e.payload for e in client.call("LedgerService", "ListEntries", start=start,
                                                       count=10).entries if e.payload]
            self.assertEqual(len(payloads), 1)
            self.assertIn(chains[org].encode(), payloads[0])
            self.assertNotIn(chains[other].encode(), payloads[0])
            self.assertNotIn(other.encode(), payloads[0])
            consent = client.call("ConsentService", "GetConsent", consent_id=chains[org]).consent
            self.assertEqual(len(consent.statements), 2)
            self.assertNotIn(chains[other].encode(), consent.SerializeToString())
        own = [e for e in self.officer.call("LedgerService", "ListEntries", start=start,
                                            count=10).entries if e.payload]
        self.assertEqual(len(own), 2)
        for entry, step in zip(own, shown.chains):
            recorded = pb["event"].Event.FromString(entry.payload).consent_recorded
            st = S.ConsentStatement.FromString(recorded.signed.statement)
            self.assertEqual((st.consent_id, st.version), (step.consent_id, step.version))
            self.assertEqual(len(recorded.signed.signature.certificate_chain), 1)

    def test_statements_of_many_are_all_signed_and_new(self):
        d, _ = self.granted(2)
        shown = self.preview(dataset_id=d)
        orders = self.order(shown)
        forged = self.order(shown)
        forged[1].statement_id = forged[0].statement_id
        self.refusal("E_EXISTS", lambda: self.revoke_all(shown, forged, dataset_id=d))
        mixed = self.order(shown)
        mixed[1].kind = S.STATEMENT_KIND_SUSPEND
        self.refusal("E_FIELD", lambda: self.revoke_all(shown, mixed, dataset_id=d))
        signed = [self.officer.sign(st) for st in orders]
        signed[1].signature.ClearField("certificate_chain")
        signed[1].signature.value = signed[0].signature.value
        self.refusal("E_FIELD", lambda: self.officer.call(
            "ConsentService", "RevokeAll", request_id=new_id(), preview_digest=shown.digest,
            filter=pb["consent"].RevokeAllFilter(dataset_id=d), statements=signed))
        self.assertEqual(self.check(d).verdict, pb["consent"].VERDICT_PERMIT)
        self.assertEqual(self.revoke_all(shown, orders, dataset_id=d).ended, 2)
        findings = [m.finding_count for m in Client("auditor").stream("LedgerService", "VerifyDeep")
                    if m.is_complete]
        self.assertEqual(findings, [0])

    def test_pausing_is_the_reversible_first_step(self):
        d, chains = self.granted(2)
        kind = S.STATEMENT_KIND_SUSPEND
        shown = self.preview(kind, dataset_id=d)
        self.revoke_all(shown, self.order(shown, kind), dataset_id=d)
        self.assertEqual(self.owners_reason(d), "D_REVOKED")
        self.assertEqual(list(self.preview(kind, dataset_id=d).chains), [])
        self.record(S.ConsentStatement(
            statement_id=new_id(), consent_id=chains[0], version=3, owner_org="tv",
            kind=S.STATEMENT_KIND_RESUME, origin=self.origin))
        self.assertEqual(self.owners_reason(d), "D_REVOKED")  # the other one still closes it
        self.record(S.ConsentStatement(
            statement_id=new_id(), consent_id=chains[1], version=3, owner_org="tv",
            kind=S.STATEMENT_KIND_RESUME, origin=self.origin))
        self.assertEqual(self.check(d).verdict, pb["consent"].VERDICT_PERMIT)

    def test_what_was_not_shown_is_not_ended(self):
        d, _ = self.granted(1)
        shown = self.preview(dataset_id=d)
        self.granted(1, d)
        self.refusal("E_STATE", lambda: self.revoke_all(shown, self.order(shown), dataset_id=d))
        shown = self.preview(dataset_id=d)
        part = self.order(shown, chains=shown.chains[:1])
        self.refusal("E_FIELD", lambda: self.revoke_all(shown, part, dataset_id=d))
        swapped = self.order(shown, chains=list(shown.chains)[::-1])
        self.refusal("E_FIELD", lambda: self.revoke_all(shown, swapped, dataset_id=d))
        self.refusal("E_STATE", lambda: self.revoke_all(shown, self.order(shown), dataset_id=d,
                                                        digest=bytes(32)))
        self.assertEqual(self.check(d).verdict, pb["consent"].VERDICT_PERMIT)

    def test_bad_orders_end_nothing(self):
        d, _ = self.granted(1)
        shown = self.preview(dataset_id=d)
        act = lambda st, client=None: self.revoke_all(shown, st, client, dataset_id=d)
        self.refusal("E_OWNER_ONLY", lambda: act(self.order(shown, owner_org="fj")))
        self.refusal("E_OWNER_ONLY", lambda: act(self.order(shown), self.fj))
        self.refusal("E_FIELD", lambda: act(self.order(shown, origin="elsewhere")))
        self.refusal("E_FIELD", lambda: act(self.order(shown, kind=S.STATEMENT_KIND_RESUME)))
        self.refusal("E_FIELD", lambda: act(self.order(shown, version=1)))
        self.refusal("E_FIELD", lambda: act([]))
        old = S.ConsentStatement(statement_id=new_id(), owner_org="tv", origin=self.origin,
                                 kind=S.STATEMENT_KIND_REVOKE, chains=shown.chains, reason="all")
        self.refusal("E_FIELD", lambda: act([old]))
        self.refusal("E_FIELD", lambda: self.officer.call(
            "ConsentService", "RevokeAll", request_id=new_id(), preview_digest=shown.digest,
            filter=pb["consent"].RevokeAllFilter(dataset_id=d), signed=self.officer.sign(old)))
        self.refusal("E_EMPTY_SELECTOR", lambda: self.revoke_all(shown, self.order(shown)))
        self.refusal("E_FIELD", lambda: self.record(old))
        self.refusal("E_FIELD", lambda: self.record(self.statement(
            data=S.DataSelector(dataset_ids=[d]), chains=shown.chains, consent_id="", version=0)))
        self.refusal("E_FIELD", lambda: self.preview(S.STATEMENT_KIND_GRANT, dataset_id=d))
        self.assertEqual(list(self.preview().chains), [])
        self.assertEqual(list(self.preview(client=self.fj, dataset_id=d).chains), [])
        self.assertEqual(self.check(d).verdict, pb["consent"].VERDICT_PERMIT)


if __name__ == "__main__":
    unittest.main(verbosity=2)
