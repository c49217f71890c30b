// SPDX-License-Identifier: Apache-2.0
#include "core/export/reportdata.h"
#include "core/export/reportfacts.h"
#include "core/export/reportpictures.h"
#include "core/review/copies.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/tarwriter.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QXmlStreamReader>

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
    void categoriesAndRisks();
    void pictures();
    void picturesOfACheckpoint();
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
    proof.members = {
        {"pages-1.img", 8192, "bbbb", "cccc"}, {"mm-7.img", 64, "dddd", "dddd"}, {"gone", 0, "eeee", ""}};
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
    QVERIFY(text.contains(QStringLiteral("| gone | 0 | eeee | removed |")));
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
    QCOMPARE(proof[QStringLiteral("members")].toArray().size(), 3);
    QCOMPARE(report[QStringLiteral("encodings")][0][QStringLiteral("encoding")].toString(),
             QStringLiteral("raw"));
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

void TestReport::categoriesAndRisks()
{
    ReportData data = sample();
    data.placeKinds = {"image", "image", "memory of a process"};
    data.findings[1].finding.encoding = Encoding::HexLower;
    data.covered = {{"images", 4711}};
    data.absent = {{"not dumped", 8192}};
    const QString text = render(data, ReportFormat::Markdown);
    QVERIFY(text.contains(QStringLiteral("| hex | 0 | 1 | 0 | 0 | 0 |")) ||
            text.contains(QString::fromStdString("| " + std::string(encodingName(Encoding::HexLower)) +
                                                 " | 0 | 1 | 0 | 0 | 0 |")));
    QVERIFY(text.contains(QStringLiteral("| image | 1 | 1 | 0 | 0 | 32 |")));
    QVERIFY(text.contains(QStringLiteral("| images | 4711 |")));
    QVERIFY(text.contains(QStringLiteral("| not dumped | 8192 |")));
    QVERIFY(text.contains(QStringLiteral("1 finding undecided")));
    QVERIFY(text.contains(QStringLiteral("1 finding rejected")));
    QVERIFY(!text.contains(QStringLiteral("was not scanned")));
    data.rulesVersion.clear();
    data.findings.clear();
    const QString empty = render(data, ReportFormat::Markdown);
    QVERIFY(empty.contains(QStringLiteral("was not scanned")));
    QVERIFY(!empty.contains(QStringLiteral("undecided:")));
}

/// What a picture is made of: well-formed, titled, escaped, by pattern as well as by colour.
void TestReport::pictures()
{
    ReportTask task{7, "prog"};
    task.areas = {{"[heap]", "rw-p", AreaKind::Heap, 0x10000, 0x30000, 0x20000, {}},
                  {"/lib/<x>&.so", "r-xp", AreaKind::File, 0x7f0000000000, 0x7f0000200000, 0, {}}};
    task.areas[0].marks = {{0x11000, 16, MarkState::Redacted},
                           {0x11010, 16, MarkState::Rejected},
                           {0x20000, 0x1000, MarkState::Undecided}};
    const QString svg = QString::fromStdString(taskPicture(task));
    QXmlStreamReader reader(svg);
    int titles = 0;
    QStringList fills;
    while (!reader.atEnd()) {
        reader.readNext();
        if (reader.isStartElement() && reader.name() == QLatin1String("title"))
            ++titles;
        if (reader.isStartElement() && reader.name() == QLatin1String("rect")) {
            fills << reader.attributes().value(QLatin1String("fill")).toString();
            QVERIFY(reader.attributes().value(QLatin1String("x")).toDouble() +
                        reader.attributes().value(QLatin1String("width")).toDouble() <=
                    1000);
            QVERIFY(reader.attributes().value(QLatin1String("width")).toDouble() > 0);
        }
    }
    QVERIFY2(!reader.hasError(), qPrintable(reader.errorString()));
    QCOMPARE(titles, 1 + 2 + 1 + 3); // the picture, areas, the gap, marks
    for (const char *fill : {"url(#cr)", "url(#cu)", "url(#cj)"})
        QCOMPARE(fills.count(QLatin1String(fill)), 1);
    QVERIFY(svg.contains(QStringLiteral("role=\"img\"")) && svg.contains(QStringLiteral("aria-label=")));
    QVERIFY(svg.contains(QStringLiteral("not mapped")));
    QVERIFY(svg.contains(QStringLiteral("/lib/&lt;x&gt;&amp;.so")));
    QVERIFY(svg.contains(QStringLiteral("redacted: 16 bytes at 0x11000")));

    // Many areas: more rows, none over the edge.
    for (uint64_t i = 0; i < 200; ++i)
        task.areas.push_back({"anon",
                              "rw-p",
                              AreaKind::Anonymous,
                              0x7f0001000000 + i * 0x10000,
                              0x7f0001000000 + i * 0x10000 + 0x4000,
                              0x1000,
                              {}});
    QXmlStreamReader many(QString::fromStdString(taskPicture(task)));
    double height = 0;
    while (!many.atEnd()) {
        many.readNext();
        if (many.isStartElement() && many.name() == QLatin1String("svg"))
            height = many.attributes().value(QLatin1String("height")).toDouble();
        if (many.isStartElement() && many.name() == QLatin1String("rect"))
            QVERIFY(many.attributes().value(QLatin1String("y")).toDouble() < height);
    }
    QVERIFY(!many.hasError());
    QVERIFY(height > 100);

    QXmlStreamReader bars(QString::fromStdString(membersPicture(
        {{"a/" + std::string(80, 'x') + "\xc3\xa4", uint64_t{30} << 30, false, {{0, 1, MarkState::Redacted}}},
         {"gone", 0, true, {}},
         {"empty", 0, false, {}}})));
    while (!bars.atEnd())
        bars.readNext();
    QVERIFY2(!bars.hasError(), qPrintable(bars.errorString()));
    QCOMPARE(roundedBytes(1023), std::string("1023 bytes"));
    QCOMPARE(roundedBytes(1536), std::string("1.5 KiB"));
    QCOMPARE(roundedBytes(uint64_t{30} << 30), std::string("30 GiB"));

    ReportData data = sample();
    data.tasks = {task};
    const QString page = render(data, ReportFormat::Html);
    QVERIFY(page.contains(QStringLiteral("<svg")) && page.contains(QStringLiteral("<pattern id=\"cr\"")));
    QVERIFY(page.contains(QStringLiteral("prefers-color-scheme:dark")));
    QVERIFY(!page.contains(QStringLiteral("<script")) && !page.contains(QStringLiteral("http")));
    QVERIFY(!render(data, ReportFormat::Markdown).contains(QStringLiteral("svg")));
}

/// From a checkpoint: marks stand in the areas and members where the findings are, and no value is there.
void TestReport::picturesOfACheckpoint()
{
    const std::string value = "Zx9kQpL2vvT7mR4s";
    test::CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x30000).vma(0x50000, 0x60000);
    task.page(0x11ff8, value);
    builder.member("rootfs-diff.tar", test::TarWriter().file("etc/app.ini", "key=" + value).bytes());
    QTemporaryDir folder;
    builder.writeTo(folder.path().toStdString());
    const auto memory = *Memory::load(*Checkpoint::open(folder.path().toStdString()));
    auto review = Case::create({}, *memory);
    const std::vector<std::string> values{value};
    const auto found = findCopiesOf(*memory, values);
    QVERIFY(found.ok() && (*review)->acceptExtents(*memory, Origin::ValueFile, found->found, "test").ok());
    ReportData data;
    data.findings = *(*review)->findings();
    QCOMPARE(data.findings.size(), size_t{2});
    addEvidence(*memory, data);
    QCOMPARE(data.tasks.size(), size_t{1});
    QVERIFY(data.tasks[0].areas.size() >= 2);
    QCOMPARE(data.tasks[0].areas[0].marks.size(), size_t{1}); // over a page border, and one
    QCOMPARE(data.tasks[0].areas[0].marks[0].offset, uint64_t{0x11ff8});
    QCOMPARE(data.tasks[0].areas[0].marks[0].length, uint64_t{value.size()});
    QCOMPARE(data.tasks[0].areas[0].stored, uint64_t{0x2000});
    QVERIFY(data.tasks[0].areas[1].marks.empty());
    QCOMPARE(data.members[0].marks.size() + data.members[1].marks.size(), size_t{2});
    QVERIFY(data.members[2].marks.empty());
    for (const ReportBytes &row : data.covered)
        QVERIFY(row.what.find("memory of processes") == std::string::npos || row.bytes == 0x2000);
    for (const ReportFormat format : allFormats) {
        const auto text = makeReport(**review, memory.get(), nullptr, format);
        QVERIFY(text.ok());
        QVERIFY(text->find(value) == std::string::npos);
    }
}

CRYOSCOPE_TEST(TestReport)

} // namespace tst_report

#include "tst_report.moc"
