# SPDX-License-Identifier: ISC
"""Rows about releases, growth and memory; as those of rows.py."""

import os
import subprocess
import time

import register
from rows import SUBMIT, check_load, need_datasets, need_keys, submit_load, with_cpu
from world import OUT, load, memory_of, start_load

FETCH = "/pidc.v1.DisclosureService/Fetch"
CONTRIBUTIONS = 512


class Statements:
    """Grants and revocations of Tuvalu's officer, one call each."""

    def __init__(self):
        from pidclib import Client
        self.pb = register.messages()
        self.client = Client("tv-officer")
        self.origin = self.client.call("AdminService", "GetServerInfo").origin

    def record(self, **fields):
        from pidclib import new_id
        statement = self.pb["statement"].ConsentStatement(
            statement_id=new_id(), owner_org="tv", origin=self.origin, **fields)
        signed = self.client.sign(statement)
        before = time.monotonic()
        self.client.call("ConsentService", "RecordStatement", request_id=new_id(), signed=signed)
        return time.monotonic() - before

    def grant(self, **data):
        from pidclib import after, new_id
        s, c = self.pb["statement"], self.pb["common"]
        consent = new_id()
        self.record(consent_id=consent, version=1, kind=s.STATEMENT_KIND_GRANT,
                    data=s.DataSelector(**data), purposes=["ME"], actions=[c.ACTION_READ],
                    recipient=s.RecipientSelector(orgs=[register.RECIPIENT],
                                                  capacity=c.CAPACITY_PARTNER),
                    fields=register.FIELDS, valid_to=after(90), mode=s.GRANT_MODE_ADD)
        return consent

    def revoke(self, consent):
        return self.record(consent_id=consent, version=2, reason="bench",
                           kind=self.pb["statement"].STATEMENT_KIND_REVOKE)


def shared_dataset(world):
    """A dataset of its own with content, which RECIPIENT may have; its fetch."""
    from pidclib import Client, column, new_id
    need_datasets(world)
    pb = register.messages()
    client = Client("tv-officer")
    dataset = client.call("DataService", "DefineDataset", request_id=new_id(),
                          dataset=register.dataset_message(pb)).dataset.dataset_id
    values = 2000
    columns = [column("month", ["2026-%02d" % (m % 12 + 1) for m in range(values)]),
               column("count", [m * 7 for m in range(values)])]
    requests = (pb["data"].SubmitContributionsRequest(
        submission=pb["data"].SubmitContributionRequest(
            request_id=new_id(), dataset_id=dataset, columns=columns))
        for _ in range(CONTRIBUTIONS))
    for _ in client.bidi("DataService", "SubmitContributions", requests):
        pass
    statements = Statements()
    statements.grant(dataset_ids=[dataset])
    fetch = pb["disclosure"].FetchRequest(
        owner_org="tv", dataset_ids=[dataset], purpose="ME", action=pb["common"].ACTION_READ,
        fields=register.FIELDS, chunk_items=64)
    return dataset, register.write_requests("fetch", [fetch]), statements


def release(world, row, options):
    del options
    dataset, requests, _ = shared_dataset(world)
    ours, postgres = world.pidcd(), world.postgres()

    def fetch(connections):
        sample = with_cpu(lambda: load(
            world, world.env["PIDC_ADDRESS"], FETCH, requests, client="iom-officer",
            connections=connections, streams=1, seconds=row.seconds, warm_up=0.5), ours, postgres)
        sample["mb_s"] = sample["bytes"] / sample["seconds"] / 1e6
        return sample

    def copy():
        before = time.monotonic()
        subprocess.run(["psql", "-X", "-h", world.pg, "-U", "postgres", "-d", "pidc", "-qAt", "-c",
                        "\\copy (SELECT c.contribution_id, x.field, x.content FROM pidc.contribution"
                        " c JOIN pidc.contribution_content x USING (contribution_id) WHERE"
                        " c.dataset_id = '%s') TO '%s' (FORMAT binary)"
                        % (dataset, os.path.join(OUT, "copy.bin"))], check=True,
                       stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - before
        return {"mb_s": os.path.getsize(os.path.join(OUT, "copy.bin")) / seconds / 1e6}

    row.race({"ours, 1 recipient": lambda: fetch(1), "ours, 16 recipients": lambda: fetch(16),
              "COPY to a file, without TLS": copy})
    ratio = row.median("COPY to a file, without TLS", "mb_s") / row.median("ours, 1 recipient",
                                                                            "mb_s")
    row.goal("COPY's MB/s of ours, at most 2", ratio, ratio <= 2)


def revoke(world, row, options):
    del options
    dataset, requests, statements = shared_dataset(world)
    del dataset
    count = 60
    other = register.dataset_of("tv")

    def latencies():
        chains = [statements.grant(dataset_ids=[other]) for _ in range(count)]
        times = sorted(statements.revoke(chain) for chain in chains)
        return {"p50_us": times[count // 2] * 1e6, "p99_us": times[count * 99 // 100] * 1e6}

    row.add("revoke, nothing else", latencies())
    flood = start_load(world, world.env["PIDC_ADDRESS"], FETCH, requests, client="iom-officer",
                       connections=16, streams=1, seconds=600)
    try:
        time.sleep(1)  # until all are at it
        row.add("revoke, 16 connections fetch", latencies())
    finally:
        flood.terminate()
        flood.wait()
    # A call waits for the batch that runs and then for its own: 1.5 of them at the median.
    batch = row.median("revoke, 16 connections fetch", "p50_us") / 1.5
    batches = row.median("revoke, 16 connections fetch", "p99_us") / batch
    row.goal("p99 of a revoke, in batches, at most 5", batches, batches <= 5)


# ---- growth ----------------------------------------------------------------------


def cost(sample):
    return sample["cpu_us"] + sample["database_us"]


def growth(world, row, options):
    sizes = (100000, 1000000, 10000000) if options.full else (10000, 100000)
    last = {}
    for size in sizes:
        for name, function in growth_loads(world, row, size).items():
            label = "%s, %d rows" % (name, size)
            row.race({label: function}, rounds=3)
            total = cost({k: row.median(label, k) for k in ("cpu_us", "database_us")})
            if name in last:
                row.goal("%s, cost of a tenth's, at most 1.2" % label, total / last[name],
                         total <= 1.2 * last[name])
            last[name] = total


def growth_loads(world, row, size):
    need_keys(world, size)
    world.restart(slow_sync_us=0)
    pb = register.messages()
    ours, postgres = world.pidcd(), world.postgres()
    proof = register.write_requests("proof", [pb["ledger"].GetInclusionProofRequest(index=5)])
    page = register.write_requests("page", [pb["data"].ListContributionsRequest(
        dataset_id=register.dataset_of("tv"), page_size=50)])

    def simple(path, requests):
        return lambda: with_cpu(lambda: load(
            world, world.env["PIDC_ADDRESS"], path, requests, seconds=row.seconds, warm_up=0.5),
            ours, postgres)

    return {"check": lambda: check_load(world, row, world.env["PIDC_ADDRESS"], ours, postgres,
                                        size),
            "submit": lambda: submit_load(world, row, world.env["PIDC_ADDRESS"], ours, postgres),
            "inclusion proof": simple("/pidc.v1.LedgerService/GetInclusionProof", proof),
            "list page": simple("/pidc.v1.DataService/ListContributions", page)}


# ---- memory ----------------------------------------------------------------------


def memory(world, row, options):
    count = 5000 if options.full else 1000
    need_datasets(world)
    world.restart(slow_sync_us=0)
    ours = world.pidcd()
    idle = memory_of(ours.pid)
    row.add("daemon, idle", {"mib": idle / 2**20})
    requests, _ = register.submit_requests()
    agents = start_load(world, world.env["PIDC_ADDRESS"], SUBMIT, requests, connections=count,
                        streams=1, seconds=600, extra=("--idle",))
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and connections(world) < count:
            time.sleep(0.2)
        time.sleep(3)  # spare memory of a connection goes back after a second
        used = memory_of(ours.pid)
    finally:
        agents.terminate()
        agents.wait()
    row.add("daemon, %d idle agents" % count, {"mib": used / 2**20,
                                               "kib": (used - idle) / count / 1024})
    row.goal("idle daemon, MiB, at most 20", idle / 2**20, idle <= 20 * 2**20)
    row.goal("an idle agent, KiB, at most 48", (used - idle) / count / 1024,
             used - idle <= 48 * 1024 * count)
    if options.full:
        row.goal("5,000 idle agents, MiB, at most 300", used / 2**20, used <= 300 * 2**20)


def connections(world):
    port = int(world.env["PIDC_ADDRESS"].rsplit(":", 1)[1])
    out = subprocess.run(["ss", "-Htn", "state", "established", "sport", "= :%d" % port],
                         stdout=subprocess.PIPE, text=True, check=False).stdout
    return len(out.splitlines())


ROWS = {
    "P5": ("release of consented content", release),
    "P6": ("growth of the cost of a call", growth),
    "P7": ("memory", memory),
    "P9": ("revoke while others release", revoke),
}
