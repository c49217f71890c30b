// SPDX-License-Identifier: Apache-2.0
#include "core/detect/ruleset.h"

#include "core/base/hash.h"
#include "core/bytes/filesource.h"
#include "core/detect/confirm.h"
#include "core/detect/embeddedrules.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <set>

namespace cryoscope
{

namespace
{

constexpr uint64_t maxRuleFile = uint64_t{4} << 20; // bytes

/// "A-Za-z0-9_-" as a set; a '-' at the end stands for itself.
std::bitset<256> characterClass(std::string_view text)
{
    std::bitset<256> set;
    for (size_t at = 0; at < text.size(); ++at) {
        const auto first = static_cast<unsigned char>(text[at]);
        if (at + 2 < text.size() && text[at + 1] == '-') {
            const auto last = static_cast<unsigned char>(text[at + 2]);
            for (unsigned c = first; c <= last; ++c)
                set.set(c);
            at += 2;
        } else {
            set.set(first);
        }
    }
    return set;
}

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
        rule.wide = m_table["wide"].value_or(true);
        rule.confirm = m_table["confirm"].value_or(std::string("token"));
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
        if (!strings("anchors", rule.anchors) || rule.anchors.empty())
            return error(rule.id + ": has no anchors");
        for (const std::string &anchor : rule.anchors) {
            if (anchor.size() < 3)
                return error(rule.id + ": an anchor is shorter than three bytes");
        }
        if (!strings("allow", rule.allow))
            return error(rule.id + ": allow is no list of strings");
        if (!isConfirmName(rule.confirm))
            return error(rule.id + ": there is no confirm function \"" + rule.confirm + "\"");
        if (!rule.check.empty() && rule.check != "github-crc32")
            return error(rule.id + ": there is no check \"" + rule.check + "\"");
        if (rule.confirm == "token") {
            rule.body = characterClass(m_table["body"].value_or(std::string_view()));
            rule.minBody = static_cast<size_t>(std::max<int64_t>(0, m_table["min"].value_or(int64_t{0})));
            rule.maxBody = static_cast<size_t>(std::max<int64_t>(0, m_table["max"].value_or(int64_t{0})));
            if (rule.body.none() || rule.minBody == 0 || rule.maxBody < rule.minBody)
                return error(rule.id + ": body, min and max do not describe a token");
        }
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
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed)
        return Error{ErrorCode::InputMalformed,
                     "line " + std::to_string(parsed.error().source().begin.line) + ": " +
                         std::string(parsed.error().description()),
                     file, std::nullopt};
    std::vector<Rule> rules;
    const auto *array = parsed.table().get_as<toml::array>("rule");
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
    std::shared_ptr<RuleSet> set(new RuleSet);
    Sha256 hash;
    const auto add = [&](std::string_view text, const std::string &file) -> Result<void> {
        auto rules = parse(text, file);
        if (!rules)
            return rules.error();
        hash.add(asBytes(text));
        for (Rule &rule : *rules)
            set->m_rules.push_back(std::move(rule));
        return {};
    };
    for (const EmbeddedRules &embedded : embeddedRules()) {
        if (auto done = add(embedded.text, std::string(embedded.name)); !done)
            return done.error();
    }
    for (const std::string &file : files) {
        const auto source = FileSource::open(file);
        if (!source)
            return source.error();
        const auto bytes = (*source)->readWhole(maxRuleFile);
        if (!bytes)
            return bytes.error();
        if (auto done = add(asText(*bytes), file); !done)
            return done.error();
    }
    std::set<std::string> ids;
    for (const Rule &rule : set->m_rules) {
        if (!ids.insert(rule.id).second)
            return Error{
                ErrorCode::InputMalformed, "two rules are called \"" + rule.id + "\"", {}, std::nullopt};
    }
    set->m_version = toHex(hash.finish());
    return std::shared_ptr<const RuleSet>(std::move(set));
}

} // namespace cryoscope
