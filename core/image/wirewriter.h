// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/message.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// Writes fields of a message one after the other, in the order of the calls, as protobuf has them on the
/// wire. Source: protobuf encoding (varints of 7 bits, tags of number and wire type).
class WireWriter
{
public:
    /// Bytes of the varint of `value`: 1 to 10.
    [[nodiscard]] static size_t varintSize(uint64_t value);
    static void appendVarint(std::vector<std::byte> &out, uint64_t value);

    /// The raw number that stands on the wire for `value` of a field of `kind`: the inverse of signedValue().
    [[nodiscard]] static uint64_t rawNumber(Kind kind, int64_t value);
    /// The bytes of a value alone, without tag and length: `value` as signedValue() gives it, for a field
    /// whose kind is a number.
    [[nodiscard]] static std::vector<std::byte> numberBytes(Kind kind, int64_t value);

    /// A number of the kind that `type` says.
    void number(const FieldType &type, int64_t value);
    /// Elements of a repeated number in one packed field.
    void packed(const FieldType &type, std::span<const int64_t> values);
    /// A text, bytes or a message, with its length.
    void bytes(uint32_t number, std::span<const std::byte> value);
    /// Bytes as they are: whole fields of another message.
    void raw(std::span<const std::byte> fields);

    [[nodiscard]] const std::vector<std::byte> &content() const { return m_content; }
    [[nodiscard]] std::vector<std::byte> take() { return std::move(m_content); }

private:
    void tag(uint32_t number, WireType wire);

    std::vector<std::byte> m_content;
};

/// A change of one field, named by where it stands.
struct FieldEdit {
    enum class Action {
        Replace, ///< `value` becomes the field's value; its tag stays
        Remove,  ///< the whole field goes
        Append   ///< `value`, whole fields, is put at the end of the message that the field is (field: a
                 ///< message field, or Message::range of the outermost with `outermost`)
    };
    Action action = Action::Replace;
    uint64_t at = 0;        ///< WireField::whole.offset of the field, at any depth
    bool outermost = false; ///< Append: to the message itself; `at` does not count
    /// Replace: the value's bytes on the wire, without tag and length (a varint for a number, text or a whole
    /// message for a field with a length); Append: whole fields.
    std::vector<std::byte> value;
};

/// `message` with the edits made. Everything else stays as it is to the byte: unknown fields, order, repeats,
/// and the way numbers are written; only the lengths of the messages around a change are written anew (in as
/// few bytes as they need). No edits give the message's own bytes. Several edits may concern one message, not
/// one field. Errors: NotFound if an edit names no field; Usage if two concern the same field or one lies
/// within a field that another replaces or removes, if the value does not fit the field's wire type, or if
/// Append names a field that is no message.
[[nodiscard]] Result<std::vector<std::byte>> editMessage(const Message &message,
                                                         std::span<const FieldEdit> edits);

} // namespace cryoscope
