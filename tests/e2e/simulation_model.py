# SPDX-License-Identifier: ISC
"""The register once more, from the payloads of its ledger alone: nothing of pidcd's code
or tables. Takes entries one by one and complains of what may not be (I1, I2, I6, I7, I8,
I14); knows then what every table should say (I10)."""

import hashlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pidclib import leaf_hash, node_hash, pb

S, C, D = pb["statement"], pb["common"], pb["data"]
FOREVER = 1 << 62


class Violation(Exception):
    pass


def demand(is_true, law, *seen):
    if not is_true:
        raise Violation("%s: %s" % (law, " ".join(map(str, seen))))


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


class Chain:
    def __init__(self, owner):
        self.owner = owner
        self.state = "CURRENT"
        self.version = 0
        self.terms = None
        self.terms_index = self.ended_index = -1
        self.is_approved = self.is_fall_back = False
        self.valid = (-FOREVER, FOREVER)


class Model:
    def __init__(self):
        self.size = 0
        self.tx_time = -FOREVER
        self.peaks = []  # roots of the perfect subtrees: (size, hash)
        self.sequences = {}  # organisation: (entries, index of the last plus one)
        self.entities = {}  # id: (version, index of the last)
        self.parents, self.partners, self.members = {}, {}, set()
        self.keys, self.orgs = {}, {}  # spki: principal; principal: organisation
        self.datasets, self.contributions, self.chains = {}, {}, {}
        self.statements = set()
        self.releases = []

    # ---- the ledger itself

    def take(self, index, tx_us, leaf_bytes, salt, payload, concerns):
        demand(index == self.size, "I6 gapless", index, self.size)
        demand(tx_us > self.tx_time, "I8 time goes on", index)
        leaf = pb["event"].Leaf.FromString(leaf_bytes)
        event = pb["event"].Event.FromString(payload)
        body = event.WhichOneof("body")
        commit = hashlib.sha256(b"pidc/payload/v1\0" + salt + payload).digest()
        demand(leaf.index == index and leaf.tx_time_us == tx_us, "I6 leaf", index)
        demand(leaf.payload_commit == commit, "I6 payload", index)
        demand(leaf.entry_type == event.DESCRIPTOR.fields_by_name[body].number, "I6 type", index)
        self.take_entity(index, leaf)
        self.take_concerns(index, leaf, concerns)
        self.size, self.tx_time = index + 1, tx_us
        self.push(leaf_hash(leaf_bytes))
        handler = getattr(self, "on_" + body, None)
        if handler:
            handler(getattr(event, body), index, event)

    def take_entity(self, index, leaf):
        last = self.entities.get(leaf.entity_id)
        demand(leaf.prev_entity_leaf == (last + 1 if last is not None else 0), "I7 entity", index)
        self.entities[leaf.entity_id] = index

    def take_concerns(self, index, leaf, concerns):
        demand(len(leaf.concerns) == len(concerns), "I7 concerns", index)
        seen = sorted((c.sequence, c.prev_index) for c in leaf.concerns)
        expected = []
        for org in concerns:
            count, last = self.sequences.get(org, (0, 0))
            expected.append((count + 1, last))
            self.sequences[org] = (count + 1, index + 1)
        demand(seen == sorted(expected), "I7 chains of organisations", index, seen, expected)

    def push(self, digest):
        self.peaks.append((1, digest))
        while len(self.peaks) > 1 and self.peaks[-1][0] == self.peaks[-2][0]:
            (n, right), (_, left) = self.peaks.pop(), self.peaks.pop()
            self.peaks.append((2 * n, node_hash(left, right)))

    def root(self):
        digest = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            digest = node_hash(left, digest)
        return digest

    # ---- who there is

    def on_code_added(self, body, _index, _event):
        if body.entry.list == "purpose":
            self.parents[body.entry.code] = body.entry.parent

    def on_member_admitted(self, body, _index, _event):
        self.members.add(body.member.org)

    def on_partner_recognised(self, body, _index, _event):
        self.partners[body.partner.org] = body.partner

    def on_principal_registered(self, body, _index, _event):
        self.orgs[body.principal_id] = body.org
        if body.spki_sha256:
            self.keys[body.spki_sha256] = body.principal_id

    def on_certificate_bound(self, body, _index, _event):
        self.keys[body.spki_sha256] = body.principal_id

    def on_certificate_revoked(self, body, _index, _event):
        self.keys.pop(body.spki_sha256, None)

    # ---- data

    def on_dataset_defined(self, body, _index, _event):
        dataset = body.dataset
        fields = self.datasets.get(dataset.dataset_id, (None, {}))[1]
        for field in dataset.fields:
            fields.setdefault(field.name, dataset.schema_version)
        self.datasets[dataset.dataset_id] = (dataset, fields)

    def on_contribution_submitted(self, body, index, event):
        k = body.contribution
        demand(self.datasets[k.dataset_id][0].owner_org == event.actor.org, "I1 owner", index)
        self.contributions[k.contribution_id] = {
            "dataset": k.dataset_id, "period": span(optional(k, "period")), "status": 1,
            "classification": k.classification}
        if k.replaces_id:
            self.contributions[k.replaces_id]["status"] = 0

    def on_contribution_status_changed(self, body, _index, _event):
        self.contributions[body.contribution_id]["status"] = body.status

    def on_contribution_reclassified(self, body, _index, _event):
        self.contributions[body.contribution_id]["classification"] = body.classification

    # ---- consent

    def check_signature(self, statement, signature, owner, signer_id, index):
        """I14: the owner's key, bound now, over these very bytes."""
        cert = x509.load_der_x509_certificate(signature.certificate_chain[0])
        key = cert.public_key()
        spki = hashlib.sha256(key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)).digest()
        demand(self.keys.get(spki) == signer_id, "I14 bound key", index)
        demand(self.orgs.get(signer_id) == owner, "I14 owner", index, signer_id, owner)
        try:
            key.verify(signature.value, b"pidc/statement/v1\0" + statement,
                       ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise Violation("I14 signature: %d" % index) from None

    def on_consent_recorded(self, body, index, event):
        st = S.ConsentStatement.FromString(body.signed.statement)
        demand(st.owner_org == event.actor.org, "I14 actor", index)
        self.check_signature(body.signed.statement, body.signed.signature, st.owner_org,
                             body.signer_id, index)
        if body.HasField("approval"):
            demand(body.approver_id != body.signer_id, "SD-6", index)
            self.check_signature(body.signed.statement, body.approval, st.owner_org,
                                 body.approver_id, index)
        if body.is_pending:
            return
        demand(st.statement_id not in self.statements, "I9 statement twice", index)
        self.statements.add(st.statement_id)
        chain = self.chains.setdefault(st.consent_id, Chain(st.owner_org))
        demand(chain.owner == st.owner_org and st.version == chain.version + 1, "I9 chain", index)
        chain.version = st.version
        self.step(chain, st, index, body.HasField("approval"))

    def step(self, chain, st, index, is_approved):
        demand(chain.state != "REVOKED", "I2 a revoked chain goes on", index)
        if st.kind in (S.STATEMENT_KIND_GRANT, S.STATEMENT_KIND_VETO):
            chain.terms, chain.terms_index, chain.is_approved = st, index, is_approved
            start, end = span(st, "valid_from", "valid_to")
            demand(start == -FOREVER or start >= self.tx_time, "no backdating", index)
            chain.valid = (self.tx_time if start == -FOREVER else start, end)
        elif st.kind == S.STATEMENT_KIND_RESUME:
            chain.state = "CURRENT"
        else:
            chain.ended_index = index
            chain.is_fall_back = st.fall_back
            chain.state = "REVOKED" if st.kind == S.STATEMENT_KIND_REVOKE else "SUSPENDED"

    # ---- the decision, by sets

    def above(self, purpose):
        """The purpose and all that it is below."""
        path = []
        while purpose in self.parents and purpose not in path:
            path.append(purpose)
            purpose = self.parents[purpose]
        return path

    def scope(self, st, item, asked):
        """How the terms and the question meet in each dimension: 2 covers, 1 overlaps."""
        k = self.contributions[item]
        dataset, versions = self.datasets[k["dataset"]]
        data, to = st.data, st.recipient
        named = (item in data.contribution_ids or k["dataset"] in data.dataset_ids
                 or data.all_of_owner or (data.HasField("category")
                                          and data.category.category == dataset.category
                                          and dataset.granularity
                                          <= data.category.granularity_ceiling))
        is_partner = asked["recipient"] in self.partners
        is_for = to.capacity == asked["capacity"] and (
            asked["recipient"] in to.orgs or asked["recipient"] in to.pinned_orgs
            or (to.all_partners and is_partner))
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
        return [2 * named, 2 * is_for, reach, act,
                2 if want <= have else 1 if want & have else 0,
                2 if start <= first and last <= end else 1 if start < last and first < end else 0]

    def excluded(self, scopes, permit, now):
        for x, how in scopes:
            if min(how) == 0:
                continue
            if (x.state == "SUSPENDED" or (x.state == "REVOKED" and not x.is_fall_back)) \
                    and permit.terms_index < x.ended_index:
                return True
            if x.state == "REVOKED" or now < x.valid[0]:
                continue
            if x.terms.kind == S.STATEMENT_KIND_VETO:
                if now < x.valid[1]:
                    return True
            elif x.terms.mode == S.GRANT_MODE_EXCLUSIVE and x is not permit:
                return True
        return False

    def allows(self, asked, item):
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
        return (start <= self.tx_time < end and set(path) & set(scope.purposes)
                and asked["action"] in scope.actions
                and self.datasets[k["dataset"]][0].granularity <= scope.granularity_ceiling
                and k["classification"] <= scope.classification_ceiling
                and (k["classification"] <= C.CLASSIFICATION_GREEN
                     or partner.instrument.has_confidentiality))

    def permits(self, asked, item):
        """Chains that let the recipient have it at the last entry's instant."""
        k = self.contributions.get(item)
        if k is None or k["status"] != 1 or not self.allows(asked, item):
            return []
        owner = self.datasets[k["dataset"]][0].owner_org
        now = self.tx_time
        if owner != asked["owner"]:
            return []
        scopes = [(chain, self.scope(chain.terms, item, asked))
                  for chain in self.chains.values() if chain.owner == owner]
        found = []
        for p, how in scopes:
            ceiling = p.terms.classification_ceiling or C.CLASSIFICATION_RED
            if (p.terms.kind == S.STATEMENT_KIND_GRANT and p.state == "CURRENT" and min(how) == 2
                    and p.valid[0] <= now < p.valid[1] and k["classification"] <= ceiling
                    and (k["classification"] < C.CLASSIFICATION_AMBER or p.is_approved)
                    and all(self.holds(c, item, now) for c in p.terms.conditions)
                    and not self.excluded(scopes, p, now)):
                found.append(p)
        return found

    def holds(self, condition, item, now):
        if condition.kind == S.CONDITION_KIND_EMBARGO_UNTIL:
            return now >= micros(condition.until)
        if condition.kind == S.CONDITION_KIND_AGGREGATE_ONLY:
            dataset = self.datasets[self.contributions[item]["dataset"]][0]
            return dataset.granularity == C.GRANULARITY_AGGREGATE
        return condition.kind in (S.CONDITION_KIND_NO_ONWARD, S.CONDITION_KIND_ATTRIBUTION)

    # ---- what left

    def on_release_granted(self, body, index, _event):
        asked = {"owner": body.owner_org, "recipient": body.recipient_org,
                 "capacity": body.capacity, "purpose": body.purpose, "action": body.action,
                 "fields": list(body.fields)}
        for item in body.items:
            permits = self.permits(asked, item.contribution_id)
            chain = self.chains.get(item.consent_id)
            demand(chain in permits, "I1, I2 a release without permit", index, item)
            demand(chain.terms.statement_id == item.statement_id, "I1 statement", index)
            demand({c.field for c in item.columns} <= set(body.fields), "I1 fields", index)
            self.releases.append((index, item.contribution_id))
