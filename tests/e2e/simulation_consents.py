# SPDX-License-Identifier: ISC
"""What owners say in tests/e2e/simulation.py, by chance; part of simulation_acts.py."""

from pidclib import new_id, pb
from simulation_model import C, S, demand

FIELDS = ("month", "count", "nationality")
PURPOSES = ("ME", "RESEARCH_STAT", "OPS_BORDER", "DONOR_REPORTING")
CATEGORIES = ("OVER", "RAS")
OWNERS = ("tv", "fj")
RECIPIENTS = ("iom", "unhcr", "nz")
WHY = "as the dice fell"


class Consents:
    def terms(self, owner, kind):
        is_grant = kind == S.STATEMENT_KIND_GRANT
        st = S.ConsentStatement(
            statement_id=new_id(), consent_id=new_id(), version=1, owner_org=owner, kind=kind,
            purposes=self.some(PURPOSES[:2]) + self.some(PURPOSES[2:3]), origin=self.origin,
            actions=self.some([C.ACTION_DISCOVER, C.ACTION_READ, C.ACTION_READ]),
            mode=self.pick(*[S.GRANT_MODE_ADD] * 8, S.GRANT_MODE_EXCLUSIVE,
                           S.GRANT_MODE_UNSPECIFIED) if is_grant else 0,
            valid_to=self.later(self.pick(1, 90)) if is_grant or self.dice.random() < 0.3 else None)
        st.actions[:] = sorted(set(st.actions))
        if self.dice.random() < 0.2:
            st.valid_from.CopyFrom(self.later(0.5))
        if self.dice.random() < 0.3:
            st.data_period.CopyFrom(self.period())
        if is_grant and self.dice.random() < 0.45:
            self.condition(st)
        st.fields[:] = self.some(FIELDS) if self.dice.random() < 0.6 else FIELDS
        self.select(st, owner)
        return st

    def condition(self, st):
        kind = self.pick(S.CONDITION_KIND_NO_ONWARD, S.CONDITION_KIND_ATTRIBUTION,
                         S.CONDITION_KIND_AGGREGATE_ONLY, S.CONDITION_KIND_MAX_RELEASES,
                         S.CONDITION_KIND_FREQUENCY, S.CONDITION_KIND_EMBARGO_UNTIL,
                         *[S.CONDITION_KIND_APPROVE_EACH] * 4)
        condition = st.conditions.add(kind=kind)
        if kind in (S.CONDITION_KIND_MAX_RELEASES, S.CONDITION_KIND_FREQUENCY):
            condition.number = self.pick(1, 2)
        if kind == S.CONDITION_KIND_FREQUENCY:
            condition.days = 1
        if kind == S.CONDITION_KIND_EMBARGO_UNTIL:
            condition.until.CopyFrom(self.later(self.pick(-1, 0.4)))

    def select_class(self, st):
        """A class: those in it at signing, later ones too, or some that the signer saw."""
        partner = self.model.partners[self.pick(*RECIPIENTS[:2])]
        st.recipient.capacity = C.CAPACITY_PARTNER
        st.recipient.org_class = partner.partner_class
        st.recipient.class_mode = self.pick(S.CLASS_MODE_OPEN, S.CLASS_MODE_PINNED)
        st.recipient.pinned_orgs[:] = sorted(
            p.org for p in self.model.partners.values()
            if p.partner_class == partner.partner_class and self.dice.random() < 0.8)

    def select(self, st, owner):
        mine = [i for i in self.items if i[0] == owner]
        way = self.dice.randrange(1 if st.kind == S.STATEMENT_KIND_VETO else 4)
        if way == 0 and mine:
            st.data.contribution_ids[:] = sorted({i[2] for i in self.dice.choices(mine, k=2)})
        elif way == 1 and mine:
            st.data.dataset_ids.append(self.pick(*mine)[1])
        elif way == 2:
            st.data.category.category = self.pick(*CATEGORIES)
            st.data.category.granularity_ceiling = self.pick(C.GRANULARITY_AGGREGATE,
                                                             C.GRANULARITY_DEIDENTIFIED)
        else:
            st.data.all_of_owner = True
        to = self.pick(*RECIPIENTS)
        st.recipient.capacity = C.CAPACITY_MEMBER if to == "nz" else C.CAPACITY_PARTNER
        if self.dice.random() < 0.15:
            self.select_class(st)
        elif st.kind == S.STATEMENT_KIND_VETO and self.dice.random() < 0.3:
            st.recipient.all_partners = True
            st.recipient.capacity = C.CAPACITY_PARTNER
        else:
            st.recipient.orgs.append(to)

    def record(self, owner, st, signer=None):
        signer = self.client(signer or owner + "-officer")
        return self.client(owner + "-officer").call(
            "ConsentService", "RecordStatement", request_id=new_id(), signed=signer.sign(st))

    def open_chain(self):
        owner = self.pick(*OWNERS)
        st = self.terms(owner, self.pick(*[S.STATEMENT_KIND_GRANT] * 9, S.STATEMENT_KIND_VETO))
        if st.kind == S.STATEMENT_KIND_GRANT and self.dice.random() < 0.7:
            st.classification_ceiling = self.pick(
                C.CLASSIFICATION_GREEN, C.CLASSIFICATION_GREEN, C.CLASSIFICATION_AMBER)
        self.record(owner, st)
        self.consents.append((owner, st.consent_id))

    def approve(self):
        """The second signature; until then nothing stands."""
        owner = self.pick(*OWNERS)
        client = self.client(owner + self.pick("-head", "-head", "-officer"))
        waiting = client.call("ConsentService", "ListPendingStatements").statements
        if not waiting:
            return
        row = self.pick(*waiting)
        st = S.ConsentStatement.FromString(row.signed.statement)
        client.call("ConsentService", "ApproveStatement", request_id=new_id(),
                    statement_id=row.statement_id, approval=client.sign(st).signature)
        demand(client.name.endswith("-head"), "SD-6 approved by its signer")

    def chain(self):
        """(owner, consent, what stands of it) or None; as of the last check."""
        known = [(o, i) for o, i in self.consents if i in self.model.chains]
        if not known:
            return None
        owner, consent_id = self.pick(*known)
        return owner, consent_id, self.model.chains[consent_id]

    def change_chain(self):
        found = self.chain()
        if found is None:
            return
        owner, consent_id, chain = found
        kind = self.pick(S.STATEMENT_KIND_REVOKE, S.STATEMENT_KIND_SUSPEND,
                         S.STATEMENT_KIND_RESUME, S.STATEMENT_KIND_RESUME,
                         S.STATEMENT_KIND_GRANT)
        if kind == S.STATEMENT_KIND_GRANT:
            st = self.terms(owner, kind)
        else:
            st = S.ConsentStatement(statement_id=new_id(), owner_org=owner, kind=kind,
                                    reason=WHY, origin=self.origin)
            if kind == S.STATEMENT_KIND_REVOKE:
                st.fall_back = self.dice.random() < 0.5
        st.consent_id = consent_id
        st.version = chain.version + 1
        self.record(owner, st)

    def correct_chain(self):
        """Narrower; now and then wider, which is refused or found."""
        found = self.chain()
        if found is None:
            return
        owner, consent_id, chain = found
        st = S.ConsentStatement()
        st.CopyFrom(chain.terms)
        st.statement_id, st.version = new_id(), chain.version + 1
        st.kind, st.reason = S.STATEMENT_KIND_CORRECT, WHY
        del st.fields[1:]
        way = self.dice.randrange(4)
        if way == 0:
            st.fields[:] = FIELDS
        elif way == 1:
            st.conditions.add(kind=S.CONDITION_KIND_ATTRIBUTION)
        elif way == 2:
            del st.purposes[1:]
        self.record(owner, st)

    def revoke_all(self):
        owner = self.pick(*OWNERS)
        officer = self.client(owner + "-officer")
        kind = self.pick(S.STATEMENT_KIND_REVOKE, S.STATEMENT_KIND_SUSPEND,
                         S.STATEMENT_KIND_SUSPEND)
        chosen = pb["consent"].RevokeAllFilter()
        if self.dice.random() < 0.5:
            chosen.recipient_org = self.pick(*RECIPIENTS)
        else:
            chosen.purpose = self.pick(*PURPOSES)
        shown = officer.call("ConsentService", "PreviewRevokeAll", kind=kind, filter=chosen)
        signed = [officer.sign(S.ConsentStatement(
            statement_id=new_id(), owner_org=owner, kind=kind, reason=WHY, origin=self.origin,
            consent_id=step.consent_id, version=step.version)) for step in shown.chains]
        for one in signed[1:]:
            one.signature.ClearField("certificate_chain")
        officer.call("ConsentService", "RevokeAll", request_id=new_id(), filter=chosen,
                     preview_digest=shown.digest, statements=signed)
