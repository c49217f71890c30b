// SPDX-License-Identifier: Apache-2.0
#include "core/detect/windowmatcher.h"

#include "core/detect/bytescan.h"
#include "core/detect/decodedtext.h"
#include "core/detect/encodings.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace cryoscope
{

namespace
{

constexpr size_t reach = contextBefore + 256;    // between the begin of a value and its anchor, either way
constexpr size_t minEncodedRun = 24;             // characters
constexpr size_t encodedPart = size_t{32} << 10; // characters that are decoded at once
constexpr size_t encodedStep = size_t{24} << 10; // a multiple of four; the rest is overlap
constexpr size_t maxEscaped = size_t{4} << 10;   // characters of escaped text on either side of a literal

bool isRunChar(char c)
{
    return isBase64(c) || c == '=';
}

bool isUrlText(char c)
{
    return isPrintable(c) && c != ' ' && c != '"' && c != '\'' && c != '<' && c != '>' && c != '\\' &&
           c != '`' && c != '{' && c != '}' && c != '|';
}

} // namespace

/// One search of one stretch of bytes.
class WindowMatcher::Search
{
public:
    Search(const WindowMatcher &matcher, Scratch &scratch, const Place &place)
        : m_matcher(matcher), m_scratch(scratch), m_place(place)
    {
    }

    void run(std::string_view bytes)
    {
        const size_t from = m_place.ownBegin - std::min(m_place.ownBegin, reach);
        const size_t to = std::min(bytes.size(), m_place.ownEnd + reach);
        searchText(bytes, from, to, 0, 1, Encoding::Raw);
        m_scratch.wide.clear();
        findWideText(bytes, from, to, m_place.oddStart, m_scratch.wide);
        for (const WideText &wide : m_scratch.wide) {
            // The part of it that is looked at: bytes [from, to).
            if (wide.begin >= to)
                continue;
            const size_t first = wide.begin >= from ? 0 : (from - wide.begin) / wide.stride;
            const size_t last =
                std::min(wide.narrow.size(), (to - wide.begin + wide.stride - 1) / wide.stride);
            searchText(wide.narrow, first, last, wide.begin, wide.stride, wide.encoding);
        }
        settle();
    }

private:
    /// Searches anchors and runs in text[from, to). A character of it stands at base + i * stride.
    void searchText(std::string_view text, size_t from, size_t to, size_t base, size_t stride,
                    Encoding encoding)
    {
        const auto &rules = m_matcher.m_rules->rules();
        size_t percentEnd = 0;
        size_t escapedEnd = 0;
        const auto place = [&](TextMatch &match) {
            match.begin = base + stride * match.begin;
            match.end = base + stride * match.end;
            if (encoding != Encoding::Raw) {
                match.encoding = encoding;
                match.why += encoding == Encoding::Utf32Le ? " (in UTF-32)" : " (in UTF-16)";
            }
        };
        m_matcher.m_matcher->search(
            text.substr(from, to - from), m_scratch.literals, [&](size_t literal, size_t offset) {
                const size_t at = from + offset;
                for (const size_t index : m_matcher.m_rulesOf[literal]) {
                    const Rule &rule = rules[index];
                    const auto trigger = rule.confirm->trigger;
                    if (trigger == Trigger::Percent && at >= percentEnd)
                        percentEnd = searchEscaped(text, at, true, place);
                    else if (trigger == Trigger::Escaped && at >= escapedEnd)
                        escapedEnd = searchEscaped(text, at, false, place);
                    else if (trigger == Trigger::Anchor)
                        confirmAt(index, text, at, m_matcher.m_literals[literal], place);
                }
            });
        searchRuns(text, from, to, place);
        for (const size_t index : m_matcher.m_textRules) {
            const auto stretch = text.substr(from, to - from);
            confirmAt(index, stretch, 0, stretch, [&](TextMatch &match) {
                match.begin += from;
                match.end += from;
                place(match);
            });
        }
        if (const auto &user = m_matcher.m_rules->userRules()) {
            std::vector<UserRules::Match> found;
            user->search(text, from, to, m_place.path, m_scratch.user, found);
            for (const auto &match : found)
                addUser(match, place);
        }
    }

    template <class Place>
    void confirmAt(size_t index, std::string_view text, size_t at, std::string_view anchor,
                   const Place &placeMatch)
    {
        const Rule &rule = m_matcher.m_rules->rules()[index];
        m_found.clear();
        rule.confirm->function(rule, text, at, anchor, m_found);
        for (TextMatch &match : m_found) {
            placeMatch(match);
            std::string kind = match.kind.empty() ? rule.kind : std::move(match.kind);
            m_scratch.matches.push_back({rule.id, std::move(kind), std::move(match), index});
        }
    }

    template <class Place> void addUser(const UserRules::Match &match, const Place &placeMatch)
    {
        TextMatch text{match.begin, match.end, Confidence::Medium, Encoding::Raw, "matches a rule of yours",
                       {},          {}};
        placeMatch(text);
        const auto &user = *match.rule;
        m_scratch.matches.push_back({user.id, user.description.empty() ? user.id : user.description,
                                     std::move(text), m_matcher.m_rules->rules().size()});
    }

    /// Searches decoded text by the rules that ask for it; `toSource` turns a match into one of the text that
    /// was decoded.
    template <class Place>
    void searchDecoded(const DecodedText &decoded, size_t offset, const Place &placeMatch)
    {
        const auto &rules = m_matcher.m_rules->rules();
        const std::string &text = decoded.text();
        m_matcher.m_matcher->search(text, m_scratch.nested, [&](size_t literal, size_t at) {
            for (const size_t index : m_matcher.m_rulesOf[literal]) {
                const Rule &rule = rules[index];
                if (rule.confirm->trigger != Trigger::Anchor || !rule.encoded)
                    continue;
                confirmAt(index, text, at, m_matcher.m_literals[literal], [&](TextMatch &match) {
                    const Encoding form = decoded.encodingAt(match.begin);
                    const auto [begin, end] = decoded.source(match.begin, match.end);
                    match.begin = offset + begin;
                    match.end = offset + end;
                    match.encoding = form;
                    match.why += ", within " + std::string(encodingName(form));
                    placeMatch(match);
                });
            }
        });
    }

    /// Returns where the escaped text around `at` ends.
    template <class Place>
    size_t searchEscaped(std::string_view text, size_t at, bool percent, const Place &placeMatch)
    {
        const auto belongs = [percent](char c) {
            return percent ? isUrlText(c) : !isControl(c) && static_cast<unsigned char>(c) < 0x80;
        };
        size_t begin = at;
        while (begin > 0 && at - begin < maxEscaped && belongs(text[begin - 1])) {
            if (!percent && text[begin - 1] == '"' && (begin < 2 || text[begin - 2] != '\\'))
                break;
            --begin;
        }
        size_t end = at;
        while (end < text.size() && end - at < maxEscaped && belongs(text[end])) {
            if (!percent && text[end] == '"' && text[end - (end > 0 ? 1 : 0)] != '\\')
                break;
            ++end;
        }
        const auto region = text.substr(begin, end - begin);
        searchDecoded(percent ? DecodedText::percent(region) : DecodedText::json(region), begin, placeMatch);
        return std::max(end, at + 1);
    }

    template <class Place>
    void searchRuns(std::string_view text, size_t from, size_t to, const Place &placeMatch)
    {
        m_scratch.blocks.clear();
        findTokenBlocks(text, from, to, m_scratch.blocks);
        size_t next = 0;
        for (const size_t block : m_scratch.blocks) {
            const size_t blockEnd = std::min(block + scanBlock, text.size());
            for (size_t at = std::max(block, next); at < blockEnd;) {
                if (!isRunChar(text[at])) {
                    ++at;
                    continue;
                }
                size_t begin = at;
                while (begin > next && isRunChar(text[begin - 1]))
                    --begin;
                size_t end = at;
                while (end < text.size() && isRunChar(text[end]))
                    ++end;
                searchRun(text, begin, end, placeMatch);
                at = end;
                next = end;
            }
        }
    }

    /// A maximal run. '=' ends a piece of it, and belongs to base64 only as padding.
    template <class Place>
    void searchRun(std::string_view text, size_t begin, size_t end, const Place &placeMatch)
    {
        while (begin < end) {
            while (begin < end && text[begin] == '=')
                ++begin;
            size_t stop = begin;
            while (stop < end && text[stop] != '=')
                ++stop;
            while (stop < end && text[stop] == '=')
                ++stop;
            const auto piece = text.substr(begin, stop - begin);
            if (piece.size() >= minEncodedRun) {
                for (const size_t index : m_matcher.m_runRules)
                    confirmAt(index, text, begin, piece, placeMatch);
                // Long ones in parts that overlap, each from the same place in a group.
                for (size_t at = 0; at < piece.size(); at += encodedStep) {
                    searchEncoded(piece.substr(at, encodedPart), begin + at, placeMatch);
                    if (at + encodedPart >= piece.size())
                        break;
                }
            }
            begin = stop;
        }
    }

    template <class Place> void searchEncoded(std::string_view piece, size_t begin, const Place &placeMatch)
    {
        const bool hex = std::all_of(piece.begin(), piece.end(), isHexChar);
        if (hex) {
            for (size_t skip = 0; skip < 2; ++skip) {
                if (const auto decoded = DecodedText::hex(piece, skip)) {
                    searchDecoded(*decoded, begin, placeMatch);
                    return;
                }
            }
            return;
        }
        for (size_t skip = 0; skip < 4; ++skip) {
            if (const auto decoded = DecodedText::base64(piece, skip)) {
                searchDecoded(*decoded, begin, placeMatch);
                return;
            }
        }
    }

    /// Sorts, drops what others stand for, and what the place does not own.
    void settle()
    {
        auto &matches = m_scratch.matches;
        std::erase_if(matches, [](const Match &match) { return match.text.end <= match.text.begin; });
        // Outer ones first.
        const auto order = [](const Match &match) {
            return std::tuple(match.text.begin, SIZE_MAX - match.text.end, match.text.confidence, match.rank);
        };
        std::sort(matches.begin(), matches.end(),
                  [&](const Match &a, const Match &b) { return order(a) < order(b); });
        std::vector<bool> dropped(matches.size(), false);
        for (size_t i = 0; i < matches.size(); ++i) {
            for (size_t j = i + 1; j < matches.size() && matches[j].text.begin < matches[i].text.end; ++j) {
                if (dropped[i])
                    break;
                if (matches[j].text.end > matches[i].text.end)
                    continue; // overlaps only
                if (matches[j].text.confidence < matches[i].text.confidence)
                    dropped[i] = true;
                else
                    dropped[j] = true;
            }
        }
        size_t number = 0;
        std::erase_if(matches, [&](const Match &match) {
            return dropped[number++] || match.text.begin < m_place.ownBegin ||
                   match.text.begin >= m_place.ownEnd;
        });
    }

    const WindowMatcher &m_matcher;
    Scratch &m_scratch;
    const Place &m_place;
    std::vector<TextMatch> m_found;
};

Result<std::shared_ptr<const WindowMatcher>> WindowMatcher::make(std::shared_ptr<const RuleSet> rules)
{
    std::shared_ptr<WindowMatcher> matcher(new WindowMatcher);
    matcher->m_rules = std::move(rules);
    std::map<std::pair<std::string, bool>, size_t> known;
    std::vector<Literal> literals;
    const auto &all = matcher->m_rules->rules();
    for (size_t i = 0; i < all.size(); ++i) {
        if (all[i].confirm->trigger == Trigger::TokenRun)
            matcher->m_runRules.push_back(i);
        if (all[i].confirm->trigger == Trigger::Text)
            matcher->m_textRules.push_back(i);
        for (const std::string &anchor : all[i].anchors) {
            const auto [entry, isNew] = known.try_emplace({anchor, all[i].anyCase}, literals.size());
            if (isNew) {
                literals.push_back({anchor, all[i].anyCase});
                matcher->m_literals.push_back(anchor);
                matcher->m_rulesOf.emplace_back();
            }
            matcher->m_rulesOf[entry->second].push_back(i);
        }
    }
    auto made = LiteralMatcher::compile(literals);
    if (!made)
        return made.error();
    matcher->m_matcher = std::move(*made);
    return std::shared_ptr<const WindowMatcher>(std::move(matcher));
}

Result<WindowMatcher::Scratch> WindowMatcher::makeScratch() const
{
    Scratch scratch;
    auto literals = m_matcher->makeScratch();
    if (!literals)
        return literals.error();
    scratch.literals = std::move(*literals);
    auto nested = m_matcher->makeScratch();
    if (!nested)
        return nested.error();
    scratch.nested = std::move(*nested);
    if (m_rules->userRules()) {
        auto user = m_rules->userRules()->makeScratch();
        if (!user)
            return user.error();
        scratch.user = std::move(*user);
    }
    return scratch;
}

const std::vector<WindowMatcher::Match> &WindowMatcher::search(std::string_view bytes, const Place &place,
                                                               Scratch &scratch) const
{
    scratch.matches.clear();
    Search(*this, scratch, place).run(bytes);
    return scratch.matches;
}

} // namespace cryoscope
