# SPDX-License-Identifier: ISC
"""What tests/e2e/race.py races about: a dataset, the consent to fetch it, and all ways to
end that. Wants the variables of build/up/env."""

import hashlib
import os

from pidclib import Client, Refused, after, column, new_id, pb

d, c, s, x = pb["data"], pb["common"], pb["statement"], pb["disclosure"]
CONTRIBUTIONS = 6
DEADLINE = 30

tv_agent, tv, iom = Client("tv-agent"), Client("tv-officer"), Client("iom-agent")
ORIGIN = tv.call("AdminService", "GetServerInfo").origin


class World:
    """One dataset, its contributions, and the consent that lets IOM fetch it."""

    def __init__(self, *conditions):
        self.dataset_id = tv_agent.call(
            "DataService", "DefineDataset", request_id=new_id(), dataset=d.Dataset(
                category="OVER", title="Race", granularity=c.GRANULARITY_AGGREGATE,
                classification_default=c.CLASSIFICATION_GREEN, legal_basis="Immigration Act",
                ethics_note="none", retention_months=12,
                fields=[d.DatasetField(name="count", type=d.FIELD_TYPE_INTEGER),
                        d.DatasetField(name="month", type=d.FIELD_TYPE_MONTH),
                        d.DatasetField(name="scan", type=d.FIELD_TYPE_FILE)]),
        ).dataset.dataset_id
        self.ids = [tv_agent.call(
            "DataService", "SubmitContribution", request_id=new_id(), dataset_id=self.dataset_id,
            columns=[column("count", [n + 1])]).contribution_id for n in range(CONTRIBUTIONS)]
        self.grant = self.terms(s.STATEMENT_KIND_GRANT)
        for kind in conditions:
            self.grant.conditions.add(kind=kind)
        self.record(self.grant)

    def terms(self, kind):
        return s.ConsentStatement(
            statement_id=new_id(), consent_id=new_id(), version=1, owner_org="tv", kind=kind,
            data=s.DataSelector(dataset_ids=[self.dataset_id]),
            recipient=s.RecipientSelector(orgs=["iom"], capacity=c.CAPACITY_PARTNER),
            purposes=["ME"], actions=[c.ACTION_READ], fields=["count", "month"],
            mode=s.GRANT_MODE_ADD if kind == s.STATEMENT_KIND_GRANT else 0,
            valid_to=after(90) if kind == s.STATEMENT_KIND_GRANT else None, origin=ORIGIN)

    def change(self, kind):
        return s.ConsentStatement(
            statement_id=new_id(), consent_id=self.grant.consent_id, version=2, owner_org="tv",
            kind=kind, reason="race", origin=ORIGIN)

    def correct(self):
        """The fetches ask for counts; the grant never meant them."""
        st = s.ConsentStatement()
        st.CopyFrom(self.grant)
        st.statement_id, st.version, st.kind = new_id(), 2, s.STATEMENT_KIND_CORRECT
        st.fields[:] = ["month"]
        st.reason = "race"
        return st

    def revoke_all(self):
        """What somebody adds in between makes the register ask for another preview."""
        chosen = pb["consent"].RevokeAllFilter(dataset_id=self.dataset_id)
        shown = tv.call("ConsentService", "PreviewRevokeAll", timeout=DEADLINE, filter=chosen,
                        kind=s.STATEMENT_KIND_REVOKE)
        signed = [tv.sign(s.ConsentStatement(
            statement_id=new_id(), owner_org="tv", reason="race", origin=ORIGIN,
            kind=s.STATEMENT_KIND_REVOKE, consent_id=step.consent_id, version=step.version))
            for step in shown.chains]
        return tv.call("ConsentService", "RevokeAll", timeout=DEADLINE, request_id=new_id(),
                       filter=chosen, preview_digest=shown.digest,
                       statements=signed).position.revision

    @staticmethod
    def record(statement):
        return tv.call("ConsentService", "RecordStatement", timeout=DEADLINE, request_id=new_id(),
                       signed=tv.sign(statement)).position.revision

    def data(self, method, **kw):
        return tv.call("DataService", method, timeout=DEADLINE, request_id=new_id(),
                       contribution_id=self.ids[0], reason="race", **kw).position.revision


    # ---- the owner's word about one release

    def ask(self):
        """IOM asks; what then waits for the owner."""
        try:
            list(iom.stream("DisclosureService", "Fetch", owner_org="tv", purpose="ME",
                            action=c.ACTION_READ, fields=["count"], contribution_ids=self.ids))
        except Refused as e:
            if e.reason != "D_CONDITION":
                raise
        found = [a for a in iom.call("DisclosureService", "ListApprovals", page_size=500).approvals
                 if list(a.contribution_ids) == sorted(self.ids)
                 or set(a.contribution_ids) == set(self.ids)]
        return found[0]

    @staticmethod
    def confirm(waiting):
        said = x.ApprovalStatement(
            approval_id=waiting.approval_id, owner_org="tv", origin=ORIGIN, is_approved=True,
            request_digest=waiting.request_digest, valid_to=after(10))
        return tv.call("DisclosureService", "AnswerApproval", timeout=DEADLINE,
                       request_id=new_id(), signed=tv.sign(said)).position.revision

    # ---- a file that is about to be part of a contribution

    def upload(self):
        data = os.urandom(5000)
        digest = hashlib.sha256(data).digest()
        upload = tv_agent.call("DataService", "BeginUpload", sha256=digest,
                               size=len(data)).upload
        tv_agent.call("DataService", "UploadPart", upload_id=upload.upload_id, data=data,
                      sha256=digest)
        return upload.upload_id

    def complete(self, upload_id, replaces_id):
        return tv_agent.call(
            "DataService", "SubmitContribution", timeout=DEADLINE, request_id=new_id(),
            dataset_id=self.dataset_id, columns=[column("count", [9])], replaces_id=replaces_id,
            classification=c.CLASSIFICATION_GREEN,  # not what a higher one may become
            files=[d.UploadedFile(field="scan", upload_id=upload_id)]).position.revision


# Name: what ends it, and which items of a release rest on what was ended.
def rests_on_chain(world, item):
    return item.consent_id == world.grant.consent_id


def rests_on_first(world, item):
    return item.contribution_id == world.ids[0]


ENDS = {
    "revoke": (lambda w: w.record(w.change(s.STATEMENT_KIND_REVOKE)), rests_on_chain),
    "revoke_all": (lambda w: w.revoke_all(), rests_on_chain),
    "correct": (lambda w: w.record(w.correct()), rests_on_chain),
    "suspend": (lambda w: w.record(w.change(s.STATEMENT_KIND_SUSPEND)), rests_on_chain),
    # The phantom: a row that was not there when the release read its facts.
    "veto": (lambda w: w.record(w.terms(s.STATEMENT_KIND_VETO)),
             lambda w, item: item.dataset_id == w.dataset_id),
    "hold": (lambda w: w.data("HoldContribution"), rests_on_first),
    "withdraw": (lambda w: w.data("WithdrawContribution"), rests_on_first),
    # One signature reaches GREEN at most, so the grant does not cover it any more.
    "reclassify": (lambda w: w.data("ReclassifyContribution",
                                    classification=c.CLASSIFICATION_AMBER), rests_on_first),
}
