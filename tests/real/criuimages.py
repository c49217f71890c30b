# SPDX-License-Identifier: Apache-2.0
"""A second, deliberately naive reader of what the tests need of CRIU's images: framing, pagemaps, parent sets.

It shares no code with the program, so that a mistake there is not repeated here. Little-endian sets with 4096-byte
pages only, which is what the machines that run these tests make.
"""

import gzip
import io
import os
import struct
import subprocess
import tarfile

PAGE = 4096
HEAD_MAGIC = 0x54564319
PAGEMAP_MAGIC = 0x56084025
IN_PARENT, LAZY, PRESENT = 1, 2, 4


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if byte < 0x80:
            return value, at


def encode_varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def fields(message):
    """Top-level fields of a protobuf message: {number: [value, ...]}; numbers as int, the rest as bytes."""
    found = {}
    at = 0
    while at < len(message):
        tag, at = varint(message, at)
        wire = tag & 7
        if wire == 0:
            value, at = varint(message, at)
        elif wire == 1:
            value, at = message[at:at + 8], at + 8
        elif wire == 2:
            size, at = varint(message, at)
            value, at = message[at:at + size], at + size
        elif wire == 5:
            value, at = message[at:at + 4], at + 4
        else:
            raise ValueError(f"wire type {wire}")
        found.setdefault(tag >> 3, []).append(value)
    return found


def records(path):
    """Messages of an image without payloads after its entries, the type magic first."""
    with open(path, "rb") as file:
        data = file.read()
    magic, = struct.unpack_from("<I", data)
    at = 4
    if magic == HEAD_MAGIC:
        magic, = struct.unpack_from("<I", data, at)
        at += 4
    yield magic
    while at < len(data):
        size, = struct.unpack_from("<I", data, at)
        yield data[at + 4:at + 4 + size]
        at += 4 + size


class Pagemap:
    """pages_id and entries (vaddr, pages, flags, offset in the pages file or None) of a pagemap image."""

    def __init__(self, path):
        reader = records(path)
        if next(reader) != PAGEMAP_MAGIC:
            raise ValueError(f"{path} is no pagemap")
        self.pages_id = fields(next(reader))[1][0]
        self.pages = os.path.join(os.path.dirname(path), f"pages-{self.pages_id}.img")
        self.entries = []
        offset = 0
        for message in reader:
            entry = fields(message)
            count = entry[5][0] if 5 in entry else entry[2][0]
            if entry.get(3, [0])[0]:
                flags = IN_PARENT
            else:
                flags = entry[4][0] if 4 in entry else PRESENT
            present = flags & PRESENT
            self.entries.append((entry[1][0], count, flags, offset if present else None))
            if present:
                offset += count * PAGE

    def page(self, address):
        """Flags and offset of the page at an address, or None."""
        for vaddr, count, flags, offset in self.entries:
            if vaddr <= address < vaddr + count * PAGE:
                return flags, None if offset is None else offset + (address - vaddr)
        return None


def pagemaps(directory):
    return sorted(name for name in os.listdir(directory)
                  if name.startswith("pagemap-") and name.endswith(".img"))


def image_directories(root):
    """Each directory below root that holds pagemaps, the newest set of a chain like any other."""
    for directory, _, _ in sorted(os.walk(root)):
        if pagemaps(directory):
            yield directory


def locate(directory, name, address):
    """(pages file, offset) of a page, parents followed; None if it is nowhere."""
    path = os.path.join(directory, name)
    if not os.path.exists(path):
        return None
    page = _pagemap(path).page(address)
    if page is None:
        return None
    flags, offset = page
    if flags & IN_PARENT:
        return locate(os.path.realpath(os.path.join(directory, "parent")), name, address)
    return None if offset is None else (_pagemap(path).pages, offset)


_pagemap_cache = {}


def _pagemap(path):
    stamp = os.stat(path)
    key = (path, stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)
    if key not in _pagemap_cache:
        _pagemap_cache[key] = Pagemap(path)
    return _pagemap_cache[key]


class Run:
    """Memory that is contiguous in virtual addresses, with the place of each page."""

    def __init__(self, what, start):
        self.what = what
        self.start = start
        self.data = bytearray()
        self.pages = []

    def extents(self, at, size):
        """File ranges (path, offset, length) of a range of the run."""
        while size:
            path, offset = self.pages[at // PAGE]
            inside = at % PAGE
            length = min(size, PAGE - inside)
            yield path, offset + inside, length
            at += length
            size -= length


def runs(directory):
    """All memory of one image directory, parents resolved, joined in virtual-address order."""
    files = {}
    for name in pagemaps(directory):
        run = None
        for vaddr, count, _, _ in _pagemap(os.path.join(directory, name)).entries:
            for index in range(count):
                address = vaddr + index * PAGE
                place = locate(directory, name, address)
                if place is None:
                    if run:
                        yield run
                    run = None
                    continue
                if run and run.start + len(run.data) != address:
                    yield run
                    run = None
                run = run or Run(f"{directory}/{name}", address)
                path, offset = place
                if path not in files:
                    with open(path, "rb") as file:
                        files[path] = file.read()
                run.data += files[path][offset:offset + PAGE]
                run.pages.append(place)
        if run:
            yield run


def split_parent(directory, name="parent-set", step=lambda index: index % 2 == 1):
    """Turns a full dump into a chain of two: moves the pages that `step` picks (by number of the page in its pagemap)
    into the parent set DIRECTORY/name, and marks them PE_PARENT in the child. CRIU sees an incremental dump."""
    return split_chain(directory, [name], lambda index: 1 if step(index) else 0)


def split_chain(directory, links, holder=None):
    """Turns a full dump into a chain: the parent set of DIRECTORY is DIRECTORY/links[0], that of this one
    DIRECTORY/links[0]/links[1], and so on ("../x" makes siblings). `holder` says which set keeps a page, by the number
    of the page in its pagemap (0: DIRECTORY); each set leaves those of older ones to its parent. Returns how many
    pages were moved."""
    holder = holder or (lambda index: index % (len(links) + 1))
    sets = [directory]
    for link in links:
        sets.append(os.path.normpath(os.path.join(sets[-1], link)))
        os.mkdir(sets[-1])
        with open(os.path.join(directory, "inventory.img"), "rb") as source, \
                open(os.path.join(sets[-1], "inventory.img"), "wb") as copy:
            copy.write(source.read())
    moved = 0
    for image in pagemaps(directory):
        if image.startswith("pagemap-shmem"):
            continue
        pagemap = Pagemap(os.path.join(directory, image))
        with open(pagemap.pages, "rb") as file:
            pages = file.read()
        entries = [[] for _ in sets]
        contents = [bytearray() for _ in sets]
        index = 0
        for vaddr, count, flags, offset in pagemap.entries:
            for number in range(count):
                address = vaddr + number * PAGE
                if not flags & PRESENT:
                    _extend(entries[0], address, flags)
                    continue
                keeper = holder(index)
                for younger in range(keeper):
                    _extend(entries[younger], address, IN_PARENT)
                _extend(entries[keeper], address, PRESENT if keeper else flags)
                contents[keeper] += pages[offset + number * PAGE:offset + (number + 1) * PAGE]
                moved += keeper > 0
                index += 1
        for where, listed, data in zip(sets, entries, contents):
            write_pagemap(os.path.join(where, image), pagemap.pages_id, listed)
            with open(os.path.join(where, os.path.basename(pagemap.pages)), "wb") as file:
                file.write(data)
    for where, link in zip(sets, links):
        os.symlink(link, os.path.join(where, "parent"))
    return moved


def parents_outside(directory):
    """Parent sets that lie outside of an image directory, the newest first."""
    found = []
    at = directory
    while os.path.isdir(os.path.join(at, "parent")):
        at = os.path.realpath(os.path.join(at, "parent"))
        if not at.startswith(os.path.realpath(directory) + "/"):
            found.append(at)
    return found


def _extend(entries, address, flags):
    if entries and entries[-1][0] + entries[-1][1] * PAGE == address and entries[-1][2] == flags:
        entries[-1][1] += 1
    else:
        entries.append([address, 1, flags])


def write_pagemap(path, pages_id, entries):
    def record(message):
        return struct.pack("<I", len(message)) + message

    with open(path, "wb") as file:
        file.write(struct.pack("<II", HEAD_MAGIC, PAGEMAP_MAGIC))
        file.write(record(b"\x08" + encode_varint(pages_id)))
        for vaddr, count, flags in entries:
            file.write(record(b"\x08" + encode_varint(vaddr) + b"\x10\x00" + b"\x20" + encode_varint(flags)
                              + b"\x28" + encode_varint(count)))


def members(path):
    """Each byte string that is stored below a path, and, for archives and compressed streams in it, what they hold:
    (name, bytes). Members of a tar are TAR!member, a decoded stream is STREAM!, members of a tar in it STREAM!member."""
    if os.path.islink(path):
        yield path, os.fsencode(os.readlink(path))
        return
    if os.path.isdir(path):
        for name in sorted(os.listdir(path)):
            yield os.fsdecode(path) + "/" + name, os.fsencode(name)
            yield from members(os.path.join(path, name))
        return
    with open(path, "rb") as file:
        yield from opened(path, file.read())


def opened(name, data):
    yield name, data
    if data[:2] == b"\x1f\x8b":
        yield from opened(name + "!", gzip.decompress(data))
    elif data[:4] == b"\x28\xb5\x2f\xfd":
        plain = subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True, timeout=120).stdout
        yield from opened(name + "!", plain)
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for member in tar:
                if member.isfile():
                    yield from opened(name.removesuffix("!") + "!" + member.name, tar.extractfile(member).read())
