// SPDX-License-Identifier: Apache-2.0
#include "core/review/case.h"

#include "core/base/checked.h"
#include "core/base/hash.h"
#include "core/detect/valuesearch.h"
#include "core/memory/run.h"
#include "core/review/casestore.h"

#include <algorithm>

namespace cryoscope
{

struct Case::Private {
    std::unique_ptr<CaseStore> store;
};

namespace
{

/// Members and their sizes: enough to tell another checkpoint, without reading all of it.
std::string identityOf(const Archive &archive)
{
    Sha256 hash;
    for (const Member &member : archive.members()) {
        const std::string line =
            member.path + '\0' + std::to_string(member.content ? member.content->size() : 0) + '\n';
        hash.add(asBytes(line));
    }
    return toHex(hash.finish());
}

std::string fingerprintOf(const std::string &key, std::string_view value)
{
    return toHex(hmacSha256(asBytes(key), asBytes(value)));
}

CaseStore::Marked mark(const Memory &memory, const std::string &key, const Finding &finding)
{
    CaseStore::Marked marked{finding, {}};
    if (const auto bytes = readExtents(memory.checkpoint().archive(), finding.parts))
        marked.fingerprint = fingerprintOf(key, decodeValue(finding.encoding, *bytes));
    return marked; // unreadable: no fingerprint, so that it equals nothing
}

std::vector<CaseStore::Marked> markAll(const Memory &memory, const std::string &key,
                                       std::span<const Finding> findings)
{
    std::vector<CaseStore::Marked> marked;
    marked.reserve(findings.size());
    for (const Finding &finding : findings)
        marked.push_back(mark(memory, key, finding));
    return marked;
}

/// Parts must name bytes that are there: they are patched one day.
Result<void> checkParts(const Memory &memory, const std::vector<Extent> &parts)
{
    if (parts.empty())
        return Error{ErrorCode::Usage, "a redaction needs bytes", {}, {}};
    if (auto bytes = readExtents(memory.checkpoint().archive(), parts); !bytes)
        return bytes.error();
    return {};
}

} // namespace

Case::Case(std::unique_ptr<Private> data) : d(std::move(data)) {}
Case::~Case() = default;

Result<std::unique_ptr<Case>> Case::create(const std::string &path, const Memory &memory)
{
    const Archive &archive = memory.checkpoint().archive();
    auto store = CaseStore::create(path, identityOf(archive), archive.path());
    if (!store)
        return store.error();
    return std::unique_ptr<Case>(new Case(std::unique_ptr<Private>(new Private{std::move(*store)})));
}

Result<std::unique_ptr<Case>> Case::open(const std::string &path, const Memory *memory)
{
    auto store = CaseStore::open(path);
    if (!store)
        return store.error();
    if (memory) {
        const auto identity = (*store)->meta("identity");
        if (!identity)
            return identity.error();
        if (*identity != identityOf(memory->checkpoint().archive()))
            return Error{ErrorCode::InputMalformed,
                         "the case was made for another checkpoint (other members or sizes)",
                         path,
                         {}};
        const auto members = memory->checkpoint().archive().members();
        auto fine = (*store)->checkParts([members](const Extent &part) {
            return part.member < members.size() && members[part.member].content &&
                   inBounds(part.offset, part.length, members[part.member].content->size());
        });
        if (!fine)
            return fine.error();
    }
    return std::unique_ptr<Case>(new Case(std::unique_ptr<Private>(new Private{std::move(*store)})));
}

const std::string &Case::path() const
{
    return d->store->path();
}

Result<void> Case::saveCopy(const std::string &path) const
{
    return d->store->saveCopy(path);
}

std::string Case::checkpointPath() const
{
    const auto path = d->store->meta("checkpoint");
    return path ? *path : std::string();
}

std::string Case::rulesVersion() const
{
    const auto version = d->store->meta("rules");
    return version ? *version : std::string();
}

void Case::setReviewer(std::string name)
{
    d->store->setReviewer(std::move(name));
}

Result<void> Case::replaceScan(const Memory &memory, std::span<const Finding> findings,
                               const std::string &rulesVersion)
{
    return d->store->replaceScan(markAll(memory, d->store->key(), findings), rulesVersion);
}

Result<FindingId> Case::addManual(const Memory &memory, std::vector<Extent> parts, const std::string &comment)
{
    if (auto checked = checkParts(memory, parts); !checked)
        return checked.error();
    Finding finding;
    finding.rule = "manual";
    finding.kind = "Manual redaction";
    finding.confidence = Confidence::High;
    finding.why = "marked by a reviewer";
    finding.parts = std::move(parts);
    if (const auto places = memory.places(finding.parts.front()); !places.empty()) {
        finding.pid = places.front().pid;
        finding.address = places.front().address;
    }
    return d->store->addManual(mark(memory, d->store->key(), finding), comment);
}

Result<uint64_t> Case::acceptExtents(const Memory &memory, Origin origin, std::span<const Finding> findings,
                                     const std::string &detail)
{
    return d->store->acceptExtents(origin, markAll(memory, d->store->key(), findings), detail);
}

Result<uint64_t> Case::applyDecisions(const Memory &memory, std::span<const Given> given,
                                      const std::string &text, const std::string &action,
                                      const std::string &detail)
{
    std::vector<CaseStore::Given> marked;
    marked.reserve(given.size());
    for (const Given &one : given)
        marked.push_back({one.id,
                          one.id == 0 ? mark(memory, d->store->key(), one.finding) : CaseStore::Marked{},
                          one.origin, one.decision, one.reason, one.comment});
    return d->store->applyDecisions(marked, text, action, detail);
}

Result<std::vector<CaseFinding>> Case::findings() const
{
    return d->store->findings();
}

Result<CaseFinding> Case::finding(FindingId id) const
{
    return d->store->finding(id);
}

Result<CasePlaces> Case::places() const
{
    return d->store->places();
}

Result<void> Case::read(std::span<const CasePlace> places, size_t position, const CaseRowVisit &visit) const
{
    return d->store->read(places, position, visit);
}

Result<void> Case::decide(std::span<const FindingId> ids, Decision decision, Reason reason)
{
    return d->store->decide(ids, decision, reason);
}

Result<void> Case::setComment(FindingId id, const std::string &comment)
{
    return d->store->setComment(id, comment);
}

Result<void> Case::setParts(const Memory &memory, FindingId id, std::vector<Extent> parts)
{
    if (auto checked = checkParts(memory, parts); !checked)
        return checked;
    const auto current = d->store->finding(id);
    if (!current)
        return current.error();
    Finding moved = current->finding;
    moved.parts = parts;
    return d->store->setParts(id, parts, mark(memory, d->store->key(), moved).fingerprint);
}

bool Case::canUndo() const
{
    return !undoText().empty();
}

bool Case::canRedo() const
{
    return !redoText().empty();
}

std::string Case::undoText() const
{
    return d->store->stepText(false);
}

std::string Case::redoText() const
{
    return d->store->stepText(true);
}

Result<std::vector<ChangedFinding>> Case::undo()
{
    return d->store->travel(false);
}

Result<std::vector<ChangedFinding>> Case::redo()
{
    return d->store->travel(true);
}

bool Case::tidy()
{
    return d->store->tidy();
}

Result<std::vector<HistoryEntry>> Case::history() const
{
    return d->store->history();
}

Result<std::string> Case::checkHistory() const
{
    return d->store->checkHistory();
}

Result<void> Case::addHistory(const std::string &action, uint64_t findings, const std::string &detail)
{
    return d->store->addHistory(action, findings, detail);
}

std::string Case::fingerprint(std::string_view value) const
{
    return fingerprintOf(d->store->key(), value);
}

Result<void> Case::setSetting(const std::string &key, const std::string &value)
{
    return d->store->setMeta("setting:" + key, value);
}

std::string Case::setting(const std::string &key) const
{
    const auto value = d->store->meta("setting:" + key);
    return value ? *value : std::string();
}

} // namespace cryoscope
