// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/bytes/bytesource.h"

#include <memory>
#include <vector>

namespace cryoscope
{

/// Bytes that stand in place of others of the same number: given ones, or a number of zeros (which take no
/// memory, however many pages are emptied).
struct Patch {
    uint64_t offset = 0;          ///< bytes from the start of the patched source
    std::vector<std::byte> bytes; ///< what stands there afterwards; empty if it is `zeros` zeros
    uint64_t zeros = 0;           ///< bytes; 0 unless `bytes` is empty

    [[nodiscard]] uint64_t length() const { return bytes.empty() ? zeros : bytes.size(); }
    [[nodiscard]] uint64_t end() const { return offset + length(); }
    [[nodiscard]] ByteRange range() const { return {offset, length()}; }
    /// The byte at `position`, which must lie in range().
    [[nodiscard]] std::byte at(uint64_t position) const
    {
        return bytes.empty() ? std::byte{0} : bytes[position - offset];
    }
    /// The part of it that lies in `range`, which must overlap range().
    [[nodiscard]] Patch part(ByteRange range) const;
    /// Writes what of it lies in [start, start + out.size()) to `out`.
    void lay(uint64_t start, std::span<std::byte> out) const;
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
