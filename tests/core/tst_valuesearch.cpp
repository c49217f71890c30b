// SPDX-License-Identifier: Apache-2.0
// The search for known values: every encoding at every border, and what values have in common.
#include "core/detect/valuesearch.h"

#include "core/base/hash.h"
#include "core/detect/encodings.h"
#include "core/memory/run.h"
#include "tests/support/checkpointbuilder.h"
#include "tests/support/stringsource.h"
#include "tests/program/testprogram.h"

#include <QTemporaryDir>

#include <map>
#include <random>
#include <set>

namespace tst_valuesearch
{

using namespace cryoscope;
using namespace cryoscope::test;

class TestValueSearch : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void formsAreDistinctAndDecode_data() { values(); }
    void formsAreDistinctAndDecode();
    void formsOfSpecialValues();
    void everyFormAtWindowBorders_data() { values(); }
    void everyFormAtWindowBorders();
    void base64InAnyText_data() { values(); }
    void base64InAnyText();
    void overlappingValues();
    void sameBytesForSeveralValues();
    void manyValues();
    void longValues();
    void zeros();
    void memoryAndMembers();
    void oneHitForSharedBytes();
    void cancelled();
    void unreadable();

private:
    void values();
};

namespace
{

constexpr uint64_t window = uint64_t{1} << 18; // what the search reads at a time at least

std::string noise(size_t size, unsigned seed = 1)
{
    std::mt19937 random(seed);
    std::string text(size, '\0');
    for (char &c : text)
        c = static_cast<char>(random() % 31 + 1); // control characters: part of no form
    return text;
}

std::map<uint64_t, std::set<uint64_t>> find(const std::string &content,
                                            const std::vector<SearchValue> &values)
{
    const auto hits = findInSource(*sourceOf(content), values);
    if (!hits)
        qFatal("%s", hits.error().describe().c_str());
    std::map<uint64_t, std::set<uint64_t>> found;
    for (const SourceHit &hit : *hits)
        found[hit.valueId].insert(hit.offset);
    return found;
}

} // namespace

void TestValueSearch::values()
{
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("password") << QByteArray("Zx9kQpL2vv");
    QTest::newRow("with marks") << QByteArray("p@ss/w0rd?&<=>\"x\\y z~");
    QTest::newRow("beyond ASCII") << QByteArray("pa\xc3\x9fwort-\xe2\x82\xac-\xf0\x9f\x94\x91-x");
    QTest::newRow("lines") << QByteArray("-----BEGIN X-----\nabc\r\n\tdef\n");
    QTest::newRow("binary") << QByteArray("\x01\x02\xff\xfe\x00\x80key\x00\x7f\x10\x9f", 13);
    QTest::newRow("zero at the ends") << QByteArray("\0\0abcdefgh\0\0", 12);
    QTest::newRow("short") << QByteArray("Ab1!");
    QTest::newRow("long") << QByteArray::fromStdString("start " + std::string(300, 'r') + " end");
}

void TestValueSearch::formsAreDistinctAndDecode()
{
    QFETCH(QByteArray, value);
    const std::string text = value.toStdString();
    const auto forms = valueForms(text);
    QVERIFY(!forms.empty());
    QVERIFY(forms.front().first == Encoding::Raw && forms.front().second == text);
    std::set<std::string> distinct;
    std::set<Encoding> encodings;
    for (const auto &[encoding, bytes] : forms) {
        QVERIFY(distinct.insert(bytes).second);
        encodings.insert(encoding);
        QVERIFY(encoding == Encoding::Raw || bytes.size() >= 6);
        const bool core = encoding == Encoding::Base64 || encoding == Encoding::Base64Url;
        if (!core && bytes.find('+') == std::string::npos)
            QCOMPARE(QByteArray::fromStdString(decodeValue(encoding, asBytes(bytes))), value);
    }
    QVERIFY(encodings.contains(Encoding::HexLower) && encodings.contains(Encoding::Percent));
    const std::string upper = encodeHex(text, true);
    QCOMPARE(encodings.contains(Encoding::HexUpper), upper != encodeHex(text, false)); // no letters: one form
    QVERIFY(text.size() < 9 || encodings.contains(Encoding::Base64));
}

void TestValueSearch::formsOfSpecialValues()
{
    QVERIFY(valueForms({}).empty());
    const auto has = [](std::string_view value, Encoding wanted) {
        const auto forms = valueForms(value);
        return std::any_of(forms.begin(), forms.end(),
                           [wanted](const auto &form) { return form.first == wanted; });
    };
    QVERIFY(has("text", Encoding::Utf16Le) && has("text", Encoding::Utf16Be) &&
            has("text", Encoding::Utf32Le) && has("text", Encoding::Utf32Be));
    QVERIFY(!has("text", Encoding::Reversed));
    QVERIFY(has(std::string_view("\x80\x01\x02\x03\x04\x05", 6), Encoding::Reversed));
    QVERIFY(!has(std::string_view("\x80\x01\x02\x03", 4), Encoding::Reversed)); // would stand by chance
    QVERIFY(!has(std::string_view("\x80\x01\x02\x03", 4), Encoding::Utf16Le));
    // Reading back what does not decode gives the bytes themselves.
    for (int encoding = 0; encoding <= static_cast<int>(Encoding::Utf32Be); ++encoding) {
        const std::string odd = "\xff\x00z"; // no valid form of anything
        (void)decodeValue(static_cast<Encoding>(encoding), asBytes(odd));
        (void)decodeValue(static_cast<Encoding>(encoding), {});
    }
    QCOMPARE(decodeValue(Encoding::HexLower, asBytes("xyz")), std::string("xyz"));
    QCOMPARE(decodeValue(Encoding::Utf16Le, asBytes("abc")), std::string("abc"));
}

void TestValueSearch::everyFormAtWindowBorders()
{
    QFETCH(QByteArray, value);
    const std::string text = value.toStdString();
    const std::string around = noise(6 * window + 40000);
    for (const auto &[encoding, form] : valueForms(text)) {
        const uint64_t size = form.size();
        const std::set<uint64_t> expected{
            0,          window - size,       2 * window - size + 1, 3 * window - size / 2, 4 * window - 1,
            5 * window, around.size() - size};
        std::string content = around;
        for (const uint64_t at : expected)
            content.replace(at, size, form);
        // All but its last byte is no hit, wherever windows end.
        content.replace(6 * window - size / 2, size - 1, form.substr(0, size - 1));
        const auto found = find(content, {{text, 3}});
        QVERIFY2(found.contains(3), encodingName(encoding).data());
        for (const uint64_t at : expected)
            QVERIFY2(found.at(3).contains(at),
                     (std::string(encodingName(encoding)) + " at " + std::to_string(at)).c_str());
        if (encoding == Encoding::Raw)
            QVERIFY(found.at(3) == expected);
    }
}

void TestValueSearch::base64InAnyText()
{
    QFETCH(QByteArray, value);
    const std::string text = value.toStdString();
    if (text.size() < 9)
        return; // its core is too short to be looked for in all alignments
    for (const bool urlSafe : {false, true}) {
        for (size_t before = 0; before < 6; ++before) {
            for (size_t after = 0; after < 4; ++after) {
                const std::string content =
                    "data:" +
                    encodeBase64(std::string(before, 'x') + text + std::string(after, 'y'), urlSafe) + "\n";
                QVERIFY2(find(content, {{text, 1}}).contains(1), content.c_str());
            }
        }
    }
}

void TestValueSearch::overlappingValues()
{
    const auto found = find("..abcabcabcabc..", {{"abcabc", 1}, {"abcabcabc", 2}, {"cabca", 3}, {"abca", 4}});
    QVERIFY((found.at(1) == std::set<uint64_t>{2, 5, 8}));
    QVERIFY((found.at(2) == std::set<uint64_t>{2, 5}));
    QVERIFY((found.at(3) == std::set<uint64_t>{4, 7}));
    QVERIFY((found.at(4) == std::set<uint64_t>{2, 5, 8}));
    // The same byte over and over.
    const auto runs = find(std::string(100, 'a'), {{"aaaaaaaaaa", 1}});
    QCOMPARE(runs.at(1).size(), size_t{91});
}

void TestValueSearch::sameBytesForSeveralValues()
{
    const auto found = find("..secret-value..", {{"secret-value", 1}, {"secret-value", 2}, {"secret", 3}});
    QVERIFY((found.at(1) == std::set<uint64_t>{2}));
    QVERIFY((found.at(2) == std::set<uint64_t>{2}));
    QVERIFY((found.at(3) == std::set<uint64_t>{2}));
    // One value's form may be another value: 70617373776f7264 is hex of "password".
    const auto hex = find("70617373776f7264", {{"password", 1}, {"70617373776f7264", 2}});
    QVERIFY(hex.contains(1) && hex.contains(2));
}

void TestValueSearch::manyValues()
{
    std::mt19937_64 random(8);
    std::vector<SearchValue> values;
    std::string content = noise(1000);
    std::map<uint64_t, uint64_t> places;
    for (uint64_t id = 0; id < 1500; ++id) {
        // With the same beginning, as tokens of one issuer have.
        values.push_back({"token_v1_" +
                              encodeHex(std::string(reinterpret_cast<const char *>(&id), 2), false) +
                              std::to_string(random()),
                          id});
        places[id] = content.size();
        content += values.back().bytes + noise(200, static_cast<unsigned>(id));
    }
    const auto found = find(content, values);
    QCOMPARE(found.size(), values.size());
    for (const auto &[id, at] : places)
        QVERIFY(found.at(id).contains(at));
}

void TestValueSearch::longValues()
{
    // Longer than what is read at a time.
    std::string value = noise(700000, 5);
    std::string content = noise(3000000, 6);
    for (const uint64_t at : {uint64_t{0}, uint64_t{1000001}, uint64_t{content.size() - value.size()}}) {
        std::string with = content;
        with.replace(at, value.size(), value);
        const auto found = find(with, {{value, 1}, {"short value", 2}});
        QVERIFY(found.contains(1) && found.at(1).contains(at));
    }
    value.back() = static_cast<char>(value.back() ^ 1);
    content.replace(1000, value.size(), noise(700000, 5));
    QVERIFY(!find(content, {{value, 1}}).contains(1));
}

void TestValueSearch::zeros()
{
    QVERIFY(find(std::string(100000, '\0'), {{std::string(16, '\0'), 1}}).empty());
    QVERIFY(find("text", {}).empty());
    QVERIFY(find({}, {{"value", 1}}).empty());
    // A key that begins and ends with zeros, among zeros.
    const std::string key("\0\0\0\x01\x02\x03\x04\0\0\0", 10);
    const auto found = find(std::string(5000, '\0') + key.substr(3, 4) + std::string(5000, '\0'), {{key, 1}});
    QVERIFY(found.contains(1) && found.at(1).contains(4997));
}

namespace
{

struct Hits {
    std::vector<ValueHit> all;
    Result<void> done;
};

Hits search(const Memory &memory, const std::vector<SearchValue> &values, Progress *progress = nullptr,
            std::stop_token stop = {})
{
    Hits hits;
    hits.done = findValues(
        memory, values,
        [&hits](std::vector<ValueHit> &&batch) {
            hits.all.insert(hits.all.end(), batch.begin(), batch.end());
        },
        progress, std::move(stop), 2);
    return hits;
}

std::shared_ptr<const Memory> load(const QTemporaryDir &folder, const CheckpointBuilder &builder)
{
    const std::string path = folder.filePath(QStringLiteral("set")).toStdString();
    builder.writeTo(path);
    const auto checkpoint = Checkpoint::open(path);
    if (!checkpoint)
        qFatal("%s", checkpoint.error().describe().c_str());
    return *Memory::load(*checkpoint);
}

} // namespace

void TestValueSearch::memoryAndMembers()
{
    const std::string value = "Zx9kQpL2vv-unique";
    CheckpointBuilder builder;
    builder.maxRun(1);
    auto &task = builder.task(100, "prog");
    task.exe(builder.file("/bin/prog")).vma(0x10000, 0x20000);
    task.page(0x10ff8, value).page(0x12000, encodeHex(value, true));
    task.page(0x1fff8, value.substr(0, 8)); // its end is not there
    task.fd(3, builder.pipe(1, value));
    builder.member("dump.log", "log with " + encodeBase64(value, false) + " in it\n");
    const QTemporaryDir folder;
    const auto memory = load(folder, builder);
    Progress progress;
    const Hits hits = search(*memory, {{value, 9}}, &progress);
    QVERIFY(hits.done.ok());
    QCOMPARE(progress.done(), progress.total());
    QVERIFY(progress.total() > 0);
    QStringList found;
    for (const ValueHit &hit : hits.all) {
        QCOMPARE(hit.valueId, uint64_t{9});
        uint64_t length = 0;
        for (const Extent &part : hit.parts)
            length += part.length;
        found << QStringLiteral("%1 %2 %3 %4")
                     .arg(QString::fromStdString(
                              memory->checkpoint().archive().member(hit.parts.front().member).path),
                          QString::fromLatin1(encodingName(hit.encoding).data()))
                     .arg(hit.address, 0, 16)
                     .arg(length);
        const auto bytes = readExtents(memory->checkpoint().archive(), hit.parts);
        QVERIFY(bytes.ok());
        QCOMPARE(decodeValue(hit.encoding, *bytes), value);
    }
    found.sort();
    QCOMPARE(found.join(QStringLiteral(", ")),
             QStringLiteral("dump.log base64 0 23, pages-1.img HEX 12000 34, pages-1.img raw 10ff8 17, "
                            "pipes-data.img raw 0 17"));
}

void TestValueSearch::oneHitForSharedBytes()
{
    CheckpointBuilder builder;
    builder.sharedObject(7).write(100, "a shared secret");
    for (const uint32_t pid : {100u, 200u}) {
        auto &task = builder.task(pid, "prog");
        task.exe(builder.file("/bin/prog")).vma(0x10000, 0x11000, VmaKind::SharedAnonymous, {.object = 7});
    }
    const QTemporaryDir folder;
    const auto memory = load(folder, builder);
    const Hits hits = search(*memory, {{"a shared secret", 1}});
    QVERIFY(hits.done.ok());
    QCOMPARE(hits.all.size(), size_t{1}); // seen by two tasks and the object itself
    QCOMPARE(memory->places(hits.all[0].parts[0]).size(), size_t{2});
}

void TestValueSearch::cancelled()
{
    CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog")).vma(0x10000, 0x20000).page(0x10000, "value");
    const QTemporaryDir folder;
    const auto memory = load(folder, builder);
    std::stop_source stop;
    stop.request_stop();
    const Hits hits = search(*memory, {{"value", 1}}, nullptr, stop.get_token());
    QVERIFY(!hits.done.ok());
    QCOMPARE(hits.done.error().code, ErrorCode::Cancelled);
}

void TestValueSearch::unreadable()
{
    // A search that did not see everything is no search: copies would stay.
    CheckpointBuilder builder;
    builder.task(100, "prog").exe(builder.file("/bin/prog"));
    builder.member("dump.log", std::string(100000, 'x') + "value-in-the-log");
    const QTemporaryDir folder;
    const auto memory = load(folder, builder);
    QVERIFY(QFile::resize(folder.filePath(QStringLiteral("set/dump.log")), 10));
    const Hits hits = search(*memory, {{"value-in-the-log", 1}});
    QVERIFY(!hits.done.ok());
    QCOMPARE(hits.done.error().code, ErrorCode::InputUnreadable);
    QCOMPARE(hits.done.error().file, std::string("dump.log"));
    StringSource disk(std::string(1000, 'x'), "disk");
    disk.failFrom(500);
    const std::vector<SearchValue> values{{"value", 1}};
    QVERIFY(!findInSource(disk, values).ok());
}

CRYOSCOPE_TEST(TestValueSearch)

} // namespace tst_valuesearch

#include "tst_valuesearch.moc"
