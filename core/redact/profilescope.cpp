// SPDX-License-Identifier: Apache-2.0
#include "core/redact/profilescope.h"

#include "core/checkpoint/imagenames.h"
#include "core/detect/sensitivefiles.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace cryoscope
{

namespace
{

/// Images that are called by a pid or tid. Source: CRIU 4.2's table of images and its obsolete rows.
constexpr auto taskImages =
    std::to_array<std::string_view>({"core-", "mm-", "fs-", "ids-", "creds-", "sigacts-", "itimers-",
                                     "posix-timers-", "rlimit-", "vmas-", "signal-p-", "signal-s-"});

Error usage(std::string_view word, const std::string &why)
{
    return {ErrorCode::Usage, std::string(word) + ": " + why, {}, std::nullopt};
}

bool isField(std::string_view text)
{
    const auto schema = Schema::load();
    const size_t dot = text.rfind('.');
    if (schema->message(text) != nullptr)
        return true;
    const MessageType *message =
        dot == std::string_view::npos ? nullptr : schema->message(text.substr(0, dot));
    return message != nullptr && message->field(text.substr(dot + 1)) != nullptr;
}

bool means(const ScopeRule &rule, const FieldPath &fields)
{
    return std::any_of(fields.begin(), fields.end(), [&](const auto &step) {
        const std::string_view text = rule.text;
        const std::string_view message = step.first->name;
        if (!text.starts_with(message))
            return false;
        const auto rest = text.substr(message.size());
        return rest.empty() ||
               (step.second != nullptr && rest.front() == '.' && rest.substr(1) == step.second->name);
    });
}

/// The one of `extents` (ascending, apart) that ends behind `offset` of a member first.
auto firstBehind(const std::vector<Extent> &extents, MemberId member, uint64_t offset)
{
    return std::partition_point(extents.begin(), extents.end(), [&](const Extent &extent) {
        return extent.member < member || (extent.member == member && extent.end() <= offset);
    });
}

} // namespace

Result<ScopeRule> ScopeRule::parse(std::string_view word)
{
    const size_t equals = word.find('=');
    if (word.size() < 2 || (word.front() != '+' && word.front() != '-') || equals == std::string_view::npos ||
        equals + 1 == word.size())
        return usage(word, "an exception is pid=N, member=GLOB or field=MESSAGE.FIELD behind + or -");
    const auto key = word.substr(1, equals - 1);
    const auto value = word.substr(equals + 1);
    ScopeRule rule;
    rule.redact = word.front() == '+';
    rule.text = value;
    if (key == "pid") {
        rule.what = What::Task;
        rule.text.clear();
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), rule.pid);
        if (error != std::errc() || end != value.data() + value.size())
            return usage(word, "not a pid");
    } else if (key == "member") {
        rule.what = What::Member;
    } else if (key == "field") {
        rule.what = What::Field;
        if (!isField(value))
            return usage(word, "no image has this field; fields are called MESSAGE.FIELD, as `explain` does");
    } else {
        return usage(word, "an exception is pid=N, member=GLOB or field=MESSAGE.FIELD behind + or -");
    }
    return rule;
}

std::string ScopeRule::describe() const
{
    const std::string sign = redact ? "+" : "-";
    switch (what) {
    case What::Task:
        return sign + "pid=" + std::to_string(pid);
    case What::Member:
        return sign + "member=" + text;
    case What::Field:
        return sign + "field=" + text;
    }
    return {};
}

ProfileScope::ProfileScope(const Memory &memory, std::vector<ScopeRule> rules,
                           std::vector<std::string> &notes)
{
    for (ScopeRule &rule : rules) {
        Rule resolved{std::move(rule), {}, {}};
        resolved.members = membersOf(memory, resolved.rule);
        resolved.memory = memoryOf(memory, resolved.rule);
        const bool nothing =
            resolved.rule.what != ScopeRule::What::Field && resolved.memory.empty() &&
            std::find(resolved.members.begin(), resolved.members.end(), true) == resolved.members.end();
        if (nothing)
            notes.push_back(resolved.rule.describe() + " means nothing in this checkpoint");
        m_rules.push_back(std::move(resolved));
    }
}

std::vector<bool> ProfileScope::membersOf(const Memory &memory, const ScopeRule &rule)
{
    const Checkpoint &checkpoint = memory.checkpoint();
    const auto members = checkpoint.archive().members();
    std::vector<bool> meant(members.size(), false);
    if (rule.what == ScopeRule::What::Member) {
        for (const Member &member : members) // what holds others comes before them
            meant[member.id] =
                (member.parent != noMember && meant[member.parent]) || globMeansFile(rule.text, member.path);
    } else if (rule.what == ScopeRule::What::Task) {
        const Task *task = checkpoint.task(rule.pid);
        std::vector<std::string> numbers{std::to_string(rule.pid)};
        for (const Thread &thread : task != nullptr ? task->threads : std::vector<Thread>())
            numbers.push_back(std::to_string(thread.tid));
        std::vector<std::string> directories{checkpoint.imagePrefix()};
        directories.insert(directories.end(), memory.parentSets().begin(), memory.parentSets().end());
        for (const Member &member : members) {
            const auto [directory, name] = splitPath(member.path);
            if (std::find(directories.begin(), directories.end(), directory) == directories.end())
                continue;
            for (const std::string_view prefix : taskImages) {
                for (const std::string &number : numbers)
                    meant[member.id] = meant[member.id] || name == std::string(prefix) + number + ".img";
            }
        }
    }
    return meant;
}

std::vector<Extent> ProfileScope::memoryOf(const Memory &memory, const ScopeRule &rule)
{
    std::vector<Extent> extents;
    const Task *task = rule.what == ScopeRule::What::Task ? memory.checkpoint().task(rule.pid) : nullptr;
    const auto space = task != nullptr ? memory.addressSpace(rule.pid) : Result<AddressSpace>(Error{});
    if (!space)
        return extents;
    for (const Vma &vma : task->vmas) {
        if (!rule.redact && vma.is(VmaFileShared | VmaAnonShared))
            continue; // others see it too
        for (const AddressPiece &piece : space->pieces(vma.range())) {
            if (piece.presence == Presence::Present)
                extents.push_back(piece.extent);
        }
    }
    std::sort(extents.begin(), extents.end());
    std::vector<Extent> merged;
    for (const Extent &extent : extents) {
        if (!merged.empty() && merged.back().member == extent.member && merged.back().end() >= extent.offset)
            merged.back().length = std::max(merged.back().end(), extent.end()) - merged.back().offset;
        else
            merged.push_back(extent);
    }
    return merged;
}

std::optional<bool> ProfileScope::decidesAt(MemberId member, const FieldPath &fields,
                                            const Extent *place) const
{
    std::optional<bool> decided;
    for (const Rule &rule : m_rules) {
        bool meant = member < rule.members.size() && rule.members[member];
        if (rule.rule.what == ScopeRule::What::Field) {
            meant = means(rule.rule, fields);
        } else if (!meant && place != nullptr) {
            const auto found = firstBehind(rule.memory, place->member, place->offset);
            meant = found != rule.memory.end() && found->member == place->member &&
                    found->offset <= place->offset;
        }
        if (meant)
            decided = rule.rule.redact;
    }
    return decided;
}

std::optional<bool> ProfileScope::decides(MemberId member, const FieldPath &fields) const
{
    return decidesAt(member, fields, nullptr);
}

void ProfileScope::eachPiece(MemberId member, const Extent &canonical,
                             const std::function<void(ByteRange, std::optional<bool>)> &piece) const
{
    std::vector<uint64_t> cuts{canonical.offset, canonical.end()};
    for (const Rule &rule : m_rules) {
        for (auto extent = firstBehind(rule.memory, canonical.member, canonical.offset);
             extent != rule.memory.end() && extent->member == canonical.member &&
             extent->offset < canonical.end();
             ++extent) {
            cuts.push_back(std::max(extent->offset, canonical.offset));
            cuts.push_back(std::min(extent->end(), canonical.end()));
        }
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    for (size_t i = 0; i + 1 < cuts.size(); ++i) {
        const Extent place{canonical.member, cuts[i], cuts[i + 1] - cuts[i]};
        piece(place.range(), decidesAt(member, {}, &place));
    }
}

} // namespace cryoscope
