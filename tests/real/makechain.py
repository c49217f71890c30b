#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/data/chain.tar.zst and chain.tsv: a real dump of the victim as a chain of two sets (DIR and its parent
DIR/parent-set), every second page in the parent, one value across the border of two pages that lie in different sets.
CRIU restores the chain before it is packed. Usage: makechain.py OUTPUT-FOLDER"""

import os
import subprocess
import sys

import criuimages
import criutree


def main():
    folder = os.path.abspath(sys.argv[1])
    criutree.require_criu()
    with criutree.Tree() as tree:
        tree.start()
        before = tree.dump("chain")
        criuimages.split_parent(before)
        tree.restore(before)
        seen = tree.ask()
        for place, value in {**tree.values, **tree.blobs}.items():
            assert seen.get(place, seen.get("child:" + place)) == value, place
        tree.kill()
        border = [where for place, form, where in criutree.leftovers(before, tree.values)
                  if place == "border" and "@" not in where]
        assert not border, f"the value across the border is whole in a file: {border}"
        archive = os.path.join(folder, "chain.tar.zst")
        subprocess.run(["tar", "-C", tree.folder, "--zstd", "--sort=name", "--owner=0", "--group=0", "--numeric-owner",
                        "-cf", archive, "chain"], check=True, timeout=60)
        with open(os.path.join(folder, "chain.tsv"), "w", encoding="ascii") as table:
            table.write("place\tvalue (\\xHH escapes)\n")
            for place, value in sorted({**tree.values, **tree.blobs}.items()):
                table.write(f"{place}\t{criutree.escape(value)}\n")


main()
