// SPDX-License-Identifier: Apache-2.0
#include "ui/models/findingorder.h"

#include <QHash>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <utility>

namespace cryoscope::ui
{

namespace
{

constexpr uint32_t hidden = std::numeric_limits<uint32_t>::max();
constexpr std::array allDecisions{Decision::Undecided, Decision::Accepted, Decision::Rejected};
constexpr std::array allConfidences{Confidence::High, Confidence::Medium, Confidence::Low};

/// Which of the texts that findings share hold a word: a million findings need no more than these.
class WordMatch
{
public:
    WordMatch(const QString &word, const FindingTable &table, const FindingPlaces &places)
    {
        const auto holds = [&word](const QString &text) { return text.contains(word, Qt::CaseInsensitive); };
        for (uint32_t number = 0; number < table.textCount(); ++number)
            m_texts.push_back(holds(table.text(number)));
        for (const QString &text : places.texts)
            m_places.push_back(holds(text));
        for (const Decision decision : allDecisions)
            m_decisions.push_back(holds(QString::fromStdString(decisionName(decision))));
        for (const Confidence confidence : allConfidences)
            m_confidences.push_back(holds(QString::fromStdString(std::string(confidenceName(confidence)))));
    }
    [[nodiscard]] bool accepts(const FindingTable::Row &row, uint32_t place, Decision decision) const
    {
        return (m_texts[row.kind] | m_texts[row.label] | m_texts[row.rule] | m_places[place] |
                at(m_decisions, size_t(decision)) | at(m_confidences, size_t(row.confidence))) != 0;
    }

private:
    using Flags = std::vector<unsigned char>;
    /// The numbers of decisions and confidences come from a file.
    [[nodiscard]] static unsigned char at(const Flags &flags, size_t number)
    {
        return number < flags.size() ? flags[number] : 0;
    }

    Flags m_texts;
    Flags m_places;
    Flags m_decisions;
    Flags m_confidences;
};

/// Number of each text in the order of all.
std::vector<uint32_t> ranksOf(const FindingTable &table)
{
    std::vector<uint32_t> sorted(table.textCount());
    std::iota(sorted.begin(), sorted.end(), 0);
    std::sort(sorted.begin(), sorted.end(), [&table](uint32_t a, uint32_t b) {
        const int order = table.text(a).compare(table.text(b), Qt::CaseInsensitive);
        return order != 0 ? order < 0 : table.text(a) < table.text(b);
    });
    std::vector<uint32_t> ranks(sorted.size());
    for (size_t i = 0; i < sorted.size(); ++i)
        ranks[sorted[i]] = static_cast<uint32_t>(i);
    return ranks;
}

/// Equal ones stay in the case's order, in either direction.
void sortRows(std::vector<uint32_t> &rows, const FindingTable &table, const std::vector<Decision> &decisions,
              const FindingQuery &query)
{
    using By = FindingQuery::By;
    if (query.by == By::Place) {
        if (query.descending)
            std::reverse(rows.begin(), rows.end());
        return;
    }
    const auto ranks = query.by == By::Kind ? ranksOf(table) : std::vector<uint32_t>();
    const auto keyOf = [&](uint32_t position) -> uint64_t {
        const FindingTable::Row &row = table[position];
        switch (query.by) {
        case By::State:
            return static_cast<uint64_t>(decisions[position]);
        case By::Confidence:
            return static_cast<uint64_t>(row.confidence);
        case By::Kind:
            return uint64_t{ranks[row.kind]} << 32 | ranks[row.label];
        case By::Copies:
            return row.copies;
        case By::Place:
            break;
        }
        return 0;
    };
    std::vector<std::pair<uint64_t, uint32_t>> keys;
    keys.reserve(rows.size());
    for (const uint32_t position : rows)
        keys.emplace_back(query.descending ? ~keyOf(position) : keyOf(position), position);
    std::sort(keys.begin(), keys.end());
    std::transform(keys.begin(), keys.end(), rows.begin(), [](const auto &key) { return key.second; });
}

QString textOf(const Memory &memory, uint32_t pid, uint64_t address, const Extent &first)
{
    if (pid != 0) {
        QString area;
        if (const auto space = memory.addressSpace(pid)) {
            if (const Vma *vma = space->vmaAt(address))
                area = QString::fromStdString(vma->label()).section(QLatin1Char('/'), -1);
        }
        return QStringLiteral("%1 %2").arg(pid).arg(area);
    }
    if (first.length == 0)
        return {};
    const Archive &archive = memory.checkpoint().archive();
    return QString::fromStdString(archive.member(archive.innermost(first).member).path);
}

} // namespace

QString placeText(const Memory &memory, const Finding &finding)
{
    return textOf(memory, finding.pid, finding.address,
                  finding.parts.empty() ? Extent{} : finding.parts.front());
}

FindingPlaces::FindingPlaces(const Memory &memory, const FindingTable &table)
{
    number.reserve(table.size());
    QHash<QString, uint32_t> known;
    const Archive &archive = memory.checkpoint().archive();
    // Findings stand in the order of their places: most are in the same area or member as the one before.
    uint32_t pid = 0;
    ByteRange area;
    MemberId member = noMember;
    for (size_t i = 0; i < table.size(); ++i) {
        const FindingTable::Row &row = table[i];
        const MemberId inner =
            row.pid == 0 && row.first.length > 0 ? archive.innermost(row.first).member : noMember;
        if (row.pid != 0 ? row.pid == pid && area.contains(row.address)
                         : inner != noMember && inner == member) {
            number.push_back(number.back());
            continue;
        }
        pid = row.pid;
        area = {};
        member = inner;
        if (const auto space = memory.addressSpace(pid); pid != 0 && space) {
            if (const Vma *vma = space->vmaAt(row.address))
                area = {vma->start, vma->end - vma->start};
        }
        const QString text = textOf(memory, row.pid, row.address, row.first);
        auto entry = known.constFind(text);
        if (entry == known.constEnd()) {
            entry = known.insert(text, static_cast<uint32_t>(texts.size()));
            texts.push_back(text);
        }
        number.push_back(*entry);
    }
}

std::shared_ptr<const FindingOrder> FindingOrder::make(const Memory &memory, const FindingTable &table,
                                                       const std::vector<Decision> &decisions,
                                                       const FindingQuery &query,
                                                       std::shared_ptr<const FindingPlaces> &places,
                                                       const std::stop_token &stop)
{
    if (!query.words.isEmpty() && (!places || places->number.size() != table.size()))
        places = std::make_shared<FindingPlaces>(memory, table);
    std::vector<WordMatch> matches;
    for (const QString &word : query.words)
        matches.emplace_back(word, table, *places);
    auto made = std::make_shared<FindingOrder>();
    made->m_rows.reserve(table.size());
    constexpr size_t often = 65536; // rows after which it looks whether it is still wanted
    for (size_t i = 0; i < table.size(); ++i) {
        if (i % often == 0 && stop.stop_requested())
            return nullptr;
        if (query.only && decisions[i] != *query.only)
            continue;
        if (std::all_of(matches.begin(), matches.end(), [&](const WordMatch &match) {
                return match.accepts(table[i], places->number[i], decisions[i]);
            }))
            made->m_rows.push_back(static_cast<uint32_t>(i));
    }
    sortRows(made->m_rows, table, decisions, query);
    made->m_rowOf.assign(table.size(), hidden);
    for (size_t row = 0; row < made->m_rows.size(); ++row)
        made->m_rowOf[made->m_rows[row]] = static_cast<uint32_t>(row);
    return made;
}

std::optional<size_t> FindingOrder::rowOf(size_t position) const
{
    if (position >= m_rowOf.size() || m_rowOf[position] == hidden)
        return std::nullopt;
    return m_rowOf[position];
}

} // namespace cryoscope::ui
