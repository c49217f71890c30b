// SPDX-License-Identifier: Apache-2.0
// Secrets where a structure tells what they are: argv and environment, engines' JSON, sensitive files,
// compressed streams; and what a user has asked to leave out.
#include "core/detect/jsonstrings.h"
#include "core/detect/scanner.h"
#include "core/detect/sensitivefiles.h"
#include "core/memory/run.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/program/testprogram.h"

#include <QTemporaryDir>

#include <fstream>
#include <zlib.h>

namespace tst_structuredscan
{

using namespace cryoscope;

namespace
{

const std::string token = "glpat-qgKbuOhXlNaxz8JFbrVJ";
const std::string hash = "$6$Fa7eSaltForDemo$" + [] {
    std::string text;
    while (text.size() < 86)
        text += "aB3dE5gH7jK9mN1pQ2sT4vW6xY8zC0fR./";
    return text.substr(0, 86);
}();

struct Found {
    std::string rule, kind, label, text, why, encoding;
    Confidence confidence;
};

struct Scan {
    std::vector<Found> found;
    ScanSummary summary;
    [[nodiscard]] const Found *of(const std::string &rule, const std::string &text = {}) const
    {
        for (const Found &one : found) {
            if (one.rule == rule && (text.empty() || one.text == text))
                return &one;
        }
        return nullptr;
    }
};

Scan scan(test::CheckpointBuilder &builder, const std::shared_ptr<const Suppressions> &suppressions = {})
{
    QTemporaryDir folder;
    builder.writeTo(folder.path().toStdString());
    const auto checkpoint = Checkpoint::open(folder.path().toStdString());
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    const auto memory = *Memory::load(*checkpoint);
    Scan out;
    ScanOptions options;
    options.suppressions = suppressions;
    auto done = Scanner(memory, *RuleSet::builtIn()).run(options, [&](std::vector<Finding> &&batch) {
        for (const Finding &finding : batch) {
            const auto bytes = readExtents(memory->checkpoint().archive(), finding.parts);
            out.found.push_back({finding.rule, finding.kind, finding.label,
                                 bytes ? std::string(asText(*bytes)) : "?", finding.why,
                                 std::string(encodingName(finding.encoding)), finding.confidence});
        }
    });
    if (!done)
        qFatal("%s", done.error().describe().c_str());
    out.summary = std::move(*done);
    return out;
}

test::CheckpointBuilder oneTask()
{
    test::CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(0x10000, 0x40000).page(0x10000, "nothing");
    return builder;
}

std::string deflated(const std::string &text, bool gzip)
{
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, gzip ? 31 : 15, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string prose(size_t size)
{
    std::string text;
    for (size_t i = 0; text.size() < size; ++i)
        text += "line " + std::to_string(i * 7919 % 10007) + " of a log that says nothing\n";
    return text;
}

} // namespace

class tst_structuredscan : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void taskStrings();
    void jsonStrings();
    void engineFiles();
    void sensitivePaths_data();
    void sensitivePaths();
    void deletedAndMappedFiles();
    void compressed_data();
    void compressed();
    void compressedWithinEachOther();
    void damagedStreams();
    void suppressed();
    void baselineAndIgnoreFile();
    void everywhereIsNoise();
};

void tst_structuredscan::taskStrings()
{
    auto builder = oneTask();
    builder.task(100 + 1, "other")
        .exe(builder.file("/bin/other"))
        .arguments({"other", "--db-password", "plain words", "--token=zzz-zzz", "--verbose",
                    "--password-file=/etc/x"})
        .environment({"API_KEY=plain-words-only", "HOME=/root", "PUBLIC_KEY=abcdef", "DB_PASSWORD=${DB}"});
    const Scan done = scan(builder);
    QVERIFY(done.of("argument-secret", "plain words"));
    QVERIFY(done.of("argument-secret", "zzz-zzz"));
    QVERIFY(done.of("environment-secret", "plain-words-only"));
    QCOMPARE(done.found.size(), size_t{3});
}

void tst_structuredscan::jsonStrings()
{
    std::vector<std::string> seen;
    const std::string text = R"({"a": "1", "b": ["x", "y\"z", {"c": "2"}], "d": {"e": "3"}, "f": 4})";
    const size_t end = eachJsonString(text, [&](const JsonString &string) {
        seen.push_back(std::string(string.key) + "=" + text.substr(string.begin, string.end - string.begin) +
                       (string.inArray ? " after " + std::string(string.previous) : "") +
                       (string.escaped ? " escaped" : ""));
    });
    QCOMPARE(end, text.size());
    QCOMPARE(seen, (std::vector<std::string>{"a=1", "b=x after ", "b=y\\\"z after x escaped", "c=2", "e=3"}));
    // It stops where the text is no JSON, and at any depth.
    for (const std::string bad : {"{\"a\": \"1", "{\"a\": \"1\"]", "[\"a\" %", "{\"a\": \"\n\"}"})
        QVERIFY(eachJsonString(bad, [](const JsonString &) {}) <= bad.size());
    QVERIFY(eachJsonString(std::string(100000, '['), [](const JsonString &) {}) < 1000);
}

void tst_structuredscan::engineFiles()
{
    auto builder = oneTask();
    builder.member(
        "config.dump",
        R"({"id":"7f3c9a52d1e84b60a7f3c9a52d1e84b60a7f3c9a52d1e84b60a7f3c9a52d1e84",)"
        R"("rootfsImageName":"x","env":["A=b","SMTP_PASSWORD=has \"quotes\" \u0026 more","PATH=/bin"]})");
    builder.member(
        "spec.dump",
        R"({"process":{"args":["prog","--api-key","some words","--url","https:\/\/u:S3cr3t-w0rd@h.example\/x"]}})");
    const Scan done = scan(builder);
    const Found *environment = done.of("environment-secret");
    QVERIFY(environment);
    QCOMPARE(environment->text, std::string(R"(has \"quotes\" \u0026 more)")); // the bytes as they stand
    QCOMPARE(environment->encoding, std::string("json"));
    QCOMPARE(environment->label, std::string("SMTP_PASSWORD"));
    QVERIFY(done.of("argument-secret", "some words"));
    QVERIFY(done.of("url-password", "S3cr3t-w0rd"));
    QCOMPARE(done.found.size(), size_t{3}); // no container id, nothing twice
}

void tst_structuredscan::sensitivePaths_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<bool>("sensitive");
    for (const char *path :
         {"/etc/shadow", "etc/shadow-", "./etc/passwd", "etc/security/opasswd", "etc/rsyslog.d/a.conf",
          "/var/log/auth.log", "var/log/audit/audit.log", "var/log/wtmp", "proc/kmsg", "proc/cmdline",
          "/root/.ssh/id_ed25519", "home/u/.aws/credentials", ".bash_history", "/home/u/.kube/config",
          "run/secrets/kubernetes.io/serviceaccount/token", "etc/ssh/ssh_host_rsa_key",
          "/root/.netrc (deleted)"})
        QTest::newRow(path) << QByteArray(path) << true;
    for (const char *path :
         {"etc/hostname", "/root/.ssh/id_ed25519.pub", "/usr/share/doc/etc/shadowed", "var/log/app.log",
          "etc/ssh/ssh_host_rsa_key.pub", "pages-1.img", "home/u/shadow"})
        QTest::newRow(path) << QByteArray(path) << false;
}

void tst_structuredscan::sensitivePaths()
{
    QFETCH(QByteArray, path);
    QFETCH(bool, sensitive);
    QCOMPARE(sensitiveFile(path.toStdString()).has_value(), sensitive);
}

void tst_structuredscan::deletedAndMappedFiles()
{
    auto builder = oneTask();
    const std::string shadow = "root:" + hash + ":19000:0:99999:7:::\n";
    builder.task(102, "reader")
        .exe(builder.file("/bin/reader"))
        .vma(0x100000, 0x102000, test::VmaKind::FilePrivate, {builder.file("/etc/gshadow"), 0, 3, 0})
        .page(0x100000, "wheel:!::\n")
        .fd(3, builder.ghostFile("/etc/shadow", shadow))
        .fd(4, builder.ghostFile("/tmp/notes", "nothing of note"))
        .fd(5, builder.ghostFile("/etc/shadow-", "xxxx:*:00000:0:00000:0:::\n"));
    const Scan done = scan(builder);
    const Found *deleted = done.of("sensitive-file", shadow);
    QVERIFY(deleted);
    QCOMPARE(deleted->kind, std::string("Sensitive file"));
    QCOMPARE(deleted->label, std::string("/etc/shadow"));
    QVERIFY(done.of("password-hash", hash)); // its line as well
    size_t files = 0;
    for (const Found &one : done.found)
        files += one.rule == "sensitive-file" ? 1 : 0;
    QCOMPARE(files, size_t{2}); // the mapped one, not the redacted one
}

void tst_structuredscan::compressed_data()
{
    QTest::addColumn<bool>("gzip");
    QTest::addColumn<int>("size");
    QTest::addColumn<bool>("member");
    for (const bool gzip : {false, true}) {
        for (const int size : {200, 40000, 3000000}) {
            QTest::addRow("%s %d in memory", gzip ? "gzip" : "zlib", size) << gzip << size << false;
            QTest::addRow("%s %d in a member", gzip ? "gzip" : "zlib", size) << gzip << size << true;
        }
    }
}

void tst_structuredscan::compressed()
{
    QFETCH(bool, gzip);
    QFETCH(int, size);
    QFETCH(bool, member);
    const std::string text = prose(static_cast<size_t>(size)) + "token " + token + "\n" + prose(500);
    const std::string stream = deflated(text, gzip);
    auto builder = oneTask();
    if (member)
        builder.member("tmp.dat", "some lines before it\n" + stream + "and after");
    else
        builder.task(103, "p").exe(1).vma(0x100000, 0x1000000).page(0x100ff3, stream + "\x01\x02");
    const Scan done = scan(builder);
    const Found *found = done.of("gitlab-token");
    QVERIFY(found);
    QVERIFY(found->text == stream); // all its bytes, and no more
    QCOMPARE(found->encoding, std::string("compressed"));
    QCOMPARE(done.found.size(), size_t{1});
}

void tst_structuredscan::compressedWithinEachOther()
{
    const std::string inner = deflated(prose(300) + token + prose(100), false);
    const std::string middle = deflated(prose(2000) + inner + prose(2000), true);
    const std::string outer = deflated(prose(5000) + middle + prose(5000), true);
    auto builder = oneTask();
    builder.member("a.dat", "x" + outer + "y");
    const Scan done = scan(builder);
    QVERIFY(done.of("gitlab-token", outer));
    // One deeper is not looked at.
    auto deeper = oneTask();
    deeper.member("a.dat", "x" + deflated(prose(9000) + outer + prose(9000), false) + "y");
    QVERIFY(!scan(deeper).of("gitlab-token"));
}

void tst_structuredscan::damagedStreams()
{
    const std::string text = token + "\n" + prose(60000);
    std::string stream = deflated(text, true);
    auto builder = oneTask();
    // Its end is overwritten: what was readable is found.
    builder.member("a.dat", "x" + stream.substr(0, stream.size() / 2) + std::string(500, '\xff'));
    QVERIFY(scan(builder).of("gitlab-token"));
    // Headers alone, random bytes, a stream that blows up: no finding, and it ends.
    auto noise = oneTask();
    std::string bytes;
    uint32_t state = 1;
    for (size_t i = 0; i < 300000; ++i) {
        state = state * 1664525 + 1013904223;
        bytes += i % 50 == 0   ? std::string("\x78\x9c")
                 : i % 77 == 0 ? std::string("\x1f\x8b\x08\x00", 4)
                               : std::string(1, static_cast<char>(state >> 24));
    }
    noise.member("a.dat", bytes + deflated(std::string(size_t{40} << 20, 'a'), false));
    const Scan done = scan(noise);
    QCOMPARE(done.found.size(), size_t{0});
    QVERIFY(!done.summary.unsearched.empty());
}

void tst_structuredscan::suppressed()
{
    const auto count = [](const std::string &what) {
        auto builder = oneTask();
        builder.task(104, "p")
            .exe(builder.file("/opt/p"))
            .vma(0x100000, 0x102000, test::VmaKind::Heap)
            .page(0x100010, token);
        builder.member("notes.txt", "token " + token + "\n");
        auto suppressions = std::make_shared<Suppressions>();
        if (!what.empty() && !suppressions->add(what))
            return std::string("refused");
        const Scan done = scan(builder, suppressions);
        std::string text = std::to_string(done.found.size());
        for (const auto &[reason, number] : done.summary.suppressed)
            text += ", " + std::to_string(number) + " " + reason;
        return text;
    };
    QCOMPARE(count(""), std::string("2"));
    QCOMPARE(count("rule=gitlab-token"), std::string("0, 2 by rule"));
    QCOMPARE(count("member=*.txt"), std::string("1, 1 by member"));
    QCOMPARE(count("vma=[[]heap]"), std::string("1, 1 by VMA"));
    QCOMPARE(count("vma=[stack]"), std::string("2"));
    QCOMPARE(count("mapping=/usr/lib/*"), std::string("2"));
    QCOMPARE(count("colour=red"), std::string("refused"));
    QCOMPARE(count("rule="), std::string("refused"));
}

void tst_structuredscan::baselineAndIgnoreFile()
{
    QTemporaryDir folder;
    const auto file = [&](const char *name, const std::string &content) {
        const std::string path = folder.filePath(QString::fromLatin1(name)).toStdString();
        std::ofstream(path) << content;
        return path;
    };
    const auto left = [&](const std::shared_ptr<Suppressions> &suppressions) {
        auto builder = oneTask();
        builder.member("notes.txt", "first line\ntoken " + token + "\n");
        return scan(builder, suppressions).summary.suppressed;
    };
    auto baseline = std::make_shared<Suppressions>();
    QVERIFY(baseline
                ->addBaseline(file("b.json", "[{\"RuleID\":\"gitlab-pat\",\"Secret\":\"" + token +
                                                 "\"},{\"Secret\":\"REDACTED\"}]"))
                .ok());
    QCOMPARE(left(baseline).at("in the baseline"), uint64_t{1});
    auto values = std::make_shared<Suppressions>();
    QVERIFY(values->addValueFile(file("v.txt", "other\r\n" + token + "\r\n")).ok());
    QCOMPARE(left(values).at("by value"), uint64_t{1});
    auto ignore = std::make_shared<Suppressions>();
    QVERIFY(ignore->addIgnoreFile(file("i", "# known\nnotes.txt:gitlab-token:2\n")).ok());
    QCOMPARE(left(ignore).at("by ignore file"), uint64_t{1});
    auto other = std::make_shared<Suppressions>();
    QVERIFY(
        other
            ->addIgnoreFile(file(
                "j", "notes.txt:gitlab-token:1\n0123456789012345678901234567890123456789:notes.txt:jwt:2\n"))
            .ok());
    QVERIFY(left(other).empty());
    auto keyed = std::make_shared<Suppressions>();
    keyed->setFingerprint([](std::string_view value) { return "f" + std::to_string(value.size()); });
    QVERIFY(keyed->add("fingerprint=f" + std::to_string(token.size())).ok());
    QCOMPARE(left(keyed).at("by fingerprint"), uint64_t{1});
    QVERIFY(!baseline->addBaseline(file("c.json", "{}")).ok());
    QVERIFY(!baseline->addValueFile("/nonexistent/values").ok());
}

void tst_structuredscan::everywhereIsNoise()
{
    // The same random text in many unrelated places is part of some program; in two it may be a secret.
    const std::string value = "qZ8vL2xK9mW4tR7pB1nC5sD3";
    for (const int places : {2, 6}) {
        auto builder = oneTask();
        for (int i = 0; i < places; ++i)
            builder.member("m" + std::to_string(i) + ".txt", "says \"" + value + "\" here");
        const Scan done = scan(builder);
        QCOMPARE(done.found.size(), size_t(places == 2 ? 2 : 0));
        QCOMPARE(done.summary.suppressed.size(), size_t(places == 2 ? 0 : 1));
    }
}

CRYOSCOPE_TEST(tst_structuredscan)

} // namespace tst_structuredscan

#include "tst_structuredscan.moc"
