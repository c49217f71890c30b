// SPDX-License-Identifier: Apache-2.0
#include "core/review/baseline.h"

#include "core/base/digits.h"
#include "core/base/hash.h"
#include "core/bytes/newfile.h"
#include "core/detect/encodings.h"
#include "core/detect/valuesearch.h"
#include "core/memory/run.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

namespace cryoscope
{

namespace
{

using Json = nlohmann::ordered_json;

constexpr const char *formatName = "cryoscope-baseline";
constexpr size_t keyBytes = 32;
constexpr uint64_t maxBaselineFile = uint64_t{256} << 20;

/// "core-1042.img" and "core-77.img" are the same member of two dumps.
std::string withoutNumbers(std::string_view path)
{
    std::string out;
    for (const char c : path) {
        if (!isDigit(c))
            out += c;
        else if (!out.ends_with('#'))
            out += '#';
    }
    return out;
}

Error malformed(const std::string &file, const std::string &what)
{
    return {ErrorCode::InputMalformed, "no baseline of decisions: " + what, file, std::nullopt};
}

std::optional<Decision> decisionOf(const std::string &name)
{
    for (const Decision decision : {Decision::Accepted, Decision::Rejected}) {
        if (decisionName(decision) == name)
            return decision;
    }
    return std::nullopt;
}

std::optional<Reason> reasonOf(const std::string &name)
{
    for (const Reason reason : {Reason::None, Reason::NotASecret, Reason::TestData, Reason::Public,
                                Reason::NeededForDebugging, Reason::Other}) {
        if (reasonName(reason) == name)
            return reason;
    }
    return std::nullopt;
}

Result<std::string> valueOf(const Memory &memory, const Finding &finding)
{
    const auto bytes = readExtents(memory.checkpoint().archive(), finding.parts);
    if (!bytes)
        return bytes.error();
    return decodeValue(finding.encoding, *bytes);
}

} // namespace

std::string baselinePlace(const Memory &memory, const Finding &finding)
{
    std::string place;
    if (finding.pid != 0 && !finding.parts.empty()) {
        const Task *task = memory.checkpoint().task(finding.pid);
        place = "memory of " + (task != nullptr ? task->comm : std::string("?")) + ", ";
        for (const MemoryPlace &seen : memory.places(finding.parts.front())) {
            if (seen.pid == finding.pid && seen.vma != nullptr) {
                place += withoutNumbers(seen.vma->label());
                break;
            }
        }
    } else if (!finding.parts.empty()) {
        const Archive &archive = memory.checkpoint().archive();
        place = withoutNumbers(archive.member(archive.innermost(finding.parts.front()).member).path);
    }
    return place + ", " + std::string(encodingName(finding.encoding));
}

Result<Baseline> Baseline::of(const Case &review, const Memory &memory)
{
    Baseline baseline;
    baseline.m_key = randomBytes(keyBytes);
    const auto findings = review.findings();
    if (!findings)
        return findings.error();
    std::set<std::tuple<std::string, std::string, std::string>> known;
    for (const CaseFinding &one : *findings) {
        if (one.decision == Decision::Undecided)
            continue;
        const auto value = valueOf(memory, one.finding);
        if (!value)
            return value.error();
        Entry entry{baseline.fingerprint(*value),
                    baselinePlace(memory, one.finding),
                    one.finding.rule,
                    one.decision,
                    one.reason,
                    one.comment};
        if (known.emplace(entry.fingerprint, entry.place, entry.rule).second)
            baseline.m_entries.push_back(std::move(entry));
    }
    return baseline;
}

bool Baseline::isOne(std::string_view text)
{
    const Json json = Json::parse(text, nullptr, false);
    return json.is_object() && json.contains("format") && json["format"] == formatName;
}

Result<Baseline> Baseline::parse(std::string_view text, const std::string &file)
{
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("format") || json["format"] != formatName)
        return malformed(file, "it does not say that it is one");
    if (!json.contains("version") || json["version"] != 1)
        return malformed(file, "it is of a version that this program does not know");
    const auto textAt = [](const Json &object, const char *name) -> std::string {
        return object.is_object() && object.contains(name) && object[name].is_string()
                   ? object[name].get<std::string>()
                   : std::string();
    };
    Baseline baseline;
    const auto key = decodeHex(textAt(json, "key"));
    if (!key || key->size() != keyBytes)
        return malformed(file, "its key is not 32 bytes in hex");
    baseline.m_key = *key;
    if (!json.contains("decisions") || !json["decisions"].is_array())
        return malformed(file, "it has no list of decisions");
    for (const Json &one : json["decisions"]) {
        const auto decision = decisionOf(textAt(one, "decision"));
        const auto reason = reasonOf(textAt(one, "reason"));
        Entry entry{textAt(one, "fingerprint"), textAt(one, "place"), textAt(one, "rule"), {}, {},
                    textAt(one, "comment")};
        if (!decision || !reason || entry.fingerprint.size() != 64)
            return malformed(file, "decision " + std::to_string(baseline.m_entries.size() + 1) +
                                       " says nothing known");
        entry.decision = *decision;
        entry.reason = *reason;
        baseline.m_entries.push_back(std::move(entry));
    }
    return baseline;
}

Result<Baseline> Baseline::read(const std::string &path)
{
    const auto text = readWholeFile(path, maxBaselineFile);
    return text ? parse(*text, path) : Result<Baseline>(text.error());
}

std::string Baseline::text() const
{
    Json json{{"format", formatName}, {"version", 1}, {"key", toHex(asBytes(m_key))}};
    json["decisions"] = Json::array();
    for (const Entry &entry : m_entries)
        json["decisions"].push_back({{"fingerprint", entry.fingerprint},
                                     {"place", entry.place},
                                     {"rule", entry.rule},
                                     {"decision", decisionName(entry.decision)},
                                     {"reason", reasonName(entry.reason)},
                                     {"comment", entry.comment}});
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<void> Baseline::write(const std::string &path) const
{
    return writeNewFile(path, text());
}

std::string Baseline::fingerprint(std::string_view value) const
{
    return toHex(hmacSha256(asBytes(m_key), asBytes(value)));
}

Result<BaselineOutcome> applyBaseline(Case &review, const Memory &memory, const Baseline &baseline)
{
    std::map<std::string, std::vector<const Baseline::Entry *>> entries; // by fingerprint
    for (const Baseline::Entry &entry : baseline.entries())
        entries[entry.fingerprint].push_back(&entry);
    const auto findings = review.findings();
    if (!findings)
        return findings.error();
    BaselineOutcome outcome;
    std::set<const Baseline::Entry *> seen;
    std::vector<Case::Given> given;
    for (const CaseFinding &one : *findings) {
        const auto value = valueOf(memory, one.finding);
        if (!value)
            return value.error();
        const auto known = entries.find(baseline.fingerprint(*value));
        if (known == entries.end())
            continue;
        const std::string place = baselinePlace(memory, one.finding);
        // Of several rules that named the same bytes, its own.
        const Baseline::Entry *fitting = nullptr;
        for (const Baseline::Entry *entry : known->second) {
            seen.insert(entry);
            if (entry->place == place && (fitting == nullptr || entry->rule == one.finding.rule))
                fitting = entry;
        }
        if (one.decision != Decision::Undecided) {
            ++outcome.decided;
        } else if (fitting == nullptr) {
            ++outcome.elsewhere;
        } else {
            ++outcome.taken;
            given.push_back({one.id,
                             {},
                             Origin::Scan,
                             fitting->decision,
                             fitting->reason,
                             one.comment.empty() ? fitting->comment : one.comment});
        }
    }
    outcome.unseen = baseline.entries().size() - seen.size();
    if (given.empty())
        return outcome;
    const std::string count = std::to_string(given.size()) + (given.size() == 1 ? " decision" : " decisions");
    const auto done = review.applyDecisions(memory, given, "take " + count + " of a baseline", "baseline",
                                            std::to_string(outcome.elsewhere) + " known values elsewhere, " +
                                                std::to_string(outcome.unseen) + " not found again");
    if (!done)
        return done.error();
    return outcome;
}

} // namespace cryoscope
