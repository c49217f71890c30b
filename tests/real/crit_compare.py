#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cryoscope-cli against the real crit, byte for byte: ps, fds, mems, rss, decode (plain, pretty, no payload), encode and info
on a fresh dump of the victim, by crit itself, or on a recorded checkpoint, by what it said about it (the zoo: encode and info
by crit itself), and decode -> encode gives each image again, plain and pretty; or decode of images with oddities.
Usage: crit_compare.py fresh|cases|NAME.tar.zst"""

import os
import subprocess
import sys
import tempfile

import criutree
import realcli
import runningcrit

DATA = os.path.join(criutree.HERE, "..", "data")
SAMPLE = os.path.join(criutree.HERE, "..", "..", "resources", "sample", "sample.tar.zst")


class Crit:
    """What crit says: asked now, or, of a recorded checkpoint, as makegolden.sh recorded it."""

    def __init__(self, images, golden=None):
        self.images = images
        self.golden = golden
        self.decoded = {}
        self.ours = {}

    def view(self, what):
        """Text, or None where crit fails."""
        if self.golden:
            return self.recorded("x", what + ".txt")
        done = runningcrit.ask("x", self.images, what)
        return done.stdout if done.returncode == 0 else None

    def decode(self, image, option):
        if self.golden:
            return self.recorded(option.removeprefix("--") or "decode", image + ".json")
        if (image, option) not in self.decoded:
            done = runningcrit.ask("decode", *[option][:bool(option)], "-i", os.path.join(self.images, image))
            self.decoded[image, option] = done.stdout if done.returncode == 0 else None
        return self.decoded[image, option]

    def decoded_by_us(self, image, option):
        """What cryoscope-cli makes of it: a finished process."""
        if (image, option) not in self.ours:
            self.ours[image, option] = runningcrit.raw(criutree.cli(), "decode", *[option][:bool(option)],
                                                       os.path.join(self.images, image))
        return self.ours[image, option]

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
        ours = runningcrit.raw(criutree.cli(), what, checkpoint)
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
            ours = crit.decoded_by_us(image, option)
            if ours.returncode != 0 or ours.stdout != theirs:
                different += 1
                checks.expect(False, f"{name}: decode {option} {image}",
                              f"exit {ours.returncode} {ours.stderr[-300:]} " + first_difference(ours.stdout, theirs))
    checks.expect(count > 20 and not different, f"{name}: {count} decodes are crit's")


def payload_follows(image):
    """Whether crit info miscounts it, or fails."""
    return image.startswith(("pipes-data", "fifo-data", "sk-queues", "tcp-stream", "ghost-file", "ipcns-", "bpfmap-data"))


def back_again(checks, name, crit, folder, live):
    """Images come back from our JSON and from crit's, plain and pretty; `live`: and crit itself encodes and counts them so."""
    encodes = identities = infos = 0
    for image in sorted(os.listdir(crit.images)):
        path = os.path.join(crit.images, image)
        if not os.path.isfile(path) or image.startswith("pages-") \
                or not (image.endswith(".img") or image.startswith("stats-")):
            continue
        original = open(path, "rb").read()
        for option in ("", "--pretty"):
            theirs = crit.decode(image, option)
            if theirs is None:
                continue  # raw streams
            as_crit = runningcrit.raw(criutree.cli(), "decode", path, "--as-crit", *[option][:bool(option)])
            if as_crit.stdout != theirs:
                checks.expect(False, f"{name}: decode --as-crit {option} {image}",
                              first_difference(as_crit.stdout, theirs))
            ours = crit.decoded_by_us(image, option).stdout
            for made, what in {theirs: "crit's", ours: "own"}.items():  # once, if they are the same
                entries = os.path.join(folder, "entries.json")
                with open(entries, "wb") as file:
                    file.write(made)
                encoded = runningcrit.raw(criutree.cli(), "encode", entries, "-o", "-")
                if image.startswith("ipcns-shm-") and what != "own":
                    checks.expect(encoded.returncode == 3, f"{name}: crit's JSON of {image} is refused", encoded.stderr[-300:])
                    continue
                identities += encoded.stdout == original
                if encoded.stdout != original:
                    checks.expect(False, f"{name}: encode of {what} JSON {option} of {image}",
                                  f"exit {encoded.returncode} {encoded.stderr[-300:]} "
                                  + first_difference(encoded.stdout, original))
                by_crit = runningcrit.ask("encode", "-i", entries) if live else None
                if by_crit and by_crit.returncode == 0:
                    encodes += 1
                    if by_crit.stdout != encoded.stdout:
                        checks.expect(False, f"{name}: crit encode {option} {image}",
                                      first_difference(encoded.stdout, by_crit.stdout))
        if live and crit.decode(image, "") is not None and not payload_follows(image):
            theirs = runningcrit.ask("info", path)
            ours = runningcrit.raw(criutree.cli(), "info", path)
            infos += 1
            if ours.stdout != theirs.stdout:
                checks.expect(False, f"{name}: info {image}", first_difference(ours.stdout, theirs.stdout))
    checks.expect(identities > 40 and (not live or (encodes > 40 and infos > 10)),
                  f"{name}: {encodes} encodes are crit's, {identities} images came back, {infos} infos are crit's")


def explained(checks, name, checkpoint):
    """Each byte of it has a name."""
    done = runningcrit.raw(criutree.cli(), "explain", checkpoint)
    last = done.stdout.decode(errors="replace").strip().splitlines()[-1:] or [""]
    counts = last[0].split()
    checks.expect(done.returncode == 0 and len(counts) > 2 and counts[0] == counts[2] and int(counts[0]) > 0,
                  f"{name}: {last[0]}", done.stderr[-300:] + b"\n".join(
                      line for line in done.stdout.splitlines() if b"not explained" in line)[:2000])


def cases(checks, folder):
    """Images that no checkpoint here has, one for each oddity."""
    os.mkdir(folder)
    subprocess.run([os.environ["CRYOSCOPE_WRITECRITCASES"], folder], check=True, timeout=60)
    images = sorted(os.listdir(folder))
    different = 0
    for image in images:
        path = os.path.join(folder, image)
        for option in ((), ("--pretty",)):
            ours, theirs = runningcrit.raw(criutree.cli(), "decode", "--as-crit", *option, path), runningcrit.ask("decode", *option, "-i", path)
            if ours.returncode != 0 or theirs.returncode != 0 or ours.stdout != theirs.stdout:
                different += 1
                checks.expect(False, f"decode {option} {image}", first_difference(ours.stdout, theirs.stdout))
    checks.expect(len(images) > 20 and not different, f"{len(images)} images with oddities are decoded as by crit")


def recorded(checks, archive, folder):
    name = os.path.basename(archive)
    images, golden = os.path.join(folder, name), os.path.join(folder, name + ".golden")
    for where, what in ((images, archive), (golden, os.path.join(DATA, name.split(".")[0] + ".golden.tar.zst"))):
        os.mkdir(where)
        subprocess.run(["tar", "-C", where, "-xf", what], check=True, timeout=60)
    crit = Crit(next(directory for directory, _, files in os.walk(images) if "pstree.img" in files), golden)
    views(checks, name, crit, crit.images)
    views(checks, f"{name} (as archive)", crit, archive)
    explained(checks, name, archive)
    if name != "podman.tar.gz":
        images_of(checks, name, crit)
        back_again(checks, name, crit, folder, live=name == "zoo.tar.zst")


def main(what):
    checks = criutree.Checks()
    realcli.require_cli()
    if not criutree.crit():
        criutree.skip("no crit (CRYOSCOPE_CRIT is not set and there is none in PATH)")
    if what == "fresh":
        criutree.require_criu()
        with criutree.Tree() as tree:
            tree.start()
            images = tree.dump()
            fresh = Crit(images)
            views(checks, "fresh dump", fresh, images)
            explained(checks, "fresh dump", images)
            images_of(checks, "fresh dump", fresh)
            back_again(checks, "fresh dump", fresh, tree.folder, live=True)
    else:
        with tempfile.TemporaryDirectory(prefix="cryoscope-crit-") as folder:
            if what == "cases":
                cases(checks, os.path.join(folder, "cases"))
            else:
                recorded(checks, SAMPLE if what == "sample.tar.zst" else os.path.join(DATA, what), folder)
    checks.finish()


main(sys.argv[1])
