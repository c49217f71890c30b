// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/bytes/bytesource.h"

#include <memory>
#include <vector>

namespace cryoscope
{

/// Parts of other sources, one after the other: a tar with one member replaced by a longer one.
class ConcatSource final : public ByteSource
{
public:
    explicit ConcatSource(std::string name) : m_name(std::move(name)) {}

    /// Adds a part, which must lie within `source` (InputMalformed otherwise). Only before the object is
    /// shared.
    Result<void> add(std::shared_ptr<const ByteSource> source, ByteRange range);

    uint64_t size() const override { return m_size; }
    const std::string &name() const override { return m_name; }
    Result<void> read(uint64_t offset, std::span<std::byte> out) const override;

private:
    struct Part {
        uint64_t start; ///< in this source
        std::shared_ptr<const ByteSource> source;
        ByteRange range;
    };
    std::string m_name;
    uint64_t m_size = 0;
    std::vector<Part> m_parts;
};

} // namespace cryoscope
