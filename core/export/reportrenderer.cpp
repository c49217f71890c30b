// SPDX-License-Identifier: Apache-2.0
#include "core/export/reportdata.h"

#include <map>
#include <string_view>

#include <nlohmann/json.hpp>

namespace cryoscope
{

namespace
{

using Json = nlohmann::ordered_json;

constexpr std::string_view residualRisk = "Nothing here can prove that nothing else is sensitive: only what "
                                          "was found or marked, and its copies in the "
                                          "encodings that were searched, was redacted.";

struct Category {
    uint64_t accepted = 0, rejected = 0, undecided = 0, stale = 0;
    uint64_t bytes = 0; ///< of accepted findings; where they overlap, counted for each
};

std::map<std::string, Category> categories(const ReportData &data)
{
    std::map<std::string, Category> all;
    for (const CaseFinding &entry : data.findings) {
        Category &category = all[entry.finding.kind];
        category.stale += entry.stale;
        switch (entry.decision) {
        case Decision::Accepted:
            ++category.accepted;
            for (const Extent &part : entry.finding.parts)
                category.bytes += part.length;
            break;
        case Decision::Rejected:
            ++category.rejected;
            break;
        case Decision::Undecided:
            ++category.undecided;
            break;
        }
    }
    return all;
}

/// One word for the whole proof. "verified" only if nothing was left out.
std::string verdict(const ReportData &data)
{
    if (!data.proof)
        return "no export was proven";
    if (!data.proof->passed())
        return "FAILED";
    return data.proof->complete() ? "verified" : "passed, but not all was covered";
}

std::string stateName(ProofItem::State state)
{
    switch (state) {
    case ProofItem::State::Passed:
        return "passed";
    case ProofItem::State::Failed:
        return "failed";
    case ProofItem::State::NotCovered:
        return "not covered";
    }
    return "not covered";
}

std::string levelName(Confidence confidence)
{
    switch (confidence) {
    case Confidence::High:
        return "error";
    case Confidence::Medium:
        return "warning";
    case Confidence::Low:
        return "note";
    }
    return "note";
}

std::string placeOf(const ReportData &data, size_t index)
{
    return index < data.places.size() ? data.places[index] : std::string();
}

std::string escapeMarkdown(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += ' ';
            continue;
        }
        if (std::string_view("\\`*_{}[]()<>#+!|~&").find(c) != std::string_view::npos)
            out += '\\';
        out += c;
    }
    return out;
}

std::string escapeHtml(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
    }
    return out;
}

/// Headings, lines and tables; the two forms for people differ in nothing else.
class Page
{
public:
    virtual ~Page() = default;
    virtual void heading(int level, std::string_view text) = 0;
    virtual void line(std::string_view text) = 0;
    virtual void item(std::string_view text) = 0;
    virtual void table(const std::vector<std::string> &head,
                       const std::vector<std::vector<std::string>> &rows) = 0;
    [[nodiscard]] virtual std::string finish() = 0;
};

class MarkdownPage final : public Page
{
public:
    void heading(int level, std::string_view text) override
    {
        separate();
        m_text += std::string(static_cast<size_t>(level), '#') + " " + escapeMarkdown(text) + "\n";
        m_list = false;
    }
    void line(std::string_view text) override
    {
        separate();
        m_text += escapeMarkdown(text) + "\n";
        m_list = false;
    }
    void item(std::string_view text) override
    {
        if (!m_list)
            separate();
        m_text += "- " + escapeMarkdown(text) + "\n";
        m_list = true;
    }
    void table(const std::vector<std::string> &head,
               const std::vector<std::vector<std::string>> &rows) override
    {
        separate();
        row(head);
        m_text += "|";
        for (size_t i = 0; i < head.size(); ++i)
            m_text += " --- |";
        m_text += "\n";
        for (const auto &cells : rows)
            row(cells);
        m_list = false;
    }
    std::string finish() override { return std::move(m_text); }

private:
    void separate()
    {
        if (!m_text.empty())
            m_text += "\n";
    }
    void row(const std::vector<std::string> &cells)
    {
        m_text += "|";
        for (const std::string &cell : cells)
            m_text += " " + escapeMarkdown(cell) + " |";
        m_text += "\n";
    }

    std::string m_text;
    bool m_list = false;
};

class HtmlPage final : public Page
{
public:
    void heading(int level, std::string_view text) override
    {
        const std::string tag = "h" + std::to_string(level) + ">";
        m_text += "<" + tag + escapeHtml(text) + "</" + tag + "\n";
    }
    void line(std::string_view text) override { m_text += "<p>" + escapeHtml(text) + "</p>\n"; }
    void item(std::string_view text) override { m_text += "<p>&bull; " + escapeHtml(text) + "</p>\n"; }
    void table(const std::vector<std::string> &head,
               const std::vector<std::vector<std::string>> &rows) override
    {
        m_text += "<table>\n";
        row("th", head);
        for (const auto &cells : rows)
            row("td", cells);
        m_text += "</table>\n";
    }
    std::string finish() override
    {
        return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Cryoscope "
               "report</title>\n"
               "<style>body{font-family:sans-serif;margin:2em;max-width:70em}table{border-collapse:collapse}"
               "th,td{border:1px solid #999;padding:.2em "
               ".6em;text-align:left;overflow-wrap:anywhere}</style></head>"
               "<body>\n" +
               m_text + "</body></html>\n";
    }

private:
    void row(const std::string &tag, const std::vector<std::string> &cells)
    {
        m_text += "<tr>";
        for (const std::string &cell : cells)
            m_text += "<" + tag + ">" + escapeHtml(cell) + "</" + tag + ">";
        m_text += "</tr>\n";
    }

    std::string m_text;
};

std::string renderPage(const ReportData &data, Page &page)
{
    page.heading(1, "Cryoscope report");
    page.line("Checkpoint: " + data.checkpoint);
    page.line("Tool: Cryoscope " CRYOSCOPE_VERSION ", rules: " +
              (data.rulesVersion.empty() ? std::string("never scanned") : data.rulesVersion));
    page.line("Export: " + verdict(data));
    page.line(residualRisk);

    page.heading(2, "Not covered");
    if (!data.coverageKnown)
        page.line("The evidence was not at hand: what could not be read is not known.");
    else if (data.problems.empty())
        page.line("All of the checkpoint could be read.");
    for (const std::string &problem : data.problems)
        page.item(problem);

    page.heading(2, "Findings by category");
    std::vector<std::vector<std::string>> rows;
    for (const auto &[kind, category] : categories(data))
        rows.push_back({kind, std::to_string(category.accepted), std::to_string(category.rejected),
                        std::to_string(category.undecided), std::to_string(category.stale),
                        std::to_string(category.bytes)});
    page.table({"Kind", "Accepted", "Rejected", "Undecided", "Stale", "Bytes accepted"}, rows);

    rows.clear();
    for (size_t i = 0; i < data.findings.size(); ++i) {
        const CaseFinding &entry = data.findings[i];
        rows.push_back({std::to_string(entry.id), entry.finding.kind, entry.finding.label, placeOf(data, i),
                        decisionName(entry.decision), reasonName(entry.reason), entry.comment});
    }
    page.heading(2, "Findings");
    page.table({"Number", "Kind", "Name", "Place", "Decision", "Reason", "Comment"}, rows);

    if (data.proof) {
        page.heading(2, "Proof");
        page.line("Evidence SHA-256: " + data.proof->evidenceHash);
        page.line("Changed bytes: " + std::to_string(data.proof->changedBytes) +
                  "; distinct values searched for: " + std::to_string(data.proof->valuesChecked) +
                  "; bytes searched: " + std::to_string(data.proof->bytesSearched));
        rows.clear();
        for (const ProofItem &item : data.proof->items)
            rows.push_back({item.title, stateName(item.state), item.detail});
        page.table({"Check", "Outcome", "Detail"}, rows);
        rows.clear();
        for (const MemberHash &member : data.proof->members)
            rows.push_back({member.path, std::to_string(member.size), member.before,
                            member.after == member.before ? "unchanged" : member.after});
        page.heading(2, "Members");
        page.table({"Member", "Bytes", "SHA-256 before", "SHA-256 after"}, rows);
    }

    rows.clear();
    for (const HistoryEntry &entry : data.history)
        rows.push_back(
            {entry.time, entry.reviewer, entry.action, std::to_string(entry.findings), entry.detail});
    page.heading(2, "History");
    page.table({"Time", "Reviewer", "Action", "Findings", "Detail"}, rows);
    return page.finish();
}

Json partsJson(const Finding &finding)
{
    Json parts = Json::array();
    for (const Extent &part : finding.parts)
        parts.push_back({{"member", part.member}, {"offset", part.offset}, {"length", part.length}});
    return parts;
}

/// Invalid UTF-8 (paths of the evidence may hold any byte) is replaced instead of thrown about.
std::string dump(const Json &json)
{
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string renderJson(const ReportData &data)
{
    Json json{{"tool", "Cryoscope " CRYOSCOPE_VERSION},
              {"checkpoint", data.checkpoint},
              {"rules", data.rulesVersion},
              {"export", verdict(data)},
              {"verified", data.proof && data.proof->complete()},
              {"residualRisk", residualRisk},
              {"coverageKnown", data.coverageKnown},
              {"notCovered", data.problems}};
    json["categories"] = Json::array();
    for (const auto &[kind, category] : categories(data))
        json["categories"].push_back({{"kind", kind},
                                      {"accepted", category.accepted},
                                      {"rejected", category.rejected},
                                      {"undecided", category.undecided},
                                      {"stale", category.stale},
                                      {"bytesAccepted", category.bytes}});
    json["findings"] = Json::array();
    for (size_t i = 0; i < data.findings.size(); ++i) {
        const CaseFinding &entry = data.findings[i];
        json["findings"].push_back({{"id", entry.id},
                                    {"rule", entry.finding.rule},
                                    {"kind", entry.finding.kind},
                                    {"name", entry.finding.label},
                                    {"place", placeOf(data, i)},
                                    {"parts", partsJson(entry.finding)},
                                    {"decision", decisionName(entry.decision)},
                                    {"reason", reasonName(entry.reason)},
                                    {"comment", entry.comment},
                                    {"stale", entry.stale}});
    }
    if (data.proof) {
        Json items = Json::array();
        for (const ProofItem &item : data.proof->items)
            items.push_back({{"id", item.id},
                             {"title", item.title},
                             {"outcome", stateName(item.state)},
                             {"detail", item.detail}});
        Json members = Json::array();
        for (const MemberHash &member : data.proof->members)
            members.push_back({{"path", member.path},
                               {"size", member.size},
                               {"before", member.before},
                               {"after", member.after}});
        json["proof"] = {{"evidenceSha256", data.proof->evidenceHash},
                         {"changedBytes", data.proof->changedBytes},
                         {"valuesChecked", data.proof->valuesChecked},
                         {"bytesSearched", data.proof->bytesSearched},
                         {"items", std::move(items)},
                         {"members", std::move(members)}};
    }
    json["history"] = Json::array();
    for (const HistoryEntry &entry : data.history)
        json["history"].push_back({{"time", entry.time},
                                   {"reviewer", entry.reviewer},
                                   {"action", entry.action},
                                   {"findings", entry.findings},
                                   {"detail", entry.detail}});
    return dump(json);
}

/// SARIF 2.1.0. Rejected findings are results with an accepted suppression, as its section 3.35 has it.
std::string renderSarif(const ReportData &data)
{
    std::map<std::string, std::string> kinds;
    Json results = Json::array();
    for (size_t i = 0; i < data.findings.size(); ++i) {
        const CaseFinding &entry = data.findings[i];
        kinds.emplace(entry.finding.rule, entry.finding.kind);
        Json result{
            {"ruleId", entry.finding.rule},
            {"level", levelName(entry.finding.confidence)},
            {"message",
             {{"text", entry.finding.kind + (entry.finding.label.empty() ? "" : " " + entry.finding.label)}}},
            {"partialFingerprints", {{"cryoscope/v1", entry.fingerprint}}},
            {"properties",
             {{"decision", decisionName(entry.decision)}, {"parts", partsJson(entry.finding)}}}};
        if (const std::string place = placeOf(data, i); !place.empty())
            result["locations"] = Json::array({Json{{"message", {{"text", place}}}}});
        if (entry.decision == Decision::Rejected)
            result["suppressions"] = Json::array({Json{
                {"kind", "external"}, {"status", "accepted"}, {"justification", reasonName(entry.reason)}}});
        results.push_back(std::move(result));
    }
    Json rules = Json::array();
    for (const auto &[id, kind] : kinds)
        rules.push_back({{"id", id}, {"shortDescription", {{"text", kind}}}});
    Json run;
    run["tool"]["driver"] = {
        {"name", "Cryoscope"}, {"version", CRYOSCOPE_VERSION}, {"rules", std::move(rules)}};
    run["results"] = std::move(results);
    Json json;
    json["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
    json["version"] = "2.1.0";
    json["runs"] = Json::array({std::move(run)});
    return dump(json);
}

} // namespace

Result<ReportFormat> parseReportFormat(std::string_view name)
{
    if (name == "markdown" || name == "md")
        return ReportFormat::Markdown;
    if (name == "html")
        return ReportFormat::Html;
    if (name == "json")
        return ReportFormat::Json;
    if (name == "sarif")
        return ReportFormat::Sarif;
    return Error{ErrorCode::Usage, "a report is \"markdown\", \"html\", \"json\" or \"sarif\"", {}, {}};
}

std::string renderReport(const ReportData &data, ReportFormat format)
{
    switch (format) {
    case ReportFormat::Json:
        return renderJson(data);
    case ReportFormat::Sarif:
        return renderSarif(data);
    case ReportFormat::Html: {
        HtmlPage page;
        return renderPage(data, page);
    }
    case ReportFormat::Markdown:
        break;
    }
    MarkdownPage page;
    return renderPage(data, page);
}

} // namespace cryoscope
