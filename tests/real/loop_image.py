#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint in a container image: Podman checkpoints a container to an image and saves it as an OCI archive and as
a Docker archive. Each is scanned, redacted and verified, its digests are checked by other means, and Podman loads the
export; what it restores from the OCI form sees the replacements. Usage: loop_image.py"""

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile

import criutree
import podmancontainer
import realcli

FORMS = {"oci-archive": "OCI image layout", "docker-archive": "saved image"}


def files_of(path):
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isreg()}


def digest_faults(path):
    """Blobs that are not called by their digest, and descriptors that do not fit."""
    files = files_of(path)
    faults = []

    def named(name, digest, size=None):
        data = files.get(name)
        if data is None or hashlib.sha256(data).hexdigest() != digest:
            faults.append(f"{name} is not there, or has another digest")
        elif size is not None and size != len(data):
            faults.append(f"{name} has {len(data)} bytes, not {size}")
        return data or b"{}"

    def described(entry):
        digest = entry["digest"].removeprefix("sha256:")
        return named("blobs/sha256/" + digest, digest, entry["size"])

    def plain(layer):
        return gzip.decompress(layer) if layer[:2] == b"\x1f\x8b" else layer

    if "index.json" in files:
        images = []
        for entry in json.loads(files["index.json"])["manifests"]:
            manifest = json.loads(described(entry))
            images.append((described(manifest["config"]), [described(layer) for layer in manifest["layers"]]))
    else:
        images = [(named(image["Config"], image["Config"].split(".")[0]),
                   [named(layer, layer.split(".")[0]) for layer in image["Layers"]])
                  for image in json.loads(files["manifest.json"])]
    for config, layers in images:
        ids = json.loads(config).get("rootfs", {}).get("diff_ids", [])
        if ids != ["sha256:" + hashlib.sha256(plain(layer)).hexdigest() for layer in layers]:
            faults.append("the configuration names other layers")
    return faults


def unpacked(path, folder):
    """Everything in the layers and the texts as files, for a search by other means."""
    os.mkdir(folder)
    for number, (name, data) in enumerate(sorted(files_of(path).items())):
        target = os.path.join(folder, str(number))
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        if data[257:262] == b"ustar":
            os.mkdir(target)
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                tar.extractall(target)
        else:
            with open(target, "wb") as file:
                file.write(data)
    return folder


def main():
    checks = criutree.Checks()
    realcli.require_cli()
    podmancontainer.require_podman()
    values = podmancontainer.planted_values()
    planted = {place: value.encode() for place, value in values.items()}
    with tempfile.TemporaryDirectory(prefix="cryoscope-image-") as folder, \
            podmancontainer.Container(folder, "none") as container:
        container.build(podmancontainer.image_files(planted))
        image = container.image.replace(":test", ":checkpoint")
        saved = {form: os.path.join(folder, form + ".tar") for form in FORMS}
        try:
            name = container.start({place: values[place] for place in ("API_TOKEN", "DB_PASSWORD", "MOTTO")})
            container.podman("container", "checkpoint", "--create-image", image, name, check=True)
            container.podman("rm", "-f", "-t", "0", name)
            for form, path in saved.items():
                container.podman("save", "-q", "--format", form, "-o", path, image, check=True)
            container.podman("rmi", "-f", image, check=True)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            criutree.skip(f"Podman cannot checkpoint to an image here: {error}")
        for form, path in saved.items():
            checks.expect(not digest_faults(path), f"{form}: the check of this test finds Podman's digests right", digest_faults(path))
            info = json.loads(realcli.cli("info", "--json", path).stdout or "{}")
            checks.expect(info.get("layout") == FORMS[form], f"{form}: the layout is told", info.get("layout"))
            checks.expect(info.get("container", {}).get("name") == name, f"{form}: the container is told", info.get("container"))
            hashed = criutree.tree_hash(path)
            out = os.path.join(folder, form + ".redacted.tar")
            told = os.path.join(folder, "values")
            realcli.write_value_file(told, [planted["memory"], planted["note"], planted["MOTTO"]])
            case = os.path.join(folder, form + ".case")
            done = realcli.cli("redact", path, "-o", out, "--case", case, "--accept", "high,medium", "--value-file", told)
            if not checks.expect(done.returncode == 0, f"{form}: redact ends with 0", f"{done.returncode}\n{done.stdout[-2000:]}{done.stderr[-3000:]}"):
                continue
            realcli.silent(checks, f"{form}: output of redact", planted, done.stdout, done.stderr)
            for more in (["--case", case], []):
                verified = realcli.cli("verify", out, "--against", path, *more)
                checks.expect(verified.returncode == 0, f"{form}: verify {' '.join(more[:1])} ends with 0",
                              f"{verified.returncode}\n{verified.stdout[-2000:]}{verified.stderr[-2000:]}")
            checks.expect(not digest_faults(out), f"{form}: the export's digests are right", digest_faults(out))
            left = criutree.leftovers(unpacked(out, out + ".unpacked"), planted)
            checks.expect(not left, f"{form}: no value is left in it", left[:10])
            checks.expect(criutree.tree_hash(path) == hashed, f"{form}: the evidence is the same to the byte")
            loaded = container.podman("load", "-q", "-i", out)
            if not checks.expect(loaded.returncode == 0, f"{form}: Podman loads the export", loaded.stderr[-1000:]):
                continue
            if form == "oci-archive":  # the other form has no annotations, by which Podman knows a checkpoint
                restored(checks, container, loaded.stdout.strip().split(": ")[-1].split("\n")[-1], values)
            container.podman("rmi", "-f", image)
    checks.finish()


def restored(checks, container, image, values):
    name = f"cryoscope-{container.tag}-image"
    container.names.append(name)
    done = container.podman("container", "restore", "-n", name, image)
    if not checks.expect(done.returncode == 0, "Podman restores from the loaded image", done.stderr[-1000:]):
        return
    after = container.ask(name)
    kept = [place for place, value in after.items() if value == values[place.split(": ")[-1]]]
    checks.expect(after and not kept, "the restored container runs on and sees replacements", kept)


main()
