# SPDX-License-Identifier: ISC
"""Rows about releases, growth and memory; as those of rows.py."""

import os
import re
import statistics
import subprocess
import time

import register
from revocation import Statements
from rows import SUBMIT, check_load, need_datasets, need_keys, submit_load, with_cpu
from world import OUT, load, memory_of, start_load

FETCH = "/pidc.v1.DisclosureService/Fetch"
CONTRIBUTIONS = 512


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


COPY = ("\\copy (SELECT c.contribution_id, x.field, x.content FROM pidc.contribution c"
        " JOIN pidc.contribution_content x USING (contribution_id) WHERE c.dataset_id = '%s')"
        " TO '%s' (FORMAT binary)\n")


def copy_rows(world, dataset):
    """COPY of the same rows over TLS, several times in one session."""
    path = os.path.join(OUT, "copy.bin")
    out = subprocess.run(
        ["psql", "-X", "-d", "host=%s user=postgres dbname=pidc sslmode=require"
         % world.tls_address, "-qAt"], input="\\timing on\n" + 5 * (COPY % (dataset, path)),
        stdout=subprocess.PIPE, text=True, check=True).stdout
    times = [float(t) / 1000 for t in re.findall(r"^Time: ([\d.]+) ms", out, re.M)]
    return {"mb_s": os.path.getsize(path) / statistics.median(times) / 1e6}


def releases(world):
    return int(world.psql("SELECT count(*) FROM pidc.disclosure"))


def release(world, row, options):
    del options
    dataset, requests, _ = shared_dataset(world)
    ours, postgres = world.pidcd(), world.postgres()

    def fetch(connections):
        warm_up = 0.5
        before = releases(world)
        sample = with_cpu(lambda: load(
            world, world.env["PIDC_ADDRESS"], FETCH, requests, client="iom-officer",
            connections=connections, streams=1, seconds=row.seconds, warm_up=warm_up), ours,
            postgres)
        # A fetch is a release for each of its chunks: these are what is counted.
        sample["rate"] = (releases(world) - before) / (sample["seconds"] + warm_up)
        sample["mb_s"] = sample["bytes"] / sample["seconds"] / 1e6
        return sample

    row.race({"ours, 1 recipient": lambda: fetch(1), "ours, 16 recipients": lambda: fetch(16),
              "COPY to a file, TLS": lambda: copy_rows(world, dataset)})
    ratio = row.median("COPY to a file, TLS", "mb_s") / row.median("ours, 1 recipient", "mb_s")
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


def growth_sizes(options):
    return (100000, 1000000, 10000000) if options.full else (100000, 1000000)


def growth(world, row, options):
    """Rows are made by SQL (register.py), so that the ledger has only those entries that
    the loads add; its proofs grow with what is submitted meanwhile."""
    sizes = growth_sizes(options)
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


# Keys that are asked again and again, spread over all: their answers are in memory at
# every size, so that it is the register's size that counts.
HOT = 20000


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

    def ask(hot):
        return check_load(world, row, world.env["PIDC_ADDRESS"], ours, postgres, size, hot=hot)

    def ask_again():
        while ask.asked < 5 * HOT:
            ask.asked += ask(HOT)["all"]
        return ask(HOT)

    ask.asked = 0
    return {"check, first time": lambda: ask(0), "check, asked before": ask_again,
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
        while connections(world) < count:
            if time.monotonic() > deadline or agents.poll() is not None:
                raise RuntimeError("%d of %d agents connected" % (connections(world), count))
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
