# SPDX-License-Identifier: ISC
"""pidcctl consent and request: who may have what."""

from ctllib import ctl, define, grant, revision, state_of, Terminal


def test_signing_shows_sentences_and_wants_yes():
    dataset = define("Asked")
    words = ("consent", "grant", "--dataset", dataset, "--to", "iom", "--purpose", "ME", "--action",
             "read", "--field", "count", "--condition", "min_cell=5")
    text = ctl(*words, "--text-only").out
    for part in ('"Tuvalu" (tv) permits the recipient to read the data.',
                 '"International Organisation for Migration" (iom)', '"Asked"', dataset,
                 "these fields: count.", '"Monitoring and evaluation" (ME); no other.',
                 "- numbers that stand for fewer than 5 persons are left out"):
        assert part in " ".join(text.split()), (part, text)
    assert "permet au destinataire" in ctl(*words, "--text-only", "--language", "fr").out
    before = revision()
    # Nobody to ask: nothing is signed, and nothing is asked of the register.
    assert "--yes" in ctl(*words, status=2).err
    terminal = Terminal(*words)
    terminal.answer("Type yes:", "yes please")
    assert terminal.end() == 3
    assert revision() == before
    terminal = Terminal(*words)
    terminal.answer("Type yes:", "yes")
    assert terminal.end() == 0, terminal.text
    assert "permits the recipient" in terminal.text
    assert int(revision()) == int(before) + 1
    ctl(*words, "--dry-run")
    assert int(revision()) == int(before) + 1


def test_revoking_wants_the_id_typed():
    consent = grant(define())["consentId"]
    words = ("consent", "revoke", consent)
    assert "--reason" in ctl(*words, "--yes", status=2).err
    words += ("--reason", "a test")
    assert "--expect-revision" in ctl(*words, "--yes", status=2).err
    ctl(*words, status=2)
    terminal = Terminal(*words)
    terminal.answer("to do it:", "yes")
    assert terminal.end() == 3
    assert state_of(consent) == "CONSENT_STATE_CURRENT"
    terminal = Terminal(*words)
    terminal.answer("to do it:", consent)
    assert terminal.end() == 0, terminal.text
    assert "at once and for good" in " ".join(terminal.text.split())
    assert state_of(consent) == "CONSENT_STATE_REVOKED"
    consent = grant(define())["consentId"]
    ctl("consent", "revoke", consent, "--reason", "a test", "--yes", "--expect-revision", revision())
    assert state_of(consent) == "CONSENT_STATE_REVOKED"


def test_show_reads_every_statement():
    consent = grant(define("Shown"))["consentId"]
    ctl("consent", "suspend", consent, "--yes", "--reason", "a question")
    ctl("consent", "resume", consent, "--yes")
    text = " ".join(ctl("consent", "show", consent).out.split())
    for part in ("CURRENT", '"Shown"', "permits the recipient", "pauses the consent " + consent,
                 'The reason given: "a question"', "which is paused, apply again"):
        assert part in text, (part, text)
    assert text.count("Signature verified here") == 3
    # The recipient reads it too, without the titles of the owner's datasets.
    text = ctl("consent", "show", consent, name="iom-officer").out
    assert "permits the recipient" in text and "Shown" not in text


def test_amber_needs_a_second_person():
    dataset = ctl("dataset", "define", "--title", "Cases", "--category", "CASE", "--granularity",
                  "aggregate", "--classification", "amber", "--legal-basis", "Immigration Act",
                  "--ethics-note", "aggregates only", "--field", "count:INTEGER", "-o",
                  "json").json()["dataset"]["datasetId"]
    made = grant(dataset)
    assert made["isPending"] is True
    waiting = ctl("consent", "pending", "-o", "json").json()["items"]
    statement = [p["statementId"] for p in waiting if p["consentId"] == made["consentId"]][0]
    ctl("consent", "approve", statement, "--yes", status=3)  # the same person
    run = ctl("consent", "approve", statement, "--yes", name="tv-head")
    assert "This is what you sign" in run.err and '"Cases"' in run.err
    shown = ctl("consent", "show", made["consentId"]).out
    assert "Second signature verified here" in shown
    # Replayed together, the waiting statement and its approval are one chain.
    ctl("ledger", "verify", "--deep", name="auditor")


def test_class_is_pinned_to_who_is_in_it():
    dataset = define()
    text = " ".join(ctl("consent", "grant", "--dataset", dataset, "--to-class", "REGIONAL_ORG",
                        "--purpose", "ME", "--action", "read", "--field", "count",
                        "--text-only").out.split())
    assert "class \"Regional organisation\" (REGIONAL_ORG), but only those" in text, text
    assert "(ffa)" in text and "(iom)" not in text


def ask(*more):
    return ctl("request", "create", "--owner-org", "tv", "--category", "OVER",
               "--granularity-ceiling", "aggregate", "--purpose", "ME", "--action", "read",
               "--field", "count", "--justification", "evaluation of the programme", "--notice",
               "en:IOM asks for counts", "--notice", "fr:L'OIM demande des nombres",
               "--answer-by", "2027-06-01T00:00:00Z", "-o", "json", *more,
               name="iom-officer").json()["request"]["consentRequestId"]


def request_state(request):
    return ctl("request", "get", request, "-o", "json").json()["request"]["state"]


def test_requests_are_answered():
    request = ask()
    assert request in ctl("request", "list", "--state", "open", "-o", "name").out.split()
    run = ctl("consent", "grant", "--category", "OVER", "--granularity-ceiling", "aggregate", "--to",
              "iom", "--purpose", "ME", "--action", "read", "--field", "count", "--answers", request,
              "--yes", "-o", "json")
    # Who signs has read the notice.
    assert "en: IOM asks for counts" in run.err and "answers the request " + request in run.err
    assert request_state(request) == "SHARING_REQUEST_STATE_GRANTED"
    ctl("consent", "revoke", run.json()["consentId"], "--reason", "a test", "--yes",
        "--expect-revision", revision())
    request = ask()
    ctl("consent", "refuse", "--answers", request, "--reason", "not now", "--yes")
    assert request_state(request) == "SHARING_REQUEST_STATE_REFUSED"
    request = ask()
    ctl("request", "withdraw", request, "--expected-version", "1", name="iom-officer")
    assert request_state(request) == "SHARING_REQUEST_STATE_WITHDRAWN"
    ctl("request", "create", "--notice", "no language", name="iom-officer", status=2)


def test_explain_and_matrix():
    dataset = define()
    question = ("--owner-org", "tv", "--recipient-org", "iom", "--dataset-id", dataset, "--purpose",
                "ME", "--action", "read", "--field", "count")
    run = ctl("consent", "explain", *question, status=3)
    assert run.out.startswith("DENY ") and "FAIL G9" in run.out and "PASS G1" in run.out
    consent = grant(dataset)["consentId"]
    run = ctl("consent", "explain", *question)
    assert run.out.startswith("PERMIT") and "grant %s: this one permits it" % consent in run.out
    assert ctl("consent", "explain", *question, "-o", "json").json()["verdict"] == "VERDICT_PERMIT"
    ctl("consent", "check", *question)
    ctl("consent", "explain", *question[:-1], "month", status=3)
    rows = ctl("consent", "matrix", "--recipient-org", "iom", "-o", "json").json()["items"]
    assert [r["fields"] for r in rows if r["datasetId"] == dataset] == [["count"]]
    assert "iom" in ctl("consent", "matrix").out


def test_revoke_all():
    dataset = define()
    consents = [grant(dataset, "--mode", "add")["consentId"] for _ in range(3)]
    words = ("consent", "revoke-all", "--dataset", dataset)
    listed = ctl(*words, "--preview", "-o", "json").json()["items"]
    assert sorted(c["consentId"] for c in listed) == sorted(consents)
    words += ("--reason", "a test")
    ctl(*words, status=2)
    ctl(*words, "--yes", status=2)
    ctl(*words, "--yes", "--expect-count", "2", status=6)
    ctl(*words, "--suspend", "--yes", "--expect-count", "3")
    assert state_of(consents[0]) == "CONSENT_STATE_SUSPENDED"
    terminal = Terminal(*words)
    terminal.answer("to do it:", "2")
    assert terminal.end() == 3
    assert state_of(consents[0]) == "CONSENT_STATE_SUSPENDED"
    terminal = Terminal(*words)
    terminal.answer("Type 3 to do it:", "3")
    assert terminal.end() == 0, terminal.text
    assert {state_of(c) for c in consents} == {"CONSENT_STATE_REVOKED"}
    ctl(*words, "--yes", "--expect-count", "3", status=5)


def test_simulate():
    dataset = define()
    made = grant(dataset)["consentId"]
    before = revision()
    words = ("--dataset", dataset, "--to", "iom", "--purpose", "ME", "--action", "read", "--field")
    opened = ctl("consent", "simulate", "grant", *words, "month", "-o", "json").json()
    assert [r["fields"] for r in opened["opened"]] == [["month"]]
    assert not opened.get("closed")
    closed = ctl("consent", "simulate", "revoke", made, "-o", "json").json()
    assert [(r["datasetId"], r["fields"]) for r in closed["closed"]] == [(dataset, ["count"])]
    text = ctl("consent", "simulate", "veto", "--all-data", "--to", "iom").out
    assert "opens: 0" in text and "iom" in text
    ctl("consent", "simulate", "correct", made, status=2)
    ctl("consent", "simulate", "revoke", status=2)
    assert revision() == before
