// SPDX-License-Identifier: Apache-2.0
// Writes the images of critcases.h to a directory, for tests/real/makecritcases.sh.
#include "tests/support/critcases.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

int main(int argc, char **argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    const std::filesystem::path directory = argv[1];
    for (const auto &[name, bytes] : cryoscope::test::critCases()) {
        std::ofstream file(directory / (name + ".img"), std::ios::binary);
        file << bytes;
        file.close();
        if (!file)
            return 4;
    }
    return 0;
}
