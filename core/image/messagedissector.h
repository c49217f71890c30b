// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/byteorder.h"
#include "core/image/dissection.h"
#include "core/image/fieldexplainer.h"
#include "core/image/message.h"

#include <vector>

namespace cryoscope
{

/// Makes the nodes of a message: each field with its tag, length and value, nested ones within it.
class MessageDissector
{
public:
    /// `explainer` may be null; sink and explainer must outlive the dissector. `record` is for the explainer.
    MessageDissector(NodeSink &sink, ByteOrder order, const FieldExplainer *explainer, size_t record)
        : m_sink(sink), m_order(order), m_explainer(explainer), m_record(record)
    {
    }

    /// The fields of `message`, which must be the innermost of those that are being dissected.
    void fields(const Message &message, bool hex = false);

private:
    void field(const WireField &field, size_t ordinal, bool hex);
    void value(const WireField &field, bool hex, const DissectionNode &parent);
    void packedValues(const WireField &field, bool hex);
    void textParts(const WireField &field, const DissectionNode &parent);
    void explain(const WireField &field, size_t ordinal, uint64_t number, DissectionNode &node) const;
    [[nodiscard]] std::string valueText(const WireField &field, bool hex) const;
    [[nodiscard]] const Message &message() const { return *m_messages.back(); }

    NodeSink &m_sink;
    ByteOrder m_order;
    const FieldExplainer *m_explainer;
    size_t m_record;
    std::vector<const Message *> m_messages; ///< being dissected, outermost first
};

/// Text as JSON has it, without the quotation marks; at most `limit` bytes of it, then "…".
[[nodiscard]] std::string escapedText(std::span<const std::byte> bytes, size_t limit = size_t{1} << 16);

} // namespace cryoscope
