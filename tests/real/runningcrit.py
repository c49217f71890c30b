# SPDX-License-Identifier: Apache-2.0
"""What crit says: by a process that has loaded it already (critserver.py), where the interpreter beside it is known."""

import json
import os
import subprocess
import tempfile

import criutree


def raw(*command):
    return subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, check=False)


class RunningCrit:
    def __init__(self):
        self.folder = None
        self.server = None

    def __call__(self, *arguments):
        """crit with these arguments; a CompletedProcess with bytes."""
        python = criutree.crit() + "-python"
        if not os.path.exists(python):
            return raw(criutree.crit(), *arguments)
        if self.server is None:
            self.folder = tempfile.TemporaryDirectory(prefix="cryoscope-crit-")
            self.server = subprocess.Popen([python, "-B", os.path.join(criutree.HERE, "critserver.py")], text=True,
                                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        out, err = (os.path.join(self.folder.name, name) for name in ("out", "err"))
        self.server.stdin.write(json.dumps({"argv": [str(part) for part in arguments], "out": out, "err": err}) + "\n")
        self.server.stdin.flush()
        code = int(self.server.stdout.readline())
        with open(out, "rb") as stdout, open(err, "rb") as stderr:
            return subprocess.CompletedProcess(arguments, code, stdout.read(), stderr.read())


ask = RunningCrit()
