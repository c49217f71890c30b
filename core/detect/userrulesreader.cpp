// SPDX-License-Identifier: Apache-2.0
#include "core/detect/userrulesreader.h"

#include "core/base/hash.h"
#include "core/bytes/filesource.h"
#include "core/detect/charset.h"

#include <algorithm>
#include <filesystem>
#include <re2/re2.h>

namespace cryoscope
{

namespace
{

constexpr uint64_t maxTomlFile = uint64_t{16} << 20; // bytes
constexpr unsigned maxExtends = 8;                   // files that extend files

Error malformed(const std::string &file, const std::string &rule, const std::string &what)
{
    return {ErrorCode::InputMalformed, rule.empty() ? what : "rule \"" + rule + "\": " + what, file,
            std::nullopt};
}

/// Strings of an array, or one string alone.
std::vector<std::string> strings(const toml::table &table, std::string_view key)
{
    std::vector<std::string> out;
    const auto *node = table.get(key);
    if (node == nullptr)
        return out;
    if (const auto one = node->value<std::string>())
        out.push_back(*one);
    if (const auto *array = node->as_array()) {
        for (const auto &entry : *array) {
            if (const auto text = entry.value<std::string>())
                out.push_back(*text);
        }
    }
    return out;
}

} // namespace

Result<std::shared_ptr<const re2::RE2>>
UserRulesReader::regex(const std::string &pattern, const std::string &file, const std::string &rule)
{
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(int64_t{64} << 20);
    // Each string in memory is a line of its own.
    auto made = std::make_shared<const re2::RE2>("(?m)" + pattern, options);
    if (!made->ok())
        return malformed(file, rule, "no regular expression that RE2 takes: " + made->error());
    return std::shared_ptr<const re2::RE2>(std::move(made));
}

Result<void> UserRulesReader::readFile(const std::string &file, unsigned depth)
{
    if (depth > maxExtends)
        return malformed(file, {},
                         "files extend each other more than " + std::to_string(maxExtends) + " deep");
    const auto source = FileSource::open(file);
    if (!source)
        return source.error();
    const auto bytes = (*source)->readWhole(maxTomlFile);
    if (!bytes)
        return bytes.error();
    return readText(asText(*bytes), file, depth);
}

Result<void> UserRulesReader::readText(std::string_view text, const std::string &file, unsigned depth)
{
    const auto parsed = parseToml(text, file);
    if (!parsed)
        return parsed.error();
    m_texts += text;
    const toml::table &table = *parsed;
    // What is extended comes first, so that the rules here replace it.
    if (const auto *extend = table.get_as<toml::table>("extend")) {
        if (auto done = readExtend(*extend, file, depth); !done)
            return done;
    }
    if (auto done = readAllowlists(table, file, {}, m_out.m_allowlists); !done)
        return done;
    const auto *rules = table.get_as<toml::array>("rules");
    if (rules == nullptr)
        return {};
    for (const auto &entry : *rules) {
        const auto *rule = entry.as_table();
        if (rule == nullptr)
            return malformed(file, {}, "a rule is no table");
        if (auto done = readRule(*rule, file); !done)
            return done;
    }
    return {};
}

Result<void> UserRulesReader::readExtend(const toml::table &table, const std::string &file, unsigned depth)
{
    m_out.m_extendsDefault = m_out.m_extendsDefault || table["useDefault"].value_or(false);
    for (auto &id : strings(table, "disabledRules"))
        m_disabled.insert(std::move(id));
    if (table.contains("url"))
        m_out.m_notes.push_back(file + ": [extend] url is not followed; nothing is fetched");
    const auto path = table["path"].value<std::string>();
    if (!path || path->empty())
        return {};
    // Beside the file that says so, else from where the program runs.
    const auto beside = std::filesystem::path(file).parent_path() / *path;
    std::error_code ignored;
    return readFile(std::filesystem::exists(beside, ignored) ? beside.string() : *path, depth + 1);
}

Result<UserAllowlist> UserRulesReader::readAllowlist(const toml::table &table, const std::string &file,
                                                     const std::string &rule)
{
    UserAllowlist list;
    const auto condition = lowered(table["condition"].value_or(std::string()));
    if (condition != "" && condition != "or" && condition != "||" && condition != "and" && condition != "&&")
        return malformed(file, rule, "an allowlist's condition is none of OR, AND");
    list.all = condition == "and" || condition == "&&";
    const auto target = lowered(table["regexTarget"].value_or(std::string()));
    if (target == "match")
        list.target = UserAllowlist::Target::Match;
    else if (target == "line")
        list.target = UserAllowlist::Target::Line;
    else if (!target.empty() && target != "secret")
        return malformed(file, rule, "an allowlist's regexTarget is none of secret, match, line");
    for (const auto &pattern : strings(table, "regexes")) {
        auto made = regex(pattern, file, rule);
        if (!made)
            return made.error();
        list.regexes.push_back(std::move(*made));
    }
    for (const auto &pattern : strings(table, "paths")) {
        auto made = regex(pattern, file, rule);
        if (!made)
            return made.error();
        list.paths.push_back(std::move(*made));
    }
    for (auto &word : strings(table, "stopwords"))
        list.stopWords.push_back(lowered(std::move(word)));
    list.rules = strings(table, "targetRules");
    list.commits = !strings(table, "commits").empty();
    return list;
}

Result<void> UserRulesReader::readAllowlists(const toml::table &table, const std::string &file,
                                             const std::string &rule, std::vector<UserAllowlist> &out)
{
    const auto add = [&](const toml::table &entry) -> Result<void> {
        auto list = readAllowlist(entry, file, rule);
        if (!list)
            return list.error();
        out.push_back(std::move(*list));
        return {};
    };
    if (const auto *one = table.get_as<toml::table>("allowlist")) {
        if (auto done = add(*one); !done)
            return done;
    }
    for (const std::string_view key : {"allowlist", "allowlists"}) {
        const auto *array = table.get_as<toml::array>(key);
        if (array == nullptr)
            continue;
        for (const auto &entry : *array) {
            if (const auto *list = entry.as_table()) {
                if (auto done = add(*list); !done)
                    return done;
            }
        }
    }
    return {};
}

Result<void> UserRulesReader::readRule(const toml::table &table, const std::string &file)
{
    const auto id = table["id"].value_or(std::string());
    if (id.empty())
        return malformed(file, {},
                         "line " + std::to_string(table.source().begin.line) + ": a rule has no id");
    const auto known = std::find_if(m_out.m_rules.begin(), m_out.m_rules.end(),
                                    [&](const UserRule &rule) { return rule.id == id; });
    // A rule of the same id as an extended one adds to it what it says anew.
    UserRule rule = known == m_out.m_rules.end() ? UserRule{} : *known;
    rule.id = id;
    rule.description = table["description"].value_or(rule.description);
    rule.minEntropy = table["entropy"].value_or(rule.minEntropy);
    const auto group = table["secretGroup"].value_or(static_cast<int64_t>(rule.secretGroup));
    if (group < 0)
        return malformed(file, id, "secretGroup is negative");
    rule.secretGroup = static_cast<size_t>(group);
    if (table.contains("regex")) {
        rule.pattern = table["regex"].value_or(std::string());
        auto made = regex(rule.pattern, file, id);
        if (!made)
            return made.error();
        rule.regex = std::move(*made);
    }
    if (table.contains("path")) {
        rule.pathPattern = table["path"].value_or(std::string());
        auto made = regex(rule.pathPattern, file, id);
        if (!made)
            return made.error();
        rule.path = std::move(*made);
    }
    for (auto &word : strings(table, "keywords"))
        rule.keywords.push_back(lowered(std::move(word)));
    if (!rule.regex && !rule.path) {
        if (known == m_out.m_rules.end())
            m_out.m_notes.push_back("rule \"" + id + "\" has neither regex nor path: it finds nothing");
        return {};
    }
    if (rule.regex && rule.secretGroup > static_cast<size_t>(rule.regex->NumberOfCapturingGroups()))
        return malformed(file, id,
                         "secretGroup " + std::to_string(rule.secretGroup) + ", but the regex has " +
                             std::to_string(rule.regex->NumberOfCapturingGroups()) + " groups");
    if (table.contains("required"))
        m_out.m_notes.push_back("rule \"" + id +
                                "\": [[rules.required]] is not looked at; each match counts");
    if (auto done = readAllowlists(table, file, id, rule.allowlists); !done)
        return done;
    if (table["skipReport"].value_or(false))
        return {};
    if (known == m_out.m_rules.end())
        m_out.m_rules.push_back(std::move(rule));
    else
        *known = std::move(rule);
    return {};
}

void UserRulesReader::finish()
{
    std::erase_if(m_out.m_rules, [&](const UserRule &rule) { return m_disabled.contains(rule.id); });
    m_out.m_disabled.assign(m_disabled.begin(), m_disabled.end());
    Sha256 hash;
    hash.add(asBytes(m_texts));
    m_out.m_version = toHex(hash.finish());
}

} // namespace cryoscope
