// SPDX-License-Identifier: Apache-2.0
#include "core/detect/userrules.h"

#include "core/detect/charset.h"
#include "core/detect/textscan.h"
#include "core/detect/userrulesreader.h"
#include "core/detect/valuefilter.h"

#include <algorithm>
#include <chrono>
#include <hs.h>
#include <re2/filtered_re2.h>
#include <re2/re2.h>
#include <utility>

namespace cryoscope
{

namespace
{

constexpr size_t maxMatch = 8192;     // bytes
constexpr size_t keywordReach = 1024; // bytes
constexpr unsigned hsFlags = HS_FLAG_MULTILINE | HS_FLAG_ALLOWEMPTY;

/// Whether every match holds one of some literals of three characters or more.
bool hasLiteral(const std::string &pattern)
{
    re2::FilteredRE2 filter(3);
    re2::RE2::Options options;
    options.set_log_errors(false);
    int id = 0;
    if (filter.Add(pattern, options, &id) != re2::RE2::NoError)
        return false;
    std::vector<std::string> atoms;
    filter.Compile(&atoms);
    return !atoms.empty();
}

bool compileAlone(const std::string &pattern, hs_database_t **database)
{
    hs_compile_error_t *error = nullptr;
    const auto result = hs_compile(pattern.c_str(), hsFlags, HS_MODE_BLOCK, nullptr, database, &error);
    hs_free_compile_error(error);
    return result == HS_SUCCESS;
}

bool contains(std::string_view text, std::string_view lowerWord)
{
    return std::search(text.begin(), text.end(), lowerWord.begin(), lowerWord.end(),
                       [](char a, char b) { return lowerChar(a) == b; }) != text.end();
}

bool matches(const std::shared_ptr<const re2::RE2> &regex, std::string_view text)
{
    return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex);
}

} // namespace

UserRules::~UserRules()
{
    hs_free_database(static_cast<hs_database_t *>(m_database));
}

Result<std::shared_ptr<const UserRules>> UserRules::read(const std::vector<std::string> &files)
{
    std::shared_ptr<UserRules> rules(new UserRules);
    UserRulesReader reader(*rules);
    for (const auto &file : files) {
        if (auto done = reader.readFile(file); !done)
            return done.error();
    }
    reader.finish();
    if (auto done = rules->compile(); !done)
        return done.error();
    return std::shared_ptr<const UserRules>(std::move(rules));
}

Result<std::shared_ptr<const UserRules>> UserRules::parse(std::string_view toml, const std::string &file)
{
    std::shared_ptr<UserRules> rules(new UserRules);
    UserRulesReader reader(*rules);
    if (auto done = reader.readText(toml, file); !done)
        return done.error();
    reader.finish();
    if (auto done = rules->compile(); !done)
        return done.error();
    return std::shared_ptr<const UserRules>(std::move(rules));
}

bool UserRules::isGitleaksForm(std::string_view toml)
{
    const auto parsed = parseToml(toml, {});
    return parsed && !parsed->contains("rule") &&
           (parsed->contains("rules") || parsed->contains("extend") ||
            parsed->contains("allowlist") || parsed->contains("allowlists"));
}

Result<void> UserRules::compile()
{
    std::vector<const char *> patterns;
    std::vector<unsigned> flags;
    std::vector<unsigned> ids;
    for (size_t i = 0; i < m_rules.size(); ++i) {
        UserRule &rule = m_rules[i];
        if (!rule.regex)
            continue;
        rule.literal = hasLiteral(rule.pattern);
        if (!rule.literal)
            m_notes.push_back(
                "rule \"" + rule.id +
                "\" has no literal of three characters that every match holds: it is tried at every "
                "byte and slows the scan");
        patterns.push_back(rule.pattern.c_str());
        flags.push_back(hsFlags);
        ids.push_back(static_cast<unsigned>(i));
    }
    while (!patterns.empty()) {
        hs_database_t *database = nullptr;
        hs_compile_error_t *error = nullptr;
        const auto result = hs_compile_multi(patterns.data(), flags.data(), ids.data(),
                                             static_cast<unsigned>(patterns.size()), HS_MODE_BLOCK, nullptr,
                                             &database, &error);
        if (result == HS_SUCCESS) {
            m_database = database;
            return {};
        }
        const int failed = error != nullptr ? error->expression : -1;
        const std::string why = error != nullptr && error->message != nullptr ? error->message : "unknown";
        hs_free_compile_error(error);
        if (failed < 0 || static_cast<size_t>(failed) >= patterns.size())
            return Error{
                ErrorCode::Internal, "Vectorscan cannot compile the rules: " + why, {}, std::nullopt};
        const auto at = static_cast<ptrdiff_t>(failed);
        UserRule &rule = m_rules[ids[static_cast<size_t>(failed)]];
        rule.compiled = false;
        m_notes.push_back("rule \"" + rule.id +
                          "\" is searched by RE2 alone, which is slow (Vectorscan: " + why + ")");
        patterns.erase(patterns.begin() + at);
        flags.erase(flags.begin() + at);
        ids.erase(ids.begin() + at);
    }
    return {};
}

Result<UserRules::Scratch> UserRules::makeScratch() const
{
    auto scan = TextScanScratch::make(m_database);
    if (!scan)
        return scan.error();
    Scratch scratch;
    scratch.m_scan = std::move(*scan);
    scratch.m_ends.resize(m_rules.size());
    return scratch;
}

bool UserRules::allowed(const UserRule &rule, std::string_view secret, std::string_view match,
                        std::string_view line, std::string_view path) const
{
    const auto holds = [&](const UserAllowlist &list) {
        if (!list.rules.empty() &&
            std::find(list.rules.begin(), list.rules.end(), rule.id) == list.rules.end())
            return false;
        const auto target = list.target == UserAllowlist::Target::Match  ? match
                            : list.target == UserAllowlist::Target::Line ? line
                                                                         : secret;
        const bool regex = std::any_of(list.regexes.begin(), list.regexes.end(),
                                       [&](const auto &one) { return matches(one, target); });
        const bool place = !path.empty() && std::any_of(list.paths.begin(), list.paths.end(),
                                                        [&](const auto &one) { return matches(one, path); });
        const bool word = std::any_of(list.stopWords.begin(), list.stopWords.end(),
                                      [&](const auto &one) { return contains(secret, one); });
        if (!list.all)
            return regex || place || word;
        return !list.commits && (list.regexes.empty() || regex) && (list.paths.empty() || place) &&
               (list.stopWords.empty() || word) &&
               !(list.regexes.empty() && list.paths.empty() && list.stopWords.empty());
    };
    return std::any_of(rule.allowlists.begin(), rule.allowlists.end(), holds) ||
           std::any_of(m_allowlists.begin(), m_allowlists.end(), holds);
}

void UserRules::searchRule(const UserRule &rule, std::string_view text, size_t base, size_t from, size_t to,
                           const std::vector<size_t> *ends, std::string_view path,
                           std::vector<Match> &out) const
{
    const auto groups = static_cast<size_t>(rule.regex->NumberOfCapturingGroups()) + 1;
    std::vector<re2::StringPiece> found(groups);
    size_t at = 0;
    size_t next = 0; // of ends
    for (;;) {
        if (ends != nullptr) {
            // The next end that is not behind us; a match may begin as far before it as matches are long.
            while (next < ends->size() && (*ends)[next] <= at)
                ++next;
            if (next == ends->size())
                return;
            const size_t end = (*ends)[next];
            at = std::max(at, end > maxMatch ? end - maxMatch : size_t{0});
        }
        const size_t limit = ends == nullptr ? text.size() : std::min(text.size(), (*ends)[next] + maxMatch);
        if (at > limit || !rule.regex->Match(re2::StringPiece(text.data(), text.size()), at, limit,
                                             re2::RE2::UNANCHORED, found.data(), static_cast<int>(groups))) {
            if (ends == nullptr || next >= ends->size())
                return;
            at = std::max(at, (*ends)[next]); // RE2 sees it otherwise than Vectorscan
            ++next;
            continue;
        }
        const auto begin = static_cast<size_t>(found[0].data() - text.data());
        const auto end = begin + found[0].size();
        at = std::max(end, begin + 1);
        if (begin + base < from || begin + base >= to)
            continue;
        re2::StringPiece secret = found[rule.secretGroup];
        if (rule.secretGroup == 0) {
            for (size_t group = 1; group < groups; ++group) {
                if (!found[group].empty()) {
                    secret = found[group];
                    break;
                }
            }
        }
        if (secret.empty())
            continue;
        const std::string_view value(secret.data(), secret.size());
        if (rule.minEntropy > 0 && entropy(value) <= rule.minEntropy)
            continue;
        const size_t nearBegin = begin - std::min(begin, keywordReach);
        const auto near = text.substr(nearBegin, end + keywordReach - nearBegin);
        if (!rule.keywords.empty() && std::none_of(rule.keywords.begin(), rule.keywords.end(),
                                                   [&](const auto &word) { return contains(near, word); }))
            continue;
        const size_t lineBegin = begin == 0 ? 0 : text.rfind('\n', begin - 1) + 1;
        const size_t lineEnd = std::min(text.find('\n', end), text.size());
        if (allowed(rule, value, text.substr(begin, end - begin), text.substr(lineBegin, lineEnd - lineBegin),
                    path))
            continue;
        const auto valueAt = static_cast<size_t>(secret.data() - text.data());
        out.push_back({&rule, base + valueAt, base + valueAt + secret.size()});
    }
}

void UserRules::search(std::string_view bytes, size_t from, size_t to, std::string_view path,
                       Scratch &scratch, std::vector<Match> &out) const
{
    if (m_rules.empty())
        return;
    // Bytes that are no text become line ends: each string is a line, as the expressions expect.
    const size_t base = from - std::min(from, maxMatch);
    const auto part = bytes.substr(base, to + maxMatch - base);
    std::string &text = scratch.m_text;
    text.assign(part);
    for (char &c : text)
        c = static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' ? '\n' : c;
    if (m_database != nullptr) {
        for (auto &ends : scratch.m_ends)
            ends.clear();
        scanText(m_database, text, scratch.m_scan, maxMatch, [&](unsigned id, size_t end) {
            auto &ends = scratch.m_ends[id];
            if (ends.empty() || ends.back() != end)
                ends.push_back(end);
        });
    }
    for (size_t i = 0; i < m_rules.size(); ++i) {
        const UserRule &rule = m_rules[i];
        if (!rule.regex || (rule.path && (path.empty() || !matches(rule.path, path))))
            continue;
        if (!rule.compiled)
            searchRule(rule, text, base, from, to, nullptr, path, out);
        else if (!scratch.m_ends[i].empty())
            searchRule(rule, text, base, from, to, &scratch.m_ends[i], path, out);
    }
}

const UserRule *UserRules::forPath(std::string_view path) const
{
    for (const UserRule &rule : m_rules) {
        if (!rule.regex && rule.path && matches(rule.path, path) && !allowed(rule, {}, {}, {}, path))
            return &rule;
    }
    return nullptr;
}

double UserRules::measure(const UserRule &rule)
{
    // Text of words, numbers and zeros, as heaps hold; a few milliseconds.
    std::string text;
    uint32_t state = 1;
    while (text.size() < (size_t{1} << 20)) {
        state = state * 1664525 + 1013904223;
        const uint32_t kind = state >> 29;
        for (uint32_t i = 0; i < 4 + (state >> 27); ++i) {
            state = state * 1664525 + 1013904223;
            text += kind < 4   ? static_cast<char>('a' + (state >> 8) % 26)
                    : kind < 6 ? static_cast<char>('0' + (state >> 8) % 10)
                               : static_cast<char>(state >> 24);
        }
        text += kind % 2 == 0 ? '\n' : ' ';
    }
    hs_database_t *database = nullptr;
    const bool compiled = rule.compiled && compileAlone(rule.pattern, &database);
    auto scratch = TextScanScratch::make(database);
    const bool fast = compiled && scratch;
    size_t count = 0;
    const auto start = std::chrono::steady_clock::now();
    if (fast) {
        scanText(database, text, *scratch, maxMatch, [&](unsigned, size_t) { ++count; });
    } else if (rule.regex) {
        re2::StringPiece rest(text);
        while (count < 1000 && re2::RE2::FindAndConsume(&rest, *rule.regex))
            ++count;
    }
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    hs_free_database(database);
    return static_cast<double>(text.size()) / std::max(spent.count(), 1e-9);
}

} // namespace cryoscope
