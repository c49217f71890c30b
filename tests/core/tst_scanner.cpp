// SPDX-License-Identifier: Apache-2.0
// The scan over address spaces: values over page and pagemap-entry borders, the same findings whatever the
// units and threads, and nothing made of bytes that are neighbours in the file only.
#include "core/detect/scanner.h"
#include "core/detect/utf.h"
#include "core/detect/valuesearch.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"

#include <QTemporaryDir>

#include <array>
#include <map>
#include <set>

namespace tst_scanner
{

using namespace cryoscope;

namespace
{

const std::string token = "glpat-qgKbuOhXlNaxz8JFbrVJ";

std::shared_ptr<const Memory> build(const QTemporaryDir &folder, uint64_t maxRun)
{
    test::CheckpointBuilder builder;
    builder.maxRun(maxRun);
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x40000).vma(0x50000, 0x60000);
    task.page(0x11ff0, token);                // over a page border
    task.page(0x15000, token);                // first byte of a page
    task.page(0x18000 - token.size(), token); // last byte of a page
    task.page(0x3fff3, token.substr(0, 13));  // halves that are neighbours in the pages file, not in memory
    task.page(0x50000, token.substr(13));
    task.environment({"API_KEY=plain-words-only"});
    builder.writeTo(folder.path().toStdString());
    const auto checkpoint = Checkpoint::open(folder.path().toStdString());
    return checkpoint ? *Memory::load(*checkpoint) : nullptr;
}

using Found = std::set<std::tuple<std::string, uint32_t, uint64_t, uint64_t>>;

Found scan(const std::shared_ptr<const Memory> &memory, uint64_t unitBytes, unsigned jobs)
{
    Found found;
    ScanOptions options;
    options.unitBytes = unitBytes;
    options.jobs = jobs;
    const auto done = Scanner(memory, *RuleSet::builtIn()).run(options, [&](std::vector<Finding> &&batch) {
        for (const Finding &finding : batch)
            found.emplace(finding.rule, finding.pid, finding.address, finding.length());
    });
    if (!done)
        qFatal("%s", done.error().describe().c_str());
    return found;
}

} // namespace

class tst_scanner : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void bordersAndNeighbours_data();
    void bordersAndNeighbours();
    void everyPlaceAndEncoding_data();
    void everyPlaceAndEncoding();
    void sharedPagesAreFoundInEachTask();
    void cancelled();
    void valuesOverBorders();
};

void tst_scanner::bordersAndNeighbours_data()
{
    QTest::addColumn<quint64>("maxRun");
    QTest::newRow("long entries") << quint64{256};
    QTest::newRow("one page an entry") << quint64{1};
}

void tst_scanner::bordersAndNeighbours()
{
    QFETCH(quint64, maxRun);
    QTemporaryDir folder;
    const auto memory = build(folder, maxRun);
    QVERIFY(memory);
    const Found whole = scan(memory, 256u << 10, 1);
    for (const uint64_t address : {uint64_t{0x11ff0}, uint64_t{0x15000}, 0x18000 - token.size()})
        QVERIFY(whole.contains({"gitlab-token", 100u, address, token.size()}));
    size_t tokens = 0;
    bool environment = false;
    for (const auto &[rule, pid, address, length] : whole) {
        tokens += rule == "gitlab-token" ? 1 : 0;
        environment = environment || rule == "environment-secret";
    }
    QCOMPARE(tokens, size_t{3}); // the halves make no fourth
    QVERIFY(environment);
    for (const uint64_t unit : {uint64_t{61}, uint64_t{4096}, uint64_t{5000}}) {
        for (const unsigned jobs : {1u, 3u})
            QVERIFY(scan(memory, unit, jobs) == whole);
    }
}

void tst_scanner::everyPlaceAndEncoding_data()
{
    QTest::addColumn<QByteArray>("rule");
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<int>("encoding");
    std::string hash = "$6$Fa7eSaltForDemo$";
    while (hash.size() < 19 + 86)
        hash += "aB3dE5gH7jK9mN1pQ2sT4vW6xY8zC0fR./"[hash.size() % 34];
    const std::vector<std::array<std::string, 3>> kinds{
        {"gitlab-token", "", token},
        {"aws-access-key-id", "", "AKIAQWERTYUIOPASDFGH"},
        {"jwt", "", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6j7k8l9z0x1c"},
        {"url-password", "redis://:", "S3cr3t-w0rd"},
        {"authorization-header", "authorization: bearer ", "mF9s3kQ0xV7pL2wZ8rT5"},
        {"password-hash", "", hash},
        {"assignment", "SMTP_PASSWORD=", "Fx7pQ2vL9zK4"},
    };
    for (const auto &[rule, before, value] : kinds) {
        for (const auto encoding :
             {Encoding::Raw, Encoding::Utf16Le, Encoding::Utf16Be, Encoding::Utf32Le, Encoding::Utf32Be})
            QTest::addRow("%s %s", rule.c_str(), std::string(encodingName(encoding)).c_str())
                << QByteArray::fromStdString(rule) << QByteArray::fromStdString(before)
                << QByteArray::fromStdString(value) << static_cast<int>(encoding);
    }
}

void tst_scanner::everyPlaceAndEncoding()
{
    QFETCH(QByteArray, rule);
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, value);
    QFETCH(int, encoding);
    const auto form = static_cast<Encoding>(encoding);
    const auto encoded = [form](const QByteArray &text) {
        const std::u32string wide = QString::fromLatin1(text).toStdU32String();
        return form == Encoding::Raw ? text.toStdString()
               : form == Encoding::Utf32Le || form == Encoding::Utf32Be
                   ? encodeUtf32(wide, form == Encoding::Utf32Be ? ByteSex::Big : ByteSex::Little)
                   : encodeUtf16(wide, form == Encoding::Utf16Be ? ByteSex::Big : ByteSex::Little);
    };
    const std::string lead = encoded(before);
    const std::string bytes = encoded(value);
    const QByteArray tail = rule == "url-password" ? "@db.internal/0" : "";
    const std::string whole = lead + bytes + encoded(tail);
    const uint64_t half = (lead.size() + bytes.size() / 2) & ~uint64_t{3};

    // A set with a parent: pages of one value lie in both. Entries of one page; pages of zeros around.
    QTemporaryDir folder;
    test::CheckpointBuilder parent;
    test::CheckpointBuilder child;
    child.maxRun(1).parent("parent-set");
    auto &task = child.task(100, "prog");
    task.exe(child.file("/bin/prog")).vma(0x10000, 0x80000).vma(0x100000, 0x140000);
    std::set<uint64_t> expected;
    const auto place = [&](uint64_t address) {
        task.page(address, whole);
        expected.insert(address + lead.size());
    };
    place(0x10000);                // first bytes of a VMA
    place(0x80000 - whole.size()); // last ones
    place(0x14000 - half);         // over a page and an entry
    place(0x40000 - half);         // over a unit, if it is of 256 KB
    place(0x100008);               // VMAs that do not touch
    place(0x110000 - lead.size()); // the value begins with a page, what it is known by does not
    auto &older = parent.task(100, "prog");
    older.exe(parent.file("/bin/prog")).vma(0x100000, 0x140000);
    older.page(0x120000, std::string(0x1000 - half, '\0') + whole.substr(0, half));
    task.inParent(0x120000).page(0x121000, whole.substr(half));
    expected.insert(0x121000 - half + lead.size());
    child.writeTo(folder.path().toStdString());
    parent.writeTo(folder.filePath(QStringLiteral("parent-set")).toStdString());
    const auto checkpoint = Checkpoint::open(folder.path().toStdString());
    QVERIFY(checkpoint.ok());
    const auto memory = *Memory::load(*checkpoint);

    for (const uint64_t unit : {uint64_t{4096}, uint64_t{256} << 10, uint64_t{1} << 30}) {
        ScanOptions options;
        options.unitBytes = unit;
        std::set<uint64_t> found;
        const auto done =
            Scanner(memory, *RuleSet::builtIn()).run(options, [&](std::vector<Finding> &&batch) {
                for (const Finding &finding : batch) {
                    if (finding.pid == 100 && finding.rule == rule.toStdString() &&
                        finding.length() == bytes.size() && finding.encoding == form)
                        found.insert(finding.address);
                }
            });
        QVERIFY(done.ok());
        QVERIFY(found == expected);
    }
}

void tst_scanner::sharedPagesAreFoundInEachTask()
{
    // After a fork both tasks hold the same pages, each stored on its own; one of them changes one byte.
    QTemporaryDir folder;
    test::CheckpointBuilder builder;
    const std::string text = "token " + token + "\n" + std::string(70000, 'z') + " and " + token + "\n";
    for (const uint32_t pid : {100u, 101u, 102u})
        builder.task(pid, "worker").exe(builder.file("/bin/prog")).vma(0x40000, 0x80000).page(0x40000, text);
    builder.task(103, "worker")
        .exe(builder.file("/bin/prog"))
        .vma(0x40000, 0x80000)
        .page(0x40000, "token " + token + "x\n");
    builder.writeTo(folder.path().toStdString());
    const auto checkpoint = Checkpoint::open(folder.path().toStdString());
    QVERIFY(checkpoint.ok());
    const auto memory = *Memory::load(*checkpoint);
    for (const unsigned jobs : {1u, 3u}) {
        ScanOptions options;
        options.jobs = jobs;
        options.unitBytes = 16384;
        std::map<uint32_t, std::set<uint64_t>> found;
        const auto done =
            Scanner(memory, *RuleSet::builtIn()).run(options, [&](std::vector<Finding> &&batch) {
                for (const Finding &finding : batch)
                    found[finding.pid].insert(finding.address);
            });
        QVERIFY(done.ok());
        for (const uint32_t pid : {100u, 101u, 102u})
            QVERIFY(found[pid] == (std::set<uint64_t>{0x40006, 0x40000 + text.size() - token.size() - 1}));
    }
}

void tst_scanner::cancelled()
{
    QTemporaryDir folder;
    const auto memory = build(folder, 256);
    std::stop_source stop;
    stop.request_stop();
    const auto done = Scanner(memory, *RuleSet::builtIn())
                          .run(
                              {}, [](std::vector<Finding> &&) {}, nullptr, stop.get_token());
    QVERIFY(!done.ok());
    QCOMPARE(done.error().code, ErrorCode::Cancelled);
}

void tst_scanner::valuesOverBorders()
{
    QTemporaryDir folder;
    const auto memory = build(folder, 1);
    const SearchValue wanted{token, 5};
    std::set<uint64_t> addresses;
    const auto done = findValues(*memory, {&wanted, 1}, [&](std::vector<ValueHit> &&hits) {
        for (const ValueHit &hit : hits) {
            QCOMPARE(hit.valueId, uint64_t{5});
            QCOMPARE(hit.encoding, Encoding::Raw);
            addresses.insert(hit.address);
        }
    });
    QVERIFY(done.ok());
    // The pages file itself is searched by address only, so the halves are no hit.
    const std::set<uint64_t> expected{0x11ff0, 0x15000, 0x18000 - token.size()};
    QVERIFY(addresses == expected);
}

CRYOSCOPE_TEST(tst_scanner)

} // namespace tst_scanner

#include "tst_scanner.moc"
