# SPDX-License-Identifier: ISC
"""Checks of C that need a compile command: clang-tidy, headers on their own.

usage: compiled.py tidy|headers BUILD JOBS

BUILD is a configured and built tree with compile_commands.json. What was clean
is remembered in build/lint by the hash of the preprocessed text, so that a
second run looks only at what a change can reach.
"""
import concurrent.futures
import hashlib
import json
import os
import shlex
import subprocess
import sys

MEMORY = "build/lint"


def output(command, text=None):
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def tracked(pattern):
    return subprocess.check_output(["git", "ls-files", "--", pattern], text=True).split()


def commands(build):
    """The compile command of each source file, without what it writes."""
    found = {}
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
        for entry in json.load(f):
            words = shlex.split(entry["command"])
            at = words.index("-o")
            file = os.path.relpath(entry["file"])
            found[file] = words[:at] + [w for w in words[at + 2:] if w not in ("-c", entry["file"])]
    return found


def tidy_of(build):
    command = commands(build)
    settings = output(["clang-tidy", "--version"]).stdout
    for file in tracked("*.clang-tidy"):
        with open(file, "rb") as f:
            settings += f.read()
    for file in tracked("*.c"):
        if file not in command:
            sys.exit("%s: no target compiles it" % file)
        # Comments stay in the text: a suppression is one.
        yield (file, settings, command[file] + ["-E", "-C", "-dD", file], None,
               ["clang-tidy", "-p", build, "--quiet", file])


def headers_of(build):
    words = command_of_any(build)
    for file in tracked("*.h"):
        text = ('#include "%s"\n' % file).encode()
        yield (file, b"header", words + ["-E", "-C", "-x", "c", "-"], text,
               words + ["-fsyntax-only", "-x", "c", "-"])


def command_of_any(build):
    """What reaches every folder's headers: the options of a test."""
    command = commands(build)
    return command[next(f for f in sorted(command) if f.startswith("tests/db/"))] + ["-I", "."]


def check(file, settings, expand, text, command):
    """What is wrong with the file, as bytes; nothing when it is clean."""
    expanded = output(expand, text)
    if expanded.returncode != 0:
        return expanded.stdout
    key = hashlib.sha256(settings + " ".join(command).encode() + expanded.stdout).hexdigest()
    mark = os.path.join(MEMORY, key)
    if os.path.exists(mark):
        return b""
    result = output(command, text)
    if result.returncode != 0:
        return b"%s:\n%s" % (file.encode(), result.stdout)
    open(mark, "w", encoding="utf-8").close()
    return b""


def main(what, build, jobs):
    os.makedirs(MEMORY, exist_ok=True)
    work = {"tidy": tidy_of, "headers": headers_of}[what](build)
    failed = False
    with concurrent.futures.ThreadPoolExecutor(int(jobs)) as pool:
        for found in pool.map(lambda item: check(*item), work):
            sys.stdout.buffer.write(found)
            failed = failed or found != b""
    sys.exit(1 if failed else 0)


main(*sys.argv[1:])
