# SPDX-License-Identifier: ISC
"""pidcctl ledger: following it."""

import json
import os
import signal
import subprocess

from ctllib import define, environment, revision


def test_watch_adds_lines_until_interrupted():
    start = int(revision())
    define("Watched")
    child = subprocess.Popen([os.environ["PIDC_PIDCCTL"], "ledger", "watch", "--start", str(start + 1),
                              "-o", "json"], stdout=subprocess.PIPE, text=True,
                             env=environment("tv-officer", None))
    first = json.loads(child.stdout.readline())
    assert first["event"]["datasetDefined"]["dataset"]["title"] == "Watched"
    define("Watched later")
    assert json.loads(child.stdout.readline())["event"]["datasetDefined"]["dataset"][
        "title"] == "Watched later"
    child.send_signal(signal.SIGINT)
    assert child.wait(60) == 130
    child.stdout.close()
