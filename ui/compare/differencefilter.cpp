// SPDX-License-Identifier: Apache-2.0
#include "ui/compare/differencefilter.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cryoscope::ui
{

namespace
{

char lowered(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

std::string hexText(uint64_t number)
{
    std::array<char, 18> digits{'0', 'x'};
    const auto end = std::to_chars(digits.data() + 2, digits.data() + digits.size(), number, 16).ptr;
    return {digits.data(), end};
}

/// Lists `row` with the parts that `says` of, or all of them if it is `whole`.
template <class Parts, class Says>
void list(DifferenceRows &rows, size_t index, bool whole, const Parts &parts, const Says &says)
{
    DifferenceRow row{index, {}};
    for (size_t i = 0; i < parts.size(); ++i) {
        if (whole || says(parts[i]))
            row.parts.push_back(static_cast<uint32_t>(i));
    }
    if (!whole && row.parts.empty())
        return;
    if (rows.rows.size() < DifferenceRows::maxListed)
        rows.rows.push_back(std::move(row));
    else
        ++rows.unlisted;
}

} // namespace

bool holdsText(std::string_view text, std::string_view wanted)
{
    return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(),
                       [](char a, char b) { return lowered(a) == b; }) != text.end() ||
           wanted.empty();
}

DifferenceRows filterParts(const QStringList &texts, std::string_view wanted)
{
    static const std::vector<int> none;
    DifferenceRows rows;
    for (qsizetype i = 0; i < texts.size(); ++i)
        list(rows, static_cast<size_t>(i), holdsText(texts[i].toStdString(), wanted), none,
             [](int) { return false; });
    return rows;
}

DifferenceRows filterMembers(const CheckpointDifference &difference, std::string_view wanted)
{
    static const std::vector<FieldDifference> none;
    DifferenceRows rows;
    for (size_t i = 0; i < difference.members.size(); ++i) {
        const MemberDifference &member = difference.members[i];
        list(rows, i, holdsText(member.path, wanted) || holdsText(changeName(member.change), wanted),
             member.image ? member.image->fields : none, [wanted](const FieldDifference &field) {
                 return holdsText(field.path, wanted) || holdsText(field.kind, wanted) ||
                        holdsText(changeName(field.change), wanted) || holdsText(field.before, wanted) ||
                        holdsText(field.after, wanted);
             });
    }
    return rows;
}

DifferenceRows filterMemory(const CheckpointDifference &difference, std::string_view wanted,
                            const std::function<std::string(const MemoryDifference &)> &nameOf)
{
    DifferenceRows rows;
    for (size_t i = 0; i < difference.memory.size(); ++i) {
        const MemoryDifference &memory = difference.memory[i];
        list(rows, i, holdsText(nameOf(memory), wanted), memory.ranges,
             [wanted](const PagesDifference &range) {
                 return holdsText(range.area, wanted) || holdsText(changeName(range.change), wanted) ||
                        holdsText(hexText(range.address), wanted);
             });
    }
    return rows;
}

} // namespace cryoscope::ui
