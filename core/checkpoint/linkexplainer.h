// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/checkpoint/linkindex.h"
#include "core/image/fieldexplainer.h"

#include <memory>

namespace cryoscope
{

/// Whether the numbers of a field are ids that name something in the same image set.
[[nodiscard]] bool isIdField(std::string_view message, std::string_view field);
/// Whether the numbers of a field are addresses of the task, or registers, which may hold such.
[[nodiscard]] bool isAddressField(const MessageType &message, const FieldType &field);

/// Adds links to the values of one image: ids become links to what they name in the same image set, addresses
/// of a task become links to its memory.
class LinkExplainer final : public FieldExplainer
{
public:
    /// For image `member`. The index must outlive the explainer.
    LinkExplainer(const LinkIndex &index, const Member &member);

    void explain(const FieldContext &context, DissectionNode &node) const override;

    /// What an id names; nothing if it is not there, or the field is no id.
    [[nodiscard]] std::optional<DissectionLink> idLink(const FieldContext &context) const;
    /// The memory of the task whose image it is; nothing if no area holds the address.
    [[nodiscard]] std::optional<DissectionLink> memoryLink(uint64_t address) const;
    /// The task whose image it is; null if it is of none.
    [[nodiscard]] const Task *task() const { return m_task; }

private:
    [[nodiscard]] std::optional<DissectionLink> vmaLink(const FieldContext &context) const;
    [[nodiscard]] std::optional<DissectionLink> remapLink(const FieldContext &context) const;
    [[nodiscard]] std::optional<DissectionLink> namespaceLink(uint64_t flag, uint64_t id) const;
    /// Pages of shared memory.
    [[nodiscard]] std::optional<DissectionLink> sharedLink(uint64_t id) const;
    /// A table of descriptors.
    [[nodiscard]] std::optional<DissectionLink> descriptorsLink(uint64_t id) const;
    [[nodiscard]] std::optional<DissectionLink> mountLink(uint64_t id) const;

    const LinkIndex &m_index;
    std::string m_prefix;         ///< of the image set
    std::string m_fileName;       ///< of the image
    const Task *m_task = nullptr; ///< whose image it is
};

} // namespace cryoscope
