-- What becomes of a partnership that is there: suspension, exit, reopening.
SET search_path = pidc;

-- Who moved it, for what needs two; and when an emergency suspension lapses.
ALTER TABLE partnership_event
  ADD actor_org text NOT NULL DEFAULT '',
  ADD lapses_at timestamptz;

-- A partnership, and how it came into its state.
CREATE VIEW partnership_standing AS
SELECT p.org, p.partner_class, p.state, p.version, l.kind AS last_kind, l.tx_time AS last_at,
  l.actor_org AS last_org, CASE WHEN p.state = 'SUSPENDED' THEN l.lapses_at END AS lapses_at,
  CASE WHEN p.state = 'SUSPENDED' THEN s.from_state END AS previous_state
FROM partner p
LEFT JOIN LATERAL (
  SELECT * FROM partnership_event e WHERE e.org = p.org ORDER BY e.index DESC LIMIT 1) l ON true
LEFT JOIN LATERAL (
  SELECT e.from_state
  FROM partnership_event e
  WHERE e.org = p.org AND e.to_state = 'SUSPENDED' AND e.from_state <> 'SUSPENDED'
  ORDER BY e.index DESC
  LIMIT 1) s ON true;

-- The state that counts at an instant (partnership_state_at in core/partnership.c).
CREATE FUNCTION partnership_state_at(state text, lapses_at timestamptz, previous text,
    now timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN state = 'SUSPENDED' AND lapses_at <= now THEN previous ELSE state END
$$;

GRANT SELECT ON partnership_standing TO pidc_app;
