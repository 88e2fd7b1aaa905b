# SPDX-License-Identifier: ISC
"""Rules of our protos, on the descriptors that protoc makes.

What a client written against any earlier commit relies on stays: a number that
was ever used keeps its name, type and label. The style is that of the usual
linters, so that generated code reads well in every language.
"""
import collections
import os
import re
import subprocess
import sys
import tempfile

from google.protobuf import descriptor_pb2

OURS = "pidc/"
# What has left the house and may be read again: requests, and events for ever.
KEPT = "pidc/v1/"
MEMORY = "build/lint/proto"

LOWER_SNAKE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
UPPER_SNAKE = re.compile(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$")
PASCAL = re.compile(r"^([A-Z][a-z0-9]*)+$")
FIELD = descriptor_pb2.FieldDescriptorProto

problems = []


def expect(holds, where, what):
    if not holds:
        problems.append("%s: %s" % (where, what))


def compiled(folder):
    """FileDescriptorSet of all protos under folder, and protoc's warnings."""
    files = [os.path.relpath(os.path.join(at, name), folder)
             for at, _, names in os.walk(folder) for name in names if name.endswith(".proto")]
    with tempfile.NamedTemporaryFile() as out:
        run = subprocess.run(["protoc", "-I", folder, "--include_imports", "-o", out.name]
                             + sorted(files), stderr=subprocess.PIPE, text=True)
        if run.returncode != 0:
            sys.exit(run.stderr)
        warnings = [line for line in run.stderr.splitlines() if line.startswith(OURS)]
        return descriptor_pb2.FileDescriptorSet.FromString(out.read()), warnings


def upper_snake(name):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def enum_style(enum, where):
    prefix = upper_snake(enum.name) + "_"
    expect(PASCAL.match(enum.name), where, "not in PascalCase")
    expect(not enum.options.allow_alias, where, "has aliases")
    expect(enum.value[0].number == 0 and enum.value[0].name == prefix + "UNSPECIFIED", where,
           "does not begin with %sUNSPECIFIED = 0" % prefix)
    for value in enum.value:
        expect(UPPER_SNAKE.match(value.name) and value.name.startswith(prefix),
               where + "." + value.name, "not in UPPER_SNAKE_CASE after " + prefix)


def message_style(message, where):
    expect(PASCAL.match(message.name), where, "not in PascalCase")
    for field in message.field:
        name = where + "." + field.name
        expect(LOWER_SNAKE.match(field.name), name, "not in lower_snake_case")
        expect(not field.proto3_optional, name, "protobuf-c has no proto3 optional")
    for oneof in message.oneof_decl:
        expect(LOWER_SNAKE.match(oneof.name), where + "." + oneof.name, "not in lower_snake_case")


def service_style(service, where, used):
    expect(PASCAL.match(service.name) and service.name.endswith("Service"), where,
           "not in PascalCase with Service at its end")
    for method in service.method:
        name = where + "." + method.name
        expect(PASCAL.match(method.name), name, "not in PascalCase")
        for type_name, suffix in ((method.input_type, "Request"), (method.output_type, "Response")):
            expect(type_name.split(".")[-1] in
                   (method.name + suffix, service.name + method.name + suffix), name,
                   "%s is not %s%s" % (type_name, method.name, suffix))
            used[type_name] += 1
            expect(used[type_name] == 1, name, type_name + " serves another method")


def file_style(file, used):
    expect(file.syntax == "proto3", file.name, "not proto3")
    expect(file.package == os.path.dirname(file.name).replace("/", "."), file.name,
           "package %s is not its folder" % file.package)
    expect(re.search(r"\.v[0-9]+$", file.package), file.name, "package without a version")
    expect(LOWER_SNAKE.match(os.path.basename(file.name)[:-len(".proto")]), file.name,
           "not in lower_snake_case")
    expect(not file.public_dependency and not file.weak_dependency, file.name,
           "imports are neither public nor weak")
    for name, enum in enums(file):
        enum_style(enum, name)
    for name, message in messages(file):
        message_style(message, name)
    for service in file.service:
        service_style(service, file.package + "." + service.name, used)


def messages(file):
    todo = [(file.package + "." + m.name, m) for m in file.message_type]
    while todo:
        name, message = todo.pop(0)
        yield name, message
        todo += [(name + "." + m.name, m) for m in message.nested_type]


def enums(file):
    yield from ((file.package + "." + e.name, e) for e in file.enum_type)
    for name, message in messages(file):
        yield from ((name + "." + e.name, e) for e in message.enum_type)


def numbers(files):
    """What each number of each message, enum and method of ours means."""
    meaning = {}
    for file in files.file:
        if not file.name.startswith(KEPT):
            continue
        for name, message in messages(file):
            for f in message.field:
                label = "repeated " if f.label == FIELD.LABEL_REPEATED else ""
                meaning[name, f.number] = "%s%s %s" % (
                    label, f.type_name or FIELD.Type.Name(f.type)[5:].lower(), f.name)
        for name, enum in enums(file):
            for value in enum.value:
                meaning[name, value.number] = value.name
        for service in file.service:
            for m in service.method:
                meaning[file.package + "." + service.name, m.name] = "%s%s -> %s%s" % (
                    m.input_type, " stream" * m.client_streaming,
                    m.output_type, " stream" * m.server_streaming)
    return meaning


def trees():
    """The proto/ of every commit that changed it, as (commit, tree)."""
    log = subprocess.check_output(["git", "log", "--format=%h", "--", "proto"], text=True).split()
    for commit in log:
        found = subprocess.run(["git", "rev-parse", "-q", "--verify", commit + ":proto"],
                               stdout=subprocess.PIPE, text=True)
        if found.returncode == 0:
            yield commit, found.stdout.strip()


def compiled_tree(tree):
    """FileDescriptorSet of a tree of git, remembered."""
    path = os.path.join(MEMORY, tree)
    if not os.path.exists(path):
        with tempfile.TemporaryDirectory() as folder:
            archive = subprocess.run(["git", "archive", tree], stdout=subprocess.PIPE, check=True)
            subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
            found = compiled(folder)[0].SerializeToString()
        with open(path + ".new", "wb") as f:
            f.write(found)
        os.rename(path + ".new", path)
    with open(path, "rb") as f:
        return descriptor_pb2.FileDescriptorSet.FromString(f.read())


def main():
    os.makedirs(MEMORY, exist_ok=True)
    used = collections.Counter()
    today, warnings = compiled("proto")
    problems.extend(warnings)  # of unused imports
    for file in today.file:
        if file.name.startswith(OURS):
            file_style(file, used)
    meaning = numbers(today)
    for commit, tree in trees():
        for key, before in numbers(compiled_tree(tree)).items():
            # What is gone now is looked at further back as well, in case it comes again.
            expect(meaning.setdefault(key, before) == before, "%s %s" % key,
                   "means '%s', in %s it was '%s'" % (meaning[key], commit, before))
            meaning[key] = before
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


main()
