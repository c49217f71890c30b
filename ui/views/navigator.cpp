// SPDX-License-Identifier: Apache-2.0
#include "ui/views/navigator.h"

#include "ui/hexview/hexview.h"
#include "ui/models/checkpointtree.h"
#include "ui/models/vmamodel.h"
#include "ui/review/edges.h"
#include "ui/views/workspace.h"

#include <QTreeView>

namespace cryoscope::ui
{

namespace
{

constexpr uint64_t nearBytes = 256; // moves within this are no visits of their own
constexpr size_t maxHistory = 500;

} // namespace

Navigator::Navigator(ReviewSession &session, Workspace &workspace, PreviewPlan &plan, QObject *parent)
    : QObject(parent), m_session(session), m_workspace(workspace), m_plan(plan)
{
    connect(&session, &ReviewSession::closed, this, &Navigator::close);
    connect(&plan, &PreviewPlan::changed, this, &Navigator::setReaders);
    connect(workspace.treeView()->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this](const QModelIndex &index) {
                if (!m_following)
                    show(m_workspace.tree()->targetAt(index));
            });
}

Navigator::~Navigator() = default;

void Navigator::show(const ByteTarget &target, std::optional<uint64_t> address)
{
    ask(target, address, false);
}

void Navigator::ask(const ByteTarget &target, std::optional<uint64_t> address, bool travelling,
                    uint64_t length)
{
    if (target.kind == ByteTarget::Kind::None || !m_session.memory())
        return;
    m_wanted = target;
    m_wantedAddress = address;
    m_wantedLength = length;
    m_travelling = travelling;
    if (m_job.isRunning())
        m_job.cancel(); // of the one before; what is wanted is loaded when it has ended
    else if (target == m_target && m_document)
        take({});
    else
        load();
}

void Navigator::load()
{
    auto segments = std::make_shared<std::vector<HexSegment>>();
    m_job.start([segments, memory = m_session.memory(),
                 target = m_wanted](Progress &, std::stop_token) { *segments = segmentsOf(*memory, target); },
                [this, segments, memory = m_session.memory(), target = m_wanted] {
                    if (memory == m_session.memory() && target == m_wanted)
                        take(std::move(*segments));
                    else
                        ask(m_wanted, m_wantedAddress, m_travelling, m_wantedLength);
                });
}

void Navigator::take(std::vector<HexSegment> segments)
{
    leave();
    HexView *hex = m_workspace.hex();
    const bool other = m_wanted != m_target || !m_document;
    if (other) {
        const auto &memory = m_session.memory();
        const QString gap = m_wanted.kind == ByteTarget::Kind::Task ? tr("not mapped") : tr("not there");
        const QString title = titleOf(*memory, m_wanted);
        hex->setDocument(nullptr);
        m_workspace.after()->setDocument(nullptr);
        m_target = m_wanted;
        m_document = std::make_unique<ReadDocument>(
            title, gap, segments, readerOf(memory, m_target, m_preview ? m_plan.patches() : nullptr));
        m_afterDocument = std::make_unique<ReadDocument>(title, gap, std::move(segments),
                                                         readerOf(memory, m_target, m_plan.patches()));
        hex->setDocument(m_document.get());
        m_workspace.after()->setDocument(m_afterDocument.get());
        if (m_target.kind == ByteTarget::Kind::Task)
            m_workspace.vmas()->setTask(memory, m_target.pid);
        else
            m_workspace.vmas()->clear();
        m_following = true;
        if (const QModelIndex index = m_workspace.tree()->indexOf(m_target); index.isValid())
            m_workspace.treeView()->setCurrentIndex(index);
        m_following = false;
    }
    if (m_wantedAddress)
        hex->goTo(*m_wantedAddress);
    else if (other)
        goToBest();
    m_workspace.after()->goTo(hex->cursor());
    visit();
    if (m_wantedLength > 0)
        hex->select(hex->cursor(), m_wantedLength);
    if (other)
        Q_EMIT targetChanged();
}

/// The heap says more than the program's text.
void Navigator::goToBest()
{
    if (m_target.kind != ByteTarget::Kind::Task)
        return;
    const Task *task = m_session.memory()->checkpoint().task(m_target.pid);
    for (const Vma &vma : task->vmas) {
        if (vma.is(VmaHeap) || (task->layout.heapStart != 0 && vma.start == task->layout.heapStart)) {
            m_workspace.hex()->goTo(vma.start);
            return;
        }
    }
}

void Navigator::show(const CaseFinding &entry)
{
    const auto &memory = m_session.memory();
    if (!memory || entry.finding.parts.empty())
        return;
    const FindingPlace place = placeOf(*memory, entry.finding);
    m_workspace.showBytes();
    show(place.target, place.address);
}

void Navigator::showHit(const Finding &finding)
{
    if (!m_session.memory())
        return;
    const FindingPlace place = placeOf(*m_session.memory(), finding);
    showRange(place.target, place.address, finding.length());
}

void Navigator::showRange(const ByteTarget &target, uint64_t address, uint64_t length)
{
    m_workspace.showBytes();
    ask(target, address, false, length);
}

bool Navigator::goTo(const QString &text)
{
    if (text.isEmpty() || !m_session.isOpen())
        return false;
    const Checkpoint &checkpoint = m_session.memory()->checkpoint();
    bool isNumber = false;
    const auto pid = static_cast<uint32_t>(text.toULong(&isNumber));
    if (isNumber && checkpoint.task(pid) != nullptr) {
        show({ByteTarget::Kind::Task, pid, 0, noMember});
        return true;
    }
    const bool prefix = text.startsWith(QStringLiteral("0x"), Qt::CaseInsensitive);
    for (const Member &entry : checkpoint.archive().members()) {
        if (!prefix && entry.content && QString::fromStdString(entry.path).endsWith(text)) {
            show({ByteTarget::Kind::Member, 0, 0, entry.id});
            return true;
        }
    }
    const quint64 address = (prefix ? text.mid(2) : text).toULongLong(&isNumber, 16);
    if (!isNumber || !m_document)
        return false;
    show(m_target, address);
    return true;
}

/// Notes where the user was before going elsewhere.
void Navigator::leave()
{
    if (!m_travelling && m_at < m_history.size() && m_history[m_at].target == m_target && m_document)
        m_history[m_at].address = m_workspace.hex()->cursor();
}

void Navigator::visit()
{
    const uint64_t here = m_workspace.hex()->cursor();
    if (!std::exchange(m_travelling, false)) {
        if (m_at < m_history.size()) {
            const Visit &last = m_history[m_at];
            const uint64_t distance = std::max(last.address, here) - std::min(last.address, here);
            if (last.target == m_target && distance < nearBytes)
                return;
            m_history.resize(m_at + 1);
        }
        m_history.push_back({m_target, here});
        if (m_history.size() > maxHistory)
            m_history.erase(m_history.begin());
        m_at = m_history.size() - 1;
    }
    Q_EMIT historyChanged();
}

void Navigator::travel(bool forward)
{
    if (forward ? !canGoForward() : !canGoBack())
        return;
    leave();
    m_at = forward ? m_at + 1 : m_at - 1;
    const Visit visit = m_history[m_at];
    m_workspace.showBytes();
    ask(visit.target, visit.address, true);
}

void Navigator::setPreview(bool on)
{
    m_preview = on;
    setReaders();
}

void Navigator::setReaders()
{
    const auto &memory = m_session.memory();
    if (m_afterDocument)
        m_afterDocument->setReader(readerOf(memory, m_target, m_plan.patches()));
    if (m_document)
        m_document->setReader(readerOf(memory, m_target, m_preview ? m_plan.patches() : nullptr));
}

void Navigator::close()
{
    m_workspace.hex()->setDocument(nullptr);
    m_workspace.after()->setDocument(nullptr);
    m_document.reset();
    m_afterDocument.reset();
    m_target = {};
    m_wanted = {};
    m_history.clear();
    m_at = 0;
    m_travelling = false;
    Q_EMIT targetChanged();
    Q_EMIT historyChanged();
}

QString Navigator::whereText() const
{
    if (!m_session.memory() || m_target.kind == ByteTarget::Kind::None)
        return {};
    const Memory &memory = *m_session.memory();
    QString where = titleOf(memory, m_target);
    if (m_target.kind == ByteTarget::Kind::Task) {
        const auto space = memory.addressSpace(m_target.pid);
        const Vma *vma = space ? space->vmaAt(m_workspace.hex()->cursor()) : nullptr;
        if (vma != nullptr)
            where +=
                QStringLiteral("  ·  %1  %2  %3")
                    .arg(QString::fromStdString(vma->label()), QString::fromStdString(vma->permissions()))
                    .arg(vma->start, 0, 16);
    }
    return m_preview ? where + tr("  ·  preview of the export") : where;
}

QString Navigator::positionText() const
{
    if (!m_session.memory() || m_target.kind == ByteTarget::Kind::None)
        return {};
    const Memory &memory = *m_session.memory();
    const Archive &archive = memory.checkpoint().archive();
    const uint64_t cursor = m_workspace.hex()->cursor();
    QString position;
    if (m_target.kind == ByteTarget::Kind::Task)
        position = tr("pid %1 · ").arg(m_target.pid);
    position += QStringLiteral("0x%1").arg(cursor, 0, 16);
    if (const uint64_t length = m_workspace.hex()->selection().length; length > 0)
        position += tr(" · %n byte(s)", nullptr, static_cast<int>(std::min<uint64_t>(length, INT_MAX)));
    const auto parts = extentsOf(memory, m_target, cursor, 1);
    if (parts && !parts->empty()) {
        const Extent inner = archive.innermost(parts->front());
        position += QStringLiteral(" · %1+0x%2")
                        .arg(QString::fromStdString(archive.member(inner.member).path))
                        .arg(inner.offset, 0, 16);
        if (const auto places = memory.places(parts->front()); places.size() > 1)
            position += tr(" · shared by %1 places").arg(places.size());
    }
    return position;
}

} // namespace cryoscope::ui
