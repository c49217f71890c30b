// SPDX-License-Identifier: Apache-2.0
// One contract for all kinds of ByteSource, and what is special about each.
#include "core/bytes/concatsource.h"
#include "core/bytes/filesource.h"
#include "core/bytes/memorysource.h"
#include "core/bytes/overlaysource.h"
#include "core/bytes/slicesource.h"
#include "tests/support/stringsource.h"
#include "tests/program/testprogram.h"

#include <QFile>
#include <QTemporaryDir>

#include <limits>
#include <random>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

namespace tst_bytesource
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

using Source = std::shared_ptr<const ByteSource>;

constexpr uint64_t top = std::numeric_limits<uint64_t>::max();

/// A source and what it has to say.
struct Subject {
    QByteArray label;
    Source source;
    std::string name;
    std::string content;
};

/// Bytes that tell where they are, with a stretch of zeros in the middle.
std::string sample(size_t size, unsigned seed = 1)
{
    std::mt19937 random(seed);
    std::string text(size, '\0');
    for (char &c : text)
        c = static_cast<char>(random());
    for (size_t i = size / 3; i < size / 2; ++i)
        text[i] = '\0';
    return text;
}

std::string readText(const ByteSource &source, uint64_t offset, uint64_t length)
{
    const auto bytes = source.readAll(offset, length);
    if (!bytes)
        qFatal("%s", bytes.error().describe().c_str());
    return std::string(asText(*bytes));
}

Patch patch(uint64_t offset, std::string_view text)
{
    const auto bytes = asBytes(text);
    return {offset, {bytes.begin(), bytes.end()}};
}

template <class T> T taken(Result<T> result)
{
    if (!result)
        qFatal("%s", result.error().describe().c_str());
    return std::move(result).value();
}

} // namespace

class TestByteSource : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();

    void says_data() { subjects(); }
    void says();
    void readsAnyRange_data() { subjects(); }
    void readsAnyRange();
    void refusesOtherRanges_data() { subjects(); }
    void refusesOtherRanges();
    void readWholeHasALimit_data() { subjects(); }
    void readWholeHasALimit();
    void hashes_data() { subjects(); }
    void hashes();
    void nextDataSkipsZerosOnly_data() { subjects(); }
    void nextDataSkipsZerosOnly();
    void readByManyThreads_data() { subjects(); }
    void readByManyThreads();

    void fileErrors();
    void fileKeepsItsSizeWhileItGrows();
    void fileThatShrinks();
    void sparseFile();
    void sliceErrors();
    void sliceOfSparseFile();
    void concatErrors();
    void overlayErrors();
    void overlayOfHole();
    void memoryTakesNoRoomForZeros();
    void errorsOfWhatIsBelow();

private:
    void subjects();
    const Subject &subject() const;
    QString write(const char *name, const std::string &content) const;
    /// `size` bytes without content but `text` at `offset`.
    QString writeSparse(const char *name, uint64_t size, uint64_t offset, const std::string &text) const;

    QTemporaryDir m_folder;
    std::vector<Subject> m_subjects;
};

QString TestByteSource::write(const char *name, const std::string &content) const
{
    QFile file(m_folder.filePath(QString::fromLatin1(name)));
    if (!file.open(QIODevice::WriteOnly) || file.write(content.data(), static_cast<qint64>(content.size())) !=
                                                static_cast<qint64>(content.size()))
        qFatal("cannot write");
    return file.fileName();
}

QString TestByteSource::writeSparse(const char *name, uint64_t size, uint64_t offset,
                                    const std::string &text) const
{
    QFile file(m_folder.filePath(QString::fromLatin1(name)));
    if (!file.open(QIODevice::WriteOnly) || !file.resize(static_cast<qint64>(size)) ||
        !file.seek(static_cast<qint64>(offset)) ||
        file.write(text.data(), static_cast<qint64>(text.size())) != static_cast<qint64>(text.size()))
        qFatal("cannot write");
    return file.fileName();
}

void TestByteSource::initTestCase()
{
    QVERIFY(m_folder.isValid());
    const std::string text = sample(10000);
    const auto add = [this](const char *label, Source source, std::string content) {
        std::string name = source->name();
        m_subjects.push_back({label, std::move(source), std::move(name), std::move(content)});
    };

    const std::string path = write("plain", text).toStdString();
    const Source file = taken(FileSource::open(path));
    QCOMPARE(file->name(), path);
    add("file", file, text);
    const Source named = taken(FileSource::open(path, "pages-1.img"));
    QCOMPARE(named->name(), std::string("pages-1.img"));
    add("file with a name", named, text);
    add("empty file", taken(FileSource::open(write("empty", {}).toStdString())), {});
    std::string sparse(300000, '\0');
    sparse.replace(200000, 4, "data");
    add("sparse file", taken(FileSource::open(writeSparse("sparse", 300000, 200000, "data").toStdString())),
        sparse);

    add("memory", std::make_shared<MemorySource>("memory", asBytes(text)), text);
    add("empty memory", std::make_shared<MemorySource>("memory"), {});
    constexpr size_t chunk = MemorySource::chunkSize;
    std::string chunks(4 * chunk + 77, '\0'); // its second and third chunk are zero
    chunks.replace(0, 5, "begin");
    chunks.replace(3 * chunk - 2, 4, "over");
    chunks.replace(4 * chunk + 70, 7, "the end");
    const auto pieces = std::make_shared<MemorySource>("chunks");
    for (size_t at = 0, step = 1; at < chunks.size(); at += step, step = step * 3 + 1)
        pieces->append(asBytes(std::string_view(chunks).substr(at, step)));
    add("memory in chunks", pieces, chunks);

    add("slice", taken(SliceSource::make(file, {100, 5000}, "a.tar!x")), text.substr(100, 5000));
    add("slice of all", taken(SliceSource::make(file, {0, text.size()}, "x")), text);
    add("empty slice", taken(SliceSource::make(file, {text.size(), 0}, "x")), {});
    const Source slice = taken(SliceSource::make(file, {100, 5000}, "x"));
    add("slice of a slice", taken(SliceSource::make(slice, {10, 4000}, "y")), text.substr(110, 4000));

    const auto concat = std::make_shared<ConcatSource>("joined");
    std::string joined;
    const auto addPart = [&](const Source &source, ByteRange range) {
        QVERIFY(concat->add(source, range).ok());
        joined += readText(*source, range.offset, range.length);
    };
    addPart(file, {0, 100});
    addPart(file, {5000, 0}); // nothing
    addPart(slice, {1, 1});
    addPart(m_subjects.front().source, {9000, 1000});
    addPart(pieces, {3 * chunk - 10, 30});
    add("concat", concat, joined);
    add("empty concat", std::make_shared<ConcatSource>("joined"), {});

    std::string patched = text;
    std::vector<Patch> patches;
    const auto lay = [&](uint64_t offset, std::string_view with) {
        patched.replace(offset, with.size(), with);
        patches.push_back(patch(offset, with));
    };
    lay(0, "first");
    lay(5, "adjacent"); // to the one before
    lay(4000, "within the zeros");
    lay(9990, "last bytes");
    add("overlay", taken(OverlaySource::make(file, patches)), patched);
    add("overlay without patches", taken(OverlaySource::make(file, {})), text);
    const Source deep = taken(OverlaySource::make(concat, {patch(99, "borders")}));
    std::string deepText = joined;
    deepText.replace(99, 7, "borders");
    add("slice of an overlay of a concat", taken(SliceSource::make(deep, {50, 500}, "deep")),
        deepText.substr(50, 500));
}

void TestByteSource::subjects()
{
    QTest::addColumn<int>("index");
    for (size_t i = 0; i < m_subjects.size(); ++i)
        QTest::newRow(m_subjects[i].label.constData()) << static_cast<int>(i);
}

const Subject &TestByteSource::subject() const
{
    QFETCH(int, index);
    return m_subjects.at(static_cast<size_t>(index));
}

void TestByteSource::says()
{
    const Subject &on = subject();
    QCOMPARE(on.source->size(), uint64_t{on.content.size()});
    QCOMPARE(on.source->name(), on.name);
    QVERIFY(!on.name.empty());
}

void TestByteSource::readsAnyRange()
{
    const auto &[label, source, name, content] = subject();
    QVERIFY(readText(*source, 0, content.size()) == content);
    QVERIFY(readText(*source, 0, 0).empty());
    QVERIFY(readText(*source, content.size(), 0).empty());
    std::mt19937_64 random(7);
    for (int i = 0; i < 500; ++i) {
        const uint64_t offset = random() % (content.size() + 1);
        const uint64_t length = random() % (content.size() - offset + 1);
        QVERIFY(readText(*source, offset, length) == content.substr(offset, length));
        std::byte one{};
        if (length > 0) {
            QVERIFY(source->read(offset, {&one, 1}).ok());
            QVERIFY(one == static_cast<std::byte>(content[offset]));
        }
    }
}

void TestByteSource::refusesOtherRanges()
{
    const Subject &on = subject();
    const uint64_t size = on.content.size();
    const std::pair<uint64_t, uint64_t> ranges[] = {
        {0, size + 1}, {size, 1}, {size + 1, 0}, {size + 1, 1},    {top, 1},     {top, 0},
        {top - 1, 2},  {0, top},  {1, top},      {size / 2, size}, {0, top / 2}, {uint64_t{1} << 63, 8}};
    for (const auto &[offset, length] : ranges) {
        if (offset <= size && length <= size - offset)
            continue; // lies within after all (an empty source)
        // Nothing is allocated before the range is checked, else the large ones would end the test.
        const auto all = on.source->readAll(offset, length);
        QVERIFY(!all.ok());
        QCOMPARE(all.error().code, ErrorCode::InputMalformed);
        QCOMPARE(all.error().file, on.name);
        QCOMPARE(all.error().offset, std::optional<uint64_t>(offset));
        if (length > 16 && length != size + 1)
            continue;
        std::vector<std::byte> out(length);
        const auto done = on.source->read(offset, out);
        QVERIFY(!done.ok());
        QCOMPARE(done.error().code, ErrorCode::InputMalformed);
        QCOMPARE(done.error().file, on.name);
        QCOMPARE(done.error().offset, std::optional<uint64_t>(offset));
    }
}

void TestByteSource::readWholeHasALimit()
{
    const Subject &on = subject();
    const uint64_t size = on.content.size();
    const auto whole = on.source->readWhole(size);
    QVERIFY(whole.ok());
    QVERIFY(asText(*whole) == on.content);
    QVERIFY(on.source->readWhole(top).ok());
    if (size == 0)
        return;
    const auto more = on.source->readWhole(size - 1);
    QVERIFY(!more.ok());
    QCOMPARE(more.error().code, ErrorCode::Unsupported);
    QCOMPARE(more.error().file, on.name);
}

void TestByteSource::hashes()
{
    const Subject &on = subject();
    Sha256 expected;
    expected.add(asBytes(on.content));
    Progress progress;
    const auto digest = on.source->sha256(&progress);
    QVERIFY(digest.ok());
    QCOMPARE(toHex(*digest), toHex(expected.finish()));
    QCOMPARE(progress.done(), uint64_t{on.content.size()});
    std::stop_source stop;
    stop.request_stop();
    const auto cancelled = on.source->sha256(nullptr, stop.get_token());
    QCOMPARE(cancelled.ok(), on.content.empty());
    if (!cancelled)
        QCOMPARE(cancelled.error().code, ErrorCode::Cancelled);
}

void TestByteSource::nextDataSkipsZerosOnly()
{
    const auto &[label, source, name, content] = subject();
    const uint64_t size = content.size();
    QCOMPARE(source->nextData(size), size);
    std::mt19937_64 random(3);
    for (int i = 0; i < 500; ++i) {
        const uint64_t from = i == 0 ? 0 : random() % (size + 1);
        const uint64_t next = source->nextData(from);
        QVERIFY(next >= from && next <= size);
        const auto skipped = std::string_view(content).substr(from, next - from);
        QVERIFY(skipped.find_first_not_of('\0') == std::string_view::npos);
        QVERIFY(next == size || source->nextData(next) == next);
    }
}

void TestByteSource::readByManyThreads()
{
    const auto &[label, source, name, content] = subject();
    std::atomic<int> wrong{0};
    {
        std::vector<std::jthread> threads;
        for (unsigned t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                std::mt19937_64 random(t);
                for (int i = 0; i < 100; ++i) {
                    const uint64_t offset = random() % (content.size() + 1);
                    const uint64_t length = std::min<uint64_t>(random() % 5000, content.size() - offset);
                    const auto bytes = source->readAll(offset, length);
                    if (!bytes || asText(*bytes) != std::string_view(content).substr(offset, length))
                        ++wrong;
                    (void)source->nextData(offset);
                }
            });
        }
    }
    QCOMPARE(wrong.load(), 0);
}

void TestByteSource::fileErrors()
{
    const std::string missing = m_folder.filePath(QStringLiteral("missing")).toStdString();
    const auto notThere = FileSource::open(missing);
    QVERIFY(!notThere.ok());
    QCOMPARE(notThere.error().code, ErrorCode::InputUnreadable);
    QCOMPARE(notThere.error().file, missing);
    QVERIFY(!notThere.error().message.empty());

    const auto folder = FileSource::open(m_folder.path().toStdString(), "folder");
    QVERIFY(!folder.ok());
    QCOMPARE(folder.error().code, ErrorCode::InputUnreadable);
    QCOMPARE(folder.error().file, std::string("folder"));

    // Nobody writes to the fifo: opening it must not wait.
    const std::string fifo = m_folder.filePath(QStringLiteral("fifo")).toStdString();
    QCOMPARE(::mkfifo(fifo.c_str(), 0600), 0);
    QVERIFY(!FileSource::open(fifo).ok());
    QVERIFY(!FileSource::open("/dev/null").ok());
}

void TestByteSource::fileKeepsItsSizeWhileItGrows()
{
    const std::string path = write("grows", "0123456789").toStdString();
    const auto file = taken(FileSource::open(path));
    QFile more(QString::fromStdString(path));
    QVERIFY(more.open(QIODevice::Append) && more.write("more") == 4);
    more.close();
    QCOMPARE(file->size(), uint64_t{10});
    QVERIFY(!file->readAll(0, 11).ok());
    QCOMPARE(readText(*file, 0, 10), std::string("0123456789"));
    QVERIFY(file->nextData(10) == 10);
}

void TestByteSource::fileThatShrinks()
{
    const std::string path = write("shrinks", sample(100000)).toStdString();
    const auto file = taken(FileSource::open(path, "pages-1.img"));
    QCOMPARE(::truncate(path.c_str(), 4000), 0);
    QCOMPARE(file->size(), uint64_t{100000});
    QCOMPARE(readText(*file, 0, 4000), sample(100000).substr(0, 4000));
    const auto done = file->readAll(3000, 2000);
    QVERIFY(!done.ok());
    QCOMPARE(done.error().code, ErrorCode::InputUnreadable);
    QCOMPARE(done.error().file, std::string("pages-1.img"));
    QCOMPARE(done.error().offset, std::optional<uint64_t>(4000));
    QVERIFY(done.error().message.find("shorter") != std::string::npos);
    // What is gone is no hole: who skips holes must come across the error.
    QVERIFY(file->nextData(4000) < 100000);
    QVERIFY(file->nextData(50000) < 100000);
    QVERIFY(!file->sha256().ok());
}

void TestByteSource::sparseFile()
{
    constexpr uint64_t size = uint64_t{1} << 40; // a terabyte of nothing
    constexpr uint64_t at = uint64_t{3} << 38;
    const std::string path = writeSparse("large", size, at, "data").toStdString();
    const auto file = taken(FileSource::open(path));
    QCOMPARE(file->size(), size);
    QCOMPARE(readText(*file, at - 2, 8), std::string("\0\0data\0\0", 8));
    QVERIFY(readText(*file, size - 1, 1) == std::string(1, '\0'));
    struct stat status {
    };
    QCOMPARE(::stat(path.c_str(), &status), 0);
    if (static_cast<uint64_t>(status.st_blocks) * 512 > size / 2)
        QSKIP("this file system has no holes");
    const uint64_t next = file->nextData(0);
    QVERIFY(next > 0 && next <= at && at - next < (uint64_t{1} << 20));
    QCOMPARE(file->nextData(at), at);
    QCOMPARE(file->nextData(at + (uint64_t{1} << 30)), size);
}

void TestByteSource::sliceErrors()
{
    const Source source = sourceOf("0123456789", "base");
    for (const ByteRange range : {ByteRange{0, 11}, ByteRange{11, 0}, ByteRange{5, 6}, ByteRange{5, top},
                                  ByteRange{top, 1}, ByteRange{top, top}}) {
        const auto slice = SliceSource::make(source, range, "part");
        QVERIFY(!slice.ok());
        QCOMPARE(slice.error().code, ErrorCode::InputMalformed);
        QCOMPARE(slice.error().file, std::string("part"));
    }
    const auto slice = taken(SliceSource::make(source, {2, 3}, "part"));
    QVERIFY(slice->base() == source);
    QVERIFY((slice->range() == ByteRange{2, 3}));
    QVERIFY(!slice->readAll(0, 4).ok()); // beyond the slice, though not beyond its base
}

void TestByteSource::sliceOfSparseFile()
{
    const Source file =
        taken(FileSource::open(writeSparse("holes", 10 << 20, 8 << 20, "data").toStdString()));
    const auto slice = taken(SliceSource::make(file, {1 << 20, 2 << 20}, "hole"));
    const uint64_t next = slice->nextData(0);
    QVERIFY(next == (2 << 20) || next == 0); // 0: without holes
    const auto later = taken(SliceSource::make(file, {7 << 20, 3 << 20}, "data"));
    QVERIFY(later->nextData(0) <= 1 << 20);
    QVERIFY(later->nextData(1 << 20) == 1 << 20);
}

void TestByteSource::concatErrors()
{
    ConcatSource concat("joined");
    const Source source = sourceOf("0123456789", "base");
    for (const ByteRange range : {ByteRange{0, 11}, ByteRange{11, 0}, ByteRange{9, 2}, ByteRange{1, top}}) {
        const auto done = concat.add(source, range);
        QVERIFY(!done.ok());
        QCOMPARE(done.error().code, ErrorCode::InputMalformed);
        QCOMPARE(done.error().file, std::string("joined"));
    }
    QCOMPARE(concat.size(), uint64_t{0});
    // Sizes whose sum would wrap: parts of a large sparse file, many times.
    const Source large =
        taken(FileSource::open(writeSparse("huge", uint64_t{1} << 42, 0, "x").toStdString()));
    QVERIFY(concat.add(large, {0, large->size()}).ok());
    QCOMPARE(concat.size(), large->size());
}

void TestByteSource::overlayErrors()
{
    const Source source = sourceOf("0123456789", "base");
    QVERIFY(OverlaySource::make(source, {patch(0, "0123456789")}).ok());
    const std::vector<std::vector<Patch>> wrong{
        {patch(8, "xyz")},               // beyond the end
        {patch(11, "")},                 // beyond the end, though nothing
        {patch(top, "x")},               // would wrap
        {patch(4, "xx"), patch(2, "y")}, // out of order
        {patch(4, "xx"), patch(5, "y")}, // overlap
    };
    for (const auto &patches : wrong) {
        const auto overlay = OverlaySource::make(source, patches);
        QVERIFY(!overlay.ok());
        QCOMPARE(overlay.error().code, ErrorCode::InputMalformed);
        QCOMPARE(overlay.error().file, std::string("base"));
        QCOMPARE(overlay.error().offset, std::optional<uint64_t>(patches.back().offset));
    }
    const auto overlay = taken(OverlaySource::make(source, {patch(4, "xx")}));
    QVERIFY(overlay->base() == source);
    QCOMPARE(overlay->patches().size(), size_t{1});
    QCOMPARE(overlay->name(), source->name());
}

void TestByteSource::overlayOfHole()
{
    const Source file = taken(FileSource::open(writeSparse("patched", 10 << 20, 0, "x").toStdString()));
    const auto overlay = taken(OverlaySource::make(file, {patch(5 << 20, "here")}));
    QVERIFY(overlay->nextData(1 << 20) <= 5 << 20);
    QCOMPARE(overlay->nextData((5 << 20) + 2), uint64_t{(5 << 20) + 2});
    QCOMPARE(readText(*overlay, (5 << 20) - 1, 6), std::string("\0here\0", 6));
}

void TestByteSource::memoryTakesNoRoomForZeros()
{
    MemorySource memory("zeros");
    const std::vector<std::byte> zeros(MemorySource::chunkSize / 2);
    for (int i = 0; i < 200; ++i)
        memory.append(zeros);
    QCOMPARE(memory.size(), uint64_t{100} * MemorySource::chunkSize);
    QCOMPARE(memory.resident(), uint64_t{0});
    QCOMPARE(memory.nextData(5), memory.size());
    memory.append(asBytes("x"));
    QCOMPARE(memory.resident(), uint64_t{MemorySource::chunkSize});
    QCOMPARE(memory.nextData(5), memory.size() - 1);
}

void TestByteSource::errorsOfWhatIsBelow()
{
    const auto disk = std::make_shared<StringSource>(std::string(100, 'x'), "disk");
    disk->failFrom(50);
    const auto concat = std::make_shared<ConcatSource>("joined");
    QVERIFY(concat->add(disk, {0, 100}).ok());
    const Source all[] = {taken(SliceSource::make(disk, {10, 80}, "slice")), concat,
                          taken(OverlaySource::make(disk, {patch(0, "y")}))};
    for (const Source &source : all) {
        QVERIFY(source->readAll(0, 20).ok());
        const auto done = source->readAll(0, source->size());
        QVERIFY(!done.ok());
        QCOMPARE(done.error().code, ErrorCode::InputUnreadable);
        QCOMPARE(done.error().file, std::string("disk")); // where the trouble is
        QCOMPARE(done.error().offset, std::optional<uint64_t>(50));
        QVERIFY(!source->sha256().ok());
    }
}

CRYOSCOPE_TEST(TestByteSource)

} // namespace tst_bytesource

#include "tst_bytesource.moc"
