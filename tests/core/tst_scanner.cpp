// SPDX-License-Identifier: Apache-2.0
// The scan over address spaces: values over page and pagemap-entry borders, the same findings whatever the
// units and threads, and nothing made of bytes that are neighbours in the file only.
#include "core/detect/scanner.h"
#include "core/detect/valuesearch.h"
#include "tests/support/checkpointbuilder.h"

#include <QTemporaryDir>
#include <QTest>

#include <set>

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

QTEST_GUILESS_MAIN(tst_scanner)
#include "tst_scanner.moc"
