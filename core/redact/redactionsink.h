// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/archive/archive.h"
#include "core/redact/patchset.h"
#include "core/redact/profilescope.h"
#include "core/redact/pseudonyms.h"
#include "core/redact/sensitivity.h"

#include <map>
#include <set>
#include <string>

namespace cryoscope
{

/// What a profile did with one class of data.
struct ClassSummary {
    uint64_t changedBytes = 0; ///< bytes that are replaced
    uint64_t places = 0;       ///< fields, payloads, ranges
};

/// Where the redactors of a profile leave what they decide: patches of members, names that they gave
/// pseudonyms (so that they can be found again in free text), and counts. Owned by one thread.
class RedactionSink
{
public:
    /// All must outlive it. `classes`: what is redacted; the rest is left alone; `scope`: exceptions.
    RedactionSink(const Archive &archive, const Pseudonyms &pseudonyms, std::set<DataClass> classes,
                  PatchSet &patches, ProfileScope scope = {})
        : m_archive(archive), m_pseudonyms(pseudonyms), m_classes(std::move(classes)),
          m_scope(std::move(scope)), m_patches(patches)
    {
    }

    [[nodiscard]] const Archive &archive() const { return m_archive; }
    [[nodiscard]] const Pseudonyms &pseudonyms() const { return m_pseudonyms; }
    /// Whether something of this class is redacted in a member, in the field that was entered.
    [[nodiscard]] bool wants(DataClass dataClass, MemberId member) const
    {
        const auto decided = m_scope.decides(member, m_fields);
        return decided ? *decided : m_classes.contains(dataClass);
    }

    /// What follows belongs to this field (null: to the message), until it ends.
    class Field
    {
    public:
        Field(RedactionSink &sink, const MessageType &message, const FieldType *field) : m_sink(sink)
        {
            m_sink.m_fields.emplace_back(&message, field);
        }
        ~Field() { m_sink.m_fields.pop_back(); }
        Field(const Field &) = delete;
        Field &operator=(const Field &) = delete;

    private:
        RedactionSink &m_sink;
    };

    /// Replaces bytes of a member at `offset` by others of the same number, if the class is wanted and they
    /// differ
    /// (`before`: what stands there now).
    void replace(DataClass dataClass, MemberId member, uint64_t offset, std::string_view before,
                 std::string_view after);
    /// Empties a range of a member, as far as the class is wanted there.
    void zero(DataClass dataClass, MemberId member, ByteRange range);

    /// What follows belongs to another member than that in which it stands, until it ends: a header of a tar
    /// to the member behind it (noMember: to none).
    class Header
    {
    public:
        Header(RedactionSink &sink, MemberId of) : m_sink(sink) { m_sink.m_headerOf = of; }
        ~Header() { m_sink.m_headerOf = noMember; }
        Header(const Header &) = delete;
        Header &operator=(const Header &) = delete;

    private:
        RedactionSink &m_sink;
    };

    /// A name that was replaced: path components and whole texts.
    void remember(std::string_view original);
    [[nodiscard]] bool isKnown(std::string_view text) const { return m_known.contains(text); }
    [[nodiscard]] const std::set<std::string, std::less<>> &known() const { return m_known; }

    /// Digests by which a text names files of the checkpoint: they stay.
    void keepDigests(std::set<std::string, std::less<>> digests) { m_digests = std::move(digests); }
    [[nodiscard]] bool keepsDigest(std::string_view text) const { return m_digests.contains(text); }

    void note(std::string text) { m_notes.push_back(std::move(text)); }
    [[nodiscard]] const std::map<DataClass, ClassSummary> &summary() const { return m_summary; }
    [[nodiscard]] const std::vector<std::string> &notes() const { return m_notes; }

private:
    /// The member that holds a place, of those within each other, if that matters: a tar is redacted as a
    /// whole.
    [[nodiscard]] MemberId meant(MemberId member, const Extent &canonical) const;

    const Archive &m_archive;
    const Pseudonyms &m_pseudonyms;
    std::set<DataClass> m_classes;
    ProfileScope m_scope;
    FieldPath m_fields; ///< that are being redacted
    MemberId m_headerOf = noMember;
    PatchSet &m_patches;
    std::set<std::string, std::less<>> m_known;
    std::set<std::string, std::less<>> m_digests;
    std::map<DataClass, ClassSummary> m_summary;
    std::vector<std::string> m_notes;
};

} // namespace cryoscope
