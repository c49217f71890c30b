# SPDX-License-Identifier: Apache-2.0
"""The layouts of a checkpoint: packs sets into each, unpacks them, and reads all that is stored in one."""

import gzip
import io
import os
import shutil
import subprocess
import tarfile

import criuimages

CHAIN = "parent chain"
NESTED = "nested tar"
LAYOUTS = ("directory", "tar", "tar.zst", CHAIN, NESTED)
ZSTD = b"\x28\xb5\x2f\xfd"


def packed(folder, layout, out):
    """Makes the evidence of the sets below `folder`, in a layout; returns its path."""
    if layout == CHAIN:
        for directory in list(criuimages.image_directories(folder)):
            criuimages.split_parent(directory)
    if layout in ("directory", CHAIN):
        shutil.copytree(folder, out, symlinks=True)
        return out
    if layout == NESTED:
        inner = out + ".inner"
        os.mkdir(inner)
        for name in sorted(os.listdir(folder)):
            tar(os.path.join(folder, name), os.path.join(inner, name + ".tar"))
        tar(inner, out)
        shutil.rmtree(inner)
        return out
    tar(folder, out, *(["--zstd"] if layout == "tar.zst" else []))
    return out


def tar(folder, out, *more):
    subprocess.run(["tar", "-C", folder, "--sort=name", "--owner=0", "--group=0", "--numeric-owner", *more, "-cf", out,
                    *sorted(os.listdir(folder))], check=True, timeout=60)


def unpacked(path, layout, folder):
    """The directory of an export's sets, unpacked with tar."""
    if os.path.isdir(path):
        return path
    os.mkdir(folder)
    subprocess.run(["tar", "-C", folder, "-xf", path], check=True, timeout=60)
    if layout == NESTED:
        for name in sorted(os.listdir(folder)):
            inner = os.path.join(folder, name.removesuffix(".tar"))
            os.mkdir(inner)
            subprocess.run(["tar", "-C", inner, "-xf", os.path.join(folder, name)], check=True, timeout=60)
            os.unlink(os.path.join(folder, name))
    return folder


def streams(data):
    """Each byte string of an archive or file that has to be searched: as it is stored, and what compressed streams in it
    decode to. Members of a plain tar are within its own bytes."""
    yield data
    if data[:2] == b"\x1f\x8b":
        yield from streams(gzip.decompress(data))
    elif data[:4] == ZSTD:
        plain = subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True, timeout=120).stdout
        yield from streams(plain)
    elif data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                if member.isfile():
                    inside = archive.extractfile(member).read()
                    yield from list(streams(inside))[1:]


def all_streams(path):
    """The same of a file, or of a directory with its names and links."""
    if not os.path.isdir(path):
        with open(path, "rb") as file:
            yield from streams(file.read())
        return
    for directory, below, files in os.walk(path):
        for name in below + files:
            inside = os.path.join(directory, name)
            yield os.fsencode(name)
            if os.path.islink(inside):
                yield os.fsencode(os.readlink(inside))
            elif os.path.isfile(inside):
                with open(inside, "rb") as file:
                    yield from streams(file.read())


def memories(folder):
    """Memory of each task below a folder of sets, in the order of its addresses, parent sets resolved."""
    for directory in criuimages.image_directories(folder):
        for memory in criuimages.runs(directory):
            yield bytes(memory.data)
