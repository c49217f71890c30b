#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How fast detection is on pages of real heaps, against other tools in the same run; prints a Markdown table.
Usage: detect.py BUILD [IMAGES]. BUILD is configured with -DCRYOSCOPE_BENCH=ON; IMAGES is made by heaps.py if it is not
there. Tools that are not installed are left out, and named."""

import glob
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import heaps


def timed(command, size, rounds=3, stdin=None):
    best = processor = 0.0
    for _ in range(rounds):
        start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(stdin or os.devnull, "rb") as source:
            subprocess.run(command, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        best = max(best, size / 1e6 / (time.monotonic() - start))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        processor = max(processor, size / 1e6 / max(spent, 0.001))
    return f"{best:.0f}", f"{processor:.0f}"


def main(build, images=None):
    bench = os.path.join(build, "tests")
    with tempfile.TemporaryDirectory() as folder:
        if images is None:
            images = os.path.join(folder, "images")
        if not os.path.exists(os.path.join(images, "inventory.img")):
            heaps.main(os.path.join(bench, "heapimage"), images)
        pages = sorted(glob.glob(os.path.join(images, "pages-*.img")))
        size = sum(os.path.getsize(page) for page in pages)
        joined = os.path.join(folder, "pages")
        with open(joined, "wb") as out:
            for page in pages:
                with open(page, "rb") as file:
                    shutil.copyfileobj(file, out)
        literals = os.path.join(folder, "literals")
        rows = []
        done = subprocess.run([os.path.join(bench, "detectbench"), images, "--literals", literals], capture_output=True,
                              text=True, check=True)
        for line in done.stdout.splitlines():
            rows.append(tuple(line.split("\t")))
        others = [
            ("dd, from cache", ["dd", "if=" + joined, "of=/dev/null", "bs=1M"], None, 3),
            ("wc -l", ["wc", "-l", joined], None, 3),
            ("ripgrep, the same literals", ["rg", "-a", "-c", "-i", "-F", "-f", literals, joined], None, 1),
            ("gitleaks", ["gitleaks", "stdin", "--no-banner", "--exit-code", "0"], joined, 1),
            ("aeskeyfind", ["aeskeyfind", joined], None, 1),
            ("strings", ["strings", "-a", joined], None, 1),
        ]
        missing = []
        for name, command, stdin, rounds in others:
            if shutil.which(command[0]):
                rows.append((name, *timed(command, size, rounds, stdin), ""))
            else:
                missing.append(name)
        print(f"{size / 1e6:.0f} MB of pages, warm; load {os.getloadavg()[0]:.1f}\n")
        print("| what | MB/s | MB per CPU second | seen |\n| --- | --: | --: | --: |")
        for row in rows:
            print("| " + " | ".join(row) + " |")
        if missing:
            print("\nNot installed: " + ", ".join(missing))


if __name__ == "__main__":
    main(*sys.argv[1:])
