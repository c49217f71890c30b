#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cryoscope-cli against the real crit, byte for byte: ps, fds, mems, rss and decode (plain, pretty, no payload)
on a fresh dump of the victim, by crit itself, and on the recorded checkpoints, by what it said about them."""

import os
import subprocess

import criutree
import realcli

DATA = os.path.join(criutree.HERE, "..", "data")
SAMPLE = os.path.join(criutree.HERE, "..", "..", "resources", "sample", "sample.tar.zst")


def raw(*command):
    return subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)


class Crit:
    """What crit says: asked now, or, of a recorded checkpoint, as makegolden.sh recorded it."""

    def __init__(self, images, golden=None):
        self.images = images
        self.golden = golden

    def view(self, what):
        """Text, or None where crit fails."""
        if self.golden:
            return self.recorded("x", what + ".txt")
        done = raw(criutree.crit(), "x", self.images, what)
        return done.stdout if done.returncode == 0 else None

    def decode(self, image, option):
        if self.golden:
            return self.recorded(option.removeprefix("--") or "decode", image + ".json")
        done = raw(criutree.crit(), "decode", *[option][:bool(option)], "-i", os.path.join(self.images, image))
        return done.stdout if done.returncode == 0 else None

    def recorded(self, folder, name):
        path = os.path.join(self.golden, folder, name)
        if not os.path.exists(path):
            return None
        with open(path, "rb") as file:
            return file.read()


def first_difference(ours, theirs):
    at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
    return f"at byte {at} of {len(ours)} and {len(theirs)}: {ours[max(0, at - 30):at + 30]!r}, crit {theirs[max(0, at - 30):at + 30]!r}"


def views(checks, name, crit, checkpoint):
    for what in ("ps", "fds", "mems", "rss"):
        theirs = crit.view(what)
        ours = raw(criutree.cli(), what, checkpoint)
        if theirs is None:  # crit stops at a zombie
            checks.expect(ours.returncode == 0 and ours.stdout, f"{name}: {what}, where crit fails", ours.stderr[-300:])
            continue
        checks.expect(ours.returncode == 0 and ours.stdout == theirs,
                      f"{name}: {what} as crit x", f"exit {ours.returncode} {ours.stderr[-300:]} "
                      + first_difference(ours.stdout, theirs))


def images_of(checks, name, crit):
    images = crit.images
    count = different = 0
    for image in sorted(os.listdir(images)):
        path = os.path.join(images, image)
        if not os.path.isfile(path) or image.startswith("pages-") \
                or not (image.endswith(".img") or image.startswith("stats-")):
            continue
        if image.startswith("ipcns-shm-"):
            continue  # crit takes what follows a segment's entry for its content, which is in the pages
        for option in ("", "--pretty", "--nopl"):
            theirs = crit.decode(image, option)
            if theirs is None:
                continue  # not for crit: raw streams, and its known defects
            count += 1
            ours = raw(criutree.cli(), "decode", *[option][:bool(option)], path)
            if ours.returncode != 0 or ours.stdout != theirs:
                different += 1
                checks.expect(False, f"{name}: decode {option} {image}",
                              f"exit {ours.returncode} {ours.stderr[-300:]} " + first_difference(ours.stdout, theirs))
    checks.expect(count > 20 and not different, f"{name}: {count} decodes are crit's")


def main():
    checks = criutree.Checks()
    realcli.require_cli()
    criutree.require_criu()
    if not criutree.crit():
        criutree.skip("no crit (CRYOSCOPE_CRIT is not set and there is none in PATH)")
    with criutree.Tree() as tree:
        tree.start()
        images = tree.dump()
        views(checks, "fresh dump", Crit(images), images)
        images_of(checks, "fresh dump", Crit(images))
        for archive in [os.path.join(DATA, name) for name in
                        ("process-tree.tar.zst", "podman.tar.zst", "podman.tar.gz", "chain.tar.zst", "zoo.tar.zst")] + [SAMPLE]:
            name = os.path.basename(archive)
            folder = os.path.join(tree.folder, name)
            golden = os.path.join(tree.folder, name + ".golden")
            for where, what in ((folder, archive), (golden, os.path.join(DATA, name.split(".")[0] + ".golden.tar.zst"))):
                os.mkdir(where)
                subprocess.run(["tar", "-C", where, "-xf", what], check=True, timeout=60)
            crit = Crit(next(directory for directory, _, files in os.walk(folder) if "pstree.img" in files), golden)
            views(checks, name, crit, crit.images)
            views(checks, f"{name} (as archive)", crit, archive)
            if name != "podman.tar.gz":
                images_of(checks, name, crit)
    checks.finish()


main()
