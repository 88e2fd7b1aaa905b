-- Events of members and partners.

-- name: apply_member_org
-- apply: member_admitted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO org (org, org_id, kind, name, index)
SELECT org, id::uuid, 'MEMBER', name, index
FROM unnest(:event.member_admitted.member.org, :event.entity_id,
    :event.member_admitted.member.name, :index)
  AS e (org, id, name, index)

-- name: apply_member
-- apply: member_admitted
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO member (org, alpha3, numeric_code, region, aliases, state, instrument_title,
  instrument_signed_on, instrument_digest, version, index)
SELECT e.org, alpha3, numeric_code, region, coalesce(a.aliases, '{}'), 'ACTIVE',
  coalesce(title, ''), signed_on, coalesce(digest, ''), version, index
FROM unnest(:event.member_admitted.member.org, :event.member_admitted.member.alpha3,
    :event.member_admitted.member.numeric, :event.member_admitted.member.region,
    :event.member_admitted.member.instrument.title,
    :event.member_admitted.member.instrument.signed_on,
    :event.member_admitted.member.instrument.document_digest, :event.entity_version, :index)
  AS e (org, alpha3, numeric_code, region, title, signed_on, digest, version, index)
LEFT JOIN (
  SELECT org, array_agg(alias) AS aliases
  FROM unnest(:event.member_admitted.member.aliases.^.org, :event.member_admitted.member.aliases)
    AS x (org, alias)
  GROUP BY org) a ON a.org = e.org

-- name: apply_partner_org
-- apply: partner_recognised
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO org (org, org_id, kind, name, index)
SELECT org, id::uuid, 'PARTNER', name, index
FROM unnest(:event.partner_recognised.partner.org, :event.entity_id,
    :event.partner_recognised.partner.name, :index)
  AS e (org, id, name, index)

-- name: apply_partner
-- apply: partner_recognised
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO partner (org, aliases, partner_class, state, is_observer, represented_by, recorded_at,
  version, index)
SELECT e.org, coalesce(a.aliases, '{}'), partner_class, 'RECOGNISED', is_observer, represented_by,
  tx_time, version, index
FROM unnest(:event.partner_recognised.partner.org,
    :event.partner_recognised.partner.partner_class,
    :event.partner_recognised.partner.is_observer,
    :event.partner_recognised.partner.represented_by, :tx_time, :event.entity_version, :index)
  AS e (org, partner_class, is_observer, represented_by, tx_time, version, index)
LEFT JOIN (
  SELECT org, array_agg(alias) AS aliases
  FROM unnest(:event.partner_recognised.partner.aliases.^.org,
      :event.partner_recognised.partner.aliases) AS x (org, alias)
  GROUP BY org) a ON a.org = e.org

-- name: apply_partner_instrument
-- apply: partner_recognised
-- in: pidc.store.v1.ApplyEvent
-- out: -
-- many
INSERT INTO legacy_instrument (instrument_id, partner, title, signed_on, document_digest, purposes,
  actions, granularity_ceiling, classification_ceiling, term_from, term_to, has_confidentiality,
  index)
SELECT e.id::uuid, partner, title, signed_on, digest, coalesce(p.purposes, '{}'),
  coalesce(a.actions, '{}'), coalesce(granularity, ''), coalesce(classification, ''), term_from,
  term_to, coalesce(has_confidentiality, false), index
FROM unnest(:event.partner_recognised.partner.instrument.instrument_id,
    :event.partner_recognised.partner.org, :event.partner_recognised.partner.instrument.title,
    :event.partner_recognised.partner.instrument.signed_on,
    :event.partner_recognised.partner.instrument.document_digest,
    :event.partner_recognised.partner.instrument.scope.granularity_ceiling,
    :event.partner_recognised.partner.instrument.scope.classification_ceiling,
    :event.partner_recognised.partner.instrument.term.from,
    :event.partner_recognised.partner.instrument.term.to,
    :event.partner_recognised.partner.instrument.has_confidentiality, :index)
  AS e (id, partner, title, signed_on, digest, granularity, classification, term_from, term_to,
    has_confidentiality, index)
LEFT JOIN (
  SELECT id, array_agg(purpose) AS purposes
  FROM unnest(:event.partner_recognised.partner.instrument.scope.purposes.^.^.instrument_id,
      :event.partner_recognised.partner.instrument.scope.purposes) AS x (id, purpose)
  GROUP BY id) p ON p.id = e.id
LEFT JOIN (
  SELECT id, array_agg(action) AS actions
  FROM unnest(:event.partner_recognised.partner.instrument.scope.actions.^.^.instrument_id,
      :event.partner_recognised.partner.instrument.scope.actions) AS x (id, action)
  GROUP BY id) a ON a.id = e.id
WHERE e.id IS NOT NULL
