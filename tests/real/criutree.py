# SPDX-License-Identifier: Apache-2.0
"""Starts the victim with fresh secrets, dumps it with CRIU, restores image directories, and asks what the restored
program sees. Everything runs under a time-out, and everything started is killed at the end."""

import base64
import ctypes
import hashlib
import json
import os
import secrets
import shutil
import signal
import string
import subprocess
import sys
import tempfile
import time
import urllib.parse
import zlib

import criuimages

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77
BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


# ---------------------------------------------------------------------------------------------------- tools and skips

def criu():
    return os.environ.get("CRYOSCOPE_CRIU") or shutil.which("criu", path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def crit():
    return os.environ.get("CRYOSCOPE_CRIT") or shutil.which("crit")


def cli():
    return os.environ.get("CRYOSCOPE_CLI") or shutil.which("cryoscope-cli")


def victim():
    return os.environ.get("CRYOSCOPE_VICTIM") or shutil.which("cryoscope_victim")


def skip(why):
    """Ends the test: skipped, or failed where real CRIU is required."""
    required = os.environ.get("CRYOSCOPE_REQUIRE_REAL") == "1"
    print(f"{'FAIL (CRYOSCOPE_REQUIRE_REAL is set)' if required else 'SKIP'}: {why}", flush=True)
    sys.exit(1 if required else SKIPPED)


def run(*command, timeout=120, check=False, **more):
    """subprocess.run with both outputs as text and a time-out."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="backslashreplace", timeout=timeout, **more)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def require_criu():
    """Skips unless CRIU says that it works here and a trial dump and restore of a sleeping process do."""
    if os.geteuid() != 0:
        skip("CRIU needs root")
    if not criu():
        skip("no criu (CRYOSCOPE_CRIU is not set and there is none in PATH)")
    try:
        checked = run(criu(), "check", timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        skip(f"criu check: {error}")
    if checked.returncode != 0:
        skip(f"criu check fails: {checked.stdout.strip()} {checked.stderr.strip()}")
    with tempfile.TemporaryDirectory(prefix="cryoscope-trial-") as directory:
        sleeper = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True, cwd="/")
        try:
            dumped = run(criu(), "dump", "-t", sleeper.pid, "-D", directory, "-o", "dump.log", timeout=30)
        except subprocess.TimeoutExpired:
            skip("a trial dump hangs: this CRIU does not work with this kernel")
        finally:
            if sleeper.poll() is None:
                sleeper.kill()
            sleeper.wait()
        if dumped.returncode != 0:
            skip(f"a trial dump fails: {dumped.stderr.strip()}")


class Checks:
    """Counts what held and what did not; says both."""

    def __init__(self):
        self.held = 0
        self.failed = 0

    def expect(self, held, what, detail=""):
        if held:
            self.held += 1
            print(f"ok: {what}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED: {what}{': ' + str(detail) if detail else ''}", flush=True)
        return bool(held)

    def finish(self):
        print(f"{self.held} checks held, {self.failed} failed", flush=True)
        sys.exit(1 if self.failed or not self.held else 0)


# ------------------------------------------------------------------------------------------------------ fresh secrets

def text(length, alphabet=string.ascii_letters + string.digits):
    return "".join(secrets.choice(alphabet) for _ in range(length))


def github_token():
    """Well-formed: the last six characters are the CRC-32 of the 30 before them in base 62."""
    body = text(30, BASE62)
    number = zlib.crc32(body.encode())
    check = ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = BASE62[digit] + check
    return "ghp_" + body + check


def private_key():
    return subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=60).stdout


def fresh_secrets():
    """place: value. What a rule of high confidence must find, and what nobody can know without being told."""
    return {
        "heap": github_token().encode(),
        "environment": text(18).encode(),
        "argv": text(20).encode(),
        "pipe": ("glpat-" + text(20)).encode(),
        "ghost": f"xoxb-{text(12, string.digits)}-{text(12, string.digits)}-{text(24)}".encode(),
        "memfd": private_key(),
        # No rule can know these; they are told by value.
        "stack": text(26).encode(),
        "unixsocket": text(30).encode(),
        "datagram": text(22).encode(),
        "border": text(40).encode(),
        "threadstack": text(24).encode(),
        "childheap": text(28).encode(),
        # Each encoding has something to escape here.
        "shm": f'pä"ss\\w/{text(8)} +&%<{text(5)}>€{text(6)}'.encode(),
    }


RULES_FIND = ("heap", "environment", "argv", "pipe", "ghost", "memfd")


def told(values):
    """The values that go into a value file: all that no rule finds."""
    return [value for place, value in values.items() if place not in RULES_FIND]


def encodings(value):
    """name: the value as it may be stored, without what stands around it. Base64 keeps only the characters that the
    value alone determines."""
    found = {"raw": value}
    try:
        chars = value.decode()
    except UnicodeDecodeError:
        chars = value.decode("latin-1")
    found["utf16le"] = chars.encode("utf-16-le")
    found["utf16be"] = chars.encode("utf-16-be")
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + value)
        skip_chars = (0, 2, 3)[shift]
        whole = whole[skip_chars:(shift + len(value)) * 8 // 6]
        found[f"base64+{shift}"] = whole
        found[f"base64url+{shift}"] = whole.replace(b"+", b"-").replace(b"/", b"_")
    found["hex"] = value.hex().encode()
    found["HEX"] = value.hex().upper().encode()
    percent = urllib.parse.quote_from_bytes(value, safe="")
    found["percent"] = percent.encode()
    found["percent-lower"] = _percent(percent, str.lower)
    found["percent-plus"] = percent.replace("%20", "+").encode()
    found["percent-all"] = "".join(f"%{byte:02X}" for byte in value).encode()
    found["json"] = json.dumps(chars)[1:-1].encode()
    found["json-utf8"] = json.dumps(chars, ensure_ascii=False)[1:-1].encode()
    found["json-slash"] = json.dumps(chars)[1:-1].replace("/", "\\/").encode()
    # As Go writes JSON (Podman's config.dump): &, < and > are escaped too.
    found["json-go"] = found["json-utf8"]
    for char in "&<>":
        found["json-go"] = found["json-go"].replace(char.encode(), f"\\u{ord(char):04x}".encode())
    return found


def _percent(quoted, change):
    parts = quoted.split("%")
    return "%".join([parts[0]] + [change(part[:2]) + part[2:] for part in parts[1:]]).encode()


def planted_blobs(values):
    """blob.NAME: bytes. Copies of two values in each encoding, for the heap."""
    blobs = {}
    for place in ("heap", "shm"):
        for name, form in encodings(values[place]).items():
            if form == values[place]:
                continue
            if name.startswith("base64"):
                # As an encoder writes it: with neighbours that share the characters at both ends.
                shift = int(name[-1])
                form = base64.b64encode(b"k" * shift + values[place] + b"tail")
                if name.startswith("base64url"):
                    form = form.replace(b"+", b"-").replace(b"/", b"_")
            blobs[f"blob.{place}-{name}"] = form
    return blobs


# ------------------------------------------------------------------------------------------------------- the searcher

def leftovers(root, values):
    """[(value's place, encoding, where)] of all that is left below root, in members as stored, in archives within
    them, and in memory joined in virtual-address order. PEM values are also searched line by line and as the raw key."""
    wanted = {}
    for place, value in values.items():
        for name, form in encodings(value).items():
            wanted.setdefault(form, (place, name))
        if value.startswith(b"-----BEGIN"):
            body = [line for line in value.replace(b"\\n", b"\n").splitlines() if line and not line.startswith(b"-----")]
            for line in body:
                if len(line) >= 16:
                    wanted.setdefault(line, (place, "line"))
            binary = base64.b64decode(b"".join(body))
            wanted.setdefault(binary, (place, "binary"))
            if len(binary) == 48:  # Ed25519 in PKCS #8: its last 32 bytes are the seed
                wanted.setdefault(binary[-32:], (place, "seed"))
    wanted.pop(b"", None)
    found = []
    for name, data in criuimages.members(root):
        found += [(place, form, name) for needle, (place, form) in wanted.items() if needle in data]
    if os.path.isdir(root):
        for directory in criuimages.image_directories(root):
            for memory in criuimages.runs(directory):
                found += [(place, form, f"{memory.what} @ {memory.start + memory.data.find(needle):#x}")
                          for needle, (place, form) in wanted.items() if needle in memory.data]
    return found


def tree_hash(root):
    """{path: (SHA-256 or link target, mode, mtime)} of everything below root; root may be a file."""
    def one(path):
        info = os.lstat(path)
        if os.path.islink(path):
            return os.readlink(path), info.st_mode, info.st_mtime_ns
        if os.path.isdir(path):
            return None, info.st_mode, info.st_mtime_ns
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest(), info.st_mode, info.st_mtime_ns

    hashes = {root: one(root)}
    for directory, below, files in os.walk(root):
        for name in below + files:
            path = os.path.join(directory, name)
            hashes[path] = one(path)
    return hashes


# ----------------------------------------------------------------------------------------------------------- the tree

def escape(value):
    return "".join(chr(byte) if 0x20 <= byte <= 0x7E and byte != 0x5C else f"\\x{byte:02x}" for byte in value)


def unescape(line):
    out = bytearray()
    at = 0
    while at < len(line):
        if line.startswith("\\x", at):
            out.append(int(line[at + 2:at + 4], 16))
            at += 4
        else:
            out.append(ord(line[at]))
            at += 1
    return bytes(out)


def wait_for(condition, what, timeout=20):
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"timed out: {what}")
        time.sleep(0.02)


class Tree:
    """One victim and what is made of it. Use as a context manager: on leaving, all its processes are killed and its
    folder is removed (kept if CRYOSCOPE_KEEP is set)."""

    def __init__(self, values=None, blobs=None):
        self.values = values or fresh_secrets()
        self.blobs = planted_blobs(self.values) if blobs is None else blobs
        self.folder = tempfile.mkdtemp(prefix="cryoscope-real-")
        self.home = os.path.join(self.folder, "home")
        self.process = None
        # Restored processes lose their parent: have them come to us, so that their pids get free again.
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER

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
        with open(os.path.join(self.home, "secrets"), "w", encoding="ascii") as file:
            for place, value in {**self.values, **self.blobs}.items():
                if place not in ("environment", "argv"):
                    file.write(f"{place}={escape(value)}\n")
        self.process = subprocess.Popen(
            [victim(), self.home, "--password=" + self.values["argv"].decode()], cwd="/", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "DB_PASSWORD": self.values["environment"].decode()})
        wait_for(lambda: os.path.exists(os.path.join(self.home, "ready")) or self.process.poll() is not None,
                 "the victim's start")
        if self.process.poll() is not None:
            raise RuntimeError(f"the victim ended with {self.process.returncode}")
        return self

    def processes(self):
        """Pids of all processes whose command line has our folder as an argument."""
        wanted = os.fsencode(self.home)
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != os.getpid():
                try:
                    with open(f"/proc/{name}/cmdline", "rb") as file:
                        if wanted in file.read().split(b"\0")[1:2]:
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
            self.reap()
            if not alive:
                return
            time.sleep(0.02)
        raise RuntimeError(f"cannot kill {self.processes()}")

    def reap(self):
        if self.process and self.process.poll() is not None:
            self.process = None
        if self.process is None:
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                pass

    def dump(self, name="images"):
        """Dumps (which ends the tree) into a new directory; returns its path."""
        images = os.path.join(self.folder, name)
        os.mkdir(images, 0o700)
        done = run(criu(), "dump", "-t", self.process.pid, "-D", images, "-v4", "-o", "dump.log", timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"criu dump: {done.stderr}\n{_tail(images, 'dump.log')}")
        self.process.wait(timeout=20)
        self.kill()
        return images

    def restore(self, images):
        """Restores an image directory; returns the pid of the root task."""
        self.kill()
        work = tempfile.mkdtemp(prefix="work-", dir=self.folder)
        done = run(criu(), "restore", "-d", "-D", images, "-W", work, "-v4", "-o", "restore.log",
                   "--pidfile", os.path.join(work, "pid"), timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"criu restore: {done.stderr}\n{_tail(work, 'restore.log')}")
        with open(os.path.join(work, "pid"), encoding="ascii") as file:
            return int(file.read())

    def ask(self):
        """What the running tree sees: {place: bytes}; the child's places start with 'child:'."""
        names = {"": "seen", "child:": "seen.child"}
        ask = os.path.join(self.home, "ask")
        for name in names.values():
            if os.path.exists(os.path.join(self.home, name)):
                os.unlink(os.path.join(self.home, name))
        with open(ask, "w", encoding="ascii"):
            pass
        seen = {}
        for prefix, name in names.items():
            path = os.path.join(self.home, name)
            wait_for(lambda: os.path.exists(path), f"an answer in {name}")
            with open(path, encoding="ascii") as file:
                for line in file.read().splitlines():
                    place, _, value = line.partition("=")
                    seen[prefix + place] = unescape(value)
        os.unlink(ask)
        time.sleep(0.1)  # both have to see that it is gone
        return seen


def _tail(directory, name, lines=25):
    try:
        with open(os.path.join(directory, name), errors="backslashreplace", encoding="utf-8") as file:
            return "".join(file.readlines()[-lines:])
    except OSError as error:
        return str(error)
