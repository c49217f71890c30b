// SPDX-License-Identifier: Apache-2.0
#include "core/review/copies.h"

#include "core/base/wipe.h"
#include "core/detect/keys/derivedvalues.h"
#include "core/detect/numbersearch.h"
#include "core/memory/run.h"

#include <algorithm>
#include <map>
#include <set>

namespace cryoscope
{

namespace
{

constexpr const char *remainsRule = "copy-remains";

struct Wanted {
    std::string kind;  ///< of the finding whose value it is
    std::string label; ///< its label, if any
};

void forget(std::vector<SearchValue> &values)
{
    for (SearchValue &value : values)
        wipe(value.bytes);
    values.clear();
}

/// The keys of a map cannot be changed where they are.
void forget(std::map<std::string, Wanted> &wanted)
{
    while (!wanted.empty())
        wipe(wanted.extract(wanted.begin()).key());
}

/// A task may map an object from within a value on: what is seen there are no remains, but bytes of a whole
/// copy.
void dropRemainsOfCopies(CopySearch &search)
{
    std::map<MemberId, std::vector<ByteRange>> whole; // by begin
    for (const Finding &finding : search.found) {
        if (finding.rule == remainsRule)
            continue;
        for (const Extent &part : finding.parts)
            whole[part.member].push_back(part.range());
    }
    for (auto &[member, ranges] : whole)
        std::sort(ranges.begin(), ranges.end(),
                  [](const ByteRange &a, const ByteRange &b) { return a.offset < b.offset; });
    const auto covered = [&](const Extent &part) {
        const auto ranges = whole.find(part.member);
        if (ranges == whole.end())
            return false;
        auto after =
            std::upper_bound(ranges->second.begin(), ranges->second.end(), part.offset,
                             [](uint64_t offset, const ByteRange &range) { return offset < range.offset; });
        return after != ranges->second.begin() && std::prev(after)->contains(part.range());
    };
    search.remains -= std::erase_if(search.found, [&](const Finding &finding) {
        return finding.rule == remainsRule &&
               std::all_of(finding.parts.begin(), finding.parts.end(), covered);
    });
}

Result<CopySearch> search(const Memory &memory, const std::map<std::string, Wanted> &wanted,
                          uint64_t tooShort, Progress *progress, std::stop_token stop)
{
    CopySearch out;
    out.tooShort = tooShort;
    out.places.resize(wanted.size());
    if (wanted.empty())
        return out;
    std::vector<SearchValue> values;
    std::vector<const Wanted *> about;
    for (const auto &[bytes, what] : wanted) {
        values.push_back({bytes, about.size(), leavesRemains(bytes)});
        about.push_back(&what);
    }
    const auto done = findValues(
        memory, values,
        [&](std::vector<ValueHit> &&batch) {
            for (ValueHit &hit : batch) {
                const Wanted &what = *about.at(hit.valueId);
                const bool whole = hit.wholeBytes == 0;
                out.places[hit.valueId] += whole ? 1 : 0;
                out.remains += whole ? 0 : 1;
                Finding finding;
                finding.rule = whole ? "copy" : remainsRule;
                finding.kind = what.kind;
                finding.confidence = Confidence::High;
                finding.encoding = hit.encoding;
                finding.parts = std::move(hit.parts);
                finding.why = "copy of " + (what.label.empty() ? "an accepted value" : what.label) + " (" +
                              what.kind + ", " + std::string(encodingName(hit.encoding)) + ")";
                finding.label = what.label;
                if (!whole) {
                    finding.confidence = Confidence::Medium;
                    finding.why = std::string(hit.atEnd ? "the last " : "the first ") +
                                  std::to_string(finding.length()) + " of " + std::to_string(hit.wholeBytes) +
                                  " bytes of a " + finding.why;
                }
                finding.pid = hit.pid;
                finding.address = hit.address;
                out.found.push_back(std::move(finding));
            }
        },
        progress, stop);
    const auto inNumbers =
        done ? findInNumbers(memory, values, std::move(stop)) : Result<std::vector<NumberHit>>(done.error());
    forget(values);
    if (!inNumbers)
        return inNumbers.error();
    for (const NumberHit &hit : *inNumbers) {
        const Wanted &what = *about.at(hit.valueId);
        ++out.places[hit.valueId];
        Finding finding;
        finding.rule = "copy";
        finding.kind = what.kind;
        finding.confidence = Confidence::High;
        finding.encoding = Encoding::Numbers;
        finding.parts = hit.parts;
        finding.why = "copy of " + (what.label.empty() ? "an accepted value" : what.label) + " (" +
                      what.kind + ", in the numbers of " + hit.field + ")";
        finding.label = what.label;
        out.found.push_back(std::move(finding));
    }
    dropRemainsOfCopies(out);
    return out;
}

/// Whether the bytes of a finding say what its value is. Those of a copy may not ("+" for a space, escapes,
/// words of a register with more than the value in them); its value was searched when the copy was found.
bool saysItsValue(const CaseFinding &entry)
{
    if (entry.finding.rule == remainsRule)
        return false; // a part of it
    const bool copy = entry.origin == Origin::Copy || entry.origin == Origin::ValueFile;
    if (!copy)
        return true;
    switch (entry.finding.encoding) {
    case Encoding::Percent:
    case Encoding::JsonEscape:
    case Encoding::Compressed:
    case Encoding::Numbers:
        return false;
    default:
        return true;
    }
}

/// Calls `each(entry, value, name)` for the decoded value of each accepted finding that says its value (name
/// empty), and for what follows from it: the numbers of a private key, the key of an expanded one, and what
/// two primes of one RSA key give together.
template <class Each>
Result<void> eachValue(const Archive &archive, std::span<const CaseFinding> findings, const Each &each)
{
    struct Primes {
        std::set<std::string> values;
        const CaseFinding *entry = nullptr;
    };
    std::map<std::string, Primes> primes; // by the label that names their key
    for (const CaseFinding &entry : findings) {
        if (entry.decision != Decision::Accepted || !saysItsValue(entry))
            continue;
        const auto bytes = readExtents(archive, entry.finding.parts);
        if (!bytes)
            return bytes.error();
        const std::string value = decodeValue(entry.finding.encoding, *bytes);
        each(entry, value, std::string());
        for (const NamedNumber &derived : derivedValues(value))
            each(entry, derived.value, derived.name);
        if (entry.finding.rule == "rsa-prime" && !entry.finding.label.empty()) {
            Primes &ofKey = primes[entry.finding.label];
            ofKey.values.insert(value);
            ofKey.entry = &entry;
        }
    }
    for (const auto &[label, ofKey] : primes) {
        for (const std::string &p : ofKey.values) {
            for (const std::string &q : ofKey.values) { // both orders: each has its own inverse
                for (const NamedNumber &number : rsaSecrets(p, q))
                    each(*ofKey.entry, number.value, number.name);
            }
        }
    }
    return {};
}

} // namespace

Result<CopySearch> findCopies(const Memory &memory, std::span<const CaseFinding> accepted, Progress *progress,
                              std::stop_token stop)
{
    std::map<std::string, Wanted> wanted;
    uint64_t tooShort = 0;
    const auto done =
        eachValue(memory.checkpoint().archive(), accepted,
                  [&](const CaseFinding &entry, const std::string &value, const std::string &name) {
                      if (value.size() < minSearchedValue) {
                          ++tooShort;
                          return;
                      }
                      const std::string kind =
                          name.empty() ? entry.finding.kind : entry.finding.kind + ": " + name;
                      wanted.try_emplace(value, Wanted{kind, entry.finding.label});
                  });
    auto found =
        done ? search(memory, wanted, tooShort, progress, std::move(stop)) : Result<CopySearch>(done.error());
    forget(wanted);
    return found;
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
    auto done = search(memory, wanted, tooShort, progress, std::move(stop));
    if (done) {
        std::vector<uint64_t> places;
        for (const std::string &value : values) {
            const auto at = wanted.find(value);
            places.push_back(at == wanted.end()
                                 ? 0
                                 : done->places[static_cast<size_t>(std::distance(wanted.begin(), at))]);
        }
        done->places = std::move(places);
    }
    forget(wanted);
    return done;
}

Result<std::vector<std::string>> acceptedValues(const Archive &archive, std::span<const CaseFinding> findings)
{
    std::set<std::string> values;
    const auto done =
        eachValue(archive, findings, [&](const CaseFinding &, const std::string &value, const std::string &) {
            values.insert(value);
        });
    if (!done)
        return done.error();
    return std::vector<std::string>(values.begin(), values.end());
}

} // namespace cryoscope
