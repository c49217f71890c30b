# SPDX-License-Identifier: Apache-2.0
"""Builds zoo.c, runs it, dumps it with CRIU, and restores what became of the dump."""

import os
import shutil
import signal
import subprocess
import tempfile
import time

import criutree

# place: value, as zoo.c plants them.
PLANTED = {
    "ghost file": "fake-ghost-small-1234",
    "fifo": "fake-fifo-pass-77",
    "shared memory": "fake-shared-anon-5",
    "memfd": "fake-memfd-key-31",
    "tty input": "fake-tty-phrase",
    "datagram queue": "fake-dgram-token-8",
    "tcp queue of the server": "fake-tcp-bearer-token-000001",
    "tcp queue of the client": "fake-tcp-cookie-000002",
    "sysv shared memory": "fake-sysv-shm-pass",
    "sysv message": "fake-msg-key-11",
}
OPTIONS = ("--file-locks", "--tcp-established", "--ext-unix-sk")


class Zoo:
    """Use as a context manager: everything started is killed, the folder removed. The program's own text (its
    read-only data) holds the values too, but is no part of a dump."""

    def __init__(self, program=None):
        self.folder = tempfile.mkdtemp(prefix="cryoscope-zoo-")
        self.home = os.path.join(self.folder, "home")
        self.program = program
        self.process = None
        self.net = shutil.which("ip", path=os.environ["PATH"] + ":/usr/sbin:/sbin") is not None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        if os.environ.get("CRYOSCOPE_KEEP"):
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        os.mkdir(self.home, 0o700)
        if not self.program:
            self.program = os.path.join(self.folder, "program")
            subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-O1", "-static", "-o", self.program,
                            os.path.join(criutree.HERE, "zoo.c"), "-pthread", "-lutil"], check=True, timeout=120)
        with open(os.path.join(self.folder, "messages"), "wb") as messages:
            self.process = subprocess.Popen([self.program, self.home] + (["net"] if self.net else []), cwd="/",
                                            start_new_session=True, stdin=subprocess.DEVNULL, stdout=messages,
                                            stderr=messages, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        criutree.wait_for(lambda: all(os.path.exists(os.path.join(self.home, name)) for name in ("ready", "pid"))
                          or self.process.poll() is not None, "the zoo's start")
        if self.process.poll() is not None:
            with open(os.path.join(self.folder, "messages"), encoding="utf-8") as messages:
                raise RuntimeError(f"the zoo ended: {messages.read()}")
        with open(os.path.join(self.home, "pid"), encoding="ascii") as file:
            return int(file.read())

    def processes(self):
        wanted = os.fsencode(self.home)
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/cmdline", "rb") as file:
                        if wanted in file.read().split(b"\0")[1:2]:
                            found.append(int(name))
                except OSError:
                    pass
        return found

    def kill(self):
        for _ in range(100):
            alive = self.processes()
            for pid in alive:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if self.process and self.process.poll() is not None:
                self.process = None
            if not alive:
                return
            time.sleep(0.05)
        raise RuntimeError(f"cannot kill {self.processes()}")

    def dump(self, name):
        pid = self.start()
        images = os.path.join(self.folder, name)
        os.mkdir(images, 0o700)
        done = criutree.run(criutree.criu(), "dump", "-t", pid, "-D", images, "-v4", "-o", "dump.log",
                            "--network-lock", "skip", *OPTIONS, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"criu dump: {done.stderr}\n{criutree._tail(images, 'dump.log')}")
        self.process.wait(timeout=20)
        self.kill()
        return images

    def restore(self, images):
        """Restores; the pids of the dumped tree may take a moment to get free."""
        self.kill()
        for attempt in range(10):
            work = tempfile.mkdtemp(prefix="work-", dir=self.folder)
            done = criutree.run(criutree.criu(), "restore", "-d", "-D", images, "-W", work, "-v4", "-o", "restore.log",
                                "--pidfile", os.path.join(work, "pid"), *OPTIONS, timeout=60)
            log = criutree._tail(work, "restore.log", 100_000)
            if done.returncode == 0:
                with open(os.path.join(work, "pid"), encoding="ascii") as file:
                    return int(file.read())
            if "File exists" not in log:
                break
            time.sleep(1 + attempt / 2)
        errors = "".join(line for line in log.splitlines(keepends=True) if "Error" in line)
        raise RuntimeError(f"criu restore: {done.stderr}\n{errors}")
