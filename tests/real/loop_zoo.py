#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The loop over many kinds of images: a dump of zoo.c with a value in each of ten kinds of kernel objects (TCP queues,
terminal input, System V memory and messages, fifo, chunked ghost files ...) is redacted by value, verified, searched by
other means and restored by CRIU."""

import os

import criutree
import realcli
import zootree


def main():
    checks = criutree.Checks()
    realcli.require_cli()
    criutree.require_criu()
    values = {place: value.encode() for place, value in zootree.PLANTED.items()}
    with zootree.Zoo() as zoo:
        try:
            images = zoo.dump("images")
            zoo.restore(images)
        except RuntimeError as error:
            criutree.skip(f"the zoo cannot be dumped and restored here: {error}")
        zoo.kill()
        missing = set(values) - {place for place, _, _ in criutree.leftovers(images, values)}
        checks.expect(not missing, "every value is in the evidence", missing)
        out, case = os.path.join(zoo.folder, "redacted"), os.path.join(zoo.folder, "review.case")
        if realcli.redact(checks, images, out, case, values, list(values.values())):
            realcli.same_shape(checks, images, out)
            try:
                pid = zoo.restore(out)
                checks.expect(pid in zoo.processes() and len(zoo.processes()) >= 4, "CRIU restores the export, and it runs")
            except RuntimeError as error:
                checks.expect(False, "CRIU restores the export, and it runs", error)
    checks.finish()


main()
