// SPDX-License-Identifier: Apache-2.0
#include "core/export/reportformats.h"
#include "core/export/reportjson.h"
#include "core/export/reportsummary.h"

#include <map>

namespace cryoscope
{

namespace
{

using Json = nlohmann::ordered_json;

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

} // namespace

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
        if (const std::string place = placeOfFinding(data, i); !place.empty())
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
    return dumpJson(json);
}

} // namespace cryoscope
