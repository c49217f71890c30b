// SPDX-License-Identifier: Apache-2.0
#include "core/image/wirewriter.h"

#include <algorithm>
#include <map>

namespace cryoscope
{

namespace
{

bool isOneVarint(std::span<const std::byte> bytes)
{
    constexpr size_t longest = 10;
    if (bytes.empty() || bytes.size() > longest)
        return false;
    for (size_t i = 0; i < bytes.size(); ++i) {
        const bool more = (std::to_integer<unsigned>(bytes[i]) & 0x80) != 0;
        if (more != (i + 1 < bytes.size()))
            return false;
    }
    return true;
}

bool fits(WireType wire, std::span<const std::byte> value)
{
    switch (wire) {
    case WireType::Varint:
        return isOneVarint(value);
    case WireType::Fixed64:
        return value.size() == 8;
    case WireType::Fixed32:
        return value.size() == 4;
    case WireType::Bytes:
        return true;
    }
    return false;
}

/// Makes the edits of one message and those in it.
class Editor
{
public:
    explicit Editor(std::span<const FieldEdit> edits)
    {
        for (const FieldEdit &edit : edits) {
            if (edit.outermost)
                m_appended.push_back(&edit);
            else if (!m_edits.try_emplace(edit.at, &edit).second)
                m_clash = edit.at;
        }
    }

    Result<std::vector<std::byte>> run(const Message &message)
    {
        if (m_clash)
            return problem(ErrorCode::Usage, "two edits concern the same field", *m_clash);
        std::vector<std::byte> out;
        if (auto done = edit(message, out); !done)
            return done.error();
        for (const FieldEdit *each : m_appended)
            out.insert(out.end(), each->value.begin(), each->value.end());
        if (m_made != m_edits.size()) {
            for (const auto &[at, each] : m_edits) {
                if (!m_done.contains(at))
                    return problem(
                        ErrorCode::NotFound,
                        "no field begins there, or another edit removes or replaces what is around it", at);
            }
        }
        return out;
    }

private:
    static Error problem(ErrorCode code, std::string what, uint64_t at)
    {
        return {code, std::move(what), {}, at};
    }

    /// Whether an edit concerns something in `range`.
    [[nodiscard]] bool touches(ByteRange range) const
    {
        const auto first = m_edits.lower_bound(range.offset);
        return first != m_edits.end() && first->first < range.end();
    }

    void did(uint64_t at)
    {
        ++m_made;
        m_done.emplace(at, true);
    }

    Result<void> edit(const Message &message, std::vector<std::byte> &out)
    {
        for (const WireField &field : message.fields()) {
            const auto all = message.allBytes();
            const auto piece = [&](uint64_t from, uint64_t to) {
                return all.subspan(static_cast<size_t>(from - message.range().offset),
                                   static_cast<size_t>(to - from));
            };
            const auto put = [&out](std::span<const std::byte> bytes) {
                out.insert(out.end(), bytes.begin(), bytes.end());
            };
            if (!touches(field.whole)) {
                put(piece(field.whole.offset, field.whole.end()));
                continue;
            }
            const auto found = m_edits.find(field.whole.offset);
            const FieldEdit *own = found != m_edits.end() ? found->second : nullptr;
            if (own != nullptr && own->action == FieldEdit::Action::Remove) {
                did(field.whole.offset);
                continue;
            }
            std::vector<std::byte> value;
            if (own != nullptr && own->action == FieldEdit::Action::Replace) {
                if (!fits(field.wire, own->value))
                    return problem(ErrorCode::Usage, "the new value is not written as the field is",
                                   field.whole.offset);
                value = own->value;
                did(field.whole.offset);
            } else {
                if (!field.message)
                    return problem(own != nullptr ? ErrorCode::Usage : ErrorCode::NotFound,
                                   own != nullptr ? "the field is no message"
                                                  : "no field begins within this one",
                                   field.whole.offset);
                if (auto done = edit(*field.message, value); !done)
                    return done;
                if (own != nullptr) {
                    value.insert(value.end(), own->value.begin(), own->value.end());
                    did(field.whole.offset);
                }
            }
            // The tag as it is, a length that fits, the value.
            uint64_t tagEnd = field.whole.offset;
            while ((std::to_integer<unsigned>(piece(tagEnd, tagEnd + 1)[0]) & 0x80) != 0)
                ++tagEnd;
            put(piece(field.whole.offset, tagEnd + 1));
            if (field.wire == WireType::Bytes)
                WireWriter::appendVarint(out, value.size());
            put(value);
        }
        return {};
    }

    std::map<uint64_t, const FieldEdit *> m_edits;
    std::map<uint64_t, bool> m_done;
    std::vector<const FieldEdit *> m_appended;
    std::optional<uint64_t> m_clash;
    size_t m_made = 0;
};

} // namespace

size_t WireWriter::varintSize(uint64_t value)
{
    size_t size = 1;
    for (; value >= 0x80; value >>= 7)
        ++size;
    return size;
}

void WireWriter::appendVarint(std::vector<std::byte> &out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        out.push_back(static_cast<std::byte>(value | 0x80));
    out.push_back(static_cast<std::byte>(value));
}

uint64_t WireWriter::rawNumber(Kind kind, int64_t value)
{
    const auto raw = static_cast<uint64_t>(value);
    switch (kind) {
    case Kind::Bool:
        return value != 0;
    case Kind::UInt32:
    case Kind::Fixed32:
    case Kind::SFixed32:
    case Kind::Float:
        return static_cast<uint32_t>(raw);
    case Kind::SInt32:
        return static_cast<uint32_t>(raw << 1 ^ static_cast<uint64_t>(value >> 63));
    case Kind::SInt64:
        return raw << 1 ^ static_cast<uint64_t>(value >> 63);
    case Kind::Int32:
    case Kind::Enum: // negative ones take ten bytes
        return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(static_cast<uint32_t>(raw))));
    default:
        return raw;
    }
}

std::vector<std::byte> WireWriter::numberBytes(Kind kind, int64_t value)
{
    std::vector<std::byte> out;
    const uint64_t raw = rawNumber(kind, value);
    switch (wireTypeOf(kind)) {
    case WireType::Varint:
        appendVarint(out, raw);
        break;
    case WireType::Fixed32:
    case WireType::Fixed64:
        for (size_t i = 0; i < (wireTypeOf(kind) == WireType::Fixed32 ? 4 : 8); ++i)
            out.push_back(static_cast<std::byte>(raw >> (8 * i)));
        break;
    case WireType::Bytes:
        break;
    }
    return out;
}

void WireWriter::tag(uint32_t number, WireType wire)
{
    appendVarint(m_content, uint64_t{number} << 3 | static_cast<uint64_t>(wire));
}

void WireWriter::number(const FieldType &type, int64_t value)
{
    tag(type.number, wireTypeOf(type.kind));
    raw(numberBytes(type.kind, value));
}

void WireWriter::packed(const FieldType &type, std::span<const int64_t> values)
{
    std::vector<std::byte> all;
    for (const int64_t value : values) {
        const auto bytes = numberBytes(type.kind, value);
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    bytes(type.number, all);
}

void WireWriter::bytes(uint32_t number, std::span<const std::byte> value)
{
    tag(number, WireType::Bytes);
    appendVarint(m_content, value.size());
    raw(value);
}

void WireWriter::raw(std::span<const std::byte> fields)
{
    m_content.insert(m_content.end(), fields.begin(), fields.end());
}

Result<std::vector<std::byte>> editMessage(const Message &message, std::span<const FieldEdit> edits)
{
    if (edits.empty()) {
        const auto all = message.allBytes();
        return std::vector<std::byte>(all.begin(), all.end());
    }
    return Editor(edits).run(message);
}

} // namespace cryoscope
