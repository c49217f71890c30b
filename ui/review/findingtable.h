// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/review/case.h"
#include "ui/review/growinglist.h"

#include <QString>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cryoscope::ui
{

/// What a list of findings shows, sorts and filters by: one small row for each finding, each text once. What
/// is judged is not in it, so it never changes, and jobs read it. Cheap to copy: copies share the rows, and
/// each goes on having as many as it had, also while a FindingTableWriter adds more.
class FindingTable
{
public:
    struct Row {
        uint64_t address = 0;
        Extent first; ///< the first part; nothing if there is none
        uint64_t copies = 0;
        uint32_t pid = 0;
        uint32_t kind = 0;  ///< number of a text
        uint32_t label = 0; ///< number of a text
        uint32_t rule = 0;  ///< number of a text
        uint32_t why = 0;   ///< number of a text
        uint32_t more = 0;  ///< number of the list of all parts, from 1 on; 0: there is one at most
        Confidence confidence = Confidence::Medium;
        Encoding encoding = Encoding::Raw;
        Origin origin = Origin::Scan;
        bool stale = false;
    };

    FindingTable() = default;
    /// Row i is about finding i.
    explicit FindingTable(std::span<const CaseFinding> findings);

    [[nodiscard]] size_t size() const { return m_size; }
    [[nodiscard]] const Row &operator[](size_t position) const { return m_rows[position]; }
    [[nodiscard]] FindingId idAt(size_t position) const { return m_ids[position]; }
    /// All that is said of a finding but what a reviewer says.
    [[nodiscard]] Finding findingAt(size_t position) const;
    /// Each text differs from the others.
    [[nodiscard]] size_t textCount() const { return m_textCount; }
    [[nodiscard]] const QString &text(uint32_t number) const;
    /// Calls `visit` for each part of a finding.
    template <class Visit> void parts(size_t position, const Visit &visit) const
    {
        for (const Extent &part : partsAt(position))
            visit(part);
    }
    /// Whether both are about the same findings, of which one may have more.
    [[nodiscard]] bool isOfSame(const FindingTable &other) const { return m_all == other.m_all; }

private:
    friend class FindingTableWriter;
    struct Text {
        std::string bytes;
        QString shown;
    };
    struct All {
        std::vector<FindingId> ids; ///< of all that will be there
        std::vector<Row> rows;      ///< never grows over what was reserved
        GrowingList<Text> texts;
        GrowingList<std::vector<Extent>> parts;
    };

    [[nodiscard]] std::span<const Extent> partsAt(size_t position) const;

    std::shared_ptr<const All> m_all;
    const Row *m_rows = nullptr;
    const FindingId *m_ids = nullptr;
    size_t m_size = 0;
    size_t m_textCount = 0;
};

/// Fills a table, a part at a time. Owned by one thread.
class FindingTableWriter
{
public:
    /// There will be a row for each of `places`.
    explicit FindingTableWriter(std::span<const CasePlace> places);
    /// Makes room up to `end` rows; each new one must be written before the next table().
    void grow(size_t end);
    void write(size_t position, const CaseRow &row, uint64_t copies);
    /// What is there now.
    [[nodiscard]] FindingTable table() const;

private:
    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    uint32_t numberOf(std::string_view text);

    std::shared_ptr<FindingTable::All> m_all;
    std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> m_numbers;
};

} // namespace cryoscope::ui
