// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/dissection.h"
#include "core/memory/memory.h"

namespace cryoscope
{

/// Explains a pages file by whose memory it holds: ranges of pages with task, address and VMA, single pages
/// in them. What no pagemap names is Unexplained; what no task sees any more (superseded in a later set) says
/// so.
class PagesDissection final : public Dissection
{
public:
    /// `member` must have content and, like `memory`, outlive the dissection.
    PagesDissection(std::shared_ptr<const Memory> memory, const Member &member);

    [[nodiscard]] uint64_t size() const override { return m_size; }
    [[nodiscard]] Result<void> walk(ByteRange window, const Visitor &visitor) const override;

private:
    /// Bytes that mean the same throughout.
    struct Stretch {
        uint64_t end = 0; ///< offset in the file
        const PagesObject *owner = nullptr;
        uint64_t address = 0;
    };
    [[nodiscard]] Stretch stretchAt(uint64_t offset) const;
    void pages(NodeSink &sink, uint64_t begin, const Stretch &stretch) const;
    [[nodiscard]] const Vma *vmaAt(const PagesObject &owner, uint64_t address, uint64_t &end) const;

    std::shared_ptr<const Memory> m_memory;
    std::vector<const PagesObject *> m_owners;
    Extent m_whole; ///< canonical
    uint64_t m_size;
};

} // namespace cryoscope
