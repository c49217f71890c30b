// SPDX-License-Identifier: Apache-2.0
#include "ui/hexview/readdocument.h"

#include <QThreadPool>

namespace cryoscope::ui
{

struct ReadDocument::Link {
    std::mutex mutex;
    ReadDocument *document = nullptr; ///< null: gone
};

ReadDocument::ReadDocument(QString title, QString gapText, std::vector<HexSegment> segments, Reader reader,
                           QObject *parent)
    : HexDocument(parent), m_title(std::move(title)), m_gapText(std::move(gapText)),
      m_segments(std::move(segments)), m_reader(std::make_shared<const Reader>(std::move(reader))),
      m_link(std::make_shared<Link>())
{
    m_link->document = this;
}

ReadDocument::~ReadDocument()
{
    const std::lock_guard lock(m_link->mutex);
    m_link->document = nullptr;
}

void ReadDocument::fetch(uint64_t start, uint64_t length)
{
    QThreadPool::globalInstance()->start([link = m_link, reader = m_reader, start, length] {
        const auto bytes = (*reader)(start, length);
        QByteArray copy;
        QString why;
        if (bytes)
            copy = QByteArray(reinterpret_cast<const char *>(bytes->data()),
                              static_cast<qsizetype>(bytes->size()));
        else
            why = QString::fromStdString(bytes.error().describe());
        const std::lock_guard lock(link->mutex);
        ReadDocument *document = link->document;
        if (document == nullptr)
            return;
        // In the GUI thread; dropped if the document is gone or shows other bytes by then.
        QMetaObject::invokeMethod(
            document,
            [document, reader, start, length, copy, why] {
                if (reader != document->m_reader)
                    return;
                if (why.isEmpty())
                    Q_EMIT document->fetched(start, copy);
                else
                    Q_EMIT document->failed(start, length, why);
            },
            Qt::QueuedConnection);
    });
}

void ReadDocument::setReader(Reader reader)
{
    m_reader = std::make_shared<const Reader>(std::move(reader));
    Q_EMIT changed();
}

} // namespace cryoscope::ui
