// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cryoscope
{

/// Reads the items of a DER encoding (X.690) one after the other: definite lengths below 16 MB, tags of one
/// byte. Any bytes are fine.
class DerReader
{
public:
    struct Item {
        uint8_t tag = 0;
        size_t begin = 0; ///< offset of the tag, in what the outermost reader was given
        size_t end = 0;   ///< exclusive
        std::string_view content;
        size_t contentAt = 0; ///< offset of the content
    };
    static constexpr uint8_t integerTag = 0x02;
    static constexpr uint8_t bitStringTag = 0x03;
    static constexpr uint8_t octetStringTag = 0x04;
    static constexpr uint8_t oidTag = 0x06;
    static constexpr uint8_t sequenceTag = 0x30;

    DerReader(std::string_view bytes, size_t at) : m_bytes(bytes), m_at(at) {}
    /// Of what an item holds.
    DerReader(const DerReader &outer, const Item &item)
        : m_bytes(outer.m_bytes.substr(0, item.end)), m_at(item.contentAt)
    {
    }

    [[nodiscard]] bool atEnd() const { return m_at >= m_bytes.size(); }
    /// The next item, whatever it is; nothing (and no step) if it is cut short or no DER.
    [[nodiscard]] std::optional<Item> next()
    {
        auto item = peek();
        if (item)
            m_at = item->end;
        return item;
    }
    /// The next item if it has this tag.
    [[nodiscard]] std::optional<Item> next(uint8_t tag)
    {
        auto item = peek();
        if (!item || item->tag != tag)
            return std::nullopt;
        m_at = item->end;
        return item;
    }
    /// The next item if it is an INTEGER that is not negative and of the fewest bytes; without its leading
    /// zero byte.
    [[nodiscard]] std::optional<std::string_view> number()
    {
        const auto item = peek();
        if (!item || item->tag != integerTag || item->content.empty())
            return std::nullopt;
        auto digits = item->content;
        const auto high = [&](size_t i) { return (static_cast<uint8_t>(digits[i]) & 0x80) != 0; };
        if (high(0) || (digits.size() > 1 && digits[0] == '\0' && !high(1)))
            return std::nullopt;
        if (digits[0] == '\0')
            digits.remove_prefix(1);
        m_at = item->end;
        return digits;
    }

private:
    [[nodiscard]] std::optional<Item> peek() const
    {
        if (m_at >= m_bytes.size() || m_bytes.size() - m_at < 2)
            return std::nullopt;
        const auto byte = [&](size_t at) { return static_cast<uint8_t>(m_bytes[at]); };
        size_t at = m_at + 2;
        size_t length = byte(m_at + 1);
        if (length >= 0x80) {
            const size_t count = length - 0x80;
            if (count == 0 || count > 3 || m_bytes.size() - at < count || byte(at) == 0)
                return std::nullopt;
            length = 0;
            for (size_t i = 0; i < count; ++i)
                length = length << 8 | byte(at++);
            if (length < 0x80)
                return std::nullopt; // DER has one form only
        }
        if (m_bytes.size() - at < length || (byte(m_at) & 0x1f) == 0x1f)
            return std::nullopt;
        return Item{byte(m_at), m_at, at + length, m_bytes.substr(at, length), at};
    }

    std::string_view m_bytes;
    size_t m_at;
};

} // namespace cryoscope
