#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the zoo: for each theme of zootree.py a dump that CRIU restores, as tests/data/zoo/THEME.tar.zst (the set is the
folder THEME in it), tests/data/zoo/zoo.tsv with what stands in which place, and tests/real/zoo/README.md with the table of
what could be dumped here and what CRIU refused. Usage: makezoo.py [THEME…]; tables are written when all are made."""

import os
import platform
import subprocess
import sys
import tempfile

import criutree
import zootree

DATA = os.path.join(criutree.HERE, "..", "data", "zoo")
HEAD = """# The zoo

Programs that hold one theme of kernel objects each, with a random value in every place that can hold text. `../makezoo.py`
dumps them into `tests/data/zoo` and writes this file; `../loop_zoo.py` is the test that dumps, redacts and restores each.
Made with {criu} on {machine}, Linux {kernel}.

## Themes

Restored: by CRIU, from the dump itself; the program then saw every value in its place.

| theme | images | places with a value | result |
| --- | --- | --- | --- |
"""
ATTEMPTS = """
## What CRIU may refuse

One object each, with CRIU's own words where it refuses. "restored" says that the program runs again, not that the object's
content came back (what waits in the queue of a UDP socket does not).

| object | result |
| --- | --- |
"""


def record(name, program):
    """Dumps, restores, packs; returns the rows of both tables."""
    with zootree.Zoo(name, program) as zoo:
        missing = zoo.missing_tools()
        if missing:
            criutree.skip(f"{name}: no {missing}")
        images = zoo.dump(name)
        wrong = zoo.misplaced(images)
        assert not wrong, f"{name}: {wrong}"
        zoo.restore(images)
        seen = zoo.ask()
        zoo.kill()
        other = [place for place, value in zoo.values.items() if place not in zoo.theme.hidden and seen.get(place) != value]
        assert not other, f"{name}: seen otherwise: {other}"
        for log in os.listdir(images):
            assert not log.startswith("restore"), "the restore left something in the set"
        subprocess.run(f"tar -C '{zoo.folder}' --sort=name --owner=0 --group=0 --numeric-owner -cf - {name} "
                       f"| zstd -q -19 -f -o '{os.path.join(DATA, name + '.tar.zst')}'", shell=True, check=True, timeout=120)
        places = [f"{name}\t{place}\t{zoo.values[place].decode()}\t{pattern or ''}\n"
                  for place, (_, pattern) in zoo.theme.places.items()]
        row = f"| {name} | {len(os.listdir(images))} | {', '.join(zoo.theme.places)} | restored |\n"
        print(row, end="", flush=True)
        return row, places


def tried(name, program):
    with zootree.Zoo("attempt/" + name, program) as zoo:
        try:
            zoo.restore(zoo.dump())
            result = "restored" if zoo.ask() else "no answer"
        except (zootree.Refused, RuntimeError) as error:
            text = str(error).replace(zoo.folder, "…").strip().splitlines()[0]
            result = text.split("; ")[0].replace("attempt ended: ", "not here: ")
        row = f"| {name} | {result} |\n"
        print(row, end="", flush=True)
        return row


def main(wanted):
    criutree.require_criu()
    os.makedirs(DATA, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cryoscope-zoo-") as folder:
        program = zootree.build(folder)
        made = [record(name, program) for name in wanted or zootree.THEMES]
        if wanted:
            return
        names = subprocess.run([program, "--attempts"], stdout=subprocess.PIPE, text=True, check=True, timeout=20).stdout
        rows = [tried(name, program) for name in names.split()]
    with open(os.path.join(DATA, "zoo.tsv"), "w", encoding="ascii") as table:
        table.write("theme\tplace\tvalue\tmember\n")
        table.writelines(line for _, lines in made for line in lines)
    version = criutree.run(criutree.criu(), "--version", timeout=20).stdout.split()
    with open(os.path.join(zootree.SOURCES, "README.md"), "w", encoding="utf-8") as readme:
        readme.write(HEAD.format(criu=f"CRIU {version[1]}", machine=platform.machine(), kernel=platform.release().split("-")[0]))
        readme.writelines(row for row, _ in made)
        readme.write(ATTEMPTS)
        readme.writelines(rows)


main(sys.argv[1:])
