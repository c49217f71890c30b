// SPDX-License-Identifier: Apache-2.0
#include "ui/views/marksupdater.h"

#include "ui/models/findingsmodel.h"

namespace cryoscope::ui
{

namespace
{

constexpr size_t maxMarked = 50000; // findings that are looked up for the marks of one view

} // namespace

MarksUpdater::MarksUpdater(ReviewSession &session, HexView *hex, HexView *after, QObject *parent)
    : QObject(parent), m_session(session), m_hex(hex), m_after(after)
{
    connect(&session, &ReviewSession::findingsReset, this, &MarksUpdater::update);
    connect(&session, &ReviewSession::findingsChanged, this, &MarksUpdater::update);
}

void MarksUpdater::setTarget(const ByteTarget &target)
{
    m_target = target;
    update();
}

void MarksUpdater::setPreview(bool on)
{
    m_preview = on;
    update();
}

void MarksUpdater::setActive(FindingId id)
{
    m_active = id;
    m_hex->setActiveMark(id);
    m_after->setActiveMark(id);
}

void MarksUpdater::update()
{
    std::vector<HexMark> marks;
    const auto &memory = m_session.memory();
    if (memory && m_target.kind != ByteTarget::Kind::None && m_session.findings().size() <= maxMarked) {
        const Theme theme = themeFor(m_hex->palette());
        const Archive &archive = memory->checkpoint().archive();
        Extent base;
        if (m_target.kind == ByteTarget::Kind::Member)
            base = archive.canonical({m_target.member, 0, archive.member(m_target.member).content->size()});
        for (const CaseFinding &entry : m_session.findings()) {
            const MarkState state = m_preview && entry.decision == Decision::Accepted
                                        ? MarkState::Changed
                                        : FindingsModel::markState(entry);
            const QString text =
                theme.look(state).name + QStringLiteral(", ") + QString::fromStdString(entry.finding.kind);
            for (const Extent &part : entry.finding.parts) {
                if (m_target.kind == ByteTarget::Kind::Member) {
                    if (part.member == base.member) {
                        const ByteRange common = part.range().intersected(base.range());
                        if (!common.empty())
                            marks.push_back(
                                {common.offset - base.offset, common.length, state, entry.id, text});
                    }
                    continue;
                }
                for (const MemoryPlace &place : memory->places(part)) {
                    const bool here = m_target.kind == ByteTarget::Kind::Task
                                          ? place.pid == m_target.pid
                                          : place.sharedId == m_target.sharedId && place.pid == 0;
                    if (here)
                        marks.push_back({place.address, part.length, state, entry.id, text});
                }
            }
        }
    }
    std::vector<HexMark> after;
    for (HexMark mark : marks) {
        if (mark.state == MarkState::Accepted || mark.state == MarkState::Manual ||
            mark.state == MarkState::Changed) {
            mark.state = MarkState::Changed;
            after.push_back(std::move(mark));
        }
    }
    m_after->setMarks(std::move(after));
    m_hex->setMarks(std::move(marks));
    setActive(m_active);
}

} // namespace cryoscope::ui
