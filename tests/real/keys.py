#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keys in dumps of real programs: each place where a planted key lies in a form that can be known must be found, exactly;
after a redaction nothing of it is left. Prints found/there per program and kind. Usage: keys.py [PROGRAM…]"""

import collections
import json
import os
import shutil
import subprocess
import sys

import criuimages
import criutree
import keyforms
import keyprograms


def in_chunk(data, at, address, length):
    """Whether an allocation of glibc's malloc was made for a number: its size field stands before it."""
    if address % 16 or at < 8:
        return False
    size = int.from_bytes(data[at - 8:at], "little")
    return size & 8 == 0 and size >> 3 != 0 and length + 8 <= size & ~7 <= length + 56


def sites(images, kind, value):
    """[(pid, address, length, what)] where a value lies in a form that a scan can know; in all other forms with what
    None."""
    found = []
    forms = {}
    if kind == "aes":
        forms = {form: name for name, form in keyforms.aes_forms(value).items()}
    elif kind in ("rsa prime", "rsa number", "scalar or seed"):
        limbs = value[::-1] + bytes(-len(value) % 8) if kind.startswith("rsa") else value[::-1]
        forms = {value: None, limbs: "limbs", keyforms.swapped(value): None}
    else:
        forms = {value: None}
    for run in criuimages.runs(images):
        for form, what in forms.items():
            at = run.data.find(form)
            while at >= 0:
                address = run.start + at
                known = what
                if what == "limbs" and not in_chunk(run.data, at, address, len(form)):
                    known = None
                found.append((run.what, address, len(form), known))
                at = run.data.find(form, at + 1)
    return found


def scan(images):
    """Findings."""
    done = subprocess.run([criutree.cli(), "scan", images, "--format", "json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def score(checks, program):
    images = program.dump()
    findings = scan(images)
    places = set()
    for finding in findings:
        length = finding.get("length") or sum(part["length"] for part in finding["parts"])
        places |= {(int(place["address"], 16), length) for place in finding.get("places", ())}
    table = collections.OrderedDict()
    missed = []
    for kind, name, value in program.plants:
        row = table.setdefault(kind, [0, 0, 0, 0])
        there = sites(images, kind, value)
        row[0] += 1
        row[1] += 1 if any(any(a <= address and address + size <= a + length for a, length in places)
                           for _, address, size, _ in there) else 0
        for _, address, size, known in there:
            if known is None:
                continue
            row[2] += 1
            if (address, size) in places:
                row[3] += 1
            else:
                missed.append(f"{name} ({known}) at {address:#x}")
    for kind, (planted, found, known, exact) in table.items():
        print(f"{program.name}: {kind}: {found} of {planted} values found; {exact} of {known} places that can be known, exactly")
    checks.expect(not missed, f"{program.name}: each place that can be known is found exactly", missed[:10])
    counted = collections.Counter((finding["rule"], finding["confidence"]) for finding in findings)
    print(f"{program.name}: " + ", ".join(f"{count} {rule} ({confidence})" for (rule, confidence), count in sorted(counted.items())))
    return images, findings


def redacted(checks, program, images):
    """What was found and what follows from it is gone from the export, in all forms."""
    out = program.path("redacted")
    done = criutree.run(criutree.cli(), "redact", images, "-o", out, "--case", program.path("case"), "--accept", "high,medium",
                        timeout=300)
    if not checks.expect(done.returncode == 0, f"{program.name}: redact ends with 0", done.stderr[-1500:]):
        return
    left = []
    for kind, name, value in program.plants:
        left += [f"{name} at {address:#x}" for _, address, _, _ in sites(out, kind, value)]
    planted = sum(len(sites(images, kind, value)) for kind, _, value in program.plants)
    print(f"{program.name}: after redaction {len(left)} of {planted} places are left: {left[:6]}")
    shutil.rmtree(out)


def main():
    criutree.require_criu()
    checks = criutree.Checks()
    wanted = sys.argv[1:]
    for kind in keyprograms.ALL:
        if wanted and kind.__name__ not in wanted:
            continue
        with kind() as program:
            try:
                program.start()
            except FileNotFoundError as error:
                print(f"left out: {kind.name}: no {error}")
                continue
            images, findings = score(checks, program)
            if isinstance(program, keyprograms.Agent):
                sealed = sum(finding["rule"] == "ssh-shielded-key" and finding["confidence"] == "high" for finding in findings)
                checks.expect(sealed == 2 * program.sealed, f"{program.name}: its keys and their seals are named as sealed", sealed)
            redacted(checks, program, images)
    checks.finish()


if __name__ == "__main__":
    main()
