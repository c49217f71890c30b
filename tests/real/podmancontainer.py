# SPDX-License-Identifier: Apache-2.0
"""A Podman container with secrets in many places, for the tests that checkpoint one."""

import json
import os
import secrets
import shutil
import string
import subprocess
import time

import criutree

PART = 16  # characters of the value in memory that the shell keeps once more, of 24
SCRIPT = r"""#!/bin/sh
# Takes what it holds from files of the image, which no checkpoint includes.
memory=$(cat /usr/share/seed/memory)
part=${memory%????????}
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

    def checkpoint(self, name, file="evidence.tar"):
        archive = os.path.join(self.folder, file)
        self.podman("container", "checkpoint", "--compress", self.form, "-e", archive, name, check=True)
        self.podman("rm", "-f", "-t", "0", name)
        return archive

    def restore(self, archive, suffix):
        name = f"cryoscope-{self.tag}-{suffix}"
        self.names.append(name)
        self.podman("container", "restore", "-i", archive, "-n", name, check=True)
        return name

    def ask_shell(self, name):
        """What the restored container's shell holds in its memory."""
        self.podman("exec", name, "/bin/sh", "-c", "rm -f /run/seen; echo >/run/ask", check=True)
        self.wait(name, "/run/seen")
        seen = {}
        for line in self.podman("exec", name, "/bin/cat", "/run/seen", check=True).stdout.splitlines():
            place, _, value = line.partition("=")
            seen["shell: " + place] = value
        return seen

    def ask(self, name):
        """What the restored container's shell, its /proc, its files, and Podman's own record say."""
        seen = self.ask_shell(name)
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


def planted_values():
    """Fresh values by place."""
    return {
        "API_TOKEN": criutree.github_token(),
        "DB_PASSWORD": criutree.text(20),
        "MOTTO": f'"{criutree.text(6)}" & <{criutree.text(6)}>\\ü',
        "memory": criutree.text(24),
        "shadow": "$6$" + criutree.text(16) + "$" + criutree.text(86, string.ascii_letters + string.digits + "./"),
        "note": criutree.text(32),
    }


def image_files(planted):
    """What goes into the image so that the container finds its values there."""
    return {
        "bin/app": SCRIPT.encode(),
        "etc/passwd": b"root:x:0:0:root:/:/bin/sh\n",
        "etc/shadow": b"root:*:20000:0:99999:7:::\n",
        "usr/share/seed/memory": planted["memory"],
        "usr/share/seed/shadow": b"root:" + planted["shadow"] + b":20000:0:99999:7:::\n",
        "usr/share/seed/note": planted["note"],
    }


def require_podman():
    criutree.require_criu()
    for tool in ("podman", "runc", "busybox", "zstd"):
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            criutree.skip(f"no {tool}")
    if not shutil.which("criu", path="/usr/sbin:/sbin:/usr/bin:/usr/local/sbin"):
        criutree.skip("Podman needs criu in /usr/sbin")
