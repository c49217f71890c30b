// SPDX-License-Identifier: Apache-2.0
#include "core/review/caserows.h"

#include "core/review/caseparts.h"
#include "core/review/casestore.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace cryoscope
{

namespace
{

/// Of findings whose ids are so close, all between are read with one look into the database.
constexpr uint64_t closeIds = 8;

struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

/// Counts equal texts: each has a number.
class EqualTexts
{
public:
    uint32_t add(std::string_view text)
    {
        auto known = m_numbers.find(text);
        if (known == m_numbers.end()) {
            known = m_numbers.emplace(text, static_cast<uint32_t>(m_counts.size())).first;
            m_counts.push_back(0);
        }
        ++m_counts[known->second];
        return known->second;
    }
    [[nodiscard]] uint64_t count(uint32_t number) const { return m_counts[number]; }

private:
    std::unordered_map<std::string, uint32_t, TextHash, std::equal_to<>> m_numbers;
    std::vector<uint64_t> m_counts;
};

struct StandsBefore {
    bool operator()(const CasePlace &a, const CasePlace &b) const
    {
        if (a.pid != b.pid)
            return a.pid - 1 < b.pid - 1; // 0, no task, comes last
        if (a.address != b.address)
            return a.address < b.address;
        return std::tie(a.first, a.id) < std::tie(b.first, b.id);
    }
};

/// Scans find in order, one task after the other: what is in order already is merged, not sorted.
void sortPlaces(CasePlaces &places)
{
    constexpr size_t fewRuns = 256;
    std::vector<size_t> starts{0}; // of runs, and the end of the last one
    for (size_t i = 1; i < places.size() && starts.size() <= fewRuns; ++i) {
        if (StandsBefore()(places[i], places[i - 1]))
            starts.push_back(i);
    }
    if (starts.size() > fewRuns) {
        std::sort(places.begin(), places.end(), StandsBefore());
        return;
    }
    starts.push_back(places.size());
    const auto at = [&](size_t run) { return places.begin() + static_cast<std::ptrdiff_t>(starts[run]); };
    while (starts.size() > 2) {
        std::vector<size_t> merged;
        for (size_t run = 0; run + 1 < starts.size(); run += 2) {
            merged.push_back(starts[run]);
            if (run + 2 < starts.size())
                std::inplace_merge(at(run), at(run + 1), at(run + 2), StandsBefore());
        }
        merged.push_back(places.size());
        starts = std::move(merged);
    }
}

/// `row` has the columns that CaseStore::read() asks for. What is packed wrongly has no parts.
CaseRow rowOf(const sqlite::Statement &row, std::vector<Extent> &parts)
{
    CaseRow out;
    out.id = row.number(0);
    out.origin = static_cast<Origin>(row.number(1));
    out.rule = row.view(2);
    out.kind = row.view(3);
    out.confidence = static_cast<Confidence>(row.number(4));
    out.encoding = static_cast<Encoding>(row.number(5));
    out.why = row.view(6);
    out.label = row.view(7);
    out.pid = static_cast<uint32_t>(row.number(8));
    out.address = static_cast<uint64_t>(row.number(9));
    if (!unpackParts(row.view(10), parts))
        parts.clear();
    out.parts = parts;
    out.fingerprint = row.view(11);
    out.comment = row.view(12);
    out.stale = row.number(13) != 0;
    out.decision = static_cast<Decision>(row.number(14)); // nothing reads as 0: undecided
    out.reason = static_cast<Reason>(row.number(15));
    out.reviewer = row.view(16);
    out.decided = row.view(17);
    return out;
}

CaseFinding findingOf(const CaseRow &row)
{
    CaseFinding out;
    out.id = row.id;
    out.origin = row.origin;
    out.finding.rule = row.rule;
    out.finding.kind = row.kind;
    out.finding.confidence = row.confidence;
    out.finding.encoding = row.encoding;
    out.finding.why = row.why;
    out.finding.label = row.label;
    out.finding.pid = row.pid;
    out.finding.address = row.address;
    out.finding.parts.assign(row.parts.begin(), row.parts.end());
    out.fingerprint = row.fingerprint;
    out.decision = row.decision;
    out.reason = row.reason;
    out.comment = row.comment;
    out.stale = row.stale;
    out.reviewer = row.reviewer;
    out.decided = row.decided;
    return out;
}

} // namespace

Result<CasePlaces> CaseStore::lookAtPlaces(const std::function<bool(const Extent &)> &valid) const
{
    const auto bad = [this] {
        return Error{ErrorCode::InputMalformed,
                     "the case is damaged: a finding names bytes that the checkpoint does not have",
                     m_path,
                     {}};
    };
    // Few are not live: to know them beforehand is quicker than to look at the last column of all.
    std::vector<FindingId> dead;
    {
        sqlite::Statement rows(m_database, "SELECT id FROM findings WHERE live = 0 ORDER BY id");
        for (;;) {
            const auto row = rows.step();
            if (!row)
                return row.error();
            if (!*row)
                break;
            dead.push_back(rows.number(0));
        }
    }
    CasePlaces places;
    EqualTexts values;
    sqlite::Statement rows(m_database,
                           "SELECT id, pid, address, parts, fingerprint FROM findings ORDER BY id");
    std::vector<Extent> parts;
    auto nextDead = dead.begin();
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return row.error();
        if (!*row)
            break;
        const bool whole = unpackParts(rows.view(3), parts);
        if (valid && (!whole || !std::all_of(parts.begin(), parts.end(), valid)))
            return bad();
        const FindingId id = rows.number(0);
        if (nextDead != dead.end() && *nextDead == id) {
            ++nextDead;
            continue;
        }
        const std::string_view value = rows.view(4);
        places.push_back({id, static_cast<uint32_t>(rows.number(1)), static_cast<uint64_t>(rows.number(2)),
                          whole ? parts.front() : Extent{},
                          // A number for now; nothing that was not read equals anything.
                          value.empty() ? 0 : uint64_t{values.add(value)} + 1});
    }
    for (CasePlace &place : places)
        place.copies = place.copies == 0 ? 0 : values.count(static_cast<uint32_t>(place.copies - 1)) - 1;
    sortPlaces(places);
    return places;
}

Result<void> CaseStore::checkParts(const std::function<bool(const Extent &)> &valid) const
{
    auto places = lookAtPlaces(valid);
    if (!places)
        return places.error();
    sqlite::Statement rows(m_database, "SELECT parts, new_parts FROM changes "
                                       "WHERE parts IS NOT NULL OR new_parts IS NOT NULL");
    std::vector<Extent> parts;
    for (;;) {
        const auto row = rows.step();
        if (!row)
            return row.error();
        if (!*row)
            break;
        for (const int column : {0, 1}) {
            if (!rows.isNull(column) &&
                (!unpackParts(rows.view(column), parts) || !std::all_of(parts.begin(), parts.end(), valid)))
                return Error{ErrorCode::InputMalformed,
                             "the case is damaged: undo would bring bytes that the checkpoint does not have",
                             m_path,
                             {}};
        }
    }
    m_places = std::make_unique<CasePlaces>(std::move(*places));
    m_placesAt = m_database.changedEver();
    return {};
}

Result<CasePlaces> CaseStore::places() const
{
    const auto known = std::exchange(m_places, nullptr);
    if (known && m_placesAt == m_database.changedEver())
        return std::move(*known);
    return lookAtPlaces({});
}

Result<void> CaseStore::read(std::span<const CasePlace> places, size_t position,
                             const CaseRowVisit &visit) const
{
    std::vector<std::pair<FindingId, size_t>> wanted;
    wanted.reserve(places.size());
    for (const CasePlace &place : places)
        wanted.emplace_back(place.id, position + wanted.size());
    if (!std::is_sorted(wanted.begin(), wanted.end()))
        std::sort(wanted.begin(), wanted.end());
    sqlite::Statement rows(
        m_database,
        "SELECT id, origin, rule, kind, confidence, encoding, why, label, pid, address, parts, fingerprint, "
        "comment, stale, decision, reason, reviewer, time FROM findings LEFT JOIN verdicts ON finding = id "
        "LEFT JOIN acts ON acts.number = act WHERE id BETWEEN ? AND ? AND live");
    std::vector<Extent> parts;
    for (size_t first = 0; first < wanted.size();) {
        size_t end = first + 1;
        while (end < wanted.size() &&
               static_cast<uint64_t>(wanted[end].first) - static_cast<uint64_t>(wanted[end - 1].first) <=
                   closeIds)
            ++end;
        rows.reset();
        rows.bind(1, wanted[first].first).bind(2, wanted[end - 1].first);
        while (first < end) {
            const auto row = rows.step();
            if (!row)
                return row.error();
            if (!*row || rows.number(0) > wanted[first].first)
                return Error{ErrorCode::NotFound,
                             "the case has no finding " + std::to_string(wanted[first].first) + " any more",
                             m_path,
                             {}};
            if (rows.number(0) < wanted[first].first)
                continue; // stands elsewhere
            visit(wanted[first].second, rowOf(rows, parts));
            ++first;
        }
    }
    return {};
}

Result<std::vector<CaseFinding>> CaseStore::findings() const
{
    const auto all = places();
    if (!all)
        return all.error();
    std::vector<CaseFinding> out(all->size());
    const auto done = read(*all, 0, [&](size_t position, const CaseRow &row) {
        out[position] = findingOf(row);
        out[position].copies = (*all)[position].copies;
    });
    if (!done)
        return done.error();
    return out;
}

Result<CaseFinding> CaseStore::finding(FindingId id) const
{
    CasePlace place;
    place.id = id;
    CaseFinding out;
    if (auto done = read({&place, 1}, 0, [&](size_t, const CaseRow &row) { out = findingOf(row); }); !done)
        return done.error();
    if (!out.fingerprint.empty()) {
        sqlite::Statement equal(m_database, "SELECT count(*) FROM findings WHERE fingerprint = ? AND live");
        const auto count = equal.bind(1, std::string_view(out.fingerprint)).step();
        if (!count)
            return count.error();
        out.copies = static_cast<uint64_t>(equal.number(0)) - 1;
    }
    return out;
}

} // namespace cryoscope
