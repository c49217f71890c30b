// SPDX-License-Identifier: Apache-2.0
#include "core/image/critmerge.h"

#include "core/image/wirewriter.h"

#include <algorithm>
#include <map>

namespace cryoscope
{

namespace
{

using Group = std::vector<const WireField *>;
using Groups = std::map<uint32_t, Group>;

Groups groupsOf(const Message &message)
{
    Groups groups;
    for (const WireField &field : message.fields())
        groups[field.number].push_back(&field);
    return groups;
}

std::span<const std::byte> wholeBytes(const Message &message, const WireField &field)
{
    return message.allBytes().subspan(static_cast<size_t>(field.whole.offset - message.range().offset),
                                      static_cast<size_t>(field.whole.length));
}

std::vector<std::byte> joined(const Message &message, const Group &group)
{
    std::vector<std::byte> all;
    for (const WireField *field : group) {
        const auto bytes = wholeBytes(message, *field);
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
}

bool areMessages(const Group &group)
{
    return std::all_of(group.begin(), group.end(),
                       [](const WireField *field) { return field->message != nullptr; });
}

} // namespace

std::vector<std::byte> mergeChanges(const Message &original, const Message &before, const Message &after)
{
    const Groups originals = groupsOf(original);
    const Groups olds = groupsOf(before);
    const Groups news = groupsOf(after);
    static const Group none;
    const auto groupIn = [](const Groups &groups, uint32_t number) -> const Group & {
        const auto found = groups.find(number);
        return found != groups.end() ? found->second : none;
    };
    enum class Change { None, Inside, Whole };
    // How each field of the original was changed; once per number, as there may be very many of one.
    std::map<uint32_t, Change> changes;
    for (const auto &[number, mine] : originals) {
        const Group &old = groupIn(olds, number);
        const Group &fresh = groupIn(news, number);
        if (joined(before, old) == joined(after, fresh))
            changes[number] = Change::None; // or not known
        else if (areMessages(mine) && areMessages(old) && areMessages(fresh) && mine.size() == old.size() &&
                 mine.size() == fresh.size())
            changes[number] = Change::Inside;
        else
            changes[number] = Change::Whole;
    }
    WireWriter out;
    std::map<uint32_t, size_t> ordinals;
    for (const WireField &field : original.fields()) {
        const uint32_t number = field.number;
        const size_t ordinal = ordinals[number]++;
        switch (changes[number]) {
        case Change::None:
            out.raw(wholeBytes(original, field));
            break;
        case Change::Inside:
            out.bytes(number,
                      mergeChanges(*originals.at(number)[ordinal]->message,
                                   *olds.at(number)[ordinal]->message, *news.at(number)[ordinal]->message));
            break;
        case Change::Whole: // in place of the first; the others go
            if (ordinal == 0)
                out.raw(joined(after, groupIn(news, number)));
            break;
        }
    }
    for (const auto &[number, fresh] : news) {
        if (!originals.contains(number))
            out.raw(joined(after, fresh));
    }
    return out.take();
}

} // namespace cryoscope
