// SPDX-License-Identifier: Apache-2.0
#include "ui/export/exportwork.h"

#include "core/base/wipe.h"
#include "core/export/report.h"
#include "core/redact/pseudonymmap.h"
#include "ui/review/casework.h"

#include <QSaveFile>

#include <algorithm>
#include <filesystem>
#include <set>

namespace cryoscope::ui
{

namespace
{

ReportFormat formatOf(const QString &path)
{
    if (path.endsWith(QStringLiteral(".md")))
        return ReportFormat::Markdown;
    if (path.endsWith(QStringLiteral(".json")))
        return ReportFormat::Json;
    return path.endsWith(QStringLiteral(".sarif")) ? ReportFormat::Sarif : ReportFormat::Html;
}

/// Adds what an export replaced to the file of pseudonyms.
std::optional<Error> writeMap(const std::string &path, const std::string &key,
                              const std::set<std::string, std::less<>> &names)
{
    std::error_code ignored;
    auto map = std::filesystem::exists(path, ignored) ? PseudonymMap::read(path)
                                                      : Result<PseudonymMap>(PseudonymMap(key));
    if (!map)
        return map.error();
    map->add(names);
    const auto done = map->write(path);
    return done ? std::nullopt : std::optional<Error>(done.error());
}

/// What the export is made with: verify makes the same plan again from the case.
Result<void> keep(CaseThread &cases, const ExportOrder &order)
{
    return cases.call([&](CaseThread::Slot &review) -> Result<void> {
        if (!review)
            return {};
        if (!order.reason.empty()) {
            if (auto done = review->addHistory("export despite undecided findings", order.open, order.reason);
                !done)
                return done;
        }
        return order.settings.keepIn(*review);
    });
}

Result<void> writeManifestOf(CaseThread &cases, const ExportOrder &order, const Proof &proof,
                             Progress &progress, const std::stop_token &stop)
{
    const auto facts = cases.call([](CaseThread::Slot &review) {
        return review ? ReviewFacts::of(*review) : Result<ReviewFacts>(noCase());
    });
    if (!facts)
        return facts.error();
    if (auto written = writeManifest(order.target, order.output, proof, *facts, &progress, stop); !written)
        return written.error();
    return {};
}

} // namespace

PlannedExport planExport(const Memory &memory, CaseThread &cases, ExportSettings settings,
                         const std::string &replacement, const std::string &map, Progress &progress,
                         const std::stop_token &stop)
{
    PlannedExport made;
    made.settings = std::move(settings);
    const auto parsed = Replacement::parse(replacement);
    if (!parsed) {
        made.error = parsed.error();
        return made;
    }
    made.settings.replacement = *parsed;
    const auto key = cases.call([&](CaseThread::Slot &review) -> Result<void> {
        if (!review)
            return {};
        // Also where nothing gets a pseudonym: the case keeps its key for the next report.
        const auto pseudonyms =
            PseudonymMap::forCase(*review, made.settings.profile.isEmpty() ? std::string() : map);
        if (!pseudonyms)
            return pseudonyms.error();
        made.settings.pseudonymKey = pseudonyms->key();
        return {};
    });
    if (!key) {
        made.error = key.error();
        return made;
    }
    auto findings = cases.findings();
    if (!findings) {
        made.error = findings.error();
        return made;
    }
    made.decisions = fileDecisions(memory, *findings, made.settings.files);
    made.decisions.applyTo(*findings);
    made.open =
        static_cast<size_t>(std::count_if(findings->begin(), findings->end(), [](const CaseFinding &entry) {
            return entry.decision == Decision::Undecided && entry.finding.confidence == Confidence::High;
        }));
    auto plan = RedactionPlan::make(memory, *findings, made.settings, &progress, stop);
    if (plan)
        made.plan = std::move(*plan);
    else
        made.error = plan.error();
    return made;
}

DoneExport runExport(const std::shared_ptr<const Memory> &memory, CaseThread &cases, ExportOrder order,
                     Progress &progress, const std::stop_token &stop)
{
    DoneExport made;
    if (const auto fine = checkManifestTarget(order.target); !fine) {
        wipe(order.target.passphrase);
        made.error = fine.error();
        return made;
    }
    const auto findings = cases.findings();
    const auto kept = findings ? keep(cases, order) : Result<void>(findings.error());
    if (!kept) {
        wipe(order.target.passphrase);
        made.error = kept.error();
        return made;
    }
    auto proof = Exporter(memory).run(order.plan, *findings, order.output, &progress, stop);
    const bool done = proof.ok();
    if (done && !order.map.empty())
        made.mapError = writeMap(order.map, order.settings.pseudonymKey, order.plan.profileSummary().names);
    if (done)
        made.proof = std::move(*proof);
    else
        made.error = proof.error();
    const auto noted = cases.call([&](CaseThread::Slot &review) {
        return review ? review->addHistory(done ? "export" : "export failed", order.plan.findingCount(),
                                           done ? order.output : std::string())
                      : Result<void>();
    });
    (void)noted; // the export is there all the same
    if (done && !order.target.path.empty()) {
        made.manifest = true;
        if (auto written = writeManifestOf(cases, order, *made.proof, progress, stop); !written)
            made.manifestError = written.error();
    }
    wipe(order.target.passphrase);
    return made;
}

QString writeReport(CaseThread::Slot &review, const Memory &memory, const Proof &proof, const QString &path)
{
    if (!review)
        return {};
    const auto text = makeReport(*review, &memory, &proof, formatOf(path));
    if (!text)
        return QString::fromStdString(text.error().describe());
    QSaveFile file(path);
    const bool done = file.open(QIODevice::WriteOnly) &&
                      file.write(text->data(), static_cast<qint64>(text->size())) >= 0 && file.commit();
    return done ? QString() : file.errorString();
}

} // namespace cryoscope::ui
