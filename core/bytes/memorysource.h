// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/bytesource.h"

#include <memory>

namespace cryoscope
{

/// Bytes held in memory, in chunks; chunks that are all zero take no memory. Holds what a compressed stream
/// decodes to (nothing is unpacked to disk) and the inputs that tests write.
class MemorySource final : public ByteSource
{
public:
    static constexpr size_t chunkSize = size_t{1} << 20; ///< bytes

    explicit MemorySource(std::string name) : m_name(std::move(name)) {}
    MemorySource(std::string name, std::span<const std::byte> content) : m_name(std::move(name))
    {
        append(content);
    }

    /// Adds bytes at the end. Only before the object is shared.
    void append(std::span<const std::byte> data);

    uint64_t size() const override { return m_size; }
    const std::string &name() const override { return m_name; }
    Result<void> read(uint64_t offset, std::span<std::byte> out) const override;
    uint64_t nextData(uint64_t offset) const override;

    /// Bytes of memory that the chunks take.
    [[nodiscard]] uint64_t resident() const { return m_resident; }

private:
    std::string m_name;
    uint64_t m_size = 0;
    uint64_t m_resident = 0;
    std::vector<std::unique_ptr<std::byte[]>> m_chunks; ///< null: all zero
};

} // namespace cryoscope
