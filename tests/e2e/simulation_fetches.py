# SPDX-License-Identifier: ISC
"""What leaves in tests/e2e/simulation.py, and what follows on it, by chance; part of
simulation_acts.py."""

from pidclib import Refused, new_id
from simulation_consents import FIELDS, OWNERS, PURPOSES, RECIPIENTS, WHY
from simulation_decision import ANY_APPROVAL
from simulation_model import C, X, demand


class Fetches:
    def question(self, owner):
        """Anything; mostly something like what somebody was given."""
        to = self.pick(*RECIPIENTS)
        asked = {"owner": owner, "recipient": to,
                 "capacity": C.CAPACITY_MEMBER if to == "nz" else C.CAPACITY_PARTNER,
                 "purpose": self.pick(*PURPOSES), "action": C.ACTION_READ,
                 "fields": self.some(FIELDS)}
        grants = [c.terms for c in self.model.chains.values()
                  if c.owner == owner and c.state == "CURRENT" and
                  (c.terms.recipient.orgs or set(c.terms.recipient.pinned_orgs) & {"iom", "unhcr"})]
        if grants and self.dice.random() < 0.8:
            st = self.pick(*grants)
            to = [*st.recipient.orgs, *({"iom", "unhcr"} & set(st.recipient.pinned_orgs))]
            asked.update(recipient=min(to), capacity=st.recipient.capacity,
                         purpose=self.pick(*st.purposes), fields=self.some(list(st.fields)))
        if self.dice.random() < 0.05:
            asked["capacity"] = C.CAPACITY_FUNDER
        return asked

    def fetch(self):
        for _ in range(40):  # mostly something that should be given
            owner, dataset, item = self.pick(*self.items)
            asked = self.question(owner)
            if self.dice.random() < 0.05 or self.model.permits(
                    asked, item, self.now(), "", ANY_APPROVAL):
                break
        to = asked["recipient"]
        ids = sorted({item} | {i[2] for i in self.items if i[1] == dataset
                               and self.dice.random() < 0.2})
        self.take(to, asked, ids, contribution_ids=ids)

    def take(self, to, asked, ids, approval="", **more):
        """Fetch; a refusal is one only when something forbids it, then and now."""
        client = self.client(to + "-officer", C.Capacity.Name(asked["capacity"])[9:])
        try:
            got = [i.contribution_id for reply in client.stream(
                "DisclosureService", "Fetch", owner_org=asked["owner"], purpose=asked["purpose"],
                action=asked["action"], fields=asked["fields"], **more)
                for i in reply.items]
        except Refused as e:
            self.catch_up()
            demand(not all(self.model.permits(asked, i, at, "", approval)
                           for i in ids for at in (self.model.tx_time, self.now())),
                   "a fetch was refused that nothing forbids", e.reason, asked, ids)
            raise
        demand(sorted(got) == sorted(ids), "a fetch gives what was asked for")

    # ---- approvals

    def answer(self):
        """The owner's word about one release; then the recipient comes back with it."""
        waiting = [a for a in self.model.approvals.values() if a.state == "PENDING"]
        if not waiting:
            return
        asked = self.pick(*waiting).asked
        owner = asked.owner_org if self.dice.random() < 0.9 else self.pick(*OWNERS)
        officer = self.client(owner + "-officer")
        said = X.ApprovalStatement(
            approval_id=asked.approval_id, owner_org=owner, origin=self.origin, reason=WHY,
            request_digest=asked.request_digest, is_approved=self.dice.random() < 0.8)
        if said.is_approved:
            said.valid_to.CopyFrom(self.later(self.pick(0.5, 20)))
        officer.call("DisclosureService", "AnswerApproval", request_id=new_id(),
                     signed=officer.sign(said))
        demand(owner == asked.owner_org, "I14 approved by another")

    def use_approval(self):
        answered = [a for a in self.model.approvals.values()
                    if a.state == "APPROVED" or self.dice.random() < 0.1]
        if not answered:
            return
        a = self.pick(*answered).asked
        self.take(a.recipient_org, {
            "owner": a.owner_org, "recipient": a.recipient_org, "capacity": a.capacity,
            "purpose": a.purpose, "action": a.action, "fields": list(a.fields)},
            list(a.contribution_ids), a.approval_id, approval_id=a.approval_id)

    # ---- recalls

    def recall(self):
        if not self.model.releases:
            return
        index, item = self.pick(*self.model.releases)
        k = self.model.contributions[item]
        owner = self.model.datasets[k["dataset"]][0].owner_org
        self.client(owner + "-officer").call(
            "DisclosureService", "RecallDisclosures", request_id=new_id(), reason=WHY,
            recipient_org=self.model.recipients[index],
            cause=self.pick(X.RECALL_CAUSE_WITHDRAWN, X.RECALL_CAUSE_CORRECTED,
                            X.RECALL_CAUSE_CONSENT_ENDED, *[X.RECALL_CAUSE_OWNER_DECISION] * 5),
            items=[X.DisclosedItemRef(release_index=index, contribution_id=item)])

    def answer_recall(self):
        if not self.model.recalls:
            return
        (index, item, _), (recall_id, state, _) = self.pick(*self.model.recalls.items())
        to = self.model.recipients[index]
        ref = [X.DisclosedItemRef(release_index=index, contribution_id=item)]
        if state == "ANSWERED" and self.dice.random() < 0.5:
            k = self.model.contributions[item]
            owner = self.model.datasets[k["dataset"]][0].owner_org
            self.client(owner + "-officer").call(
                "DisclosureService", "CloseRecall", request_id=new_id(), recall_id=recall_id,
                items=ref)
            return
        self.client(to + "-officer").call(
            "DisclosureService", "AnswerRecall", request_id=new_id(), recall_id=recall_id,
            outcome=self.dice.randint(1, 4), reason=WHY, items=ref)
