// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/byteorder.h"
#include "core/image/imagetype.h"
#include "core/image/jsonvalue.h"
#include "core/image/wirewriter.h"

#include <string>
#include <vector>

namespace cryoscope
{

/// A record's message and what follows it, as bytes.
struct EntryBytes {
    std::vector<std::byte> message;
    std::vector<std::byte> payload;

    bool operator==(const EntryBytes &) const = default;
};

/// Turns entries of crit's JSON into records. Schema must outlive it. `name` is that of the JSON, for errors.
class EntryEncoder
{
public:
    EntryEncoder(const Schema &schema, const ImageType &type, ByteOrder order, std::string name)
        : m_schema(schema), m_type(type), m_order(order), m_name(std::move(name))
    {
    }

    /// `entry` as a record whose message is of `type`. Required fields may be missing only if `incomplete`.
    [[nodiscard]] Result<EntryBytes> entry(const JsonValue &entry, const MessageType &type, bool incomplete);

private:
    [[nodiscard]] Result<std::vector<std::byte>> message(const JsonValue &object, const MessageType &type);
    [[nodiscard]] Result<void> repeated(WireWriter &out, const FieldType &type, const JsonValue &value);
    [[nodiscard]] Result<void> element(WireWriter &out, const FieldType &type, const JsonValue &value);
    [[nodiscard]] Result<int64_t> number(const FieldType &type, const JsonValue &value) const;
    [[nodiscard]] Result<uint64_t> word(const FieldType &type, const JsonValue &value) const;

    [[nodiscard]] Result<std::vector<std::byte>> payload(const JsonValue &entry, const Message &message);
    [[nodiscard]] Result<std::vector<std::byte>> base64(const JsonValue &value) const;
    [[nodiscard]] Result<void> data(const JsonValue *extra, uint64_t length,
                                    std::vector<std::byte> &out) const;
    [[nodiscard]] Result<void> semaphores(const JsonValue *extra, uint64_t count,
                                          std::vector<std::byte> &out) const;
    [[nodiscard]] Result<void> messages(const JsonValue *extra, uint64_t count, std::vector<std::byte> &out);
    [[nodiscard]] Error error(const JsonValue &value, std::string what) const
    {
        return {ErrorCode::InputMalformed, std::move(what), m_name, value.begin};
    }

    const Schema &m_schema;
    const ImageType &m_type;
    ByteOrder m_order;
    std::string m_name;
    bool m_incomplete = false;
    const JsonValue *m_entry = nullptr; ///< for errors about what is missing
};

} // namespace cryoscope
