// SPDX-License-Identifier: Apache-2.0
// rules list, test, explain: what a scan looks for, what a text makes of it, what a rule costs.
#include "app/cli/commands.h"
#include "app/cli/findings.h"

#include "core/bytes/filesource.h"
#include "core/detect/windowmatcher.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace cryoscope::cli
{

namespace
{

using Json = nlohmann::ordered_json;
constexpr uint64_t maxText = uint64_t{64} << 20; // bytes of a text that is tested

struct RulesOptions {
    ScanSettings settings;
    bool json = false;
    std::string file;
    std::string id;
};

int list(const RuleSet &rules, bool json)
{
    for (const Rule &rule : rules.rules()) {
        if (json) {
            std::cout << Json{{"id", rule.id},
                              {"kind", rule.kind},
                              {"confidence", confidenceName(rule.confidence)},
                              {"source", "built in"},
                              {"group", rule.group}}
                             .dump()
                      << "\n";
        } else {
            std::string id = rule.id;
            id.resize(std::max<size_t>(id.size() + 1, 30), ' ');
            std::string confidence(confidenceName(rule.confidence));
            confidence.resize(8, ' ');
            std::cout << id << confidence << rule.kind << "\n";
        }
    }
    if (rules.userRules()) {
        for (const UserRule &rule : rules.userRules()->rules()) {
            const bool slow = rule.regex && (!rule.literal || !rule.compiled);
            if (json) {
                std::cout << Json{{"id", rule.id},
                                  {"kind", rule.description},
                                  {"confidence", "medium"},
                                  {"source", "yours"},
                                  {"slow", slow}}
                                 .dump(-1, ' ', false, Json::error_handler_t::replace)
                          << "\n";
            } else {
                std::string id = printable(rule.id);
                id.resize(std::max<size_t>(id.size() + 1, 30), ' ');
                std::cout << id << "medium  " << printable(rule.description)
                          << (slow ? " (yours, slow)" : " (yours)") << "\n";
            }
        }
    }
    return Done;
}

int test(Context &context, const std::shared_ptr<const RuleSet> &rules, const RulesOptions &options)
{
    std::string text;
    if (options.file.empty() || options.file == "-") {
        text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
        const auto source = FileSource::open(options.file);
        if (!source)
            return context.fail(source.error());
        const auto bytes = (*source)->readWhole(maxText);
        if (!bytes)
            return context.fail(bytes.error());
        text = asText(*bytes);
    }
    const auto matcher = WindowMatcher::make(rules);
    if (!matcher)
        return context.fail(matcher.error());
    auto scratch = (*matcher)->makeScratch();
    if (!scratch)
        return context.fail(scratch.error());
    // The value itself is not printed: it is where it is said to be.
    for (const auto &match : (*matcher)->search(text, {0, text.size(), false, options.file}, *scratch)) {
        if (!options.id.empty() && options.id != match.rule)
            continue;
        if (options.json) {
            std::cout << Json{{"rule", match.rule},
                              {"kind", match.kind},
                              {"confidence", confidenceName(match.text.confidence)},
                              {"offset", match.text.begin},
                              {"length", match.text.end - match.text.begin},
                              {"encoding", encodingName(match.text.encoding)},
                              {"label", match.text.label},
                              {"why", match.text.why}}
                             .dump(-1, ' ', false, Json::error_handler_t::replace)
                      << "\n";
        } else {
            std::cout << match.text.begin << "+" << match.text.end - match.text.begin << " "
                      << confidenceName(match.text.confidence) << " " << printable(match.rule) << ": "
                      << printable(match.text.why) << "\n";
        }
    }
    return Done;
}

std::string printableList(const std::vector<std::string> &texts)
{
    std::string out;
    for (const auto &text : texts)
        out += (out.empty() ? "" : "  ") + printable(text);
    return out;
}

int explainRule(Context &context, const RuleSet &rules, const std::string &id)
{
    const auto rule = std::find_if(rules.rules().begin(), rules.rules().end(),
                                   [&](const Rule &one) { return one.id == id; });
    if (rule != rules.rules().end()) {
        std::cout << rule->id << ": " << rule->kind << "\n"
                  << "confidence  " << confidenceName(rule->confidence) << "\n"
                  << "checked     " << rule->confirm->about << "\n";
        if (!rule->anchors.empty())
            std::cout << "anchors     " << printableList(rule->anchors)
                      << (rule->anyCase ? " (any case)" : "") << "\n";
        for (const auto &[text, pattern] : rule->patterns)
            std::cout << "form        " << text << "\n";
        if (rule->minEntropy > 0)
            std::cout << "entropy     " << rule->minEntropy << " bits a character or more\n";
        if (!rule->check.empty())
            std::cout << "checksum    " << rule->check << "\n";
        std::cout << "encodings   UTF-8, UTF-16LE, UTF-16BE, UTF-32LE, UTF-32BE"
                  << (rule->encoded ? ", and within base64, hex, percent and JSON escapes" : "") << "\n";
        return Done;
    }
    if (rules.userRules()) {
        for (const UserRule &user : rules.userRules()->rules()) {
            if (user.id != id)
                continue;
            std::cout << printable(user.id) << ": " << printable(user.description) << " (yours)\n";
            if (!user.pattern.empty())
                std::cout << "regex       " << printable(user.pattern) << "\n";
            if (!user.pathPattern.empty())
                std::cout << "path        " << printable(user.pathPattern) << "\n";
            if (!user.keywords.empty())
                std::cout << "keywords    " << printableList(user.keywords) << "\n";
            if (user.minEntropy > 0)
                std::cout << "entropy     more than " << user.minEntropy << " bits a character\n";
            std::cout << "allowlists  " << user.allowlists.size() << "\n";
            if (user.regex) {
                std::cout << "literal     "
                          << (user.literal ? "yes" : "none that every match holds: tried at every byte, slow")
                          << "\n"
                          << "engine      " << (user.compiled ? "Vectorscan, then RE2" : "RE2 alone, slow")
                          << "\n"
                          << "cost        alone " << static_cast<uint64_t>(UserRules::measure(user) / 1e6)
                          << " MB/s here\n";
            }
            return Done;
        }
    }
    return context.fail({ErrorCode::NotFound, "there is no rule \"" + id + "\"", {}, std::nullopt});
}

} // namespace

void addRulesCommand(CLI::App &app, Action &action)
{
    auto *command = app.add_subcommand("rules", "What a scan looks for");
    command->require_subcommand(1);
    auto options = std::make_shared<RulesOptions>();
    using Work = std::function<int(Context &, const std::shared_ptr<const RuleSet> &)>;
    const auto add = [&](const char *name, const char *description, Work work) {
        auto *sub = command->add_subcommand(name, description);
        options->settings.addRulesTo(*sub);
        sub->callback([options, &action, work = std::move(work)] {
            action = [options, work](Context &context) {
                const auto rules = options->settings.ruleSet();
                if (!rules)
                    return context.fail(rules.error());
                for (const auto &note : (*rules)->notes())
                    std::cerr << "note: " << printable(note) << "\n";
                return work(context, *rules);
            };
        });
        return sub;
    };
    auto *listed = add("list", "All rules, one a line",
                       [options](Context &, const auto &rules) { return list(*rules, options->json); });
    listed->add_flag("--json", options->json, "A JSON object a line");
    auto *tested =
        add("test", "What rules find in a text: where, and why; not the value",
            [options](Context &context, const auto &rules) { return test(context, rules, *options); });
    tested->add_option("FILE", options->file, "Text; standard input if it is not given, or \"-\"");
    tested->add_option("--rule", options->id, "Only this rule's");
    tested->add_flag("--json", options->json, "A JSON object a line");
    auto *explained = add(
        "explain", "What a rule checks, and what one of yours costs",
        [options](Context &context, const auto &rules) { return explainRule(context, *rules, options->id); });
    explained->add_option("ID", options->id, "Rule")->required();
}

} // namespace cryoscope::cli
