#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The loop with real CRIU, by the window: a process tree is dumped; a QtTest opens the dump, scans, accepts, finds one
known value, tells all known ones, exports and reads the proof by keys and mouse alone (offscreen); the export is
searched by other means, restored by CRIU, and asked what it sees."""

import os

import criutree
import realcli


def main():
    checks = criutree.Checks()
    criutree.require_criu()
    with criutree.Tree() as tree:
        planted = {**tree.values, **tree.blobs}
        tree.start()
        images = tree.dump()
        before = criutree.tree_hash(images)
        out = os.path.join(tree.folder, "redacted")
        # What the user knows: one value a line, so all but the key, which has lines of its own (a rule finds it).
        known = {place: value for place, value in tree.values.items() if b"\n" not in value}
        value_file = os.path.join(tree.folder, "known")
        realcli.write_value_file(value_file, known.values())
        environment = dict(os.environ, CRYOSCOPE_GUI_EVIDENCE=images, CRYOSCOPE_GUI_OUT=out, CRYOSCOPE_GUI_VALUES=value_file,
                           QT_QPA_PLATFORM="offscreen", LC_ALL="C.UTF-8")
        done = criutree.run(os.environ["CRYOSCOPE_GUI_TEST"], "tst_mainwindow", "wholeLoop", timeout=240, env=environment)
        os.unlink(value_file)
        realcli.silent(checks, "what the window writes to its outputs", tree.values, done.stdout, done.stderr)
        if checks.expect(done.returncode == 0, "the window exports and proves", f"{done.returncode} {done.stdout[-3000:]}"):
            left = criutree.leftovers(out, tree.values)
            checks.expect(not left, "no value is left in any form, file or address space", left[:10])
            tree.restore(out)
            realcli.replaced(checks, tree.ask(), planted, "restored by CRIU")
            realcli.replaced(checks, tree.ask(), planted, "still running")
            tree.kill()
        checks.expect(criutree.tree_hash(images) == before, "the evidence is the same to the byte, mode and time")
    checks.finish()


main()
