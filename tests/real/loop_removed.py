#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The loop for members that an export leaves out: files are taken out of an archive of Podman and of a tmpfs's archive among
CRIU's images, the exports are verified, restored, and asked what is there now. Usage: loop_removed.py podman|criu"""

import os
import subprocess
import sys
import tempfile

import criuimages
import criutree
import podmancontainer
import realcli
import zootree


def names_in(path):
    """Of all files, also those in archives, without what holds them."""
    return {name.removeprefix(path).split("!")[-1].removeprefix("./") for name, _ in criuimages.members(path)}


def redact(checks, evidence, out, case, *options):
    """Exports without what the options name; the proof must pass, also by itself."""
    hashed = criutree.tree_hash(evidence)
    done = realcli.cli("redact", evidence, "-o", out, "--case", case, *options)
    if not checks.expect(done.returncode == 0, "redact", f"{done.returncode} {done.stderr[-1500:]}"):
        return None
    again = realcli.cli("verify", out, "--against", evidence, "--case", case)
    checks.expect(again.returncode == 0, "verify", f"{again.returncode} {again.stdout[-1500:]}{again.stderr[-300:]}")
    checks.expect(criutree.tree_hash(evidence) == hashed, "the evidence is as it was")
    return done


def podman(checks):
    podmancontainer.require_podman()
    values = podmancontainer.planted_values()
    planted = {place: value.encode() for place, value in values.items()}
    with tempfile.TemporaryDirectory(prefix="cryoscope-removed-") as folder, \
            podmancontainer.Container(folder, "zstd") as container:
        container.build(podmancontainer.image_files(planted))
        try:
            name = container.start({place: values[place] for place in ("API_TOKEN", "DB_PASSWORD", "MOTTO")})
            archive = container.checkpoint(name)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            criutree.skip(f"Podman cannot checkpoint here: {error}")
        checks.expect({"etc/shadow", "note"} <= names_in(archive), "the files are in the archives of the evidence", names_in(archive))
        out = os.path.join(folder, "removed.tar")
        done = redact(checks, archive, out, os.path.join(folder, "review.case"),
                      "--sensitive-files", "remove", "--file", "**/note=remove")
        if done is None:
            return
        left = names_in(out)
        checks.expect(not {"etc/shadow", "note"} & left, "they are not in those of the export", left)
        checks.expect(names_in(archive) - left <= {"etc/shadow", "note"}, "and nothing else is gone", names_in(archive) - left)
        checks.expect("etc/shadow" in done.stderr + done.stdout, "it is said what that means for restoring", done.stderr[-800:])
        restored = container.restore(out, "after")
        seen = container.ask_shell(restored)
        checks.expect(seen.get("shell: memory") == values["memory"], "the restored shell runs on, with its memory", seen)
        shadow = container.podman("exec", restored, "/bin/cat", "/etc/shadow")
        checks.expect(shadow.stdout == podmancontainer.image_files(planted)["etc/shadow"].decode(),
                      "/etc/shadow is the image's own", shadow.stdout[:40])
        note = container.podman("exec", restored, "/bin/cat", "/scratch/note")
        checks.expect(note.returncode != 0 and values["note"] not in note.stdout, "/scratch/note is not there")


def criu(checks):
    criutree.require_criu()
    with zootree.Zoo("container") as zoo:
        images = zoo.dump()
        gone = {"tmpfs file's name", "tmpfs file"}
        name = zoo.values["tmpfs file's name"].decode()
        checks.expect(name in names_in(images), "the file is in the tmpfs's archive", names_in(images))
        out = os.path.join(zoo.folder, "removed")
        if redact(checks, images, out, os.path.join(zoo.folder, "review.case"), "--file", f"**/{name}=remove") is None:
            return
        checks.expect(name not in names_in(out), "it is not in that of the export")
        try:
            zoo.restore(out)
            seen = zoo.ask()
        except (zootree.Refused, RuntimeError) as error:
            checks.expect(False, "CRIU restores it", error)
            return
        finally:
            zoo.kill()
        wrong = {place: seen.get(place) for place, value in zoo.values.items() if place not in gone and seen.get(place) != value}
        checks.expect(not wrong, f"the program sees what it should in {len(zoo.values) - len(gone)} places", wrong)
        checks.expect(not any(seen.get(place) for place in gone), "and no such file", {place: seen.get(place) for place in gone})


def main(engine):
    checks = criutree.Checks()
    realcli.require_cli()
    {"podman": podman, "criu": criu}[engine](checks)
    checks.finish()


main(sys.argv[1])
