# SPDX-License-Identifier: Apache-2.0
"""Runs crit over and over in copies of one interpreter that has loaded it: starting crit costs more than what it does to a
small image. Run by crit's own interpreter; each line of stdin is a JSON request {"argv": [...], "out": file, "err": file},
answered by a line with the exit status."""

import contextlib
import io
import json
import os
import sys
import traceback

from crit.__main__ import main


def run(argv):
    """The status that a program which ends with sys.exit(main()) has."""
    sys.argv = ["crit", *argv]
    try:
        code = main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = 120
    return code or 0


decoded = False
for line in sys.stdin:
    request = json.loads(line)
    if request["argv"][0] == "decode" and not decoded:
        # What it loads for its first image, the copies need not load again.
        decoded = True
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            run(request["argv"])
    child = os.fork()
    if child == 0:
        for descriptor, path, flags in ((0, os.devnull, os.O_RDONLY),
                                        (1, request["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
                                        (2, request["err"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)):
            os.dup2(os.open(path, flags, 0o600), descriptor)
        os._exit(run(request["argv"]) & 255)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
