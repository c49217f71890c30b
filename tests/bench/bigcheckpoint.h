// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace cryoscope::test
{

/// How large a checkpoint is to be. Counts are totals, spread evenly over the tasks.
struct BigCheckpoint {
    uint64_t pageBytes = uint64_t{1} << 30; ///< stored in pages files, which are sparse
    uint64_t tasks = 1;
    uint64_t vmas = 100;
    uint64_t entries = 10'000; ///< pagemap entries; each VMA holds some
    uint64_t fds = 16;
    uint64_t files = 16;  ///< files.img entries
    uint64_t parents = 0; ///< sets before the newest, in sibling directories; their pages are written out

    uint64_t lz4 = 0; ///< not 0: each page is a compressed block of so many bytes (which hold nothing)

    /// Writes the image set to directory `path`, which is made; parents go to PATH-parent-N. Streams, so that
    /// memory does not grow with the sizes. Ends the program on an error.
    void write(const std::string &path) const;
};

} // namespace cryoscope::test
