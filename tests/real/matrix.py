#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The matrix: a value in each place of a dump that can hold one, in each encoding that the place can hold, in each layout of a
checkpoint, redacted with each profile. A cell holds when the value is in the evidence and nowhere in the export, by a search of
this script's own in all encodings, the proof passes, crit decodes the images, and, where the profile promises it, CRIU
restores them. Values are given by --value-file: what is tested is redaction and proof, not detection.

Usage: matrix.py [--full]. The short form has each place with each of its encodings, and each layout with each profile; the
full one has all of these in each of those."""

import collections
import hashlib
import os
import shutil
import signal
import sys
import tempfile
import time

import criutree
import matrixevidence
import matrixforms
import matrixlayouts
import matrixplaces
import matrixtable
import realcli
import runningcrit
import zootree


class Row:
    """One export, and the cells of it."""

    def __init__(self, layout, profile, sets):
        self.layout = layout
        self.profile = profile
        self.name = f"{layout}, {profile}"
        self.sets = {planted.name: planted for planted in sets}
        self.cells = {(planted.name, number): cell for planted in sets for number, cell in enumerate(planted.cells)
                      if profile in cell.profiles}
        self.lost = {}

    def values(self, name=None):
        return {key: cell.value for key, cell in self.cells.items() if name in (None, key[0])}

    def lose(self, keys, why):
        for key in keys:
            self.lost.setdefault(key, why)


class Matrix:
    def __init__(self, checks, folder, full):
        self.checks = checks
        self.folder = folder
        self.full = full
        self.dumps = {}
        self.planted = []
        self.held = set()
        self.lost = {}
        self.decoded = {}
        self.counts = collections.Counter()
        self.seconds = collections.Counter()

    def timed(self, what, call, *arguments):
        start = time.monotonic()
        try:
            return call(*arguments)
        finally:
            self.seconds[what] += time.monotonic() - start

    def plant(self):
        """Dumps each theme once, and makes each variant of it."""
        program = zootree.build(self.folder)
        for theme in zootree.THEMES:
            dump = self.dumps[theme] = matrixevidence.Dump(theme, program)
            for variant in range(dump.packing.variants):
                self.planted.append(matrixevidence.Planted(dump, variant, os.path.join(self.folder, "planted")))

    def close(self):
        for dump in self.dumps.values():
            dump.zoo.__exit__()

    def plan(self):
        combinations = [(layout, profile) for layout in matrixlayouts.LAYOUTS for profile in matrixplaces.PROFILES]
        if not self.full:
            # Neighbours among the sets are variants of one theme: dealt out, they come to different layouts and profiles.
            return [Row(*combination, self.planted[number::len(combinations)]) for number, combination in enumerate(combinations)]
        rows = []
        for layout, profile in combinations:
            if layout != matrixlayouts.CHAIN:
                rows.append(Row(layout, profile, self.planted))
                continue
            # Only of the set that is shown is memory searched over page borders that are none of its files.
            for variant in range(max(dump.packing.variants for dump in self.dumps.values())):
                rows.append(Row(layout, profile, [planted for planted in self.planted if planted.variant == variant]))
        return rows

    # ------------------------------------------------------------------------------------------------------- one export

    def run(self, row):
        folder = tempfile.mkdtemp(prefix="row-", dir=self.folder)
        sets = os.path.join(folder, "sets")
        for name, planted in row.sets.items():
            shutil.copytree(planted.folder, os.path.join(sets, name))
        self.export(row, folder, sets)
        for key, cell in row.cells.items():
            where = (cell.theme, cell.place, cell.encoding, row.layout, row.profile)
            if key in row.lost:
                self.lost[where] = row.lost[key]
            else:
                self.held.add(where)
        self.counts["exports"] += 1
        shutil.rmtree(folder)

    def export(self, row, folder, sets):
        chain = row.layout == matrixlayouts.CHAIN
        evidence = self.timed("pack", matrixlayouts.packed, sets, row.layout, os.path.join(folder, "evidence"))
        needles = matrixforms.Needles(row.values())
        there = self.timed("search", self.search, needles, evidence, evidence if chain else None, sets)
        missing = [str(cell) for key, cell in row.cells.items() if (key, matrixforms.searched_as(cell.encoding)) not in there]
        self.checks.expect(not missing, f"{row.name}: the search finds each of {len(row.cells)} values in the evidence, so encoded",
                           missing[:5])
        row.lose([key for key, cell in row.cells.items() if str(cell) in missing], "not in the evidence")

        out, case, told = (os.path.join(folder, name) for name in ("export", "case", "told"))
        realcli.write_value_file(told, [cell.value for planted in row.sets.values() for cell in planted.cells])
        # The same pseudonyms in each row, so that crit need not be asked twice about an image.
        more = ["--map", os.path.join(self.folder, "pseudonyms")] if row.profile == "bug-report" else []
        before = criutree.tree_hash(evidence)
        done = self.timed("redact", lambda: realcli.cli("redact", evidence, "-o", out, "--case", case, "--value-file", told,
                                                        "--profile", row.profile, *more))
        if not self.checks.expect(done.returncode == 0, f"{row.name}: redact", f"{done.returncode} {done.stderr[-1500:]}"):
            row.lose(row.cells, "no export")
            return
        done = self.timed("verify", lambda: realcli.cli("verify", out, "--against", evidence, "--case", case))
        if not self.checks.expect(done.returncode == 0, f"{row.name}: the proof passes", f"{done.returncode} {done.stdout[-1500:]}{done.stderr[-500:]}"):
            row.lose(row.cells, "the proof fails")
        self.checks.expect(criutree.tree_hash(evidence) == before, f"{row.name}: the evidence is as it was")

        plain = matrixlayouts.unpacked(out, row.layout, os.path.join(folder, "unpacked"))
        left = self.timed("search", self.search, needles, out, plain if chain else None, plain)
        self.checks.expect(not left, f"{row.name}: no value is left, in any encoding",
                           sorted(f"{row.cells[key]} as {form}" for key, form in left)[:8])
        row.lose({key for key, _ in left}, "left in the export")
        if row.profile != "bug-report":  # which replaces what stands in a log
            secrets = {name: planted.untold for name, planted in row.sets.items()}
            seen = {name for name, _ in self.search(matrixforms.Needles(secrets), out)}
            self.checks.expect(seen == set(secrets), f"{row.name}: each of {len(secrets)} values that nobody told is found in it")
            self.counts["values that were not told, and found"] += len(seen)
        self.timed("crit", self.decode, row, sets, plain)
        if row.profile == "restorable":
            self.timed("restore", self.restore, row, sets, plain)

    def search(self, needles, path, memory=None, registers=None):
        """In all that is stored; with `memory`, a folder of sets, in memory too, joined over the parent sets in which it
        lies; with `registers`, in those of the sets that were given values there."""
        found = set()
        for data in matrixlayouts.all_streams(path):
            found |= needles.find(data)
        for data in matrixlayouts.memories(memory) if memory else ():
            found |= needles.find(data)
        for planted in self.planted if registers else ():
            core = os.path.join(registers, planted.name, planted.core)
            if planted.core and os.path.exists(core):
                found |= needles.find(matrixevidence.registers(core))
        return found

    def decode(self, row, sets, plain):
        """crit decodes each image of the export that it decodes of the evidence. An image that is the same in both, or
        was seen before, is not asked about again."""
        failed = []
        for directory, _, files in os.walk(plain):
            for file in sorted(files):
                if not (file.endswith(".img") or file.startswith("stats-")) or file.startswith("pages-"):
                    continue
                path = os.path.join(directory, file)
                name = os.path.relpath(path, plain)
                original = os.path.join(sets, name)
                if read(path) != read(original) and not self.crit_decodes(path) and self.crit_decodes(original):
                    failed.append(name)
        self.checks.expect(not failed, f"{row.name}: crit decodes each image", failed[:5])
        wrong = {name.split(os.sep)[0] for name in failed}
        row.lose([key for key in row.cells if key[0] in wrong], "crit does not decode an image")

    def crit_decodes(self, path):
        key = hashlib.sha256(os.path.basename(path).encode() + read(path)).digest()
        if key not in self.decoded:
            self.decoded[key] = runningcrit.ask("decode", "-i", path).returncode == 0
            self.counts["images that crit was asked about"] += 1
        return self.decoded[key]

    # --------------------------------------------------------------------------------------------------------- restore

    def restore(self, row, sets, plain):
        """CRIU restores a set of each theme, and the program sees no value. Names of files on disk become what the export
        calls them."""
        failed = {}
        chosen = {}
        for planted in row.sets.values():
            if planted.restorable:
                chosen.setdefault(planted.theme, planted)
        for planted in chosen.values():
            zoo = planted.dump.zoo
            before, after = (os.path.join(root, planted.name, planted.images) for root in (sets, plain))
            names = {place: now(before, after, planted.blobs[place]) for place in planted.dump.named()}
            zoo.former |= {*names.values(), *(zoo.values[place] for place in names)}
            renamed = {zoo.values[place]: new for place, new in names.items()}
            zoo.rename_files(renamed.get)
            zoo.values |= names
            try:
                zoo.restore(after)
                seen = zoo.ask()
            except (zootree.Refused, RuntimeError) as error:
                failed[planted.name] = str(error)
                continue
            finally:
                zoo.kill()
            self.counts["sets restored by CRIU"] += 1
            found = matrixforms.Needles(row.values(planted.name)).find(b"\n".join(seen.values()))
            if found or not seen:
                failed[planted.name] = f"the program sees {sorted(str(row.cells[key]) for key, _ in found)[:5]}"
        self.checks.expect(not failed, f"{row.name}: CRIU restores {', '.join(chosen)}, and the programs see no value", failed)
        row.lose([key for key in row.cells if key[0] in failed], "CRIU does not restore it")


def now(before, after, blob):
    """What stands in an export where `blob` stood in the evidence."""
    for name in sorted(os.listdir(before)):
        if name.endswith(".img"):
            at = read(os.path.join(before, name)).find(blob)
            if at >= 0:
                return read(os.path.join(after, name))[at:at + len(blob)]
    raise RuntimeError(f"in no image: {blob!r}")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main(full):
    start = time.monotonic()
    checks = criutree.Checks()
    realcli.require_cli()
    criutree.require_criu()
    if not criutree.crit():
        criutree.skip("no crit (CRYOSCOPE_CRIT is not set and there is none in PATH)")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that all that was made is removed
    with tempfile.TemporaryDirectory(prefix="cryoscope-matrix-") as folder:
        matrix = Matrix(checks, folder, full)
        try:
            matrix.timed("dump", matrix.plant)
            for row in matrix.plan():
                matrix.run(row)
        finally:
            matrix.close()
    wanted = matrixtable.pairs(matrix.dumps)
    had = {cell[:3] for cell in [*matrix.held, *matrix.lost]}
    matrixtable.show(matrix)
    print(", ".join(f"{count} {what}" for what, count in matrix.counts.items()))
    print(", ".join(f"{what} {seconds:.1f} s" for what, seconds in matrix.seconds.items()) + f"; all {time.monotonic() - start:.1f} s")
    checks.expect(had == wanted, f"each of {len(wanted)} pairs of place and encoding has its turn", sorted(had ^ wanted)[:10])
    checks.expect(not matrix.lost, f"{len(matrix.held)} cells hold", list(matrix.lost.items())[:10])
    checks.finish()


if __name__ == "__main__":
    main("--full" in sys.argv[1:])
