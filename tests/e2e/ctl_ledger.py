# SPDX-License-Identifier: ISC
"""pidcctl ledger: following it."""

import datetime
import json
import os
import signal
import subprocess

from ctllib import ctl, define, environment, grant, revision


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


def test_at_revision_waits_for_what_one_was_told():
    now = int(revision())
    ctl("dataset", "list", "--at-revision", str(now))
    ctl("dataset", "list", "--at-revision", str(now + 100000), "--timeout", "1", status=7)
    ctl("dataset", "list", "--at-revision", "soon", status=2)
    late = subprocess.Popen([os.environ["PIDC_PIDCCTL"], "dataset", "list", "-o", "json",
                             "--at-revision", str(now + 1)], stdout=subprocess.PIPE, text=True,
                            env=environment("tv-officer", None))
    made = define("Waited for")
    out, _ = late.communicate(timeout=60)
    assert late.returncode == 0
    assert int(json.loads(out)["revision"]) >= now + 1 and made


def test_watch_tells_what_the_clock_did():
    begun = datetime.datetime.now(datetime.timezone.utc)
    until = (begun + datetime.timedelta(seconds=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    consent = grant(define("Ends"), "--until", until)["consentId"]
    child = subprocess.Popen(
        [os.environ["PIDC_PIDCCTL"], "ledger", "watch", "--start", "100000000", "--heartbeat", "5",
         "--timed-after", begun.strftime("%Y-%m-%dT%H:%M:%SZ"), "-o", "json"],
        stdout=subprocess.PIPE, text=True, env=environment("tv-officer", None))
    kinds = []
    while "TIMED_EVENT_KIND_CONSENT_EXPIRED" not in kinds:
        timed = json.loads(child.stdout.readline())["timed"]
        if timed["entityId"] == consent:
            kinds.append(timed["kind"])
    assert kinds == ["TIMED_EVENT_KIND_CONSENT_EXPIRING", "TIMED_EVENT_KIND_CONSENT_EXPIRED"]
    child.send_signal(signal.SIGINT)
    assert child.wait(60) == 130
    child.stdout.close()
