// SPDX-License-Identifier: Apache-2.0
#include "core/export/manifest.h"

#include "core/archive/archive.h"
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/export/verifier.h"
#include "core/redact/exportsettings.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

namespace cryoscope
{

namespace
{

using Json = nlohmann::ordered_json;

constexpr const char *manifestFormat = "cryoscope-manifest";

struct StateName {
    ProofItem::State state;
    const char *name;
};
constexpr std::array<StateName, 3> stateNames{{{ProofItem::State::Passed, "passed"},
                                               {ProofItem::State::Failed, "failed"},
                                               {ProofItem::State::NotCovered, "not covered"}}};

/// All texts of the manifest with their names, so that writing and reading cannot differ.
template <class Self, class Each> void eachText(Self &self, const Each &each)
{
    each("tool", self.tool);
    each("created", self.created);
    each("reviewer", self.review.reviewer);
    each("profile", self.review.profile);
    each("replacement", self.review.replacement);
    each("rules", self.review.rulesVersion);
    each("form", self.form);
    each("exportSha256", self.exportHash);
    each("evidenceSha256", self.evidenceHash);
    each("historyLink", self.review.historyLink);
}

template <class Self, class Each> void eachNumber(Self &self, const Each &each)
{
    each("findingsRedacted", self.review.findings);
    each("bytesChanged", self.changedBytes);
    each("valuesProvenAbsent", self.valuesChecked);
    each("bytesSearched", self.bytesSearched);
}

} // namespace

Result<ReviewFacts> ReviewFacts::of(const Case &review)
{
    const auto settings = ExportSettings::of(review);
    if (!settings)
        return settings.error();
    const auto link = review.checkHistory();
    if (!link)
        return link.error();
    const auto history = review.history();
    if (!history)
        return history.error();
    const auto findings = review.findings();
    if (!findings)
        return findings.error();
    ReviewFacts facts;
    facts.reviewer = history->empty() ? std::string() : history->back().reviewer;
    facts.profile = settings->profile.describe();
    facts.replacement = settings->replacement.describe();
    facts.rulesVersion = review.rulesVersion();
    facts.historyLink = *link;
    facts.findings =
        static_cast<uint64_t>(std::count_if(findings->begin(), findings->end(), [](const CaseFinding &one) {
            return one.decision == Decision::Accepted;
        }));
    return facts;
}

Result<Manifest> Manifest::of(const std::string &path, const Proof &proof, const ReviewFacts &facts,
                              Progress *progress, std::stop_token stop)
{
    const auto archive = Archive::open(path, {}, progress, stop);
    if (!archive)
        return archive.error();
    const auto hash = cryoscope::evidenceHash(**archive, progress, stop);
    if (!hash)
        return hash.error();
    Manifest manifest;
    manifest.tool = "Cryoscope " CRYOSCOPE_VERSION;
    manifest.created = utcNow();
    manifest.review = facts;
    manifest.form = archiveFormName((*archive)->form());
    manifest.exportHash = *hash;
    manifest.evidenceHash = proof.evidenceHash;
    manifest.changedBytes = proof.changedBytes;
    manifest.valuesChecked = proof.valuesChecked;
    manifest.bytesSearched = proof.bytesSearched;
    manifest.items = proof.items;
    for (const Member &member : (*archive)->members()) {
        if (member.parent != noMember || !member.content)
            continue;
        const auto digest = member.content->sha256(nullptr, stop);
        if (!digest)
            return digest.error();
        manifest.members.push_back({member.path, member.content->size(), toHex(*digest)});
    }
    return manifest;
}

std::string Manifest::text() const
{
    Json json{{"format", manifestFormat}, {"version", 1}};
    eachText(*this, [&](const char *name, const std::string &value) { json[name] = value; });
    eachNumber(*this, [&](const char *name, uint64_t value) { json[name] = value; });
    json["proof"] = Json::array();
    for (const ProofItem &item : items) {
        const auto name = std::find_if(stateNames.begin(), stateNames.end(),
                                       [&](const StateName &one) { return one.state == item.state; });
        json["proof"].push_back(
            {{"id", item.id}, {"title", item.title}, {"state", name->name}, {"detail", item.detail}});
    }
    json["members"] = Json::array();
    for (const Entry &member : members)
        json["members"].push_back({{"path", member.path}, {"size", member.size}, {"sha256", member.sha256}});
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Manifest> Manifest::parse(std::string_view text, const std::string &file)
{
    const auto malformed = [&](const std::string &what) {
        return Error{ErrorCode::InputMalformed, "no manifest of an export: " + what, file, std::nullopt};
    };
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || json.value("format", Json()) != manifestFormat)
        return malformed("it does not say that it is one");
    if (json.value("version", Json()) != 1)
        return malformed("it is of a version that this program does not know");
    Manifest manifest;
    std::string missing;
    const auto textAt = [&](const Json &object, const char *name, std::string &value) {
        if (object.is_object() && object.contains(name) && object[name].is_string())
            value = object[name].get<std::string>();
        else
            missing = name;
    };
    const auto numberAt = [&](const Json &object, const char *name, uint64_t &value) {
        if (object.is_object() && object.contains(name) && object[name].is_number_unsigned())
            value = object[name].get<uint64_t>();
        else
            missing = name;
    };
    eachText(manifest, [&](const char *name, std::string &value) { textAt(json, name, value); });
    eachNumber(manifest, [&](const char *name, uint64_t &value) { numberAt(json, name, value); });
    const auto listAt = [&](const char *name) {
        if (json.contains(name) && json[name].is_array())
            return json[name];
        missing = name;
        return Json::array();
    };
    for (const Json &one : listAt("proof")) {
        ProofItem item;
        std::string state;
        textAt(one, "id", item.id);
        textAt(one, "title", item.title);
        textAt(one, "detail", item.detail);
        textAt(one, "state", state);
        const auto known = std::find_if(stateNames.begin(), stateNames.end(),
                                        [&](const StateName &name) { return name.name == state; });
        if (known == stateNames.end())
            return malformed("the state of a proof is not known");
        item.state = known->state;
        manifest.items.push_back(std::move(item));
    }
    for (const Json &one : listAt("members")) {
        Entry entry;
        textAt(one, "path", entry.path);
        textAt(one, "sha256", entry.sha256);
        numberAt(one, "size", entry.size);
        manifest.members.push_back(std::move(entry));
    }
    if (!missing.empty())
        return malformed("\"" + missing + "\" is missing");
    return manifest;
}

Result<ProofItem> checkManifest(const std::string &path, const Manifest &manifest, Progress *progress,
                                std::stop_token stop)
{
    ProofItem item{"manifest", "The export is the one of the manifest", ProofItem::State::Failed, {}};
    const auto archive = Archive::open(path, {}, progress, stop);
    if (!archive)
        return archive.error();
    if (archiveFormName((*archive)->form()) != manifest.form) {
        item.detail =
            "it is a " + std::string(archiveFormName((*archive)->form())) + " and not a " + manifest.form;
        return item;
    }
    // Names may stand twice in an archive; each of them counts.
    std::map<std::string, std::vector<const Manifest::Entry *>> expected;
    for (const Manifest::Entry &entry : manifest.members)
        expected[entry.path].push_back(&entry);
    uint64_t faults = 0;
    const auto fault = [&](const std::string &what) {
        if (faults++ < 5)
            item.detail += (item.detail.empty() ? "" : "; ") + what;
    };
    uint64_t bytes = 0;
    for (const Member &member : (*archive)->members()) {
        if (member.parent != noMember || !member.content)
            continue;
        auto &entries = expected[member.path];
        if (entries.empty()) {
            fault(member.path + " is not in the manifest");
            continue;
        }
        const Manifest::Entry &entry = *entries.front();
        entries.erase(entries.begin());
        const auto digest = member.content->sha256(nullptr, stop);
        if (!digest)
            return digest.error();
        bytes += member.content->size();
        if (member.content->size() != entry.size)
            fault(member.path + " has " + std::to_string(member.content->size()) + " bytes instead of " +
                  std::to_string(entry.size));
        else if (toHex(*digest) != entry.sha256)
            fault(member.path + " has another content");
    }
    for (const auto &[name, entries] : expected) {
        for (size_t i = 0; i < entries.size(); ++i)
            fault(name + " is missing");
    }
    if (faults == 0) {
        const auto hash = evidenceHash(**archive, progress, stop);
        if (!hash)
            return hash.error();
        if (*hash != manifest.exportHash)
            fault("what is around the members differs");
    }
    if (faults > 5)
        item.detail += "; and " + std::to_string(faults - 5) + " more";
    if (faults == 0) {
        item.state = ProofItem::State::Passed;
        item.detail =
            std::to_string(manifest.members.size()) + " members, " + std::to_string(bytes) + " bytes";
    }
    return item;
}

} // namespace cryoscope
