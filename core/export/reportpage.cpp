// SPDX-License-Identifier: Apache-2.0
#include "core/export/reportformats.h"
#include "core/export/reportpictures.h"
#include "core/export/reportsummary.h"

namespace cryoscope
{

namespace
{

using Rows = std::vector<std::vector<std::string>>;

void addCategories(ReportPage &page, const char *what, const ReportCategories &categories)
{
    Rows rows;
    for (const auto &[name, category] : categories)
        rows.push_back({name, std::to_string(category.accepted), std::to_string(category.rejected),
                        std::to_string(category.undecided), std::to_string(category.stale),
                        std::to_string(category.bytes)});
    page.table({what, "Accepted", "Rejected", "Undecided", "Stale", "Bytes accepted"}, rows);
}

void addBytes(ReportPage &page, const char *what, const std::vector<ReportBytes> &bytes)
{
    Rows rows;
    for (const ReportBytes &row : bytes)
        rows.push_back({row.what, std::to_string(row.bytes)});
    if (!rows.empty())
        page.table({what, "Bytes"}, rows);
}

void addCoverage(ReportPage &page, const ReportData &data)
{
    page.heading(2, "Covered");
    if (!data.coverageKnown)
        page.line("The evidence was not at hand: how much a scan searches is not known.");
    else if (data.rulesVersion.empty())
        page.line("There was no scan. One would search:");
    else
        page.line("The last scan searched this, but for what it was told to leave out. Memory that several "
                  "processes share counts for each.");
    addBytes(page, "Class", data.covered);

    page.heading(2, "Not covered");
    if (!data.coverageKnown)
        page.line("The evidence was not at hand: what could not be read is not known.");
    else if (data.problems.empty())
        page.line("All of the checkpoint could be read.");
    for (const std::string &problem : data.problems)
        page.item(problem);
    addBytes(page, "Memory of processes that is not in the checkpoint", data.absent);
}

void addPictures(ReportPage &page, const ReportData &data)
{
    if (!page.hasPictures() || (data.tasks.empty() && data.members.empty()))
        return;
    page.picture(reportPatterns());
    if (!data.tasks.empty()) {
        page.heading(2, "Memory of the processes");
        page.line(
            "Areas in the order of their addresses; what lies between them is folded. The width follows "
            "the logarithm of the size. Point at an area or a mark to read what it is.");
        page.picture(areaLegend());
        for (const ReportTask &task : data.tasks) {
            page.heading(3, "pid " + std::to_string(task.pid) + " " + task.name);
            page.picture(taskPicture(task));
            if (task.unlisted > 0)
                page.line(std::to_string(task.unlisted) + " more areas are not drawn.");
        }
        if (data.unlistedTasks > 0)
            page.line(std::to_string(data.unlistedTasks) + " more processes are not drawn.");
    }
    if (!data.members.empty()) {
        page.heading(2, "Members and what changes in them");
        page.line("The width follows the logarithm of the size; marks stand where they are in the member.");
        page.picture(markLegend());
        page.picture(membersPicture(data.members));
        if (data.unlistedMembers > 0)
            page.line(std::to_string(data.unlistedMembers) + " more members are not drawn.");
    }
}

void addProof(ReportPage &page, const Proof &proof)
{
    page.heading(2, "Proof");
    page.line("Evidence SHA-256: " + proof.evidenceHash);
    page.line("Changed bytes: " + std::to_string(proof.changedBytes) +
              "; distinct values searched for: " + std::to_string(proof.valuesChecked) +
              "; bytes searched: " + std::to_string(proof.bytesSearched));
    Rows rows;
    for (const ProofItem &item : proof.items)
        rows.push_back({item.title, outcomeName(item.state), item.detail});
    page.table({"Check", "Outcome", "Detail"}, rows);
    rows.clear();
    for (const MemberHash &member : proof.members)
        rows.push_back({member.path, std::to_string(member.size), member.before,
                        member.after.empty()            ? "removed"
                        : member.after == member.before ? "unchanged"
                                                        : member.after});
    page.heading(2, "Members");
    page.table({"Member", "Bytes", "SHA-256 before", "SHA-256 after"}, rows);
}

} // namespace

std::string renderPage(const ReportData &data, ReportPage &page)
{
    page.heading(1, "Cryoscope report");
    page.line("Checkpoint: " + data.checkpoint);
    page.line("Tool: Cryoscope " CRYOSCOPE_VERSION ", rules: " +
              (data.rulesVersion.empty() ? std::string("never scanned") : data.rulesVersion));
    page.line("Export: " + reportVerdict(data));

    page.heading(2, "Residual risks");
    for (const std::string &risk : residualRisks(data))
        page.item(risk);
    addCoverage(page, data);

    page.heading(2, "Findings by category");
    addCategories(page, "Kind", findingsByKind(data));
    addCategories(page, "Encoding", findingsByEncoding(data));
    addCategories(page, "Place", findingsByPlace(data));
    addPictures(page, data);

    Rows rows;
    for (size_t i = 0; i < data.findings.size(); ++i) {
        const CaseFinding &entry = data.findings[i];
        rows.push_back({std::to_string(entry.id), entry.finding.kind, entry.finding.label,
                        placeOfFinding(data, i), decisionName(entry.decision), reasonName(entry.reason),
                        entry.comment, entry.reviewer, entry.decided});
    }
    page.heading(2, "Findings");
    page.table({"Number", "Kind", "Name", "Place", "Decision", "Reason", "Comment", "Reviewer", "Time"},
               rows);
    if (data.proof)
        addProof(page, *data.proof);

    rows.clear();
    for (const HistoryEntry &entry : data.history)
        rows.push_back(
            {entry.time, entry.reviewer, entry.action, std::to_string(entry.findings), entry.detail});
    page.heading(2, "History");
    page.table({"Time", "Reviewer", "Action", "Findings", "Detail"}, rows);
    if (!data.historyFault.empty())
        page.line("This history cannot be trusted: " + data.historyFault + ".");
    else if (!data.history.empty() && !data.history.back().link.empty())
        page.line("Each entry follows from those before it. Last link: " + data.history.back().link);
    return page.finish();
}

} // namespace cryoscope
