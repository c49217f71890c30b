// SPDX-License-Identifier: Apache-2.0
#include "core/redact/imagestructure.h"
#include "tests/support/imagebuilder.h"
#include "tests/support/stringsource.h"
#include "tests/program/testprogram.h"
#include "tests/support/testschema.h"

namespace tst_imagestructure
{

using namespace cryoscope;
using namespace cryoscope::test;

class TestImageStructure : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void textOfNestedMessage();
    void payload();
    void refusesEveryOtherByte();
    void refusesAcrossBorders();
    void namesTheField();
    void unknownFields();

private:
    [[nodiscard]] Result<void> check(uint64_t offset, uint64_t length) const
    {
        return checkImagePatch(*m_image, {offset, length});
    }

    const std::string m_name = "/tmp/fake-secret";
    std::string m_bytes;
    std::optional<Image> m_image;
};

void TestImageStructure::initTestCase()
{
    m_bytes =
        ImageBuilder("FILES")
            .record(MessageBuilder("file_entry")
                        .set("type", 1)
                        .set("id", 5)
                        .set("reg", MessageBuilder("reg_file_entry").set("name", m_name).fillRequired()))
            .bytes();
    auto image = Image::open(sourceOf(m_bytes, "files.img"), testSchema());
    QVERIFY(image.ok());
    QVERIFY(!image->problem());
    m_image.emplace(std::move(*image));
}

void TestImageStructure::textOfNestedMessage()
{
    const uint64_t at = m_bytes.find(m_name);
    QVERIFY(check(at, m_name.size()).ok());
    QVERIFY(check(at + 5, 3).ok());
    QVERIFY(check(at, 0).ok());
}

void TestImageStructure::payload()
{
    const std::string bytes =
        ImageBuilder("PIPES_DATA")
            .record(MessageBuilder("pipe_data_entry").set("pipe_id", 7).set("bytes", 6), "secret")
            .bytes();
    const auto image = Image::open(sourceOf(bytes), testSchema());
    QVERIFY(image.ok());
    const uint64_t at = bytes.find("secret");
    QVERIFY(checkImagePatch(*image, {at, 6}).ok());
    QVERIFY(
        !checkImagePatch(*image, {at - 1, 2}).ok()); // the message's last number and the payload's first byte
}

void TestImageStructure::refusesEveryOtherByte()
{
    const uint64_t at = m_bytes.find(m_name);
    for (uint64_t offset = 0; offset < m_bytes.size(); ++offset) {
        const bool inText = offset >= at && offset < at + m_name.size();
        QVERIFY2(check(offset, 1).ok() == inText, std::to_string(offset).c_str());
    }
}

void TestImageStructure::refusesAcrossBorders()
{
    const uint64_t at = m_bytes.find(m_name);
    QVERIFY(!check(at - 1, 4).ok());
    QVERIFY(!check(at, m_name.size() + 1).ok());
    QVERIFY(!check(0, m_bytes.size()).ok());
}

void TestImageStructure::namesTheField()
{
    const auto refused = check(m_image->records().front().message.offset + 1, 1); // the value of `type`
    QVERIFY(!refused.ok());
    QCOMPARE(refused.error().code, ErrorCode::InputMalformed);
    QCOMPARE(refused.error().file, std::string("files.img"));
    QVERIFY2(refused.error().message.find("file_entry.type") != std::string::npos,
             refused.error().message.c_str());
    QVERIFY(refused.error().message.find("fake") == std::string::npos);
}

void TestImageStructure::unknownFields()
{
    const std::string bytes =
        ImageBuilder("FILES")
            .record(MessageBuilder("file_entry").set("type", 1).set("id", 5).bytes(4000, "unknown-text"))
            .bytes();
    const auto image = Image::open(sourceOf(bytes), testSchema());
    QVERIFY(image.ok());
    const auto refused = checkImagePatch(*image, {bytes.find("unknown-text"), 4});
    QVERIFY(!refused.ok()); // it may be a message
    QVERIFY(refused.error().message.find("field 4000") != std::string::npos);
}

CRYOSCOPE_TEST(TestImageStructure)

} // namespace tst_imagestructure

#include "tst_imagestructure.moc"
