// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cryoscope
{

/// What a finding means for restoring the checkpoint.
enum class RestoreSeverity {
    Note,    ///< worth knowing: the set is whole, but restoring it has a condition
    MayStop, ///< CRIU may refuse it, or the restored program may fail
    Stops    ///< CRIU refuses it
};
/// "note", "may stop", "stops".
[[nodiscard]] std::string_view restoreSeverityName(RestoreSeverity severity);

/// Something that stands in the way of restoring a checkpoint, or of restoring a redacted one. Holds no
/// values of the evidence: names of fields and members, offsets, ids and counts.
struct RestoreFinding {
    RestoreSeverity severity = RestoreSeverity::Note;
    std::string member;             ///< path; of a missing image the one that it would have
    std::optional<uint64_t> offset; ///< bytes from the start of the member, where the field or message begins
    std::string field;  ///< "fdinfo_entry.id", "pid 100 [vdso] 0x7ffd…"; empty: the whole member
    std::string reason; ///< what is wrong, or who checks it

    /// "MEMBER at offset N (0xN): FIELD: REASON", leaving out what is not known.
    [[nodiscard]] std::string describe() const;
};

/// Collects findings. A set that lost one file can have a million of a kind: beyond the first ones of a kind
/// they are counted in the last of them.
class RestoreFindings
{
public:
    static constexpr size_t maxAlike = 50; ///< of a kind that are listed

    /// `kind`: what a reader would call the same thing again; free of ids and addresses.
    void add(RestoreFinding finding, const std::string &kind);
    /// Of those with one `group` only the first is listed, and tells of how many `parts` there are ("words of
    /// its registers").
    void addPart(RestoreFinding finding, const std::string &group, const std::string &parts);
    /// By severity, those that stop first; of one severity in the order in which they were added.
    [[nodiscard]] std::vector<RestoreFinding> take() &&;

private:
    struct Count {
        size_t number = 0; ///< that were added
        size_t lastAt = 0; ///< of those that are listed
    };
    struct Group {
        size_t number = 0;
        size_t at = 0; ///< in the list
        std::string parts;
    };
    std::vector<RestoreFinding> m_list;
    std::unordered_map<std::string, Count> m_counts;
    std::unordered_map<std::string, Group> m_groups;
};

} // namespace cryoscope
