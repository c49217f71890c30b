// SPDX-License-Identifier: Apache-2.0
// cryoscope_makecase DIRECTORY [FINDINGS]: writes a checkpoint and a case of it with so many findings.
#include "tests/bench/bigcase.h"

#include <cstdio>
#include <cstdlib>

int main(int argc, char **argv)
{
    cryoscope::test::BigCase size;
    if (argc == 3)
        size.findings = std::strtoull(argv[2], nullptr, 10);
    if (argc < 2 || argc > 3 || size.findings == 0) {
        std::fputs("usage: cryoscope_makecase DIRECTORY [FINDINGS]\n", stderr);
        return 2;
    }
    size.write(argv[1]);
    return 0;
}
