# SPDX-License-Identifier: ISC
"""The consent rule of tests/e2e/simulation_model.py, by sets: who may have what, from what
the payloads of the ledger say alone."""

from pidclib import pb

S, C, D, X = pb["statement"], pb["common"], pb["data"], pb["disclosure"]
FOREVER = 1 << 62
DAY = 86400 * 1000000
COOLING_OFF = 14 * DAY
ANY_APPROVAL = "*"  # as if the owner had confirmed it


def micros(stamp):
    return stamp.seconds * 1000000 + stamp.nanos // 1000


def span(message, from_name="from", to_name="to"):
    """[from, to) of a range or of the fields of a statement; open where absent."""
    if message is None:
        return -FOREVER, FOREVER
    return (micros(getattr(message, from_name)) if message.HasField(from_name) else -FOREVER,
            micros(getattr(message, to_name)) if message.HasField(to_name) else FOREVER)


def optional(message, field):
    return getattr(message, field) if message.HasField(field) else None


class Decision:
    """What a model knows, asked for permits."""

    def above(self, purpose):
        """The purpose and all that it is below."""
        path = []
        while purpose in self.parents and purpose not in path:
            path.append(purpose)
            purpose = self.parents[purpose]
        return path

    def is_open_to(self, chain, org, now):
        """An OPEN class: who was in it at signing, and who came later after a while."""
        to = chain.terms.recipient
        partner = self.partners.get(org)
        if (to.class_mode != S.CLASS_MODE_OPEN or partner is None
                or partner.partner_class != to.org_class):
            return False
        since = self.class_since[org]
        return since <= chain.recorded or now >= since + COOLING_OFF

    def names(self, chain, asked, now):
        """How the recipients meet: 2 for whom it permits, 1 whom it only excludes."""
        to, org = chain.terms.recipient, asked["recipient"]
        if to.capacity != asked["capacity"]:
            return 0
        if org in to.orgs or org in to.pinned_orgs or (to.all_partners and org in self.partners):
            return 2
        if self.is_open_to(chain, org, now):
            return 2
        return int(to.class_mode == S.CLASS_MODE_OPEN and org in self.partners
                   and self.partners[org].partner_class == to.org_class)

    def scope(self, chain, item, asked, now):
        """How the terms and the question meet in each dimension: 2 covers, 1 overlaps."""
        st = chain.terms
        k = self.contributions[item]
        dataset, versions = self.datasets[k["dataset"]]
        data = st.data
        named = (item in data.contribution_ids or k["dataset"] in data.dataset_ids
                 or data.all_of_owner or (data.HasField("category")
                                          and data.category.category == dataset.category
                                          and dataset.granularity
                                          <= data.category.granularity_ceiling))
        have = set(st.fields) or {f for f, v in versions.items()
                                  if v <= st.all_fields_of_schema_version}
        want = set(asked["fields"])
        start, end = span(optional(st, "data_period"))
        first, last = k["period"]
        path = self.above(asked["purpose"])
        reach = (2 if set(path) & set(st.purposes) else
                 1 if any(asked["purpose"] in self.above(p) for p in st.purposes) else 0)
        act = (2 if asked["action"] in st.actions else
               1 if C.ACTION_DISCOVER in st.actions else 0)
        return [2 * named, self.names(chain, asked, now), reach, act,
                2 if want <= have else 1 if want & have else 0,
                2 if start <= first and last <= end else 1 if start < last and first < end else 0]

    @staticmethod
    def excluded(scopes, permit, now):
        for x, how in scopes:
            if min(how) == 0:
                continue
            is_closed = x.state == "SUSPENDED" or (x.state == "REVOKED" and not x.is_fall_back)
            if is_closed and permit.terms_index < x.ended_index:
                return True
            if x.state == "REVOKED" or now < x.valid[0]:
                continue
            if x.terms.kind == S.STATEMENT_KIND_VETO:
                if now < x.valid[1]:
                    return True
            elif x.terms.mode == S.GRANT_MODE_EXCLUSIVE and x is not permit:
                return True
        return False

    def allows(self, asked, item, now):
        """The recipient's agreement; members need none."""
        if asked["recipient"] in self.members:
            return asked["capacity"] != C.CAPACITY_FUNDER  # no funding was ever accepted
        partner = self.partners.get(asked["recipient"])
        k = self.contributions[item]
        path = self.above(asked["purpose"])
        if partner is None or "DONOR_REPORTING" in path or asked["capacity"] == C.CAPACITY_FUNDER:
            return False
        scope = partner.instrument.scope
        start, end = span(optional(partner.instrument, "term"))
        return (start <= now < end and set(path) & set(scope.purposes)
                and asked["action"] in scope.actions
                and self.datasets[k["dataset"]][0].granularity <= scope.granularity_ceiling
                and k["classification"] <= scope.classification_ceiling
                and (k["classification"] <= C.CLASSIFICATION_GREEN
                     or partner.instrument.has_confidentiality))

    def permits(self, asked, item, now=None, fetch="", approval=""):
        """Chains that let the recipient have it, in this fetch and with this approval, at
        this instant; else at the last entry's."""
        k = self.contributions.get(item)
        now = self.tx_time if now is None else now
        if k is None or k["status"] != D.CONTRIBUTION_STATUS_ACCEPTED:
            return []
        owner = self.datasets[k["dataset"]][0].owner_org
        if owner != asked["owner"] or not self.allows(asked, item, now):
            return []
        scopes = [(chain, self.scope(chain, item, asked, now))
                  for chain in self.chains.values() if chain.owner == owner]
        found = []
        for p, how in scopes:
            ceiling = p.terms.classification_ceiling or C.CLASSIFICATION_RED
            if (p.terms.kind != S.STATEMENT_KIND_VETO and p.state == "CURRENT" and min(how) == 2
                    and p.valid[0] <= now < p.valid[1] and k["classification"] <= ceiling
                    and (k["classification"] < C.CLASSIFICATION_AMBER or p.is_approved)
                    and k["classification"] < C.CLASSIFICATION_RED
                    and all(self.holds(c, p, item, asked, now, fetch, approval)
                            for c in p.terms.conditions)
                    and not self.excluded(scopes, p, now)):
                found.append(p)
        return found

    def holds(self, condition, chain, item, asked, now, fetch, approval):
        kind = condition.kind
        if kind == S.CONDITION_KIND_EMBARGO_UNTIL:
            return now >= micros(condition.until)
        if kind == S.CONDITION_KIND_AGGREGATE_ONLY:
            dataset = self.datasets[self.contributions[item]["dataset"]][0]
            return dataset.granularity == C.GRANULARITY_AGGREGATE
        if kind == S.CONDITION_KIND_APPROVE_EACH:
            return self.is_confirmed(item, asked, now, fetch, approval)
        others = [at for other, at in chain.uses.get(asked["recipient"], {}).items()
                  if other != fetch]
        if kind == S.CONDITION_KIND_MAX_RELEASES:
            return len(others) < condition.number
        if kind == S.CONDITION_KIND_FREQUENCY:
            since = now - condition.days * DAY
            return sum(at > since for at in others) < condition.number
        return kind in (S.CONDITION_KIND_NO_ONWARD, S.CONDITION_KIND_ATTRIBUTION)

    def is_confirmed(self, item, asked, now, fetch, approval_id):
        if approval_id not in self.approvals:
            return approval_id == ANY_APPROVAL
        a = self.approvals[approval_id]
        return ((a.state == "APPROVED" or (a.state == "USED" and a.used_by == fetch))
                and now < a.valid_to and item in a.asked.contribution_ids
                and (a.asked.owner_org, a.asked.recipient_org, a.asked.capacity, a.asked.purpose,
                     a.asked.action) == (asked["owner"], asked["recipient"], asked["capacity"],
                                         asked["purpose"], asked["action"])
                and set(asked["fields"]) <= set(a.asked.fields))
