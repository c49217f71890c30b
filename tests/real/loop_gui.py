#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The loop with real CRIU, by the window: a process tree is dumped; a QtTest opens the dump, scans, accepts, exports and
reads the proof by keys and mouse alone (offscreen); the export is searched by other means, restored by CRIU, and asked
what it sees."""

import os

import criutree


def main():
    checks = criutree.Checks()
    criutree.require_criu()
    with criutree.Tree() as tree:
        planted = {**tree.values, **tree.blobs}
        tree.start()
        images = tree.dump()
        before = criutree.tree_hash(images)
        out = os.path.join(tree.folder, "redacted")
        environment = dict(os.environ, CRYOSCOPE_GUI_EVIDENCE=images, CRYOSCOPE_GUI_OUT=out, QT_QPA_PLATFORM="offscreen",
                           LC_ALL="C.UTF-8")
        done = criutree.run(os.environ["CRYOSCOPE_GUI_TEST"], "wholeLoop", timeout=240, env=environment)
        if checks.expect(done.returncode == 0, "the window exports and proves", f"{done.returncode} {done.stdout[-3000:]}"):
            found = {place: value for place, value in tree.values.items() if place in criutree.RULES_FIND}
            left = criutree.leftovers(out, found)
            checks.expect(not left, "no value that the rules find is left in any form", left[:10])
            tree.restore(out)
            seen = tree.ask()
            for place, now in sorted(seen.items()):
                plain = place.removeprefix("child:")
                if plain in found:
                    checks.expect(now != planted[plain] and len(now) == len(planted[plain]), f"'{place}' is replaced, length kept")
            tree.kill()
        checks.expect(criutree.tree_hash(images) == before, "the evidence is the same to the byte, mode and time")
    checks.finish()


main()
