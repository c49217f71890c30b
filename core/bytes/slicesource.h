// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/bytes/bytesource.h"

#include <memory>

namespace cryoscope
{

/// A part of another source: a member of a tar, read in place.
class SliceSource final : public ByteSource
{
public:
    /// `range` must lie within `base` (InputMalformed otherwise).
    static Result<std::shared_ptr<const SliceSource>> make(std::shared_ptr<const ByteSource> base,
                                                           ByteRange range, std::string name);

    uint64_t size() const override { return m_range.length; }
    const std::string &name() const override { return m_name; }
    Result<void> read(uint64_t offset, std::span<std::byte> out) const override;
    uint64_t nextData(uint64_t offset) const override;
    uint64_t nextHole(uint64_t offset) const override;

    [[nodiscard]] const std::shared_ptr<const ByteSource> &base() const { return m_base; }
    [[nodiscard]] ByteRange range() const { return m_range; }

private:
    SliceSource(std::shared_ptr<const ByteSource> base, ByteRange range, std::string name);

    std::shared_ptr<const ByteSource> m_base;
    ByteRange m_range;
    std::string m_name;
};

} // namespace cryoscope
