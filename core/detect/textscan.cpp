// SPDX-License-Identifier: Apache-2.0
#include "core/detect/textscan.h"

#include <algorithm>
#include <cstdlib>
#include <hs.h>
#include <string>
#include <utility>
#include <vector>

namespace cryoscope
{

namespace
{

constexpr size_t tailSize = 128; // bytes at the end that are scanned again; the widest vectors have 64

struct End {
    size_t at;
    unsigned id;
    auto operator<=>(const End &) const = default;
};

/// What one pass over a text reports.
struct Pass {
    size_t begin;               ///< of the scanned piece in the text
    size_t from;                ///< matches that end up to here are handed on (nullptr: dropped)
    size_t to;                  ///< those that end beyond are dropped
    const TextScanMatch *match; ///< may be null
    std::vector<End> &later;    ///< those that end in between
};

int onMatch(unsigned id, unsigned long long, unsigned long long to, unsigned, void *context)
{
    const auto &pass = *static_cast<const Pass *>(context);
    const size_t end = pass.begin + static_cast<size_t>(to);
    if (end > pass.to)
        return 0;
    if (end > pass.from)
        pass.later.push_back({end, id});
    else if (pass.match != nullptr)
        (*pass.match)(id, end);
    return 0;
}

void scan(const void *database, std::string_view piece, void *scratch, Pass pass)
{
    const hs_error_t result =
        hs_scan(static_cast<const hs_database_t *>(database), piece.data(),
                static_cast<unsigned>(piece.size()), 0, static_cast<hs_scratch_t *>(scratch), onMatch, &pass);
    if (result != HS_SUCCESS)
        std::abort(); // a scratch of another database or in use: going on would find nothing, and say so
}

} // namespace

void scanText(const void *database, std::string_view text, TextScanScratch &scratch, size_t context,
              const TextScanMatch &match)
{
    if (text.empty())
        return;
    const size_t tail = text.size() - std::min(text.size(), tailSize); // where it begins
    std::vector<End> ends;
    scan(database, text, scratch.m_scratch, {0, tail, text.size(), &match, ends});
    const size_t begin = tail - std::min(tail, context);
    std::string again(text.substr(begin));
    again.resize(again.size() + tailSize, '\0');
    scan(database, again, scratch.m_scratch, {begin, tail, text.size(), nullptr, ends});
    std::sort(ends.begin(), ends.end());
    ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
    for (const End &end : ends)
        match(end.id, end.at);
}

Result<TextScanScratch> TextScanScratch::make(const void *database)
{
    TextScanScratch made;
    if (database == nullptr)
        return made;
    const auto *known = static_cast<const hs_database_t *>(database);
    hs_scratch_t *scratch = nullptr;
    if (hs_alloc_scratch(known, &scratch) != HS_SUCCESS)
        return Error{ErrorCode::Internal, "Vectorscan cannot get memory", {}, std::nullopt};
    made.m_scratch = scratch;
    const auto ignore = [](unsigned, unsigned long long, unsigned long long, unsigned, void *) { return 0; };
    const hs_error_t result = hs_scan(known, "x", 1, 0, scratch, ignore, nullptr);
    if (result != HS_SUCCESS)
        return Error{ErrorCode::Internal,
                     "Vectorscan cannot search on this machine (" + std::to_string(result) + ")",
                     {},
                     std::nullopt};
    return made;
}

TextScanScratch::~TextScanScratch()
{
    hs_free_scratch(static_cast<hs_scratch_t *>(m_scratch));
}

TextScanScratch::TextScanScratch(TextScanScratch &&other) noexcept
    : m_scratch(std::exchange(other.m_scratch, nullptr))
{
}

TextScanScratch &TextScanScratch::operator=(TextScanScratch &&other) noexcept
{
    std::swap(m_scratch, other.m_scratch);
    return *this;
}

} // namespace cryoscope
