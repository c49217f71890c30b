// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/base/byterange.h"
#include "core/base/result.h"
#include "core/image/schema.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

enum class WireType : uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

class Message;

/// What becomes of messages within a message: parsed with it, or left to Message::nested(), which serves
/// those that have a hundred thousand of them.
enum class Nested { Parse, Leave };

/// One field as it stands on the wire, in wire order, unknown ones included. Ranges are file offsets (bytes).
struct WireField {
    uint32_t number = 0;
    WireType wire = WireType::Varint;
    const FieldType *type = nullptr; ///< null: not in the schema, or its wire type contradicts the schema
    ByteRange whole;                 ///< tag, length and value
    ByteRange value;                 ///< the value alone (without the length of Bytes)
    uint64_t scalar = 0;             ///< raw varint (before zigzag) or fixed value; 0 for Bytes
    std::shared_ptr<const Message>
        message; ///< of message fields that parse; else null (see Message::problem), and if they were left
};

/// A parsed protobuf message that keeps where each field stands. Nothing is normalised: order, repeats,
/// unknown fields and non-UTF-8 strings stay as they are. Immutable; thread-safe.
class Message
{
public:
    static constexpr unsigned maxDepth = 64; ///< nesting that is followed; deeper is InputMalformed

    /// Parses `bytes` (kept) as `type` (not null; must outlive the message); `offset` and `file` say where
    /// they stand, for ranges and errors. Memory taken is a constant multiple of the bytes. InputMalformed
    /// (with the offset of the bad byte) for truncated varints, lengths beyond the end, group wire types,
    /// field number 0, packed numbers that do not fit their length. The same within a nested message is no
    /// error: its field has no `message`, and problem() says why.
    static Result<Message> parse(const MessageType *type, std::vector<std::byte> bytes, uint64_t offset,
                                 const std::string &file, Nested nested = Nested::Parse);

    /// Parses the message of a field of this message that was left. Errors as parse().
    [[nodiscard]] Result<Message> nested(const WireField &field, const std::string &file) const;

    [[nodiscard]] const MessageType &type() const { return *m_type; }
    /// Where the message's bytes stand in the file.
    [[nodiscard]] ByteRange range() const { return m_range; }
    [[nodiscard]] const std::vector<WireField> &fields() const { return m_fields; }
    /// Why the first nested message (at any depth) that does not parse does not; null if all do.
    [[nodiscard]] const Error *problem() const { return m_problem.get(); }
    /// The whole message; valid while it lives.
    [[nodiscard]] std::span<const std::byte> allBytes() const;
    /// The value bytes of a field of this message; valid while the message lives.
    [[nodiscard]] std::span<const std::byte> bytes(const WireField &field) const;

    // Access by field name. A name that is not in the schema is a programming error (asserted). Of a field
    // that stands several times, the last counts, as protobuf says.
    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
    [[nodiscard]] const WireField *find(std::string_view name) const;
    [[nodiscard]] std::vector<const WireField *> findAll(std::string_view name) const;
    /// Unsigned value, or `fallback` if absent. Enums and bools are their numbers.
    [[nodiscard]] uint64_t number(std::string_view name, uint64_t fallback = 0) const;
    /// Signed value (int32, int64, sint32, sint64), or `fallback` if absent.
    [[nodiscard]] int64_t signedNumber(std::string_view name, int64_t fallback = 0) const;
    [[nodiscard]] bool flag(std::string_view name, bool fallback = false) const
    {
        return number(name, fallback) != 0;
    }
    /// Bytes of a string or bytes field; empty if absent. Valid while the message lives.
    [[nodiscard]] std::string_view text(std::string_view name) const;
    /// Sub-message, or null if absent.
    [[nodiscard]] const Message *message(std::string_view name) const;
    [[nodiscard]] std::vector<const Message *> messages(std::string_view name) const;
    /// A number of a packed field, and where it stands.
    struct Packed {
        uint64_t raw = 0; ///< varint before zigzag, or fixed value
        ByteRange range;  ///< file offsets
    };
    /// The numbers of a packed field of this message, in order; empty of any other field.
    [[nodiscard]] std::vector<Packed> packedNumbers(const WireField &field) const;
    /// All values of a repeated integer field, packed or not, as number() gives them: signed ones in two's
    /// complement.
    [[nodiscard]] std::vector<uint64_t> numbers(std::string_view name) const;

private:
    Message() = default;
    friend class MessageParser;

    const MessageType *m_type = nullptr;
    ByteRange m_range;
    std::shared_ptr<const std::vector<std::byte>> m_storage; ///< shared with sub-messages
    uint64_t m_storageOffset = 0;                            ///< file offset of the first byte of m_storage
    std::vector<WireField> m_fields;
    std::shared_ptr<const Error> m_problem;
};

/// The value of an integer, bool or enum field as its type says (zigzag undone, sign extended, cut to 32 bits
/// where the type has 32). The raw number of a field without type; 0 of text.
[[nodiscard]] int64_t signedValue(const WireField &field);
/// The same for one raw number of a field of `kind`, as numbers() decodes them from packed fields.
[[nodiscard]] int64_t signedValue(Kind kind, uint64_t raw);

/// How a value of `kind` stands on the wire when it is not packed.
[[nodiscard]] WireType wireTypeOf(Kind kind);

} // namespace cryoscope
