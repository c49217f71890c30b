// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/image.h"
#include "core/redact/redactionsink.h"

namespace cryoscope
{

/// Redacts the fields and payloads of images by the table of sensitive fields. Every change keeps its length:
/// numbers are written with as many bytes as before (a varint may be longer than it needs to be), so that an
/// image's framing and all that refers to it stay. Owned by one thread.
class FieldRedactor
{
public:
    /// Both must outlive it.
    FieldRedactor(const Sensitivity &table, RedactionSink &sink) : m_table(table), m_sink(sink) {}

    /// All records of the image that `member` holds, unknown fields and what follows the last record
    /// included. Errors of reading; a message that cannot be parsed is emptied and noted.
    Result<void> redact(MemberId member, const Image &image);

private:
    void message(const Message &message);
    void field(const Message &message, const WireField &field);
    /// Empties all numbers and texts of a message, whatever the table says of them.
    void emptyMessage(DataClass dataClass, const Message &message);
    void empty(DataClass dataClass, const Message &message, const WireField &field);
    void addresses(const Message &message, const FieldType &type, DataClass dataClass);
    void text(DataClass dataClass, const Message &message, const WireField &field, std::string_view made);
    void number(DataClass dataClass, const WireField &field, std::string_view before, uint64_t value);
    Result<void> payload(const Image &image, const Record &record);

    const Sensitivity &m_table;
    RedactionSink &m_sink;
    MemberId m_member = noMember;
    ByteOrder m_order = ByteOrder::Little;
};

/// `value` as a varint of exactly `length` bytes (padded with bytes that add nothing); empty if it does not
/// fit.
[[nodiscard]] std::string paddedVarint(uint64_t value, size_t length);

/// Mount options ("rw,lowerdir=/a:/b,mode=755"): names and numbers that every system has stay, other values
/// become pseudonyms.
[[nodiscard]] std::string pseudonymousOptions(const Pseudonyms &pseudonyms, std::string_view options);

} // namespace cryoscope
