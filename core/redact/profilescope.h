// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image/schema.h"
#include "core/memory/memory.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cryoscope
{

/// An exception to the classes of a profile: a task, a member or a field that is redacted whatever its class,
/// or left alone.
struct ScopeRule {
    enum class What {
        Task,   ///< by pid: its images, those of its threads, and its memory
        Member, ///< by glob (globMeansFile()), with all that lies within
        Field   ///< "message.field" of the schema, or a message with all its fields
    };
    What what = What::Member;
    std::string text; ///< the glob, or the field
    uint32_t pid = 0;
    bool redact = true; ///< false: left alone

    /// "+pid=7", "-member=GLOB", "+field=MESSAGE.FIELD" …; Usage error for anything else, also for fields
    /// that no message has.
    static Result<ScopeRule> parse(std::string_view word);
    /// What parse() takes.
    [[nodiscard]] std::string describe() const;
    bool operator==(const ScopeRule &) const = default;
};

/// Fields within each other, the outermost first.
using FieldPath = std::vector<std::pair<const MessageType *, const FieldType *>>;

/// The exceptions of a profile in one checkpoint: the last one that means a byte decides. Memory that tasks
/// share is left alone with none of them, and redacted with each. Immutable; thread-safe.
class ProfileScope
{
public:
    /// Without exceptions.
    ProfileScope() = default;
    /// `notes` gets a line for each exception that means nothing in this checkpoint.
    ProfileScope(const Memory &memory, std::vector<ScopeRule> rules, std::vector<std::string> &notes);

    [[nodiscard]] bool isEmpty() const { return m_rules.empty(); }
    /// What is decided of bytes of a member that are no task's memory, which stand in these fields (none: in
    /// no image's message); nothing: the class decides.
    [[nodiscard]] std::optional<bool> decides(MemberId member, const FieldPath &fields) const;
    /// Calls `piece(range, decided)` for the parts of `canonical`, a range of pages (bytes of a canonical
    /// member): `member` is the pages file that stands there. In order, without gaps.
    void eachPiece(MemberId member, const Extent &canonical,
                   const std::function<void(ByteRange range, std::optional<bool> decided)> &piece) const;

private:
    struct Rule {
        ScopeRule rule;
        std::vector<bool> members;  ///< by id: those that it means
        std::vector<Extent> memory; ///< canonical, ascending, apart
    };

    static std::vector<bool> membersOf(const Memory &memory, const ScopeRule &rule);
    static std::vector<Extent> memoryOf(const Memory &memory, const ScopeRule &rule);
    [[nodiscard]] std::optional<bool> decidesAt(MemberId member, const FieldPath &fields,
                                                const Extent *place) const;

    std::vector<Rule> m_rules;
};

} // namespace cryoscope
