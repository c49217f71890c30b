#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Detection scored on real programs: each is started with fresh secrets, dumped by CRIU, scanned; what was planted is
searched in memory by other means (in address order), and the findings are held against it. A second round without
secrets counts noise. Prints recall by kind and encoding, exactness of ranges, precision by tier, what is left of the
planted values after a redaction (recall of sites after propagation), and what was found that nobody planted.
Usage: corpus.py [PROGRAM...]. CRYOSCOPE_CORPUS=DIR keeps the dumps there."""

import collections
import json
import os
import shutil
import sys
import tempfile

import corpusprograms
import corpusvalues
import criuimages
import criutree

ENCODINGS = {"utf-8": "utf-8", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be", "utf-32le": "utf-32-le"}
OWN_KEYS = ("aes", "rsa", "ec-", "ecdsa", "ed25519", "tls", "drbg", "chacha", "ssh-shielded", "private-key-der")


class Score:
    def __init__(self):
        self.recall = collections.defaultdict(lambda: [0, 0])  # (kind, encoding): found, present
        self.exact = collections.defaultdict(lambda: [0, 0])  # tier: exact, covered
        self.inexact = collections.Counter()  # (kind, encoding, rule)
        self.precision = collections.defaultdict(lambda: [0, 0])  # confidence: right, all
        self.strange = collections.Counter()
        self.own = collections.Counter()
        self.sites = [0, 0]  # gone, all
        self.dumped, self.failed = [], []
        self.noise = collections.Counter()
        self.noise_bytes = 0
        self.noisy = 0  # distinct values of low confidence, without the known constants that programs hold


def sites_of(images, forms):
    """{(pid, address): (kind, encoding, length)} of every planted value in memory."""
    sites = {}
    for run in criuimages.runs(images):
        pid = os.path.basename(run.what).removeprefix("pagemap-").removesuffix(".img")
        for form, (kind, encoding) in forms.items():
            at = run.data.find(form)
            while at >= 0:
                sites[pid, run.start + at] = (kind, encoding, len(form))
                at = run.data.find(form, at + 1)
    # UTF-16 behind or before a zero byte reads as the other order too, one byte away; programs align it to two.
    return {place: what for place, what in sites.items() if not (place[1] % 2 and twin(sites, place, what))}


def twin(sites, place, what):
    if not what[1].startswith("utf-16"):
        return False
    others = (sites.get((place[0], place[1] + step)) for step in (-1, 1))
    return any(other and other[0] == what[0] and other[1].startswith("utf-16") for other in others)


def scan(images):
    done = criutree.run(criutree.cli(), "scan", images, "--format", "json", timeout=600)
    if done.returncode not in (0, 3):
        raise RuntimeError(f"scan: {done.returncode} {done.stderr[-1000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def covered(findings):
    """(pid, first, last + 1, finding) of each place of each finding."""
    for finding in findings:
        for place in finding["places"]:
            pid = str(place.get("pid", f"shmem-{place.get('shared')}"))
            start = int(place["address"], 16)
            yield pid, start, start + finding["length"], finding


def tier(kind):
    return "bare values" if kind in corpusvalues.BARE else "tier B" if kind in corpusvalues.TIER_B else "tier A"


def made_by_programs(finding):
    return finding["rule"].startswith(OWN_KEYS)


def score_planted(score, program, images, forms, told):
    sites = sites_of(images, forms)
    findings = scan(images)
    spans = list(covered(findings))
    by_pid = collections.defaultdict(list)
    for span in spans:
        by_pid[span[0]].append(span)
    seen = {}
    for (pid, address), (kind, encoding, length) in sites.items():
        hits = [span for span in by_pid[pid] if span[1] <= address and span[2] >= address + length]
        exact = any(span[1] == address and span[2] == address + length for span in hits)
        key = kind, encoding
        seen[key] = max(seen.get(key, 0), 1 if hits else 0)
        if hits:
            score.exact[tier(kind)][1] += 1
            score.exact[tier(kind)][0] += exact
            if not exact:
                score.inexact[kind, encoding, hits[0][3]["rule"]] += 1
    for key, found in seen.items():
        score.recall[key][0] += found
        score.recall[key][1] += 1
        if not found:
            print(f"   {program}: {key[0]} in {key[1]} is not found")
    counted = set()
    for pid, first, last, finding in spans:
        if finding["fingerprint"] in counted:
            continue
        right = any(first < address + length and address < last
                    for (site_pid, address), (_, _, length) in sites.items() if site_pid == pid)
        if made_by_programs(finding):
            score.own[finding["rule"]] += 1
            counted.add(finding["fingerprint"])
            continue
        if right:
            counted.add(finding["fingerprint"])
            score.precision[finding["confidence"]][0] += 1
            score.precision[finding["confidence"]][1] += 1
    for finding in findings:
        if finding["fingerprint"] in counted:
            continue
        counted.add(finding["fingerprint"])
        score.precision[finding["confidence"]][1] += 1
        score.strange[program, finding["rule"], finding["confidence"], finding.get("label", "")] += 1
    redact(score, program, images, sites, told)


def redact(score, program, images, sites, told):
    """What is left after accepting what was found and its copies."""
    out = images + "-redacted"
    shutil.rmtree(out, ignore_errors=True)
    done = criutree.run(criutree.cli(), "redact", images, "-o", out, "--accept", "high,medium", timeout=900)
    if done.returncode != 0:
        print(f"   {program}: redact ends with {done.returncode}: {done.stderr[-300:]}")
        return
    left = 0
    memory = {}
    for run in criuimages.runs(out):
        pid = os.path.basename(run.what).removeprefix("pagemap-").removesuffix(".img")
        memory[pid, run.start] = run.data
    for (pid, address), (kind, encoding, length) in sites.items():
        for (other, start), data in memory.items():
            if other == pid and start <= address < start + len(data):
                value = bytes(data[address - start:address - start + length])
                left += told.get(value) == (kind, encoding)
    score.sites[0] += len(sites) - left
    score.sites[1] += len(sites)
    shutil.rmtree(out, ignore_errors=True)


def score_noise(score, program, images):
    for run in criuimages.runs(images):
        score.noise_bytes += len(run.data)
    values = {}
    for finding in scan(images):
        values[finding["fingerprint"]] = finding
    for finding in values.values():
        if finding["confidence"] == "low" and not made_by_programs(finding):
            score.noisy += 1
        score.noise[program, finding["rule"], finding["confidence"], finding.get("label", "")] += 1


def dump(program, images):
    os.makedirs(images)
    done = criutree.run(criutree.criu(), "dump", "-t", program.process.pid, "-D", images, "-v1", "-o", "dump.log",
                        "--ext-unix-sk", "--tcp-established", "--file-locks", "--manage-cgroups=ignore", timeout=120)
    if done.returncode != 0:
        with open(os.path.join(images, "dump.log"), encoding="utf-8", errors="replace") as file:
            raise RuntimeError("criu dump: " + file.read()[-400:])


def round_(score, folder, wanted, planted):
    values = corpusvalues.fresh()
    lines = [line for _, line in values.values()] + corpusvalues.decoys() if planted else ["plain line", "another"]
    environment = {"APP_API_TOKEN": criutree.text(24)} if planted else {}
    password = criutree.text(20) if planted else None
    truth = {kind: value for kind, (value, _) in values.items()}
    if planted:
        truth["environment"] = environment["APP_API_TOKEN"]
        truth["requirepass"] = password
    forms = {value.encode(codec): (kind, name) for kind, value in truth.items() for name, codec in ENCODINGS.items()}
    forms.update({truth["pem"].replace("\n", "\\n").encode(): ("pem", "utf-8")} if planted else {})
    for program in corpusprograms.programs(folder, lines, password, environment):
        if wanted and program.name not in wanted:
            continue
        images = os.path.join(folder, program.name + ("-planted" if planted else "-plain"))
        try:
            if not program.start():
                score.failed.append(f"{program.name}: not installed")
                continue
            dump(program, images)
        except Exception as error:  # one that cannot be dumped here must not hide the others
            score.failed.append(f"{program.name}: {error}")
            continue
        finally:
            program.stop()
        score.dumped.append(program.name + ("" if planted else " (plain)"))
        if planted:
            score_planted(score, program.name, images, forms, forms)
        else:
            score_noise(score, program.name, images)


def share(pair):
    return f"{pair[0]}/{pair[1]} = {pair[0] / pair[1]:.3f}" if pair[1] else "none"


def report(score):
    print("\n## Dumped\n" + ", ".join(score.dumped))
    for failure in score.failed:
        print("not dumped: " + failure)
    print("\n## Recall by kind and encoding (a value in a program and encoding)")
    kinds = sorted({kind for kind, _ in score.recall})
    for kind in kinds:
        cells = [f"{name} {share(score.recall[kind, name])}" for name in ENCODINGS if score.recall[kind, name][1]]
        print(f"{kind:16} " + "; ".join(cells))
    for title in ("tier A", "tier B", "bare values"):
        total = [sum(pair[i] for (kind, _), pair in score.recall.items() if tier(kind) == title) for i in (0, 1)]
        print(f"{title:16} {share(total)}")
    print("\n## Exact ranges (of sites that are covered)")
    for title, pair in sorted(score.exact.items()):
        print(f"{title:16} {share(pair)}")
    for what, count in sorted(score.inexact.items()):
        print("   not exact: " + " ".join(what), count)
    print("\n## Precision by tier (distinct values; keys that programs made themselves listed apart)")
    high = score.precision["high"]
    medium = [high[i] + score.precision["medium"][i] for i in (0, 1)]
    print(f"A {share(high)}; A+B {share(medium)}; C {share(score.precision['low'])}")
    print("made by programs: " + ", ".join(f"{rule} {count}" for rule, count in sorted(score.own.items())))
    for what, count in sorted(score.strange.items()):
        print("   not planted: " + " ".join(what), count)
    print("\n## Sites gone after redaction of high and medium findings and their copies\n" + share(score.sites))
    megabytes = score.noise_bytes / 1e6
    print(f"\n## Noise without secrets, {megabytes:.0f} MB\nlow: {score.noisy} distinct values" +
          (f", {score.noisy / megabytes * 100:.1f} a 100 MB" if megabytes else ""))
    for what, count in sorted(score.noise.items()):
        print("   " + " ".join(what), count)


def main(wanted):
    if not criutree.cli():
        raise SystemExit("no cryoscope-cli (set CRYOSCOPE_CLI)")
    criutree.require_criu()
    score = Score()
    kept = os.environ.get("CRYOSCOPE_CORPUS")
    with tempfile.TemporaryDirectory(prefix="cryoscope-corpus-") as folder:
        for planted in (True, False):
            path = os.path.join(kept or folder, "planted" if planted else "plain")
            shutil.rmtree(path, ignore_errors=True)
            os.makedirs(path)
            os.chmod(path, 0o755)
            os.chmod(os.path.dirname(path), 0o755)
            round_(score, path, wanted, planted)
    report(score)


if __name__ == "__main__":
    main(sys.argv[1:])
