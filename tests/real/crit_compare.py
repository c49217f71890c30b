#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cryoscope-cli against the real crit, byte for byte: ps, fds, mems, rss, decode (plain, pretty, no payload) and encode
on a fresh dump of the victim and on the recorded checkpoints."""

import os
import subprocess

import criutree
import realcli

DATA = os.path.join(criutree.HERE, "..", "data")
SAMPLE = os.path.join(criutree.HERE, "..", "..", "resources", "sample", "sample.tar.zst")


def raw(*command):
    return subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)


def first_difference(ours, theirs):
    at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    return f"at byte {at} of {len(ours)} and {len(theirs)}: {ours[max(0, at - 30):at + 30]!r}, crit {theirs[max(0, at - 30):at + 30]!r}"


def views(checks, name, images, checkpoint):
    for what in ("ps", "fds", "mems", "rss"):
        theirs = raw(criutree.crit(), "x", images, what)
        ours = raw(criutree.cli(), what, checkpoint)
        if theirs.returncode != 0:  # crit stops at a zombie
            checks.expect(ours.returncode == 0 and ours.stdout, f"{name}: {what}, where crit fails", ours.stderr[-300:])
            continue
        checks.expect(theirs.returncode == 0 == ours.returncode and ours.stdout == theirs.stdout,
                      f"{name}: {what} as crit x", f"exit {ours.returncode} {ours.stderr[-300:]} "
                      + first_difference(ours.stdout, theirs.stdout))


def images_of(checks, name, images, folder):
    count = different = 0
    for image in sorted(os.listdir(images)):
        path = os.path.join(images, image)
        if not os.path.isfile(path) or image.startswith("pages-") \
                or not (image.endswith(".img") or image.startswith("stats-")):
            continue
        if image.startswith("ipcns-shm-"):
            continue  # crit takes what follows a segment's entry for its content, which is in the pages
        for options in ([], ["--pretty"], ["--nopl"]):
            theirs = raw(criutree.crit(), "decode", *options, "-i", path)
            if theirs.returncode != 0:
                continue  # not for crit: raw streams, and its known defects
            count += 1
            ours = raw(criutree.cli(), "decode", *options, path)
            if ours.returncode != 0 or ours.stdout != theirs.stdout:
                different += 1
                checks.expect(False, f"{name}: decode {' '.join(options)} {image}",
                              f"exit {ours.returncode} {ours.stderr[-300:]} " + first_difference(ours.stdout, theirs.stdout))
            if options == ["--nopl"]:
                continue
            text, back, crits = (os.path.join(folder, part) for part in ("in.json", "back.img", "crit.img"))
            with open(text, "wb") as file:
                file.write(theirs.stdout)
            for leftover in (back, crits):
                if os.path.exists(leftover):
                    os.unlink(leftover)
            made = raw(criutree.cli(), "encode", text, "-o", back)
            if made.returncode != 0 or not same(back, path):
                # crit itself does not bring every image back; then its result counts.
                theirs = raw(criutree.crit(), "encode", "-i", text, "-o", crits)
                if theirs.returncode != 0 or not same(back, crits):
                    different += 1
                    checks.expect(False, f"{name}: encode of {image}", made.stderr[-300:])
    checks.expect(count > 20 and not different, f"{name}: {count} decodes and their encodes are crit's")


def same(one, two):
    if not (os.path.exists(one) and os.path.exists(two)):
        return False
    with open(one, "rb") as first, open(two, "rb") as second:
        return first.read() == second.read()


def main():
    checks = criutree.Checks()
    realcli.require_cli()
    criutree.require_criu()
    if not criutree.crit():
        criutree.skip("no crit (CRYOSCOPE_CRIT is not set and there is none in PATH)")
    with criutree.Tree() as tree:
        tree.start()
        images = tree.dump()
        views(checks, "fresh dump", images, images)
        images_of(checks, "fresh dump", images, tree.folder)
        for archive in [os.path.join(DATA, name) for name in
                        ("process-tree.tar.zst", "podman.tar.zst", "podman.tar.gz", "chain.tar.zst", "zoo.tar.zst")] + [SAMPLE]:
            name = os.path.basename(archive)
            folder = os.path.join(tree.folder, name)
            os.mkdir(folder)
            subprocess.run(["tar", "-C", folder, "-xf", archive], check=True, timeout=60)
            unpacked = next(directory for directory, _, files in os.walk(folder) if "pstree.img" in files)
            views(checks, name, unpacked, unpacked)
            views(checks, f"{name} (as archive)", unpacked, archive)
            if name != "podman.tar.gz":
                images_of(checks, name, unpacked, tree.folder)
    checks.finish()


main()
