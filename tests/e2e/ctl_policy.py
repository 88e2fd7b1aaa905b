# SPDX-License-Identifier: ISC
"""pidcctl policy, observer and bilateral, as they are typed."""

from ctllib import ctl

FIRST, SECOND = "11" * 32, "22" * 32


def test_a_policy_by_hand():
    made = ctl("policy", "create", "--code", "BY_HAND", "--title", "A policy", "--edition",
               "First edition", "--review-months", "36", "--text-digest", FIRST, "-o", "json",
               name="sec-officer").json()["versionId"]
    assert "E_FIELD" in ctl("policy", "create", "--code", "BY_HAND_2", "--title", "A policy",
                            "--edition", "First edition", "--review-months", "0", "--text-digest",
                            FIRST, name="sec-officer", status=2).err
    ctl("policy", "revise", made, "--edition", "First edition", "--review-months", "48",
        "--text-digest", SECOND, name="sec-officer")
    assert "E_PREREQ_BOARD" in ctl("policy", "vet", made, "--text-digest", SECOND,
                                   name="sec-hos", status=3).err
    ctl("policy", "submit", made, name="sec-hos")
    row = ctl("policy", "versions", "--code", "BY_HAND", "-o", "json").json()["items"][0]
    assert row["state"] == "POLICY_STATE_WITH_BOARD" and row["reviewMonths"] == 48
    steps = [x["step"] for x in ctl("policy", "history", "BY_HAND", "-o", "json").json()["items"]]
    assert steps == ["POLICY_STEP_CREATE", "POLICY_STEP_REVISE", "POLICY_STEP_SUBMIT"]
    assert "BY_HAND" in ctl("policy", "show", "BY_HAND", name="iom-officer").out
    ctl("policy", "show", "NOBODYS", status=5)


def test_observers_and_own_agreements_by_hand():
    observers = ctl("observer", "list", "--state", "approved", "-o", "name").out.split()
    assert len(observers) == 9 and "ppiu" not in observers
    filed = ctl("bilateral", "file", "--counterparty", "Example Republic", "--title",
                "Joint patrols", "--visibility", "own", "-o", "json").json()["bilateralId"]
    assert filed in ctl("bilateral", "list", "-o", "name").out
    assert filed not in ctl("bilateral", "list", "-o", "name", name="fj-officer").out
    ctl("bilateral", "withdraw", filed, "--expected-version", "1", name="sec-hos", status=5)
    ctl("bilateral", "withdraw", filed, "--expected-version", "1")
