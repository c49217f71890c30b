// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/bytesource.h"

#include <memory>
#include <vector>

namespace cryoscope
{

/// Bytes that stand in place of others of the same number.
struct Patch {
    uint64_t offset = 0;          ///< bytes from the start of the patched source
    std::vector<std::byte> bytes; ///< what stands there afterwards

    [[nodiscard]] uint64_t end() const { return offset + bytes.size(); }
};

/// A source with same-length patches laid over it: what an export will hold, without writing anything.
class OverlaySource final : public ByteSource
{
public:
    /// `patches` are sorted by offset, do not overlap and lie within `base` (else InputMalformed).
    static Result<std::shared_ptr<const OverlaySource>> make(std::shared_ptr<const ByteSource> base,
                                                             std::vector<Patch> patches);

    uint64_t size() const override { return m_base->size(); }
    const std::string &name() const override { return m_base->name(); }
    Result<void> read(uint64_t offset, std::span<std::byte> out) const override;
    uint64_t nextData(uint64_t offset) const override;

    [[nodiscard]] const std::vector<Patch> &patches() const { return m_patches; }
    [[nodiscard]] const std::shared_ptr<const ByteSource> &base() const { return m_base; }

private:
    OverlaySource(std::shared_ptr<const ByteSource> base, std::vector<Patch> patches);

    std::shared_ptr<const ByteSource> m_base;
    std::vector<Patch> m_patches;
};

} // namespace cryoscope
