// SPDX-License-Identifier: Apache-2.0
#include "core/review/copies.h"

#include "core/base/hash.h"
#include "core/detect/encodings.h"
#include "core/detect/utf.h"
#include "tests/program/testprogram.h"
#include "tests/support/checkpointbuilder.h"

#include <QTemporaryDir>

#include <set>
#include <tuple>

namespace tst_copies
{

using namespace cryoscope;
using namespace cryoscope::test;

class TestCopies : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void ofAcceptedFindings();
    void ofEncodedFindings();
    void decisionsCount();
    void tooShort();
    void ofListedValues();
    void acceptedValuesAreDecoded();
    void copiesAreNotTakenForValues();
    void remains_data();
    void remains();
    void remainsAtTheEdgeOfMemory();
    void unreadable();
    void cancelled();

private:
    /// A finding of `value` where it stands first in `member` (by path).
    CaseFinding finding(const char *member, std::string_view stored, Decision decision = Decision::Accepted,
                        Encoding encoding = Encoding::Raw, Origin origin = Origin::Scan) const;
    QStringList places(const CopySearch &search) const;

    QTemporaryDir m_folder;
    std::shared_ptr<const Memory> m_memory;
};

namespace
{
const std::string value = "Zx9kQpL2vv-unique";
}

void TestCopies::initTestCase()
{
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x20000).page(0x10100, value).page(0x12000, "four");
    builder.member("a", "first " + value + " and " + value);
    builder.member("b", encodeBase64(value, false));
    builder.member("c", "hex " + encodeHex(value, false) + " end");
    builder.member("d", "another value: Qq7-other");
    builder.member("e", "Qq7-other in e");
    builder.writeTo(m_folder.path().toStdString());
    const auto checkpoint = Checkpoint::open(m_folder.path().toStdString());
    QVERIFY(checkpoint.ok());
    m_memory = *Memory::load(*checkpoint);
}

CaseFinding TestCopies::finding(const char *member, std::string_view stored, Decision decision,
                                Encoding encoding, Origin origin) const
{
    const Member *in = m_memory->checkpoint().archive().find(member);
    const auto bytes = in->content->readWhole(1 << 20);
    const auto at = asText(*bytes).find(stored);
    if (at == std::string_view::npos)
        qFatal("not there");
    CaseFinding made;
    made.origin = origin;
    made.finding.kind = "Password";
    made.finding.label = "DB_PASSWORD";
    made.finding.encoding = encoding;
    made.finding.parts = {{in->id, at, stored.size()}};
    made.decision = decision;
    return made;
}

QStringList TestCopies::places(const CopySearch &search) const
{
    QStringList all;
    for (const Finding &found : search.found) {
        const Extent &part = found.parts.front();
        all << QString::fromStdString(m_memory->checkpoint().archive().member(part.member).path) + u':' +
                   QString::number(part.offset);
    }
    all.sort();
    return all;
}

void TestCopies::ofAcceptedFindings()
{
    const std::vector<CaseFinding> accepted{finding("a", value)};
    const auto search = findCopies(*m_memory, accepted);
    QVERIFY(search.ok());
    QCOMPARE(search->tooShort, uint64_t{0});
    // Itself, the other one beside it, in every encoding, in memory.
    QCOMPARE(places(*search).join(u' '), QStringLiteral("a:28 a:6 b:0 c:4 pages-1.img:256"));
    for (const Finding &found : search->found) {
        QCOMPARE(found.kind, std::string("Password"));
        QCOMPARE(found.label, std::string("DB_PASSWORD"));
        QVERIFY(found.why.find("DB_PASSWORD") != std::string::npos);
        QVERIFY(found.why.find(value) == std::string::npos);
        const bool memory = found.pid != 0;
        QCOMPARE(memory, m_memory->isPagesFile(found.parts.front().member));
        if (memory)
            QVERIFY(found.pid == 100 && found.address == 0x10100);
    }
}

void TestCopies::ofEncodedFindings()
{
    const std::vector<CaseFinding> accepted{
        finding("b", encodeBase64(value, false), Decision::Accepted, Encoding::Base64)};
    QCOMPARE(places(*findCopies(*m_memory, accepted)).size(), 5);
}

void TestCopies::decisionsCount()
{
    for (const Decision decision : {Decision::Rejected, Decision::Undecided}) {
        const std::vector<CaseFinding> findings{finding("a", value, decision)};
        QVERIFY(findCopies(*m_memory, findings)->found.empty());
        QVERIFY(acceptedValues(m_memory->checkpoint().archive(), findings)->empty());
    }
    QVERIFY(findCopies(*m_memory, {})->found.empty());
    const std::vector<CaseFinding> mixed{finding("a", value, Decision::Rejected), finding("d", "Qq7-other")};
    QCOMPARE(places(*findCopies(*m_memory, mixed)).join(u' '), QStringLiteral("d:15 e:0"));
}

void TestCopies::tooShort()
{
    const std::vector<CaseFinding> findings{finding("a", "fir"), finding("a", "firs"),
                                            finding("d", "Qq7-other")};
    const auto search = findCopies(*m_memory, findings);
    QCOMPARE(search->tooShort, uint64_t{1});
    QCOMPARE(places(*search).join(u' '), QStringLiteral("a:0 d:15 e:0"));
}

void TestCopies::ofListedValues()
{
    const std::vector<std::string> values{value, "Qq7-other", "abc", "", "not there", value};
    const auto search = findCopiesOf(*m_memory, values);
    QVERIFY(search.ok());
    QCOMPARE(search->tooShort, uint64_t{2});
    QCOMPARE(places(*search).size(), 7);
    QCOMPARE(search->found.front().kind, std::string("Listed value"));
}

void TestCopies::acceptedValuesAreDecoded()
{
    const std::vector<CaseFinding> findings{
        finding("a", value), finding("c", encodeHex(value, false), Decision::Accepted, Encoding::HexLower),
        finding("d", "Qq7-other"), finding("e", "in e", Decision::Rejected)};
    const auto values = acceptedValues(m_memory->checkpoint().archive(), findings);
    QVERIFY(values.ok());
    QVERIFY((*values == std::vector<std::string>{"Qq7-other", value}));
}

void TestCopies::copiesAreNotTakenForValues()
{
    // The words of a register hold more than the value; what it was a copy of was searched.
    for (const Origin origin : {Origin::Copy, Origin::ValueFile}) {
        for (const Encoding encoding :
             {Encoding::Percent, Encoding::JsonEscape, Encoding::Compressed, Encoding::Numbers}) {
            const std::vector<CaseFinding> findings{
                finding("a", value, Decision::Accepted, encoding, origin)};
            QVERIFY(findCopies(*m_memory, findings)->found.empty());
        }
        // What decodes to the value says it: it may stand nowhere as it is.
        const std::vector<CaseFinding> encoded{
            finding("b", encodeBase64(value, false), Decision::Accepted, Encoding::Base64, origin)};
        QCOMPARE(places(*findCopies(*m_memory, encoded)).size(), 5);
        const std::vector<CaseFinding> raw{finding("a", value, Decision::Accepted, Encoding::Raw, origin)};
        QCOMPARE(places(*findCopies(*m_memory, raw)).size(), 5);
    }
}

void TestCopies::remains_data()
{
    QTest::addColumn<QByteArray>("whole");
    QTest::addColumn<QByteArray>("text"); // of a member; what remains stands in [ ]
    QTest::addColumn<bool>("found");
    const QByteArray token = "glpat-qgKbuOhXlNaxz8JFbrVJ"; // 26 characters
    const auto row = [](const char *name, const QByteArray &whole, const QByteArray &text, bool found) {
        QTest::newRow(name) << whole << text << found;
    };
    row("its first half", token, "freed [" + token.left(13) + "]??? and on", true);
    row("more of its beginning", token, "freed [" + token.left(20) + "]??? and on", true);
    row("its last half", token, "next block [" + token.right(13) + "] and on", true);
    row("more of its end", token, "next block [" + token.right(25) + "] and on", true);
    row("less than half", token, "freed " + token.left(12) + "??? and " + token.right(12) + " and on", false);
    row("another one that begins alike", token, "glpat-qgKbuXXXXXXXX", false);
    row("at the end of a file", token, "cut off: [" + token.left(21) + "]", true);
    row("in UTF-16", token,
        "freed [" +
            QByteArray::fromStdString(
                encodeUtf16(QString::fromLatin1(token.left(15)).toStdU32String(), ByteSex::Little)) +
            "]!!",
        true);
    row("in hex", token, "dump: [" + token.left(14).toHex() + "] end", true);
    row("words", "the quick brown fox jumps over", "the quick brown fox sleeps", false);
    row("a path", "/srv/projects/alpha/notes/private.txt", "/srv/projects/alpha/notes/public.txt", false);
    row("a short one", "Zx9kQpL2vv-q", "Zx9kQpL2vv", false);
}

void TestCopies::remains()
{
    QFETCH(QByteArray, whole);
    QFETCH(QByteArray, text);
    QFETCH(bool, found);
    const qsizetype begin = text.indexOf('[');
    const qsizetype end = text.lastIndexOf(']') - 1; // once the bracket before it is gone
    if (found)
        text.remove(text.lastIndexOf(']'), 1).remove(begin, 1);
    QTemporaryDir folder;
    CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(0x10000, 0x20000);
    builder.member("whole", "value " + whole.toStdString() + "\n");
    builder.member("left", text.toStdString());
    builder.writeTo(folder.path().toStdString());
    const auto checkpoint = Checkpoint::open(folder.path().toStdString());
    QVERIFY(checkpoint.ok());
    const auto memory = *Memory::load(*checkpoint);
    const std::vector<std::string> values{whole.toStdString()};
    const auto search = findCopiesOf(*memory, values);
    QVERIFY(search.ok());
    QCOMPARE(search->places, std::vector<uint64_t>{1});
    QCOMPARE(search->remains, uint64_t{found ? 1u : 0u});
    QCOMPARE(search->found.size(), size_t{found ? 2u : 1u});
    for (const Finding &one : search->found) {
        if (one.rule == "copy")
            continue;
        QCOMPARE(one.rule, std::string("copy-remains"));
        QCOMPARE(memory->checkpoint().archive().member(one.parts.front().member).path, std::string("left"));
        QCOMPARE(qsizetype(one.parts.front().offset), begin);
        QCOMPARE(qsizetype(one.length()), end - begin);
        QVERIFY(one.why.find(whole.toStdString()) == std::string::npos);
        QVERIFY(one.why.starts_with("the first ") || one.why.starts_with("the last "));
    }
}

void TestCopies::remainsAtTheEdgeOfMemory()
{
    // The page with the rest was not dumped; elsewhere the one with the beginning.
    const std::string token = "glpat-qgKbuOhXlNaxz8JFbrVJ";
    QTemporaryDir folder;
    CheckpointBuilder builder;
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x40000);
    task.page(0x12000 - 18, token.substr(0, 18)).page(0x20000, token.substr(9)).page(0x30000, "x " + token);
    builder.writeTo(folder.path().toStdString());
    const auto checkpoint = Checkpoint::open(folder.path().toStdString());
    QVERIFY(checkpoint.ok());
    const auto memory = *Memory::load(*checkpoint);
    const std::vector<std::string> values{token};
    const auto search = findCopiesOf(*memory, values);
    QVERIFY(search.ok());
    std::set<std::tuple<std::string, uint64_t, uint64_t>> places;
    for (const Finding &one : search->found)
        places.emplace(one.rule, one.address, one.length());
    QVERIFY((places ==
             std::set<std::tuple<std::string, uint64_t, uint64_t>>{
                 {"copy", 0x30002, 26}, {"copy-remains", 0x12000 - 18, 18}, {"copy-remains", 0x20000, 17}}));
    // They are no values of their own.
    std::vector<CaseFinding> accepted;
    for (const Finding &one : search->found) {
        CaseFinding entry;
        entry.origin = Origin::Copy;
        entry.finding = one;
        entry.decision = Decision::Accepted;
        accepted.push_back(entry);
    }
    QVERIFY((*acceptedValues(memory->checkpoint().archive(), accepted) == std::vector<std::string>{token}));
}

void TestCopies::unreadable()
{
    CaseFinding beyond = finding("a", value);
    beyond.finding.parts.front().offset = 1 << 20;
    const std::vector<CaseFinding> findings{beyond};
    QVERIFY(!findCopies(*m_memory, findings).ok());
    QVERIFY(!acceptedValues(m_memory->checkpoint().archive(), findings).ok());
}

void TestCopies::cancelled()
{
    std::stop_source stop;
    stop.request_stop();
    const std::vector<CaseFinding> findings{finding("a", value)};
    const auto search = findCopies(*m_memory, findings, nullptr, stop.get_token());
    QVERIFY(!search.ok());
    QCOMPARE(search.error().code, ErrorCode::Cancelled);
}

CRYOSCOPE_TEST(TestCopies)

} // namespace tst_copies

#include "tst_copies.moc"
