// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/message.h"

#include <functional>
#include <string>
#include <vector>

namespace cryoscope::test
{

/// A message taken apart, to be written again with one thing wrong and all lengths around it right.
class WireTree
{
public:
    explicit WireTree(const Message &message);

    /// What is wrong with one field.
    struct Wrong {
        enum class What { Number, Length, Type, Id, Missing, Twice };
        What what = What::Number;
        uint64_t value = 0; ///< the number, length, wire type or field number that stands there instead
    };

    /// Fields in all depths.
    [[nodiscard]] size_t count() const;
    /// "mm_entry.vmas.start" of field number `index`.
    [[nodiscard]] std::string name(size_t index) const;
    /// Whether the value of field number `index` is a plain number.
    [[nodiscard]] bool isNumber(size_t index) const;
    /// The message with field number `index` wrong; Missing and Twice say how.
    [[nodiscard]] std::string encode(size_t index, const Wrong &wrong) const;
    /// As it was.
    [[nodiscard]] std::string encode() const;

private:
    struct Field {
        std::string name;
        uint32_t number = 0;
        WireType wire = WireType::Varint;
        uint64_t scalar = 0;
        std::string bytes; ///< of texts
        std::vector<Field> fields;
        bool nested = false;
    };
    static std::vector<Field> take(const Message &message, const std::string &name);
    static std::string write(const std::vector<Field> &fields, size_t &index, size_t wrongIndex,
                             const Wrong *wrong);
    static std::string writeOne(const Field &field, std::string value, const Wrong *wrong);
    static const Field *at(const std::vector<Field> &fields, size_t &index);

    std::vector<Field> m_fields;
};

} // namespace cryoscope::test
