# SPDX-License-Identifier: ISC
"""pidcctl: help, contexts, colours, tables, completion."""

import os
import re
import subprocess

from ctllib import CERTS, WORK, ctl, define, file, grant, Terminal


def test_help_teaches():
    assert re.search(r"^8 .*queued", ctl("help", "exit-codes").out, re.M)
    help_text = ctl("consent", "grant", "--help").out
    assert "Examples" in help_text and "--condition KIND[=VALUE]" in help_text
    assert ctl("help", "consent", "grant").out == help_text
    assert max(len(line) for line in ctl("help").out.splitlines()) <= 80
    ctl("help", "no-such-noun", status=2)


def test_contexts():
    os.makedirs(os.path.join(WORK, "pidc"), exist_ok=True)
    file("pidc/config.ini", "[pidcctl]\ncontext = test\n"
         "[context \"test\"]\nserver = %s\nca = %s\ncert = %s/ws-officer.crt\nkey = %s/ws-officer.key\n"
         "[context \"prod\"]\nserver = %s\nca = %s\ncert = %s/fj-officer.crt\nkey = %s/fj-officer.key\n"
         "capacity = FUNDER\nproduction = yes\n" % (
             (os.environ["PIDC_ADDRESS"], os.environ["PIDC_CA"], CERTS, CERTS) * 2))
    none = {"PIDC_SERVER": None, "PIDC_CA": None, "PIDC_CERT": None, "PIDC_KEY": None}
    try:
        who = lambda *w, **env: ctl("whoami", "-o", "json", *w, env=dict(none, **env)).json()["actor"]
        assert who()["org"] == "ws"
        assert who("--context", "prod")["org"] == "fj"
        assert who("--context", "prod")["capacity"] == "CAPACITY_FUNDER"
        assert who(PIDC_CONTEXT="prod")["org"] == "fj"
        assert who("--context", "test", PIDC_CONTEXT="prod")["org"] == "ws"
        # flag, then variable, then context
        assert who("--context", "prod", PIDC_CAPACITY="MEMBER")["capacity"] == "CAPACITY_MEMBER"
        assert who("--context", "prod", "--capacity", "FUNDER",
                   PIDC_CAPACITY="MEMBER")["capacity"] == "CAPACITY_FUNDER"
        assert who(PIDC_CERT=CERTS + "/to-officer.crt", PIDC_KEY=CERTS + "/to-officer.key")["org"] == "to"
        shown = ctl("context", "show", "-o", "json", env=dict(none, PIDC_CAPACITY="MEMBER")).json()
        assert shown["serverFrom"] == "context" and shown["capacityFrom"] == "PIDC_CAPACITY"
        assert shown["principalId"].endswith("/member/ws/officer/o1")
        assert "prod" in ctl("context", "list").out
        words = ("dataset", "define", "--context", "prod", "--capacity", "MEMBER", "--title", "x",
                 "--category", "OVER", "--granularity", "aggregate", "--classification", "green",
                 "--legal-basis", "x law", "--ethics-note", "aggregates", "--field", "n:INTEGER")
        assert "context prod as spiffe://pidc.int/member/fj/officer/o1\n" in ctl(*words, env=none).err
        assert "context prod" not in ctl(*words, "--dry-run", env=none).err
        assert "context prod" not in ctl("whoami", "--context", "prod", env=none).err
        file("pidc/config.ini", "[context \"test\"]\nserver x\n")
        assert "config.ini:2" in ctl("whoami", env=none, status=2).err
    finally:
        os.remove(os.path.join(WORK, "pidc/config.ini"))


def test_colours_and_pager():
    escape = "\x1b["
    assert escape not in ctl("org", "list").out
    assert escape in ctl("org", "list", "--color", "always").out
    assert escape in ctl("org", "list", env={"CLICOLOR_FORCE": "1"}).out
    assert escape not in ctl("org", "list", env={"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}).out
    for env, is_coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        terminal = Terminal("member", "list", env=dict({"PAGER": "cat"}, **env))
        assert terminal.end() == 0
        assert (escape in terminal.text) == is_coloured, (env, terminal.text)
        lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in terminal.text.splitlines()]
        assert max(len(line) for line in lines) <= 80, terminal.text
    seen = file("pager", "")
    pager = {"PIDC_PAGER": "tee %s" % seen}
    terminal = Terminal("member", "list", env=pager)
    assert terminal.end() == 0
    with open(seen, encoding="utf-8") as f:
        assert "Tuvalu" in f.read()
    file("pager", "")
    for words in (["member", "list", "--no-pager"], ["member", "get", "tv"]):
        assert Terminal(*words, env=pager).end() == 0
    ctl("member", "list", env=pager)
    assert os.path.getsize(seen) == 0
    # A pager that is not there does not lose the answer.
    terminal = Terminal("member", "list", env={"PAGER": "/no/such/pager"})
    assert terminal.end() == 0 and "Tuvalu" in terminal.text


def test_tables_fit_eighty_columns():
    consent = grant(define())["consentId"]
    for words in (["partner", "list"], ["partner", "register"], ["org", "list"], ["dataset", "list"],
                  ["contribution", "list", "--limit", "3"], ["consent", "list"],
                  ["consent", "show", consent], ["ledger", "entries", "--count", "3"],
                  ["code", "list"]):
        terminal = Terminal(*words, env={"PAGER": "cat", "NO_COLOR": "1"})
        assert terminal.end() == 0, terminal.text
        wide = [line for line in terminal.text.splitlines() if len(line) > 80]
        assert not wide, wide


def test_completion():
    def complete(*words):
        return ctl("__complete", *words).out.split()
    assert "consent" in complete("con") and "contribution" in complete("con")
    assert complete("consent", "gr") == ["grant"]
    assert "--condition" in complete("consent", "grant", "--co")
    assert "--context" in complete("consent", "grant", "--co")
    assert complete("consent", "grant", "-o", "js") == ["json", "jsonl"]
    assert complete("consent", "grant", "--mode", "") == ["add", "exclusive"]
    # Nothing is asked over the link.
    assert complete("dataset", "get", "") == []
    script = ctl("completion", "bash").out + '''
COMP_WORDS=(pidcctl consent gr); COMP_CWORD=2; _pidcctl; echo "${COMPREPLY[@]}"
'''
    path = os.path.dirname(os.environ["PIDC_PIDCCTL"]) + ":" + os.environ["PATH"]
    done = subprocess.run(["bash", "-c", script], env=dict(os.environ, PATH=path), check=True,
                          stdout=subprocess.PIPE, text=True)
    assert done.stdout.strip() == "grant"
    for shell in "zsh", "fish":
        assert "__complete" in ctl("completion", shell).out
