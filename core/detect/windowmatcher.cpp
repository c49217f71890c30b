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
        Section plain{bytes, from, to, 0, 1, Encoding::Raw};
        m_matcher.m_matcher->search(
            bytes.substr(from, to - from), m_scratch.literals,
            [&](size_t literal, size_t offset) { anchorAt(plain, literal, from + offset); });
        searchRuns(bytes, from, to, [&](size_t begin, size_t end) { searchRun(plain, begin, end); });
        searchWhole(plain);
        searchWide(bytes, from, to);
        settle();
    }

private:
    /// A text, and how it stands in the bytes: a character of it at base + i * stride.
    struct Section {
        std::string_view text;
        size_t from = 0; ///< text[from, to) is searched
        size_t to = 0;
        size_t base = 0;
        size_t stride = 1;
        Encoding encoding = Encoding::Raw;
        size_t percentEnd = 0; ///< up to where escaped text was looked at
        size_t escapedEnd = 0;

        void place(TextMatch &match) const
        {
            match.begin = base + stride * match.begin;
            match.end = base + stride * match.end;
            if (encoding != Encoding::Raw) {
                match.encoding = encoding;
                match.why += stride == 4 ? " (in UTF-32)" : " (in UTF-16)";
            }
        }
    };

    /// All wide text of the bytes at once; each stretch of it is a text of its own.
    void searchWide(std::string_view bytes, size_t from, size_t to)
    {
        WideTexts &wide = m_scratch.wide;
        wide.clear();
        findWideText(bytes, from, to, m_place.address, wide);
        if (wide.stretches().empty())
            return;
        const auto sectionOf = [&](const WideText &stretch) {
            Section section{wide.text(stretch), 0, 0, stretch.begin, stretch.stride, stretch.encoding};
            // What bytes [from, to) hold of it.
            if (stretch.begin < from)
                section.from = (from - stretch.begin) / stretch.stride;
            if (stretch.begin < to)
                section.to =
                    std::min(section.text.size(), (to - stretch.begin + stretch.stride - 1) / stretch.stride);
            return section;
        };
        const WideText *current = nullptr;
        Section section;
        const auto enter = [&](size_t at) -> size_t {
            const WideText &stretch = wide.at(at);
            if (&stretch != current) {
                current = &stretch;
                section = sectionOf(stretch);
            }
            return at - stretch.narrowBegin;
        };
        m_matcher.m_matcher->search(wide.narrow(), m_scratch.literals, [&](size_t literal, size_t offset) {
            const size_t at = enter(offset);
            if (at >= section.from &&
                m_matcher.m_literals[literal].size() <= section.to - std::min(at, section.to))
                anchorAt(section, literal, at);
        });
        searchRuns(wide.narrow(), 0, wide.narrow().size(), [&](size_t begin, size_t end) {
            const size_t at = enter(begin);
            const size_t size = end - begin;
            if (at < section.to && at + size > section.from)
                searchRun(section, at, at + size);
        });
        if (m_matcher.m_textRules.empty() && !m_matcher.m_rules->userRules())
            return;
        for (const WideText &stretch : wide.stretches())
            searchWhole(sectionOf(stretch));
    }

    void anchorAt(Section &section, size_t literal, size_t at)
    {
        const auto place = [&section](TextMatch &match) { section.place(match); };
        for (const size_t index : m_matcher.m_rulesOf[literal]) {
            const auto trigger = m_matcher.m_rules->rules()[index].confirm->trigger;
            if (trigger == Trigger::Percent && at >= section.percentEnd)
                section.percentEnd = searchEscaped(section.text, at, true, place);
            else if (trigger == Trigger::Escaped && at >= section.escapedEnd)
                section.escapedEnd = searchEscaped(section.text, at, false, place);
            else if (trigger == Trigger::Anchor)
                confirmAt(index, section.text, at, m_matcher.m_literals[literal], place);
        }
    }

    /// Rules that look at a whole text, and a user's.
    void searchWhole(const Section &section)
    {
        if (section.from >= section.to)
            return;
        const auto place = [&section](TextMatch &match) { section.place(match); };
        const auto stretch = section.text.substr(section.from, section.to - section.from);
        for (const size_t index : m_matcher.m_textRules) {
            confirmAt(index, stretch, 0, stretch, [&](TextMatch &match) {
                match.begin += section.from;
                match.end += section.from;
                place(match);
            });
        }
        if (const auto &user = m_matcher.m_rules->userRules()) {
            std::vector<UserRules::Match> found;
            user->search(section.text, section.from, section.to, m_place.path, m_scratch.user, found);
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

    /// Calls `run` with the borders of each maximal run that may be long enough.
    template <class Run> void searchRuns(std::string_view text, size_t from, size_t to, const Run &run)
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
                run(begin, end);
                at = end;
                next = end;
            }
        }
    }

    /// A maximal run. '=' ends a piece of it, and belongs to base64 only as padding.
    void searchRun(const Section &section, size_t begin, size_t end)
    {
        const std::string_view text = section.text;
        const auto place = [&section](TextMatch &match) { section.place(match); };
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
                    confirmAt(index, text, begin, piece, place);
                // Long ones in parts that overlap, each from the same place in a group.
                for (size_t at = 0; at < piece.size(); at += encodedStep) {
                    searchEncoded(piece.substr(at, encodedPart), begin + at, place);
                    if (at + encodedPart >= piece.size())
                        break;
                }
            }
            begin = stop;
        }
    }

    template <class Place> void searchEncoded(std::string_view piece, size_t begin, const Place &placeMatch)
    {
        const bool hex = std::all_of(piece.begin(), piece.end(), isHexDigit);
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
