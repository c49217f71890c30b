// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/theme/theme.h"

#include <QString>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace cryoscope::ui
{

/// A marked range.
struct HexMark {
    uint64_t start = 0;  ///< address
    uint64_t length = 0; ///< bytes, more than 0
    qint64 id = 0;       ///< of the finding
    uint64_t reach = 0;  ///< where this one and all before it have ended; set by HexMarks::make()

    [[nodiscard]] uint64_t end() const { return start + length; }
};

/// The ranges that a hex view marks, and how. The ranges are shared and never change; what a range looks like
/// is asked when it is drawn, so that a decision costs one repaint, however many marks there are.
class HexMarks
{
public:
    using List = std::shared_ptr<const std::vector<HexMark>>;
    /// None: the range is not marked.
    using StateOf = std::function<std::optional<MarkState>(qint64 id)>;
    /// For the tool tip and for accessibility: "accepted, GitHub token".
    using TextOf = std::function<QString(qint64 id)>;

    /// Sorts the ranges and merges those of one id that touch.
    [[nodiscard]] static List make(std::vector<HexMark> marks);

    HexMarks() = default;
    HexMarks(List list, StateOf stateOf, TextOf textOf);

    [[nodiscard]] size_t size() const { return m_list ? m_list->size() : 0; }
    [[nodiscard]] const HexMark &at(size_t index) const { return (*m_list)[index]; }
    /// Calls `visit(mark, state)` for each mark that overlaps [begin, end), by start.
    template <class Visit> void over(uint64_t begin, uint64_t end, const Visit &visit) const
    {
        for (size_t i = firstReaching(begin); i < size() && at(i).start < end; ++i) {
            if (at(i).end() <= begin)
                continue;
            if (const auto state = m_stateOf(at(i).id))
                visit(at(i), *state);
        }
    }
    [[nodiscard]] std::optional<MarkState> stateOf(qint64 id) const { return m_stateOf(id); }
    [[nodiscard]] QString textOf(qint64 id) const { return m_textOf(id); }

private:
    [[nodiscard]] size_t firstReaching(uint64_t address) const;

    List m_list;
    StateOf m_stateOf;
    TextOf m_textOf;
};

} // namespace cryoscope::ui
