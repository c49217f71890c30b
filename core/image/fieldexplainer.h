// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/dissection.h"
#include "core/image/message.h"

#include <span>

namespace cryoscope
{

/// A value of a message, as a FieldExplainer is asked about it.
struct FieldContext {
    size_t record = 0; ///< number of the record in its image
    /// The messages around the value, outermost first; the last one holds `field`. Never empty.
    std::span<const Message *const> messages;
    const WireField *field = nullptr; ///< never null; its type is known
    size_t ordinal = 0;               ///< counts the elements of a repeated field from 0
    uint64_t value = 0;               ///< of a number, as Message::number gives it; 0 of texts and messages

    [[nodiscard]] const Message &message() const { return *messages.back(); }
    [[nodiscard]] std::string_view messageName() const { return message().type().name; }
    [[nodiscard]] std::string_view fieldName() const { return field->type->name; }
};

/// Knows more about values than the image alone says: what an id names, what an address holds. Implemented
/// where there is such knowledge, called while an image is dissected. Const and thread-safe.
class FieldExplainer
{
public:
    virtual ~FieldExplainer() = default;

    /// May set node.link and add to node.meaning.
    virtual void explain(const FieldContext &context, DissectionNode &node) const = 0;

protected:
    FieldExplainer() = default;
    FieldExplainer(const FieldExplainer &) = default;
    FieldExplainer &operator=(const FieldExplainer &) = default;
};

} // namespace cryoscope
