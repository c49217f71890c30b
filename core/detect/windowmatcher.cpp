// SPDX-License-Identifier: Apache-2.0
#include "core/detect/windowmatcher.h"

#include "core/detect/utf.h"

#include <algorithm>
#include <tuple>

namespace cryoscope
{

namespace
{

constexpr size_t wideBefore = 256; // characters that are looked at before a wide anchor
constexpr size_t wideAfter = 8192; // and after it

std::string widened(std::string_view text, Encoding encoding)
{
    std::string out;
    for (const char c : text) {
        if (encoding == Encoding::Utf16Be)
            out += '\0';
        out += c;
        if (encoding == Encoding::Utf16Le)
            out += '\0';
    }
    return out;
}

} // namespace

Result<std::shared_ptr<const WindowMatcher>> WindowMatcher::make(std::shared_ptr<const RuleSet> rules)
{
    std::shared_ptr<WindowMatcher> matcher(new WindowMatcher);
    matcher->m_rules = std::move(rules);
    std::vector<Literal> ascii;
    std::vector<Literal> wide;
    const auto &all = matcher->m_rules->rules();
    for (size_t i = 0; i < all.size(); ++i) {
        for (const std::string &anchor : all[i].anchors) {
            matcher->m_asciiAnchors.push_back({i, anchor, Encoding::Raw});
            ascii.push_back({anchor, all[i].anyCase});
            if (!all[i].wide)
                continue;
            for (const Encoding encoding : {Encoding::Utf16Le, Encoding::Utf16Be}) {
                matcher->m_wideAnchors.push_back({i, anchor, encoding});
                wide.push_back({widened(anchor, encoding), all[i].anyCase});
            }
        }
    }
    auto asciiMatcher = LiteralMatcher::compile(ascii);
    if (!asciiMatcher)
        return asciiMatcher.error();
    auto wideMatcher = LiteralMatcher::compile(wide);
    if (!wideMatcher)
        return wideMatcher.error();
    matcher->m_ascii = std::move(*asciiMatcher);
    matcher->m_wide = std::move(*wideMatcher);
    return std::shared_ptr<const WindowMatcher>(std::move(matcher));
}

Result<WindowMatcher::Scratch> WindowMatcher::makeScratch() const
{
    Scratch scratch;
    auto ascii = m_ascii->makeScratch();
    if (!ascii)
        return ascii.error();
    auto wide = m_wide->makeScratch();
    if (!wide)
        return wide.error();
    scratch.ascii = std::move(*ascii);
    scratch.wide = std::move(*wide);
    return scratch;
}

void WindowMatcher::confirmWide(const Anchor &anchor, std::string_view bytes, size_t at,
                                std::vector<Match> &out) const
{
    // The characters around the anchor that are ASCII, narrowed; confirm functions then see them as usual.
    const size_t high = anchor.encoding == Encoding::Utf16Le ? 1 : 0;
    const auto isAscii = [&](size_t offset) {
        return bytes[offset + high] == '\0' && static_cast<unsigned char>(bytes[offset + 1 - high]) < 0x80;
    };
    size_t begin = at;
    while (begin >= 2 && at - begin < 2 * wideBefore && isAscii(begin - 2))
        begin -= 2;
    std::string narrow;
    const size_t limit = at + 2 * wideAfter;
    for (size_t offset = begin; offset + 2 <= bytes.size() && offset < limit && isAscii(offset); offset += 2)
        narrow += bytes[offset + 1 - high];
    std::vector<TextMatch> found;
    const Rule &rule = m_rules->rules()[anchor.rule];
    confirm(rule, narrow, (at - begin) / 2, anchor.text, found);
    for (TextMatch &match : found) {
        match.begin = begin + 2 * match.begin;
        match.end = begin + 2 * match.end;
        match.encoding = anchor.encoding;
        match.why += " (in UTF-16)";
        out.push_back({&rule, std::move(match)});
    }
}

const std::vector<WindowMatcher::Match> &WindowMatcher::search(std::string_view bytes, size_t ownBegin,
                                                               size_t ownEnd, Scratch &scratch,
                                                               bool oddStart) const
{
    auto &matches = scratch.matches;
    matches.clear();
    std::vector<TextMatch> found;
    m_ascii->search(bytes, scratch.ascii, [&](size_t literal, size_t at) {
        const Anchor &anchor = m_asciiAnchors[literal];
        const Rule &rule = m_rules->rules()[anchor.rule];
        found.clear();
        confirm(rule, bytes, at, anchor.text, found);
        for (TextMatch &match : found)
            matches.push_back({&rule, std::move(match)});
    });
    m_wide->search(bytes, scratch.wide, [&](size_t literal, size_t at) {
        confirmWide(m_wideAnchors[literal], bytes, at, matches);
    });
    // Text in one byte order reads as the other too, one byte aside. Memory aligns it.
    const auto other = [&matches](Encoding encoding, size_t begin, size_t end) {
        return std::any_of(matches.begin(), matches.end(), [&](const Match &match) {
            return match.text.encoding == encoding && match.text.begin == begin && match.text.end == end;
        });
    };
    std::vector<bool> doubled;
    for (const Match &match : matches) {
        const TextMatch &text = match.text;
        const bool aligned = (text.begin + (oddStart ? 1 : 0)) % 2 == 0;
        const bool big =
            text.encoding == Encoding::Utf16Be && other(Encoding::Utf16Le, text.begin + 1, text.end + 1);
        const bool little = text.encoding == Encoding::Utf16Le && text.begin > 0 &&
                            other(Encoding::Utf16Be, text.begin - 1, text.end - 1);
        doubled.push_back((big || little) && !aligned);
    }
    size_t number = 0;
    std::erase_if(matches, [&](const Match &) { return doubled[number++]; });
    std::erase_if(matches, [&](const Match &match) {
        return match.text.begin < ownBegin || match.text.begin >= ownEnd ||
               match.text.end <= match.text.begin;
    });
    const auto order = [](const Match &match) {
        return std::tuple(match.text.begin, match.text.end, match.text.confidence, match.rule);
    };
    // Rules stand in one vector, so their addresses are in the order of the rule files.
    std::sort(matches.begin(), matches.end(),
              [&](const Match &a, const Match &b) { return order(a) < order(b); });
    matches.erase(std::unique(matches.begin(), matches.end(),
                              [](const Match &a, const Match &b) {
                                  return a.text.begin == b.text.begin && a.text.end == b.text.end;
                              }),
                  matches.end());
    return matches;
}

} // namespace cryoscope
