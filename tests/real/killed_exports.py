#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills `redact` with SIGKILL at random moments, fifty times (KILLED_EXPORTS sets another number). After each kill the
export is either absent or verifies, the case opens with every decision that had been made, and the evidence is as it
was; at the end one that is left alone succeeds and no leftover of the killed ones remains."""

import json
import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import time

import criutree
import realcli

ROUNDS = int(os.environ.get("KILLED_EXPORTS", "50"))


def accepted(checks, case, what):
    """Number of accepted findings that the report tells of."""
    report = realcli.cli("report", case, "--format", "json")
    if report.returncode != 0:
        checks.expect(False, what, f"exit {report.returncode} {report.stderr[-500:]}")
        return -1

    def count(value):
        if isinstance(value, dict):
            own = 1 if value.get("decision") == "accepted" else 0
            return own + sum(count(part) for part in value.values())
        return sum(count(part) for part in value) if isinstance(value, list) else 0
    return count(json.loads(report.stdout))


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.unlink(path)


def allow_dumps():
    """So that it is the program that forbids them."""
    resource.setrlimit(resource.RLIMIT_CORE, (4096, 4096))


def main():
    checks = criutree.Checks()
    realcli.require_cli()
    criutree.require_criu()
    seed = int(os.environ.get("KILLED_SEED", time.time_ns() % 1_000_000))
    chance = random.Random(seed)
    print(f"KILLED_SEED={seed}")
    with criutree.Tree() as tree:
        tree.start()
        images = tree.dump()
        # A long log, so that there are moments enough to be killed at.
        with open(os.path.join(images, "dump.log"), "a", encoding="ascii") as log:
            log.writelines(f"({number / 1000:.6f}) nothing to see in line {number}\n" for number in range(800_000))
        archive = os.path.join(tree.folder, "evidence.tar.zst")
        subprocess.run(["tar", "-C", images, "--zstd", "-cf", archive, "."], check=True, timeout=60)
        places = os.path.join(tree.folder, "exports")
        os.mkdir(places)
        values = os.path.join(tree.folder, "told")
        realcli.write_value_file(values, criutree.told(tree.values))
        for evidence in (images, archive):
            form = "directory" if evidence == images else "archive"
            before = criutree.tree_hash(evidence)
            case = os.path.join(tree.folder, form + ".case")
            out = os.path.join(places, "out" if evidence == images else "out.tar.zst")

            def command(to, with_case):
                return [criutree.cli(), "redact", evidence, "-o", to, "--case", with_case, "--accept", "high,medium",
                        "--value-file", values]

            start = time.monotonic()
            done = criutree.run(*command(out, case))
            length = time.monotonic() - start
            if not checks.expect(done.returncode == 0, f"{form}: an export that is left alone succeeds", done.stderr[-2000:]):
                continue
            decisions = accepted(checks, case, f"{form}: the case's report")
            checks.expect(decisions > 0, f"{form}: the report tells of {decisions} accepted findings")
            remove(out)

            absent = whole = ended = 0
            limits = set()
            for number in range(ROUNDS // 2):
                # Every fourth makes its case too.
                fresh = number % 4 == 3
                used = case + ".fresh" if fresh else case
                process = subprocess.Popen(command(out, used), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                           stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=allow_dumps)
                time.sleep(chance.uniform(0, length * 1.05))
                with contextlib.suppress(OSError), open(f"/proc/{process.pid}/limits", encoding="ascii") as file:
                    limits |= {line[len("Max core file size"):].split()[0] for line in file if line.startswith("Max core file size")}
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                ended += process.wait(timeout=30) == 0
                what = f"{form}, kill {number + 1}"
                if os.path.lexists(out):
                    whole += 1
                    verified = realcli.cli("verify", out, "--against", evidence, "--case", used)
                    left = criutree.leftovers(out, tree.values)
                    if verified.returncode != 0 or left:
                        checks.expect(False, f"{what}: what stands under the final name verifies",
                                      f"exit {verified.returncode} {verified.stderr[-500:]} {left[:3]}")
                    remove(out)
                else:
                    absent += 1
                if fresh:
                    # Whatever is there can be used again.
                    if os.path.exists(used):
                        again = criutree.run(*command(out, used))
                        if again.returncode != 0:
                            checks.expect(False, f"{what}: a case that was being made can be used", again.stderr[-500:])
                        remove(out)
                    for suffix in ("", "-wal", "-shm", "-journal"):
                        remove(used + suffix)
                else:
                    now = accepted(checks, case, f"{what}: the case's report")
                    if now != decisions:
                        checks.expect(False, f"{what}: every decision is kept", f"{now} of {decisions}")
            print(f"{form}: {absent} exports absent, {whole} whole, {ended} had ended by themselves; one takes {length:.2f} s")
            checks.expect(absent + whole == ROUNDS // 2 and absent > 0, f"{form}: {ROUNDS // 2} kills, nothing half made")
            # One may be killed before its first statement.
            checks.expect("0" in limits, f"{form}: a crash would leave no dump", limits)
            checks.expect(realcli.history_is_whole(case), f"{form}: the case passes SQLite's check")
            done = criutree.run(*command(out, case))
            checks.expect(done.returncode == 0, f"{form}: after the kills one that is left alone succeeds", done.stderr[-2000:])
            left = sorted(set(os.listdir(places)) - {"out", "out.tar.zst"})
            checks.expect(not left, f"{form}: no leftover of the killed ones remains", left)
            remove(out)
            checks.expect(criutree.tree_hash(evidence) == before, f"{form}: the evidence is as it was")
    checks.finish()


main()
