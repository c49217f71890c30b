// SPDX-License-Identifier: Apache-2.0
#include "core/review/copies.h"

#include "core/memory/run.h"

#include <map>
#include <set>

namespace cryoscope
{

namespace
{

struct Wanted {
    std::string kind;  ///< of the finding whose value it is
    std::string label; ///< its label, if any
};

/// Overwrites values before their memory is given back: they have no business in a core dump of ours.
void forget(std::vector<SearchValue> &values)
{
    for (SearchValue &value : values) {
        volatile char *byte = value.bytes.data();
        for (size_t i = 0; i < value.bytes.size(); ++i)
            byte[i] = 0;
    }
    values.clear();
}

Result<CopySearch> search(const Memory &memory, const std::map<std::string, Wanted> &wanted,
                          uint64_t tooShort, Progress *progress, std::stop_token stop)
{
    CopySearch out;
    out.tooShort = tooShort;
    if (wanted.empty())
        return out;
    std::vector<SearchValue> values;
    std::vector<const Wanted *> about;
    for (const auto &[bytes, what] : wanted) {
        values.push_back({bytes, about.size()});
        about.push_back(&what);
    }
    const auto done = findValues(
        memory, values,
        [&](std::vector<ValueHit> &&batch) {
            for (ValueHit &hit : batch) {
                const Wanted &what = *about.at(hit.valueId);
                Finding finding;
                finding.rule = "copy";
                finding.kind = what.kind;
                finding.confidence = Confidence::High;
                finding.encoding = hit.encoding;
                finding.parts = std::move(hit.parts);
                finding.why = "copy of " + (what.label.empty() ? "an accepted value" : what.label) + " (" +
                              what.kind + ", " + std::string(encodingName(hit.encoding)) + ")";
                finding.label = what.label;
                finding.pid = hit.pid;
                finding.address = hit.address;
                out.found.push_back(std::move(finding));
            }
        },
        progress, std::move(stop));
    forget(values);
    if (!done)
        return done.error();
    return out;
}

/// Whether the bytes of a finding say what its value is. Those of an encoded copy may not (base64 that begins
/// within a group, "+" for a space); its value was searched when the copy was found.
bool saysItsValue(const CaseFinding &entry)
{
    const bool copy = entry.origin == Origin::Copy || entry.origin == Origin::ValueFile;
    return !copy || entry.finding.encoding == Encoding::Raw;
}

} // namespace

Result<CopySearch> findCopies(const Memory &memory, std::span<const CaseFinding> accepted, Progress *progress,
                              std::stop_token stop)
{
    std::map<std::string, Wanted> wanted;
    uint64_t tooShort = 0;
    for (const CaseFinding &entry : accepted) {
        if (entry.decision != Decision::Accepted || !saysItsValue(entry))
            continue;
        const auto bytes = readExtents(memory.checkpoint().archive(), entry.finding.parts);
        if (!bytes)
            return bytes.error();
        std::string value = decodeValue(entry.finding.encoding, *bytes);
        if (value.size() < minSearchedValue)
            ++tooShort;
        else
            wanted.try_emplace(std::move(value), Wanted{entry.finding.kind, entry.finding.label});
    }
    return search(memory, wanted, tooShort, progress, std::move(stop));
}

Result<CopySearch> findCopiesOf(const Memory &memory, std::span<const std::string> values, Progress *progress,
                                std::stop_token stop)
{
    std::map<std::string, Wanted> wanted;
    uint64_t tooShort = 0;
    for (const std::string &value : values) {
        if (value.size() < minSearchedValue)
            ++tooShort;
        else
            wanted.try_emplace(value, Wanted{"Listed value", {}});
    }
    return search(memory, wanted, tooShort, progress, std::move(stop));
}

Result<std::vector<std::string>> acceptedValues(const Archive &archive, std::span<const CaseFinding> findings)
{
    std::set<std::string> values;
    for (const CaseFinding &entry : findings) {
        if (entry.decision != Decision::Accepted || !saysItsValue(entry))
            continue;
        const auto bytes = readExtents(archive, entry.finding.parts);
        if (!bytes)
            return bytes.error();
        values.insert(decodeValue(entry.finding.encoding, *bytes));
    }
    return std::vector<std::string>(values.begin(), values.end());
}

} // namespace cryoscope
