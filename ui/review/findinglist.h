// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/review/findingtable.h"

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cryoscope::ui
{

/// The position of each finding of a case. Immutable.
class FindingIndex
{
public:
    explicit FindingIndex(std::span<const CasePlace> places);
    /// None if there is no such finding.
    [[nodiscard]] std::optional<size_t> position(FindingId id) const
    {
        if (m_dense.empty())
            return sought(id);
        const auto at = static_cast<uint64_t>(id); // one below 0 is far beyond the end
        return at < m_dense.size() && m_dense[at] > 0 ? std::optional<size_t>(m_dense[at] - 1) : std::nullopt;
    }

private:
    [[nodiscard]] std::optional<size_t> sought(FindingId id) const;

    std::vector<uint32_t> m_dense; ///< by id, 0 for none, else the position and 1; empty if ids lie far apart
    std::vector<std::pair<FindingId, uint32_t>> m_sorted; ///< then these
};

/// Findings that stand one after the other.
struct PositionRange {
    size_t first = 0;
    size_t end = 0; ///< after the last one

    [[nodiscard]] size_t size() const { return end - first; }
};

/// Findings one after the other that were judged alike.
struct JudgedRange {
    PositionRange positions;
    Decision decision = Decision::Undecided;
    Reason reason = Reason::None;
};

/// What undo or redo has changed, by position: of a million findings these are few. Those that `index` does
/// not know are left out.
[[nodiscard]] std::vector<JudgedRange> judgedRanges(std::span<const ChangedFinding> changed,
                                                    const FindingIndex &index);

/// What was read of a case at one time: some more of its findings.
struct FindingPart {
    FindingTable table; ///< with these findings and all before them
    std::vector<Decision> decisions;
    std::vector<Reason> reasons;
    std::unordered_map<size_t, std::string> comments; ///< by position
};

/// The findings of a case as the window knows them, in the case's order: what was read of them, and what was
/// judged since. Each is put together when it is asked for, so that a million take little memory. Owned by
/// one thread.
class FindingList
{
public:
    /// Goes through findings, each made anew.
    class Iterator
    {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = CaseFinding;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = CaseFinding;

        Iterator(const FindingList *list, size_t position) : m_list(list), m_position(position) {}
        CaseFinding operator*() const { return (*m_list)[m_position]; }
        Iterator &operator++()
        {
            ++m_position;
            return *this;
        }
        bool operator==(const Iterator &other) const = default;

    private:
        const FindingList *m_list;
        size_t m_position;
    };

    FindingList() = default;
    /// No findings yet; `total` will be added.
    FindingList(std::shared_ptr<const FindingIndex> index, size_t total);

    [[nodiscard]] size_t size() const { return m_decisions.size(); }
    [[nodiscard]] bool empty() const { return m_decisions.empty(); }
    /// How many there will be once all are read.
    [[nodiscard]] size_t total() const { return m_total; }
    /// Without fingerprint, reviewer and time, which the case knows.
    [[nodiscard]] CaseFinding operator[](size_t position) const;
    [[nodiscard]] CaseFinding front() const { return (*this)[0]; }
    [[nodiscard]] Iterator begin() const { return {this, 0}; }
    [[nodiscard]] Iterator end() const { return {this, size()}; }

    /// None if it is not there (yet).
    [[nodiscard]] std::optional<size_t> position(FindingId id) const
    {
        const auto found = m_index ? m_index->position(id) : std::nullopt;
        return found && *found < size() ? found : std::nullopt;
    }
    /// Of the findings as they were read: moved borders are not in it.
    [[nodiscard]] const FindingTable &table() const { return m_table; }
    /// Of all findings, also of those that are not there yet; null in an empty list.
    [[nodiscard]] const std::shared_ptr<const FindingIndex> &index() const { return m_index; }
    /// By position.
    [[nodiscard]] const std::vector<Decision> &decisions() const { return m_decisions; }
    [[nodiscard]] Origin originAt(size_t position) const { return m_table[position].origin; }
    /// Those that are others now than the table says, in more than what was judged.
    [[nodiscard]] const std::unordered_map<size_t, Finding> &moved() const { return m_moved; }
    /// How many are not undecided.
    [[nodiscard]] size_t decided() const { return m_decided; }

    void add(FindingPart &&part);
    /// False if it was so before.
    bool judge(size_t position, Decision decision, Reason reason);
    /// Those of them that are there; how many were not so before.
    size_t judge(PositionRange range, Decision decision, Reason reason);
    /// Takes all that a reviewer can change of a finding. True if it stands elsewhere now.
    bool take(size_t position, const CaseFinding &now);

private:
    std::shared_ptr<const FindingIndex> m_index;
    size_t m_total = 0;
    FindingTable m_table;
    std::vector<Decision> m_decisions;
    std::vector<Reason> m_reasons;
    std::unordered_map<size_t, std::string> m_comments;
    std::unordered_map<size_t, Finding> m_moved;
    std::unordered_map<size_t, uint64_t> m_copies; ///< of those
    size_t m_decided = 0;
};

} // namespace cryoscope::ui
