# SPDX-License-Identifier: Apache-2.0
"""What an engine puts beside a container's images, with values in it."""

import gzip
import io
import os
import tarfile

import matrixcells
import matrixplaces


def _tar(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _member(name, kind=tarfile.REGTYPE, link="", **attributes):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, 0o644
    info.pax_headers = {f"SCHILY.xattr.user.{key}": value for key, value in attributes.items()}
    return info


def write(folder):
    """Writes what Podman puts beside the images, below `folder`; returns the cells."""
    texts, cells = {}, []
    for name, place in matrixplaces.ENGINE.items():
        texts[name], held = matrixcells.whole("engine", name, place)
        cells += held

    def put(name, data):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)

    def text(name):
        return texts[name].decode()

    # The forms are put into the JSON as they are: none of them needs an escape, and that of JSON has them.
    put("config.dump", (
        '{"id": "%s", "name": "matrix", "rootfsImageName": "localhost/matrix:latest", "command": ["/bin/app", "%s"],'
        ' "env": ["PATH=/bin", "KEPT=%s"], "runtime": "runc"}\n'
        % ("0123456789abcdef" * 4, text("command in config.dump"), text("environment in config.dump"))).encode())
    put("spec.dump", ('{"ociVersion": "1.0.0", "process": {"args": ["/bin/app"], "env": ["PATH=/bin", "KEPT=%s"]},'
                        ' "hostname": "matrix", "annotations": {}}\n' % text("environment in spec.dump")).encode())
    put("network.status", ('{"podman": {"interfaces": {"eth0": {"subnets": [], "mac_address": "5a:00:00:00:00:01"}},'
                             ' "dns_search_domains": ["%s"]}}\n' % text("network.status")).encode())
    put("deleted.files", ('["/etc/%s"]\n' % text("deleted.files")).encode())
    put("dump.log", b"engine: " + texts["engine's log"] + b"\n")
    put("volume.tar", _tar([(_member("notes"), texts["file in a volume's tar"])]))
    inner = _tar([(_member("inner"), texts["file in a tar.gz within rootfs-diff.tar"])])
    put("rootfs-diff.tar", _tar([
        (_member("etc/notes"), texts["file in rootfs-diff.tar"]),
        (_member("home/" + text("name in rootfs-diff.tar")), b"content"),
        (_member("etc/link", tarfile.SYMTYPE, text("link target in rootfs-diff.tar")), b""),
        (_member("etc/marked", note=texts["extended attribute in rootfs-diff.tar"].decode("latin-1")), b"more"),
        (_member("backup.tar.gz"), gzip.compress(inner, mtime=0)),
    ]))
    return cells
