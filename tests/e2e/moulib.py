# SPDX-License-Identifier: ISC
"""A complete memorandum with a partner, and its way to two signatures, by stock clients."""

from boardlib import B, BoardCase
from pidclib import Client, new_id, pb

M = pb["mou"]
C = pb["common"]
P = pb["partner"]
S = pb["statement"]


def scope(*purposes, **more):
    if not purposes:
        return C.DataScope()
    fields = dict(purposes=purposes, actions=[C.ACTION_READ],
                  granularity_ceiling=C.GRANULARITY_AGGREGATE,
                  classification_ceiling=C.CLASSIFICATION_AMBER)
    fields.update(more)
    return C.DataScope(**fields)


def outcome(text):
    return M.MouOutcome(text=text, indicators=[M.MouIndicator(
        name="officers trained", baseline="none", target="40", frequency="yearly",
        source="training records")])


def terms(signatory, without=(), types=(), **more):
    clauses = [M.MouClause(kind=kind, text="as both sides have agreed", points=["train officers"])
               for kind in range(1, 21) if kind not in without]
    clauses += [M.MouClause(kind=kind, type=t, text="as both sides have agreed")
                for t in types for kind in range(30, 34)]
    fields = dict(clauses=clauses, outcomes_pidc=[outcome("trained officers")],
                  outcomes_partner=[outcome("trainers")], scope=scope("ME"), term_months=24,
                  notice_months=3, pidc_signatory=C.ROLE_SEC_HOS, partner_signatory=signatory)
    fields.update(more)
    return M.MouTerms(**fields)


class MouCase(BoardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.officer = Client("sec-officer")
        cls.signatory = Client("iom-signatory")
        cls.signatory_id = cls.signatory.call("IdentityService", "WhoAmI").actor.principal_id

    def mou(self, client, method, **fields):
        return client.call("MouService", method, request_id=new_id(), **fields)

    def terms(self, **more):
        return terms(self.signatory_id, **more)

    def draft(self, client=None, org="iom", text=None, **more):
        return self.mou(client or self.officer, "DraftMou", org=org,
                        terms=text or self.terms(**more))

    def read(self, mou_id, client=None):
        return (client or self.hos).call("MouService", "GetMou", mou_id=mou_id).mou

    def vet(self, mou_id, client=None, **more):
        mou = self.read(mou_id)
        fields = dict(mou_id=mou_id, expected_version=mou.version, digest=mou.digest)
        fields.update(more)
        return self.mou(client or self.hos, "VetMou", **fields)

    def approve(self, mou_id):
        mou = self.read(mou_id)
        return self.carried(kind=B.RESOLUTION_KIND_MOU_APPROVAL, subject_org=mou.org,
                            subject_id=mou_id, subject_digest=mou.digest)

    def sign(self, mou_id, party, client, **more):
        fields = dict(mou_id=mou_id, digest=self.read(mou_id).digest, party=party,
                      origin=self.origin)
        fields.update(more)
        return self.mou(client, "SignMou",
                        signed=client.sign(M.MouSignatureStatement(**fields)))

    def sign_both(self, mou_id):
        self.sign(mou_id, M.MOU_PARTY_PARTNER, self.signatory)
        return self.sign(mou_id, M.MOU_PARTY_PIDC, self.hos)

    def in_force(self, **more):
        mou_id = self.draft(**more).mou_id
        self.vet(mou_id)
        self.approve(mou_id)
        self.sign_both(mou_id)
        return mou_id
