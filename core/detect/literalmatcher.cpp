// SPDX-License-Identifier: Apache-2.0
#include "core/detect/literalmatcher.h"

#include <algorithm>
#include <hs.h>
#include <utility>

namespace cryoscope
{

LiteralMatcher::~LiteralMatcher()
{
    hs_free_database(static_cast<hs_database_t *>(m_database));
}

Result<std::shared_ptr<const LiteralMatcher>> LiteralMatcher::compile(std::span<const Literal> literals)
{
    std::shared_ptr<LiteralMatcher> matcher(new LiteralMatcher);
    if (literals.empty())
        return std::shared_ptr<const LiteralMatcher>(std::move(matcher));
    std::vector<const char *> texts;
    std::vector<unsigned> flags;
    std::vector<unsigned> ids;
    for (const Literal &literal : literals) {
        // Vectorscan takes a literal that begins with a zero byte for an empty one (5.4).
        const size_t zeros = std::min(literal.bytes.find_first_not_of('\0'), literal.bytes.size());
        texts.push_back(literal.bytes.data() + zeros);
        flags.push_back(literal.anyCase ? HS_FLAG_CASELESS : 0);
        ids.push_back(static_cast<unsigned>(ids.size()));
        matcher->m_zeros.push_back(zeros);
        matcher->m_lengths.push_back(literal.bytes.size() - zeros);
        matcher->m_longest = std::max(matcher->m_longest, literal.bytes.size());
    }
    hs_database_t *database = nullptr;
    hs_compile_error_t *error = nullptr;
    const hs_error_t result =
        hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), matcher->m_lengths.data(),
                             static_cast<unsigned>(texts.size()), HS_MODE_BLOCK, nullptr, &database, &error);
    if (result != HS_SUCCESS) {
        Error failed{ErrorCode::Internal, "Vectorscan cannot compile the literals", {}, std::nullopt};
        if (error != nullptr && error->expression >= 0) // its text may quote a value: not repeated
            failed.message += " (number " + std::to_string(error->expression) + ")";
        hs_free_compile_error(error);
        return failed;
    }
    matcher->m_database = database;
    return std::shared_ptr<const LiteralMatcher>(std::move(matcher));
}

Result<LiteralMatcher::Scratch> LiteralMatcher::makeScratch() const
{
    return Scratch::make(m_database);
}

void LiteralMatcher::search(std::string_view text, Scratch &scratch, const Match &match) const
{
    if (m_database == nullptr || text.empty())
        return;
    scanText(m_database, text, scratch, m_longest, [&](unsigned id, size_t end) {
        const size_t begin = end - m_lengths[id];
        const size_t zeros = m_zeros[id];
        if (begin < zeros)
            return;
        const auto before = text.substr(begin - zeros, zeros);
        if (std::all_of(before.begin(), before.end(), [](char c) { return c == '\0'; }))
            match(id, begin - zeros);
    });
}

} // namespace cryoscope
