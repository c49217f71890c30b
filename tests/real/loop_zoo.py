#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The loop over all kinds of kernel objects, a theme of the zoo at a time: a fresh dump with a value in every place that
can hold text is opened without problems and explained, exported without changes (the same bytes) and restored, then
redacted in every place, verified, and restored again, and the program is asked what it sees. Usage: loop_zoo.py THEME"""

import json
import os
import sys

import criutree
import realcli
import zootree


def content(root):
    return {os.path.relpath(path, root): hashed[0] for path, hashed in criutree.tree_hash(root).items() if hashed[0]}


def opened(checks, zoo, images):
    """The program reads it all."""
    done = realcli.cli("info", images, "--json")
    if not checks.expect(done.returncode == 0, "info", done.stderr[-500:]):
        return
    info = json.loads(done.stdout)
    problems = [problem for problem in info["problems"] if problem["severity"] != "note"]
    checks.expect(not problems, "info tells of no problems", problems[:5])
    missing = [name for name in zoo.theme.types if name not in info["images"]]
    checks.expect(not missing, f"the image types of the theme are in it and recognised: {len(info['images'])}", missing)
    for view in ("ps", "fds", "mems", "rss"):
        done = realcli.cli(view, images)
        checks.expect(done.returncode == 0 and done.stdout, view, done.stderr[-300:])
        nameless = [line for line in done.stdout.splitlines() if "unknown" in line and view == "fds"]
        checks.expect(not nameless, f"{view} resolves every id", nameless[:5])


def unchanged(checks, zoo, images):
    out = os.path.join(zoo.folder, "unchanged")
    done = realcli.cli("redact", images, "-o", out)
    if checks.expect(done.returncode == 0, "an export without changes", f"{done.stdout[-500:]}{done.stderr[-1000:]}"):
        checks.expect(content(images) == content(out), "it has the same bytes")
        answers(checks, zoo, out, zoo.values, "restored from it")


# Stored as numbers in an image, which become zero.
NUMBERS = {"value of a timer", "epoll cookie"}


def redacted(checks, zoo, images):
    out = os.path.join(zoo.folder, "redacted")
    if not realcli.redact(checks, images, out, os.path.join(zoo.folder, "review.case"), zoo.values, list(zoo.values.values())):
        return
    zoo.rename_files(zootree.shape)
    wanted = {place: zootree.shape(value) if zoo.theme.places[place][1] else value for place, value in zoo.values.items()}
    wanted |= {place: bytes(len(value)) for place, value in zoo.values.items() if place in NUMBERS}
    answers(checks, zoo, out, wanted, "restored from the redacted export")


def answers(checks, zoo, images, wanted, what):
    try:
        zoo.restore(images)
        seen = zoo.ask()
    except (zootree.Refused, RuntimeError) as error:
        checks.expect(False, what, error)
        return
    zoo.kill()
    wrong = {place: seen.get(place) for place, value in wanted.items()
             if place not in zoo.theme.hidden and seen.get(place) != value}
    checks.expect(not wrong, f"{what}: the program sees what it should in {len(wanted)} places", wrong)
    state = {place: value for place, value in seen.items() if place.startswith("=")}
    if zoo.state is None:
        zoo.state = state
    checks.expect(state == zoo.state, f"{what}: everything else is as it was", (state, zoo.state))


def main(theme):
    checks = criutree.Checks()
    realcli.require_cli()
    criutree.require_criu()
    with zootree.Zoo(theme) as zoo:
        missing = zoo.missing_tools()
        if missing:
            criutree.skip(f"no {missing}")
        images = zoo.dump()
        wrong = zoo.misplaced(images)
        checks.expect(not wrong, "each value stands in the image that is to hold it", wrong)
        answers(checks, zoo, images, zoo.values, "restored from the dump itself")
        opened(checks, zoo, images)
        unchanged(checks, zoo, images)
        redacted(checks, zoo, images)
    checks.finish()


main(sys.argv[1])
