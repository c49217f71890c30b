// SPDX-License-Identifier: Apache-2.0
#include "ui/views/marksupdater.h"

#include "ui/models/findingsmodel.h"

namespace cryoscope::ui
{

MarksUpdater::MarksUpdater(ReviewSession &session, HexView *hex, HexView *after, QObject *parent)
    : QObject(parent), m_session(session), m_hex(hex), m_after(after)
{
    connect(&session, &ReviewSession::findingsReset, this, [this] {
        m_all = true;
        m_changed.clear();
        m_job.cancel();
        lookUp();
        refresh();
    });
    connect(&session, &ReviewSession::partsChanged, this, [this](const std::vector<FindingId> &ids) {
        m_changed.insert(ids.begin(), ids.end());
        lookUp();
    });
    connect(&session, &ReviewSession::findingsChanged, this, &MarksUpdater::refresh);
}

void MarksUpdater::lookUp()
{
    if (m_job.isRunning() || (!m_all && m_changed.empty()))
        return; // asks again when it has ended
    const auto &memory = m_session.memory();
    if (!memory) {
        m_all = false;
        m_changed.clear();
        m_index.reset();
        show();
        return;
    }
    auto sources = m_session.markSources();
    auto before = std::make_shared<const MarkIndex>();
    if (!std::exchange(m_all, false)) {
        before = m_index ? m_index : before;
        auto some = std::make_shared<std::vector<MarkSource>>();
        for (const FindingId id : m_changed) {
            some->push_back({id, {}}); // what it was goes in any case
            if (const CaseFinding *entry = m_session.finding(id)) {
                for (const Extent &part : entry->finding.parts)
                    some->push_back({id, part});
            }
        }
        sources = some;
    }
    m_changed.clear();
    auto made = std::make_shared<std::shared_ptr<const MarkIndex>>();
    m_job.start(
        [made, memory, sources, before](Progress &, std::stop_token stop) {
            if (sources)
                *made = before->with(*memory, *sources, stop);
        },
        [this, made, memory] {
            if (memory == m_session.memory() && !m_all && *made) {
                m_index = *made;
                show();
            }
            lookUp();
        });
}

void MarksUpdater::setTarget(const ByteTarget &target)
{
    m_target = target;
    show();
}

void MarksUpdater::show()
{
    const auto &memory = m_session.memory();
    const auto list = memory && m_index ? m_index->of(*memory, m_target) : HexMarks::List();
    const auto text = [this](qint64 id) { return textOf(id); };
    m_hex->setMarks(HexMarks(
        list,
        [this](qint64 id) -> std::optional<MarkState> {
            const CaseFinding *entry = m_session.finding(id);
            if (entry == nullptr)
                return std::nullopt;
            return m_preview && entry->decision == Decision::Accepted ? MarkState::Changed
                                                                      : FindingsModel::markState(*entry);
        },
        text));
    m_after->setMarks(HexMarks(
        list,
        [this](qint64 id) -> std::optional<MarkState> {
            const CaseFinding *entry = m_session.finding(id);
            if (entry == nullptr || entry->decision != Decision::Accepted)
                return std::nullopt;
            return MarkState::Changed;
        },
        text));
    setActive(m_active);
}

void MarksUpdater::setPreview(bool on)
{
    m_preview = on;
    refresh();
}

void MarksUpdater::setActive(FindingId id)
{
    m_active = id;
    m_hex->setActiveMark(id);
    m_after->setActiveMark(id);
}

void MarksUpdater::refresh()
{
    m_hex->refreshMarks();
    m_after->refreshMarks();
}

QString MarksUpdater::textOf(FindingId id) const
{
    const CaseFinding *entry = m_session.finding(id);
    if (entry == nullptr)
        return {};
    return themeFor(m_hex->palette()).look(FindingsModel::markState(*entry)).name + QStringLiteral(", ") +
           QString::fromStdString(entry->finding.kind);
}

} // namespace cryoscope::ui
