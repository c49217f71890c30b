// SPDX-License-Identifier: Apache-2.0
#include "core/export/reportdata.h"
#include "tests/program/testprogram.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace tst_report
{

using namespace cryoscope;

class TestReport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void formats();
    void verdicts();
    void markdown();
    void escapesMarkdown();
    void escapesHtml();
    void json();
    void sarif();
    void anyBytes();
    void unknownCoverage();
};

namespace
{

CaseFinding finding(FindingId id, const char *kind, Decision decision)
{
    CaseFinding entry;
    entry.id = id;
    entry.finding.rule = "fake-rule";
    entry.finding.kind = kind;
    entry.finding.parts = {{2, 100, 20}, {2, 4096, 12}};
    entry.finding.label = "FAKE_NAME";
    entry.fingerprint = "0123abcd";
    entry.decision = decision;
    if (decision == Decision::Rejected)
        entry.reason = Reason::TestData;
    return entry;
}

ReportData sample()
{
    ReportData data;
    data.checkpoint = "/evidence/checkpoint.tar";
    data.rulesVersion = "rules1";
    data.coverageKnown = true;
    data.findings = {finding(1, "Fake token", Decision::Accepted),
                     finding(2, "Fake token", Decision::Rejected),
                     finding(3, "Other kind", Decision::Undecided)};
    data.places = {"pid 7 at 0x1000, pages-1.img at offset 100"};
    data.history = {{1, "2026-01-01T00:00:00Z", "reviewer", "accept", 1, ""}};
    Proof proof;
    proof.evidenceHash = "aaaa";
    proof.items = {{"difference", "Only planned bytes differ", ProofItem::State::Passed, "32 bytes"}};
    proof.members = {{"pages-1.img", 8192, "bbbb", "cccc"}, {"mm-7.img", 64, "dddd", "dddd"}};
    data.proof = proof;
    return data;
}

QString render(const ReportData &data, ReportFormat format)
{
    return QString::fromStdString(renderReport(data, format));
}

QJsonObject parse(const ReportData &data, ReportFormat format)
{
    return QJsonDocument::fromJson(QByteArray::fromStdString(renderReport(data, format))).object();
}

constexpr ReportFormat allFormats[] = {ReportFormat::Markdown, ReportFormat::Html, ReportFormat::Json,
                                       ReportFormat::Sarif};

} // namespace

void TestReport::formats()
{
    QCOMPARE(*parseReportFormat("markdown"), ReportFormat::Markdown);
    QCOMPARE(*parseReportFormat("html"), ReportFormat::Html);
    QCOMPARE(*parseReportFormat("json"), ReportFormat::Json);
    QCOMPARE(*parseReportFormat("sarif"), ReportFormat::Sarif);
    QCOMPARE(parseReportFormat("pdf").error().code, ErrorCode::Usage);
}

void TestReport::verdicts()
{
    ReportData data = sample();
    const auto says = [&](const char *text) {
        return render(data, ReportFormat::Markdown)
                   .contains(QStringLiteral("Export: ") + QString::fromUtf8(text)) &&
               render(data, ReportFormat::Html)
                   .contains(QStringLiteral("Export: ") + QString::fromUtf8(text)) &&
               parse(data, ReportFormat::Json)[QStringLiteral("export")].toString() ==
                   QString::fromUtf8(text);
    };
    const auto verified = [&] {
        return parse(data, ReportFormat::Json)[QStringLiteral("verified")].toBool();
    };
    QVERIFY(says("verified") && verified());
    data.proof->items.push_back({"decodes", "Images decode", ProofItem::State::NotCovered, ""});
    QVERIFY(says("passed, but not all was covered") && !verified());
    QVERIFY(!render(data, ReportFormat::Markdown).contains(QStringLiteral("verified")));
    data.proof->items.push_back({"slack", "Slack is clean", ProofItem::State::Failed, ""});
    QVERIFY(says("FAILED") && !verified());
    data.proof->items.clear();
    QVERIFY(says("FAILED") && !verified()); // nothing checked is nothing proven
    data.proof.reset();
    QVERIFY(says("no export was proven") && !verified());
}

void TestReport::markdown()
{
    const QString text = render(sample(), ReportFormat::Markdown);
    QVERIFY2(text.contains(QStringLiteral("| Fake token | 1 | 1 | 0 | 0 | 32 |")), qPrintable(text));
    QVERIFY(text.contains(QStringLiteral("| Other kind | 0 | 0 | 1 | 0 | 0 |")));
    QVERIFY(text.contains(QStringLiteral("| pages-1.img | 8192 | bbbb | cccc |")));
    QVERIFY(text.contains(QStringLiteral("| mm-7.img | 64 | dddd | unchanged |")));
    QVERIFY(text.contains(QStringLiteral("| rejected | test data |")));
    QVERIFY(text.contains(QStringLiteral("Nothing here can prove")));
}

void TestReport::escapesMarkdown()
{
    ReportData data = sample();
    data.findings[0].comment = "a|b\n| c <script> [x](y)";
    const QString text = render(data, ReportFormat::Markdown);
    QVERIFY2(text.contains(QStringLiteral("| a\\|b \\| c \\<script\\> \\[x\\]\\(y\\) |")), qPrintable(text));
}

void TestReport::escapesHtml()
{
    ReportData data = sample();
    data.checkpoint = "<script>alert(1)</script>&\"'";
    const QString text = render(data, ReportFormat::Html);
    QVERIFY(!text.contains(QStringLiteral("<script")));
    QVERIFY(text.contains(QStringLiteral("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;")));
    QVERIFY(!text.contains(QStringLiteral("http"))); // self-contained
}

void TestReport::json()
{
    const QJsonObject report = parse(sample(), ReportFormat::Json);
    QCOMPARE(report[QStringLiteral("rules")].toString(), QStringLiteral("rules1"));
    const QJsonArray findings = report[QStringLiteral("findings")].toArray();
    QCOMPARE(findings.size(), 3);
    QCOMPARE(findings[0][QStringLiteral("decision")].toString(), QStringLiteral("accepted"));
    QCOMPARE(findings[0][QStringLiteral("parts")].toArray().size(), 2);
    QCOMPARE(findings[0][QStringLiteral("parts")][1][QStringLiteral("offset")].toInt(), 4096);
    const QJsonObject proof = report[QStringLiteral("proof")].toObject();
    QCOMPARE(proof[QStringLiteral("members")].toArray().size(), 2);
    QCOMPARE(proof[QStringLiteral("items")][0][QStringLiteral("outcome")].toString(),
             QStringLiteral("passed"));
    QCOMPARE(report[QStringLiteral("history")].toArray().size(), 1);
}

void TestReport::sarif()
{
    const QJsonObject log = parse(sample(), ReportFormat::Sarif);
    QCOMPARE(log[QStringLiteral("version")].toString(), QStringLiteral("2.1.0"));
    const QJsonObject run = log[QStringLiteral("runs")][0].toObject();
    QCOMPARE(run[QStringLiteral("tool")][QStringLiteral("driver")][QStringLiteral("rules")].toArray().size(),
             1);
    const QJsonArray results = run[QStringLiteral("results")].toArray();
    QCOMPARE(results.size(), 3);
    QCOMPARE(results[0][QStringLiteral("ruleId")].toString(), QStringLiteral("fake-rule"));
    QVERIFY(results[0][QStringLiteral("suppressions")].isUndefined());
    QCOMPARE(results[1][QStringLiteral("suppressions")][0][QStringLiteral("justification")].toString(),
             QStringLiteral("test data"));
    QVERIFY(results[0][QStringLiteral("locations")].isArray());
}

void TestReport::anyBytes()
{
    ReportData data = sample();
    data.findings[0].finding.label = "\xff\xfe";
    for (const ReportFormat format : {ReportFormat::Json, ReportFormat::Sarif})
        QVERIFY(!parse(data, format).isEmpty());
    for (const ReportFormat format : allFormats)
        QVERIFY(!renderReport(ReportData{}, format).empty());
}

void TestReport::unknownCoverage()
{
    ReportData data = sample();
    QVERIFY(
        render(data, ReportFormat::Markdown).contains(QStringLiteral("All of the checkpoint could be read")));
    data.problems = {"pages-1.img: ends early"};
    QVERIFY(render(data, ReportFormat::Markdown).contains(QStringLiteral("- pages-1.img: ends early")));
    QVERIFY(!render(data, ReportFormat::Markdown).contains(QStringLiteral("All of the checkpoint")));
    data.problems.clear();
    data.coverageKnown = false;
    QVERIFY(!render(data, ReportFormat::Markdown).contains(QStringLiteral("All of the checkpoint")));
}

CRYOSCOPE_TEST(TestReport)

} // namespace tst_report

#include "tst_report.moc"
