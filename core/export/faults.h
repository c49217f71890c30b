// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/export/proof.h"

#include <string>
#include <utility>
#include <vector>

namespace cryoscope
{

/// "1 byte", "3 bytes".
[[nodiscard]] inline std::string count(uint64_t number, const std::string &what)
{
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

/// Collects what went wrong with one item of a proof: the first few in words, the rest as a number.
class Faults
{
public:
    void add(std::string text)
    {
        if (m_texts.size() < 5)
            m_texts.push_back(std::move(text));
        ++m_count;
    }
    [[nodiscard]] bool none() const { return m_count == 0; }
    [[nodiscard]] ProofItem item(std::string id, std::string title, std::string passed) const
    {
        using State = ProofItem::State;
        if (none())
            return {std::move(id), std::move(title), State::Passed, std::move(passed)};
        std::string detail;
        for (const std::string &text : m_texts)
            detail += (detail.empty() ? "" : "; ") + text;
        if (m_count > m_texts.size())
            detail += "; and " + std::to_string(m_count - m_texts.size()) + " more";
        return {std::move(id), std::move(title), State::Failed, std::move(detail)};
    }

private:
    std::vector<std::string> m_texts;
    uint64_t m_count = 0;
};

} // namespace cryoscope
