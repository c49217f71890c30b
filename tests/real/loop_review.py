#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What reviewers hand to each other, with real Podman: decisions on a checkpoint are taken, as a baseline, for a later checkpoint
of the same container; two reviews of one checkpoint are merged, with a conflict; an export goes with a signed manifest; and of a
value that the shell keeps a part of, that part is gone too."""

import os
import subprocess
import tempfile

import criuimages
import criutree
import podmancontainer
import realcli


def stands_in(path, needles):
    """Those that any file, archive member or stream below a path holds, as they are."""
    return {place for place, value in needles.items() for _, data in criuimages.members(path) if value in data}


def redact(checks, what, evidence, out, case, *options):
    done = realcli.cli("redact", evidence, "-o", out, "--case", case, *options)
    checks.expect(done.returncode == 0, f"{what}: redact", f"{done.returncode} {done.stderr[-1500:]}")
    return done


def later(checks, folder, container, archive, case, planted):
    """The same program, dumped later: what was decided is decided again, on other places."""
    baseline = os.path.join(folder, "decisions.json")
    done = realcli.cli("baseline", case, "-o", baseline)
    checks.expect(done.returncode == 0 and os.path.getsize(baseline) > 100, "baseline", done.stderr[-500:])
    with open(baseline, "rb") as file:
        realcli.silent(checks, "the baseline", planted, file.read())
    name = container.restore(archive, "later")
    container.ask_shell(name)
    second = container.checkpoint(name, "later.tar")
    with open(archive, "rb") as one, open(second, "rb") as two:
        checks.expect(one.read() != two.read(), "the later checkpoint is another one")
    told = {place: planted[place] for place in ("API_TOKEN", "DB_PASSWORD", "shadow")}
    checks.expect(stands_in(second, told) == set(told), "it holds the values too", stands_in(second, told))

    scanned = realcli.cli("scan", second, "--baseline", baseline)
    checks.expect(scanned.returncode == 0 and "decid" in scanned.stderr + scanned.stdout, "scan tells what is decided already", scanned.stderr[-500:])
    out = os.path.join(folder, "later-redacted.tar")
    manifest = os.path.join(folder, "later.json")
    private, public = os.path.join(folder, "key.pem"), os.path.join(folder, "key.pub")
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True, timeout=20)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, timeout=20)
    redact(checks, "later", second, out, os.path.join(folder, "later.case"), "--baseline", baseline, "--manifest", manifest, "--sign", private)
    left = stands_in(out, told) if os.path.exists(out) else told
    checks.expect(not left, "later: by the baseline alone, all that was accepted is gone", left)

    def verify(what, wanted):
        done = realcli.cli("verify", out, "--manifest", manifest, "--signer", public)
        checks.expect(done.returncode == wanted, f"{what}: verify of manifest and signature ends with {wanted}", f"{done.returncode} {done.stdout[-800:]}")
    verify("later", 0)
    with open(manifest, encoding="utf-8") as file:
        text = file.read()
    realcli.silent(checks, "the manifest", planted, text)
    with open(manifest, "w", encoding="utf-8") as file:
        at = text.index('": "', text.index("sha256")) + 4
        file.write(text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1:])
    verify("a changed manifest", realcli.PROOF_FAILED)


def merged(checks, folder, archive, mine, planted):
    """Another reviewer keeps a file that the first one empties; the hash in it both redact."""
    def shadow_in(path):
        return [data for name, data in criuimages.members(path) if name.removesuffix("!").endswith("!etc/shadow")]
    rest = b":20000:0:99999:7:::"
    checks.expect(rest not in shadow_in(os.path.join(folder, "mine.tar"))[0], "mine: /etc/shadow is emptied")
    theirs = os.path.join(folder, "theirs.case")
    redact(checks, "theirs", archive, os.path.join(folder, "theirs.tar"), theirs, "--accept", "high,medium", "--file",
           "**/etc/shadow=keep", "--reviewer", "their reviewer")
    checks.expect(rest in shadow_in(os.path.join(folder, "theirs.tar"))[0], "theirs: what is kept stays")
    done = realcli.cli("merge", mine, theirs, "--reviewer", "my reviewer")
    said = done.stdout + done.stderr
    checks.expect(done.returncode == 1 and "etc/shadow" in said and "their reviewer" in said, "merge names the conflict, and who decided",
                  f"{done.returncode} {said[-800:]}")
    realcli.silent(checks, "what merge prints", planted, said)
    done = realcli.cli("merge", mine, theirs, "--prefer", "theirs", "--reviewer", "my reviewer")
    checks.expect(done.returncode == 0, "merge, theirs preferred", f"{done.returncode} {done.stdout[-500:]}{done.stderr[-500:]}")
    out = os.path.join(folder, "merged.tar")
    redact(checks, "merged", archive, out, mine)
    told = {place: planted[place] for place in ("API_TOKEN", "DB_PASSWORD", "shadow")}
    checks.expect(not stands_in(out, told), "merged: what both accepted is gone", stands_in(out, told))
    checks.expect(rest in shadow_in(out)[0], "merged: the file that theirs keeps is there")
    checks.expect(realcli.history_is_whole(mine), "the case is whole")


def remains(checks, folder, archive, planted):
    """The shell keeps the first part of a value too."""
    part = {"part": planted["memory"][:podmancontainer.PART]}
    told = os.path.join(folder, "told")
    realcli.write_value_file(told, [planted["memory"]])
    copies = sum(data.count(part["part"]) - data.count(planted["memory"]) for _, data in criuimages.members(archive))
    checks.expect(copies > 0, "a part of the value stands alone in the evidence", copies)
    out = os.path.join(folder, "parts.tar")
    redact(checks, "remains", archive, out, os.path.join(folder, "parts.case"), "--value-file", told)
    checks.expect(not stands_in(out, part), "it is gone with the value", stands_in(out, part))


def main():
    checks = criutree.Checks()
    realcli.require_cli()
    podmancontainer.require_podman()
    values = podmancontainer.planted_values()
    planted = {place: value.encode() for place, value in values.items()}
    with tempfile.TemporaryDirectory(prefix="cryoscope-review-") as folder, \
            podmancontainer.Container(folder, "zstd") as container:
        container.build(podmancontainer.image_files(planted))
        try:
            archive = container.checkpoint(container.start({place: values[place] for place in ("API_TOKEN", "DB_PASSWORD", "MOTTO")}))
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            criutree.skip(f"Podman cannot checkpoint here: {error}")
        mine = os.path.join(folder, "mine.case")
        redact(checks, "mine", archive, os.path.join(folder, "mine.tar"), mine, "--accept", "high,medium", "--reviewer", "my reviewer")
        later(checks, folder, container, archive, mine, planted)
        merged(checks, folder, archive, mine, planted)
        remains(checks, folder, archive, planted)
    checks.finish()


main()
