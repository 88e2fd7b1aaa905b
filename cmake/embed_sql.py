# SPDX-License-Identifier: ISC
"""Turn SQL files into C tables: statements.h, statements.c.

usage: embed_sql.py OUT_DIR MIGRATION_DIR STATEMENT_DIR...

Statements are what follows a line "-- name: x"; daemon/db/db.h says what the
other header lines mean.
"""
import os
import re
import sys

HEADER = re.compile(r"^-- (name|in|out|apply): *(.*?) *$|^-- (many) *$")
NAME = re.compile(r"^[a-z][a-z0-9_]*$")


def literal(text):
    """One C string literal a line; '?' is escaped because of trigraphs."""
    lines = text.split("\n")
    out = []
    for i, line in enumerate(lines):
        line = line.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?").replace("\t", "\\t")
        out.append('\t\t"%s%s"' % (line, "\\n" if i + 1 < len(lines) else ""))
    return "\n".join(out)


def descriptor(message):
    """Symbol of protobuf-c's descriptor of a message."""
    if message in ("", "-"):
        return None
    parts = message.split(".")
    snake = re.sub(r"(?<=[^A-Z])(?=[A-Z])", "_", parts[-1]).lower()
    return "__".join(parts[:-1] + [snake]) + "__descriptor"


def statements_of(path, label):
    statements = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            match = HEADER.match(line)
            if match and match.group(1) == "name":
                if not NAME.match(match.group(2)):
                    sys.exit("%s:%d: bad statement name" % (path, number))
                statements.append({"name": match.group(2), "file": label, "sql": []})
            elif match and statements:
                key = match.group(1) or match.group(3)
                if key in statements[-1]:
                    sys.exit("%s:%d: '%s' twice" % (path, number, key))
                statements[-1][key] = match.group(2) or ""
            elif statements and (statements[-1]["sql"] or not line.startswith("--")):
                statements[-1]["sql"].append(line)
    for s in statements:
        if "in" not in s or "out" not in s or not "".join(s["sql"]).strip():
            sys.exit("%s: %s lacks its in, its out or its SQL" % (path, s["name"]))
    return statements


def row(s):
    out = (s["out"].split() + [""])[:2]
    members = ["name", "file", "applies"]
    values = {"name": s["name"], "file": s["file"], "applies": s.get("apply")}
    text = ["\t[DB_%s] = {" % s["name"].upper()]
    for member in members:
        if values[member]:
            text.append('\t\t.%s = "%s",' % (member, values[member]))
    for member, message in (("in", s["in"]), ("out", out[0])):
        if descriptor(message):
            text.append("\t\t.%s = &%s," % (member, descriptor(message)))
    if out[1]:
        text.append('\t\t.out_field = "%s",' % out[1])
    text.append("\t\t.is_many = %s," % ("true" if "many" in s else "false"))
    text.append("\t\t.sql =\n%s,\n\t}," % literal("\n".join(s["sql"]).strip()))
    return "\n".join(text)


def migrations_of(folder):
    rows = []
    for name in sorted(os.listdir(folder)):
        match = re.match(r"^(\d{4})_([a-z0-9_]+)\.sql$", name)
        if not match:
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            rows.append((int(match.group(1)), match.group(2), f.read()))
    for before, (version, name, _) in zip(rows, rows[1:]):
        if version == before[0]:
            sys.exit("%s: there are two migrations %04d, one is %s" % (folder, version, name))
    return rows


def write(path, text):
    """Leave an unchanged file alone: everything that includes it would be built again."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            if f.read() == text:
                return
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main(out_dir, migration_dir, *statement_dirs):
    statements = []
    for folder in statement_dirs:
        for name in sorted(os.listdir(folder)):
            if name.endswith(".sql"):
                label = os.path.basename(os.path.normpath(folder)) + "/" + name
                statements += statements_of(os.path.join(folder, name), label)
    names = [s["name"] for s in statements]
    for name in names:
        if names.count(name) > 1:
            sys.exit("statement %s is defined twice" % name)
    migrations = migrations_of(migration_dir)
    write(os.path.join(out_dir, "statements.h"),
          "/* SPDX-License-Identifier: ISC */\n#pragma once\n\nenum db_statement_id {\n"
          + "".join("\tDB_%s,\n" % n.upper() for n in names) + "\tDB_STATEMENT_COUNT\n};\n")
    symbols = sorted({d for s in statements
                      for d in (descriptor(s["in"]), descriptor(s["out"].split()[0])) if d})
    write(os.path.join(out_dir, "statements.c"),
          "/* SPDX-License-Identifier: ISC */\n#include \"daemon/db/db.h\"\n"
          "#include \"daemon/db/migration.h\"\n\n"
          + "".join("extern const ProtobufCMessageDescriptor %s;\n" % s for s in symbols)
          + "\nconst struct db_statement db_statements[] = {\n"
          + "\n".join(row(s) for s in statements) + "\n};\n\n"
          + "const struct db_migration db_migrations[] = {\n"
          + "".join('\t{ %d, "%s",\n%s },\n' % (v, n, literal(t)) for v, n, t in migrations)
          + "};\n\nconst size_t db_migration_count = %d;\n" % len(migrations))


main(*sys.argv[1:])
