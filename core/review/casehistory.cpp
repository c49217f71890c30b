// SPDX-License-Identifier: Apache-2.0
#include "core/base/clock.h"
#include "core/review/caseschema.h"
#include "core/review/casestore.h"

namespace cryoscope
{

Result<void> CaseStore::writeHistory(const std::string &action, uint64_t findings, const std::string &detail)
{
    HistoryEntry entry{1, utcNow(), m_reviewer, action, findings, detail, {}};
    std::string before;
    {
        sqlite::Statement last(m_database,
                               "SELECT sequence, link FROM history ORDER BY sequence DESC LIMIT 1");
        const auto row = last.step();
        if (!row)
            return row.error();
        if (*row) {
            entry.sequence = last.number(0) + 1;
            before = last.text(1);
        }
    }
    sqlite::Statement statement(m_database, "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?)");
    return statement.bind(1, entry.sequence)
        .bind(2, std::string_view(entry.time))
        .bind(3, std::string_view(m_reviewer))
        .bind(4, std::string_view(action))
        .bind(5, static_cast<int64_t>(findings))
        .bind(6, std::string_view(detail))
        .bind(7, std::string_view(historyLink(before, entry)))
        .run();
}

Result<std::string> CaseStore::checkHistory() const
{
    const auto entries = history();
    if (!entries)
        return entries.error();
    std::string link;
    int64_t sequence = 0;
    for (const HistoryEntry &entry : *entries) {
        if (entry.sequence != ++sequence || entry.link != historyLink(link, entry))
            return Error{ErrorCode::InputMalformed,
                         "the history was changed by something else than this program: its entry " +
                             std::to_string(sequence) + " does not follow from those before it",
                         m_path,
                         {}};
        link = entry.link;
    }
    return link;
}

Result<std::vector<HistoryEntry>> CaseStore::history() const
{
    std::vector<HistoryEntry> all;
    sqlite::Statement rows(
        m_database,
        "SELECT sequence, time, reviewer, action, findings, detail, link FROM history ORDER BY sequence");
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return row.error();
        if (!*row)
            return all;
        all.push_back({rows.number(0), rows.text(1), rows.text(2), rows.text(3),
                       static_cast<uint64_t>(rows.number(4)), rows.text(5), rows.text(6)});
    }
}

Result<void> CaseStore::addHistory(const std::string &action, uint64_t findings, const std::string &detail)
{
    return writeHistory(action, findings, detail);
}

} // namespace cryoscope
