# SPDX-License-Identifier: Apache-2.0
"""What the loop tests ask of cryoscope-cli, for image directories and archives alike."""

import contextlib
import json
import os
import shutil
import sqlite3

import criuimages
import criutree

PROOF_FAILED, USAGE, UNREADABLE, UNWRITABLE = 1, 2, 3, 4


def require_cli():
    if not criutree.cli():
        print("FAILED: no cryoscope-cli (set CRYOSCOPE_CLI)")
        raise SystemExit(1)


def cli(*arguments, timeout=300, **more):
    return criutree.run(criutree.cli(), *arguments, timeout=timeout, **more)


def write_value_file(path, values):
    """One value a line; none of ours has a line end."""
    with open(path, "wb") as file:
        file.write(b"".join(value + b"\n" for value in values))


def silent(checks, what, values, *blobs):
    """Promise: no value in outputs, case, report, log."""
    found = set()
    for blob in blobs:
        data = blob.encode("utf-8", "surrogateescape") if isinstance(blob, str) else blob
        for place, value in values.items():
            found |= {f"{place} ({form})" for form, needle in criutree.encodings(value).items() if needle in data}
    checks.expect(not found, f"{what} holds no value", sorted(found))


def files_of_case(path):
    """Bytes of the case file and of what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        if os.path.exists(path + suffix):
            with open(path + suffix, "rb") as file:
                yield file.read()


def scan(checks, evidence, values, wanted):
    """Scans; each wanted place must be covered by a finding of high or medium confidence. Findings are held against
    the bytes at the place that they name."""
    done = cli("scan", evidence, "--format", "json")
    checks.expect(done.returncode == 0, "scan ends with 0", f"{done.returncode} {done.stderr[-2000:]}")
    silent(checks, "output of scan", values, done.stdout, done.stderr)
    findings = []
    for line in done.stdout.splitlines():
        if line.strip():
            finding = json.loads(line)
            findings.append(finding)
    members = {}
    if os.path.isdir(evidence):
        for directory, _, names in os.walk(evidence):
            for name in names:
                path = os.path.join(directory, name)
                if not os.path.islink(path):
                    for inner, data in criuimages.members(path):
                        members[os.path.relpath(inner, evidence)] = data
        for number, parent in enumerate(criuimages.parents_outside(evidence), 1):
            for name in os.listdir(parent):
                if not os.path.islink(os.path.join(parent, name)):
                    with open(os.path.join(parent, name), "rb") as file:
                        members[f"parent-{number}/{name}"] = file.read()
    else:
        for name, data in criuimages.members(evidence):
            members[name.removeprefix(evidence + "!").removeprefix("./")] = data
    covered = set()
    strange = []
    for finding in findings:
        parts = finding.get("parts") or [{key: finding[key] for key in ("offset", "length")}]
        text = b""
        for part in parts:
            name = part.get("member", finding["member"])
            data = members.get(name)
            if data is None:
                strange.append(f"no member {name}")
                break
            text += data[part["offset"]:part["offset"] + part["length"]]
        else:
            if finding["confidence"] in ("high", "medium"):
                covered |= {place for place in wanted if covers(values[place], text)}
    checks.expect(not strange, "each finding names a member that is there", sorted(set(strange))[:5])
    for place in wanted:
        checks.expect(place in covered, f"scan finds the value in place '{place}' by itself")
    return findings


def covers(value, text):
    """Whether a finding of `text` is one of `value`: all of it, or the part of it that is secret."""
    text = text.replace(b"\\n", b"\n")
    if value in text:
        return True
    share = 0.5 if value.startswith(b"-----") else 0.2 if b"://" in value else 0.8
    return text in value and len(text) >= share * len(value)


def redact(checks, evidence, out, case, values, told, *more):
    """redact, then everything about its result that needs no restore."""
    value_file = out + ".values"
    write_value_file(value_file, told)
    before = criutree.tree_hash(evidence)
    done = cli("redact", evidence, "-o", out, "--case", case, "--accept", "high,medium", "--value-file", value_file, *more)
    if not checks.expect(done.returncode == 0, "redact ends with 0", f"{done.returncode}\n{done.stdout[-2000:]}{done.stderr[-3000:]}"):
        checks.expect(not os.path.exists(out), "a failed redact leaves nothing")
        return False
    os.unlink(value_file)
    silent(checks, "output of redact", values, done.stdout, done.stderr)
    silent(checks, "the case", values, *files_of_case(case))
    checks.expect(criutree.tree_hash(evidence) == before, "redact leaves the evidence as it was")

    left = criutree.leftovers(out, values)
    checks.expect(not left, "no value is left in any form, file, archive or address space", left[:20])
    beside = [name for name in os.listdir(os.path.dirname(out)) if "cryoscope" in name and name.startswith(".")]
    checks.expect(not beside, "no temporary is left beside the export", beside)

    again = cli("redact", evidence, "-o", out, "--case", case + ".second", "--accept", "high")
    checks.expect(again.returncode == UNWRITABLE, "an export that exists is refused with 4", f"{again.returncode} {again.stderr[-500:]}")

    verified = cli("verify", out, "--against", evidence, "--case", case)
    checks.expect(verified.returncode == 0, "verify ends with 0", f"{verified.returncode}\n{verified.stdout[-2000:]}{verified.stderr[-2000:]}")
    silent(checks, "output of verify", values, verified.stdout, verified.stderr)
    alone = cli("verify", out, "--against", evidence)
    checks.expect(alone.returncode == 0, "verify without the case ends with 0", f"{alone.returncode}\n{alone.stdout[-2000:]}{alone.stderr[-2000:]}")
    for form in ("markdown", "html", "json", "sarif"):
        report = cli("report", case, "--format", form)
        checks.expect(report.returncode == 0 and report.stdout, f"report --format {form}", report.stderr[-500:])
        silent(checks, f"the {form} report", values, report.stdout, report.stderr)
    checks.expect(criutree.tree_hash(evidence) == before, "verify and report leave the evidence as it was")
    return True


def same_shape(checks, evidence, out):
    """Same names, kinds and sizes of a directory (and the parent sets beside it) and its export; private modes."""
    def shape(root):
        found = {}
        for directory, below, names in os.walk(root):
            for name in below + names:
                path = os.path.join(directory, name)
                what = os.readlink(path) if os.path.islink(path) else "folder" if os.path.isdir(path) else os.path.getsize(path)
                found[os.path.relpath(path, root)] = what
        return found
    wanted = shape(evidence)
    # Parent sets from outside come along, and the links lead to them.
    for number, parent in enumerate(criuimages.parents_outside(evidence), 1):
        folder = f"parent-{number}"
        wanted["parent" if number == 1 else f"parent-{number - 1}/parent"] = folder if number == 1 else f"../{folder}"
        wanted[folder] = "folder"
        wanted |= {f"{folder}/{name}": what for name, what in shape(parent).items()}
    checks.expect(wanted == shape(out), "the export has the same files with the same sizes",
                  sorted(set(wanted.items()) ^ set(shape(out).items()))[:5])
    wide = [name for name in shape(out) if not os.path.islink(os.path.join(out, name))
            and os.lstat(os.path.join(out, name)).st_mode & 0o077]
    checks.expect(not wide, "the export is private", wide[:5])


def saboteurs(checks, evidence, out, case, values, folder):
    """A verifier that cannot fail proves nothing: puts back a secret, changes a byte that no plan names, drops a
    file. Each must be seen."""
    def attempt(what, change):
        copy = os.path.join(folder, "sabotaged")
        shutil.copytree(out, copy, symlinks=True)
        try:
            change(copy)
            done = cli("verify", copy, "--against", evidence, "--case", case)
            checks.expect(done.returncode == PROOF_FAILED, f"verify sees {what}", f"exit {done.returncode} {done.stderr[-300:]}")
        finally:
            shutil.rmtree(copy)

    def original_back(copy):
        # The evidence's own bytes at one place.
        with open(os.path.join(evidence, "pipes-data.img"), "rb") as source, \
                open(os.path.join(copy, "pipes-data.img"), "wb") as file:
            file.write(source.read())

    def secret_elsewhere(copy):
        # In a page where it never stood, so that only a search can tell.
        pages = max((os.path.join(copy, name) for name in os.listdir(copy) if name.startswith("pages-")), key=os.path.getsize)
        with open(pages, "r+b") as file:
            file.seek(4096 * 3 + 100)
            file.write(values["heap"])

    def one_byte(copy):
        with open(os.path.join(copy, "core-" + root_pid(copy) + ".img"), "r+b") as file:
            file.seek(-1, os.SEEK_END)
            last = file.read(1)
            file.seek(-1, os.SEEK_END)
            file.write(bytes([last[0] ^ 1]))

    def no_file(copy):
        os.unlink(os.path.join(copy, "sk-queues.img"))

    attempt("a place that was not redacted", original_back)
    attempt("a secret where there was none", secret_elsewhere)
    attempt("a changed byte that nobody planned", one_byte)
    attempt("a missing image", no_file)


def root_pid(images):
    return sorted(name[5:-4] for name in os.listdir(images) if name.startswith("core-"))[0]


def replaced(checks, seen, planted, what):
    """What the restored program sees: other bytes of the same number in each place."""
    for place, now in sorted(seen.items()):
        before = planted[place.removeprefix("child:")]
        same_form = len(now) == len(before)
        checks.expect(same_form and now != before, f"{what}: place '{place}' is replaced, length kept",
                      f"{len(now)} bytes for {len(before)}, {'same' if now == before else 'other'} bytes")


def history_is_whole(case):
    """SQLite's own check of a case file."""
    with contextlib.closing(sqlite3.connect(f"file:{case}?mode=ro", uri=True)) as database:
        return database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
