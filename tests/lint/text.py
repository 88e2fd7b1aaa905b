# SPDX-License-Identifier: ISC
"""Rules of our own that no tool knows: licence, layers, leftovers."""
import os
import re
import subprocess
import sys

CODE = (".c", ".h", ".py", ".sh")

# Who may include whom (doc/architecture.md): folder, and what its files must not include.
FORBIDDEN = (
    ("core/", r"(wire|daemon|client|tests)/|uv\.h|libpq|nghttp2|openssl/ssl\.h|systemd/"),
    ("wire/", r"(daemon|client|tests)/|uv\.h|libpq|systemd/"),
    ("daemon/", r"(client|tests)/|nghttp2|openssl/ssl\.h"),
    ("daemon/db/", r"wire/|daemon/(?!db/)|uv\.h|systemd/"),
    ("daemon/service/", r"wire/(?!json\.h)|daemon/(?!db/|service/)|libpq|uv\.h|systemd/"),
    ("client/", r"(daemon|tests)/|nghttp2|openssl/ssl\.h|libpq"),
)
# Libraries that one part of a folder keeps to itself: what to include, and where.
ALONE = (
    (r"libpq", r"daemon/db/"),
    (r"nghttp2/", r"wire/h2"),
    (r"openssl/ssl\.h", r"wire/tls"),
    (r"systemd/", r"daemon/(sd|log)\.c"),
    (r"zlib\.h", r"wire/gzip"),
    (r"ini\.h", r"daemon/config|client/context"),
)
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX)\b|^#if 0\b|NOLINT(NEXTLINE|BEGIN)?(?!.*(\)|END):? ?.*[a-z]{3})")

problems = []


def expect(holds, path, number, what):
    if not holds:
        problems.append("%s:%d: %s" % (path, number, what))


def include_rules(path, number, name):
    for folder, pattern in FORBIDDEN:
        expect(not (path.startswith(folder) and re.match(pattern, name)), path, number,
               "%s must not include %s" % (folder, name))
    for pattern, place in ALONE:
        expect(path.startswith("tests/") or not re.match(pattern, name) or re.match(place, path),
               path, number, "only %s may include %s" % (place, name))


def file_rules(path, lines):
    is_code = path.endswith(CODE) or lines[0].startswith("#!")
    if is_code:
        head = lines[1] if lines[0].startswith("#!") else lines[0]
        expect("SPDX-License-Identifier: ISC" in head, path, 1, "does not begin with its licence")
    for number, line in enumerate(lines, 1):
        expect(not line.endswith((" ", "\t")) or path.endswith(".md"), path, number,
               "white space at its end")
        include = INCLUDE.match(line) if path.endswith((".c", ".h")) else None
        if include:
            include_rules(path, number, include.group(1))
        if is_code and path != "tests/lint/text.py":
            expect(not LEFTOVER.search(line), path, number, "leftover, or suppression without reason")


def main():
    files = subprocess.check_output(["git", "ls-files", "-z"], text=True).split("\0")
    for path in files:
        if not path or path.startswith(("tests/fuzz/corpus/", "LICENSE")) or not os.path.exists(path):
            continue
        if path.endswith("package-lock.json"):
            continue
        with open(path, encoding="utf-8") as f:
            text = f.read()
        expect(text.endswith("\n"), path, 1, "does not end with a line")
        file_rules(path, text.split("\n")[:-1] or [""])
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
