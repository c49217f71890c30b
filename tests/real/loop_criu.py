#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The loop with real CRIU: a process tree with a secret in each kind of place is dumped, redacted, verified, searched
by other means, decoded by crit, restored, and asked what it sees. Usage: loop_criu.py [flat|chain|siblings]; chain
does the same with a dump that is split over a parent set, so that a value may be neighbours in memory and in no file;
siblings with one split over three sets in directories beside each other, as incremental dumps are made."""

import os
import sys

import criuimages
import criutree
import realcli
import runningcrit


def main(form):
    checks = criutree.Checks()
    realcli.require_cli()
    criutree.require_criu()
    with criutree.Tree() as tree:
        planted = {**tree.values, **tree.blobs}
        tree.start()
        images = tree.dump()
        if form == "chain":
            criuimages.split_parent(images)
        elif form == "siblings":
            criuimages.split_chain(images, ["../pre-dump-2", "../pre-dump-1"])
        tree.restore(images)
        seen = tree.ask()
        tree.kill()
        wrong = [place for place, value in seen.items() if value != planted[place.removeprefix("child:")]]
        checks.expect(not wrong, "the evidence restores, with every value in its place", wrong)
        missing = set(tree.values) - {place for place, _, _ in criutree.leftovers(images, tree.values)}
        checks.expect(not missing, "the search of this test sees every value in the evidence", missing)

        sets = [images, *criuimages.parents_outside(images)]
        checks.expect(len(sets) == (3 if form == "siblings" else 1), "the sets lie where they are meant to", sets)
        before = [criutree.tree_hash(path) for path in sets]
        realcli.scan(checks, images, tree.values, criutree.RULES_FIND)
        out, case = os.path.join(tree.folder, "redacted"), os.path.join(tree.folder, "review.case")
        if realcli.redact(checks, images, out, case, tree.values, criutree.told(tree.values)):
            realcli.same_shape(checks, images, out)
            realcli.saboteurs(checks, images, out, case, tree.values, tree.folder)
            decoded_by_crit(checks, images, out)
            exported = criutree.tree_hash(out)
            hidden = [path + ".hidden" for path in sets]
            for path, away in zip(sets, hidden):  # the export must need none of them
                os.rename(path, away)
            tree.restore(out)
            for path, away in zip(sets, hidden):
                os.rename(away, path)
            realcli.replaced(checks, tree.ask(), planted, "restored by CRIU")
            realcli.replaced(checks, tree.ask(), planted, "still running")
            tree.kill()
            checks.expect(set(criutree.tree_hash(out)) == set(exported), "the restore added nothing to the export")
        checks.expect([criutree.tree_hash(path) for path in sets] == before, "the evidence is the same to the byte, mode and time")
    checks.finish()


def decoded_by_crit(checks, images, out):
    """crit decodes each image of the export that it decodes of the evidence, and its views work."""
    if not criutree.crit():
        criutree.skip("no crit (CRYOSCOPE_CRIT is not set and there is none in PATH)")
    failed = []
    count = 0
    for name in sorted(os.listdir(images)):
        if name.startswith("pages-") or not (name.endswith(".img") or name.startswith("stats-")):
            continue
        count += 1
        done = runningcrit.ask("decode", "-i", os.path.join(out, name))
        if done.returncode != 0:
            failed.append(f"{name}: {done.stderr[-200:]}")
    checks.expect(count > 15 and not failed, f"crit decodes each of {count} images of the export", failed)
    for what in ("ps", "fds", "mems", "rss"):
        done = runningcrit.ask("x", out, what)
        checks.expect(done.returncode == 0, f"crit x {what} of the export", done.stderr[-300:])


main(sys.argv[1] if len(sys.argv) > 1 else "flat")
