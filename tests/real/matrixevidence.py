# SPDX-License-Identifier: Apache-2.0
"""Evidence for the matrix: dumps of the zoo whose places hold letters that mean nothing, and copies of them in which the letters
are overwritten with values."""

import gzip
import json
import os
import secrets
import struct
import tempfile

import matrixcells
import matrixengine
import matrixforms
import matrixplaces
import runningcrit
import zootree

ENGINE_THEME = "container"


class Dump:
    """The images of one theme, each place full of letters of its own."""

    def __init__(self, theme, program):
        self.theme = theme
        self.zoo = zootree.Zoo(theme, program)
        self.places = matrixplaces.places(theme)
        self.packing = matrixcells.Packing(self.places)
        for place, told in self.places.items():
            self.zoo.values[place] = zootree.fresh_value(told.room)
        self.letters = {place: self.zoo.values[place] for place in self.places}
        self.images = self.zoo.dump()
        self.files = {}
        for name in sorted(os.listdir(self.images)):
            with open(os.path.join(self.images, name), "rb") as file:
                self.files[name] = file.read()

    def named(self):
        """Places that are names of files or control groups."""
        return [*self.zoo.theme.paths, *(["cgroup name"] if self.theme == "cgroups" else [])]


def with_checksums(tar):
    """A tar whose headers' fields were overwritten, with the checksums that they then have."""
    data = bytearray(tar)
    at = 0
    while at + 512 <= len(data):
        header = data[at:at + 512]
        if header[257:262] != b"ustar":
            break
        header[148:156] = b" " * 8
        data[at + 148:at + 156] = b"%06o\0 " % sum(header)
        size = int(header[124:135].strip(b" \0") or b"0", 8)
        at += 512 + (size + 511) // 512 * 512
    return bytes(data)


def overwritten(data, changes):
    for before, after in changes.items():
        assert len(before) == len(after)
        data = data.replace(before, after)
    return data


class Planted:
    """A copy of a theme's dump with values in it. `folder` holds it; `images` is where in it the images are; `core` the one
    of its images with values in registers, or nothing."""

    def __init__(self, dump, variant, root):
        self.dump = dump
        self.theme = dump.theme
        self.variant = variant
        # The first of a row is the one that is shown: that with a value over a page border.
        self.name = f"{'a' if dump.theme == 'files' else 'b'}-{dump.theme}-{variant}"
        self.folder = os.path.join(root, self.name)
        self.images = "checkpoint" if dump.theme == ENGINE_THEME else ""
        self.restorable = dump.packing.restorable[variant]
        self.core = ""
        self.cells, self.blobs = [], {}
        changes = {}
        for name, place in dump.places.items():
            self.blobs[name], held = matrixcells.content(dump.theme, name, place, dump.packing.turns[name][variant], dump.letters[name])
            changes[dump.letters[name]] = self.blobs[name]
            self.cells += held
        images = os.path.join(self.folder, self.images)
        os.makedirs(images)
        for name, data in dump.files.items():
            if data[:2] == b"\x1f\x8b":
                plain = gzip.decompress(data)
                data = gzip.compress(with_checksums(overwritten(plain, changes)), mtime=0)
            else:
                data = overwritten(data, changes)
            with open(os.path.join(images, name), "wb") as file:
                file.write(data)
        self.untold = self._log(os.path.join(images, "dump.log"))
        if dump.theme == ENGINE_THEME:
            self.cells += matrixengine.write(self.folder)
        if dump.theme == matrixplaces.REGISTERS[0]:
            self.core = sorted(name for name in dump.files if name.startswith("core-"))[0]
            self.cells += plant_registers(os.path.join(images, self.core))

    def _log(self, path):
        """Adds lines with a value each, as CRIU writes one with a name in it. Returns one that no value file shall name: the
        search must find it in the export, or it could find nothing."""
        with open(path, "ab") as file:
            for encoding in matrixforms.ENCODINGS:
                value, form = matrixforms.make(encoding, 60)
                self.cells.append(matrixcells.Cell(self.theme, matrixplaces.LOG, encoding, value))
                file.write(b"(00.200000) files-reg: Dumping path for 3 fd via self 13 [/srv/" + form + b"]\n")
            untold, form = matrixforms.make(secrets.choice(matrixforms.ENCODINGS), 60)
            file.write(b"(00.300000) not told: " + form + b"\n")
        return untold


def plant_registers(path):
    """Puts values into the vector registers of a core image."""
    text, cells = matrixcells.whole(*matrixplaces.REGISTERS, matrixplaces.BYTES, each=28)  # of 256 bytes
    decoded = json.loads(runningcrit.ask("decode", "-i", path).stdout)
    words = decoded["entries"][0]["thread_info"]["fpregs"]["xmm_space"]
    text = text.ljust(4 * len(words), b"\0")
    assert len(text) == 4 * len(words), "the registers are too few"
    words[:] = struct.unpack(f"<{len(words)}I", text)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as entries:
        json.dump(decoded, entries)
        entries.flush()
        done = runningcrit.ask("encode", "-i", entries.name, "-o", path)
    assert done.returncode == 0, done.stderr
    return cells


def registers(path):
    """The bytes of the vector registers of a core image, as crit reads them."""
    decoded = json.loads(runningcrit.ask("decode", "-i", path).stdout)
    words = decoded["entries"][0]["thread_info"]["fpregs"]["xmm_space"]
    return struct.pack(f"<{len(words)}I", *words)
