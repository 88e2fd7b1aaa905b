# SPDX-License-Identifier: ISC
"""The rows of the table, each a function of (world, row, options)."""

import os

import register
from revocation import Revoker
from world import BUILD, OUT, PEERS, free_port, h2load, load, pgbench, script

CHECK = "/pidc.v1.ConsentService/CheckConsent"
SUBMIT = "/pidc.v1.DataService/SubmitContribution"


def with_cpu(run, server, database=None):
    """What one run cost the server and the database a call."""
    before = server.cpu(), database.cpu() if database else 0.0
    sample = run()
    after = server.cpu(), database.cpu() if database else 0.0
    # The load counts without its warm-up, the CPU with it: by all calls then.
    calls = sample.get("all", sample["ok"])
    if calls:
        sample["cpu_us"] = (after[0] - before[0]) / calls * 1e6
        if database:
            sample["database_us"] = (after[1] - before[1]) / calls * 1e6
    return sample


# ---- P1 --------------------------------------------------------------------------


def transport(world, row, options):
    del options
    cert, key = world.server_cert()
    root = os.path.join(OUT, "htdocs")
    os.makedirs(root, exist_ok=True)
    with open(os.path.join(root, "small"), "wb") as f:
        f.write(b"\0" * 5)
    body = os.path.join(OUT, "empty.grpc")
    with open(body, "wb") as f:
        f.write(b"\0" * 5)
    port = free_port()
    ours = world.run("interop", [os.path.join(BUILD, "tests/interop/pidc-interop-server"),
                                 "--port", str(port), "--cert", cert, "--key", key], port)
    port = free_port()
    nghttpd = world.run("nghttpd", ["nghttpd", "-d", root, str(port), key, cert], port)
    peer = world.grpc_peer()
    call = "/grpc.testing.TestService/EmptyCall"
    row.race({
        "ours": lambda: with_cpu(lambda: h2load(ours.port, call, row.seconds, body), ours),
        "nghttpd": lambda: with_cpu(lambda: h2load(nghttpd.port, "/small", row.seconds), nghttpd),
        "gRPC C++": lambda: with_cpu(lambda: h2load(peer.port, call, row.seconds, body), peer),
    })
    cpu = {label: row.median(label, "cpu_us") for label in row.samples}
    row.goal("CPU, of nghttpd's, at most 1.25", cpu["ours"] / cpu["nghttpd"],
             cpu["ours"] <= 1.25 * cpu["nghttpd"])
    row.goal("CPU, gRPC C++ of ours, at least 5", cpu["gRPC C++"] / cpu["ours"],
             cpu["gRPC C++"] >= 5 * cpu["ours"])


# ---- P3 --------------------------------------------------------------------------


def need_datasets(world):
    if world.psql("SELECT count(*) FROM pidc.dataset") == "0":
        register.define_datasets()


def submit_load(world, row, address, server, postgres, connections=16, streams=32):
    requests, fresh_at = register.submit_requests()
    return with_cpu(lambda: load(
        world, address, SUBMIT, requests, connections=connections, streams=streams,
        seconds=row.seconds, warm_up=0.5, extra=("--fresh-at", fresh_at)), server, postgres)


def submit_contestants(world, row, connections=16, streams=32):
    need_datasets(world)
    database = world.clone("peer")
    ours, postgres = world.pidcd(), world.postgres()
    peer = world.grpc_peer(database)
    principal = "spiffe://pidc.int/member/tv/agent/a1"
    variables = (("principal", principal), ("dataset", register.dataset_of("tv")),
                 ("month", "x" * 130), ("count", "y" * 50))

    def grpc(address, server):
        return submit_load(world, row, address, server, postgres, connections, streams)

    def bench(file):
        return pgbench(world, database, file, connections, max(2, row.seconds), variables)

    return {
        "ours": lambda: grpc(world.env["PIDC_ADDRESS"], ours),
        "gRPC C++": lambda: grpc("127.0.0.1:%d" % peer.port, peer),
        "pgbench, one statement": lambda: bench(script("submit")),
        "pgbench, a transaction": lambda: bench(os.path.join(PEERS, "submit_steps.pgbench")),
    }


def best(row, *labels):
    return max(row.median(label, "rate") for label in labels)


def submit(world, row, options):
    del options
    before = int(world.psql("SELECT size FROM pidc.ledger_head"))
    row.race(submit_contestants(world, row))
    made = int(world.psql("SELECT size FROM pidc.ledger_head")) - before
    said = sum(s["ok"] for s in row.samples["ours"])
    rate = row.median("ours", "rate")
    row.goal("ledger entries of acknowledged calls, at least 1", made / said, made >= said)
    row.goal("of gRPC C++'s rate, at least 20", rate / row.median("gRPC C++", "rate"),
             rate >= 20 * row.median("gRPC C++", "rate"))
    one_by_one = best(row, "pgbench, one statement", "pgbench, a transaction")
    row.goal("of pgbench's rate, at least 15", rate / one_by_one, rate >= 15 * one_by_one)
    slow_submit(world, row)


def slow_submit(world, row):
    """The same when the disk takes 2 ms longer."""
    world.stop()
    world.restart(slow_sync_us=2000)
    contestants = submit_contestants(world, row)
    row.race({"ours, fdatasync + 2 ms": contestants["ours"],
              "gRPC C++, fdatasync + 2 ms": contestants["gRPC C++"]}, rounds=3)
    world.stop()
    world.restart(slow_sync_us=0)
    ratio = (row.median("ours, fdatasync + 2 ms", "rate") /
             row.median("gRPC C++, fdatasync + 2 ms", "rate"))
    row.goal("with a slow disk, of gRPC C++'s rate, at least 100", ratio, ratio >= 100)


# ---- P2 --------------------------------------------------------------------------


def need_keys(world, count):
    need_datasets(world)
    have = int(world.psql("SELECT count(*) FROM pidc.consent_chain"))
    if have < count:
        register.fill(world, count, have)


def point_script(keys):
    """The best that a prepared statement without any RPC can do: one row by its key."""
    path = os.path.join(OUT, "point.pgbench")
    with open(path, "w", encoding="utf-8") as f:
        f.write("\\set i random(0, %d)\n" % (keys - 1))
        f.write("SELECT state, valid_to FROM consent_chain WHERE consent_id = %s::uuid;\n"
                % register.sql_uuid(2, ":i"))
    return path


def check_load(world, row, address, server, postgres, keys, connections=16, streams=32, hot=0):
    requests, key_at = register.check_requests()
    return with_cpu(lambda: load(
        world, address, CHECK, requests, client="iom-officer", connections=connections,
        streams=streams, seconds=row.seconds, warm_up=max(0.5, row.seconds / 2),
        extra=("--key-at", key_at, "--keys", keys, "--hot", hot)), server, postgres)


def check_contestants(world, row, keys, connections=16, streams=32):
    need_keys(world, keys)
    ours, postgres = world.pidcd(), world.postgres()
    peer = world.grpc_peer("pidc")

    def grpc(address, server):
        return check_load(world, row, address, server, postgres, keys, connections, streams)

    return {
        "ours": lambda: grpc(world.env["PIDC_ADDRESS"], ours),
        "gRPC C++": lambda: grpc("127.0.0.1:%d" % peer.port, peer),
        "pgbench, point select": lambda: pgbench(world, "pidc", point_script(keys), connections,
                                                 max(2, row.seconds)),
    }


def check(world, row, options):
    contestants = check_contestants(world, row, options.keys)
    # What every server of this kind has after an hour: its memory is warm.
    asked = 0
    while asked < 5 * options.keys:
        asked += contestants["ours"]()["all"]
    contestants["gRPC C++"]()
    row.race(contestants)
    rate = row.median("ours", "rate")
    row.goal("of gRPC C++'s rate, at least 10", rate / row.median("gRPC C++", "rate"),
             rate >= 10 * row.median("gRPC C++", "rate"))
    point = row.median("pgbench, point select", "rate")
    row.goal("of pgbench's point selects, at least 3", rate / point, rate >= 3 * point)
    revoked_check(row, contestants["ours"])


def revoked_check(row, load_ours):
    """The same while statements change every 100 ms."""
    revoker = Revoker()
    revoker.start()
    try:
        row.race({"ours, a statement every 100 ms": load_ours})
    finally:
        revoker.stop()
    row.add("asked behind a statement", {"asked": revoker.asked, "changes": revoker.changes,
                                         "stale": revoker.stale})
    row.goal("stale answers behind %d statements, at most 0" % revoker.changes, revoker.stale,
             revoker.stale == 0 and revoker.changes > 0)


# ---- P4 --------------------------------------------------------------------------


def alone(world, row, options):
    """One connection, one stream: what a call takes when nothing else happens."""
    submits = submit_contestants(world, row, 1, 1)
    checks = check_contestants(world, row, options.keys, 1, 1)
    ours, postgres = world.pidcd(), world.postgres()
    checks["ours, asked before"] = lambda: check_load(
        world, row, world.env["PIDC_ADDRESS"], ours, postgres, options.keys, 1, 1, hot=50)
    row.race({kind + ", " + name: function
              for kind, contestants in (("check", checks), ("submit", submits))
              for name, function in contestants.items()})
    for kind, peers in (("check", ("point select",)), ("submit", ("one statement", "a transaction"))):
        ours = row.median("check, ours, asked before" if kind == "check" else "submit, ours",
                          "p50_us")
        theirs = min(row.median("%s, pgbench, %s" % (kind, p), "p50_us") for p in peers)
        row.goal("%s, p50 of pgbench's, at most 3" % kind, ours / theirs, ours <= 3 * theirs)


ROWS = {
    "P1": ("transport: CPU of an empty call, 16 x 32", transport),
    "P2": ("check a consent, 16 x 32", check),
    "P3": ("submit a contribution, durable, in the ledger, 16 x 32", submit),
    "P4": ("one call alone", alone),
}
