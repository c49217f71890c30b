// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/detect/finding.h"
#include "core/detect/keys/keyevidence.h"
#include "core/memory/memory.h"

#include <string>
#include <vector>

namespace cryoscope
{

/// Findings that are made after a scan, of places that it has seen.
class KeyFindings
{
public:
    /// What is said of a place: the fields of Finding.
    struct What {
        std::string rule;
        std::string kind;
        Confidence confidence = Confidence::High;
        Encoding encoding = Encoding::Raw;
        std::string why;
        std::string label;
    };

    explicit KeyFindings(const Memory &memory) : m_memory(memory) {}

    void add(const KeyPlace &place, const What &what);
    /// Of a task's virtual addresses.
    void add(uint32_t pid, uint64_t address, uint64_t length, const What &what);
    /// The bytes at a place; empty if they cannot be read.
    [[nodiscard]] std::string read(const KeyPlace &place) const;
    [[nodiscard]] const Memory &memory() const { return m_memory; }
    [[nodiscard]] std::vector<Finding> take() { return std::move(m_found); }

private:
    const Memory &m_memory;
    std::vector<Finding> m_found;
};

} // namespace cryoscope
