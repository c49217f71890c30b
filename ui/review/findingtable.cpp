// SPDX-License-Identifier: Apache-2.0
#include "ui/review/findingtable.h"

namespace cryoscope::ui
{

FindingTable::FindingTable(std::span<const CaseFinding> findings)
{
    std::vector<CasePlace> places(findings.size());
    for (size_t i = 0; i < findings.size(); ++i)
        places[i].id = findings[i].id;
    FindingTableWriter writer(places);
    writer.grow(findings.size());
    for (size_t i = 0; i < findings.size(); ++i) {
        const Finding &finding = findings[i].finding;
        CaseRow row;
        row.id = findings[i].id;
        row.origin = findings[i].origin;
        row.rule = finding.rule;
        row.kind = finding.kind;
        row.confidence = finding.confidence;
        row.encoding = finding.encoding;
        row.why = finding.why;
        row.label = finding.label;
        row.pid = finding.pid;
        row.address = finding.address;
        row.parts = finding.parts;
        row.stale = findings[i].stale;
        writer.write(i, row, findings[i].copies);
    }
    *this = writer.table();
}

Finding FindingTable::findingAt(size_t position) const
{
    const Row &row = m_rows[position];
    Finding out;
    out.rule = m_all->texts[row.rule].bytes;
    out.kind = m_all->texts[row.kind].bytes;
    out.confidence = row.confidence;
    out.encoding = row.encoding;
    const auto parts = partsAt(position);
    out.parts.assign(parts.begin(), parts.end());
    out.why = m_all->texts[row.why].bytes;
    out.label = m_all->texts[row.label].bytes;
    out.pid = row.pid;
    out.address = row.address;
    return out;
}

const QString &FindingTable::text(uint32_t number) const
{
    return m_all->texts[number].shown;
}

std::span<const Extent> FindingTable::partsAt(size_t position) const
{
    const Row &row = m_rows[position];
    if (row.more > 0)
        return m_all->parts[row.more - 1];
    return {&row.first, row.first.member == noMember ? size_t{0} : size_t{1}};
}

FindingTableWriter::FindingTableWriter(std::span<const CasePlace> places)
    : m_all(std::make_shared<FindingTable::All>())
{
    m_all->ids.reserve(places.size());
    for (const CasePlace &place : places)
        m_all->ids.push_back(place.id);
    m_all->rows.reserve(places.size());
}

void FindingTableWriter::grow(size_t end)
{
    m_all->rows.resize(end); // within what is reserved: the rows before stay where they are
}

void FindingTableWriter::write(size_t position, const CaseRow &row, uint64_t copies)
{
    FindingTable::Row &out = m_all->rows[position];
    out.address = row.address;
    out.first = row.parts.empty() ? Extent{} : row.parts.front();
    out.copies = copies;
    out.pid = row.pid;
    out.kind = numberOf(row.kind);
    out.label = numberOf(row.label);
    out.rule = numberOf(row.rule);
    out.why = numberOf(row.why);
    if (row.parts.size() > 1) {
        m_all->parts.add({row.parts.begin(), row.parts.end()});
        out.more = static_cast<uint32_t>(m_all->parts.size());
    }
    out.confidence = row.confidence;
    out.encoding = row.encoding;
    out.origin = row.origin;
    out.stale = row.stale;
}

FindingTable FindingTableWriter::table() const
{
    FindingTable out;
    out.m_all = m_all;
    out.m_rows = m_all->rows.data();
    out.m_ids = m_all->ids.data();
    out.m_size = m_all->rows.size();
    out.m_textCount = m_all->texts.size();
    return out;
}

uint32_t FindingTableWriter::numberOf(std::string_view text)
{
    if (const auto known = m_numbers.find(text); known != m_numbers.end())
        return known->second;
    const auto number = static_cast<uint32_t>(m_all->texts.size());
    m_numbers.emplace(text, number);
    m_all->texts.add(
        {std::string(text), QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()))});
    return number;
}

} // namespace cryoscope::ui
