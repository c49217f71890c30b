// SPDX-License-Identifier: Apache-2.0
#include "ui/hexview/readdocument.h"

namespace cryoscope::ui
{

ReadDocument::ReadDocument(QString title, QString gapText, std::vector<HexSegment> segments, Reader reader,
                           QObject *parent)
    : HexDocument(parent), m_title(std::move(title)), m_gapText(std::move(gapText)),
      m_segments(std::move(segments)), m_reader(std::make_shared<const Reader>(std::move(reader))),
      m_worker(new QObject)
{
    m_worker->moveToThread(&m_thread);
    connect(&m_thread, &QThread::finished, m_worker, &QObject::deleteLater);
    m_thread.start();
}

ReadDocument::~ReadDocument()
{
    m_thread.quit();
    m_thread.wait();
}

void ReadDocument::fetch(uint64_t start, uint64_t length)
{
    QMetaObject::invokeMethod(
        m_worker,
        [this, reader = m_reader, start, length] {
            const auto bytes = (*reader)(start, length);
            QByteArray copy;
            QString why;
            if (bytes)
                copy = QByteArray(reinterpret_cast<const char *>(bytes->data()),
                                  static_cast<qsizetype>(bytes->size()));
            else
                why = QString::fromStdString(bytes.error().describe());
            // Back to the GUI thread; dropped if the document is gone or shows other bytes by then.
            QMetaObject::invokeMethod(
                this,
                [this, reader, start, length, copy, why] {
                    if (reader != m_reader)
                        return;
                    if (why.isEmpty())
                        Q_EMIT fetched(start, copy);
                    else
                        Q_EMIT failed(start, length, why);
                },
                Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void ReadDocument::setReader(Reader reader)
{
    m_reader = std::make_shared<const Reader>(std::move(reader));
    Q_EMIT changed();
}

} // namespace cryoscope::ui
