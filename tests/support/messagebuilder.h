// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/schema.h"

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope::test
{

/// Writes one protobuf message, by number (anything, also what no schema knows) or by name:
///
///     MessageBuilder("vma_entry").set("start", 0x1000).set("end", 0x3000).fillRequired()
///
/// A name that the schema does not know, or a value of the wrong kind, aborts the test. Fields stand in the
/// order of the calls; a repeated field is set once for each element.
class MessageBuilder
{
public:
    /// Without names.
    MessageBuilder() = default;
    /// With the names of message `typeName` of testSchema().
    explicit MessageBuilder(std::string_view typeName);
    explicit MessageBuilder(const MessageType *type) : m_type(type) {}

    MessageBuilder &varint(uint32_t number, uint64_t value);
    MessageBuilder &fixed32(uint32_t number, uint32_t value);
    MessageBuilder &fixed64(uint32_t number, uint64_t value);
    MessageBuilder &bytes(uint32_t number, std::string_view value);
    MessageBuilder &message(uint32_t number, const MessageBuilder &value)
    {
        return bytes(number, value.encode());
    }
    /// Whatever is to stand there: broken tags, groups, cut-off numbers.
    MessageBuilder &raw(std::string_view wire);

    template <std::integral T> MessageBuilder &set(std::string_view name, T value)
    {
        return setNumber(name, static_cast<uint64_t>(value));
    }
    MessageBuilder &set(std::string_view name, std::string_view value);
    MessageBuilder &set(std::string_view name, const char *value)
    {
        return set(name, std::string_view(value));
    }
    MessageBuilder &set(std::string_view name, const MessageBuilder &value);
    /// Elements of a repeated number in one packed field.
    MessageBuilder &packed(std::string_view name, const std::vector<uint64_t> &values);

    /// Adds each required field that has not been set (0, "", or its message filled alike) and puts the
    /// fields in ascending order, as CRIU writes them.
    MessageBuilder &fillRequired();

    [[nodiscard]] std::string encode() const;
    [[nodiscard]] const MessageType *type() const { return m_type; }

    [[nodiscard]] static std::string encodeVarint(uint64_t value);

private:
    struct Field {
        uint32_t number;
        std::string wire; ///< tag included
    };
    [[nodiscard]] const FieldType &field(std::string_view name) const;
    MessageBuilder &setNumber(std::string_view name, uint64_t value);
    void put(uint32_t number, unsigned wireType, std::string_view value);

    const MessageType *m_type = nullptr;
    std::vector<Field> m_fields;
};

} // namespace cryoscope::test
