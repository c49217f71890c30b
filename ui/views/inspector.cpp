// SPDX-License-Identifier: Apache-2.0
#include "ui/views/inspector.h"

#include "ui/theme/theme.h"

#include <QDateTime>
#include <QHeaderView>
#include <QtEndian>

#include <bit>
#include <cstring>

namespace cryoscope::ui
{

namespace
{

const char *const rowNames[] = {"unsigned 8", "signed 8",    "unsigned 16", "signed 16", "unsigned 32",
                                "signed 32",  "unsigned 64", "signed 64",   "float 32",  "float 64",
                                "hex 64",     "time (s)",    "IPv4"};

template <class T> T value(const QByteArray &bytes, bool big)
{
    T raw{};
    std::memcpy(&raw, bytes.constData(), sizeof raw);
    return big ? qFromBigEndian(raw) : qFromLittleEndian(raw);
}

QStringList texts(const QByteArray &bytes, bool big)
{
    QStringList out;
    const auto add = [&](size_t needed, const auto &make) {
        out << (static_cast<size_t>(bytes.size()) >= needed ? make() : QStringLiteral("—"));
    };
    add(1, [&] { return QString::number(value<quint8>(bytes, big)); });
    add(1, [&] { return QString::number(value<qint8>(bytes, big)); });
    add(2, [&] { return QString::number(value<quint16>(bytes, big)); });
    add(2, [&] { return QString::number(value<qint16>(bytes, big)); });
    add(4, [&] { return QString::number(value<quint32>(bytes, big)); });
    add(4, [&] { return QString::number(value<qint32>(bytes, big)); });
    add(8, [&] { return QString::number(value<quint64>(bytes, big)); });
    add(8, [&] { return QString::number(value<qint64>(bytes, big)); });
    add(4, [&] { return QString::number(std::bit_cast<float>(value<quint32>(bytes, big))); });
    add(8, [&] { return QString::number(std::bit_cast<double>(value<quint64>(bytes, big))); });
    add(8, [&] { return QStringLiteral("0x%1").arg(value<quint64>(bytes, big), 16, 16, QLatin1Char('0')); });
    add(4, [&] {
        return QDateTime::fromSecsSinceEpoch(value<quint32>(bytes, big)).toUTC().toString(Qt::ISODate);
    });
    add(4, [&] {
        const quint32 address = value<quint32>(bytes, !big);
        return QStringLiteral("%1.%2.%3.%4")
            .arg(address >> 24)
            .arg((address >> 16) & 255)
            .arg((address >> 8) & 255)
            .arg(address & 255);
    });
    return out;
}

} // namespace

Inspector::Inspector(QWidget *parent) : QTableWidget(static_cast<int>(std::size(rowNames)), 2, parent)
{
    setObjectName(QStringLiteral("inspector"));
    setAccessibleName(tr("Value at the cursor"));
    setHorizontalHeaderLabels({tr("Little-endian"), tr("Big-endian")});
    QStringList names;
    for (const char *name : rowNames)
        names << QString::fromLatin1(name);
    setVerticalHeaderLabels(names);
    setEditTriggers(NoEditTriggers);
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setAlternatingRowColors(true);
    setFont(monospaceFont());
    horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    for (int row = 0; row < rowCount(); ++row) {
        for (int column = 0; column < 2; ++column)
            setItem(row, column, new QTableWidgetItem(QStringLiteral("—")));
    }
}

void Inspector::follow(HexView *view)
{
    connect(view, &HexView::cursorMoved, this, [this, view] { show(*view); });
}

void Inspector::show(const HexView &view)
{
    QByteArray bytes;
    for (uint64_t i = 0; i < 8 && view.cursor() + i >= i; ++i) {
        const auto byte = view.byteAt(view.cursor() + i);
        if (!byte)
            break;
        bytes += static_cast<char>(*byte);
    }
    for (const bool big : {false, true}) {
        const QStringList values = texts(bytes, big);
        for (int row = 0; row < rowCount(); ++row)
            item(row, big ? 1 : 0)->setText(values[row]);
    }
}

} // namespace cryoscope::ui
