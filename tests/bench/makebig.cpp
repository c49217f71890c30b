// SPDX-License-Identifier: Apache-2.0
// cryoscope_makebig DIRECTORY [NAME=NUMBER...]: writes a checkpoint of that size (names: see the table
// below).
#include "tests/bench/bigcheckpoint.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string_view>

int main(int argc, char **argv)
{
    cryoscope::test::BigCheckpoint size;
    uint64_t mebibytes = 1024;
    const struct {
        std::string_view name;
        uint64_t &value;
    } table[] = {{"mib", mebibytes},        {"tasks", size.tasks}, {"vmas", size.vmas},
                 {"entries", size.entries}, {"fds", size.fds},     {"files", size.files},
                 {"parents", size.parents}, {"lz4", size.lz4}};
    for (int i = 2; i < argc; ++i) {
        const std::string_view text = argv[i];
        const size_t equals = std::min(text.find('='), text.size());
        bool known = false;
        for (const auto &[name, value] : table) {
            const char *end = text.data() + text.size();
            if (name == text.substr(0, equals) && equals < text.size())
                known = std::from_chars(text.data() + equals + 1, end, value).ptr == end;
        }
        if (!known) {
            std::fprintf(stderr, "cannot read \"%s\"\n", argv[i]);
            return 2;
        }
    }
    if (argc < 2 || size.tasks == 0) {
        std::fputs("usage: cryoscope_makebig DIRECTORY [mib=N] [tasks=N] [vmas=N] [entries=N] [fds=N] "
                   "[files=N] [parents=N] [lz4=BYTES]\n",
                   stderr);
        return 2;
    }
    size.pageBytes = mebibytes << 20;
    size.write(argv[1]);
    return 0;
}
