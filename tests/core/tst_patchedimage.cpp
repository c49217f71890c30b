// SPDX-License-Identifier: Apache-2.0
// An image beside what patches make of it: which fields change, and what they say before and after.
#include "core/image/patchedimage.h"
#include "core/redact/memberpatches.h"
#include "tests/program/testprogram.h"
#include "tests/support/imagebuilder.h"
#include "tests/support/stringsource.h"
#include "tests/support/tarwriter.h"
#include "tests/support/testschema.h"

#include <QFile>
#include <QTemporaryDir>

namespace tst_patchedimage
{

using namespace cryoscope;
using namespace cryoscope::test;

namespace
{

Patch patchOf(uint64_t offset, std::string_view text)
{
    const auto bytes = std::as_bytes(std::span(text));
    return {offset, {bytes.begin(), bytes.end()}, 0};
}

/// The node at a path of names; null if there is none.
const ChangedNode *find(const ChangedNode &root, std::initializer_list<std::string_view> path)
{
    const ChangedNode *node = &root;
    for (const std::string_view name : path) {
        const auto found = std::find_if(node->children.begin(), node->children.end(),
                                        [name](const ChangedNode &child) { return child.node.name == name; });
        if (found == node->children.end())
            return nullptr;
        node = &*found;
    }
    return node;
}

size_t countChanged(const ChangedNode &node)
{
    size_t count = node.changed ? 1 : 0;
    for (const ChangedNode &child : node.children)
        count += countChanged(child);
    return count;
}

} // namespace

class tst_patchedimage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void text();
    void number();
    void payload();
    void longContent();
    void samePutBack();
    void brokenByThePatch();
    void badPatches();
    void unreadable();
    void memberWithinATar();

private:
    [[nodiscard]] PatchedImage patched(std::vector<Patch> patches) const
    {
        auto image = Image::open(sourceOf(m_bytes), testSchema());
        if (!image)
            qFatal("%s", image.error().describe().c_str());
        auto made = PatchedImage::make(std::move(*image), std::move(patches), testSchema());
        if (!made)
            qFatal("%s", made.error().describe().c_str());
        return std::move(*made);
    }
    [[nodiscard]] static ChangedNode record(const PatchedImage &image, size_t index)
    {
        auto node = image.record(index);
        if (!node)
            qFatal("%s", node.error().describe().c_str());
        return std::move(*node);
    }

    std::string m_bytes;
    std::string m_payload;
};

void tst_patchedimage::init()
{
    m_payload = "queued words " + std::string(300, 'q');
    m_bytes = ImageBuilder("PIPES_DATA")
                  .record(MessageBuilder("pipe_data_entry").set("pipe_id", 7).set("bytes", m_payload.size()),
                          m_payload)
                  .record(MessageBuilder("pipe_data_entry").set("pipe_id", 8).set("bytes", 3), "abc")
                  .bytes();
}

void tst_patchedimage::text()
{
    m_bytes =
        ImageBuilder("FILES")
            .record(MessageBuilder("file_entry")
                        .set("type", 1)
                        .set("id", 5)
                        .set("reg", MessageBuilder("reg_file_entry").set("name", "/tmp/one").fillRequired()))
            .bytes();
    const PatchedImage image = patched({patchOf(m_bytes.find("/tmp/one"), "/xxx/xxx")});
    QVERIFY(image.after().has_value());
    const ChangedNode node = record(image, 0);
    QVERIFY(node.changed);
    QVERIFY(node.before.empty() && node.after.empty()); // it only holds others
    const ChangedNode *name = find(node, {"message", "reg", "name"});
    QVERIFY(name != nullptr && name->changed);
    QCOMPARE(name->before, std::string("/tmp/one"));
    QCOMPARE(name->after, std::string("/xxx/xxx"));
    const ChangedNode *id = find(node, {"message", "id"});
    QVERIFY(id != nullptr && !id->changed && id->after.empty());
    QCOMPARE(countChanged(node), size_t{5}); // record, message, reg, name, its value
}

void tst_patchedimage::number()
{
    // The value of pipe_id: tag, then one byte.
    const uint64_t at = m_bytes.find("\x08\x07");
    QVERIFY(at != std::string::npos);
    const PatchedImage image = patched({patchOf(at + 1, "\x09")});
    const ChangedNode node = record(image, 0);
    const ChangedNode *id = find(node, {"message", "pipe_id"});
    QVERIFY(id != nullptr && id->changed);
    QVERIFY2(id->before != id->after, id->after.c_str());
    QVERIFY2(id->before.ends_with('7') && id->after.ends_with('9'), id->after.c_str());
    QVERIFY(!record(image, 1).changed);
}

void tst_patchedimage::payload()
{
    const uint64_t at = m_bytes.find("queued words");
    const PatchedImage image = patched({patchOf(at + 7, "xxxxx")});
    const ChangedNode node = record(image, 0);
    const ChangedNode *payload = find(node, {"payload"});
    QVERIFY(payload != nullptr && payload->changed && payload->after.empty());
    const ChangedNode &data = payload->children.front();
    QVERIFY(data.changed);
    QCOMPARE(data.before, std::string("…words")); // from the first byte that differs
    QCOMPARE(data.after, std::string("…xxxxx"));
    QVERIFY(!find(node, {"message"})->changed);
}

void tst_patchedimage::longContent()
{
    const uint64_t at = m_bytes.find(m_payload);
    Patch zeros;
    zeros.offset = at;
    zeros.zeros = m_payload.size();
    const PatchedImage image = patched({zeros});
    QCOMPARE(image.changes().size(), size_t{1});
    const ChangedNode node = record(image, 0);
    const ChangedNode &data = find(node, {"payload"})->children.front();
    QVERIFY2(data.before.starts_with("queued words qqq") && data.before.ends_with("…"), data.before.c_str());
    QVERIFY(data.before.size() < 80);
    QVERIFY2(data.after.starts_with("\\u0000\\u0000"), data.after.c_str());
}

void tst_patchedimage::samePutBack()
{
    const uint64_t at = m_bytes.find("queued words");
    QVERIFY(patched({patchOf(at, "queued words")}).changes().empty());
    const PatchedImage image = patched({patchOf(at, "Queued Words")});
    QCOMPARE(image.changes().size(), size_t{2});
    QVERIFY(image.changes(ByteRange{at, 1}));
    QVERIFY(!image.changes(ByteRange{at + 1, 6}));
    QVERIFY(image.changes(ByteRange{at + 1, 7}));
    QVERIFY(!image.changes(ByteRange{at + 8, 100}));
    QVERIFY(!record(patched({}), 0).changed);
}

void tst_patchedimage::brokenByThePatch()
{
    // The magic: nothing can be read afterwards.
    const PatchedImage none = patched({patchOf(0, "XXXXXXXX")});
    QVERIFY(!none.after().has_value());
    QVERIFY(!record(none, 0).changed); // the record itself stays
    // The frame of the second record: it reads in another way.
    const uint64_t at = m_bytes.size() - 3 - 4 - 4;
    const PatchedImage frames = patched({patchOf(at, std::string_view("\xff\xff\xff\x7f", 4))});
    QCOMPARE(none.before().records()[1].frameOffset, at);
    const ChangedNode node = record(frames, 1);
    QVERIFY(node.changed);
    const ChangedNode &size = node.children.front();
    QVERIFY(size.changed && size.before != size.after);
    QVERIFY(!record(frames, 0).changed);
}

void tst_patchedimage::badPatches()
{
    const auto make = [this](std::vector<Patch> patches) {
        return PatchedImage::make(*Image::open(sourceOf(m_bytes), testSchema()), std::move(patches),
                                  testSchema());
    };
    QVERIFY(!make({patchOf(m_bytes.size() - 1, "xy")}).ok());
    QVERIFY(!make({patchOf(20, "xx"), patchOf(21, "y")}).ok());
}

void tst_patchedimage::unreadable()
{
    auto source = std::make_shared<StringSource>(m_bytes);
    auto image = Image::open(source, testSchema());
    QVERIFY(image.ok());
    source->failFrom(0);
    const auto made = PatchedImage::make(std::move(*image), {patchOf(30, "x")}, testSchema());
    QVERIFY(!made.ok());
    QVERIFY(made.error().code == ErrorCode::InputUnreadable);
}

void tst_patchedimage::memberWithinATar()
{
    QTemporaryDir folder;
    const std::string inner = TarWriter().file("first", "0123456789").file("second", "abcdef").bytes();
    const QString path = folder.filePath(QStringLiteral("x.tar"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray::fromStdString(TarWriter().file("inner.tar", inner).bytes()));
    file.close();
    const auto archive = Archive::open(path.toStdString(), {});
    QVERIFY(archive.ok());
    const auto idOf = [&](std::string_view name) { return (*archive)->find(name)->id; };
    const MemberId outer = idOf("inner.tar");
    const uint64_t first = inner.find("0123456789");
    const uint64_t second = inner.find("abcdef");
    // One in each, one over what stands between them, and one before all.
    std::string over(second + 2 - (first + 8), 'x');
    const std::map<MemberId, std::vector<Patch>> patches{
        {outer,
         {patchOf(0, "n"), patchOf(first + 2, "--"), patchOf(first + 8, over), patchOf(second + 4, "+")}}};
    const auto textOf = [&](std::string_view name) {
        const auto content = patchedContent(**archive, idOf(name), patches);
        const auto bytes = content->readAll(0, content->size());
        return std::string(reinterpret_cast<const char *>(bytes->data()), bytes->size());
    };
    QCOMPARE(textOf("inner.tar!first"), std::string("01--4567xx"));
    QCOMPARE(textOf("inner.tar!second"), std::string("xxcd+f"));
    QCOMPARE(patchesOf(**archive, idOf("inner.tar!first"), patches).size(), size_t{2});
    QCOMPARE(patchesOf(**archive, outer, patches).size(), size_t{4});
    QVERIFY(patchesOf(**archive, outer, {}).empty());
}

CRYOSCOPE_TEST(tst_patchedimage)

} // namespace tst_patchedimage

#include "tst_patchedimage.moc"
