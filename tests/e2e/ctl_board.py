# SPDX-License-Identifier: ISC
"""pidcctl board and resolution, as a Board secretary types them. The notice of 14 days
keeps votes closed on this register; test_board.sh runs test_a_vote_by_hand on one whose
Board has adopted rules without notice."""

from ctllib import Terminal, ctl
from pidclib import after

BOARD = ("fj", "tv", "nz", "pf", "ws")


def propose(*more, name="sec-hos"):
    return ctl("resolution", "propose", "--kind", "direction", "--mode", "circular", "--title",
               "Work plan", "--text", "The plan is adopted.", "-o", "json", *more,
               name=name).json()["resolution"]["resolutionId"]


def test_who_sits_and_by_which_rules():
    seats = ctl("board", "seats", "-o", "json").json()["items"]
    assert {seat["org"] for seat in seats} == set(BOARD)
    assert [seat["org"] for seat in seats if seat["isChair"]] == ["fj"]
    rules = ctl("board", "rules", name="iom-officer").out
    assert "is assumption" in rules and "circular notice days" in rules


def test_a_resolution_before_its_vote():
    resolution = propose()
    ctl("resolution", "second", resolution, "--expected-version", "7", name="tv-board", status=6)
    ctl("resolution", "second", resolution, name="tv-board")
    closes = after(1).ToJsonString()
    assert "E_DEADLINE" in ctl("resolution", "open", resolution, "--closes-at", closes,
                               name="fj-board", status=3).err
    ctl("resolution", "recuse", resolution, "--reason", "our own plan", name="nz-board")
    ctl("resolution", "defer", resolution, "--reason", "figures are missing", name="fj-board")
    shown = ctl("resolution", "show", resolution).out
    assert "DEFERRED" in shown and "figures are missing" in shown
    withdrawn = propose()
    ctl("resolution", "withdraw", withdrawn, "--reason", "no longer needed", name="sec-hos")
    listed = ctl("resolution", "list", "--state", "withdrawn", "-o", "name").out.split()
    assert withdrawn in listed and resolution not in listed
    assert "E_NOT_FOUND" in ctl("resolution", "show", resolution, name="iom-officer",
                                status=5).err


def by_hand_vote():
    """A register whose Board votes without notice."""
    resolution = propose("--subject-org", "iom")
    ctl("resolution", "second", resolution, name="tv-board")
    ctl("resolution", "open", resolution, "--closes-at", after(1).ToJsonString(),
        name="fj-board")
    words = ("resolution", "vote", resolution)
    text = " ".join(ctl(*words, "no", "--reason", "no budget", "--text-only",
                        name="nz-board").out.split())
    for part in ("nz votes NO on resolution " + resolution, 'Its text: "The plan is adopted."',
                 "It is about iom.", 'The reason given: "no budget".', "Ballot number 1 of nz"):
        assert part in text, (part, text)
    ctl(*words, "perhaps", "--yes", name="nz-board", status=2)
    assert "--yes" in ctl(*words, "no", name="nz-board", status=2).err
    terminal = Terminal(*words, "no", name="nz-board")
    terminal.answer("Type yes:", "no")
    assert terminal.end() == 3
    ctl(*words, "no", "--yes", name="nz-board")
    ctl(*words, "abstain", "--yes", name="nz-board")  # takes the place of the first
    assert "E_NOT_ELECTOR" in ctl(*words, "yes", "--yes", name="ki-officer", status=3).err
    for org in ("fj", "tv", "pf"):
        ctl(*words, "yes", "--yes", name=org + "-board")
    ctl("resolution", "recuse", resolution, "--reason", "our project", name="ws-board")
    before = ctl("resolution", "show", resolution, name="nz-board").out
    assert "ABSTAIN" in before and "YES" not in before
    ctl("resolution", "close", resolution, name="sec-hos")
    shown = ctl("resolution", "show", resolution).out
    for part in ("CARRIED", "N    5", "R    1", "E    4", "B    4  ballots: 3 yes, 0 no, 1 abstain",
                 "quorum 1  B + R = 5, at least 3: met", "quorum 2  B = 4, at least 3: met",
                 "majority  YES = 3, at least 2: met", "our project", "rules     version 1"):
        assert part in shown, (part, shown)
    assert shown.count("verified here") == 5 and "REPLACED" in shown
    seen = ctl("resolution", "show", resolution, "-o", "json").json()["resolution"]
    assert len(seen["ballots"]) == 5
    assert "text" not in ctl("resolution", "show", resolution, name="iom-officer").out
    assert ctl("board", "rules", "-o", "json").json()["rules"]["circularNoticeDays"] == 0


if __name__ == "__main__":
    by_hand_vote()
