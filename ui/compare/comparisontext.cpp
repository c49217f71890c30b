// SPDX-License-Identifier: Apache-2.0
#include "ui/compare/comparisontext.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocale>

#include <utility>

namespace cryoscope::ui
{

namespace
{

QString say(const char *text)
{
    return QCoreApplication::translate("cryoscope::ui::Comparison", text);
}

QString number(uint64_t count)
{
    return QLocale().toString(static_cast<qulonglong>(count));
}

/// "1 page", "3 pages".
QString counted(uint64_t count, const char *one, const char *many)
{
    return number(count) + QLatin1Char(' ') + say(count == 1 ? one : many);
}

struct Counts {
    uint64_t changed = 0, added = 0, removed = 0;
};

Counts countsOf(const std::vector<MemberDifference> &members)
{
    Counts counts;
    for (const MemberDifference &member : members)
        ++(member.change == Change::Added     ? counts.added
           : member.change == Change::Removed ? counts.removed
                                              : counts.changed);
    return counts;
}

/// Of pages.
Counts countsOf(const std::vector<MemoryDifference> &memories)
{
    Counts counts;
    for (const MemoryDifference &memory : memories) {
        counts.changed += memory.changedPages;
        counts.added += memory.addedPages;
        counts.removed += memory.removedPages;
    }
    return counts;
}

/// "5 changed, 1 added, 1 removed"; what is none is left out.
QString countsText(const Counts &counts)
{
    QStringList parts;
    if (counts.changed > 0)
        parts << say("%1 changed").arg(number(counts.changed));
    if (counts.added > 0)
        parts << say("%1 added").arg(number(counts.added));
    if (counts.removed > 0)
        parts << say("%1 removed").arg(number(counts.removed));
    return parts.join(QStringLiteral(", "));
}

/// "Δ5 +1 −1".
QString signsText(const Counts &counts)
{
    QStringList parts;
    for (const auto &[count, sign] :
         {std::pair(counts.changed, "Δ"), std::pair(counts.added, "+"), std::pair(counts.removed, "−")}) {
        if (count > 0)
            parts << QString::fromUtf8(sign) + number(count);
    }
    return parts.join(QLatin1Char(' '));
}

QString sideText(const Comparison &comparison, bool before)
{
    const bool shown = before == comparison.isShownBefore();
    const QString path =
        shown ? QString::fromStdString(comparison.shown()->checkpoint().archive().path()) : comparison.path();
    const QString name = QFileInfo(path).fileName();
    return (name.isEmpty() ? path : name) + (shown ? say(" (shown)") : QString());
}

} // namespace

QString changeText(Change change)
{
    switch (change) {
    case Change::Added:
        return say("+ added");
    case Change::Removed:
        return say("− removed");
    case Change::Changed:
        return say("Δ changed");
    }
    return {};
}

QString memoryName(const Comparison &comparison, const MemoryDifference &memory)
{
    if (!memory.pid)
        return say("shared memory %1").arg(memory.sharedId);
    QString name = QString::number(*memory.pid);
    for (const auto &side : {comparison.shown(), comparison.other()}) {
        if (const Task *task = side ? side->checkpoint().task(*memory.pid) : nullptr)
            return name + QLatin1Char(' ') + QString::fromStdString(task->comm);
    }
    return name;
}

QString membersTotal(const CheckpointDifference &difference)
{
    return say("Members: %1").arg(countsText(countsOf(difference.members)));
}

QString memoryTotal(const CheckpointDifference &difference)
{
    return say("Pages: %1").arg(countsText(countsOf(difference.memory)));
}

QString totalsText(const Comparison &comparison)
{
    const CheckpointDifference &difference = *comparison.difference();
    uint64_t fields = 0;
    for (const MemberDifference &member : difference.members)
        fields += member.image ? member.image->fields.size() + member.image->unlisted : 0;
    QStringList parts;
    if (!difference.members.empty())
        parts << say("Members: %1").arg(signsText(countsOf(difference.members)));
    if (fields > 0)
        parts << say("Fields: %1").arg(number(fields));
    if (!difference.memory.empty())
        parts << say("Pages: %1").arg(signsText(countsOf(difference.memory)));
    return say("Before: %1 · After: %2").arg(sideText(comparison, true), sideText(comparison, false)) +
           QLatin1Char('\n') + parts.join(QStringLiteral(" · "));
}

QString nothingDiffersText(const Comparison &comparison)
{
    const CheckpointDifference &difference = *comparison.difference();
    return say("✓ Nothing differs between %1 and %2.")
               .arg(sideText(comparison, true), sideText(comparison, false)) +
           QStringLiteral("\n\n") +
           say("Compared: %1 (%2), and the memory of %3.")
               .arg(counted(difference.comparedMembers, "member", "members"),
                    QLocale().formattedDataSize(static_cast<qint64>(difference.comparedBytes), 1),
                    counted(difference.comparedSpaces, "process or shared object",
                            "processes and shared objects")) +
           QLatin1Char('\n') + say("Owners, modes and times are not compared.");
}

QStringList unreadParts(const Comparison &comparison)
{
    QStringList parts;
    for (const auto &side : {comparison.shown(), comparison.other()}) {
        if (!side)
            continue;
        for (const Problem &problem : side->problems()) {
            if (problem.severity != Severity::Note)
                parts << QString::fromStdString(problem.error.describe());
        }
    }
    return parts;
}

} // namespace cryoscope::ui
