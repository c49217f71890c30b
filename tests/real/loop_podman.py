#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The loop with real Podman: a busybox container with secrets in its environment, in a changed /etc/shadow, on a tmpfs
and in a shell's memory is checkpointed to an archive, redacted to an archive of the same form, verified, searched by
other means, restored by Podman, and asked what it sees. Usage: loop_podman.py [zstd|gzip|none]"""

import json
import os
import secrets
import shutil
import string
import subprocess
import sys
import tarfile
import tempfile
import time

import criutree
import realcli

SCRIPT = r"""#!/bin/sh
# Takes what it holds from files of the image, which no checkpoint includes.
memory=$(cat /usr/share/seed/memory)
cat /usr/share/seed/shadow >/etc/shadow
cat /usr/share/seed/note >/scratch/note
echo up >/run/ready
while :; do
    if [ -e /run/ask ]; then
        rm /run/ask
        printf '%s\n' "memory=$memory" "API_TOKEN=$API_TOKEN" "DB_PASSWORD=$DB_PASSWORD" "MOTTO=$MOTTO" >/run/seen.part
        mv /run/seen.part /run/seen
    fi
    sleep 1
done
"""


class Container:
    """A Podman of our own for one test: image and containers have names nobody else uses, and are removed."""

    def __init__(self, folder, form):
        self.folder = folder
        self.form = form
        self.tag = secrets.token_hex(4)
        self.image = f"localhost/cryoscope-real-{self.tag}:test"
        self.names = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in self.names:
            self.podman("rm", "-f", "-t", "0", name)
        self.podman("rmi", "-f", self.image)

    def podman(self, *arguments, check=False, timeout=90):
        return criutree.run("podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs", *arguments,
                            check=check, timeout=timeout)

    def build(self, files):
        root = os.path.join(self.folder, "root")
        for part in ("bin", "etc", "dev", "proc", "sys", "run", "tmp", "scratch", "usr/share/seed"):
            os.makedirs(os.path.join(root, part))
        busybox = shutil.which("busybox")
        shutil.copy(busybox, os.path.join(root, "bin/busybox"))
        for tool in ("sh", "cat", "sleep", "rm", "mv"):
            os.symlink("busybox", os.path.join(root, "bin", tool))
        for path, text in files.items():
            with open(os.path.join(root, path), "wb") as file:
                file.write(text)
        os.chmod(os.path.join(root, "bin/app"), 0o755)
        archive = os.path.join(self.folder, "root.tar")
        subprocess.run(["tar", "-C", root, "--owner=0", "--group=0", "-cf", archive, "."], check=True, timeout=60)
        self.podman("import", "-q", archive, self.image, check=True)

    def start(self, environment):
        name = f"cryoscope-{self.tag}"
        self.names.append(name)
        options = [part for pair in environment.items() for part in ("-e", "=".join(pair))]
        self.podman("run", "-d", "--network", "none", "--ulimit", "nofile=1000:1000", "--ulimit", "nproc=1000:1000",
                    "--tmpfs", "/scratch", "--name", name, *options, self.image, "/bin/app", check=True)
        self.wait(name, "/run/ready")
        return name

    def wait(self, name, path):
        end = time.monotonic() + 30
        while self.podman("exec", name, "/bin/cat", path).returncode != 0:
            if time.monotonic() > end:
                raise RuntimeError(f"timed out: {path} in {name}: {self.podman('logs', name).stderr}")
            time.sleep(0.2)

    def checkpoint(self, name):
        archive = os.path.join(self.folder, "evidence.tar")
        self.podman("container", "checkpoint", "--compress", self.form, "-e", archive, name, check=True)
        self.podman("rm", "-f", "-t", "0", name)
        return archive

    def restore(self, archive, suffix):
        name = f"cryoscope-{self.tag}-{suffix}"
        self.names.append(name)
        self.podman("container", "restore", "-i", archive, "-n", name, check=True)
        return name

    def ask(self, name):
        """What the restored container's shell, its /proc, its files, and Podman's own record say."""
        self.podman("exec", name, "/bin/sh", "-c", "rm -f /run/seen; echo >/run/ask", check=True)
        self.wait(name, "/run/seen")
        seen = {}
        for line in self.podman("exec", name, "/bin/cat", "/run/seen", check=True).stdout.splitlines():
            place, _, value = line.partition("=")
            seen["shell: " + place] = value
        for part in self.podman("exec", name, "/bin/cat", "/proc/1/environ", check=True).stdout.split("\0"):
            place, _, value = part.partition("=")
            if place in ("API_TOKEN", "DB_PASSWORD", "MOTTO"):
                seen["/proc/1/environ: " + place] = value
        shadow = self.podman("exec", name, "/bin/cat", "/etc/shadow", check=True).stdout
        seen["shadow"] = shadow.split(":")[1]
        seen["note"] = self.podman("exec", name, "/bin/cat", "/scratch/note", check=True).stdout.strip()
        for entry in json.loads(self.podman("inspect", name, check=True).stdout)[0]["Config"]["Env"]:
            place, _, value = entry.partition("=")
            if place in ("API_TOKEN", "DB_PASSWORD", "MOTTO"):
                seen["podman inspect: " + place] = value
        self.podman("rm", "-f", "-t", "0", name)
        return seen


def listing(path):
    """What tar knows of each member; sizes of compressed members may change."""
    with tarfile.open(path) as tar:
        return [(m.name, m.type, m.mode & 0o7777, m.uid, m.gid, int(m.mtime), m.linkname,
                 None if m.name.endswith(".gz.img") else m.size) for m in tar]


def main(form):
    checks = criutree.Checks()
    realcli.require_cli()
    criutree.require_criu()
    for tool in ("podman", "runc", "busybox", "zstd"):
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            criutree.skip(f"no {tool}")
    if not shutil.which("criu", path="/usr/sbin:/sbin:/usr/bin:/usr/local/sbin"):
        criutree.skip("Podman needs criu in /usr/sbin")
    values = {
        "API_TOKEN": criutree.github_token(),
        "DB_PASSWORD": criutree.text(20),
        "MOTTO": f'"{criutree.text(6)}" & <{criutree.text(6)}>\\ü',
        "memory": criutree.text(24),
        "shadow": "$6$" + criutree.text(16) + "$" + criutree.text(86, string.ascii_letters + string.digits + "./"),
        "note": criutree.text(32),
    }
    planted = {place: value.encode() for place, value in values.items()}
    with tempfile.TemporaryDirectory(prefix="cryoscope-podman-") as folder, Container(folder, form) as container:
        container.build({
            "bin/app": SCRIPT.encode(),
            "etc/passwd": b"root:x:0:0:root:/:/bin/sh\n",
            "etc/shadow": b"root:*:20000:0:99999:7:::\n",
            "usr/share/seed/memory": planted["memory"],
            "usr/share/seed/shadow": b"root:" + planted["shadow"] + b":20000:0:99999:7:::\n",
            "usr/share/seed/note": planted["note"],
        })
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
