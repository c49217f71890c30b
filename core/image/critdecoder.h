// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/critjson.h"
#include "core/image/jsonwriter.h"
#include "core/image/payload.h"
#include "core/image/sourcewindow.h"

#include <deque>
#include <vector>

namespace cryoscope
{

/// Writes entries of one image as crit's JSON. One object per image; not thread-safe.
class CritDecoder
{
public:
    /// All must outlive the decoder.
    CritDecoder(const ByteSource &source, const Schema &schema, const ImageType &type, ByteOrder order,
                const CritOptions &options, JsonWriter &json)
        : m_source(source), m_schema(schema), m_type(type), m_order(order), m_options(options), m_json(json),
          m_window(source)
    {
    }

    /// The message of a record. Errors as Image::message.
    [[nodiscard]] Result<Message> message(const Record &record);
    /// The object of one record, with its payload as "extra".
    [[nodiscard]] Result<void> entry(const Record &record, const Message &parsed);
    /// The members of the object of `parsed`. `pretty` is apart from the indentation: crit prints some parts
    /// plain.
    void fields(const Message &parsed, bool hex, bool pretty);
    /// A string in base64.
    void base64(std::span<const std::byte> bytes);
    [[nodiscard]] Result<void> base64(const ByteRange &range);
    [[nodiscard]] SourceWindow &window() { return m_window; }

private:
    using Found = std::span<const WireField *const>;

    void messageField(const FieldType &type, Found found, bool hex, bool pretty);
    void mergedField(const FieldType &type, Found found, bool hex, bool pretty);
    void textField(const Message &parsed, const FieldType &type, Found found);
    void numberField(const Message &parsed, const FieldType &type, Found found, bool hex, bool pretty);
    void numberValue(const FieldType &type, uint64_t value, bool hex, bool pretty);
    [[nodiscard]] Result<void> extra(const Record &record, const Message &parsed);
    [[nodiscard]] Result<void> semaphores(std::span<const PayloadPart> parts);
    [[nodiscard]] Result<void> queuedMessages(std::span<const PayloadPart> parts);
    [[nodiscard]] Result<void> carried(const Record &record, const Message &parsed,
                                       std::span<const PayloadPart> parts);

    const ByteSource &m_source;
    const Schema &m_schema;
    const ImageType &m_type;
    ByteOrder m_order;
    const CritOptions &m_options;
    JsonWriter &m_json;
    SourceWindow m_window;
    std::deque<std::vector<const WireField *>>
        m_levels; ///< fields of the messages around, kept for their memory
    size_t m_depth = 0;
    std::vector<PayloadPart> m_parts;
};

} // namespace cryoscope
