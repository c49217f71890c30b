#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The loop with real Podman: a busybox container with secrets in its environment, in a changed /etc/shadow, on a tmpfs
and in a shell's memory is checkpointed to an archive, redacted to an archive of the same form, verified, searched by
other means, restored by Podman, and asked what it sees. Usage: loop_podman.py [zstd|gzip|none]"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile

import criutree
import podmancontainer
import realcli

def listing(path):
    """What tar knows of each member; sizes of compressed members may change."""
    with tarfile.open(path) as tar:
        return [(m.name, m.type, m.mode & 0o7777, m.uid, m.gid, int(m.mtime), m.linkname,
                 None if m.name.endswith(".gz.img") else m.size) for m in tar]


def main(form):
    checks = criutree.Checks()
    realcli.require_cli()
    podmancontainer.require_podman()
    values = podmancontainer.planted_values()
    planted = {place: value.encode() for place, value in values.items()}
    with tempfile.TemporaryDirectory(prefix="cryoscope-podman-") as folder, podmancontainer.Container(folder, form) as container:
        container.build(podmancontainer.image_files(planted))
        try:
            name = container.start({place: values[place] for place in ("API_TOKEN", "DB_PASSWORD", "MOTTO")})
            archive = container.checkpoint(name)
            before = container.ask(container.restore(archive, "before"))
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            criutree.skip(f"Podman cannot checkpoint and restore here: {error}")
        wrong = [place for place, value in before.items() if value != values[place.split(": ")[-1]]]
        checks.expect(not wrong, "the evidence restores, with every value in its place", wrong)
        missing = set(values) - {place for place, _, _ in criutree.leftovers(archive, planted)}
        checks.expect(not missing, "the search of this test sees every value in the evidence", missing)

        hashed = criutree.tree_hash(archive)
        same = os.path.join(folder, "same.tar")
        done = realcli.cli("redact", archive, "-o", same)
        checks.expect(done.returncode == 0, "an export without redactions ends with 0", f"{done.returncode} {done.stderr[-1000:]}")
        if form == "none":
            with open(archive, "rb") as one, open(same, "rb") as two:
                checks.expect(one.read() == two.read(), "it is the same to the byte")
        if os.path.exists(same):
            kept = container.ask(container.restore(same, "same"))
            checks.expect(kept == before, "it restores, with every value in its place")
        realcli.scan(checks, archive, planted, ("API_TOKEN", "DB_PASSWORD", "shadow"))
        out, case = os.path.join(folder, "redacted.tar"), os.path.join(folder, "review.case")
        told = [planted["memory"], planted["note"], planted["MOTTO"]]
        if realcli.redact(checks, archive, out, case, planted, told):
            with open(archive, "rb") as one, open(out, "rb") as two:
                checks.expect(magic(one.read(512)) == magic(two.read(512)) == form, "the export has the evidence's form")
            checks.expect(os.stat(out).st_mode & 0o077 == 0, "the export is private")
            tars = []
            for path in (archive, out):
                plain = path + ".plain"
                tars.append(plain)
                with open(plain, "wb") as file:
                    subprocess.run({"zstd": ["zstd", "-dcq", path], "gzip": ["gzip", "-dc", path],
                                    "none": ["cat", path]}[form], stdout=file, stdin=subprocess.DEVNULL, check=True,
                                   timeout=60)
            checks.expect(listing(tars[0]) == listing(tars[1]), "same members, order and metadata")
            unpacked = os.path.join(folder, "unpacked")
            os.mkdir(unpacked)
            subprocess.run(["tar", "-C", unpacked, "-xf", tars[1]], check=True, timeout=60)
            left = criutree.leftovers(unpacked, planted)
            checks.expect(not left, "no value is left in the unpacked export's address spaces", left[:10])
            for name in ("config.dump", "spec.dump"):
                with open(os.path.join(unpacked, name), encoding="utf-8") as file:
                    try:
                        json.load(file)
                        checks.expect(True, f"{name} is still JSON")
                    except ValueError as error:
                        checks.expect(False, f"{name} is still JSON", error)
            after = container.ask(container.restore(out, "after"))
            checks.expect(set(after) == set(before), "the restored container runs on and answers")
            for place, now in sorted(after.items()):
                was = before[place]
                size = (len(was.encode()), len(now.encode("utf-8", "surrogateescape")))
                checks.expect(now != was and (size[0] == size[1] or "MOTTO" in place),
                              f"{place} is replaced, length kept", f"{size}, {'same' if now == was else 'other'}")
        checks.expect(criutree.tree_hash(archive) == hashed, "the evidence is the same to the byte, mode and time")
    checks.finish()


def magic(head):
    if head[:4] == b"\x28\xb5\x2f\xfd":
        return "zstd"
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    return "none" if head[257:262] == b"ustar" else "unknown"


main(sys.argv[1] if len(sys.argv) > 1 else "zstd")
