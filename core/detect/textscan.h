// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/result.h"

#include <functional>
#include <string_view>

namespace cryoscope
{

/// A match of expression `id` that ends at `end` (offset in the text, exclusive).
using TextScanMatch = std::function<void(unsigned id, size_t end)>;

/// What one thread needs to scan with one database (hs_scratch_t). Empty until made.
class TextScanScratch
{
public:
    /// For `database` (hs_database_t; null makes an empty one). Internal if there is no memory, or if this
    /// machine cannot scan with it at all: a scan has no way to say so.
    [[nodiscard]] static Result<TextScanScratch> make(const void *database);
    TextScanScratch() = default;
    ~TextScanScratch();
    TextScanScratch(TextScanScratch &&other) noexcept;
    TextScanScratch &operator=(TextScanScratch &&other) noexcept;

private:
    friend void scanText(const void *, std::string_view, TextScanScratch &, size_t, const TextScanMatch &);
    void *m_scratch = nullptr;
};

/// Scans `text` (below 4 GB) with a Vectorscan database (hs_database_t, block mode) and a scratch made for
/// it, of this thread, and reports matches ordered by their ends.
///
/// Vectorscan 5.4.9 (Debian 12) loses matches that end within the last 30 bytes of a text, of some sets of
/// expressions (two words of eight letters are enough). So the end of each text is scanned once more with
/// zeros behind it, beginning `context` bytes before the part in question: as long as the longest literal, or
/// as much as an expression may need to look at. All use of hs_scan goes through here.
void scanText(const void *database, std::string_view text, TextScanScratch &scratch, size_t context,
              const TextScanMatch &match);

} // namespace cryoscope
