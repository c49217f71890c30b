// SPDX-License-Identifier: Apache-2.0
#include "app/cli/findings.h"

#include "core/bytes/newfile.h"
#include "core/review/baseline.h"

#include <iostream>

namespace cryoscope::cli
{

namespace
{

constexpr uint64_t maxBaseline = uint64_t{256} << 20;

/// Whether a baseline is one of decisions, and not gitleaks'.
Result<bool> isDecisions(const std::string &file)
{
    const auto text = readWholeFile(file, maxBaseline);
    if (!text)
        return text.error();
    return Baseline::isOne(*text);
}

} // namespace

void ScanSettings::addRulesTo(CLI::App &command)
{
    command.add_option("--rules", rules,
                       "File with more rules: TOML in gitleaks' form or ours, or YARA's (.yar); may be given "
                       "more than once");
    command.add_option("--disable", disabled,
                       "Id of a built-in rule to leave out (may be given more than once)");
    command.add_flag("--only-my-rules", onlyMine, "Leave out all built-in rules");
    command.add_flag("--personal", personal, "Also cards, IBANs, mail addresses, phone numbers");
}

void ScanSettings::addTo(CLI::App &command)
{
    addRulesTo(command);
    command.add_option("--jobs", jobs, "Threads; 0: as many as cores");
    command.add_option("--min-confidence", minimum, "Leave out findings of less: high, medium or low")
        ->check(CLI::IsMember({"high", "medium", "low"}));
    command.add_option(
        "--suppress", suppress,
        "Leave out by rule=ID, member=GLOB, mapping=GLOB, vma=GLOB, fingerprint=HEX; counted and shown");
    command.add_option("--suppress-values", valueFiles, "File of values to leave out, one a line");
    command.add_option("--baseline", baselines,
                       "Decisions of another case (command baseline), taken for equal values at the same "
                       "kind of place; or a "
                       "report of gitleaks (JSON), whose secrets are left out. May be given more than once");
    command.add_option("--ignore-file", ignoreFiles, "File in .gitleaksignore's form (FILE:RULE:LINE)");
}

Result<std::shared_ptr<const RuleSet>> ScanSettings::ruleSet() const
{
    RuleSet::Options options;
    options.personal = personal;
    options.builtIn = !onlyMine;
    options.disabled.insert(disabled.begin(), disabled.end());
    return RuleSet::withFiles(rules, options);
}

Result<std::shared_ptr<const Suppressions>> ScanSettings::suppressions(const Case *review) const
{
    auto out = std::make_shared<Suppressions>();
    for (const auto &what : suppress) {
        if (auto done = out->add(what); !done)
            return done.error();
    }
    for (const auto &file : valueFiles) {
        if (auto done = out->addValueFile(file); !done)
            return done.error();
    }
    for (const auto &file : baselines) {
        const auto ours = isDecisions(file);
        if (!ours)
            return ours.error();
        if (*ours)
            continue;
        if (auto done = out->addBaseline(file); !done)
            return done.error();
    }
    for (const auto &file : ignoreFiles) {
        if (auto done = out->addIgnoreFile(file); !done)
            return done.error();
    }
    if (review != nullptr)
        out->setFingerprint([review](std::string_view value) { return review->fingerprint(value); });
    return std::shared_ptr<const Suppressions>(std::move(out));
}

Result<void> takeBaselines(const Memory &memory, Case &review, const ScanSettings &settings)
{
    for (const auto &file : settings.baselines) {
        const auto ours = isDecisions(file);
        if (!ours)
            return ours.error();
        if (!*ours)
            continue;
        const auto baseline = Baseline::read(file);
        if (!baseline)
            return baseline.error();
        const auto outcome = applyBaseline(review, memory, *baseline);
        if (!outcome)
            return outcome.error();
        std::cerr << "baseline: " << outcome->taken << " findings decided, " << outcome->decided
                  << " had a decision, " << outcome->elsewhere << " of known values at other places, "
                  << outcome->unseen << " decisions whose value was not found again\n";
    }
    return {};
}

Result<ScanSummary> scanInto(Context &context, const std::shared_ptr<const Memory> &memory, Case &review,
                             const ScanSettings &settings)
{
    const auto rules = settings.ruleSet();
    if (!rules)
        return rules.error();
    for (const auto &note : (*rules)->notes())
        std::cerr << "note: " << printable(note) << "\n";
    const auto suppressions = settings.suppressions(&review);
    if (!suppressions)
        return suppressions.error();
    std::vector<Finding> found;
    ScanOptions options;
    options.jobs = settings.jobs;
    options.minimum = settings.minimum == "high"     ? Confidence::High
                      : settings.minimum == "medium" ? Confidence::Medium
                                                     : Confidence::Low;
    options.suppressions = *suppressions;
    auto summary = Scanner(memory, *rules)
                       .run(
                           options,
                           [&](std::vector<Finding> &&batch) {
                               found.insert(found.end(), std::make_move_iterator(batch.begin()),
                                            std::make_move_iterator(batch.end()));
                           },
                           context.progress(), context.stop());
    if (!summary)
        return summary;
    if (auto done = review.replaceScan(*memory, found, (*rules)->version()); !done)
        return done.error();
    for (const Problem &problem : summary->unsearched)
        std::cerr << "note: " << printable(problem.error.describe()) << "\n";
    for (const auto &[reason, count] : summary->suppressed) {
        std::cerr << "left out: " << count << " (" << reason << ")\n";
        if (auto done = review.addHistory("suppressed", count, reason); !done)
            return done.error();
    }
    return summary;
}

} // namespace cryoscope::cli
