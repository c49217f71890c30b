# SPDX-License-Identifier: Apache-2.0
"""The places of the matrix: those of the zoo, with how much each can hold and which bytes not, and those of the files that an
engine puts beside a container's images."""

import matrixforms
import zootree

PROFILES = ("restorable", "bug-report", "keep-pointers", "no-memory")
NO_NUL, NAME = b"\0", b"\0/"


class Place:
    """`room`: bytes that it holds. `forbidden`: bytes that cannot stand in it. `border`: what it holds is put over the border
    of two pages. `rules`: a text that a tool loads when it is restored, which takes no other characters than letters, digits
    and some signs."""

    def __init__(self, room=600, forbidden=b"", border=False, rules=False, why=""):
        self.room = room
        self.forbidden = forbidden
        self.border = border
        self.rules = rules
        self.why = why

    def possible(self, encoding):
        """Why it cannot hold a value so encoded; empty if it can."""
        if encoding in matrixforms.WIDE and b"\0" in self.forbidden:
            return self.why or "a name or text in it ends at its first NUL"
        if matrixforms.make(encoding, self.room, self.forbidden) is None:
            return f"its {self.room} bytes cannot hold a value of {matrixforms.SHORTEST} characters in this form"
        return ""


PATH = Place(200, NAME)
COMM = Place(15, NAME)
TEXT = Place(600, NO_NUL)
BYTES = Place()
BORDER_OFFSET, BORDER_STEP = 9, 4096  # where in its value the zoo's "page border" has page borders

ROOMS = {
    "tasks": {"comm": COMM, "stopped comm": COMM, "zombie comm": COMM, "thread comm": COMM, "nested comm": COMM,
              "thread stack": Place(112), "data": Place(240), "argument": TEXT, "environment": TEXT},
    "files": {"page border": Place(BORDER_OFFSET + BORDER_STEP + 100, border=True)},
    "unix": {"abstract name": Place(100), "listener's name": Place(60, NAME), "relative name": Place(100, NAME),
             "socket's folder": Place(60, NAME)},
    "network": {"bridge name": Place(15, NAME, rules=True), "tap name": Place(15, NAME, rules=True),
                "rule's comment": Place(200, NAME, rules=True), "chain name": Place(28, NAME, rules=True)},
    "shared": {"sysv message": Place(250), "second sysv message": Place(250), "semaphores": Place(190),
               # They go through a buffer of 128 bytes.
               "posix segment's name": Place(110, NAME), "unlinked segment's name": Place(110, NAME),
               "posix semaphore's name": Place(110, NAME)},
    "seccomp": {"comm": COMM}, "time": {"comm": COMM},
    "signals": {"comm": COMM, "value of a signal": Place(8), "value of a thread's signal": Place(8)},
    "cgroups": {"cgroup name": PATH},
}
_CONTAINER = {"host name": Place(60, NAME), "domain name": Place(60, NAME), "tmpfs source": Place(200, NO_NUL),
              "tmpfs file's name": Place(90, NAME), "tmpfs folder's name": Place(90, NAME),
              "tmpfs link's target": Place(90, NO_NUL)}
ROOMS["container"] = ROOMS["users"] = _CONTAINER
NAMES = {"files": ("file name", "folder name", "working directory", "mapped file"), "pipes": ("fifo name",),
         "unix": ("passed file's name",), "events": ("watched file",), "locks": ("locked file", "leased file"),
         "shared": ("memfd name",),
         "ghosts": ("ghost's name", "large ghost's name", "linked file's name", "deleted fifo's name", "mapped ghost's name",
                    "deleted folder")}
# What the script itself puts beside the container's images, and into the log of every dump.
JSON = Place(600, NO_NUL, why="JSON has no NULs")
ENGINE = {"environment in config.dump": JSON, "command in config.dump": JSON, "environment in spec.dump": JSON,
          "network.status": JSON, "deleted.files": JSON, "engine's log": BYTES, "file in rootfs-diff.tar": BYTES,
          "name in rootfs-diff.tar": PATH, "link target in rootfs-diff.tar": Place(200, NO_NUL),
          "extended attribute in rootfs-diff.tar": BYTES, "file in a volume's tar": BYTES,
          "file in a tar.gz within rootfs-diff.tar": BYTES}
LOG = "dump.log"
# Words of 32 bits, each a varint of its own: what stands in them is found by no search for bytes.
REGISTERS = ("tasks", "registers")


def places(theme):
    """{place: Place} of a theme; those whose value is in no run of bytes are left out."""
    found = {}
    for place, (_, pattern) in zootree.THEMES[theme].places.items():
        if pattern is None:
            continue
        found[place] = ROOMS.get(theme, {}).get(place) or (PATH if place in NAMES.get(theme, ()) else BYTES)
    return found


NO_CELLS = {"events/epoll cookie": "a number, stored as a varint", "signals/value of a timer": "a number, stored as a varint"}
