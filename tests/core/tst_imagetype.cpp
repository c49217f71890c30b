// SPDX-License-Identifier: Apache-2.0
#include "core/image/imagetype.h"
#include "tests/program/testprogram.h"
#include "tests/support/testschema.h"

#include <QFile>

namespace tst_imagetype
{

using namespace cryoscope;

namespace
{

/// As tests/data/imagetypes.tsv spells them.
PayloadLayout layoutOf(const QByteArray &name)
{
    static const std::map<QByteArray, PayloadLayout> names{
        {"", PayloadLayout::None},
        {"PipeData", PayloadLayout::PipeData},
        {"SocketData", PayloadLayout::SocketData},
        {"TcpQueues", PayloadLayout::TcpQueues},
        {"GhostFile", PayloadLayout::GhostFile},
        {"Semaphores", PayloadLayout::Semaphores},
        {"Messages", PayloadLayout::Messages},
        {"SharedMemory", PayloadLayout::SharedMemory},
        {"BpfMap", PayloadLayout::BpfMap},
    };
    return names.at(name);
}

} // namespace

class TestImageType : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void tableIsTheReference();
    void magicsAreUniqueInBothByteOrders();
    void entriesAreInTheSchema();
    void unknown();
};

void TestImageType::tableIsTheReference()
{
    QFile file(CRYOSCOPE_TEST_DATA "/imagetypes.tsv");
    QVERIFY(file.open(QIODevice::ReadOnly));
    file.readLine(); // heading
    qsizetype rows = 0;
    while (!file.atEnd()) {
        const QList<QByteArray> cells = file.readLine().chopped(1).split('\t');
        QCOMPARE(cells.size(), 7);
        const ImageType *type = imageTypeByName(cells[0].toStdString());
        QVERIFY2(type != nullptr, cells[0].constData());
        QCOMPARE(type->magic, cells[1].toUInt(nullptr, 16));
        QCOMPARE(imageTypeByMagic(type->magic), type);
        QCOMPARE(QByteArray(type->head.data(), static_cast<qsizetype>(type->head.size())), cells[2]);
        QCOMPARE(QByteArray(type->entry.data(), static_cast<qsizetype>(type->entry.size())), cells[3]);
        QCOMPARE(type->array, cells[4].contains('A'));
        QVERIFY2(type->payload == layoutOf(cells[5]), cells[0].constData());
        QCOMPARE(type->critDecodes, cells[6] != "x");
        ++rows;
    }
    QCOMPARE(static_cast<qsizetype>(imageTypes().size()), rows);
    QVERIFY(rows >= 70);
}

void TestImageType::magicsAreUniqueInBothByteOrders()
{
    // Else the byte order of a file could not be told from its magic.
    for (const ImageType &type : imageTypes()) {
        const uint32_t swapped = __builtin_bswap32(type.magic);
        QVERIFY2(imageTypeByMagic(swapped) == nullptr, type.name.data());
        QVERIFY(type.magic != commonMagic && type.magic != serviceMagic);
        QVERIFY(swapped != commonMagic && swapped != serviceMagic);
    }
}

void TestImageType::entriesAreInTheSchema()
{
    for (const ImageType &type : imageTypes()) {
        if (type.name == "KDAT" || type.name == "CIPHER")
            continue; // a C structure, and a proposal whose schema is not known
        QVERIFY2(test::testSchema()->message(type.entry) != nullptr, type.name.data());
        if (!type.head.empty())
            QVERIFY2(test::testSchema()->message(type.head) != nullptr, type.name.data());
    }
}

void TestImageType::unknown()
{
    QVERIFY(imageTypeByMagic(0) == nullptr);
    QVERIFY(imageTypeByMagic(commonMagic) == nullptr);
    QVERIFY(imageTypeByMagic(0x12345678) == nullptr);
    QVERIFY(imageTypeByMagic(0xffffffff) == nullptr);
    QVERIFY(imageTypeByName("") == nullptr);
    QVERIFY(imageTypeByName("inventory") == nullptr);
}

CRYOSCOPE_TEST(TestImageType)

} // namespace tst_imagetype

#include "tst_imagetype.moc"
