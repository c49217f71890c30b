// SPDX-License-Identifier: Apache-2.0
#include "core/export/reportjson.h"

#include "core/export/reportformats.h"
#include "core/export/reportsummary.h"

namespace cryoscope
{

namespace
{

using Json = nlohmann::ordered_json;

Json bytesJson(const std::vector<ReportBytes> &rows)
{
    Json out = Json::array();
    for (const ReportBytes &row : rows)
        out.push_back({{"what", row.what}, {"bytes", row.bytes}});
    return out;
}

Json categoriesJson(const ReportCategories &categories, const char *what)
{
    Json out = Json::array();
    for (const auto &[name, category] : categories)
        out.push_back({{what, name},
                       {"accepted", category.accepted},
                       {"rejected", category.rejected},
                       {"undecided", category.undecided},
                       {"stale", category.stale},
                       {"bytesAccepted", category.bytes}});
    return out;
}

} // namespace

Json partsJson(const Finding &finding)
{
    Json parts = Json::array();
    for (const Extent &part : finding.parts)
        parts.push_back({{"member", part.member}, {"offset", part.offset}, {"length", part.length}});
    return parts;
}

/// Invalid UTF-8 (paths of the evidence may hold any byte) is replaced instead of thrown about.
std::string dumpJson(const Json &json)
{
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string renderJson(const ReportData &data)
{
    Json json{{"tool", "Cryoscope " CRYOSCOPE_VERSION},
              {"checkpoint", data.checkpoint},
              {"rules", data.rulesVersion},
              {"export", reportVerdict(data)},
              {"verified", data.proof && data.proof->complete()},
              {"residualRisk", residualRisks(data).front()},
              {"residualRisks", residualRisks(data)},
              {"coverageKnown", data.coverageKnown},
              {"notCovered", data.problems}};
    json["covered"] = bytesJson(data.covered);
    json["absent"] = bytesJson(data.absent);
    json["categories"] = categoriesJson(findingsByKind(data), "kind");
    json["encodings"] = categoriesJson(findingsByEncoding(data), "encoding");
    json["placeKinds"] = categoriesJson(findingsByPlace(data), "place");
    json["findings"] = Json::array();
    for (size_t i = 0; i < data.findings.size(); ++i) {
        const CaseFinding &entry = data.findings[i];
        json["findings"].push_back({{"id", entry.id},
                                    {"rule", entry.finding.rule},
                                    {"kind", entry.finding.kind},
                                    {"name", entry.finding.label},
                                    {"place", placeOfFinding(data, i)},
                                    {"parts", partsJson(entry.finding)},
                                    {"decision", decisionName(entry.decision)},
                                    {"reason", reasonName(entry.reason)},
                                    {"comment", entry.comment},
                                    {"reviewer", entry.reviewer},
                                    {"decided", entry.decided},
                                    {"stale", entry.stale}});
    }
    if (data.proof) {
        Json items = Json::array();
        for (const ProofItem &item : data.proof->items)
            items.push_back({{"id", item.id},
                             {"title", item.title},
                             {"outcome", outcomeName(item.state)},
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
                                   {"detail", entry.detail},
                                   {"link", entry.link}});
    json["historyUnbroken"] = data.historyFault.empty();
    return dumpJson(json);
}

} // namespace cryoscope
