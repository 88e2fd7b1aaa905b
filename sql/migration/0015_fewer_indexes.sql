-- What every submission has to maintain, only once: a dataset's contributions are found
-- by their numbers, an owner's by the time of recording. And a remembered answer is
-- found by its request first: comparing a UUID is cheaper than comparing a principal.
SET search_path = pidc;

DROP INDEX contribution_dataset, contribution_owner;
ALTER TABLE request_replay DROP CONSTRAINT request_replay_pkey;
ALTER TABLE request_replay ADD PRIMARY KEY (request_id, principal_id);
