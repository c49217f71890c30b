// SPDX-License-Identifier: Apache-2.0
#include "core/redact/profile.h"

#include "core/archive/bloblayout.h"
#include "core/archive/tarindex.h"
#include "core/base/hash.h"
#include "core/checkpoint/imagenames.h"
#include "core/checkpoint/imagesets.h"
#include "core/image/imagefile.h"
#include "core/redact/fieldredactor.h"
#include "core/redact/tarredactor.h"
#include "core/redact/textredactor.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cryoscope
{

namespace
{

constexpr std::array<std::pair<std::string_view, Profile::Kind>, 4> kindNames{
    {{"restorable", Profile::Kind::Restorable},
     {"bug-report", Profile::Kind::BugReport},
     {"keep-pointers", Profile::Kind::KeepPointers},
     {"no-memory", Profile::Kind::NoMemory}}};

constexpr uint64_t maxText = uint64_t{256} << 20; // bytes of a log or JSON member that are read at once

/// How a member is redacted.
enum class Form {
    Pages,
    OtherPages, ///< of a set that is not shown, or of none
    Image,
    NetworkDump,
    NetworkText,
    Log,
    Output,
    Json,
    Tar,
    Compressed,
    Nothing,
    Unknown
};

bool endsWithAny(std::string_view name, std::initializer_list<std::string_view> ends)
{
    return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return name.ends_with(end); });
}

bool isAny(std::string_view name, std::initializer_list<std::string_view> names)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool startsWithAny(std::string_view name, std::initializer_list<std::string_view> starts)
{
    return std::any_of(starts.begin(), starts.end(),
                       [&](std::string_view start) { return name.starts_with(start); });
}

/// Goes over all members of a checkpoint.
class ProfileRun
{
public:
    ProfileRun(const Memory &memory, const Sensitivity &table, RedactionSink &sink, std::stop_token stop)
        : m_memory(memory), m_archive(memory.checkpoint().archive()), m_fields(table, sink), m_sink(sink),
          m_blobs(m_archive), m_carries(holdersOfImageSets(m_archive)), m_stop(std::move(stop))
    {
        std::set<std::string, std::less<>> digests;
        for (const auto &[member, digest] : m_blobs.blobs())
            digests.insert(digest);
        m_sink.keepDigests(std::move(digests));
        for (const Member &member : m_archive.members()) {
            if (member.parent != noMember)
                (member.storage == Storage::Decoded ? m_decodes : m_holds).insert(member.parent);
        }
    }

    /// Images first: free text is searched for the names that they gave.
    Result<void> run()
    {
        for (const bool texts : {false, true}) {
            for (const Member &member : m_archive.members()) {
                if (m_stop.stop_requested())
                    return Error{ErrorCode::Cancelled, "cancelled", m_archive.path(), std::nullopt};
                if (!member.content || member.content->size() == 0 || member.storage == Storage::Linked ||
                    withinTar(member))
                    continue;
                const Form form = formOf(member);
                if ((form == Form::Log || form == Form::NetworkText) != texts)
                    continue;
                if (auto done = redact(member, form); !done)
                    return done;
            }
        }
        return {};
    }

private:
    /// Part of a tar that is redacted as a whole (unless it is the checkpoint's own, or holds one).
    [[nodiscard]] bool withinTar(const Member &member) const
    {
        return member.parent != noMember && member.storage != Storage::Decoded && !m_carries[member.parent];
    }

    [[nodiscard]] Form formOf(const Member &member) const
    {
        const auto [directory, name] = splitPath(member.path);
        if (m_memory.isPagesFile(member.id))
            return Form::Pages;
        if (m_decodes.contains(member.id))
            return Form::Compressed; // what it decodes to is a member
        if (member.recoding || imageNumber(name, "pages-") || imageNumber(name, "pages-shmem-"))
            return Form::OtherPages;
        if (m_carries[member.id])
            return Form::Nothing; // its members are redacted one by one
        if (m_blobs.isText(member.id) || (!m_blobs.empty() && isAny(name, {"json", "repositories"})))
            return Form::Json;
        if (m_holds.contains(member.id) || isTar(*member.content))
            return Form::Tar;
        if (startsWithAny(name, {"ifaddr-", "route-", "route6-", "rule-", "netns-ct-", "netns-exp-"}))
            return Form::NetworkDump;
        if (startsWithAny(name, {"iptables-", "ip6tables-", "nftables-"}))
            return Form::NetworkText;
        if (!isRawImage(name) && Image::looksLikeImage(*member.content))
            return Form::Image;
        if (isAny(name, {"dump.log", "restore.log", "page-server.log"}))
            return Form::Log;
        if (endsWithAny(name, {".log", ".LogPath"}))
            return Form::Output;
        if (isAny(name, {"config.dump", "spec.dump", "config.json", "network.status", "status", "status.dump",
                         "bind.mounts", "deleted.files", "pod.options", "pod.dump", "descriptors.json",
                         "manifest.json", "index.json"}))
            return Form::Json;
        if (isAny(name, {"oci-layout"}) || (!m_blobs.empty() && isAny(name, {"VERSION", "version"})))
            return Form::Nothing;
        return Form::Unknown;
    }

    Result<void> redact(const Member &member, Form form)
    {
        switch (form) {
        case Form::Pages: // by redactMemory()
        case Form::Compressed:
        case Form::Nothing:
            return {};
        case Form::Image: {
            const auto image = m_memory.checkpoint().openImage(member.id);
            if (image)
                return m_fields.redact(member.id, *image);
            return empty(member, DataClass::Other, "an image of an unknown type is emptied");
        }
        case Form::NetworkDump: {
            constexpr uint64_t magicBytes = 4;
            const uint64_t from = std::min(magicBytes, member.content->size());
            m_sink.zero(DataClass::Network, member.id, {from, member.content->size() - from});
            return {};
        }
        case Form::NetworkText:
            return text(member, DataClass::Network,
                        [this](std::string_view all) { return pseudonymousLog(m_sink, all); });
        case Form::Log:
            return text(member, DataClass::Other,
                        [this](std::string_view all) { return pseudonymousLog(m_sink, all); });
        case Form::Json:
            return text(member, DataClass::Archive,
                        [this](std::string_view all) { return pseudonymousJson(m_sink, all); });
        case Form::OtherPages:
            return empty(member, DataClass::Memory, "pages of an image set that is not shown are emptied");
        case Form::Output:
            m_sink.zero(DataClass::Archive, member.id, {0, member.content->size()});
            return {};
        case Form::Tar: {
            const bool tmpfs =
                splitPath(m_archive.member(outermost(member)).path).second.starts_with("tmpfs-");
            return redactTar(member.id, tmpfs ? DataClass::Tmpfs : DataClass::Archive, m_sink, m_stop);
        }
        case Form::Unknown:
            return empty(member, DataClass::Other, "a file of an unknown kind is emptied");
        }
        return {};
    }

    /// All of a member, and says so.
    Result<void> empty(const Member &member, DataClass dataClass, const char *why)
    {
        if (m_sink.wants(dataClass, member.id))
            m_sink.note(member.path + ": " + why);
        m_sink.zero(dataClass, member.id, {0, member.content->size()});
        return {};
    }

    [[nodiscard]] MemberId outermost(const Member &member) const
    {
        MemberId id = member.id;
        while (m_archive.member(id).parent != noMember)
            id = m_archive.member(id).parent;
        return id;
    }

    template <class Map> Result<void> text(const Member &member, DataClass dataClass, const Map &map)
    {
        if (!m_sink.wants(dataClass, member.id))
            return {};
        if (member.content->size() > maxText)
            return empty(member, dataClass, "too long to be read, so it is emptied");
        const auto bytes = member.content->readWhole(maxText);
        if (!bytes)
            return bytes.error();
        const auto before = asText(*bytes);
        const std::string after = map(before);
        // Line by line, so that the plan tells where something changes.
        for (size_t at = 0; at < before.size();) {
            const size_t end = std::min(before.find('\n', at), before.size() - 1) + 1;
            m_sink.replace(dataClass, member.id, at, before.substr(at, end - at),
                           std::string_view(after).substr(at, end - at));
            at = end;
        }
        return {};
    }

    const Memory &m_memory;
    const Archive &m_archive;
    FieldRedactor m_fields;
    RedactionSink &m_sink;
    BlobLayout m_blobs;
    std::vector<bool> m_carries; ///< by member: holds an image set
    std::stop_token m_stop;
    std::set<MemberId> m_decodes; ///< compressed members
    std::set<MemberId> m_holds;   ///< tars
};

} // namespace

Result<Profile> Profile::parse(std::string_view text)
{
    Profile profile;
    bool first = true;
    while (!text.empty() || first) {
        const size_t comma = std::min(text.find(','), text.size());
        const auto word = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (first) {
            const auto found = std::find_if(kindNames.begin(), kindNames.end(),
                                            [&](const auto &entry) { return entry.first == word; });
            if (found == kindNames.end())
                return Error{
                    ErrorCode::Usage,
                    "a profile is restorable, bug-report, keep-pointers or no-memory, then +CLASS or -CLASS",
                    {},
                    std::nullopt};
            profile.kind = found->second;
            first = false;
            continue;
        }
        if (word.find('=') != std::string_view::npos) {
            auto rule = ScopeRule::parse(word);
            if (!rule)
                return rule.error();
            profile.scope.push_back(std::move(*rule));
            continue;
        }
        const auto dataClass = word.size() > 1 ? dataClassNamed(word.substr(1)) : std::nullopt;
        if (!dataClass || *dataClass == DataClass::None || (word.front() != '+' && word.front() != '-')) {
            std::string names;
            for (const DataClass entry : sensitiveClasses())
                names += " " + std::string(dataClassName(entry));
            return Error{ErrorCode::Usage,
                         "the classes of a profile are:" + names +
                             "; exceptions are pid=N, member=GLOB and field=MESSAGE.FIELD behind + or -",
                         {},
                         std::nullopt};
        }
        (word.front() == '+' ? profile.widened : profile.narrowed).insert(*dataClass);
        (word.front() == '+' ? profile.narrowed : profile.widened).erase(*dataClass);
    }
    return profile;
}

std::string Profile::describe() const
{
    std::string text(std::find_if(kindNames.begin(), kindNames.end(), [this](const auto &entry) {
                         return entry.second == kind;
                     })->first);
    for (const DataClass dataClass : widened)
        text += ",+" + std::string(dataClassName(dataClass));
    for (const DataClass dataClass : narrowed)
        text += ",-" + std::string(dataClassName(dataClass));
    for (const ScopeRule &rule : scope)
        text += "," + rule.describe();
    return text;
}

std::set<DataClass> Profile::classes() const
{
    std::set<DataClass> all = widened;
    if (kind == Kind::BugReport)
        all.insert(sensitiveClasses().begin(), sensitiveClasses().end());
    else if (kind != Kind::Restorable)
        all.insert(DataClass::Memory);
    for (const DataClass dataClass : narrowed)
        all.erase(dataClass);
    return all;
}

MemoryTreatment Profile::memory() const
{
    const bool someOfIt = std::any_of(scope.begin(), scope.end(), [](const ScopeRule &rule) {
        return rule.redact && rule.what != ScopeRule::What::Field;
    });
    if (!classes().contains(DataClass::Memory) && !someOfIt)
        return MemoryTreatment::Keep;
    return kind == Kind::KeepPointers ? MemoryTreatment::KeepPointers : MemoryTreatment::Empty;
}

Result<ProfileSummary> applyProfile(const Memory &memory, const Profile &profile,
                                    const Pseudonyms &pseudonyms, PatchSet &patches, Progress *progress,
                                    std::stop_token stop)
{
    if (profile.isEmpty())
        return ProfileSummary();
    std::vector<std::string> notes;
    const auto table = Sensitivity::builtIn();
    if (!table)
        return table.error();
    RedactionSink sink(memory.checkpoint().archive(), pseudonyms, profile.classes(), patches,
                       ProfileScope(memory, profile.scope, notes));
    for (std::string &note : notes)
        sink.note(std::move(note));
    if (auto done = redactMemory(memory, profile.memory(), sink, progress, stop); !done)
        return done.error();
    if (auto done = ProfileRun(memory, **table, sink, stop).run(); !done)
        return done.error();
    return ProfileSummary{sink.summary(), sink.notes(), sink.known()};
}

} // namespace cryoscope
