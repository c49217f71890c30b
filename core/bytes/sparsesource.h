// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/bytes/bytesource.h"
#include "core/bytes/overlaysource.h"

#include <memory>
#include <vector>

namespace cryoscope
{

/// A sparse file as its owner saw it: stretches of data that are stored one after the other, with holes
/// between them that are not stored and read as zeros.
class SparseSource final : public ByteSource
{
public:
    /// `data` are the stretches by their place in the file, ascending and free of overlaps, within `size`
    /// bytes; `stored` holds them joined. If `stored` is shorter (it was cut), the file ends where it does.
    /// InputMalformed if the stretches are not so.
    static Result<std::shared_ptr<const SparseSource>> make(std::shared_ptr<const ByteSource> stored,
                                                            std::vector<ByteRange> data, uint64_t size,
                                                            std::string name);

    uint64_t size() const override { return m_size; }
    const std::string &name() const override { return m_name; }
    Result<void> read(uint64_t offset, std::span<std::byte> out) const override;
    uint64_t nextData(uint64_t offset) const override;
    uint64_t nextHole(uint64_t offset) const override;

    /// Bytes of data that are stored.
    [[nodiscard]] uint64_t storedSize() const { return m_stored->size(); }
    /// The stretches of data, ascending; those without a hole between them are joined.
    [[nodiscard]] std::vector<ByteRange> data() const;
    /// Where parts of `range` (which lies within the file) are stored: pairs of the part in the file and its
    /// offset in what is stored, ascending. What lies in holes is left out.
    [[nodiscard]] std::vector<std::pair<ByteRange, uint64_t>> storedParts(ByteRange range) const;
    /// Patches of the file as patches of what is stored; what they have for holes is left out.
    [[nodiscard]] std::vector<Patch> storedPatches(const std::vector<Patch> &patches) const;

private:
    struct Stretch {
        ByteRange range;     ///< in the file
        uint64_t stored = 0; ///< offset in what is stored
    };
    SparseSource(std::shared_ptr<const ByteSource> stored, std::vector<Stretch> stretches, uint64_t size,
                 std::string name);
    /// The first stretch that ends behind `offset`.
    [[nodiscard]] std::vector<Stretch>::const_iterator from(uint64_t offset) const;

    std::shared_ptr<const ByteSource> m_stored;
    std::vector<Stretch> m_stretches; ///< none is empty
    uint64_t m_size;
    std::string m_name;
};

} // namespace cryoscope
