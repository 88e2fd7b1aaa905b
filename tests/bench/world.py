# SPDX-License-Identifier: ISC
"""What the bench measures: a register of its own, the peers, and their CPU time."""

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(SOURCE, "build/bench")
BUILD = os.path.join(SOURCE, "build/release")
STATE = os.path.join(OUT, "state")
PGBENCH = os.environ.get("PIDC_PG_BIN", "/usr/lib/postgresql/15/bin") + "/pgbench"
PEERS = os.path.join(SOURCE, "tests/bench/peers")
TICK = os.sysconf("SC_CLK_TCK")


def say(text):
    print("== " + text, file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("nobody listens on port %d" % port)


# ---- CPU -------------------------------------------------------------------------


def stat(pid):
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii") as f:
            fields = f.read().rsplit(") ", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # From state on: ppid is 1, utime 11, stime 12, cutime 13, cstime 14.
    return int(fields[1]), sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))


def cpu_of(pid):
    """Seconds of a process, of its children, and of those that have ended."""
    own = stat(pid)
    if own is None:
        return 0.0
    total = own[1] + own[2]
    for name in os.listdir("/proc"):
        if name.isdigit():
            child = stat(int(name))
            if child and child[0] == pid:
                total += child[1] + child[2]
    return total / TICK


def memory_of(pid):
    """Proportional set size in bytes: shared libraries by halves."""
    with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as f:
        return int(re.search(r"^Pss:\s+(\d+) kB", f.read(), re.M).group(1)) * 1024


# ---- programs --------------------------------------------------------------------


class Program:
    """A server that runs while the bench does."""

    def __init__(self, name, argv, port=None, pid=None):
        self.name = name
        self.port = port
        self.process = None
        if pid is None:
            with open(os.path.join(OUT, name + ".log"), "w", encoding="utf-8") as log:
                self.process = subprocess.Popen(argv, stdout=log, stderr=log)
            pid = self.process.pid
        self.pid = pid
        if port:
            wait_for_port(port)

    def cpu(self):
        return cpu_of(self.pid)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class World:
    def __init__(self, keys):
        self.keys = keys
        self.slow_sync_us = 0
        self.programs = []
        self.env = {}
        self.databases = set()

    # -- the register --

    def dev(self, *words):
        env = dict(os.environ, PIDC_STATE=STATE, PIDC_BUILD=BUILD, PIDC_PG_WAL_MB="64")
        if self.slow_sync_us:
            env["PIDC_SYNC_US"] = str(self.slow_sync_us)
            env["PIDC_PG_PRELOAD"] = os.path.join(self.pg, "pidc-slowsync.so")
        subprocess.run([os.path.join(SOURCE, "dev")] + list(words), env=env, check=True,
                       stdout=subprocess.DEVNULL)

    def up(self):
        os.makedirs(OUT, exist_ok=True)
        self.dev("up", "--erase")
        self.read_env()
        self.tune_postgres()
        self.dev("down")
        self.raise_limits()
        self.start()

    def raise_limits(self):
        """All agents of the bench come from one address, with one certificate; answers of
        all its keys fit the memory."""
        with open(self.env["PIDC_CONFIG"], encoding="utf-8") as f:
            text = f.read()
        with open(self.env["PIDC_CONFIG"], "w", encoding="utf-8") as f:
            f.write(text.replace("[server]\n", "[server]\nmax_connections = 60000\n"
                                 "max_connections_per_address = 60000\n"
                                 "max_connections_per_certificate = 60000\n"
                                 "check_memory_bytes = %d\n" % max(64 << 20, 400 * self.keys)))

    def tune_postgres(self):
        """The same server for everybody; checkpoints do not fall into a round."""
        for setting in ("shared_buffers = '2GB'", "max_wal_size = '16GB'", "min_wal_size = '2GB'",
                        "checkpoint_timeout = '1h'", "work_mem = '64MB'",
                        "log_min_duration_statement = -1", "max_connections = 200"):
            self.psql("ALTER SYSTEM SET " + setting)
        self.open_tls()

    def open_tls(self):
        """For COPY: with pidcd's certificate, on an address of loopback that no other
        PostgreSQL of this machine has, since the port names the socket as well."""
        self.tls_address = "127.%d.%d.%d" % tuple(random.randint(1, 250) for _ in range(3))
        for source, name in zip(self.server_cert(), ("server.crt", "server.key")):
            target = os.path.join(self.pg, "data", name)
            shutil.copy(source, target)
            shutil.chown(target, os.stat(self.pg).st_uid, os.stat(self.pg).st_gid)
            os.chmod(target, 0o600)
        with open(os.path.join(self.pg, "data/pg_hba.conf"), "a", encoding="ascii") as f:
            f.write("hostssl all all 127.0.0.0/8 trust\n")
        for setting in ("listen_addresses = '%s'" % self.tls_address, "ssl = on",
                        "ssl_min_protocol_version = 'TLSv1.3'"):
            self.psql("ALTER SYSTEM SET " + setting)

    def read_env(self):
        with open(os.path.join(STATE, "env"), encoding="utf-8") as f:
            self.env = dict(line.strip().split("=", 1) for line in f)
        os.environ.update(self.env)

    def start(self):
        self.dev("start")
        self.read_env()

    def restart(self, slow_sync_us):
        """Daemon and database anew; every fdatasync takes so much longer."""
        shutil.copy(os.path.join(BUILD, "tests/bench/pidc-slowsync.so"), self.pg)
        os.chmod(os.path.join(self.pg, "pidc-slowsync.so"), 0o755)
        self.dev("down")
        self.slow_sync_us = slow_sync_us
        self.start()

    def stop(self):
        for program in self.programs:
            program.stop()
        self.programs = []

    def down(self):
        self.stop()
        self.dev("down", "--erase")

    @property
    def pg(self):
        return self.env["PIDC_PG"]

    def url(self, database):
        return "host=%s dbname=%s user=postgres options='-c search_path=pidc'" % (self.pg, database)

    def psql(self, sql, database="pidc"):
        return subprocess.run(
            ["psql", "-X", "-h", self.pg, "-U", "postgres", "-d", database, "-qAt", "-v",
             "ON_ERROR_STOP=1"], input=sql, stdout=subprocess.PIPE, check=True,
            text=True).stdout.strip()

    def clone(self, name):
        """A copy of the register's database for a peer to write in."""
        if name in self.databases:
            return name
        self.dev("down")
        self.start_postgres()
        self.psql("DROP DATABASE IF EXISTS %s; " % name, "postgres")
        self.psql("CREATE DATABASE %s TEMPLATE pidc" % name, "postgres")
        self.start()
        self.databases.add(name)
        return name

    def start_postgres(self):
        subprocess.run(["sh", "-c", '. "$0/tests/lib/pg.sh"; pg_start "$1"', SOURCE,
                        os.path.join(STATE, "pg")], check=True)

    # -- who runs --

    def pidcd(self):
        with open(self.env["PIDC_PID_FILE"], encoding="ascii") as f:
            return Program("pidcd", None, pid=int(f.read()))

    def postgres(self):
        with open(os.path.join(self.pg, "data/postmaster.pid"), encoding="ascii") as f:
            return Program("postgres", None, pid=int(f.readline()))

    def run(self, name, argv, port):
        program = Program(name, argv, port)
        self.programs.append(program)
        return program

    def cert(self, name):
        return [os.path.join(self.env["PIDC_CERT_DIR"], name + ext) for ext in (".crt", ".key")]

    def server_cert(self):
        return self.cert("pidcd")

    def grpc_peer(self, database=None):
        """Our C++ peer; without a database it serves only what is empty."""
        port = free_port()
        cert, key = self.server_cert()
        argv = [os.path.join(OUT, "peers/grpc-peer"), "--port", str(port), "--cert", cert, "--key",
                key]
        if database:
            argv += ["--ca", self.env["PIDC_CA"], "--url", self.url(database), "--check",
                     numbered("check", "principal owner contribution purpose fields"), "--submit",
                     numbered("submit", "principal request dataset month count")]
        return self.run("grpc-peer-" + (database or "empty"), argv, port)


def numbered(name, words):
    """A statement of peers/ with :names made $1, $2, ... in the order of words."""
    with open(os.path.join(PEERS, name + ".sql"), encoding="utf-8") as f:
        sql = f.read()
    for i, word in enumerate(words.split(), 1):
        sql = re.sub(r"(?<!:):%s\b" % word, "$%d" % i, sql)
    path = os.path.join(OUT, name + ".numbered.sql")
    with open(path, "w", encoding="utf-8") as f:
        f.write(sql)
    return path


def script(name):
    """The same statement as a script for pgbench; a request gets a fresh id."""
    with open(os.path.join(PEERS, name + ".sql"), encoding="utf-8") as f:
        sql = "".join(line for line in f if not line.startswith("--"))
    path = os.path.join(OUT, name + ".pgbench")
    with open(path, "w", encoding="utf-8") as f:
        f.write("SELECT gen_random_uuid() AS request \\gset\n" if ":request" in sql else "")
        f.write(sql.strip() + ";\n")
    return path


# ---- loads -----------------------------------------------------------------------


def load_argv(world, address, path, requests, client="tv-agent", connections=16, streams=32,
              seconds=3.0, warm_up=1.0, extra=()):
    cert, key = world.cert(client)
    return [os.path.join(BUILD, "tests/bench/pidc-load"), "--server", address, "--path", path,
            "--requests", requests, "--ca", world.env["PIDC_CA"], "--cert", cert, "--key", key,
            "--connections", str(connections), "--streams", str(streams), "--seconds",
            str(seconds), "--warm-up", str(warm_up)] + [str(e) for e in extra]


def load(world, address, path, requests, **more):
    """One run of pidc-load."""
    run = subprocess.run(load_argv(world, address, path, requests, **more),
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if run.returncode != 0 or run.stderr:
        say("pidc-load %s: %s" % (path, run.stderr.strip()))
    return json.loads(run.stdout)


def start_load(world, address, path, requests, **more):
    """A load in the background, to be terminated."""
    return subprocess.Popen(load_argv(world, address, path, requests, **more),
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def pgbench(world, database, script, clients, seconds, variables=()):
    """Transactions a second and latencies of a prepared script, as pidc-load has them."""
    argv = [PGBENCH, "-n", "-M", "prepared", "-h", world.pg, "-U", "postgres", "-c", str(clients),
            "-j", str(min(clients, 2)), "-T", str(int(seconds)), "-f", script]
    for name, value in variables:
        argv += ["-D", "%s=%s" % (name, value)]
    env = dict(os.environ, PGOPTIONS="-c search_path=pidc -c plan_cache_mode=force_generic_plan")
    run = subprocess.run(argv + [database], env=env, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, check=False)
    found = re.search(r"tps = ([\d.]+) \(without", run.stdout)
    if run.returncode != 0 or not found:
        raise RuntimeError("pgbench: " + run.stdout + run.stderr)
    latency = re.search(r"latency average = ([\d.]+) ms", run.stdout)
    return {"rate": float(found.group(1)), "ok": int(float(found.group(1)) * int(seconds)),
            "p50_us": float(latency.group(1)) * 1000}


def h2load(port, path, seconds, body=None, connections=16, streams=32):
    argv = ["h2load", "-c", str(connections), "-m", str(streams), "-D", "%d" % max(1, seconds), "-t", "1",
            "https://127.0.0.1:%d%s" % (port, path)]
    if body:
        argv += ["-d", body, "-H", "content-type: application/grpc", "-H", "te: trailers"]
    out = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         check=False).stdout
    rate = re.search(r"finished in .*?, ([\d.]+) req/s", out)
    done = re.search(r"(\d+) succeeded, (\d+) failed", out)
    if not rate or not done or int(done.group(1)) == 0:
        raise RuntimeError("h2load: " + out[-800:])
    return {"rate": float(rate.group(1)), "ok": int(done.group(1)), "failed": int(done.group(2))}
