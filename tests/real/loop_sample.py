#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The bundled sample against its own list of planted secrets: the scan finds each without being told, and what high and
medium findings lead to leaves none of them in the export. Needs neither CRIU nor root."""

import os
import tempfile

import criutree
import realcli

SAMPLE = os.path.join(criutree.HERE, "..", "..", "resources", "sample")


def main():
    checks = criutree.Checks()
    realcli.require_cli()
    values = {}
    with open(os.path.join(SAMPLE, "planted.tsv"), encoding="ascii") as file:
        for line in file.read().splitlines()[1:]:
            kind, value, where = line.split("\t")
            values[f"{kind}, {where}"] = criutree.unescape(value)
    evidence = os.path.realpath(os.path.join(SAMPLE, "sample.tar.zst"))
    # A key within JSON has \n for its line ends: searched as it stands there too.
    searched = dict(values)
    for place, value in values.items():
        if b"\n" in value:
            searched[place + " (in JSON)"] = value.replace(b"\n", b"\\n")
    missing = {place for place, value in values.items()
               if not any(found.removesuffix(" (in JSON)") == place
                          for found, _, _ in criutree.leftovers(evidence, {k: v for k, v in searched.items()
                                                                           if k.removesuffix(" (in JSON)") == place}))}
    checks.expect(len(values) > 20 and not missing, f"each of {len(values)} planted secrets is in the sample", missing)
    with tempfile.TemporaryDirectory(prefix="cryoscope-sample-") as folder:
        realcli.scan(checks, evidence, values, list(values))
        realcli.redact(checks, evidence, os.path.join(folder, "redacted.tar.zst"), os.path.join(folder, "review.case"),
                       searched, [])
    checks.finish()


main()
