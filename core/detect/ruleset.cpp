// SPDX-License-Identifier: Apache-2.0
#include "core/detect/ruleset.h"

#include "core/base/hash.h"
#include "core/bytes/filesource.h"
#include "core/detect/embeddedrules.h"
#include "core/detect/toml.h"

#include <algorithm>

namespace cryoscope
{

namespace
{

constexpr uint64_t maxRuleFile = uint64_t{16} << 20; // bytes

class RuleReader
{
public:
    RuleReader(const toml::table &table, const std::string &file) : m_table(table), m_file(file) {}

    Result<Rule> read()
    {
        Rule rule;
        rule.id = m_table["id"].value_or(std::string());
        if (rule.id.empty())
            return error("a rule has no id");
        rule.kind = m_table["kind"].value_or(rule.id);
        rule.anyCase = m_table["any-case"].value_or(false);
        rule.encoded = m_table["encoded"].value_or(true);
        rule.group = m_table["group"].value_or(std::string());
        rule.check = m_table["check"].value_or(std::string());
        rule.minEntropy = m_table["entropy"].value_or(0.0);
        const auto confidence = m_table["confidence"].value_or(std::string("high"));
        if (confidence == "high")
            rule.confidence = Confidence::High;
        else if (confidence == "medium")
            rule.confidence = Confidence::Medium;
        else if (confidence == "low")
            rule.confidence = Confidence::Low;
        else
            return error(rule.id + ": confidence is none of high, medium, low");
        const auto name = m_table["confirm"].value_or(std::string("token"));
        rule.confirm = findConfirm(name);
        if (rule.confirm == nullptr)
            return error(rule.id + ": there is no confirm function \"" + name + "\"");
        const bool runs =
            rule.confirm->trigger == Trigger::TokenRun || rule.confirm->trigger == Trigger::Text;
        if (!strings("anchors", rule.anchors) || rule.anchors.empty() != runs)
            return error(rule.id + (runs ? ": looks at runs, not at anchors" : ": has no anchors"));
        for (const std::string &anchor : rule.anchors) {
            if (anchor.size() < 3)
                return error(rule.id + ": an anchor is shorter than three bytes");
        }
        if (!strings("allow", rule.allow))
            return error(rule.id + ": allow is no list of strings");
        if (!rule.check.empty() && rule.check != "github-crc32")
            return error(rule.id + ": there is no check \"" + rule.check + "\"");
        if (!rule.group.empty() && rule.group != "personal")
            return error(rule.id + ": there is no group \"" + rule.group + "\"");
        std::vector<std::string> patterns;
        if (!strings("patterns", patterns))
            return error(rule.id + ": patterns is no list of strings");
        for (auto &text : patterns) {
            auto pattern = TokenPattern::parse(text);
            if (!pattern)
                return error(rule.id + ": \"" + text + "\" is no pattern");
            rule.patterns.emplace_back(std::move(text), std::move(*pattern));
        }
        if ((name == "token" || name == "run-token") && rule.patterns.empty())
            return error(rule.id + ": has no patterns");
        return rule;
    }

private:
    [[nodiscard]] Error error(std::string what) const
    {
        return {ErrorCode::InputMalformed,
                "line " + std::to_string(m_table.source().begin.line) + ": " + what, m_file, std::nullopt};
    }

    bool strings(std::string_view key, std::vector<std::string> &out)
    {
        const auto *node = m_table.get(key);
        if (node == nullptr)
            return true;
        const auto *array = node->as_array();
        if (array == nullptr)
            return false;
        for (const auto &entry : *array) {
            const auto text = entry.value<std::string>();
            if (!text)
                return false;
            out.push_back(*text);
        }
        return true;
    }

    const toml::table &m_table;
    const std::string &m_file;
};

} // namespace

Result<std::vector<Rule>> RuleSet::parse(std::string_view text, const std::string &file)
{
    const auto table = parseToml(text, file);
    if (!table)
        return table.error();
    std::vector<Rule> rules;
    const auto *array = table->get_as<toml::array>("rule");
    if (array == nullptr)
        return Error{ErrorCode::InputMalformed, "holds no [[rule]]", file, std::nullopt};
    for (const auto &entry : *array) {
        const auto *table = entry.as_table();
        if (table == nullptr)
            return Error{ErrorCode::InputMalformed, "a rule is no table", file, std::nullopt};
        auto rule = RuleReader(*table, file).read();
        if (!rule)
            return rule.error();
        rules.push_back(std::move(*rule));
    }
    return rules;
}

Result<std::shared_ptr<const RuleSet>> RuleSet::builtIn()
{
    return withFiles({});
}

Result<std::shared_ptr<const RuleSet>> RuleSet::withFiles(const std::vector<std::string> &files)
{
    return withFiles(files, {});
}

Result<std::shared_ptr<const RuleSet>> RuleSet::withFiles(const std::vector<std::string> &files,
                                                          const Options &options)
{
    std::shared_ptr<RuleSet> set(new RuleSet);
    Sha256 hash;
    std::set<std::string> ids;
    const auto add = [&](std::string_view text, const std::string &file) -> Result<void> {
        auto rules = parse(text, file);
        if (!rules)
            return rules.error();
        hash.add(asBytes(text));
        for (Rule &rule : *rules) {
            if (!ids.insert(rule.id).second)
                return Error{ErrorCode::InputMalformed, "two rules are called \"" + rule.id + "\"", file,
                             std::nullopt};
            if (!options.disabled.contains(rule.id) && (rule.group.empty() || options.personal))
                set->m_rules.push_back(std::move(rule));
        }
        return {};
    };
    if (options.builtIn) {
        for (const EmbeddedRules &embedded : embeddedRules()) {
            if (auto done = add(embedded.text, std::string(embedded.name)); !done)
                return done.error();
        }
    }
    std::vector<std::string> gitleaksFiles;
    for (const std::string &file : files) {
        const auto source = FileSource::open(file);
        if (!source)
            return source.error();
        const auto bytes = (*source)->readWhole(maxRuleFile);
        if (!bytes)
            return bytes.error();
        if (file.ends_with(".yar") || file.ends_with(".yara")) {
            set->m_yaraFiles.push_back(file);
            hash.add(asBytes(asText(*bytes)));
        } else if (UserRules::isGitleaksForm(asText(*bytes))) {
            gitleaksFiles.push_back(file);
        } else if (auto done = add(asText(*bytes), file); !done) {
            return done.error();
        }
    }
    if (!gitleaksFiles.empty()) {
        auto user = UserRules::read(gitleaksFiles);
        if (!user)
            return user.error();
        set->m_userRules = std::move(*user);
        set->m_notes = set->m_userRules->notes();
        if (set->m_userRules->extendsDefault()) {
            set->m_notes.emplace_back(
                "[extend] useDefault: the built-in rules take the place of gitleaks' own");
            const auto &off = set->m_userRules->disabled();
            std::erase_if(set->m_rules, [&](const Rule &rule) {
                return std::find(off.begin(), off.end(), rule.id) != off.end();
            });
        }
        hash.add(asBytes(set->m_userRules->version()));
    }
    // What is left out is part of what was looked for.
    for (const auto &id : options.disabled)
        hash.add(asBytes("without " + id + "\n"));
    hash.add(asBytes(std::string_view(options.personal ? "personal" : "")));
    set->m_version = toHex(hash.finish());
    return std::shared_ptr<const RuleSet>(std::move(set));
}

} // namespace cryoscope
