# SPDX-License-Identifier: ISC
"""More daemons on the register of build/up/env, and SQL behind their backs."""

import os
import re
import signal
import subprocess
import tempfile
import time

PATIENCE_S = 60  # a daemon under sanitizers on a busy machine needs some


def until(predicate, what):
    """Wait until predicate() is true; returns its value."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("not within %d s: %s" % (PATIENCE_S, what))
        time.sleep(0.05)


def sql(text):
    """One statement as the owner of the database; returns what psql -At prints."""
    return subprocess.run(["psql", "-h", os.environ["PIDC_PG"], "-U", "postgres", "-d", "pidc",
                           "-Atqc", text], check=True, capture_output=True, text=True).stdout.strip()


class Daemon:
    """A pidcd on a port of its own, with more settings (section.key=value) or another
    file of them."""

    def __init__(self, *settings, config=None):
        self.settings = settings
        self.config = config or os.environ["PIDC_CONFIG"]
        self.address = "127.0.0.1:0"
        self.process = None
        self.log = tempfile.NamedTemporaryFile(prefix="pidcd-", suffix=".log", mode="r")
        self.start()

    def start(self):
        """Also again, on the same port."""
        arguments = [os.environ["PIDC_PIDCD"], "--config", self.config]
        for setting in ("server.listen=" + self.address,) + self.settings:
            arguments += ["--set", setting]
        offset = os.path.getsize(self.log.name)
        with open(self.log.name, "a") as out:
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stderr=out)
        match = until(lambda: self.seen(r"ready on (\S+)", offset), "the daemon starts")
        self.address = match.group(1)

    def seen(self, pattern, offset=0):
        """What the log says by now: a match or None."""
        if self.process.poll() is not None:
            raise AssertionError("pidcd ended with %d" % self.process.returncode)
        with open(self.log.name) as f:
            f.seek(offset)
            return re.search(pattern, f.read())

    def wait_log(self, pattern):
        return until(lambda: self.seen(pattern), "the log says " + pattern)

    def hangup(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        """Drain; what it returned."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.kill()
        self.log.close()
