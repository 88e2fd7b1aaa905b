# SPDX-License-Identifier: ISC
"""The register once more, from the payloads of its ledger alone: nothing of pidcd's code
or tables. Takes entries one by one and complains of what may not be (I1, I2, I6 to I8, I13,
I14); knows then what every table should say (I10)."""

import hashlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pidclib import leaf_hash, node_hash, pb
from simulation_decision import FOREVER, Decision, micros, optional, span

S, C, D, X = pb["statement"], pb["common"], pb["data"], pb["disclosure"]


class Violation(Exception):
    pass


def demand(is_true, law, *seen):
    if not is_true:
        raise Violation("%s: %s" % (law, " ".join(map(str, seen))))


class Chain:
    def __init__(self, owner):
        self.owner = owner
        self.state = "CURRENT"
        self.version = 0
        self.terms = None
        self.terms_index = self.ended_index = -1
        self.is_approved = self.is_fall_back = False
        self.valid = (-FOREVER, FOREVER)
        self.recorded = -FOREVER
        self.uses = {}  # recipient: {fetch: instant of its first release}


class Approval:
    """The owner is asked to confirm one release."""

    def __init__(self, asked):
        self.asked = asked
        self.state, self.used_by, self.valid_to = "PENDING", "", -FOREVER


class Model(Decision):
    def __init__(self):
        self.size = 0
        self.tx_time = -FOREVER
        self.peaks = []  # roots of the perfect subtrees: (size, hash)
        self.sequences = {}  # organisation: (entries, index of the last plus one)
        self.entities = {}  # id: (version, index of the last)
        self.parents, self.partners, self.members = {}, {}, set()
        self.class_since = {}
        self.keys, self.orgs = {}, {}  # spki: principal; principal: organisation
        self.datasets, self.contributions, self.chains = {}, {}, {}
        self.statements = set()
        self.releases = []
        self.approvals, self.recalls, self.recipients = {}, {}, {}
        self.leaves = []  # hashes

    # ---- the ledger itself

    def take(self, index, tx_us, leaf_bytes, salt, payload, concerns):
        demand(index == self.size, "I6 gapless", index, self.size)
        demand(tx_us > self.tx_time, "I8 time goes on", index)
        leaf = pb["event"].Leaf.FromString(leaf_bytes)
        commit = hashlib.sha256(b"pidc/payload/v1\0" + salt + payload).digest()
        demand(leaf.index == index and leaf.tx_time_us == tx_us, "I6 leaf", index)
        demand(leaf.payload_commit == commit, "I6 payload", index)
        event = pb["event"].Event.FromString(payload)
        body = event.WhichOneof("body")
        demand(leaf.entry_type == event.DESCRIPTOR.fields_by_name[body].number, "I6 type", index)
        self.take_entity(index, leaf)
        self.take_concerns(index, leaf, concerns)
        self.size, self.tx_time = index + 1, tx_us
        self.leaves.append(leaf_hash(leaf_bytes))
        self.push(self.leaves[-1])
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
        self.class_since[body.partner.org] = self.tx_time

    def demand_role(self, org, role, index):
        """I13: who is no member decides nothing for the members."""
        demand(org not in self.partners or role not in (
            C.ROLE_BOARD_MEMBER, C.ROLE_BOARD_CHAIR, C.ROLE_ARC_MEMBER, C.ROLE_ARC_CHAIR), "I13 role", index, org)

    def on_principal_registered(self, body, index, _event):
        for role in body.roles:
            self.demand_role(body.org, role, index)
        self.orgs[body.principal_id] = body.org
        if body.spki_sha256:
            self.keys[body.spki_sha256] = body.principal_id

    def on_certificate_bound(self, body, _index, _event):
        self.keys[body.spki_sha256] = body.principal_id

    def on_certificate_revoked(self, body, _index, _event):
        self.keys.pop(body.spki_sha256, None)

    def on_role_granted(self, body, index, _event):
        self.demand_role(self.orgs[body.principal_id], body.role, index)

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
            "dataset": k.dataset_id, "period": span(optional(k, "period")),
            "status": D.CONTRIBUTION_STATUS_ACCEPTED, "classification": k.classification,
            "version": event.entity_version}
        if k.replaces_id:
            old = self.contributions[k.replaces_id]
            demand(old["status"] == D.CONTRIBUTION_STATUS_ACCEPTED
                   and k.classification >= old["classification"], "I10 a correction", index)
            old["status"] = D.CONTRIBUTION_STATUS_REPLACED

    def on_contribution_status_changed(self, body, index, event):
        k = self.contributions[body.contribution_id]
        demand(k["status"] in (D.CONTRIBUTION_STATUS_ACCEPTED, D.CONTRIBUTION_STATUS_HELD),
               "I10 what is gone changes no more", index)
        k.update(status=body.status, version=event.entity_version)

    def on_contribution_reclassified(self, body, index, event):
        k = self.contributions[body.contribution_id]
        if body.classification < k["classification"]:
            self.check_lowering(body, k, index)
        k.update(classification=body.classification, version=event.entity_version)

    def check_lowering(self, body, k, index):
        """I14, SD-6: the owner signed for less; from AMBER on two persons."""
        owner = self.datasets[k["dataset"]][0].owner_org
        said = D.Reclassification.FromString(body.signed.statement)
        demand((said.contribution_id, said.to, said.version)
               == (body.contribution_id, body.classification, k["version"]), "I14 lowered", index)
        self.check_signature(body.signed.statement, body.signed.signature, owner,
                             body.signer_id, index)
        if k["classification"] >= C.CLASSIFICATION_AMBER:
            demand(body.approver_id != body.signer_id, "SD-6", index)
            self.check_signature(body.signed.statement, body.approval, owner, body.approver_id,
                                 index)

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
        for name in st.chains or [st]:  # RevokeAll lists them
            if st.chains:
                demand(name.consent_id in self.chains, "I2 what is ended is there", index)
            chain = self.chains.setdefault(name.consent_id, Chain(st.owner_org))
            demand(chain.owner == st.owner_org and name.version == chain.version + 1, "I9 chain",
                   index)
            chain.version = name.version
            self.step(chain, st, index, body.HasField("approval"))

    def step(self, chain, st, index, is_approved):
        demand(chain.state != "REVOKED", "I2 a revoked chain goes on", index)
        if st.kind in (S.STATEMENT_KIND_GRANT, S.STATEMENT_KIND_VETO):
            chain.terms, chain.terms_index, chain.is_approved = st, index, is_approved
            start, end = span(st, "valid_from", "valid_to")
            demand(start == -FOREVER or start >= self.tx_time, "no backdating", index)
            chain.valid = (self.tx_time if start == -FOREVER else start, end)
            chain.recorded = self.tx_time
        elif st.kind == S.STATEMENT_KIND_CORRECT:
            self.correct(chain, st, index)
        elif st.kind == S.STATEMENT_KIND_RESUME:
            chain.state = "CURRENT"
        else:
            chain.ended_index = index
            chain.is_fall_back = st.fall_back
            chain.state = "REVOKED" if st.kind == S.STATEMENT_KIND_REVOKE else "SUSPENDED"

    @staticmethod
    def correct(chain, st, index):
        """In the place of the grant, with nothing that it did not give."""
        old = chain.terms
        demand(old.kind != S.STATEMENT_KIND_VETO and set(st.fields) <= set(old.fields)
               and set(st.purposes) <= set(old.purposes) and set(st.actions) <= set(old.actions)
               and len(st.conditions) >= len(old.conditions), "I1 a correction widens", index)
        start, end = span(st, "valid_from", "valid_to")
        demand(end <= chain.valid[1], "I1 a correction lasts longer", index)
        chain.terms = st
        chain.valid = (chain.valid[0] if start == -FOREVER else start, end)

    # ---- what left

    def on_release_granted(self, body, index, _event):
        asked = {"owner": body.owner_org, "recipient": body.recipient_org,
                 "capacity": body.capacity, "purpose": body.purpose, "action": body.action,
                 "fields": list(body.fields)}
        for item in body.items:
            chain = self.chains.get(item.consent_id)
            demand(chain is not None and chain.state != "REVOKED", "I2 a release under a chain "
                   "that is revoked", index, item)
            demand(chain in self.permits(asked, item.contribution_id, None, body.disclosure_id,
                                         body.approval_id), "I1 a release without permit", index,
                   item)
            demand(chain.terms.statement_id == item.statement_id, "I1 statement", index)
            demand({c.field for c in item.columns} <= set(body.fields), "I1 fields", index)
            self.releases.append((index, item.contribution_id))
            self.recipients[index] = body.recipient_org
        for item in body.items:
            self.chains[item.consent_id].uses.setdefault(body.recipient_org, {}).setdefault(
                body.disclosure_id, self.tx_time)
        if body.approval_id:
            self.approvals[body.approval_id].state = "USED"
            self.approvals[body.approval_id].used_by = body.disclosure_id

    def on_approval_requested(self, body, _index, _event):
        self.approvals[body.approval.approval_id] = Approval(body.approval)

    def on_approval_answered(self, body, index, _event):
        """I14: nobody but the owner lets a release go, and for what it saw."""
        a = self.approvals[body.approval_id]
        said = X.ApprovalStatement.FromString(body.signed.statement)
        demand(a.state == "PENDING", "I10 answered twice", index)
        demand((said.approval_id, said.owner_org, said.request_digest, said.is_approved)
               == (body.approval_id, a.asked.owner_org, a.asked.request_digest,
                   body.is_approved), "I14 approval", index)
        self.check_signature(body.signed.statement, body.signed.signature, a.asked.owner_org,
                             body.signer_id, index)
        a.state = "APPROVED" if said.is_approved else "REFUSED"
        a.valid_to = micros(said.valid_to)

    # ---- recalls: (release, contribution, cause): [recall, state, outcome]

    def on_disclosures_recalled(self, body, index, event):
        demand(body.owner_org == event.actor.org, "I14 recalled by its owner", index)
        cause = X.RecallCause.Name(body.cause)[13:]
        for item in body.items:
            key = (item.release_index, item.contribution_id, cause)
            demand((key[0], key[1]) in self.releases and key not in self.recalls,
                   "I10 recalled once, of what left", index, key)
            self.recalls[key] = [body.recall_id, "OPEN", ""]

    def recalled(self, body):
        wanted = {(i.release_index, i.contribution_id) for i in body.items}
        found = [v for k, v in self.recalls.items()
                 if v[0] == body.recall_id and k[:2] in wanted]
        demand(len(found) == len(wanted), "I10 answer to what was recalled", body.recall_id)
        return found

    def on_recall_answered(self, body, index, event):
        outcome = X.RecallOutcome.Name(body.outcome)[15:]
        demand(body.recipient_org == event.actor.org, "I10 answered by the recipient", index)
        for item in self.recalled(body):
            demand(item[1] == "OPEN" or (item[1] == "ANSWERED" and item[2] in (
                "QUARANTINED", "CANNOT")), "I10 a recall's state", index, item)
            item[1:] = ["ANSWERED", outcome]

    def on_recall_closed(self, body, index, _event):
        for item in self.recalled(body):
            demand(item[1:] == ["ANSWERED", "CANNOT"], "I10 a recall's end", index, item)
            item[1] = "CLOSED"
