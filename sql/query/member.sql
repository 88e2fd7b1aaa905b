-- Members and their instruments.

-- name: facts_member
-- in: pidc.v1.AdmitMemberRequest
-- out: pidc.store.v1.MemberFacts
SELECT EXISTS (SELECT 1 FROM org WHERE org = :member.org) AS exists

-- name: member_get
-- in: pidc.v1.GetMemberRequest
-- out: pidc.v1.GetMemberResponse
SELECT m.org AS "member.org", o.org_id AS "member.org_id", o.name AS "member.name",
  m.alpha3 AS "member.alpha3", m.numeric_code AS "member.numeric", m.region AS "member.region",
  m.aliases AS "member.aliases", m.state AS "member.state",
  m.instrument_title AS "member.instrument.title",
  m.instrument_signed_on AS "member.instrument.signed_on",
  m.instrument_digest AS "member.instrument.document_digest",
  m.version AS "member.version", m.index AS "member.index"
FROM member m JOIN org o USING (org)
WHERE m.org = :org

-- name: member_list
-- in: pidc.v1.ListMembersRequest
-- out: pidc.v1.ListMembersResponse members
SELECT m.org, o.org_id, o.name, m.alpha3, m.numeric_code AS "numeric", m.region, m.aliases,
  m.state, m.instrument_title AS "instrument.title",
  m.instrument_signed_on AS "instrument.signed_on",
  m.instrument_digest AS "instrument.document_digest", m.version, m.index, m.org AS page_key
FROM member m JOIN org o USING (org)
WHERE m.org > :ctx.page_key
ORDER BY m.org
LIMIT :ctx.page_limit
