// SPDX-License-Identifier: Apache-2.0
#include "ui/views/marksupdater.h"

#include "ui/models/findingsmodel.h"

#include <unordered_set>

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
    connect(&session, &ReviewSession::findingsLoaded, this, [this] {
        m_all = true;
        lookUp();
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
    auto before = std::make_shared<const MarkIndex>();
    auto some = std::make_shared<std::vector<MarkSource>>();
    FindingTable table;
    std::unordered_set<size_t> moved; // what the table says of them is old
    const auto addParts = [&some](FindingId id, const Finding &finding) {
        for (const Extent &part : finding.parts)
            some->push_back({id, part});
    };
    if (std::exchange(m_all, false)) {
        table = m_session.findings().table();
        for (const auto &[position, finding] : m_session.findings().moved()) {
            moved.insert(position);
            addParts(table.idAt(position), finding);
        }
    } else {
        before = m_index ? m_index : before;
        for (const FindingId id : m_changed) {
            some->push_back({id, {}}); // what it was goes in any case
            if (const auto entry = m_session.finding(id))
                addParts(id, entry->finding);
        }
    }
    m_changed.clear();
    auto made = std::make_shared<std::shared_ptr<const MarkIndex>>();
    m_job.start(
        [made, memory, some, table, moved, before](Progress &, std::stop_token stop) {
            some->reserve(some->size() + table.size());
            for (size_t position = 0; position < table.size(); ++position) {
                if (moved.empty() || !moved.contains(position))
                    table.parts(position, [&](const Extent &part) {
                        some->push_back({table.idAt(position), part});
                    });
            }
            *made = before->with(*memory, *some, stop);
        },
        [this, made, memory] {
            if (memory == m_session.memory() && *made) {
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
            const FindingList &findings = m_session.findings();
            const auto position = findings.position(id);
            if (!position)
                return std::nullopt;
            const Decision decision = findings.decisions()[*position];
            return m_preview && decision == Decision::Accepted
                       ? MarkState::Changed
                       : FindingsModel::markState(findings.originAt(*position), decision);
        },
        text));
    m_after->setMarks(HexMarks(
        list,
        [this](qint64 id) -> std::optional<MarkState> {
            const auto position = m_session.findings().position(id);
            if (!position || m_session.findings().decisions()[*position] != Decision::Accepted)
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
    const auto entry = m_session.finding(id);
    if (!entry)
        return {};
    return themeFor(m_hex->palette()).look(FindingsModel::markState(*entry)).name + QStringLiteral(", ") +
           QString::fromStdString(entry->finding.kind);
}

} // namespace cryoscope::ui
