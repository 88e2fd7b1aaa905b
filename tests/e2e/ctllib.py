# SPDX-License-Identifier: ISC
"""pidcctl run by a test, with and without a terminal. Wants the variables of
build/up/env."""

import json
import os
import pty
import select
import subprocess
import tempfile
import termios
import time

CERTS = os.environ["PIDC_CERT_DIR"]
WORK = tempfile.mkdtemp(prefix="pidc-ctl-")
# A file is known by its hash: a second run on the same register needs others.
SALT = time.time_ns() // 1000000


def environment(name, env):
    """Nothing of the caller's own settings; an empty home."""
    made = {k: v for k, v in os.environ.items()
            if not k.startswith("PIDC_") and k not in ("NO_COLOR", "CLICOLOR_FORCE", "PAGER")}
    made.update(PIDC_SERVER=os.environ["PIDC_ADDRESS"], PIDC_CA=os.environ["PIDC_CA"],
                PIDC_CERT="%s/%s.crt" % (CERTS, name), PIDC_KEY="%s/%s.key" % (CERTS, name),
                LC_ALL="C.UTF-8", HOME=WORK, XDG_CONFIG_HOME=WORK, TERM="xterm")
    for key, value in (env or {}).items():
        made[key] = value
        if value is None:
            del made[key]
    return made


class Run:
    """One run of pidcctl, without a terminal."""

    def __init__(self, words, name, stdin, env):
        done = subprocess.run([os.environ["PIDC_PIDCCTL"]] + list(words), input=stdin.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              env=environment(name, env), timeout=120)
        self.status, self.out, self.err = done.returncode, done.stdout.decode(), done.stderr.decode()

    def json(self):
        return json.loads(self.out)

    def error(self):
        return json.loads(self.err.splitlines()[-1])


class Terminal:
    """One run on a terminal of 80 columns, where answers are typed."""

    def __init__(self, *words, name="tv-officer", env=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(os.environ["PIDC_PIDCCTL"], ["pidcctl"] + list(words),
                      environment(name, dict({"COLUMNS": "80"}, **(env or {}))))
        self.text = ""

    def read(self):
        """More of what it prints; False at the end."""
        if not select.select([self.fd], [], [], 60)[0]:
            raise AssertionError("nothing more than: " + self.text)
        try:
            more = os.read(self.fd, 65536).decode()
        except OSError:
            more = ""
        self.text += more.replace("\r\n", "\n")
        return more != ""

    def answer(self, question, text):
        while question not in self.text:
            assert self.read(), "%r was not asked:\n%s" % (question, self.text)
        # Type only when the question's flush of what was typed before is done.
        while termios.tcgetattr(self.fd)[3] & termios.ICANON == 0:
            time.sleep(0.01)
        os.write(self.fd, text.encode() + b"\n")

    def end(self):
        while self.read():
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return status


def ctl(*words, name="tv-officer", status=0, stdin="", env=None):
    run = Run(words, name, stdin, env)
    assert run.status == status, "%s: exit %d, expected %d\n%s%s" % (
        " ".join(words), run.status, status, run.out[-2000:], run.err[-2000:])
    return run


def file(name, text):
    path = os.path.join(WORK, name)
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(text)
    return path


def define(title="Overstays", name="tv-officer"):
    return ctl("dataset", "define", "--title", title, "--category", "OVER", "--granularity",
               "aggregate", "--classification", "green", "--legal-basis", "Immigration Act",
               "--ethics-note", "aggregates only", "--field", "month:MONTH", "--field",
               "count:INTEGER", "-o", "json", name=name).json()["dataset"]["datasetId"]


def grant(dataset, *more, name="tv-officer"):
    return ctl("consent", "grant", "--dataset", dataset, "--to", "iom", "--purpose", "ME",
               "--action", "read", "--field", "count", "--yes", "-o", "json", *more,
               name=name).json()


def state_of(consent):
    return ctl("consent", "get", consent, "-o", "json").json()["consent"]["state"]


def psql(sql):
    subprocess.run(["psql", "-h", os.environ["PIDC_PG"], "-U", "postgres", "-d", "pidc", "-qAt",
                    "-v", "ON_ERROR_STOP=1", "-c", sql], check=True)


def contributions(dataset):
    return ctl("contribution", "list", "--dataset-id", dataset, "-o", "json").json()["items"]


def revision():
    return ctl("ledger", "head", "-o", "json").json()["position"]["revision"]
