#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/data/zoo.tar.zst and zoo.tsv: a dump of zoo.c, which CRIU restores before it is packed.
Usage: makezoo.py OUTPUT-FOLDER"""

import os
import subprocess
import sys

import criutree
import zootree


def main():
    folder = os.path.abspath(sys.argv[1])
    criutree.require_criu()
    with zootree.Zoo() as zoo:
        images = zoo.dump("zoo")
        zoo.restore(images)
        zoo.kill()
        values = {place: value.encode() for place, value in zootree.PLANTED.items()}
        missing = set(values) - {place for place, form, _ in criutree.leftovers(images, values)}
        assert not missing, f"not in the dump: {missing}"
        subprocess.run(["tar", "-C", zoo.folder, "--zstd", "--sort=name", "--owner=0", "--group=0", "--numeric-owner",
                        "-cf", os.path.join(folder, "zoo.tar.zst"), "zoo"], check=True, timeout=60)
        with open(os.path.join(folder, "zoo.tsv"), "w", encoding="ascii") as table:
            table.write("place\tvalue\n")
            table.writelines(f"{place}\t{value}\n" for place, value in sorted(zootree.PLANTED.items()))
        print(f"{len(os.listdir(images))} files")


main()
