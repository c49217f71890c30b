// SPDX-License-Identifier: Apache-2.0
#include "ui/views/finder.h"

#include "core/detect/runwalker.h"
#include "ui/hexview/hexview.h"
#include "ui/views/navigator.h"
#include "ui/views/workspace.h"

#include <QInputDialog>
#include <QRegularExpression>

namespace cryoscope::ui
{

namespace
{

constexpr uint64_t pieceBytes = uint64_t{1} << 20;

/// The first place of `wanted` at or after `from`; with `wrapped`, anywhere.
std::optional<uint64_t> search(const std::vector<HexSegment> &segments, const ReadDocument::Reader &reader,
                               const std::string &wanted, uint64_t from, bool wrapped,
                               const std::stop_token &stop)
{
    std::string carried; // the end of a segment that its neighbour goes on with
    uint64_t end = 0;
    for (const HexSegment &segment : segments) {
        if (!segment.present)
            continue;
        if (segment.start != end)
            carried.clear();
        end = segment.start + segment.length;
        for (uint64_t at = segment.start; at - segment.start < segment.length && !stop.stop_requested();) {
            const uint64_t length = std::min(pieceBytes, segment.length - (at - segment.start));
            if (!wrapped && at + length <= from) {
                at += length;
                continue;
            }
            const auto bytes = reader(at, length);
            if (!bytes)
                break;
            const std::string text = carried + std::string(asText(*bytes));
            const uint64_t base = at - carried.size();
            const size_t skip = !wrapped && from > base ? static_cast<size_t>(from - base) : 0;
            if (const size_t hit = text.find(wanted, skip); hit != std::string::npos)
                return base + hit;
            carried = text.substr(text.size() - std::min(text.size(), wanted.size() - 1));
            at += length;
        }
    }
    return std::nullopt;
}

} // namespace

Finder::Finder(ReviewSession &session, Workspace &workspace, Navigator &navigator, QObject *parent)
    : QObject(parent), m_session(session), m_workspace(workspace), m_navigator(navigator)
{
    connect(&session, &ReviewSession::closed, this, &Finder::forget);
}

Finder::~Finder()
{
    forget();
}

void Finder::forget()
{
    std::fill(m_wanted.begin(), m_wanted.end(), '\0');
    m_wanted.clear();
}

void Finder::ask()
{
    if (!m_session.isOpen())
        return;
    bool done = false;
    const QString text = QInputDialog::getText(&m_workspace, tr("Find"), tr("Text, or bytes as hex: 41 42 …"),
                                               QLineEdit::Normal, QString(), &done);
    if (!done || text.isEmpty())
        return;
    static const QRegularExpression pairs(QStringLiteral("^([0-9a-fA-F]{2} )*[0-9a-fA-F]{2}$"));
    const bool bytes = text.contains(QLatin1Char(' ')) && pairs.match(text).hasMatch();
    forget();
    m_wanted = bytes ? QByteArray::fromHex(text.toLatin1()).toStdString() : text.toStdString();
    next();
}

void Finder::next()
{
    const HexDocument *document = m_navigator.document();
    if (m_wanted.empty() || document == nullptr || m_job.isRunning())
        return;
    auto found = std::make_shared<std::optional<uint64_t>>();
    m_job.start(
        [found, segments = document->segments(), memory = m_session.memory(), target = m_navigator.target(),
         wanted = m_wanted, from = m_workspace.hex()->cursor() + 1](Progress &, std::stop_token stop) {
            const auto reader = readerOf(memory, target, nullptr);
            *found = search(segments, reader, wanted, from, false, stop);
            if (!*found)
                *found = search(segments, reader, wanted, from, true, stop);
        },
        [this, found, target = m_navigator.target(), length = m_wanted.size()] {
            if (target != m_navigator.target() || m_navigator.document() == nullptr)
                return;
            if (!*found) {
                Q_EMIT note(tr("Not found in %1").arg(m_navigator.document()->title()));
                return;
            }
            m_navigator.goToAddress(**found, length);
            m_workspace.hex()->setFocus();
        });
}

} // namespace cryoscope::ui
