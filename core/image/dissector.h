// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/dissection.h"
#include "core/image/fieldexplainer.h"
#include "core/image/image.h"

namespace cryoscope
{

/// Explains the bytes of one framed image: magics, records with frame, message and payload, and what follows
/// the last record if reading stopped early. Records are read one at a time, so that an image of any size can
/// be shown.
class Dissector final : public Dissection
{
public:
    /// `explainer` may be null. Both must outlive the dissector.
    explicit Dissector(const Image &image, const FieldExplainer *explainer = nullptr)
        : m_image(image), m_explainer(explainer)
    {
    }

    [[nodiscard]] uint64_t size() const override { return m_image.source()->size(); }
    [[nodiscard]] Result<void> walk(ByteRange window, const Visitor &visitor) const override;

    // For those who show an image record by record.

    /// The magics.
    [[nodiscard]] std::vector<DissectionNode> head() const;
    /// Record number `index` (below Image::records().size()) with all that is in it. Errors as walk().
    [[nodiscard]] Result<DissectionNode> record(size_t index) const;
    /// What follows the last record, if reading stopped early; an empty range if not.
    [[nodiscard]] DissectionNode rest() const;

private:
    void magics(NodeSink &sink) const;
    [[nodiscard]] Result<void> walkRecord(NodeSink &sink, size_t index) const;
    [[nodiscard]] Result<void> payload(NodeSink &sink, size_t index) const;
    [[nodiscard]] uint64_t recordsBegin() const;

    const Image &m_image;
    const FieldExplainer *m_explainer;
};

} // namespace cryoscope
