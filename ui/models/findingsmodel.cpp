// SPDX-License-Identifier: Apache-2.0
#include "ui/models/findingsmodel.h"

#include <QApplication>
#include <QFont>

#include <algorithm>

namespace cryoscope::ui
{

FindingsModel::FindingsModel(ReviewSession &session, QObject *parent)
    : QAbstractTableModel(parent), m_session(session)
{
    connect(&session, &ReviewSession::findingsAboutToReset, this, [this] { beginResetModel(); });
    connect(&session, &ReviewSession::findingsReset, this, [this] {
        fill();
        endResetModel();
    });
    connect(&session, &ReviewSession::findingsChanged, this, [this](const std::vector<FindingId> &ids) {
        if (ids.size() > 200) {
            if (!m_rows.empty())
                Q_EMIT dataChanged(index(0, 0), index(static_cast<int>(m_rows.size()) - 1, ColumnCount - 1));
            return;
        }
        // A row stays where it is while it is judged, even if the filter would now hide it.
        for (const FindingId id : ids) {
            if (const int row = rowOf(id); row >= 0)
                Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
        }
    });
}

int FindingsModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int FindingsModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

MarkState FindingsModel::markState(const CaseFinding &entry)
{
    if (entry.origin == Origin::Manual && entry.decision == Decision::Accepted)
        return MarkState::Manual;
    switch (entry.decision) {
    case Decision::Undecided:
        break;
    case Decision::Accepted:
        return MarkState::Accepted;
    case Decision::Rejected:
        return MarkState::Rejected;
    }
    return MarkState::Undecided;
}

QString FindingsModel::placeText(const Memory &memory, const CaseFinding &entry)
{
    const Finding &finding = entry.finding;
    if (finding.pid != 0) {
        QString area;
        if (const auto space = memory.addressSpace(finding.pid)) {
            if (const Vma *vma = space->vmaAt(finding.address))
                area = QString::fromStdString(vma->label()).section(QLatin1Char('/'), -1);
        }
        return QStringLiteral("%1 %2").arg(finding.pid).arg(area);
    }
    if (finding.parts.empty())
        return {};
    const Archive &archive = memory.checkpoint().archive();
    return QString::fromStdString(archive.member(archive.innermost(finding.parts.front()).member).path);
}

QVariant FindingsModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || static_cast<size_t>(index.row()) >= m_rows.size() || !m_session.memory())
        return {};
    const CaseFinding &entry = m_session.findings()[m_rows[static_cast<size_t>(index.row())]];
    const Theme theme = themeFor(QApplication::palette());
    const MarkState state = markState(entry);
    if (role == Qt::DisplayRole) {
        switch (index.column()) {
        case ConfidenceColumn: {
            const auto name = confidenceName(entry.finding.confidence);
            return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
        }
        case Kind: {
            const QString kind = QString::fromStdString(entry.finding.kind);
            return entry.finding.label.empty()
                       ? kind
                       : kind + QStringLiteral(" · ") + QString::fromStdString(entry.finding.label);
        }
        case Place:
            return placeText(*m_session.memory(), entry);
        case Copies:
            return entry.copies > 0 ? QVariant(QStringLiteral("+%1").arg(entry.copies)) : QVariant();
        default:
            return {};
        }
    }
    if (role == Qt::DecorationRole && index.column() == State)
        return stateIcon(state, theme);
    if (role == Qt::AccessibleTextRole)
        return index.column() == State ? theme.look(state).name : data(index, Qt::DisplayRole).toString();
    if (role == Qt::ToolTipRole)
        return theme.look(state).name + QStringLiteral(": ") + QString::fromStdString(entry.finding.why);
    if (role == Qt::ForegroundRole &&
        (state == MarkState::Rejected || entry.finding.confidence == Confidence::Low))
        return QApplication::palette().color(QPalette::PlaceholderText);
    if (role == Qt::FontRole && state == MarkState::Rejected) {
        QFont font = QApplication::font();
        font.setStrikeOut(index.column() == Kind);
        return font;
    }
    if (role == Qt::TextAlignmentRole && index.column() == Copies)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    return {};
}

QVariant FindingsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case ConfidenceColumn:
        return tr("Sure");
    case Kind:
        return tr("Kind");
    case Place:
        return tr("Place");
    case Copies:
        return tr("Copies");
    default:
        return QString();
    }
}

bool FindingsModel::accepts(const CaseFinding &entry) const
{
    if (m_only && entry.decision != *m_only)
        return false;
    if (m_words.isEmpty())
        return true;
    const auto confidence = confidenceName(entry.finding.confidence);
    const QString text =
        QString::fromStdString(entry.finding.kind + " " + entry.finding.label + " " + entry.finding.rule +
                               " " + decisionName(entry.decision) + " " + std::string(confidence)) +
        QLatin1Char(' ') + placeText(*m_session.memory(), entry);
    return std::all_of(m_words.begin(), m_words.end(),
                       [&text](const QString &word) { return text.contains(word, Qt::CaseInsensitive); });
}

void FindingsModel::fill()
{
    m_rows.clear();
    const auto &findings = m_session.findings();
    for (size_t i = 0; i < findings.size(); ++i) {
        if (accepts(findings[i]))
            m_rows.push_back(i);
    }
}

void FindingsModel::rebuild()
{
    beginResetModel();
    fill();
    endResetModel();
}

void FindingsModel::setFilter(const QString &text)
{
    m_words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    rebuild();
}

void FindingsModel::setStates(std::optional<Decision> only)
{
    m_only = only;
    rebuild();
}

FindingId FindingsModel::idAt(int row) const
{
    return row < 0 || static_cast<size_t>(row) >= m_rows.size()
               ? 0
               : m_session.findings()[m_rows[static_cast<size_t>(row)]].id;
}

int FindingsModel::rowOf(FindingId id) const
{
    const CaseFinding *entry = m_session.finding(id);
    if (entry == nullptr)
        return -1;
    const auto position = static_cast<size_t>(entry - m_session.findings().data());
    const auto found = std::lower_bound(m_rows.begin(), m_rows.end(), position);
    return found != m_rows.end() && *found == position ? static_cast<int>(found - m_rows.begin()) : -1;
}

int FindingsModel::step(int row, bool forward, bool undecidedOnly) const
{
    const auto count = static_cast<int>(m_rows.size());
    if (count == 0)
        return -1;
    int at = row;
    for (int tried = 0; tried < count; ++tried) {
        at = forward ? (at + 1 >= count ? 0 : at + 1) : (at <= 0 ? count - 1 : at - 1);
        if (!undecidedOnly ||
            m_session.findings()[m_rows[static_cast<size_t>(at)]].decision == Decision::Undecided)
            return at;
    }
    return -1;
}

} // namespace cryoscope::ui
