// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bytes/bytesource.h"

#include <cstring>
#include <memory>
#include <string>

namespace cryoscope::test
{

/// A string as a ByteSource, with bytes that cannot be read if a test asks for them.
class StringSource final : public ByteSource
{
public:
    explicit StringSource(std::string content, std::string name = "test.img")
        : m_content(std::move(content)), m_name(std::move(name))
    {
    }

    /// Reads that touch bytes from `offset` on fail like a damaged disk.
    void failFrom(uint64_t offset) { m_failFrom = offset; }

    uint64_t size() const override { return m_content.size(); }
    const std::string &name() const override { return m_name; }
    Result<void> read(uint64_t offset, std::span<std::byte> out) const override
    {
        if (offset > size() || out.size() > size() - offset)
            return outOfRange(offset, out.size());
        if (offset + out.size() > m_failFrom)
            return Error{ErrorCode::InputUnreadable, "Input/output error", m_name, m_failFrom};
        if (out.empty())
            return {};
        std::memcpy(out.data(), m_content.data() + offset, out.size());
        return {};
    }

private:
    std::string m_content;
    std::string m_name;
    uint64_t m_failFrom = UINT64_MAX;
};

[[nodiscard]] inline std::shared_ptr<const ByteSource> sourceOf(std::string content,
                                                                std::string name = "test.img")
{
    return std::make_shared<const StringSource>(std::move(content), std::move(name));
}

} // namespace cryoscope::test
