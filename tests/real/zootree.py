# SPDX-License-Identifier: Apache-2.0
"""Builds the zoo, runs one theme of it, dumps it with CRIU, restores what became of the dump, and asks what it sees."""

import ctypes
import fnmatch
import glob
import os
import random
import re
import secrets
import shutil
import signal
import string
import subprocess
import tempfile
import time

import criuimages
import criutree

SOURCES = os.path.join(criutree.HERE, "zoo")


class Theme:
    """places: {place: (length in bytes, pattern of the member that must hold it in a dump, or None where the value is
    in no run of bytes of any image)}. Lengths differ, so that two redacted names never become the same. paths: places
    that are names of files, which a restore looks for."""

    def __init__(self, places, options=(), restore=(), paths=(), needs=(), types=(), hidden=()):
        self.places = places
        self.options = options
        self.restore = restore
        self.paths = paths
        self.needs = needs
        self.types = types  # image types that the dump must have
        self.hidden = hidden  # places that the program cannot look into


PAGES = "pages-*.img"


def _container(*types):
    return Theme({
        "host name": (20, "utsns-*.img"), "domain name": (21, "utsns-*.img"), "tmpfs source": (22, "mountpoints-*.img"),
        "tmpfs file's name": (23, "tmpfs-dev-*!*"), "tmpfs file": (24, "tmpfs-dev-*!*"),
        "tmpfs folder's name": (25, "tmpfs-dev-*!*"), "tmpfs link's target": (26, "tmpfs-dev-*!*"),
        "segment in the namespace": (27, PAGES)},
        options=("--manage-cgroups=ignore", "--network-lock", "skip"), types=("UTSNS", "IPC_VAR", "MNTS", "NETNS", *types))


THEMES = {
    "tasks": Theme({
        "comm": (15, "core-*.img"), "stopped comm": (14, "core-*.img"), "zombie comm": (13, "core-*.img"),
        "thread comm": (12, "core-*.img"), "nested comm": (11, "core-*.img"), "thread stack": (20, PAGES),
        "data": (21, PAGES), "heap": (22, PAGES), "anonymous memory": (23, PAGES), "child heap": (24, PAGES),
        "argument": (25, PAGES), "environment": (26, PAGES)},
        types=("INVENTORY", "PSTREE", "CORE", "IDS", "MM", "FS", "PAGEMAP", "FDINFO", "FILES", "STATS")),
    "files": Theme({
        "file name": (20, "files.img"), "folder name": (21, "files.img"), "working directory": (22, "files.img"),
        "mapped file": (23, "files.img"), "private page of a file": (24, PAGES),
        "memory not to be dumped": (25, PAGES), "protected page": (26, PAGES), "locked page": (27, PAGES),
        "page border": (28, PAGES)},
        paths=("file name", "folder name", "working directory", "mapped file")),
    "pipes": Theme({
        "pipe": (20, "pipes-data.img"), "pipe of two buffers": (40, "pipes-data.img"),
        "fifo": (23, "fifo-data.img"), "fifo name": (24, "files.img")},
        paths=("fifo name",), types=("PIPES_DATA", "FIFO_DATA")),
    "unix": Theme({
        "stream queue": (20, "sk-queues.img"), "stream queue back": (21, "sk-queues.img"),
        "seqpacket queue": (22, "sk-queues.img"), "datagram queue": (23, "sk-queues.img"),
        "queue with a descriptor": (24, "sk-queues.img"), "queue of the abstract socket": (25, "sk-queues.img"),
        "passed file's name": (26, "files.img"), "abstract name": (27, "files.img"),
        "listener's name": (28, "files.img"), "socket's folder": (29, "files.img"), "relative name": (30, "files.img")},
        paths=("passed file's name", "socket's folder", "listener's name", "relative name"), types=("SK_QUEUES",), hidden=("socket's folder",)),
    "network": Theme({
        "queue to the server": (20, "tcp-stream-*.img"), "queue to the client": (21, "tcp-stream-*.img"),
        "queue of unsent data": (22, "tcp-stream-*.img"), "bridge name": (13, "netdev-*.img"),
        "tap name": (12, "netdev-*.img"), "rule's comment": (23, "iptables-*.img"), "chain name": (24, "nftables-*.img")},
        options=("--tcp-established", "--network-lock", "nftables"), needs=("ip", "iptables-legacy", "iptables-nft"), types=("TCP_STREAM", "NETDEV", "NETNS")),
    "events": Theme({
        "epoll cookie": (8, None), "watched file": (20, "files.img")}, paths=("watched file",)),
    "locks": Theme({
        "locked file": (20, "files.img"), "leased file": (21, "files.img")},
        options=("--file-locks",), paths=("locked file", "leased file"), types=("FILE_LOCKS",)),
    "terminals": Theme({
        "typed line": (20, "tty-data.img"), "typed keys": (21, "tty-data.img"), "printed text": (22, "tty-data.img")},
        types=("TTY_INFO", "TTY_DATA")),
    "shared": Theme({
        "shared memory": (20, PAGES), "shared memory of a child": (21, PAGES), "memfd name": (22, "memfd.img"),
        "memfd content": (23, PAGES), "private copy of a memfd page": (24, PAGES), "sysv segment": (25, PAGES),
        "sysv segment without users": (26, PAGES), "sysv message": (27, "ipcns-msg-*.img"),
        "second sysv message": (28, "ipcns-msg-*.img"), "semaphores": (16, "ipcns-sem-*.img"),
        "posix segment's name": (29, "files.img"), "unlinked segment's name": (30, "files.img"),
        "unlinked posix segment": (31, "ghost-file-*.img"), "posix semaphore's name": (32, "files.img")},
        paths=("posix segment's name", "posix semaphore's name"),
        types=("IPC_VAR", "IPCNS_SHM", "IPCNS_MSG", "IPCNS_SEM", "MEMFD_INODE")),
    "ghosts": Theme({
        "ghost": (20, "ghost-file-*.img"), "large ghost, head": (21, "ghost-file-*.img"),
        "large ghost, behind a hole": (22, "ghost-file-*.img"), "deleted fifo": (23, "fifo-data.img"),
        "mapped ghost": (24, "ghost-file-*.img"), "ghost's name": (25, "files.img"),
        "large ghost's name": (26, "files.img"), "linked file's name": (27, "files.img"),
        "deleted fifo's name": (28, "files.img"), "mapped ghost's name": (29, "files.img"),
        "deleted folder": (30, "files.img")},
        options=("--link-remap",), types=("GHOST_FILE", "REMAP_FPATH")),
    "container": _container(),
    "users": _container("USERNS"),
    "cgroups": Theme({"cgroup name": (20, "cgroup.img")}, options=("--manage-cgroups=full",), types=("CGROUP",)),
    "seccomp": Theme({"comm": (12, "core-*.img")}, types=("SECCOMP",)),
    "signals": Theme({
        "comm": (12, "core-*.img"), "value of a signal": (8, "core-*.img"),
        "value of a thread's signal": (8, "core-*.img"), "value of a timer": (8, None)}),
    "time": Theme({"comm": (12, "core-*.img")}, types=("TIMENS",)),
}


def shape(value):
    """What `redact --replace shape` makes of a value of ours."""
    return re.sub(rb"[0-9]", b"0", re.sub(rb"[a-z]", b"x", value))


def fresh_value(length):
    """Letters of one case and some digits, a letter first: fit for names of all kinds."""
    return (secrets.choice(string.ascii_lowercase)
            + "".join(secrets.choice(string.ascii_lowercase + "23456789") for _ in range(length - 1))).encode()


def build(folder):
    """Compiles the zoo, statically, so that little but its own memory is in a dump."""
    program = os.path.join(folder, "zoo")
    subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-O1", "-static", "-Wall", "-Wextra", "-Werror", "-o", program,
                    *sorted(glob.glob(os.path.join(SOURCES, "*.c"))), "-pthread", "-lutil"], check=True, timeout=120)
    return program


class Refused(Exception):
    """CRIU does not dump or restore it here; the text is CRIU's own."""


class Zoo:
    """One theme. Use as a context manager: everything started is killed, the folder removed."""

    def __init__(self, name, program=None):
        """`name`: a theme, or attempt/NAME for one object that CRIU may refuse."""
        self.name, _, self.attempt = name.partition("/")
        self.theme = THEMES[name] if not self.attempt else Theme({}, options=("--tcp-established", "--network-lock", "skip"))
        self.folder = tempfile.mkdtemp(prefix="cryoscope-zoo-")
        self.root = os.path.join(self.folder, "root")
        self.home = os.path.join(self.root, "home")
        self.tag = os.path.basename(self.folder)
        self.program = program
        self.process = None
        self.values = {place: fresh_value(length) for place, (length, _) in self.theme.places.items()}
        self.former = set()  # names that files outside of the folder had
        self.bound = False
        self.state = None  # what else the program says of itself
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: restored processes come to us

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        if self.bound:
            subprocess.run(["umount", "-l", self.root], check=False, timeout=20)
        for value in {*self.values.values(), *map(shape, self.values.values()), *self.former}:
            name = glob.escape(os.fsdecode(value))
            for left in glob.glob("/dev/shm/*" + name) + glob.glob("/sys/fs/cgroup/*/" + name):
                (os.rmdir if os.path.isdir(left) else os.unlink)(left)
        if os.environ.get("CRYOSCOPE_KEEP"):
            print(f"kept: {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """Returns the pid to dump."""
        os.makedirs(self.home, 0o755)
        if not self.program:
            self.program = build(self.folder)
        with open(os.path.join(self.home, "values"), "wb") as file:
            file.write(b"".join(place.encode() + b"=" + value + b"\n" for place, value in self.values.items()))
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
        if "environment" in self.values:
            environment["ZOO_VALUE"] = self.values["environment"].decode()
        # Linked into the root of its own, so that a theme in there is still running a file that it can see.
        program = os.path.join(self.root, "zoo")
        shutil.copy(self.program, program)
        # The pids of a dump must be free when it is restored: take some that are far from what the machine uses.
        with open("/proc/sys/kernel/ns_last_pid", "w", encoding="ascii") as file:
            file.write(str(random.randrange(100_000, 4_000_000) if _pid_max() > 4_000_000 else random.randrange(20_000, 30_000)))
        with open(os.path.join(self.folder, "messages"), "wb") as messages:
            self.process = subprocess.Popen([program, self.name, self.home, self.tag,
                                             *filter(None, (self.values.get("argument"), self.attempt))],
                                            cwd="/", start_new_session=True, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=messages, env=environment)
        criutree.wait_for(lambda: os.path.exists(os.path.join(self.home, "ready")) or self.process.poll() is not None,
                          f"the start of {self.name}")
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: {self.messages()}")
        with open(os.path.join(self.home, "pid"), encoding="ascii") as file:
            return int(file.read())

    def missing_tools(self):
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        return ", ".join(tool for tool in self.theme.needs if not shutil.which(tool, path=path))

    def messages(self):
        with open(os.path.join(self.folder, "messages"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def processes(self):
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != os.getpid():
                try:
                    with open(f"/proc/{name}/cmdline", "rb") as file:
                        if self.tag.encode() in file.read().split(b"\0")[3:4]:
                            found.append(int(name))
                except OSError:
                    pass
        return found

    def kill(self):
        for _ in range(200):
            alive = self.processes()
            for pid in alive:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if self.process and self.process.poll() is not None:
                self.process = None
            if self.process is None:
                try:
                    while os.waitpid(-1, os.WNOHANG)[0]:
                        pass
                except ChildProcessError:
                    pass
            if not alive:
                return
            time.sleep(0.02)
        raise RuntimeError(f"cannot kill {self.processes()}")

    def criu(self, action, images, *more):
        """Runs CRIU with the log in a folder of its own; raises Refused with CRIU's errors."""
        work = images if action == "dump" else tempfile.mkdtemp(prefix="work-", dir=self.folder)
        log = os.path.join(work, action + ".log")
        try:
            done = criutree.run(criutree.criu(), action, "-D", images, "-W", work, "-v4", "-o", log,
                                *self.theme.options, *more, timeout=90)
        except subprocess.TimeoutExpired:
            raise Refused(f"criu {action} hangs") from None
        if done.returncode == 0:
            return work
        text = criutree._tail(work, action + ".log", 1_000_000)
        errors = [line.split(") ", 1)[-1] for line in text.splitlines()
                  if "Error (" in line and "Can't setup RLIMIT_NOFILE" not in line]
        raise Refused(f"criu {action}: " + ("; ".join(errors[:3]) or done.stderr))

    def dump(self, name="images"):
        """Starts and dumps, which ends the processes; returns the path of the images."""
        pid = self.start()
        images = os.path.join(self.folder, name)
        os.mkdir(images, 0o700)
        self.criu("dump", images, "-t", pid)
        self.process.wait(timeout=20)
        self.kill()
        # A restore takes these names away; keep the files for the next.
        os.mkdir(os.path.join(self.folder, "remaps"))
        for remap in glob.glob(os.path.join(self.home, "link_remap.*")):
            os.link(remap, os.path.join(self.folder, "remaps", os.path.basename(remap)))
        return images

    def restore(self, images):
        self.kill()
        for remap in os.listdir(os.path.join(self.folder, "remaps")):
            if not os.path.exists(os.path.join(self.home, remap)):
                os.link(os.path.join(self.folder, "remaps", remap), os.path.join(self.home, remap))
        more = []
        if self.name in ("container", "users"):
            if not self.bound:
                subprocess.run(["mount", "--bind", self.root, self.root], check=True, timeout=20)
                subprocess.run(["mount", "--make-private", self.root], check=True, timeout=20)
                self.bound = True
            more = ["--root", self.root]
        for attempt in range(6):
            try:
                self.criu("restore", images, "-d", *more)
                return
            except Refused as error:
                if "File exists" not in str(error):  # a pid that the machine took in between
                    raise
                time.sleep(0.5 + attempt)
        raise Refused("criu restore: a pid is taken")

    def ask(self):
        """{place: bytes} as the running theme sees it."""
        seen = os.path.join(self.home, "seen")
        for name in ("seen", "seen.part"):
            if os.path.exists(os.path.join(self.home, name)):
                os.unlink(os.path.join(self.home, name))
        with open(os.path.join(self.home, "ask"), "w", encoding="ascii"):
            pass
        criutree.wait_for(lambda: os.path.exists(seen), f"the answer of {self.name}", 10)
        os.unlink(os.path.join(self.home, "ask"))
        with open(seen, encoding="ascii") as file:
            return {place: bytes.fromhex(value) for place, _, value in (line.strip().rpartition("=") for line in file)}

    def rename_files(self, change):
        """Renames what is on disk as `change` renames values: an export with redacted names is restored on a machine
        where the files have these names."""
        places = [self.values[place] for place in self.theme.paths]
        for top in (os.fsencode(self.home), b"/dev/shm"):
            for folder, below, files in os.walk(top, topdown=False):
                for name in below + files:
                    for value in places:
                        if value in name:
                            os.rename(os.path.join(folder, name), os.path.join(folder, name.replace(value, change(value))))

    def misplaced(self, images):
        """Places whose value is not where it should be in a dump."""
        members = {}
        for name, data in criuimages.members(images):
            short = name.removeprefix(images + "/")
            members[short] = members.get(short, b"") + data
        wrong = []
        for place, (_, pattern) in self.theme.places.items():
            value = self.values[place]
            where = [name for name, data in members.items() if value in data and not name.endswith(".log")]
            if pattern is None:
                if where:
                    wrong.append(f"{place}: in {where}, none expected")
            elif not any(fnmatch.fnmatch(name, pattern) for name in where):
                wrong.append(f"{place}: in {where}, not in {pattern}")
        return wrong


def _pid_max():
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as file:
        return int(file.read())
