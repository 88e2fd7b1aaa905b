# SPDX-License-Identifier: ISC
"""The tables of tests/e2e/simulation.py, read and set behind the daemon's back."""

import os
import subprocess

from daemonlib import sql
from pidclib import leaf_hash, pb
from simulation_model import Model, demand

C, D = pb["common"], pb["data"]


class Tables:
    """One session of the owner of the database."""

    def __init__(self):
        self.session = subprocess.Popen(
            ["psql", "-h", os.environ["PIDC_PG"], "-U", "postgres", "-d", "pidc", "-qAtX",
             "-v", "ON_ERROR_STOP=1"], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.run("SET search_path = pidc")

    def rows(self, query):
        self.session.stdin.write(query + ";\n\\echo end of rows\n")
        self.session.stdin.flush()
        found = []
        for line in iter(self.session.stdout.readline, "end of rows\n"):
            if not line:
                raise SystemExit("FAIL psql ended")
            found.append(line.rstrip("\n").split("|"))
        return found

    def run(self, command):
        self.rows(command)


class Clock:
    """A clock of the database that can be set, for whoever connects as the daemon later: a
    function of the same name that is found first."""

    def __init__(self, tables):
        self.tables = tables
        self.ahead_s = 0
        tables.run(
            "CREATE TABLE public.clock_ahead (ahead interval); "
            "INSERT INTO public.clock_ahead VALUES ('0'); "
            "GRANT SELECT ON public.clock_ahead TO pidc_app; "
            "CREATE FUNCTION pidc.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
            "'SELECT pg_catalog.clock_timestamp() + ahead FROM public.clock_ahead'; "
            "ALTER ROLE pidc_app SET search_path = pidc, pg_catalog")

    def step(self, seconds):
        self.ahead_s += seconds
        self.tables.run("UPDATE public.clock_ahead SET ahead = '%d s'" % self.ahead_s)

    def close(self):
        sql("ALTER ROLE pidc_app SET search_path = pidc; DROP FUNCTION pidc.clock_timestamp(); "
            "DROP TABLE public.clock_ahead")


def read_ledger(tables, start):
    return tables.rows(
        "SELECT index, (extract(epoch FROM tx_time) * 1000000)::bigint, encode(leaf, 'hex'),"
        " encode(salt, 'hex'), encode(payload, 'hex'), array_to_string(concerns, ',')"
        " FROM ledger_entry WHERE index >= %d ORDER BY index" % start)


def take_entries(model, rows):
    for index, tx_us, leaf, salt, payload, concerns in rows:
        model.take(int(index), int(tx_us), bytes.fromhex(leaf), bytes.fromhex(salt),
                   bytes.fromhex(payload), concerns.split(",") if concerns else [])


def read_again(remembered, tables):
    """I9: every entry that was read long ago is as it was, so that its root is; I12: and
    makes the same register again."""
    model = Model()
    rows = read_ledger(tables, 0)
    for n, row in enumerate(rows[:remembered.size]):
        demand(leaf_hash(bytes.fromhex(row[2])) == remembered.leaves[n], "I9 entry", n)
    take_entries(model, rows[:remembered.size])
    demand(model.root() == remembered.root(), "I9 root")
    return model


def same(law, found, expected):
    difference = set(found.items()) ^ set(expected.items())
    demand(not difference, law, sorted(difference, key=str)[:4])


def check_chains(model, tables):
    ((size, root_ok),) = tables.rows(
        "SELECT h.size, h.size = (SELECT count(*) FROM ledger_entry) FROM ledger_head h")
    demand(int(size) == model.size and root_ok == "t", "I6 size", size, model.size)
    same("I7 heads", {org: (int(count), int(last)) for org, count, last in tables.rows(
        "SELECT org, sequence, last_index FROM ledger_chain WHERE sequence > 0")}, model.sequences)


def check_tables(model, tables):
    """I6, I7, I10: heads, chains and states that the tables keep."""
    check_chains(model, tables)
    same("I10 consents", {i: (state, int(version)) for i, state, version in tables.rows(
        "SELECT consent_id, state, version FROM consent_chain")},
        {i: (c.state, c.version) for i, c in model.chains.items()})
    same("I10 contributions", {i: (status, level) for i, status, level in tables.rows(
        "SELECT contribution_id, status, classification FROM contribution")},
        {i: (D.ContributionStatus.Name(k["status"])[20:],
             C.Classification.Name(k["classification"])[15:])
         for i, k in model.contributions.items()})
    same("I10 statements", dict.fromkeys(i for (i,) in tables.rows(
        "SELECT DISTINCT statement_id FROM consent_statement")),
        dict.fromkeys(model.statements))
    check_releases(model, tables)


def check_releases(model, tables):
    same("I6 releases", {(int(index), i): to for index, i, to in tables.rows(
        "SELECT d.index, i.contribution_id, d.recipient_org FROM disclosure_item i"
        " JOIN disclosure d USING (index)")},
        {(index, i): model.recipients[index] for index, i in model.releases})
    same("I10 uses", {(c, to, fetch): int(at) for c, to, fetch, at in tables.rows(
        "SELECT consent_id, recipient_org, disclosure_id,"
        " (extract(epoch FROM started_at) * 1000000)::bigint FROM consent_use")},
        {(i, to, fetch): at for i, c in model.chains.items() for to, fetches in c.uses.items()
         for fetch, at in fetches.items()})
    same("I10 approvals", dict(tables.rows("SELECT approval_id, state FROM approval")),
         {i: a.state for i, a in model.approvals.items()})
    same("I10 recalls", {(int(r), i, cause): (recall, state, outcome)
                         for r, i, cause, recall, state, outcome in tables.rows(
        "SELECT release_index, contribution_id, cause, recall_id, state, outcome"
        " FROM recall_item")}, {k: tuple(v) for k, v in model.recalls.items()})
